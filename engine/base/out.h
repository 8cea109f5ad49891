/* SPDX-License-Identifier: Apache-2.0
 *
 * out.h - writing into a caller's buffer, and sinks that take octets as they pass.
 *
 * A seal_out never writes past `cap`. Anything that does not fit sets `overflow`,
 * which stays set: check it once, at the end.
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

/* Each appends all of it or nothing. */
void seal_out_span_put(struct seal_out *out, struct seal_span s);
void seal_out_octet(struct seal_out *out, uint8_t c);
void seal_out_u64(struct seal_out *out, uint64_t value);                  /* decimal */
void seal_out_u64_padded(struct seal_out *out, uint64_t value, unsigned digits); /* with leading zeros
                                                                               * up to `digits`, at
                                                                               * most 20 */
void seal_out_hex(struct seal_out *out, struct seal_span s);              /* lower case */

#define seal_out_text(out, literal) seal_out_span_put((out), SEAL_SPAN(literal))

/* Where a producer's octets go. `write` must not keep `ptr`. It cannot fail: a
 * sink that can run out of room notes that in its own context. Sinks are passed
 * with each call and never stored. */
struct seal_sink {
	void (*write)(void *ctx, const uint8_t *ptr, size_t len);
	void *ctx;
};

#endif
