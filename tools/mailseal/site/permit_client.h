/* SPDX-License-Identifier: Apache-2.0
 *
 * permit_client.h - permit a client to send as a domain.
 */
#ifndef TOOLS_SITE_PERMIT_CLIENT_H
#define TOOLS_SITE_PERMIT_CLIENT_H

#include <stdio.h>

#include "tools/mailseal/site/site.h"

struct client_request {
	const char *name;        /* of [client NAME]; NULL: none                            */
	const char *network;     /* creates the section; NULL: the section must exist       */
};

/* True if the configuration can hold these values; otherwise reported as wrong usage. */
bool permit_client_check(const struct client_request *r);

/* True if the client may already send as the domain. */
bool permit_client_may(const struct site *s, const char *client, const char *domain);

/* Edits the document: adds the domain to `from` of the client's section, or adds a section. The caller must call
 * site_settle. Returns TOOL_OK, or TOOL_CONFIG (reported). */
int permit_client(struct site *s, const struct client_request *r, const char *domain);

/* Prints its section as the document has it, followed by `end`; warns of a new network that is hardly meant. */
void permit_client_print(const struct site *s, const struct client_request *r, const char *end, FILE *to);

/* If no client may send as the domain, prints the command that permits it and returns true. */
bool permit_client_advise(const struct site *s, const char *domain);

#endif
