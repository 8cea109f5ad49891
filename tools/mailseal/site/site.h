/* SPDX-License-Identifier: Apache-2.0
 *
 * site.h - a configuration that a command reads and may change. Its text is edited where
 * something changes and nowhere else: comments, order and line ends stay. What comes out
 * is read as the gateway reads it before it takes the old file's place.
 *
 *	site_open -> site_edit ... -> site_commit or not -> site_close
 */
#ifndef TOOLS_SITE_SITE_H
#define TOOLS_SITE_SITE_H

#include "tools/mailseal/base/config_file.h"

#define SITE_CONFIG "gateway.conf" /* unless -c says otherwise */

enum site_use {
	SITE_READ,
	SITE_CHANGE  /* locked, so that two changes at once are one after the other */
};

struct site {
	const char *path;         /* as it was given                               */
	char *target;             /* what is replaced: without symbolic links      */
	int lock;                 /* of the file; -1: none                         */
	struct config_file file;  /* of the text as it is, or as it was edited     */
};

/* TOOL_OK, or TOOL_IO or TOOL_CONFIG: reported. site_close in any case. */
int site_open(struct site *s, const char *path, enum site_use use);
void site_close(struct site *s);

/* Octets of the text that go, and what comes in their place. */
struct site_edit {
	size_t at, len;
	const char *text;   /* lines end with LF here; they get the file's line ends */
};

/* Make the change in memory: TOOL_OK, or TOOL_CONFIG: it would not be accepted, which is
 * reported. Every span into the configuration is another one afterwards. */
int site_edit(struct site *s, const struct site_edit *edit);

/* The same for a text that was made elsewhere; takes it over. */
int site_take(struct site *s, struct tool_text text);

/* Put the edited text on the disk: the old file is there until the new one is. */
int site_commit(struct site *s);

/* The normalized form of what a user gave; "" and a message naming `what`: no domain name. */
struct site_name {
	char text[SEAL_DOMAIN_MAX + 1];
};
struct site_name site_name(const char *given, const char *what);

/* Is it the section's, or the listed, name? */
bool site_is(struct seal_span written, const char *name);

/* The sections of `name` that have a key, one by one, oldest first: the next one after `last`,
 * which is NULL at the start; NULL: there is none. */
const struct seal_config_domain *site_next_key(const struct site *s, const char *name,
                                               const struct seal_config_domain *last);

enum site_state {
	SITE_SIGNING,   /* the newest that waits for nothing but its record          */
	SITE_WAITING,   /* for approval too (activation = manual)                    */
	SITE_NEXT,      /* handed over and held back (hold = in its section)         */
	SITE_RETIRING,  /* older: signs no more, its record is still needed          */
	SITE_REVOKED    /* taken out; p= is to be published                          */
};

/* As far as the configuration tells: with activation = dns the gateway asks DNS too. */
enum site_state site_state(const struct site *s, const struct seal_config_domain *section);
const char *site_state_text(enum site_state state);

/* Now, or SOURCE_DATE_EPOCH for what is to be made again octet for octet. */
int64_t site_now(void);

/* "2026-01-15" and "20260115", in UTC. */
struct site_date {
	char dashed[16], plain[16];
};
struct site_date site_date(int64_t seconds);

/* A new file for all whom the umask allows; with TOOL_REPLACE one that is there keeps its
 * mode and owner, and stays until the new one is complete. TOOL_OK, or TOOL_IO: reported. */
int site_write(const char *path, struct seal_span s, enum tool_replace replace);

#endif
