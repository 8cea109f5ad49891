/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_merge.h - add senders to an SPF record.
 */
#ifndef TOOLS_COMMANDS_SPF_MERGE_H
#define TOOLS_COMMANDS_SPF_MERGE_H

#include "tools/mailseal/commands/spf_addition.h"

struct spf_merge_request {
	const char *existing;             /* "": none is published yet */
	struct spf_addition_request addition;
};

/* The exit code; the result has the record before and after. */
int spf_merge_records(const struct spf_merge_request *r, struct result *result);

#endif
