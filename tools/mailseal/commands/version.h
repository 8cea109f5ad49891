/* SPDX-License-Identifier: Apache-2.0
 *
 * version.h - the version of mailseal and what it was built from.
 */
#ifndef TOOLS_COMMANDS_VERSION_H
#define TOOLS_COMMANDS_VERSION_H

#include "tools/mailseal/base/result.h"

int version(struct result *result);

#endif
