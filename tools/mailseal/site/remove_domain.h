/* SPDX-License-Identifier: Apache-2.0
 *
 * remove_domain.h - remove a domain from the configuration.
 */
#ifndef TOOLS_SITE_REMOVE_DOMAIN_H
#define TOOLS_SITE_REMOVE_DOMAIN_H

#include "tools/mailseal/site/site.h"

/* Removes its sections, and its name from the lists of clients; the caller commits. Fails if a client may send as no
 * other domain. Returns TOOL_OK, or TOOL_CONFIG (reported). */
int remove_domain(struct site *s, const char *domain);

#endif
