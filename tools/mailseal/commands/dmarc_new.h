/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_new.h - make a first DMARC record.
 */
#ifndef TOOLS_COMMANDS_DMARC_NEW_H
#define TOOLS_COMMANDS_DMARC_NEW_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/report.h"

struct dmarc_new_request {
	char domain[DNS_NAME_SIZE];
	struct option_list rua;           /* URIs */
};

/* The exit code; the result has the record. */
int dmarc_new(const struct dmarc_new_request *r, struct result *result);

#endif
