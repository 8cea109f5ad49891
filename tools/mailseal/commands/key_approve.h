/* SPDX-License-Identifier: Apache-2.0
 *
 * key_approve.h - approve a waiting key.
 */
#ifndef TOOLS_COMMANDS_KEY_APPROVE_H
#define TOOLS_COMMANDS_KEY_APPROVE_H

#include "tools/mailseal/commands/key_change.h"

/* The exit code; the result has the key. */
int key_approve(const struct key_change_request *r, struct result *result);

#endif
