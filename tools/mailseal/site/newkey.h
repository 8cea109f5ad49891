/* SPDX-License-Identifier: Apache-2.0
 *
 * newkey.h - create keys for a domain and write them into the configuration: all of it, or nothing.
 */
#ifndef TOOLS_SITE_NEWKEY_H
#define TOOLS_SITE_NEWKEY_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/site/permit_client.h"

struct newkey_request {
	const char *config;      /* path                                            */
	const char *domain;      /* as it was given                                 */
	const char *selector;    /* templates, see selector.h; NULL: the usual ones */
	const char *site;        /* for {site}; NULL: none                          */
	const char *cname;       /* zone that will hold the records; NULL: none     */
	struct client_request client; /* it may send as the domain from now on      */
	uint64_t bits;
	bool weak, dry_run;
	bool manual;             /* activation = manual                             */
	bool on_device;          /* key = device: it is created there               */
};

enum newkey_what {
	NEWKEY_FIRST,    /* a domain without keys gets two: one and the next; one that has keys, only the client */
	NEWKEY_NEXT      /* a domain with keys gets another one */
};

/* The exit code; the result has the keys. */
int newkey_run(const struct newkey_request *r, enum newkey_what what, struct result *result);

#endif
