/* SPDX-License-Identifier: Apache-2.0
 *
 * header.h - split a message into header fields and body; hold the fields that
 * are wanted (RFC 5322 2.2, RFC 6376 5.4.2).
 *
 *	init -> recv ... until seal_header_ended -> field lookups
 *
 * Fields are checked in passing and cost nothing unless wanted. A wanted field is
 * held as it came, name to final CRLF, in the caller's work area: octets grow
 * from the front, an index of 8 octets per field from the back. Raw octets serve
 * every canonicalization and every signature of the message; bottom-up order
 * (5.4.2) and sorting by name are walks over the index.
 */
#ifndef SEAL_MAIL_HEADER_H
#define SEAL_MAIL_HEADER_H

#include "engine/base/bounds.h"
#include "engine/base/span.h"
#include "engine/base/status.h"

/* What is wrong with a header section, for the reply and the log. */
enum seal_header_fault {
	SEAL_HEADER_FINE,
	SEAL_HEADER_NO_COLON,      /* a line that is no field (RFC 5322 2.2)      */
	SEAL_HEADER_BAD_NAME,      /* an octet that no field name has             */
	SEAL_HEADER_FOLD_FIRST,    /* the first line starts with white space      */
	SEAL_HEADER_FROM_SPACE,    /* "From :", which readers read two ways       */
	SEAL_HEADER_CONTROL,       /* a control character but HTAB and ESC (which
	                            * ISO-2022 text uses): verifiers differ on it */
	SEAL_HEADER_UNENDED,       /* the message ends inside a field             */
	SEAL_HEADER_TOO_MANY,      /* over SEAL_FIELDS_MAX fields                 */
	SEAL_HEADER_TOO_LONG,      /* over SEAL_HEADER_MAX octets                 */
	SEAL_HEADER_NO_ROOM        /* wanted fields do not fit the work area      */
};

/* Which fields to hold: true when the field `name` (as it came, without white
 * space) is wanted. Called once per field. */
struct seal_header_wanted {
	bool (*wants)(const void *ctx, struct seal_span name);
	const void *ctx;
};

/* Opaque but for the counts, which may be read at any time. */
struct seal_header {
	uint8_t *work;
	size_t work_cap;
	size_t held_len;           /* octets held, the field in hand included     */
	size_t field_start;        /* of the field in hand, in work               */
	size_t total;              /* octets of the header section so far         */
	uint32_t num_held;
	uint32_t num_fields;       /* all fields, held or not                     */
	uint32_t num_from, num_received, num_date, num_message_id;
	uint32_t fault_line;       /* 1-based line where `fault` was found        */
	uint32_t line;
	uint8_t state;
	uint8_t fault;             /* enum seal_header_fault                      */
	uint8_t name_len;          /* octets of the name itself                   */
	uint8_t prefix_len;        /* and with white space up to the colon        */
	bool prefix_cut;           /* too long to be a name that is wanted        */
	bool keep;                 /* the field in hand is held                   */
	bool eight_bit;            /* an octet over 127 in any field              */
	uint8_t prefix[SEAL_FIELD_NAME_MAX];
};

/* `work` is lent until the header is no longer asked; any alignment. */
void seal_header_init(struct seal_header *h, uint8_t *work, size_t work_cap);

/* Give content from the first octet of the message, with CRLF line ends, in any
 * cut. Answers how many octets belong to the header section, the empty line
 * included; fewer than `len` exactly when the section ended in this call. After
 * a fault the octets are still taken, to find the end. Bounded by len. */
size_t seal_header_recv(struct seal_header *h, struct seal_header_wanted wanted,
                        const uint8_t *data, size_t len);

/* The empty line has been seen. */
bool seal_header_ended(const struct seal_header *h);

/* The message ended: a header section without body is complete too. */
void seal_header_finish(struct seal_header *h);

/* SEAL_OK, or SEAL_E_PEER / SEAL_E_LIMIT with h->fault saying which rule. */
enum seal_status seal_header_status(const struct seal_header *h);

/* Hold one more field, made by us, as if it stood last. `field` ends with CRLF and
 * is copied. SEAL_E_LIMIT: no room. Only after the section ended. */
enum seal_status seal_header_add(struct seal_header *h, struct seal_span field);

/* Field `i` of those held, 0 the topmost; raw, with its final CRLF. Lies in the
 * work area. */
struct seal_span seal_header_field(const struct seal_header *h, uint32_t i);

/* The last held field called `name` with an index below *i; sets *i to it. Start
 * with *i = num_held: repeated calls walk bottom-up. False when there is none. */
bool seal_header_find_up(const struct seal_header *h, struct seal_span name, uint32_t *i);

/* Name and value of a raw field: the name without white space before the colon,
 * the value after the colon up to, not including, the final CRLF. */
struct seal_span seal_field_name(struct seal_span field);
struct seal_span seal_field_value(struct seal_span field);

#endif
