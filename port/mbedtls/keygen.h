/* SPDX-License-Identifier: Apache-2.0
 *
 * keygen.h - make an RSA key, for the host program.
 */
#ifndef PORT_MBEDTLS_KEYGEN_H
#define PORT_MBEDTLS_KEYGEN_H

#include "engine/base/out.h"
#include "port/mbedtls/key_mbedtls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Octets of text that a key of SEAL_KEY_BITS_MAX becomes, and more. */
#define SEAL_RSA_PEM_MAX 4096u

/* A new key of `bits` with the public exponent 65537, as PKCS#8 (RFC 5208) in PEM
 * (RFC 7468 10). SEAL_RSA_ARENA(bits) is more than enough. SEAL_RSA_TOO_SMALL, _TOO_LARGE: `bits`. */
enum seal_rsa_fault seal_rsa_generate(unsigned bits, struct seal_random *random, struct seal_out *pem);

#ifdef __cplusplus
}
#endif

#endif
