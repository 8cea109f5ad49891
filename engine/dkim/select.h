/* SPDX-License-Identifier: Apache-2.0
 *
 * select.h - which field instances a signature covers, and in which order
 * (RFC 6376 3.5 h=, 5.4, 5.4.2, 8.15).
 */
#ifndef SEAL_DKIM_SELECT_H
#define SEAL_DKIM_SELECT_H

#include "engine/mail/header.h"

/* Lists of field names, comma-separated, as they stand in the configuration. A
 * name in `oversigned` is listed once more than it occurs, so that adding another
 * breaks the signature (8.15); a name only in `present` as often as it occurs. A
 * name given twice counts once; in both lists it is oversigned. */
struct seal_select_list {
	struct seal_span oversigned;
	struct seal_span present;
};

/* The default lists: what readers see and MIME depends on is oversigned; fields that
 * mailing lists and resenders add or replace are not. */
#define SEAL_SELECT_OVERSIGNED \
	"From, Subject, To, Cc, Date, Reply-To, Message-ID, MIME-Version, Content-Type, " \
	"Content-Transfer-Encoding, Content-Disposition, Content-ID, Content-Description"
#define SEAL_SELECT_PRESENT \
	"Sender, In-Reply-To, References, Resent-Date, Resent-From, Resent-To, Resent-Cc, " \
	"List-Id, List-Help, List-Unsubscribe, List-Unsubscribe-Post, List-Subscribe, List-Post, " \
	"List-Owner, List-Archive"

/* True when `name` is in either list. */
bool seal_select_wants(const struct seal_select_list *list, struct seal_span name);

/* Walk over the entries of h= in order. */
struct seal_select {
	struct seal_span rest;   /* names still to come of the list in hand */
	struct seal_span name;   /* the name in hand                        */
	uint32_t above;          /* instances are looked for above this one */
	uint8_t stage;
};

struct seal_select_entry {
	struct seal_span name;   /* as configured                             */
	struct seal_span field;  /* raw, with final CRLF; empty: no instance left, the
	                          * entry is there for over-signing           */
};

void seal_select_init(struct seal_select *s, const struct seal_select_list *list);

/* The next entry; false after the last. Repeated fields come bottom-up (5.4.2). */
bool seal_select_next(struct seal_select *s, const struct seal_select_list *list,
                      const struct seal_header *header, struct seal_select_entry *entry);

/* A list is well formed: field names only, at most SEAL_H_NAMES_MAX. *bad is the
 * first item that is not. */
bool seal_select_check(struct seal_span list, struct seal_span *bad);

#endif
