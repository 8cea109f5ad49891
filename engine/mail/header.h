/* SPDX-License-Identifier: Apache-2.0
 *
 * header.h - split a message into header fields and body; hold the wanted fields
 * (RFC 5322 2.2, RFC 6376 5.4.2).
 *
 *	init -> recv ... until seal_header_ended -> field lookups
 *
 * All fields are checked as they pass; only wanted ones cost memory. A wanted field
 * is held unchanged, from its name to its final CRLF, in the caller's work area:
 * octets grow from the front, an index of 8 octets per field from the back. Raw
 * octets serve every canonicalization and every signature of the message; bottom-up
 * order (5.4.2) and sorting by name are walks over the index.
 */
#ifndef SEAL_MAIL_HEADER_H
#define SEAL_MAIL_HEADER_H

#include "engine/base/bounds.h"
#include "engine/base/span.h"
#include "engine/base/status.h"

/* What is wrong with a header section; reply and log have it in words. */
enum seal_header_fault {
	SEAL_HEADER_FINE,
	SEAL_HEADER_NO_COLON,      /* a line without a colon (RFC 5322 2.2)       */
	SEAL_HEADER_BAD_NAME,      /* an octet that is not allowed in field names */
	SEAL_HEADER_FOLD_FIRST,    /* the first line starts with white space      */
	SEAL_HEADER_FROM_SPACE,    /* "From :", which readers interpret in two ways */
	SEAL_HEADER_CONTROL,       /* a control character other than HTAB and ESC
	                            * (ISO-2022 text): verifiers disagree about it */
	SEAL_HEADER_UNENDED,       /* the message ends inside a field             */
	SEAL_HEADER_TOO_MANY,      /* more than SEAL_FIELDS_MAX fields            */
	SEAL_HEADER_TOO_LONG,      /* more than SEAL_HEADER_MAX octets            */
	SEAL_HEADER_NO_ROOM        /* wanted fields do not fit the work area      */
};

/* Which fields to hold: returns true if the field `name` (in its original case,
 * without white space) is wanted. Called once per field. */
struct seal_header_wanted {
	bool (*wants)(const void *ctx, struct seal_span name);
	const void *ctx;
};

/* Opaque except for the counts, which may be read at any time. */
struct seal_header {
	uint8_t *work;
	size_t work_cap;
	size_t held_len;           /* octets held, including the current field    */
	size_t field_start;        /* of the current field, in `work`             */
	size_t total;              /* octets of the header section so far         */
	uint32_t num_held;
	uint32_t num_fields;       /* all fields, held or not                     */
	uint32_t num_from, num_received, num_date, num_message_id;
	uint32_t fault_line;       /* 1-based line where `fault` was found        */
	uint32_t line;
	uint8_t state;
	uint8_t fault;             /* enum seal_header_fault                      */
	uint8_t name_len;          /* octets of the name itself                   */
	uint8_t prefix_len;        /* the same, with white space up to the colon  */
	bool prefix_cut;           /* too long for the name of a wanted field     */
	bool keep;                 /* the current field is held                   */
	bool eight_bit;            /* an octet over 127 in any field              */
	uint8_t prefix[SEAL_FIELD_NAME_MAX];
};

/* `work` is lent until the last call for this header; any alignment. */
void seal_header_init(struct seal_header *h, uint8_t *work, size_t work_cap);

/* Take content from the first octet of the message on, with CRLF line ends, in any
 * cut. Returns how many octets belong to the header section, including the empty
 * line: fewer than `len` exactly if the section ended in this call. After a fault
 * octets are still taken, to find the end. Work is bounded by `len`. */
size_t seal_header_recv(struct seal_header *h, struct seal_header_wanted wanted,
                        const uint8_t *data, size_t len);

/* True once the empty line has been read. */
bool seal_header_ended(const struct seal_header *h);

/* The message has ended: a header section without a body is complete too. */
void seal_header_finish(struct seal_header *h);

/* What is wrong in words, NUL-ended. */
const char *seal_header_fault_text(enum seal_header_fault fault);

/* SEAL_OK, or SEAL_E_PEER or SEAL_E_LIMIT; h->fault names the rule. */
enum seal_status seal_header_status(const struct seal_header *h);

/* Hold one more field, made by us, as the last one. `field` ends with CRLF and is
 * copied. SEAL_E_LIMIT: no room. SEAL_E_CALLER: the section has not ended yet. */
enum seal_status seal_header_add(struct seal_header *h, struct seal_span field);

/* Held field `i`; 0 is the topmost. Raw, with its final CRLF; it lies in the work
 * area. */
struct seal_span seal_header_field(const struct seal_header *h, uint32_t i);

/* Find the last held field called `name` with an index below *i and set *i to it.
 * Start with *i = num_held: repeated calls walk bottom-up. Returns false if no such
 * field is left. */
bool seal_header_find_up(const struct seal_header *h, struct seal_span name, uint32_t *i);

/* The name of a raw field, without white space before the colon; and its value, from
 * the colon to the final CRLF, excluding both. */
struct seal_span seal_field_name(struct seal_span field);
struct seal_span seal_field_value(struct seal_span field);

#endif
