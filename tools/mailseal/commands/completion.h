/* SPDX-License-Identifier: Apache-2.0
 *
 * completion.h - make the completion for a shell, from the rows of all commands.
 */
#ifndef TOOLS_COMMANDS_COMPLETION_H
#define TOOLS_COMMANDS_COMPLETION_H

#include "tools/mailseal/base/result.h"

enum completion_shell {
	COMPLETION_BASH,
	COMPLETION_ZSH,
	COMPLETION_FISH
};

struct completion_request {
	unsigned shell;                   /* enum completion_shell */
};

int completion(const struct completion_request *r, struct result *result);

#endif
