/* SPDX-License-Identifier: Apache-2.0
 *
 * sntp.h - the time from a server, by the rules of port/gateway/ntp.h over UDP.
 *
 *	start -> run ...        now_s at any time
 *
 * After seal_net_start, in the network context. A board's seal_port_now_s is seal_sntp_now_s.
 * Nothing waits; it holds one UDP port while an answer is awaited. What becomes of the clock is
 * logged whenever it changes.
 */
#ifndef PORT_GATEWAY_SNTP_H
#define PORT_GATEWAY_SNTP_H

#include "port/gateway/ntp.h"
#include "port/gateway/lookup.h"

struct seal_sntp_setup {
	struct seal_span server;    /* a name or a dotted quad, lent for good; empty: none */
	uint16_t port;              /* SEAL_NTP_PORT, except in tests                      */
	struct seal_ask *ask;       /* finds the server by its name                        */
};

/* Opaque; it never moves. */
struct seal_sntp {
	struct seal_sntp_setup setup;
	struct seal_ntp rules;
	struct seal_lookup lookup;
	struct seal_net_udp udp;    /* open: an answer is awaited                         */
	struct seal_ip address;     /* of the server that was asked last                  */
	const char *logged;         /* the last outcome that was logged                   */
	enum seal_ntp_verdict verdict;
	bool came;                  /* an answer, with `verdict`, which is not logged yet */
};

void seal_sntp_start(struct seal_sntp *s, const struct seal_sntp_setup *setup);

/* Call after every batch of frames, and no later than the returned number of milliseconds. */
uint32_t seal_sntp_run(struct seal_sntp *s);

/* Seconds since 1970 UTC, 0: not known. */
uint64_t seal_sntp_now_s(const struct seal_sntp *s);

#endif
