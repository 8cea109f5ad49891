/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "engine/dkim/canon.h"

static const uint8_t SP[1] = { ' ' };
static const uint8_t COLON[1] = { ':' };

static void
put(struct seal_sink sink, const uint8_t *ptr, size_t len)
{
	if (len > 0)
		sink.write(sink.ctx, ptr, len);
}

/* WSP, and the CRLF of a fold: unfolding keeps the WSP after it (3.4.2). */
static bool
is_blank(uint8_t c)
{
	return seal_is_wsp(c) || c == '\r' || c == '\n';
}

static void
put_lower(struct seal_sink sink, struct seal_span name)
{
	for (size_t i = 0; i < name.len; i++) {
		const uint8_t c = seal_lower(name.ptr[i]);

		put(sink, &c, 1);
	}
}

/* 3.4.2: each run of white space becomes one SP; it is removed at both ends. */
static void
put_collapsed(struct seal_sink sink, struct seal_span value)
{
	bool written = false;
	size_t i = 0;

	while (i < value.len) {
		const size_t blank = i;
		size_t word;

		while (i < value.len && is_blank(value.ptr[i]))
			i++;
		word = i;
		while (i < value.len && !is_blank(value.ptr[i]))
			i++;
		if (i > word && word > blank && written)
			put(sink, SP, sizeof SP);
		put(sink, value.ptr + word, i - word);
		written = true;
	}
}

void
seal_canon_field(enum seal_canon mode, struct seal_span field, struct seal_sink sink)
{
	const size_t colon = seal_span_find(field, ':');

	if (mode == SEAL_CANON_SIMPLE) { /* 3.4.1: unchanged */
		put(sink, field.ptr, field.len);
		return;
	}
	put_lower(sink, seal_span_trim(seal_span_first(field, colon)));
	put(sink, COLON, sizeof COLON);
	put_collapsed(sink, seal_span_from(field, colon + 1u));
}
