/* SPDX-License-Identifier: Apache-2.0
 *
 * keygen.h - make an RSA key: its secret, and from that the rest.
 *
 * All functions, like the worker's signatures, take their memory from the arena.
 */
#ifndef PORT_MBEDTLS_KEYGEN_H
#define PORT_MBEDTLS_KEYGEN_H

#include "engine/base/out.h"
#include "port/mbedtls/key_store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Make a new key of `bits`, a multiple of 16, as its secret: SEAL_KEY_SECRET(bits) octets, from which the
 * rest is computed. For RSA these are the two primes, the larger one first, with the public exponent 65537
 * (FIPS 186-5 A.1.3: each at least sqrt(2) in its highest bits, and far enough apart). Blocks: milliseconds
 * on a PC, a minute on a small board. SEAL_KEY_TOO_SMALL, _TOO_LARGE: wrong `bits`; else no memory or no
 * randomness. */
#define SEAL_KEY_SECRET(bits) ((bits) / 8u)
enum seal_key_fault seal_key_make(uint32_t bits, struct seal_random *random, uint8_t *secret);

/* Compute from its secret what a private key is used with, for seal_key_open_expanded:
 * SEAL_KEY_EXPANDED(bits) octets; for RSA p, q, dP, dQ and qInv (RFC 8017 3.2), and their CRC-32.
 * SEAL_KEY_INCONSISTENT: the secret makes no key. It is not checked that primes are prime. */
#define SEAL_KEY_EXPANDED(bits) ((bits) / 16u * 5u + 4u)
enum seal_key_fault seal_key_expand(struct seal_span secret, uint8_t *expanded);

/* For the host program: the private key of such a secret in DER; for RSA an RSAPrivateKey (RFC 8017 A.1.2).
 * SEAL_KEY_DER_MAX octets are enough; with fewer it fails with SEAL_KEY_NO_MEMORY. SEAL_KEY_INCONSISTENT: as
 * above. */
enum seal_key_fault seal_key_make_der(struct seal_span secret, struct seal_out *der);

#define SEAL_KEY_DER_MAX(bits) ((bits) / 8u * 9u / 2u + 64u)

/* The same as PKCS#8 (RFC 5208), which wraps it. */
#define SEAL_KEY_PKCS8_MAX(bits) (SEAL_KEY_DER_MAX(bits) + 32u)

/* For the host program: the shortest form of a private key that seal_key_open reads, made from its text: the
 * expanded form, or DER if the key has an exponent other than 65537, or primes of different lengths. Faults as
 * in seal_key_put_der. */
enum seal_key_fault seal_key_put_short(struct seal_span text, struct seal_out *out);

/* More octets than a key of SEAL_KEY_BITS_MAX has as text. */
#define SEAL_KEY_PEM_MAX 4096u

/* For the host program: make a new key of `bits` as PKCS#8 (RFC 5208) in PEM (RFC 7468 10).
 * SEAL_KEY_ARENA(bits) is more than enough. */
enum seal_key_fault seal_key_generate(uint32_t bits, struct seal_random *random, struct seal_out *pem);

#ifdef __cplusplus
}
#endif

#endif
