/* SPDX-License-Identifier: Apache-2.0
 *
 * lookup.h - how the judges of records ask DNS. tools/mailseal/checks or a test gives the answers.
 *
 * Names end with NUL, have no final dot, and have at most DNS_NAME_MAX octets.
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
	DNS_NODATA,      /* the name exists, but has no such record    */
	DNS_NXDOMAIN,    /* neither the name nor any below it exists   */
	DNS_SERVFAIL,    /* the servers answered with an error         */
	DNS_TIMEOUT,     /* no server answered                         */
	DNS_LOOP,        /* too many aliases                           */
	DNS_BAD_NAME     /* not a DNS name; no server was asked        */
};

struct dns_record {
	struct seal_span data;  /* TXT: its strings joined; A and AAAA: the address in 4 or 16
	                         * octets; others: a name, followed by a NUL                  */
	uint16_t preference;    /* MX                                                         */
};

struct dns_answer {
	enum dns_status status;
	const struct dns_record *records;
	size_t num_records;     /* 0 unless DNS_FOUND                                         */
	uint32_t ttl_s;         /* how long a cache may keep this answer, also a negative one */
	const char *zone;       /* of a negative answer: owner of its SOA; else ""            */
	const char *alias;      /* target of the CNAMEs; "": none                             */
	bool disagree;          /* the zone's servers returned different records              */
};

/* The answer is never NULL, and remains valid as long as `ctx`. */
struct dns_lookup {
	const struct dns_answer *(*ask)(void *ctx, const char *name, enum dns_type type);
	void *ctx;
};

static inline const struct dns_answer *
dns_lookup_ask(struct dns_lookup lookup, const char *name, enum dns_type type)
{
	return lookup.ask(lookup.ctx, name, type);
}

/* True if the record certainly does not exist. */
static inline bool
dns_is_absent(const struct dns_answer *answer)
{
	return answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN || answer->status == DNS_BAD_NAME;
}

/* True if DNS failed: ask again later. */
static inline bool
dns_is_unknown(const struct dns_answer *answer)
{
	return answer->status == DNS_SERVFAIL || answer->status == DNS_TIMEOUT || answer->status == DNS_LOOP;
}

#endif
