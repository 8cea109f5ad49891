/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/base64.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One quantum of 1..3 octets (RFC 4648 4). */
static void
put_quantum(struct seal_out *out, const uint8_t *in, size_t len)
{
	const uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)(len > 1 ? in[1] : 0u) << 8 |
	                      (uint32_t)(len > 2 ? in[2] : 0u);

	seal_out_octet(out, (uint8_t)ALPHABET[bits >> 18]);
	seal_out_octet(out, (uint8_t)ALPHABET[bits >> 12 & 63u]);
	seal_out_octet(out, len > 1 ? (uint8_t)ALPHABET[bits >> 6 & 63u] : (uint8_t)'=');
	seal_out_octet(out, len > 2 ? (uint8_t)ALPHABET[bits & 63u] : (uint8_t)'=');
}

void
seal_base64_put(struct seal_out *out, struct seal_span data)
{
	if (data.len > (out->cap - out->len) / 4u * 3u) {
		out->overflow = true;
		return;
	}
	for (size_t i = 0; i < data.len; i += 3)
		put_quantum(out, data.ptr + i, data.len - i < 3 ? data.len - i : 3);
}

/* 64: not in the alphabet. It compares with every letter, so that its time reveals nothing about a password. */
static uint32_t
value_of(uint8_t c)
{
	uint32_t value = 64;

	for (uint32_t i = 0; i < 64; i++)
		value = (uint8_t)ALPHABET[i] == c ? i : value;
	return value;
}

/* Four characters; the first `num` of them are not padding. */
static bool
get_quantum(struct seal_out *out, const uint8_t *in, size_t num)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		const uint32_t value = i < num ? value_of(in[i]) : 0;

		if (value == 64)
			return false;
		bits = bits << 6 | value;
	}
	for (size_t i = 1; i < num; i++)
		seal_out_octet(out, (uint8_t)(bits >> (24u - 8u * i)));
	return (bits & (0xffffffu >> (8u * (num - 1u)))) == 0;
}

bool
seal_base64_get(struct seal_out *out, struct seal_span text)
{
	bool ok = text.len % 4u == 0;

	for (size_t i = 0; ok && i < text.len; i += 4) {
		size_t num = 4;

		while (i + 4u == text.len && num > 2 && text.ptr[i + num - 1u] == '=')
			num--;
		ok = get_quantum(out, text.ptr + i, num);
	}
	return ok && !out->overflow;
}
