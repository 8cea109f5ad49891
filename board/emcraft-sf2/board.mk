# SPDX-License-Identifier: Apache-2.0
CPU_emcraft-sf2 := -mcpu=cortex-m3
DRIVERS_emcraft-sf2 := $(addprefix port/driver/,uart/uart_16550.c eth/msf2_emac.c flash/spi_nor.c)
# Sessions at once; octets of memory for each: header fields to be signed, envelope, our own fields. Sections of
# the configuration. The longest key. Connections with TLS at once, and octets of arena for them. Octets of log that
# wait for a log server, and for the UART. Unknown senders that are remembered for the report.
DEFINES_emcraft-sf2 := -DSEAL_SESSIONS=8 -DSEAL_SESSION_WORK=4096 -DSEAL_SESSION_ENVELOPE=4096 \
	-DSEAL_SESSION_ADDED=4608 -DSEAL_CLIENTS=16 -DSEAL_DOMAINS=32 -DSEAL_KEY_BITS=4096 \
	-DSEAL_TLS_CONNECTIONS=16 -DSEAL_TLS_ARENA=786432 \
	-DSEAL_SYSLOG_MEMORY=2048 -DSEAL_CONSOLE_RING=4096 -DSEAL_LEARN=16
QEMU_emcraft-sf2 := -M emcraft-sf2 -drive if=mtd,file=@MEDIUM@,format=raw
MEDIUM_emcraft-sf2 := 16M
# Suites of tests/unit that memory cannot hold together with the others.
SUITES_ALONE_emcraft-sf2 := server key config sd client dns keyring command tls assemble
