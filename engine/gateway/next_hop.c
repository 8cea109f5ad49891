/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/next_hop.h"

#include "engine/base/bounds.h"

#define BIG_MESSAGE 1000000u /* octets; the transfer time of smaller messages is not predicted */

void
seal_next_hop_refused_login(struct seal_next_hop *hop, uint64_t now_ms)
{
	hop->login_again_ms = now_ms + SEAL_LOGIN_AGAIN_MS;
}

bool
seal_next_hop_is_locked(const struct seal_next_hop *hop, uint64_t now_ms)
{
	return now_ms < hop->login_again_ms;
}

void
seal_next_hop_learn(struct seal_next_hop *hop, uint64_t octets, uint64_t took_ms)
{
	const uint64_t seen = took_ms > 0 ? octets * 1000u / took_ms : 0;

	if (took_ms >= 1000u && octets >= BIG_MESSAGE)
		hop->octets_per_s = hop->octets_per_s == 0 ? seen : (hop->octets_per_s * 3u + seen) / 4u;
}

bool
seal_next_hop_outlasts(const struct seal_next_hop *hop, uint64_t octets, uint32_t patience_s)
{
	return octets >= BIG_MESSAGE && hop->octets_per_s > 0 && octets / hop->octets_per_s > patience_s;
}
