/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc.h - read a DMARC record and walk the tree (RFC 9989 4.7, 4.8, 4.10).
 */
#ifndef TOOLS_RECORDS_DMARC_H
#define TOOLS_RECORDS_DMARC_H

#include "tools/mailseal/records/findings.h"

enum dmarc_policy {
	DMARC_ABSENT,
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT,
	DMARC_INVALID
};

struct dmarc_record {
	enum dmarc_policy p, sp, np;
	bool strict_dkim, strict_spf;  /* adkim=s, aspf=s                      */
	char psd;                      /* 'y', 'n' or 'u'                      */
	bool testing;                  /* t=y                                  */
	struct seal_span rua, ruf;     /* as written; empty: none              */
	bool has_rua;                  /* one of them can be used at least     */
};

/* The text begins with the version, as it must (4.7): everything else is ignored. */
bool dmarc_is_record(struct seal_span text);

/* The text was probably meant as one. */
bool dmarc_is_meant(struct seal_span text);

/* Read a record that dmarc_is_record; what is wrong goes to f (or nowhere: NULL). */
void dmarc_parse(struct seal_span text, struct dmarc_record *record, const char *name, struct findings *f);

/* The policy that receivers act upon (4.10.1): for the name itself, for a subdomain without a
 * record, for one that does not exist. DMARC_ABSENT: the record has no effect. */
enum dmarc_policy dmarc_policy_self(const struct dmarc_record *record);
enum dmarc_policy dmarc_policy_sub(const struct dmarc_record *record);
enum dmarc_policy dmarc_policy_nonexistent(const struct dmarc_record *record);

const char *dmarc_policy_text(enum dmarc_policy policy);

/* The domain of the next mailto: URI off the front of a list; false at the end. `domain` is ""
 * for an address that is none or another scheme; *uri is all of it. */
bool dmarc_next_uri(struct seal_span *list, struct seal_span *uri, char domain[DNS_NAME_SIZE]);

#define DMARC_WALK_MAX 8u /* queries (4.10) */

/* One name that was asked for. */
struct dmarc_step {
	const char *domain;                 /* within the walk's start      */
	const struct dns_answer *answer;
	struct seal_span text;              /* of the one record, or empty  */
	unsigned num_records;               /* that begin with the version  */
	struct dmarc_record record;         /* when num_records is 1        */
};

struct dmarc_walk {
	char start[DNS_NAME_SIZE];
	struct dmarc_step steps[DMARC_WALK_MAX];
	unsigned num_steps;
	const char *organization;           /* within start (4.10.2)                        */
	const struct dmarc_step *policy;    /* whose record applies to start; NULL: none    */
	bool unknown;                       /* an answer is missing: nothing here is certain */
};

/* `walk` must not move. */
void dmarc_walk(struct dns_lookup lookup, const char *domain, struct dmarc_walk *walk);

/* `domain` counts for mail from `from` (4.4): the same, or the same organization. */
bool dmarc_aligned(struct dns_lookup lookup, const char *domain, const char *from, bool strict);

/* Judge what receivers find for `domain`; the walk is filled in. */
void dmarc_judge(struct dns_lookup lookup, const char *domain, struct dmarc_walk *walk, struct findings *f);

/* A first record, p=none; rua is a list of URIs. Free() it. */
char *dmarc_value_new(const char *rua);

/* The record with another policy, without what RFC 9989 removed; what is left keeps its
 * order. `testing`: with t=y, else without t=. Free() it. */
char *dmarc_value_with(struct seal_span text, enum dmarc_policy policy, bool testing);

#endif
