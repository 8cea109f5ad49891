/* SPDX-License-Identifier: Apache-2.0
 *
 * ascii.h - character classes, named after the ABNF that defines them.
 */
#ifndef SEAL_BASE_ASCII_H
#define SEAL_BASE_ASCII_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
seal_is_wsp(uint8_t c) /* RFC 5234 B.1 */
{
	return c == ' ' || c == '\t';
}

static inline bool
seal_is_digit(uint8_t c) /* RFC 5234 B.1 */
{
	return c >= '0' && c <= '9';
}

static inline uint8_t
seal_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static inline bool
seal_is_alpha(uint8_t c) /* RFC 5234 B.1 */
{
	return seal_lower(c) >= 'a' && seal_lower(c) <= 'z';
}

static inline bool
seal_is_let_dig(uint8_t c) /* RFC 5321 4.1.2 Let-dig */
{
	return seal_is_alpha(c) || seal_is_digit(c);
}

static inline bool
seal_is_ftext(uint8_t c) /* RFC 5322 2.2, 3.6.8: a field name */
{
	return c >= 33 && c <= 126 && c != ':';
}

static inline bool
seal_is_vchar(uint8_t c) /* RFC 5234 B.1 */
{
	return c >= 33 && c <= 126;
}

static inline bool
seal_is_8bit(uint8_t c)
{
	return c >= 0x80;
}

static inline bool
seal_is_ctl(uint8_t c) /* RFC 5234 B.1 */
{
	return c < 32 || c == 127;
}

bool seal_is_atext(uint8_t c); /* RFC 5322 3.2.3, ASCII only */

#endif
