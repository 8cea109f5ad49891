/* SPDX-License-Identifier: Apache-2.0
 *
 * der.h - tag and length in DER, definite form (X.690 10.1). For this folder only.
 */
#ifndef PORT_MBEDTLS_DER_H
#define PORT_MBEDTLS_DER_H

#include "engine/base/out.h"

/* Tag and length of a value of `len` octets, under 65536. */
void seal_der_put_header(struct seal_out *out, uint8_t tag, size_t len);

/* Octets of a value of `len` octets with its header. */
size_t seal_der_len(size_t len);

#endif
