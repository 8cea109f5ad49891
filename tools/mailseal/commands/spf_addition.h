/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_addition.h - what `spf new` and `spf merge` share: --add, and what the new record costs.
 */
#ifndef TOOLS_COMMANDS_SPF_ADDITION_H
#define TOOLS_COMMANDS_SPF_ADDITION_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/offline.h"

#define SPF_ADDITION_MAX 16u

struct spf_addition_request {
	struct option_list terms;
	bool force, offline;
	struct report_request dns;
};

/* --add, which is in a struct spf_addition_request `member` of `type`. */
#define SPF_ADDITION_ADD(type, member, help) \
	{ "add", 0, OPT_LIST, offsetof(type, member) + offsetof(struct spf_addition_request, terms), "MECHANISM", \
	  .text = (help), .max = SPF_ADDITION_MAX }
#define SPF_ADDITION_FORCE(type, member) \
	{ "force", 0, OPT_FLAG, offsetof(type, member) + offsetof(struct spf_addition_request, force), NULL, \
	  .text = "Print the record even if it costs receivers more than 10 lookups, where they stop." }
#define SPF_ADDITION_OFFLINE(type, member, help) \
	{ "offline", 0, OPT_FLAG, offsetof(type, member) + offsetof(struct spf_addition_request, offline), NULL, \
	  .text = (help) }
#define SPF_ADDITION_DNS(type, member) \
	{ NULL, 0, OPT_GROUP, offsetof(type, member) + offsetof(struct spf_addition_request, dns), NULL, \
	  .text = "How DNS is asked", .rows = report_options }

struct spf_addition {
	const struct spf_addition_request *request;
	const char *domain;           /* "": not known */
	struct offline_dns dns;
	struct findings findings;
};

/* False: reported. spf_addition_close in any case. */
bool spf_addition_open(struct spf_addition *a, const struct spf_addition_request *request, const char *domain);
void spf_addition_close(struct spf_addition *a);

/* The record with the terms, to be freed: TOOL_OK, or reported. *changed: one of them was missing. */
int spf_addition_merge(const char *existing, const char *const *terms, size_t num_terms, char **merged, bool *changed);

/* Count what the record costs; false: reported, it may not be published. */
bool spf_addition_judge(struct spf_addition *a, const char *merged, struct spf_verdict *v, struct result *result);

#endif
