/* SPDX-License-Identifier: Apache-2.0
 *
 * permit_client.h - let a client send as a domain.
 */
#ifndef TOOLS_SITE_PERMIT_CLIENT_H
#define TOOLS_SITE_PERMIT_CLIENT_H

#include <stdio.h>

#include "tools/mailseal/site/site.h"

struct client_request {
	const char *name;        /* of [client NAME]; NULL: none                            */
	const char *network;     /* for a section that does not exist yet; NULL: it must    */
};

/* The words are fit for a configuration; else reported as wrong usage. */
bool permit_client_check(const struct client_request *r);

/* May it send as the domain already? */
bool permit_client_may(const struct site *s, const char *client, const char *domain);

/* Edit the document: the domain comes into `from` of the section, or into a new section. The caller settles. TOOL_OK,
 * or TOOL_CONFIG: reported. */
int permit_client(struct site *s, const struct client_request *r, const char *domain);

/* Print its section, as it is in the document, followed by `end`; a new network that is hardly meant is noted. */
void permit_client_print(const struct site *s, const struct client_request *r, const char *end, FILE *to);

/* Print the command that lets a client send as the domain, if no client may; false: one may. */
bool permit_client_advise(const struct site *s, const char *domain);

#endif
