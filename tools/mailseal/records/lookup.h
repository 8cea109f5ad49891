/* SPDX-License-Identifier: Apache-2.0
 *
 * lookup.h - how the judges of records ask DNS; tools/mailseal/checks or a test answers.
 *
 * Names are NUL-ended, without final dot, at most DNS_NAME_MAX octets.
 */
#ifndef TOOLS_RECORDS_LOOKUP_H
#define TOOLS_RECORDS_LOOKUP_H

#include "engine/base/span.h"

#define DNS_NAME_MAX 253u
#define DNS_NAME_SIZE (DNS_NAME_MAX + 1u)

enum dns_type {          /* RFC 1035 3.2.2, RFC 3596 */
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28
};

enum dns_status {
	DNS_FOUND,
	DNS_NODATA,      /* the name exists, this type does not        */
	DNS_NXDOMAIN,    /* the name does not exist, nor any below it  */
	DNS_SERVFAIL,    /* no server could answer                     */
	DNS_TIMEOUT,     /* no server did answer                       */
	DNS_LOOP,        /* aliases without end                        */
	DNS_BAD_NAME     /* no DNS name: never asked                   */
};

struct dns_record {
	struct seal_span data;  /* TXT: its strings joined; A and AAAA: the address in 4 or 16
	                         * octets; else a name, with a NUL after the span             */
	uint16_t preference;    /* MX                                                         */
};

struct dns_answer {
	enum dns_status status;
	const struct dns_record *records;
	size_t num_records;     /* 0 unless DNS_FOUND                                         */
	uint32_t ttl_s;         /* how long a cache may keep this answer, its absence too     */
	const char *zone;       /* whose SOA said that there is nothing; else ""              */
	const char *alias;      /* where CNAMEs led; "" without                               */
	bool disagree;          /* the zone's servers do not all say the same                 */
};

/* The answer is never NULL and stays until the one who answers is done with. */
struct dns_lookup {
	const struct dns_answer *(*ask)(void *ctx, const char *name, enum dns_type type);
	void *ctx;
};

static inline const struct dns_answer *
dns_lookup_ask(struct dns_lookup lookup, const char *name, enum dns_type type)
{
	return lookup.ask(lookup.ctx, name, type);
}

/* It is certain that there is nothing. */
static inline bool
dns_is_absent(const struct dns_answer *answer)
{
	return answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN || answer->status == DNS_BAD_NAME;
}

/* Not known: ask again later. */
static inline bool
dns_is_unknown(const struct dns_answer *answer)
{
	return answer->status == DNS_SERVFAIL || answer->status == DNS_TIMEOUT || answer->status == DNS_LOOP;
}

#endif
