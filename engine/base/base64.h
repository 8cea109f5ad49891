/* SPDX-License-Identifier: Apache-2.0
 *
 * base64.h - base64 with padding and without line breaks (RFC 4648 4; strict as in 3.5).
 */
#ifndef SEAL_BASE_BASE64_H
#define SEAL_BASE_BASE64_H

#include "engine/base/out.h"

/* The length of the base64 text for `len` octets. */
#define SEAL_BASE64_LEN(len) (((len) + 2u) / 3u * 4u)

/* Append `data` as base64, whole or not at all (out->overflow). */
void seal_base64_put(struct seal_out *out, struct seal_span data);

/* Decode `text` and append the octets; `out` may begin where `text` does. Returns false if `text`
 * is not strict base64 (a character outside the alphabet, wrong padding, bits that should be zero)
 * or the octets do not fit; the octets appended until then are then meaningless. */
bool seal_base64_get(struct seal_out *out, struct seal_span text);

#endif
