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
