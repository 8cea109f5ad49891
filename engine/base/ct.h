/* SPDX-License-Identifier: Apache-2.0
 *
 * ct.h - comparison in constant time, and erasure that is not optimized away.
 */
#ifndef SEAL_BASE_CT_H
#define SEAL_BASE_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether `len` octets are equal. The time depends on `len` only. */
bool seal_ct_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* Zero `len` octets, even if the compiler considers them dead. */
void seal_wipe(void *ptr, size_t len);

#endif
