/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/offline.h"

static const struct dns_answer *
ask(void *ctx, const char *name, enum dns_type type)
{
	static const uint8_t text[] = "v=spf1";
	static const struct dns_record record = { .data = { text, sizeof text - 1 } };
	static const struct dns_answer empty = { .status = DNS_FOUND, .zone = "", .alias = "" };
	static const struct dns_answer txt = { .status = DNS_FOUND, .records = &record, .num_records = 1,
		                               .zone = "", .alias = "" };
	struct offline_dns *const o = ctx;

	if (o->offline || name_within(name, OFFLINE_DOMAIN))
		return type == DNS_TXT ? &txt : &empty;
	return dns_lookup_ask(dns_lookup(&o->dns), name, type);
}

struct dns_lookup
offline_lookup(struct offline_dns *o)
{
	return (struct dns_lookup){ ask, o };
}

bool
offline_open(struct offline_dns *o, const struct report_request *r)
{
	return o->offline || report_open(r, &o->dns);
}

void
offline_complete(struct offline_dns *o, struct findings *f)
{
	if (!o->offline)
		report_complete(f, &o->dns);
}
