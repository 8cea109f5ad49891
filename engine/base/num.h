/* SPDX-License-Identifier: Apache-2.0
 *
 * num.h - decimal numbers in text; every overflow is noticed.
 */
#ifndef SEAL_BASE_NUM_H
#define SEAL_BASE_NUM_H

#include "engine/base/span.h"

/* Read a decimal number, which must be all of `s`: at least one digit, no sign, no blanks. Returns
 * false, and *out is unchanged, if it is none or does not fit. */
bool seal_num_u64(struct seal_span s, uint64_t *out);

#endif
