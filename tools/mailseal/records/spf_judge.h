/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_judge.h - judge a domain's SPF record, change it, and write it without includes.
 */
#ifndef TOOLS_RECORDS_SPF_JUDGE_H
#define TOOLS_RECORDS_SPF_JUDGE_H

#include "tools/mailseal/records/findings.h"
#include "tools/mailseal/records/spf_check.h"

/* What the server that sends is known by. */
struct spf_sender {
	bool is_next_hop;             /* stands for the next hop's, see tools/mailseal/checks/next_hop.h */
	bool is_address;
	struct spf_address address;
	char include[DNS_NAME_SIZE];  /* when it is no address */
	const char *text;
};

#define SPF_NEXT_HOP "next-hop"

/* "192.0.2.1", "2001:db8::1", "include:NAME" or "next-hop". */
bool spf_sender_parse(const char *text, struct spf_sender *sender);

/* Judge the record of query->domain (or query->record), in the worst case; each of the
 * senders must be in it. What it costs is answered. */
struct spf_verdict spf_judge(const struct spf_query *query, const struct spf_sender *senders, size_t num_senders,
                             struct findings *f);

/* The name of a service that this domain is included for, or NULL. */
const char *spf_service(const char *domain);

/* A mail service by the host that takes mail for it. */
struct spf_host {
	const char *service;
	const char *term;             /* for the record of who sends by it; NULL: none is needed */
	const char *note;             /* where it counts, or why not; NULL: nothing more to say  */
};

/* NULL: not known. The host is in lower case, without final dot. */
const struct spf_host *spf_host_find(const char *host);

enum spf_merge {
	SPF_MERGED,
	SPF_MERGE_SAME,         /* it is all there already                          */
	SPF_MERGE_BAD_RECORD,   /* no SPF record, or several, or not well formed    */
	SPF_MERGE_BAD_TERM,     /* nothing that can be added: *wrong, *why          */
	SPF_MERGE_CONFLICT      /* there with another qualifier: *wrong             */
};

/* The record with `num` more mechanisms before its "all"; everything else stays as it is, to
 * the letter. An empty record becomes one. *merged: free() it, also when it is not SPF_MERGED. */
enum spf_merge spf_merge(struct seal_span record, const char *const *terms, size_t num, char **merged,
                         struct seal_span *wrong, const char **why);

/* The record with addresses in place of what needs DNS; exists, ptr and macros stay. NULL: it
 * would mean something else, see f. Else free() it. */
char *spf_flatten(struct dns_lookup lookup, const char *domain, struct findings *f);

#endif
