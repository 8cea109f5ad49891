/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_next.h - find the DMARC record that a domain should have next.
 */
#ifndef TOOLS_COMMANDS_DMARC_NEXT_H
#define TOOLS_COMMANDS_DMARC_NEXT_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/report.h"

struct dmarc_next_request {
	char domain[DNS_NAME_SIZE];
	struct option_list reports;       /* files: the evidence; none: only DNS is judged */
	const char *config;               /* NULL: none */
	const char *selector, *key;       /* of one key instead */
	struct option_list sends_from;    /* addresses and networks that send with any signature */
	int64_t since_s;                  /* reports that begin before do not count */
	bool test, force;
	struct report_request dns;
};

/* The exit code; the result has the record, what the next step is, and the evidence. */
int dmarc_next(const struct dmarc_next_request *r, struct result *result);

#endif
