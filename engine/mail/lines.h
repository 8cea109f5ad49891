/* SPDX-License-Identifier: Apache-2.0
 *
 * lines.h - the only place where line ends, NUL and line length are judged.
 *
 * Content passes here after stuffed dots were removed and before anything is hashed
 * or spooled, so the signed octets are the sent ones. Nothing is repaired silently:
 * a bare LF becomes CRLF only if the configuration says `normalize`; everything else
 * is found, named and counted.
 */
#ifndef SEAL_MAIL_LINES_H
#define SEAL_MAIL_LINES_H

#include "engine/base/span.h"

enum seal_bare_lf {
	SEAL_BARE_LF_REFUSE,
	SEAL_BARE_LF_NORMALIZE
};
#define SEAL_BARE_LF_WORDS "refuse|normalize"

/* What was found so far. A flag once set stays set. */
struct seal_lines {
	enum seal_bare_lf bare_lf_policy;
	bool saw_cr;       /* the last octet was CR, no LF yet       */
	bool bare_cr;      /* RFC 5321 2.3.8: CR without LF          */
	bool bare_lf;      /* LF without CR, if it is refused        */
	bool nul;          /* RFC 5322 4.1                           */
	bool eight_bit;    /* an octet over 127                      */
	uint32_t long_lines;    /* lines over SEAL_LINE_MAX          */
	uint32_t normalized;    /* bare LFs made CRLF                */
	size_t line_len;   /* of the line being read, without CRLF   */
};

void seal_lines_init(struct seal_lines *l, enum seal_bare_lf policy);

/* Read `data`: *run becomes the next piece of clean content. Returns how many octets
 * of `data` it stands for. *run is empty only if `len` is 0. Nothing is copied, as in
 * dots.h. Work is bounded by `len`. */
size_t seal_lines_recv(struct seal_lines *l, const uint8_t *data, size_t len,
                       struct seal_span *run);

/* The content has ended: a CR at the very end was bare, and a last line without CRLF
 * is judged by its length. */
void seal_lines_finish(struct seal_lines *l);

#endif
