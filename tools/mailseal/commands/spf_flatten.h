/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_flatten.h - an SPF record with addresses in place of includes.
 */
#ifndef TOOLS_COMMANDS_SPF_FLATTEN_H
#define TOOLS_COMMANDS_SPF_FLATTEN_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/report.h"

struct spf_flatten_request {
	char domain[DNS_NAME_SIZE];
	bool yes;                         /* the risk is understood */
	struct report_request dns;
};

/* The exit code; the result has the record. */
int spf_flatten_record(const struct spf_flatten_request *r, struct result *result);

#endif
