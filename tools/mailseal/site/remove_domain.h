/* SPDX-License-Identifier: Apache-2.0
 *
 * remove_domain.h - take a domain out of the configuration.
 */
#ifndef TOOLS_SITE_REMOVE_DOMAIN_H
#define TOOLS_SITE_REMOVE_DOMAIN_H

#include "tools/mailseal/site/site.h"

/* Take out its sections, and its name from the lists of clients; the caller commits. TOOL_OK, or TOOL_CONFIG or
 * TOOL_IO: reported. */
int remove_domain(struct site *s, const char *domain);

#endif
