/* SPDX-License-Identifier: Apache-2.0
 *
 * approve_key.h - approve a key that has activation = manual, so that it can sign.
 */
#ifndef TOOLS_SITE_APPROVE_KEY_H
#define TOOLS_SITE_APPROVE_KEY_H

#include "tools/mailseal/site/site.h"

/* Changes the section to activation = dns; the caller commits. Returns TOOL_OK, or TOOL_CONFIG (reported). */
int approve_key(struct site *s, const char *domain, const char *selector);

#endif
