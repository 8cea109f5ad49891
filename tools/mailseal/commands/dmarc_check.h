/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_check.h - judge a DMARC record.
 */
#ifndef TOOLS_COMMANDS_DMARC_CHECK_H
#define TOOLS_COMMANDS_DMARC_CHECK_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/report.h"

struct dmarc_check_request {
	char domain[DNS_NAME_SIZE];       /* "": of a record alone */
	const char *record;               /* NULL: the published one */
	struct report_request dns;
};

/* The exit code; the result has the verdict. */
int dmarc_check(const struct dmarc_check_request *r, struct result *result);

#endif
