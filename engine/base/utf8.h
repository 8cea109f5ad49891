/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.h - UTF-8, strictly (RFC 3629 4): shortest forms, no surrogates, up to U+10FFFF.
 */
#ifndef SEAL_BASE_UTF8_H
#define SEAL_BASE_UTF8_H

#include "engine/base/span.h"

/* Take one code point off the front of *text; false when there is none, or when what
 * stands there is not UTF-8. */
bool seal_utf8_next(struct seal_span *text, uint32_t *code_point);

/* All of `text` is UTF-8; so is nothing. */
bool seal_utf8_is(struct seal_span text);

#endif
