/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - the command "check", for other commands.
 */
#ifndef TOOLS_COMMANDS_CHECK_H
#define TOOLS_COMMANDS_CHECK_H

#include "tools/mailseal/base/result.h"

struct check_request {
	const char *argument;        /* NULL: `config` */
	const char *config;
};

/* Returns the exit code: TOOL_CONFIG, TOOL_KEY or TOOL_IO for what is wrong. */
int check(const struct check_request *r, struct result *result);

#endif
