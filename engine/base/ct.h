/* SPDX-License-Identifier: Apache-2.0
 *
 * ct.h - what may not depend on a secret, and what may not be optimized away.
 */
#ifndef SEAL_BASE_CT_H
#define SEAL_BASE_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Time depends on `len` only. */
bool seal_ct_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* Zero octets that the compiler may believe dead. */
void seal_wipe(void *ptr, size_t len);

#endif
