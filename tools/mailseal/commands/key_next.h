/* SPDX-License-Identifier: Apache-2.0
 *
 * key_next.h - create another key for a domain that has one.
 */
#ifndef TOOLS_COMMANDS_KEY_NEXT_H
#define TOOLS_COMMANDS_KEY_NEXT_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/site/newkey.h"

/* The exit code; the result has the key. */
int key_next(const struct newkey_request *r, struct result *result);

#endif
