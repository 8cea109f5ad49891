/* SPDX-License-Identifier: Apache-2.0
 *
 * key_change.h - what the commands share that change one key of a configuration.
 */
#ifndef TOOLS_COMMANDS_KEY_CHANGE_H
#define TOOLS_COMMANDS_KEY_CHANGE_H

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/result.h"
#include "tools/mailseal/site/site.h"

struct key_change_request {
	const char *config, *domain, *selector;
	bool dry_run;
};

#define KEY_CHANGE_ROWS \
	{ NULL, 0, OPT_STRING, offsetof(struct key_change_request, domain), "DOMAIN", \
	  .text = "The domain of the key.", .flags = OPT_REQUIRED }, \
	{ NULL, 0, OPT_STRING, offsetof(struct key_change_request, selector), "SELECTOR", \
	  .text = "The selector of the key.", .flags = OPT_REQUIRED }, \
	OPTION_CONFIG_FILE(struct key_change_request, config, "The configuration to change."), \
	{ "dry-run", 'n', OPT_FLAG, offsetof(struct key_change_request, dry_run), NULL, \
	  .text = "Show what would be done, and do nothing." }

/* Open the configuration, call `change` with the normalized domain, and close it. */
int key_change(const struct key_change_request *r, struct result *result,
               int (*change)(struct site *s, const struct key_change_request *r, const char *domain,
                             struct result *result));

#endif
