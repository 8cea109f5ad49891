/* SPDX-License-Identifier: Apache-2.0
 *
 * reply.h - an SMTP reply: code, enhanced code, text (RFC 5321 4.2, RFC 2034).
 *
 * Our own replies and those of the next hop have the same form, so that the latter
 * pass through unchanged.
 */
#ifndef SEAL_SMTP_REPLY_H
#define SEAL_SMTP_REPLY_H

#include "engine/base/bounds.h"
#include "engine/base/out.h"
#include "engine/base/status.h"

/* `text` begins with the enhanced code, if any ("5.7.1 No"). LF separates its lines;
 * the last one has none. It has no other control characters. */
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

/* Append `reply` as "550-line CRLF ... 550 line CRLF". Lines are cut to 512 octets (RFC
 * 5321 4.5.3.1.5), and the reply to what fits `out`; the result is always a complete
 * reply. out->overflow: not even the code fits. */
void seal_reply_put(struct seal_out *out, struct seal_reply reply);

/* Reads replies of a next hop, well formed or not: one line or many, in any cut.
 *
 *	init -> recv ... until done -> reply
 */
struct seal_reply_reader {
	uint16_t code;           /* of the last line                            */
	uint16_t digits;         /* value of the code digits of the current line */
	uint16_t line_len;       /* octets of the current line, as received     */
	uint16_t num_lines;      /* complete ones                               */
	uint16_t line_start;     /* where in `text` the current line begins     */
	uint16_t text_len;       /* of `text`, all lines so far                 */
	uint8_t state;
	uint8_t status;          /* enum seal_status, sticky                    */
	bool last;               /* the current line has no "-" after its code  */
	bool saw_cr;             /* a CR that may be part of a line end         */
	uint8_t text[SEAL_REPLY_TEXT_MAX];
};

void seal_reply_reader_init(struct seal_reply_reader *r);

/* Take octets up to the end of the next line. Returns how many were taken; 0 once the
 * status is not SEAL_PENDING. If the call ended a line, *line is its text (after code and
 * separator, without line end, cut to what fits `text`), otherwise empty; it is valid until
 * the next call. A bare LF ends a line here: replies are not content, and real servers
 * send it.
 * seal_reply_reader_status: SEAL_PENDING: more octets are needed. SEAL_OK: complete.
 * SEAL_E_PEER: not a reply (no three digits, a code outside 200..599, something other than
 * a blank, "-" or a line end after it, over SEAL_REPLY_LINE_MAX or SEAL_REPLY_LINES_MAX).
 * If lines have different codes, that of the last one counts. */
size_t seal_reply_reader_recv(struct seal_reply_reader *r, const uint8_t *data, size_t len,
                              struct seal_span *line);
enum seal_status seal_reply_reader_status(const struct seal_reply_reader *r);

/* Drop the text of the lines so far, so that a long reply that is read line by line
 * (EHLO) never runs out of room. Has no effect inside a line. */
void seal_reply_reader_forget(struct seal_reply_reader *r);

/* The complete reply; its text lies in `r`. Its code is 0 unless the status is SEAL_OK.
 * Octets that are not allowed in a reply are replaced by "?"; text over
 * SEAL_REPLY_TEXT_MAX is cut. */
struct seal_reply seal_reply_reader_reply(const struct seal_reply_reader *r);

#endif
