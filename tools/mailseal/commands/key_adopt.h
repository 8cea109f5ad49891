/* SPDX-License-Identifier: Apache-2.0
 *
 * key_adopt.h - adopt the public keys that a device has created.
 */
#ifndef TOOLS_COMMANDS_KEY_ADOPT_H
#define TOOLS_COMMANDS_KEY_ADOPT_H

#include "tools/mailseal/base/result.h"

struct key_adopt_request {
	const char *config, *log;      /* "-": standard input */
	bool dry_run, force;
};

/* The exit code; the result has the keys. */
int key_adopt(const struct key_adopt_request *r, struct result *result);

#endif
