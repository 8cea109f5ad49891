/* SPDX-License-Identifier: Apache-2.0
 *
 * select.h - the field instances that a signature covers, and their order
 * (RFC 6376 3.5 h=, 5.4, 5.4.2, 8.15).
 */
#ifndef SEAL_DKIM_SELECT_H
#define SEAL_DKIM_SELECT_H

#include "engine/mail/header.h"

/* Lists of field names, separated by commas, as written in the configuration. h= lists
 * a name of `oversigned` once more than the field occurs, so that adding another one
 * breaks the signature (8.15), and a name of `present` as often as the field occurs. A
 * repeated name counts once; a name in both lists is oversigned. */
struct seal_select_list {
	struct seal_span oversigned;
	struct seal_span present;
};

/* The default lists: fields that readers see or MIME depends on are oversigned; fields that
 * mailing lists and resenders add or replace are not. */
#define SEAL_SELECT_OVERSIGNED \
	"From, Subject, To, Cc, Date, Reply-To, Message-ID, MIME-Version, Content-Type, " \
	"Content-Transfer-Encoding, Content-Disposition, Content-ID, Content-Description"
#define SEAL_SELECT_PRESENT \
	"Sender, In-Reply-To, References, Resent-Date, Resent-From, Resent-To, Resent-Cc, " \
	"List-Id, List-Help, List-Unsubscribe, List-Unsubscribe-Post, List-Subscribe, List-Post, " \
	"List-Owner, List-Archive"

/* True if `name` is in either list. */
bool seal_select_wants(const struct seal_select_list *list, struct seal_span name);

/* Walk over the entries of h= in order. */
struct seal_select {
	struct seal_span rest;   /* of the current list                     */
	struct seal_span name;   /* the current name                        */
	uint32_t above;          /* the search for instances continues above this one */
	uint8_t stage;
};

struct seal_select_entry {
	struct seal_span name;   /* as configured                             */
	struct seal_span field;  /* raw, with final CRLF; empty: no instance is left, the
	                          * entry oversigns the field                 */
};

void seal_select_init(struct seal_select *s, const struct seal_select_list *list);

/* Get the next entry; false after the last. Repeated fields come bottom-up (5.4.2). */
bool seal_select_next(struct seal_select *s, const struct seal_select_list *list,
                      const struct seal_header *header, struct seal_select_entry *entry);

/* True if `list` is well formed: only field names, at least one, at most SEAL_H_NAMES_MAX.
 * Otherwise *bad is the first item that is not. */
bool seal_select_check(struct seal_span list, struct seal_span *bad);

#endif
