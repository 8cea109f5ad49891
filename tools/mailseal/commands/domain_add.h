/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_add.h - add a domain: create its keys.
 */
#ifndef TOOLS_COMMANDS_DOMAIN_ADD_H
#define TOOLS_COMMANDS_DOMAIN_ADD_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/site/newkey.h"

/* The exit code; the result has the keys. */
int domain_add(const struct newkey_request *r, struct result *result);

#endif
