/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_judge.h - judges a domain's SPF record, extends it, and writes it without includes.
 */
#ifndef TOOLS_RECORDS_SPF_JUDGE_H
#define TOOLS_RECORDS_SPF_JUDGE_H

#include "tools/mailseal/records/findings.h"
#include "tools/mailseal/records/spf_check.h"

/* A server that sends mail, as SPF identifies it. */
struct spf_sender {
	bool is_next_hop;             /* to be replaced, see tools/mailseal/checks/next_hop.h */
	bool is_address;
	struct spf_address address;
	char include[DNS_NAME_SIZE];  /* if it is not an address */
	const char *text;
};

#define SPF_NEXT_HOP "next-hop"

/* Reads "192.0.2.1", "2001:db8::1", "include:NAME" or "next-hop"; false: it is none of these. */
bool spf_sender_parse(const char *text, struct spf_sender *sender);

/* Judges the record of query->domain (or query->record) in the worst case, and whether it contains each of the senders.
 * The result has the number of lookups. */
struct spf_verdict spf_judge(const struct spf_query *query, const struct spf_sender *senders, size_t num_senders,
                             struct findings *f);

/* The name of the service whose customers include this domain, or NULL. */
const char *spf_service(const char *domain);

/* A mail service, found by a host that accepts mail for it. */
struct spf_host {
	const char *service;
	const char *term;             /* for the SPF record of its customers; NULL: none is needed */
	const char *note;             /* where the term counts, or why none is needed; or NULL     */
};

/* NULL: not known. The host must be in lower case, without a final dot. */
const struct spf_host *spf_host_find(const char *host);

enum spf_merge {
	SPF_MERGED,
	SPF_MERGE_SAME,         /* all terms already exist                          */
	SPF_MERGE_BAD_RECORD,   /* no SPF record, several, or not well formed       */
	SPF_MERGE_BAD_TERM,     /* cannot be added: see *wrong and *why             */
	SPF_MERGE_CONFLICT      /* exists with another qualifier: see *wrong        */
};

/* Adds `num` mechanisms before the "all" of the record, and changes nothing else. An empty record becomes a new one.
 * The caller frees *merged, also if the result is not SPF_MERGED. */
enum spf_merge spf_merge(struct seal_span record, const char *const *terms, size_t num, char **merged,
                         struct seal_span *wrong, const char **why);

/* The record with addresses instead of terms that need DNS; exists, ptr and macros are kept. The caller frees it. NULL:
 * the meaning would change, see `f`. */
char *spf_flatten(struct dns_lookup lookup, const char *domain, struct findings *f);

#endif
