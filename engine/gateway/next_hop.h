/* SPDX-License-Identifier: Apache-2.0
 *
 * next_hop.h - what all connections to the next hop share: how to log in, and what earlier
 * connections have shown.
 */
#ifndef SEAL_GATEWAY_NEXT_HOP_H
#define SEAL_GATEWAY_NEXT_HOP_H

#include "engine/config/config.h"
#include "engine/smtp/client.h"

struct seal_next_hop {
	struct seal_span hostname;      /* ours, for EHLO; lent                              */
	struct seal_smtpc_needs needs;
	uint64_t login_again_ms;        /* no login before it, because servers lock accounts */
	uint64_t octets_per_s;          /* throughput to it; 0: not known                    */
};

/* The next hop refused our login: seal_next_hop_is_locked is true for SEAL_LOGIN_AGAIN_MS. */
void seal_next_hop_refused_login(struct seal_next_hop *hop, uint64_t now_ms);
bool seal_next_hop_is_locked(const struct seal_next_hop *hop, uint64_t now_ms);

/* A message of `octets` took `took_ms`. Only large ones that took at least a second count. */
void seal_next_hop_learn(struct seal_next_hop *hop, uint64_t octets, uint64_t took_ms);

/* True if a message of `octets` would take longer than `patience_s`, as far as is known. */
bool seal_next_hop_outlasts(const struct seal_next_hop *hop, uint64_t octets, uint32_t patience_s);

#endif
