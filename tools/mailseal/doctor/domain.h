/* SPDX-License-Identifier: Apache-2.0
 *
 * domain.h - judge the records of a domain in the order in which they must be fixed.
 */
#ifndef TOOLS_DOCTOR_DOMAIN_H
#define TOOLS_DOCTOR_DOMAIN_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/keys.h"

/* Judges the records of `keys->domain`, writes the result, and returns the exit code. */
int domain_examine(const struct keys_request *keys, struct dns *dns, struct result *result);

#endif
