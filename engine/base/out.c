/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/out.h"

#include <string.h>

#define U64_DIGITS_MAX 20u

void
seal_out_span_put(struct seal_out *out, struct seal_span s)
{
	if (s.len > out->cap - out->len) {
		out->overflow = true;
		return;
	}
	if (s.len > 0)
		memcpy(out->ptr + out->len, s.ptr, s.len);
	out->len += s.len;
}

void
seal_out_octet(struct seal_out *out, uint8_t c)
{
	seal_out_span_put(out, seal_span(&c, 1));
}

void
seal_out_u64_padded(struct seal_out *out, uint64_t value, unsigned digits)
{
	uint8_t text[U64_DIGITS_MAX];
	size_t at = sizeof text;

	while (value > 0 || sizeof text - at < digits) {
		text[--at] = (uint8_t)('0' + value % 10u);
		value /= 10u;
	}
	seal_out_span_put(out, seal_span(text + at, sizeof text - at));
}

void
seal_out_u64(struct seal_out *out, uint64_t value)
{
	seal_out_u64_padded(out, value, 1);
}

void
seal_out_hex(struct seal_out *out, struct seal_span s)
{
	static const uint8_t digits[16] = {
		'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
	};

	if (s.len > (out->cap - out->len) / 2u) {
		out->overflow = true;
		return;
	}
	for (size_t i = 0; i < s.len; i++) {
		seal_out_octet(out, digits[s.ptr[i] >> 4]);
		seal_out_octet(out, digits[s.ptr[i] & 15u]);
	}
}
