/* SPDX-License-Identifier: Apache-2.0
 *
 * domain.h - the records of a domain as a decision tree: what is to be mended first.
 */
#ifndef TOOLS_DOCTOR_DOMAIN_H
#define TOOLS_DOCTOR_DOMAIN_H

#include "tools/mailseal/checks/keys.h"

/* Judge and print: the command's exit code. `keys->domain` is the domain. */
int domain_examine(struct keys_request *keys, struct dns *dns, bool json);

#endif
