/* SPDX-License-Identifier: Apache-2.0
 *
 * keygen.h - make a key, of RSA: its secret, and from that the rest.
 *
 * Both, and the worker's signatures, take their memory from the arena.
 */
#ifndef PORT_MBEDTLS_KEYGEN_H
#define PORT_MBEDTLS_KEYGEN_H

#include "engine/base/out.h"
#include "port/mbedtls/key_store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A new key of `bits`, a multiple of 16, as its secret: SEAL_KEY_SECRET(bits) octets, from which the rest
 * is computed. Of RSA the two primes, with the public exponent 65537, the larger one first (FIPS 186-5
 * A.1.3: each with its two highest bits of sqrt(2), far enough apart). Blocks: milliseconds on a PC, a
 * minute on a small board. SEAL_KEY_TOO_SMALL, _TOO_LARGE: `bits`; else no memory or no randomness. */
#define SEAL_KEY_SECRET(bits) ((bits) / 8u)
enum seal_key_fault seal_key_make(uint32_t bits, struct seal_random *random, uint8_t *secret);

/* What a private key is computed with, out of its secret: for seal_key_open_expanded, into
 * SEAL_KEY_EXPANDED(bits) octets. Of RSA p, q, dP, dQ and qInv (RFC 8017 3.2), and their CRC-32.
 * SEAL_KEY_INCONSISTENT: the secret makes no key; whether primes are prime is not looked at. */
#define SEAL_KEY_EXPANDED(bits) ((bits) / 16u * 5u + 4u)
enum seal_key_fault seal_key_expand(struct seal_span secret, uint8_t *expanded);

/* For the host program: the private key of such a secret in DER, of RSA an RSAPrivateKey (RFC 8017 A.1.2);
 * SEAL_KEY_DER_MAX octets will do, fewer are SEAL_KEY_NO_MEMORY. SEAL_KEY_INCONSISTENT: as above. */
enum seal_key_fault seal_key_make_der(struct seal_span secret, struct seal_out *der);

#define SEAL_KEY_DER_MAX(bits) ((bits) / 8u * 9u / 2u + 64u)

/* For the host program: the shortest form of a private key that seal_key_open reads, out of its text: the
 * expanded one, or DER if the key has another exponent than 65537, or primes of different lengths. Faults as of
 * seal_key_put_der. */
enum seal_key_fault seal_key_put_short(struct seal_span text, struct seal_out *out);

/* Octets of text that a key of SEAL_KEY_BITS_MAX becomes, and more. */
#define SEAL_KEY_PEM_MAX 4096u

/* For the host program: a new key of `bits` as PKCS#8 (RFC 5208) in PEM (RFC 7468 10).
 * SEAL_KEY_ARENA(bits) is more than enough. */
enum seal_key_fault seal_key_generate(uint32_t bits, struct seal_random *random, struct seal_out *pem);

#ifdef __cplusplus
}
#endif

#endif
