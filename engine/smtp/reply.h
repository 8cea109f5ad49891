/* SPDX-License-Identifier: Apache-2.0
 *
 * reply.h - an SMTP reply: code, enhanced code, text (RFC 5321 4.2, RFC 2034).
 *
 * One shape for what we say ourselves and for what the next hop said, so that the
 * latter passes through untouched.
 */
#ifndef SEAL_SMTP_REPLY_H
#define SEAL_SMTP_REPLY_H

#include "engine/base/bounds.h"
#include "engine/base/out.h"
#include "engine/base/status.h"

/* `text` starts with the enhanced code where there is one ("5.7.1 No"). Its lines
 * are separated by LF, without one at the end; no other control characters. */
struct seal_reply {
	uint16_t code;         /* 200..599; 0: no reply */
	struct seal_span text;
};

#define SEAL_REPLY(code_, literal) ((struct seal_reply){ (code_), SEAL_SPAN(literal) })

static inline bool
seal_reply_is_positive(struct seal_reply r) /* 2yz and 3yz */
{
	return r.code >= 200 && r.code < 400;
}

/* Write `reply` as "550-line CRLF ... 550 line CRLF". Lines are cut at the 512 octets
 * of RFC 5321 4.5.3.1.5, and the whole at what fits `out`: what is written is a
 * complete reply always. out->overflow: there was not even room for the code. */
void seal_reply_put(struct seal_out *out, struct seal_reply reply);

/* Reads replies of a next hop, however sane: one line or many, any cut.
 *
 *	init -> recv ... until done -> reply
 */
struct seal_reply_reader {
	uint16_t code;           /* of the last line                            */
	uint16_t digits;         /* value of the code digits of the line in hand */
	uint16_t line_len;       /* octets of the line in hand, as they came    */
	uint16_t num_lines;      /* complete ones                               */
	uint16_t line_start;     /* where in `text` the line in hand begins     */
	uint16_t text_len;       /* of text, all lines so far                   */
	uint8_t state;
	uint8_t status;          /* enum seal_status, sticky                    */
	bool last;               /* the line in hand has no "-" after its code  */
	bool saw_cr;             /* not yet known to be part of a line end      */
	uint8_t text[SEAL_REPLY_TEXT_MAX];
};

void seal_reply_reader_init(struct seal_reply_reader *r);

/* Takes octets up to the end of the next line; answers how many, 0 once the status is
 * not SEAL_PENDING. After each line *line is that line's text (after code and
 * separator, without line end, cut at what fits `text`), else empty; it stays until
 * the next call. A bare LF ends a line here: replies are not content, and real servers
 * send them.
 * seal_reply_reader_status: SEAL_PENDING more is needed, SEAL_OK complete,
 * SEAL_E_PEER: not a reply (no three digits, a code outside 200..599, neither blank
 * nor "-" nor line end after it, over SEAL_REPLY_LINE_MAX or SEAL_REPLY_LINES_MAX).
 * Where lines disagree about the code, the last one counts. */
size_t seal_reply_reader_recv(struct seal_reply_reader *r, const uint8_t *data, size_t len,
                              struct seal_span *line);
enum seal_status seal_reply_reader_status(const struct seal_reply_reader *r);

/* Drop the text of the lines so far, so that a long reply that is read line by line
 * (EHLO) never runs out of room. Does nothing inside a line. */
void seal_reply_reader_forget(struct seal_reply_reader *r);

/* The complete reply; its text lies in `r`. Before SEAL_OK its code is 0. Octets that
 * a reply may not hold became "?"; text over SEAL_REPLY_TEXT_MAX was cut. */
struct seal_reply seal_reply_reader_reply(const struct seal_reply_reader *r);

#endif
