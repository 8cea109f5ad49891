/* SPDX-License-Identifier: Apache-2.0
 *
 * span.h - octets that another owner holds.
 *
 * A span owns nothing and ends only at `len`; NUL is an ordinary octet. The
 * function that hands a span over defines how long its octets stay valid.
 */
#ifndef SEAL_BASE_SPAN_H
#define SEAL_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seal_span {
	const uint8_t *ptr; /* may be NULL when len is 0 */
	size_t len;
};

/* A span over a string literal or a char array, without its final NUL. A pointer does not compile:
 * its size would be mistaken for a length. */
#define SEAL_SPAN(literal) \
	((struct seal_span){ _Generic(&(literal), char **: (void)0, const char **: (void)0, \
	                              default: (const uint8_t *)(literal)), sizeof(literal) - 1u })

static inline struct seal_span
seal_span(const uint8_t *ptr, size_t len)
{
	return (struct seal_span){ ptr, len };
}

/* The octets from `from` to the end; empty if `from` lies beyond it. */
static inline struct seal_span
seal_span_from(struct seal_span s, size_t from)
{
	return from >= s.len ? (struct seal_span){ s.ptr, 0 }
	                     : (struct seal_span){ s.ptr + from, s.len - from };
}

/* The first `len` octets, or all of them if there are fewer. */
static inline struct seal_span
seal_span_first(struct seal_span s, size_t len)
{
	return (struct seal_span){ s.ptr, len < s.len ? len : s.len };
}

/* A span over a NUL-ended text, without the NUL. */
struct seal_span seal_span_text(const char *text);

bool seal_span_equal(struct seal_span a, struct seal_span b);

/* The same without regard to the case of ASCII letters (RFC 5321 2.4, RFC 4343). */
bool seal_span_equal_nocase(struct seal_span a, struct seal_span b);
bool seal_span_starts_nocase(struct seal_span s, struct seal_span prefix);
bool seal_span_ends_nocase(struct seal_span s, struct seal_span suffix);

/* True if any octet is over 127. */
bool seal_span_has_8bit(struct seal_span s);

/* The index of the first `octet`; s.len if `s` has none. */
size_t seal_span_find(struct seal_span s, uint8_t octet);

/* `s` without SP and HTAB at both ends (WSP of RFC 5234). */
struct seal_span seal_span_trim(struct seal_span s);

/* Take the text before the next `separator` off the front of *rest, without the white space and
 * line ends around it: a list may be folded. Returns false if *rest is empty. "a, b" gives "a" and
 * "b"; "a,," gives "a" and "". */
bool seal_span_split(struct seal_span *rest, uint8_t separator, struct seal_span *item);

#endif
