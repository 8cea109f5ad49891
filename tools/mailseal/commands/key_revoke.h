/* SPDX-License-Identifier: Apache-2.0
 *
 * key_revoke.h - revoke a key.
 */
#ifndef TOOLS_COMMANDS_KEY_REVOKE_H
#define TOOLS_COMMANDS_KEY_REVOKE_H

#include "tools/mailseal/commands/key_change.h"

/* The exit code; the result has the record to publish. */
int key_revoke(const struct key_change_request *r, struct result *result);

#endif
