/* SPDX-License-Identifier: Apache-2.0
 *
 * num.h - decimal numbers out of text, with every overflow noticed.
 */
#ifndef SEAL_BASE_NUM_H
#define SEAL_BASE_NUM_H

#include "engine/base/span.h"

/* The whole of `s` is a decimal number of at least one digit that fits: true,
 * and *out is set. No sign, no blanks. */
bool seal_num_u64(struct seal_span s, uint64_t *out);

#endif
