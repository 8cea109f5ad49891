/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/lookup.h"

#include "port/contract/port.h"

#define KEPT_MIN_S 1u       /* so that all sessions that wait for one answer get it */
#define SECOND_MS  1000u

static void
lookup_answered(void *ctx, const struct seal_dns_resolver *resolver)
{
	struct seal_lookup *l = ctx;
	const bool found = seal_dns_outcome(resolver) == SEAL_DNS_FOUND;
	const uint32_t ttl_s = found ? seal_dns_ttl_s(resolver) : 0;

	l->address = found ? seal_dns_found_address(resolver) : (struct seal_ip){ { 0 } };
	l->until_ms = seal_port_now_ms() + (uint64_t)SECOND_MS * (ttl_s > KEPT_MIN_S ? ttl_s : KEPT_MIN_S);
	l->asking = false;
	l->fresh = true;
}

static enum seal_lookup_answer
lookup_result(const struct seal_ip *address)
{
	return seal_ip_is_none(address) ? SEAL_LOOKUP_NOT_FOUND : SEAL_LOOKUP_FOUND;
}

enum seal_lookup_answer
seal_lookup(struct seal_lookup *l, struct seal_ask *ask, struct seal_span host, struct seal_ip *address)
{
	if (seal_ip_read(host, address))
		return lookup_result(address);
	if (!l->asking && !l->fresh && seal_port_now_ms() >= l->until_ms) {
		l->asking = true;
		l->question.answered = lookup_answered;
		l->question.ctx = l;
		seal_ask_start(ask, &l->question, host, SEAL_DNS_A);
	}
	if (l->asking)
		return SEAL_LOOKUP_ASKING;
	l->fresh = false;
	*address = l->address;
	return lookup_result(address);
}
