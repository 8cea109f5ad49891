/* SPDX-License-Identifier: Apache-2.0
 *
 * syslog.h - the log's lines to a server: RFC 5424 messages over UDP (RFC 5426).
 *
 *	start -> { put, run }...
 *
 * In the network context. A board's seal_port_log calls put, from the first line on; lines wait
 * in the port's memory until the network is up. put never waits and never sends. Lines that find
 * no room are counted, and the count goes out with the next line. UDP loses lines without
 * notice: the UART has them all.
 */
#ifndef PORT_GATEWAY_SYSLOG_H
#define PORT_GATEWAY_SYSLOG_H

#include "port/gateway/log_queue.h"
#include "port/gateway/lookup.h"

#define SEAL_SYSLOG_LINE_MAX 1024u  /* octets of a line, longer ones are cut: with its
                                     * header it is one frame (RFC 5426 3.2)        */
#define SEAL_SYSLOG_PACE_MS  10u    /* between two lines, so that many lines do not
                                     * become a flood of frames                     */

struct seal_syslog_setup {
	struct seal_span hostname;  /* printable ASCII without spaces, lent for good       */
	struct seal_span server;    /* a name or a dotted quad, lent for good; empty: none */
	uint16_t port;
	struct seal_ask *ask;       /* finds the server by its name                        */
	uint8_t *memory;            /* for lines that wait, lent for good                  */
	size_t memory_cap;          /* a kilobyte holds some six                           */
};

/* Opaque; it never moves. */
struct seal_syslog {
	struct seal_syslog_setup setup;
	struct seal_log_queue queue;
	struct seal_net_udp udp;
	struct seal_lookup lookup;
	uint64_t look_ms;           /* when to ask for the server's address again */
	uint64_t send_ms;           /* when the next line may be sent             */
	struct seal_ip address;     /* "::": not known yet                        */
};

/* Before the first line, with or without a network. */
void seal_syslog_start(struct seal_syslog *s, const struct seal_syslog_setup *setup);

/* One line, copied. Not before _start. */
void seal_syslog_put(struct seal_syslog *s, const char *line, size_t len);

/* After seal_net_start: call after every batch of frames, and no later than the returned number of
 * milliseconds. Sends at most one line. */
uint32_t seal_syslog_run(struct seal_syslog *s);

#endif
