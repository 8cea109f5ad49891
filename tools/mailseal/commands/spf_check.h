/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_check.h - judge an SPF record and count what it costs.
 */
#ifndef TOOLS_COMMANDS_SPF_CHECK_H
#define TOOLS_COMMANDS_SPF_CHECK_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/report.h"

#define SPF_CHECK_SENDERS_MAX 16u

struct spf_check_request {
	const char *domain, *record;      /* one of them, or both */
	const char *address;              /* NULL: judge the record */
	const char *sender, *helo;        /* the rest of what a receiver knows of the client */
	const char *config;               /* NULL: none */
	struct option_list sends_from;
	bool tree, offline;
	struct report_request dns;
};

/* The exit code; the result has the verdict. */
int spf_check_record(const struct spf_check_request *r, struct result *result);

#endif
