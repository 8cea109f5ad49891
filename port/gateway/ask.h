/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.h - the program's DNS client: one question after the other, by engine/dns/resolver.h
 * over UDP and TCP.
 *
 *	init -> { start -> run ... -> answered }...
 *
 * In the network context; nothing waits. While an answer is awaited it holds one UDP port, a new
 * one for each question, or one connection.
 */
#ifndef PORT_GATEWAY_ASK_H
#define PORT_GATEWAY_ASK_H

#include "engine/dns/resolver.h"
#include "port/contract/net.h"

/* A question and its owner. The owner sets the first three members, zeroes the others and does not
 * move the structure while the question is asked. */
struct seal_ask_question {
	/* Called within _run: the outcome is that of `resolver`, whose records are valid during the
	 * call. The question is over and may be started again at once. */
	void (*answered)(void *ctx, const struct seal_dns_resolver *resolver);
	void *ctx;
	bool urgent;                /* mail waits: it goes before the others, and interrupts one,
	                             * which is asked again afterwards                            */
	bool interrupted;           /* by an urgent one: this happens only once                   */
	uint16_t type;
	struct seal_span name;
	struct seal_ask_question *next;
};

/* Opaque; it does not move in memory. */
struct seal_ask {
	struct seal_dns_resolver resolver;
	struct seal_net_udp udp;
	struct seal_net_conn conn;
	struct seal_ask_question *first; /* the one being asked if `asking`, then the queue    */
	uint8_t *memory;
	size_t memory_cap;
	bool asking;
};

/* Without memory for answers, it can only look up the address of a host that has few. */
void seal_ask_init(struct seal_ask *a);

/* Memory for one answer, lent for good: SEAL_DNS_TCP_TYPICAL octets. A longer answer is a failure.
 * Not while a question is asked. */
void seal_ask_lend(struct seal_ask *a, uint8_t *memory, size_t memory_cap);

/* Ask for `type` at `name`, which is lent until `answered`. The server is that of
 * seal_net_dns_server when its turn comes. Not while the same question is asked. */
void seal_ask_start(struct seal_ask *a, struct seal_ask_question *q, struct seal_span name, uint16_t type);

/* Call after every batch of frames and after the owners of questions have run, and no later than
 * the returned number of milliseconds. 0: a question was answered, let its owner run. */
uint32_t seal_ask_run(struct seal_ask *a);

#endif
