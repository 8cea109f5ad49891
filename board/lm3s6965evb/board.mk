# SPDX-License-Identifier: Apache-2.0
CPU_lm3s6965evb := -mcpu=cortex-m3
DRIVERS_lm3s6965evb := $(addprefix port/driver/,uart/pl011.c eth/stellaris.c sd/ssi_pl022.c sd/sd_spi.c)
# Sessions at once; octets of memory for each: header fields to be signed, envelope, our own fields. Sections of
# the configuration. The longest key. Connections with TLS at once, and octets of arena for them. Octets of log that
# wait for a log server, and for the UART. Unknown senders that are remembered for the report.
DEFINES_lm3s6965evb := -DSEAL_SESSIONS=2 -DSEAL_SESSION_WORK=2560 -DSEAL_SESSION_ENVELOPE=1024 \
	-DSEAL_SESSION_ADDED=1536 -DSEAL_CLIENTS=4 -DSEAL_DOMAINS=8 -DSEAL_KEY_BITS=2048 \
	-DSEAL_TLS_CONNECTIONS=1 -DSEAL_TLS_ARENA=0 -DSEAL_TLS_SMALL \
	-DSEAL_SYSLOG_MEMORY=512 -DSEAL_CONSOLE_RING=1024 -DSEAL_LEARN=0
# In QEMU, the size of an SD card is a power of two.
QEMU_lm3s6965evb := -M lm3s6965evb -drive if=sd,file=@MEDIUM@,format=raw
MEDIUM_lm3s6965evb := 64M
# Suites of tests/unit that memory cannot hold together with the others.
SUITES_ALONE_lm3s6965evb := smtp_abuse key config client sd spool_sd server dns keyring
# 64 KB hold neither a TLS server nor the assembled gateway of these suites.
SUITES_NEVER_lm3s6965evb := tls assemble
