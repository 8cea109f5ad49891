/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc.h - reads a DMARC record, and walks up the DNS tree (RFC 9989 4.7, 4.8, 4.10).
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
	bool has_rua;                  /* at least one of them is usable       */
};

/* True if the text begins with the version, as required (4.7); receivers ignore all other texts. */
bool dmarc_is_record(struct seal_span text);

/* True if the text was probably meant as a DMARC record. */
bool dmarc_is_meant(struct seal_span text);

/* Reads a text for which dmarc_is_record is true; adds problems to `f`, which may be NULL. */
void dmarc_parse(struct seal_span text, struct dmarc_record *record, const char *name, struct findings *f);

/* The policy that receivers apply (4.10.1) to the name itself, to a subdomain without a record, and to a subdomain that
 * does not exist. DMARC_ABSENT: the record has no effect. */
enum dmarc_policy dmarc_policy_self(const struct dmarc_record *record);
enum dmarc_policy dmarc_policy_sub(const struct dmarc_record *record);
enum dmarc_policy dmarc_policy_nonexistent(const struct dmarc_record *record);

const char *dmarc_policy_text(enum dmarc_policy policy);

/* Takes the next URI off *list; false at the end. `domain` is that of a mailto: address, or "" for another scheme or an
 * invalid address. */
bool dmarc_next_uri(struct seal_span *list, struct seal_span *uri, char domain[DNS_NAME_SIZE]);

#define DMARC_WALK_MAX 8u /* queries (4.10) */

/* One name of the walk. */
struct dmarc_step {
	const char *domain;                 /* points into `start`          */
	const struct dns_answer *answer;
	struct seal_span text;              /* of the only record, or empty */
	unsigned num_records;               /* that begin with the version  */
	struct dmarc_record record;         /* if num_records is 1          */
};

struct dmarc_walk {
	char start[DNS_NAME_SIZE];
	struct dmarc_step steps[DMARC_WALK_MAX];
	unsigned num_steps;
	const char *organization;           /* points into `start` (4.10.2)                 */
	const struct dmarc_step *policy;    /* its record applies to `start`; NULL: none    */
	bool unknown;                       /* DNS failed, so no member is certain          */
};

/* `walk` must not move. */
void dmarc_walk(struct dns_lookup lookup, const char *domain, struct dmarc_walk *walk);

/* True if `domain` is aligned with the author domain `from` (4.4): equal, or of the same organization unless
 * `strict`. */
bool dmarc_aligned(struct dns_lookup lookup, const char *domain, const char *from, bool strict);

/* Judges the records that receivers find for `domain`; also sets *walk. */
void dmarc_judge(struct dns_lookup lookup, const char *domain, struct dmarc_walk *walk, struct findings *f);

/* A first record, p=none; rua is a list of URIs. The caller frees it. */
char *dmarc_value_new(const char *rua);

/* The record with another policy, with t=y if `testing` and otherwise without t=. Omits tags that RFC 9989 removed; the
 * others keep their order. The caller frees it. */
char *dmarc_value_with(struct seal_span text, enum dmarc_policy policy, bool testing);

#endif
