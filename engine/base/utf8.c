/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"

bool
seal_utf8_next(struct seal_span *text, uint32_t *code_point)
{
	static const uint32_t SMALLEST[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t first = text->len > 0 ? text->ptr[0] : 0xff;
	size_t len;

	if (first < 0x80)
		len = 1;
	else if (first >= 0xc2 && first < 0xe0)
		len = 2;
	else if (first >= 0xe0 && first < 0xf0)
		len = 3;
	else if (first >= 0xf0 && first < 0xf5)
		len = 4;
	else
		return false;
	if (len > text->len)
		return false;
	*code_point = len == 1 ? first : (uint32_t)first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((text->ptr[i] & 0xc0u) != 0x80u)
			return false;
		*code_point = *code_point << 6 | (text->ptr[i] & 0x3fu);
	}
	*text = seal_span_from(*text, len);
	return *code_point >= SMALLEST[len] && *code_point <= 0x10ffff &&
	       (*code_point < 0xd800 || *code_point > 0xdfff);
}

bool
seal_utf8_is(struct seal_span text)
{
	uint32_t code_point;

	while (text.len > 0) {
		if (!seal_utf8_next(&text, &code_point))
			return false;
	}
	return true;
}
