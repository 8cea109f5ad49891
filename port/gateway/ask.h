/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.h - the DNS client of the program: one question after the other, by engine/dns/resolver.h
 * over UDP and TCP.
 *
 *	init -> { start -> run ... -> answered }...
 *
 * In the network context; nothing waits. It holds one UDP port, a new one for each question, or
 * one connection while an answer is awaited.
 */
#ifndef PORT_GATEWAY_ASK_H
#define PORT_GATEWAY_ASK_H

#include "engine/dns/resolver.h"
#include "port/contract/net.h"

/* A question and who asks it. The owner sets the first three members, zeroes the others and
 * keeps it in its place while the question is asked. */
struct seal_ask_question {
	/* Within _run: the outcome is that of `resolver`, whose records are valid within the call.
	 * The question is over and may be started again at once. */
	void (*answered)(void *ctx, const struct seal_dns_resolver *resolver);
	void *ctx;
	bool urgent;                /* mail waits: before the others, and one of them that is being
	                             * asked is asked again afterwards                            */
	bool interrupted;           /* by an urgent one: not a second time                        */
	uint16_t type;
	struct seal_span name;
	struct seal_ask_question *next;
};

/* Opaque; it does not move in memory. */
struct seal_ask {
	struct seal_dns_resolver resolver;
	struct seal_net_udp udp;
	struct seal_net_conn conn;
	struct seal_ask_question *first; /* the one that is asked when `asking`, then the queue */
	uint8_t *memory;
	size_t memory_cap;
	bool asking;
};

/* Without memory for answers: then only addresses can be asked for, of hosts that have few. */
void seal_ask_init(struct seal_ask *a);

/* Memory for one answer, lent for good: SEAL_DNS_TCP_TYPICAL octets; an answer that is longer is a
 * failure. Not while a question is asked. */
void seal_ask_lend(struct seal_ask *a, uint8_t *memory, size_t memory_cap);

/* Ask for `type` at `name`, which is lent until `answered`; the server is that of
 * seal_net_dns_server when its turn comes. Not while the same question is asked. */
void seal_ask_start(struct seal_ask *a, struct seal_ask_question *q, struct seal_span name, uint16_t type);

/* Call after every batch of frames and after the owners of questions have run, and at the latest
 * after as many milliseconds as this returns. 0: a question was answered, let its owner run. */
uint32_t seal_ask_run(struct seal_ask *a);

#endif
