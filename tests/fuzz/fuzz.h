/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz.h - shared by the fuzzers: an input that is consumed from both ends, and promises.
 *
 * Octets for the code under test come from the start of the input, decisions of the harness from
 * its end. So a plain text is a useful seed.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define REQUIRE(promise) \
	((promise) ? (void)0 : (fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise), abort()))

/* The next decision; 0 when the input is used up. */
static inline unsigned
fuzz_choice(struct seal_span *in)
{
	return in->len == 0 ? 0 : in->ptr[--in->len];
}

/* Up to `max` octets off the front, alone on the heap, so that a read beyond them or after free() is found. */
static inline struct seal_span
fuzz_piece(struct seal_span *in, size_t max)
{
	const size_t len = in->len < max ? in->len : max;
	uint8_t *copy = malloc(len > 0 ? len : 1);

	REQUIRE(copy != NULL);
	if (len > 0)
		memcpy(copy, in->ptr, len);
	*in = seal_span_from(*in, len);
	return seal_span(copy, len);
}

/* Most pieces are short, a few are long. */
static inline size_t
fuzz_cut(struct seal_span *in)
{
	const unsigned choice = fuzz_choice(in);

	return choice < 200 ? choice % 50u + 1u : (size_t)(choice - 199u) * 40u;
}

static inline void
fuzz_free(struct seal_span s)
{
	union { const uint8_t *in; void *out; } u = { s.ptr };

	free(u.out);
}

/* `inner` lies in `outer`. */
static inline bool
fuzz_within(struct seal_span inner, struct seal_span outer)
{
	return inner.len == 0 || (inner.ptr >= outer.ptr && inner.len <= outer.len &&
	                          (size_t)(inner.ptr - outer.ptr) <= outer.len - inner.len);
}

static inline bool
fuzz_has_control(struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7F)
			return true;
	return false;
}

#endif
