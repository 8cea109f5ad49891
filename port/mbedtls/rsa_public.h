/* SPDX-License-Identifier: Apache-2.0
 *
 * rsa_public.h - verify an rsa-sha256 signature with somebody else's key, for the host program.
 */
#ifndef PORT_MBEDTLS_RSA_PUBLIC_H
#define PORT_MBEDTLS_RSA_PUBLIC_H

#include "engine/base/sha256.h"
#include "port/mbedtls/key_mbedtls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `key` is a DER RSAPublicKey (RFC 8017 A.1.1). SEAL_RSA_FINE: the signature is of this digest.
 * SEAL_RSA_FAILED: it is not. Else the key cannot be used. Needs the arena until it returns. */
enum seal_rsa_fault seal_rsa_public_verify(struct seal_span key, const uint8_t digest[SEAL_SHA256_LEN],
                                           struct seal_span signature);

#ifdef __cplusplus
}
#endif

#endif
