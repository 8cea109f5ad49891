/* SPDX-License-Identifier: Apache-2.0
 *
 * base64.h - base64 with padding and without line breaks (RFC 4648 4, strict by 3.5).
 */
#ifndef SEAL_BASE_BASE64_H
#define SEAL_BASE_BASE64_H

#include "engine/base/out.h"

/* Octets of text that `len` octets become. */
#define SEAL_BASE64_LEN(len) (((len) + 2u) / 3u * 4u)

void seal_base64_put(struct seal_out *out, struct seal_span data);

/* Append what `text` stands for; `out` may begin where `text` does. False: not base64 in
 * this form (a character outside the alphabet, wrong padding, bits that should be zero), or
 * it does not fit; then what was appended means nothing. */
bool seal_base64_get(struct seal_out *out, struct seal_span text);

#endif
