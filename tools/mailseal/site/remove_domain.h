/* SPDX-License-Identifier: Apache-2.0
 *
 * remove_domain.h - remove a domain from the configuration.
 */
#ifndef TOOLS_SITE_REMOVE_DOMAIN_H
#define TOOLS_SITE_REMOVE_DOMAIN_H

#include "tools/mailseal/site/site.h"

/* Remove its sections, and its name from the lists of clients; the caller commits. A client that could send as no other
 * domain must be changed first. TOOL_OK, or TOOL_CONFIG: reported. */
int remove_domain(struct site *s, const char *domain);

#endif
