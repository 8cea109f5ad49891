/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/smtp/reply.h"

#include "engine/base/ascii.h"

/* --- Writing ------------------------------------------------------------- */

#define CODE_LEN         3u
#define LINE_EXTRA       6u /* code, separator, CRLF                          */
#define LINE_TEXT_MAX  (512u - LINE_EXTRA) /* RFC 5321 4.5.3.1.5              */

/* Append one line, cut to what fits; `out` must have room for LINE_EXTRA. Returns the
 * offset of its separator. */
static size_t
put_line(struct seal_out *out, uint16_t code, struct seal_span line)
{
	const size_t separator = out->len + CODE_LEN;
	const size_t room = out->cap - out->len - LINE_EXTRA;

	seal_out_u64_padded(out, code, CODE_LEN);
	seal_out_octet(out, '-');
	line = seal_span_first(line, LINE_TEXT_MAX);
	seal_out_span_put(out, seal_span_first(line, room));
	seal_out_text(out, "\r\n");
	return separator;
}

static bool
has_room(const struct seal_out *out)
{
	return out->cap - out->len >= LINE_EXTRA;
}

void
seal_reply_put(struct seal_out *out, struct seal_reply reply)
{
	struct seal_span rest = reply.text;
	size_t separator = 0;

	if (!has_room(out)) {
		out->overflow = true;
		return;
	}
	do {
		const size_t end = seal_span_find(rest, '\n');

		separator = put_line(out, reply.code, seal_span_first(rest, end));
		rest = seal_span_from(rest, end + 1);
	} while (rest.len > 0 && has_room(out));
	/* Only now is it known which line is the last one (4.2.1). */
	out->ptr[separator] = ' ';
}

/* --- Reading ------------------------------------------------------------- */

enum state {
	IN_CODE,      /* fewer than three digits of the line have come */
	AT_SEPARATOR, /* all three have                                */
	IN_TEXT
};

void
seal_reply_reader_init(struct seal_reply_reader *r)
{
	*r = (struct seal_reply_reader){ .state = IN_CODE, .status = SEAL_PENDING };
}

enum seal_status
seal_reply_reader_status(const struct seal_reply_reader *r)
{
	return (enum seal_status)r->status;
}

void
seal_reply_reader_forget(struct seal_reply_reader *r)
{
	if (r->line_len == 0)
		r->text_len = 0;
}

static void
keep(struct seal_reply_reader *r, uint8_t c)
{
	if (r->text_len < sizeof r->text)
		r->text[r->text_len++] = c;
}

static void
begin_line(struct seal_reply_reader *r)
{
	if (r->text_len > 0)
		keep(r, '\n');
	r->line_start = r->text_len;
	r->digits = 0;
	r->state = IN_CODE;
}

static void
end_line(struct seal_reply_reader *r)
{
	if (r->state == IN_CODE) {
		r->status = SEAL_E_PEER;
		return;
	}
	if (r->state == AT_SEPARATOR)
		r->last = true; /* RFC 5321 4.2: a bare code is a complete reply too */
	r->code = r->digits;
	r->num_lines++;
	if (r->last)
		r->status = SEAL_OK;
	else if (r->num_lines == SEAL_REPLY_LINES_MAX)
		r->status = SEAL_E_PEER;
}

static void
take_digit(struct seal_reply_reader *r, uint8_t c)
{
	if (!seal_is_digit(c)) {
		r->status = SEAL_E_PEER;
		return;
	}
	r->digits = (uint16_t)(r->digits * 10u + (c - '0'));
	if (r->line_len < CODE_LEN)
		return;
	r->state = AT_SEPARATOR;
	if (r->digits < 200 || r->digits > 599)
		r->status = SEAL_E_PEER;
}

static void
take_separator(struct seal_reply_reader *r, uint8_t c)
{
	if (c != '-' && !seal_is_wsp(c))
		r->status = SEAL_E_PEER;
	r->last = c != '-';
	r->state = IN_TEXT;
}

/* One octet that does not end the line. */
static void
take_octet(struct seal_reply_reader *r, uint8_t c)
{
	switch ((enum state)r->state) {
	case IN_CODE:
		take_digit(r, c);
		break;
	case AT_SEPARATOR:
		take_separator(r, c);
		break;
	case IN_TEXT:
		/* RFC 5321 4.2: textstring is HTAB, SP and the visible characters */
		keep(r, seal_is_vchar(c) || seal_is_wsp(c) ? c : '?');
		break;
	}
}

/* Returns true if `c` ended the line. */
static bool
take(struct seal_reply_reader *r, uint8_t c)
{
	const bool bare_cr = r->saw_cr && c != '\n';

	if (++r->line_len > SEAL_REPLY_LINE_MAX) {
		r->status = SEAL_E_PEER;
		return false;
	}
	if (bare_cr && r->state == IN_TEXT)
		keep(r, '?');
	else if (bare_cr)
		r->status = SEAL_E_PEER;
	r->saw_cr = c == '\r';
	if (c == '\n')
		end_line(r);
	else if (c != '\r')
		take_octet(r, c);
	return c == '\n';
}

size_t
seal_reply_reader_recv(struct seal_reply_reader *r, const uint8_t *data, size_t len,
                       struct seal_span *line)
{
	size_t taken = 0;
	bool ended = false;

	*line = seal_span(r->text, 0);
	while (taken < len && r->status == SEAL_PENDING && !ended) {
		if (r->line_len == 0)
			begin_line(r);
		ended = take(r, data[taken++]);
		if (ended)
			r->line_len = 0;
	}
	if (ended && r->status != SEAL_E_PEER)
		*line = seal_span(r->text + r->line_start, (size_t)r->text_len - r->line_start);
	return taken;
}

struct seal_reply
seal_reply_reader_reply(const struct seal_reply_reader *r)
{
	struct seal_span text = seal_span(r->text, r->text_len);

	if (r->status != SEAL_OK)
		return (struct seal_reply){ 0, { r->text, 0 } };
	while (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	return (struct seal_reply){ r->code, text };
}
