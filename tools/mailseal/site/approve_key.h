/* SPDX-License-Identifier: Apache-2.0
 *
 * approve_key.h - let a key with activation = manual sign.
 */
#ifndef TOOLS_SITE_APPROVE_KEY_H
#define TOOLS_SITE_APPROVE_KEY_H

#include "tools/mailseal/site/site.h"

/* Change the text to activation = dns; the caller commits. TOOL_OK, or TOOL_CONFIG: reported. */
int approve_key(struct site *s, const char *domain, const char *selector);

#endif
