/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_remove.h - remove a domain from a configuration.
 */
#ifndef TOOLS_COMMANDS_DOMAIN_REMOVE_H
#define TOOLS_COMMANDS_DOMAIN_REMOVE_H

#include "tools/mailseal/base/result.h"

struct domain_remove_request {
	const char *config, *domain;
	bool delete_keys, dry_run;
};

/* The exit code; the result has the key files that are no longer named. */
int domain_remove(const struct domain_remove_request *r, struct result *result);

#endif
