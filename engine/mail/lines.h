/* SPDX-License-Identifier: Apache-2.0
 *
 * lines.h - the one place where line ends, NUL and line length are judged.
 *
 * Content passes here after dots were undone and before anything is hashed or
 * spooled, so what is signed is what is sent. Nothing is repaired silently: a
 * bare LF becomes CRLF only where the configuration says `normalize`; all else
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

/* What was found so far; each stays true. */
struct seal_lines {
	enum seal_bare_lf bare_lf_policy;
	bool saw_cr;       /* last octet was CR, its LF not yet seen */
	bool bare_cr;      /* RFC 5321 2.3.8: CR without LF          */
	bool bare_lf;      /* the same for LF, when refused          */
	bool nul;          /* RFC 5322 4.1                           */
	bool eight_bit;    /* an octet over 127                      */
	uint32_t long_lines;    /* lines over SEAL_LINE_MAX          */
	uint32_t normalized;    /* bare LFs made CRLF                */
	size_t line_len;   /* of the line being read, without CRLF   */
};

void seal_lines_init(struct seal_lines *l, enum seal_bare_lf policy);

/* Look at `data`: *run becomes the next piece of clean content, the answer is
 * how many octets of `data` it stands for. *run is empty only when len is 0.
 * Zero-copy as in dots.h. Bounded by len. */
size_t seal_lines_recv(struct seal_lines *l, const uint8_t *data, size_t len,
                       struct seal_span *run);

/* The content is over: a CR at the very end was bare, a last line without
 * CRLF is judged by its length. */
void seal_lines_finish(struct seal_lines *l);

#endif
