/* SPDX-License-Identifier: Apache-2.0
 *
 * key_change.h - the command line of a change to one key of a configuration.
 */
#ifndef TOOLS_COMMANDS_KEY_CHANGE_H
#define TOOLS_COMMANDS_KEY_CHANGE_H

#include "tools/mailseal/site/site.h"

struct key_change {
	const char *config;
	bool dry_run, json;
	struct site_name domain;
	const char *selector;
};

/* Read the options, open the configuration, call `change` and close it. */
int key_change_run(int argc, char **argv, int (*change)(struct site *s, const struct key_change *c));

#endif
