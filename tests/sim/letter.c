/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world.h"

static void
put_text(struct letter *l, const char *text)
{
	const size_t len = strlen(text);

	if (len > sizeof l->content - l->content_len)
		abort();
	memcpy(l->content + l->content_len, text, len);
	l->content_len += len;
}

static void
put_from(struct letter *l)
{
	char line[80];

	(void)snprintf(line, sizeof line, "From: Ann <ann@%s>\r\n", setting_author(l->author, l->section));
	if (l->shape != SHAPE_NO_FROM)
		put_text(l, line);
	if (l->shape == SHAPE_TWO_FROM)
		put_text(l, "From: other@a.example\r\n");
}

static void
put_header(struct letter *l)
{
	char line[128];

	put_from(l);
	put_text(l, "To: bob@dest.example\r\n");
	(void)snprintf(line, sizeof line,
	       "Subject: \t letter   %s \r\n\tfolded\r\nX-Letter: %s\r\nMessage-ID: <%s@mid>\r\n",
	               l->id, l->id, l->id);
	put_text(l, line);
	if (l->shape == SHAPE_REPEATED)
		put_text(l, "X-Twice: one\r\nReceived: from somewhere\r\nX-TWICE:two\r\n");
	if (l->shape == SHAPE_8BIT_HEADER)
		put_text(l, "X-Name: J\xc3\xbcrgen\r\n");
	if (l->shape != SHAPE_NO_BODY)
		put_text(l, "\r\n");
}

static void
put_lines(struct letter *l, unsigned num)
{
	char line[64];

	for (unsigned i = 0; i < num; i++) {
		(void)snprintf(line, sizeof line, "line %u of %s  with\t spaces \r\n", i, l->id);
		put_text(l, line);
	}
}

static void
put_octet(struct letter *l, uint8_t octet)
{
	l->content[l->content_len++] = octet;
}

static void
put_body(struct letter *l)
{
	switch (l->shape) {
	case SHAPE_DOTS:
		put_text(l, ".\r\n..\r\n.leading\r\na.\r\n");
		break;
	case SHAPE_EMPTY_BODY:
	case SHAPE_NO_BODY:
		break;
	case SHAPE_BLANK_LINES:
		put_text(l, "text\r\n\r\n \r\n\r\n\r\n");
		break;
	case SHAPE_WHITE_SPACE:
		put_text(l, "a  b\t c \t\r\n \r\n\t\r\n");
		break;
	case SHAPE_LONG_LINE:
		for (unsigned i = 0; i < 1005; i++)
			put_octet(l, 'x');
		put_text(l, "\r\n");
		break;
	case SHAPE_BARE_LF:
		put_text(l, "one\ntwo\r\n");
		break;
	case SHAPE_BARE_CR:
		put_text(l, "one\rtwo\r\n");
		break;
	case SHAPE_NUL:
		put_text(l, "nul ");
		put_octet(l, 0);
		put_text(l, "\r\n");
		break;
	case SHAPE_8BIT_BODY:
		put_text(l, "gr\xc3\xbc\xc3\x9f" "e\r\n");
		break;
	case SHAPE_LARGE:
		put_lines(l, 150);
		break;
	default:
		put_lines(l, 1 + dice_below(5));
		break;
	}
}

/* Lines end with CRLF; a dot at the start of a line is doubled. */
static void
stuff(struct letter *l)
{
	bool line_start = true;

	for (size_t i = 0; i < l->content_len; i++) {
		const uint8_t c = l->content[i];

		if (line_start && c == '.')
			l->wire[l->wire_len++] = '.';
		l->wire[l->wire_len++] = c;
		line_start = c == '\n' && i > 0 && l->content[i - 1] == '\r';
		if (c == '\n' && !line_start)
			l->kept[l->kept_len++] = '\r';
		l->kept[l->kept_len++] = c;
	}
	memcpy(l->wire + l->wire_len, ".\r\n", 3);
	l->wire_len += 3;
}

struct seal_span
letter_stuffed(const struct letter *l)
{
	static uint8_t stuffed[LETTER_MAX + 512u];
	bool line_start = true;
	size_t len = 0;

	for (size_t i = 0; i < l->kept_len; i++) {
		if (line_start && l->kept[i] == '.')
			stuffed[len++] = '.';
		stuffed[len++] = l->kept[i];
		line_start = l->kept[i] == '\n';
	}
	return seal_span(stuffed, len);
}

void
letter_make(struct letter *l, unsigned client, unsigned section, unsigned number)
{
	const bool is_any = world_has(TROUBLE_LETTERS);

	memset(l, 0, offsetof(struct letter, content));
	(void)snprintf(l->id, sizeof l->id, "c%um%u", client, number);
	l->client = client;
	l->section = section;
	l->sender = dice_draw_up_to(DIM_SENDER, is_any ? SENDER_ANOTHERS : SENDER_ELSEWHERE);
	l->author = dice_draw_up_to(DIM_AUTHOR, is_any ? AUTHOR_STRANGER : AUTHOR_OFF);
	l->shape = dice_draw_up_to(DIM_SHAPE, is_any ? SHAPE_NUL : SHAPE_LARGE);
	l->mind = world_draw(TROUBLE_LETTERS, DIM_MIND);
	l->size_param = dice_draw_up_to(DIM_SIZE_PARAM, is_any ? SIZE_TOO_LARGE : SIZE_RIGHT);
	l->body_param = dice_draw(DIM_BODY_PARAM);
	l->num_rcpts = (unsigned[]){ 1, 2, 5 }[dice_draw(DIM_RCPTS)];
	put_header(l);
	put_body(l);
	stuff(l);
}

bool
letter_sender_is_theft(const struct letter *l)
{
	return l->sender == SENDER_ANOTHERS;
}

void
letter_sender(const struct letter *l, char *out, size_t cap)
{
	const char *const domain = l->sender == SENDER_OWN ? "a.example"
	                           : l->sender == SENDER_ELSEWHERE ? "bounces.test"
	                                                           : setting_author(AUTHOR_ANOTHERS, l->section);

	out[0] = '\0';
	if (l->sender != SENDER_NULL)
		(void)snprintf(out, cap, "%s@%s", l->id, domain);
}

bool
letter_is_hostile(const struct letter *l)
{
	return (l->shape == SHAPE_BARE_LF && !world.setting.sections[l->section].normalize) ||
	       l->shape == SHAPE_BARE_CR || l->shape == SHAPE_NUL;
}

bool
letter_content_is_bad(const struct letter *l, unsigned offers, uint64_t size_max, bool utf8)
{
	const struct section *s = &world.setting.sections[l->section];
	const bool is_8bit = l->shape == SHAPE_8BIT_BODY || l->shape == SHAPE_8BIT_HEADER;

	return letter_is_hostile(l) || (l->shape == SHAPE_LONG_LINE && s->refuse_long_lines) ||
	       (is_8bit && (offers & OFFER_8BITMIME) == 0) ||
	       (l->shape == SHAPE_8BIT_HEADER && !utf8 && !s->pass_8bit_header) || l->shape == SHAPE_NO_FROM ||
	       l->shape == SHAPE_TWO_FROM || l->kept_len > size_max;
}

bool
letter_is_bad(const struct letter *l, unsigned offers, uint64_t size_max, bool utf8)
{
	return letter_content_is_bad(l, offers, size_max, utf8) || setting_signers(&world.setting, l->author).code != 0;
}
