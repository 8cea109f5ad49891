/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"

bool
seal_is_atext(uint8_t c)
{
	switch (c) {
	case '!': case '#': case '$': case '%': case '&': case '\'': case '*':
	case '+': case '-': case '/': case '=': case '?': case '^': case '_':
	case '`': case '{': case '|': case '}': case '~':
		return true;
	default:
		return seal_is_let_dig(c);
	}
}
