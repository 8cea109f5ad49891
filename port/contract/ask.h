/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.h - one DNS question at a time, by engine/dns/resolver.h over UDP and TCP.
 *
 *	init -> { start -> run ... -> result in `resolver` }...
 *
 * After seal_net_start, in the network context. Nothing waits. It holds one UDP pcb, with a
 * new port for each question, or one connection while an answer is awaited, and no buffer of
 * lwIP's: answers are copied into the memory of _init.
 */
#ifndef PORT_CONTRACT_ASK_H
#define PORT_CONTRACT_ASK_H

#include "engine/dns/resolver.h"
#include "port/contract/net.h"

/* Opaque but for `resolver`, which is to be read. It never moves. */
struct seal_ask {
	struct seal_dns_resolver resolver;
	struct seal_net_conn conn;
	void *pcb;                  /* NULL: no answer is awaited over UDP        */
	uint8_t *memory;
	size_t memory_cap;
	uint16_t server_port;
};

/* `memory` is for one answer, lent for good: SEAL_DNS_TCP_TYPICAL octets, what is longer has
 * failed. The server is that of seal_net_dns_server at the start of a question, at
 * `server_port`. */
void seal_ask_init(struct seal_ask *a, uint16_t server_port, uint8_t *memory, size_t memory_cap);

/* Ask for `type` at `name`, read before return. The one that is under way is forgotten. */
void seal_ask_start(struct seal_ask *a, struct seal_span name, uint16_t type);

/* Call after every batch of frames, and at the latest after as many milliseconds as this
 * answers, while seal_dns_outcome(&a->resolver) is SEAL_DNS_ASKING. Another outcome, and the
 * records it has, stay until the next start. */
uint32_t seal_ask_run(struct seal_ask *a);

#endif
