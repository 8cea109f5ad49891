/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_list.h - list the domains of a configuration.
 */
#ifndef TOOLS_COMMANDS_DOMAIN_LIST_H
#define TOOLS_COMMANDS_DOMAIN_LIST_H

#include "tools/mailseal/base/result.h"

struct domain_list_request {
	const char *config;
};

/* The exit code; the result has the domains that can be read. */
int domain_list(const struct domain_list_request *r, struct result *result);

#endif
