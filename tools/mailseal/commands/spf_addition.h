/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_addition.h - what `spf new` and `spf merge` share: --add, and what the new record costs.
 */
#ifndef TOOLS_COMMANDS_SPF_ADDITION_H
#define TOOLS_COMMANDS_SPF_ADDITION_H

#include "tools/mailseal/checks/offline.h"

#define SPF_ADDITION_MAX 16u

struct spf_addition {
	struct report_request report;
	const char *terms[SPF_ADDITION_MAX];
	size_t num_terms;
	bool force;
	char domain[DNS_NAME_SIZE];   /* "": not known */

	struct offline_dns dns;
	struct findings findings;
};

/* From OPTION_OWN on; a command adds its own ones after them. */
enum {
	SPF_ADDITION_ADD = OPTION_OWN,
	SPF_ADDITION_OFFLINE,
	SPF_ADDITION_FORCE,
	SPF_ADDITION_NEXT
};

#define SPF_ADDITION_OPTIONS \
	{ "add", required_argument, NULL, SPF_ADDITION_ADD }, \
	{ "offline", no_argument, NULL, SPF_ADDITION_OFFLINE }, \
	{ "force", no_argument, NULL, SPF_ADDITION_FORCE }, \
	REPORT_OPTIONS

/* One of SPF_ADDITION_OPTIONS, with optarg: false when it is none of them, or reported as wrong. */
bool spf_addition_take_option(struct spf_addition *a, int option);

/* The record with the terms, to be freed: TOOL_OK, or reported. *changed: one of them was missing. */
int spf_addition_merge(const struct spf_addition *a, const char *existing, char **merged, bool *changed);

/* Count what the record costs; false: reported, it may not be published. Findings are printed unless --json. */
bool spf_addition_judge(struct spf_addition *a, const char *merged, struct spf_verdict *v);

void spf_addition_free(struct spf_addition *a);

#endif
