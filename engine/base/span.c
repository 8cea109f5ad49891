/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/span.h"

#include <string.h>

#include "engine/base/ascii.h"

struct seal_span
seal_span_text(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return seal_span((const uint8_t *)text, len);
}

bool
seal_span_equal(struct seal_span a, struct seal_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
seal_span_equal_nocase(struct seal_span a, struct seal_span b)
{
	return a.len == b.len && seal_span_starts_nocase(a, b);
}

bool
seal_span_starts_nocase(struct seal_span s, struct seal_span prefix)
{
	if (s.len < prefix.len)
		return false;
	for (size_t i = 0; i < prefix.len; i++) {
		if (seal_lower(s.ptr[i]) != seal_lower(prefix.ptr[i]))
			return false;
	}
	return true;
}

bool
seal_span_ends_nocase(struct seal_span s, struct seal_span suffix)
{
	return s.len >= suffix.len &&
	       seal_span_equal_nocase(seal_span_from(s, s.len - suffix.len), suffix);
}

bool
seal_span_has_8bit(struct seal_span s)
{
	uint8_t all = 0;

	for (size_t i = 0; i < s.len; i++)
		all |= s.ptr[i];
	return seal_is_8bit(all);
}

size_t
seal_span_find(struct seal_span s, uint8_t octet)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] != octet)
		i++;
	return i;
}

struct seal_span
seal_span_trim(struct seal_span s)
{
	while (s.len > 0 && seal_is_wsp(s.ptr[0]))
		s = seal_span_from(s, 1);
	while (s.len > 0 && seal_is_wsp(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool
is_blank(uint8_t c)
{
	return seal_is_wsp(c) || c == '\r' || c == '\n';
}

bool
seal_span_split(struct seal_span *rest, uint8_t separator, struct seal_span *item)
{
	const size_t at = seal_span_find(*rest, separator);

	if (rest->len == 0)
		return false;
	*item = seal_span_first(*rest, at);
	*rest = seal_span_from(*rest, at + 1);
	while (item->len > 0 && is_blank(item->ptr[0]))
		*item = seal_span_from(*item, 1);
	while (item->len > 0 && is_blank(item->ptr[item->len - 1]))
		item->len--;
	return true;
}
