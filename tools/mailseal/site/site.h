/* SPDX-License-Identifier: Apache-2.0
 *
 * site.h - a configuration that a command reads and may change. It may have errors: they are shown as warnings, and a
 * command works on what is readable. A change edits the document; before it is written it is read as the gateway reads
 * it, and refused if it would cause an error that the configuration does not have yet.
 *
 *	site_open -> edit site.file.document ... -> site_settle -> site_commit or not -> site_close
 */
#ifndef TOOLS_SITE_SITE_H
#define TOOLS_SITE_SITE_H

#include "tools/mailseal/base/config_file.h"

#define SITE_CONFIG "gateway.conf" /* without -c */

enum site_use {
	SITE_READ,
	SITE_PLAN,   /* a change that is not written: --dry-run                     */
	SITE_CHANGE  /* locked, so that two changes at once are one after the other */
};

struct site {
	const char *path;         /* as it was given                               */
	char *target;             /* what is replaced: without symbolic links      */
	int lock;                 /* of the file; -1: none                         */
	bool shown;               /* the errors of the configuration               */
	struct config_file file;  /* as it is, or as it was edited                 */
};

/* TOOL_OK, or TOOL_IO or TOOL_CONFIG: reported. Errors of the configuration are shown now or, because a change may fix
 * them, after it. site_close in any case. */
int site_open(struct site *s, const char *path, enum site_use use);
void site_close(struct site *s);

/* Read the edited document: TOOL_OK, or TOOL_CONFIG: it has an error that it did not have before, reported. Between the
 * first edit and this the configuration is void; after it, every span and pointer into it is another one. */
int site_settle(struct site *s);

/* Write the edited document: the old file stays until the new one is complete. */
int site_commit(struct site *s);

/* Note that a running gateway does not see what was written. */
void site_advise_restart(const struct site *s);

/* The normalized form of what a user gave. "": it is no domain name; reported, with `what`. */
struct site_name {
	char text[SEAL_DOMAIN_MAX + 1];
};
struct site_name site_name(const char *given, const char *what);

/* A name in the text, and one in normalized form. */
bool site_is(struct seal_span written, const char *name);

/* The next section [domain NAME] in the document after `last`, which is NULL at the start; NULL: no more. */
const struct document_section *site_next_section(const struct site *s, const char *name,
                                                 const struct document_section *last);

/* The section [client NAME] in the document, or NULL. */
const struct document_section *site_find_client(const struct site *s, const char *name);

/* Its `from` has the domain, or "*.DOMAIN" if `below`. With `item` it is set to the first one. */
bool site_client_has(const struct site *s, const struct document_section *client, const char *domain, bool below,
                     struct seal_span *item);

/* The sections of `name` that have a key, one by one, oldest first: the next one after `last`, which is NULL at the
 * start; NULL: no more. */
const struct seal_config_domain *site_next_key(const struct site *s, const char *name,
                                               const struct seal_config_domain *last);

/* The section of this key, and how many keys the domain has; NULL: reported. */
const struct seal_config_domain *site_find_key(const struct site *s, const char *domain, const char *selector,
                                               size_t *num_keys);

enum site_state {
	SITE_SIGNING,   /* the newest that waits for nothing but its record           */
	SITE_WAITING,   /* for approval too (activation = manual)                     */
	SITE_NEXT,      /* handed over and held back (hold = in its section)          */
	SITE_RETIRING,  /* older: no longer signs, its record is still needed         */
	SITE_REVOKED    /* no longer in the configuration; p= must be published       */
};

/* What the configuration alone shows: with activation = dns the gateway asks DNS too. */
enum site_state site_state(const struct site *s, const struct seal_config_domain *section);
const char *site_state_text(enum site_state state);

/* Now, or SOURCE_DATE_EPOCH for results that can be made again byte for byte. */
int64_t site_now(void);

/* "2026-01-15" and "20260115", in UTC. */
struct site_date {
	char dashed[16], plain[16];
};
struct site_date site_date(int64_t seconds);

#endif
