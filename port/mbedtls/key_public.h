/* SPDX-License-Identifier: Apache-2.0
 *
 * key_public.h - verify a signature with the public key of another signer (host program only).
 */
#ifndef PORT_MBEDTLS_KEY_PUBLIC_H
#define PORT_MBEDTLS_KEY_PUBLIC_H

#include "engine/base/sha256.h"
#include "port/mbedtls/key_store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `key` is the content of the p= tag of a record whose k= tag is `type`; for "rsa" it may be the DER
 * RSAPublicKey (RFC 8017 A.1.1) in it. SEAL_KEY_FINE: the signature is of this digest. SEAL_KEY_FAILED:
 * it is not. Else the key cannot be used. Needs the arena until it returns. */
enum seal_key_fault seal_key_public_verify(struct seal_span type, struct seal_span key,
                                           const uint8_t digest[SEAL_SHA256_LEN], struct seal_span signature);

#ifdef __cplusplus
}
#endif

#endif
