/* SPDX-License-Identifier: Apache-2.0
 *
 * newkey.h - create keys for a domain and write them into the configuration; on an error, nothing is changed.
 */
#ifndef TOOLS_SITE_NEWKEY_H
#define TOOLS_SITE_NEWKEY_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/site/permit_client.h"

struct newkey_request {
	const char *config;      /* path                                            */
	const char *domain;      /* as entered                                      */
	const char *selector;    /* templates, see selector.h; NULL: the defaults   */
	const char *site;        /* for {site}; NULL: none                          */
	const char *cname;       /* zone that will hold the records; NULL: none     */
	struct client_request client; /* may send as the domain afterwards          */
	uint64_t bits;
	bool weak, dry_run;
	bool manual;             /* activation = manual                             */
	bool on_device;          /* key = device: the device creates it             */
};

enum newkey_what {
	NEWKEY_FIRST,    /* the first two keys of a domain, one to sign and the next; if it has keys: only the client */
	NEWKEY_NEXT      /* another key for a domain that has keys */
};

/* Returns the exit code; the result lists the keys. */
int newkey_run(const struct newkey_request *r, enum newkey_what what, struct result *result);

#endif
