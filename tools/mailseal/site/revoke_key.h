/* SPDX-License-Identifier: Apache-2.0
 *
 * revoke_key.h - remove a key from the configuration.
 */
#ifndef TOOLS_SITE_REVOKE_KEY_H
#define TOOLS_SITE_REVOKE_KEY_H

#include "tools/mailseal/site/inventory.h"

/* Replaces the section by a note; the caller commits. Sets *key to the key's entry in `inv`, which the caller must free
 * in any case. Returns TOOL_OK, or TOOL_CONFIG or TOOL_IO (reported). */
int revoke_key(struct site *s, const char *domain, const char *selector, struct inventory *inv,
               const struct inventory_key **key);

#endif
