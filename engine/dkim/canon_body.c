/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "engine/dkim/canon.h"

static const uint8_t CRLF[2] = { '\r', '\n' };
static const uint8_t SP[1] = { ' ' };

static enum seal_status
fail_body(struct seal_canon_body *c, enum seal_status why)
{
	c->status = (uint8_t)why;
	return why;
}

static bool
is_plain(const struct seal_canon_body *c, uint8_t octet)
{
	if (octet == '\r' || octet == '\n')
		return false;
	return c->mode == SEAL_CANON_SIMPLE || !seal_is_wsp(octet);
}

/* Returns how many octets, beginning with a plain one, are already canonical: words,
 * single spaces inside a line, and line ends before a visible octet. */
static size_t
pass_canonical(const struct seal_canon_body *c, const uint8_t *data, size_t len)
{
	/* every octet over this is plain; others may be */
	const uint8_t plain_over = c->mode == SEAL_CANON_SIMPLE ? '\r' : ' ';
	size_t i = 1;

	while (i < len) {
		if (data[i] > plain_over || is_plain(c, data[i]))
			i++;
		else if (data[i] == ' ' && i + 1 < len && data[i + 1] > plain_over)
			i += 2;
		else if (data[i] == '\r' && i + 2 < len && data[i + 1] == '\n' && data[i + 2] > plain_over)
			i += 3;
		else
			break;
	}
	return i;
}

/* A plain octet has come, so the octets that were held back do not end the body. The loop writes
 * line ends that were counted when they came, so work stays bounded. */
static void
release_held(struct seal_canon_body *c, struct seal_sink sink)
{
	for (; c->held_crlf > 0; c->held_crlf--)
		sink.write(sink.ctx, CRLF, sizeof CRLF);
	if (c->held_wsp)
		sink.write(sink.ctx, SP, sizeof SP);
	c->held_wsp = false;
	c->started = true;
}

static enum seal_status
end_line(struct seal_canon_body *c)
{
	if (c->held_crlf == UINT32_MAX)
		return fail_body(c, SEAL_E_LIMIT);
	c->saw_cr = false;
	c->held_wsp = false; /* 3.4.4 (a): white space at the end of a line is dropped */
	c->held_crlf++;      /* 3.4.3, 3.4.4 (b): it may begin the empty lines at the end
	                      * of the body, which are dropped */
	return SEAL_OK;
}

void
seal_canon_body_init(struct seal_canon_body *c, enum seal_canon mode)
{
	*c = (struct seal_canon_body){ .mode = (uint8_t)mode };
}

enum seal_status
seal_canon_body_update(struct seal_canon_body *c, struct seal_sink sink,
                       const uint8_t *data, size_t len)
{
	size_t i = 0;

	while (i < len && c->status == SEAL_OK) {
		const uint8_t octet = data[i];

		if (c->saw_cr != (octet == '\n')) {
			(void)fail_body(c, SEAL_E_PEER); /* a bare CR or LF */
		} else if (octet == '\n') {
			(void)end_line(c);
			i++;
		} else if (octet == '\r') {
			c->saw_cr = true;
			i++;
		} else if (!is_plain(c, octet)) {
			c->held_wsp = true; /* 3.4.4 (a): a run of white space is one SP */
			i++;
		} else {
			const size_t run = pass_canonical(c, data + i, len - i);

			release_held(c, sink);
			sink.write(sink.ctx, data + i, run);
			i += run;
		}
	}
	return (enum seal_status)c->status;
}

enum seal_status
seal_canon_body_finish(struct seal_canon_body *c, struct seal_sink sink)
{
	if (c->status != SEAL_OK)
		return (enum seal_status)c->status;
	if (c->saw_cr)
		return fail_body(c, SEAL_E_PEER);
	/* Relaxed: WSP at the end of a last line without CRLF was dropped as at any line end;
	 * a body of nothing else is empty. */
	if (c->started || c->mode == SEAL_CANON_SIMPLE)
		sink.write(sink.ctx, CRLF, sizeof CRLF);
	c->status = SEAL_E_CALLER; /* any further call is our own mistake */
	return SEAL_OK;
}
