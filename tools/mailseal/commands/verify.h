/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.h - judge all DNS records that mail from a domain needs.
 */
#ifndef TOOLS_COMMANDS_VERIFY_H
#define TOOLS_COMMANDS_VERIFY_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/mail_records.h"

struct verify_request {
	char domain[DNS_NAME_SIZE];
	const char *config;               /* NULL: none */
	const char *selector, *key;       /* of one key instead */
	char envelope[DNS_NAME_SIZE];     /* of the envelope sender; "": the domain */
	struct option_list sends_from;
	bool tree;
	uint64_t wait_s;                  /* 0: one look is enough */
	struct report_request dns;
};

/* The exit code; the result has the verdict. With wait_s messages are printed at once. */
int verify(const struct verify_request *r, struct result *result);

#endif
