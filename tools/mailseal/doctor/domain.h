/* SPDX-License-Identifier: Apache-2.0
 *
 * domain.h - the records of a domain as a decision tree: what to fix first.
 */
#ifndef TOOLS_DOCTOR_DOMAIN_H
#define TOOLS_DOCTOR_DOMAIN_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/keys.h"

/* Judge, into the result: the command's exit code. `keys->domain` is the domain. */
int domain_examine(const struct keys_request *keys, struct dns *dns, struct result *result);

#endif
