/* SPDX-License-Identifier: Apache-2.0
 *
 * out.h - writing into a caller's buffer, and sinks for octets in passing.
 *
 * A seal_out never writes past `cap`. What does not fit sets `overflow`, which
 * stays set: check it once, at the end.
 */
#ifndef SEAL_BASE_OUT_H
#define SEAL_BASE_OUT_H

#include "engine/base/span.h"

struct seal_out {
	uint8_t *ptr;
	size_t cap;
	size_t len;
	bool overflow;
};

static inline struct seal_out
seal_out(uint8_t *ptr, size_t cap)
{
	return (struct seal_out){ ptr, cap, 0, false };
}

static inline struct seal_span
seal_out_span(const struct seal_out *out)
{
	return (struct seal_span){ out->ptr, out->len };
}

/* Each appends whole or not at all. */
void seal_out_span_put(struct seal_out *out, struct seal_span s);
void seal_out_octet(struct seal_out *out, uint8_t c);
void seal_out_u64(struct seal_out *out, uint64_t value);                  /* decimal */
void seal_out_u64_padded(struct seal_out *out, uint64_t value, unsigned digits); /* zeros in front,
                                                                               * 20 at most */
void seal_out_hex(struct seal_out *out, struct seal_span s);              /* lower case */

#define seal_out_text(out, literal) seal_out_span_put((out), SEAL_SPAN(literal))

/* Where a producer's octets go. `write` may not keep `ptr`; it cannot fail: a
 * sink that can run out keeps the fact in its own context. Sinks are passed per
 * call and never stored. */
struct seal_sink {
	void (*write)(void *ctx, const uint8_t *ptr, size_t len);
	void *ctx;
};

#endif
