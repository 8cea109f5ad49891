/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - add up DMARC aggregate reports.
 */
#ifndef TOOLS_COMMANDS_REPORT_H
#define TOOLS_COMMANDS_REPORT_H

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/result.h"

struct report_files_request {
	struct option_list files;
	const char *config;               /* NULL: no message is ours */
};

/* The exit code; the result has rows and totals. */
int report_files(const struct report_files_request *r, struct result *result);

#endif
