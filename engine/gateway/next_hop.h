/* SPDX-License-Identifier: Apache-2.0
 *
 * next_hop.h - what all connections to the next hop know of it: how to speak to it, and what
 * the last ones have shown.
 */
#ifndef SEAL_GATEWAY_NEXT_HOP_H
#define SEAL_GATEWAY_NEXT_HOP_H

#include "engine/smtp/client.h"

struct seal_next_hop {
	struct seal_span hostname;      /* ours, for EHLO; lent                              */
	struct seal_smtpc_needs needs;
	uint64_t login_again_ms;        /* no login before: servers lock accounts            */
	uint64_t octets_per_s;          /* what the way there carries; 0: not known          */
};

/* The next hop refused our login: it is not asked again for SEAL_LOGIN_AGAIN_MS. */
void seal_next_hop_refused_login(struct seal_next_hop *hop, uint64_t now_ms);
bool seal_next_hop_is_locked(const struct seal_next_hop *hop, uint64_t now_ms);

/* A message of `octets` took so long. Only long ones that took a second or longer count. */
void seal_next_hop_learn(struct seal_next_hop *hop, uint64_t octets, uint64_t took_ms);

/* A message of `octets` would take longer than `patience_s`, as far as that is known. */
bool seal_next_hop_outlasts(const struct seal_next_hop *hop, uint64_t octets, uint32_t patience_s);

#endif
