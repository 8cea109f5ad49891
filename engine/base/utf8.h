/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.h - strict UTF-8 (RFC 3629 4): shortest forms, no surrogates, up to U+10FFFF.
 */
#ifndef SEAL_BASE_UTF8_H
#define SEAL_BASE_UTF8_H

#include "engine/base/span.h"

/* Take one code point off the front of *text. Returns false if *text is empty or does not begin
 * with UTF-8. */
bool seal_utf8_next(struct seal_span *text, uint32_t *code_point);

/* True if all of `text` is UTF-8, and for an empty one. */
bool seal_utf8_is(struct seal_span text);

#endif
