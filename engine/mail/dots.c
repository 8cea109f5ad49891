/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/dots.h"

/* What is known about the octets so far. */
enum {
	AT_LINE_START,  /* nothing yet, or CR LF just passed    */
	IN_TEXT,
	AFTER_CR,
	AFTER_DOT,      /* receiving: "." at line start is held */
	AFTER_DOT_CR,   /* receiving: "." CR is held            */
	DOT_STUFFED,    /* sending: the extra dot is out        */
	AT_END
};

static const uint8_t CR[1] = { '\r' };
static const uint8_t DOT[1] = { '.' };

/* Returns how many octets come before a dot at the start of a line; *state becomes what
 * is known after them. */
static size_t
pass_text(uint8_t *state, const uint8_t *data, size_t len)
{
	size_t i = 0;

	while (i < len) {
		const uint8_t c = data[i];

		if (c == '.' && *state == AT_LINE_START)
			break;
		i++;
		if (c == '\n' && *state == AFTER_CR)
			*state = AT_LINE_START;
		else
			*state = c == '\r' ? AFTER_CR : IN_TEXT;
		while (*state == IN_TEXT && i < len && data[i] > '\r')
			i++;
	}
	return i;
}

void
seal_undot_init(struct seal_undot *u)
{
	u->state = AT_LINE_START;
}

bool
seal_undot_ended(const struct seal_undot *u)
{
	return u->state == AT_END;
}

size_t
seal_undot_recv(struct seal_undot *u, const uint8_t *data, size_t len, struct seal_span *run)
{
	size_t i = 0;
	size_t passed;

	*run = seal_span(data, 0);
	if (len == 0 || u->state == AT_END)
		return 0;
	if (u->state == AT_LINE_START && data[0] == '.') {
		u->state = AFTER_DOT;
		i++;
	}
	if (u->state == AFTER_DOT && i < len) {
		/* 4.5.2: a dot that is not alone on its line is removed */
		u->state = data[i] == '\r' ? AFTER_DOT_CR : IN_TEXT;
		if (u->state == AFTER_DOT_CR)
			i++;
	}
	if (u->state == AFTER_DOT_CR && i < len) {
		if (data[i] == '\n') {
			u->state = AT_END;
			return i + 1;
		}
		u->state = AFTER_CR;
		*run = seal_span(CR, sizeof CR);
		return i;
	}
	if (u->state == AFTER_DOT || u->state == AFTER_DOT_CR)
		return i;
	passed = pass_text(&u->state, data + i, len - i);
	*run = seal_span(data + i, passed);
	return i + passed;
}

void
seal_dot_init(struct seal_dot *d)
{
	d->state = AT_LINE_START;
}

size_t
seal_dot_send(struct seal_dot *d, const uint8_t *data, size_t len, struct seal_span *run)
{
	size_t passed;

	if (len > 0 && d->state == AT_LINE_START && data[0] == '.') {
		d->state = DOT_STUFFED;
		*run = seal_span(DOT, sizeof DOT);
		return 0;
	}
	passed = pass_text(&d->state, data, len);
	*run = seal_span(data, passed);
	return passed;
}

struct seal_span
seal_dot_end(const struct seal_dot *d)
{
	return d->state == AT_LINE_START ? SEAL_SPAN(".\r\n") : SEAL_SPAN("\r\n.\r\n");
}
