# SPDX-License-Identifier: Apache-2.0
CPU_mps2-an505 := -mcpu=cortex-m33
DRIVERS_mps2-an505 := port/driver/uart/cmsdk.c port/driver/eth/lan9118.c board/mps2.c \
	port/driver/eeprom/i2c_sbcon.c port/driver/eeprom/at24c.c
# Sessions at a time; octets of memory for each: header fields to be signed, envelope, our own fields. Sections of
# the configuration. The longest key. Connections with TLS at a time, and octets of arena for them. Octets of log
# that wait for a log server, and for the UART. Unknown senders that are remembered for the report.
DEFINES_mps2-an505 := -DSEAL_SESSIONS=16 -DSEAL_SESSION_WORK=4096 -DSEAL_SESSION_ENVELOPE=4096 \
	-DSEAL_SESSION_ADDED=4608 -DSEAL_CLIENTS=32 -DSEAL_DOMAINS=64 -DSEAL_KEY_BITS=4096 \
	-DSEAL_TLS_CONNECTIONS=32 -DSEAL_TLS_ARENA=1572864 \
	-DSEAL_SYSLOG_MEMORY=4096 -DSEAL_CONSOLE_RING=8192 -DSEAL_LEARN=16
# Without bus=, QEMU takes the free header: shield 1.
QEMU_mps2-an505 := -M mps2-an505 -drive if=none,id=eeprom,file=@MEDIUM@,format=raw \
	-device at24c-eeprom,address=0x50,rom-size=4096,drive=eeprom
MEDIUM_mps2-an505 := 4K
# Half of the time in QEMU. Except for HOT and drivers, the compiler makes the same code as for mps2-an386; other
# programs judge HOT in the board's tests "signature" and "private".
SUITES_LONG_mps2-an505 := tls keyring sd
