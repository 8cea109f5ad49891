/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_new.h - make a first SPF record.
 */
#ifndef TOOLS_COMMANDS_SPF_NEW_H
#define TOOLS_COMMANDS_SPF_NEW_H

#include "tools/mailseal/commands/spf_addition.h"

struct spf_new_request {
	char domain[DNS_NAME_SIZE];
	const char *config;               /* used without terms; NULL: none */
	struct spf_addition_request addition;
};

/* The exit code; the result has the record. */
int spf_new(const struct spf_new_request *r, struct result *result);

#endif
