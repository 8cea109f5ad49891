/* SPDX-License-Identifier: Apache-2.0
 *
 * site.h - a configuration that a command reads and may change. Its errors are shown as warnings, and the command works
 * with the parts that are readable. A change edits the document. Before the document is written, it is read as the
 * gateway reads it, and rejected if it has an error that it did not have before.
 *
 *	site_open -> edit site.file.document ... -> site_settle -> site_commit or not -> site_close
 */
#ifndef TOOLS_SITE_SITE_H
#define TOOLS_SITE_SITE_H

#include "tools/mailseal/base/config_file.h"

enum site_use {
	SITE_READ,
	SITE_PLAN,   /* a change that is not written (--dry-run)                  */
	SITE_CHANGE  /* locked, so that simultaneous changes wait for each other  */
};

struct site {
	const char *path;         /* as it was given                               */
	char *target;             /* what is replaced: without symbolic links      */
	int lock;                 /* of the file; -1: none                         */
	struct tool_text before;  /* what a change was made from                   */
	bool shown;               /* the errors of the configuration               */
	struct config_file file;  /* as it is, or as it was edited                 */
};

/* Returns TOOL_OK, or TOOL_IO or TOOL_CONFIG (reported). Shows the errors of the configuration now or after the change,
 * because the change may fix them. Call site_close in any case. */
int site_open(struct site *s, const char *path, enum site_use use);
void site_close(struct site *s);

/* Reads the edited document. Returns TOOL_OK, or TOOL_CONFIG (reported) if it has an error that it did not have before.
 * From the first edit until this call the configuration is invalid; afterwards all spans and pointers into it have
 * changed. */
int site_settle(struct site *s);

/* Writes the edited document; the old file is kept until the new one is complete. Returns TOOL_OK, or TOOL_IO
 * (reported). */
int site_commit(struct site *s);

/* Notes that a running gateway does not see what was written. */
void site_advise_restart(const struct site *s);

/* The normalized form of a domain name that the user entered; "" (reported, with `what`): not a domain name. */
struct site_name {
	char text[SEAL_DOMAIN_MAX + 1];
};
struct site_name site_name(const char *given, const char *what);

/* True if a name in the configuration is equal to a normalized name. */
bool site_is(struct seal_span written, const char *name);

/* The next section [domain NAME] after `last`; the first one if `last` is NULL. NULL: no further section. */
const struct document_section *site_next_section(const struct site *s, const char *name,
                                                 const struct document_section *last);

/* The section [client NAME] in the document, or NULL. */
const struct document_section *site_find_client(const struct site *s, const char *name);

/* True if its `from` has the domain or, with `below`, "*.DOMAIN". *item is set to the first match unless it is NULL. */
bool site_client_has(const struct site *s, const struct document_section *client, const char *domain, bool below,
                     struct seal_span *item);

/* The next section of `name` with a key after `last`, oldest first; the first one if `last` is NULL. NULL: no further
 * section. */
const struct seal_config_domain *site_next_key(const struct site *s, const char *name,
                                               const struct seal_config_domain *last);

/* The section of this key; NULL (reported): not found. *num_keys is set to the number of keys of the domain. */
const struct seal_config_domain *site_find_key(const struct site *s, const char *domain, const char *selector,
                                               size_t *num_keys);

enum site_state {
	SITE_SIGNING,   /* the newest that waits only for its record                       */
	SITE_WAITING,   /* waits for approval too (activation = manual)                    */
	SITE_NEXT,      /* published, but held back (its section has hold =)               */
	SITE_RETIRING,  /* older: no longer signs, but its record is still needed          */
	SITE_REVOKED    /* no longer in the configuration; an empty p= must be published   */
};

/* Derived from the configuration alone; with activation = dns, the gateway also asks DNS. */
enum site_state site_state(const struct site *s, const struct seal_config_domain *section);

/* One of its keys does; else all wait or are held back. */
bool site_has_signing_key(const struct site *s, const char *domain);
const char *site_state_text(enum site_state state);

/* The present time in seconds since 1970, or SOURCE_DATE_EPOCH for reproducible results. */
int64_t site_now(void);

/* "2026-01-15" and "20260115", in UTC. */
struct site_date {
	char dashed[16], plain[16];
};
struct site_date site_date(int64_t seconds);

#endif
