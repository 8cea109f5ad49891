/* SPDX-License-Identifier: Apache-2.0
 *
 * newkey_plan.h - which keys a domain gets, and their names. Private to newkey.c.
 */
#ifndef TOOLS_SITE_NEWKEY_PLAN_H
#define TOOLS_SITE_NEWKEY_PLAN_H

#include "tools/mailseal/site/newkey.h"
#include "tools/mailseal/site/selector.h"

#define NEWKEY_KEYS_MAX 2u

struct newkey_plan {
	const struct newkey_request *request;
	enum newkey_what what;
	struct site *site;
	struct site_name domain;
	struct site_date today;
	struct newkey_planned {
		struct selector selector;
		char *file;           /* as the configuration names it */
		char *path;
		bool made;
	} keys[NEWKEY_KEYS_MAX];
	size_t num_keys;
	struct site_name zone;        /* target zone of the CNAMEs; "": none                  */
	bool reuse;                   /* a name may be used again when its key does not exist */
	bool on_device;               /* as requested, or because the newest key is           */
};

/* The newest section of the domain that has a key, or NULL. */
const struct document_section *newkey_newest(const struct newkey_plan *p);

/* Plans the new keys, modelled on the newest one. Returns TOOL_OK, or TOOL_CONFIG or TOOL_USAGE (reported). */
int newkey_plan_keys(struct newkey_plan *p, const struct document_section *newest);

#endif
