/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_check.h - check_host() of RFC 7208, for one address. Without an address, it evaluates all terms and counts the
 * lookups of the worst case (4.6.4).
 */
#ifndef TOOLS_RECORDS_SPF_CHECK_H
#define TOOLS_RECORDS_SPF_CHECK_H

#include "tools/mailseal/records/spf.h"

#define SPF_LOOKUPS_MAX 10u /* 4.6.4 */
#define SPF_VOIDS_MAX    2u
#define SPF_MX_MAX      10u
#define SPF_PTR_MAX     10u
#define SPF_DEPTH_MAX   12u /* valid records are not deeper, because each level needs a lookup  */
#define SPF_COUNT_MAX  100u /* counting stops here, far beyond the limit                         */

enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};

/* The reason for an error. */
enum spf_problem {
	SPF_FINE,
	SPF_SYNTAX,
	SPF_SEVERAL,        /* more than one record for a name            */
	SPF_MANY_LOOKUPS,
	SPF_MANY_VOIDS,
	SPF_MANY_MX,
	SPF_NO_RECORD,      /* include: or redirect= to a name without one */
	SPF_RECURSION,      /* a record that includes itself               */
	SPF_NO_ANSWER       /* DNS failed                                  */
};

/* One term, in the order of evaluation. `target` is "" if it depends on the message, or if the term has none. */
struct spf_step {
	unsigned depth;
	const char *domain;      /* that has the record    */
	const struct spf_term *term;
	const char *target;
	unsigned lookups;        /* up to and including this term */
	bool is_void;
	bool is_seen;            /* the name was evaluated before; its terms are not shown again */
};

struct spf_query {
	struct dns_lookup lookup;
	const char *domain;
	const char *sender;                /* LOCAL@DOMAIN, or NULL: not known */
	const char *helo;                  /* or NULL                          */
	const struct spf_address *address; /* NULL: one that matches no term   */
	struct seal_span record;           /* replaces the record of the domain; or empty */
	void (*visit)(void *ctx, const struct spf_step *step); /* or NULL       */
	void *ctx;
};

struct spf_verdict {
	enum spf_result result;
	unsigned lookups, voids;
	enum spf_problem problem;       /* the first one                           */
	char where[DNS_NAME_SIZE];      /* domain whose record has it              */
	struct seal_span text;          /* the term; valid as long as the answers  */
	const char *why;                /* SPF_SYNTAX: what was expected; else ""  */
};

struct spf_verdict spf_check(const struct spf_query *query);

const char *spf_result_text(enum spf_result result);

/* The SPF record of a domain; false unless exactly one exists. *num is the number of SPF records. */
bool spf_record_of(const struct dns_answer *answer, struct seal_span *record, size_t *num);

#endif
