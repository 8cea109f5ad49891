/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dkim/tags.h"

#include "engine/base/bounds.h"

static void
put_text(struct seal_tags *t, struct seal_span text)
{
	seal_out_span_put(t->out, text);
	t->column += text.len;
}

/* Write FWS, where 3.2 and 3.5 allow it. */
static void
fold(struct seal_tags *t)
{
	seal_out_text(t->out, "\r\n ");
	t->column = 1;
}

void
seal_tags_begin(struct seal_tags *t, struct seal_out *out, struct seal_span field_name)
{
	*t = (struct seal_tags){ .out = out };
	put_text(t, field_name);
	put_text(t, SEAL_SPAN(":"));
}

/* Write a space, or a fold if the next `len` octets and a ";" do not fit the line. */
static void
separate(struct seal_tags *t, size_t len)
{
	if (t->column + 1u + len + 1u > SEAL_COLUMN_MAX)
		fold(t);
	else
		put_text(t, SEAL_SPAN(" "));
}

void
seal_tags_tag(struct seal_tags *t, struct seal_span name)
{
	/* the length of the first value is not known: keep the tag and some of it together */
	separate(t, name.len + 1u + 16u);
	put_text(t, name);
	put_text(t, SEAL_SPAN("="));
}

void
seal_tags_token(struct seal_tags *t, struct seal_span token)
{
	if (t->column + token.len + 1u > SEAL_COLUMN_MAX)
		fold(t);
	put_text(t, token);
}

void
seal_tags_colon(struct seal_tags *t)
{
	put_text(t, SEAL_SPAN(":")); /* every token leaves room for it */
}

void
seal_tags_octets(struct seal_tags *t, struct seal_span text)
{
	while (text.len > 0) {
		const size_t room = SEAL_COLUMN_MAX - 1u - t->column;

		put_text(t, seal_span_first(text, room));
		text = seal_span_from(text, room);
		if (text.len > 0)
			fold(t);
	}
}

void
seal_tags_end_tag(struct seal_tags *t)
{
	put_text(t, SEAL_SPAN(";"));
}

void
seal_tags_put(struct seal_tags *t, struct seal_span name, struct seal_span value)
{
	separate(t, name.len + 1u + value.len);
	put_text(t, name);
	put_text(t, SEAL_SPAN("="));
	put_text(t, value);
	seal_tags_end_tag(t);
}

void
seal_tags_put_u64(struct seal_tags *t, struct seal_span name, uint64_t value)
{
	uint8_t digits[20];
	struct seal_out text = seal_out(digits, sizeof digits);

	seal_out_u64(&text, value);
	seal_tags_put(t, name, seal_out_span(&text));
}
