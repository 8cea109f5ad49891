/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_check.h - check_host() of RFC 7208, for one address, or for none at all: then every
 * term is looked at and what a record costs in the worst case is counted (4.6.4).
 */
#ifndef TOOLS_RECORDS_SPF_CHECK_H
#define TOOLS_RECORDS_SPF_CHECK_H

#include "tools/mailseal/records/spf.h"

#define SPF_LOOKUPS_MAX 10u /* 4.6.4 */
#define SPF_VOIDS_MAX    2u
#define SPF_MX_MAX      10u
#define SPF_PTR_MAX     10u
#define SPF_DEPTH_MAX   12u /* no record that works is deeper: each level costs a lookup        */
#define SPF_COUNT_MAX  100u /* lookups that are still counted, in a record that failed long ago */

enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};

/* Why the result is an error. */
enum spf_problem {
	SPF_FINE,
	SPF_SYNTAX,
	SPF_SEVERAL,        /* more than one record for a name            */
	SPF_MANY_LOOKUPS,
	SPF_MANY_VOIDS,
	SPF_MANY_MX,
	SPF_NO_RECORD,      /* include: or redirect= to a name without    */
	SPF_RECURSION,      /* a record that includes itself              */
	SPF_NO_ANSWER       /* DNS failed                                 */
};

/* One term, in the order in which a verifier gets to it; `target` is "" if it depends on
 * the message or the term has none. */
struct spf_step {
	unsigned depth;
	const char *domain;      /* whose record           */
	const struct spf_term *term;
	const char *target;
	unsigned lookups;        /* so far, with this one  */
	bool is_void;
	bool is_seen;            /* the same name was read before; not shown again below */
};

struct spf_query {
	struct dns_lookup lookup;
	const char *domain;
	const char *sender;                /* LOCAL@DOMAIN, or NULL: not known */
	const char *helo;                  /* or NULL                          */
	const struct spf_address *address; /* NULL: one that nothing matches   */
	struct seal_span record;           /* in place of the one that the domain has, or empty */
	void (*visit)(void *ctx, const struct spf_step *step); /* or NULL       */
	void *ctx;
};

struct spf_verdict {
	enum spf_result result;
	unsigned lookups, voids;
	enum spf_problem problem;       /* the first one                           */
	char where[DNS_NAME_SIZE];      /* whose record has it                     */
	struct seal_span text;          /* the term, as long as the answers stay   */
	const char *why;                /* SPF_SYNTAX: what was expected; else ""  */
};

struct spf_verdict spf_check(const struct spf_query *query);

const char *spf_result_text(enum spf_result result);

/* The SPF record of a domain; false unless there is exactly one. *num is how many. */
bool spf_record_of(const struct dns_answer *answer, struct seal_span *record, size_t *num);

#endif
