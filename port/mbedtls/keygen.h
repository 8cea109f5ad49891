/* SPDX-License-Identifier: Apache-2.0
 *
 * keygen.h - make an RSA key: its two primes, and from them the rest.
 *
 * Both, and the worker's signatures, take their memory from the arena.
 */
#ifndef PORT_MBEDTLS_KEYGEN_H
#define PORT_MBEDTLS_KEYGEN_H

#include "engine/base/out.h"
#include "port/mbedtls/key_mbedtls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Two primes for a key of `bits`, a multiple of 16, with the public exponent 65537, the larger one
 * first (FIPS 186-5 A.1.3: each with its two highest bits of sqrt(2), far enough apart), into
 * bits / 8 octets. Blocks: milliseconds on a PC, a minute on a small board. SEAL_RSA_TOO_SMALL,
 * _TOO_LARGE: `bits`; else no memory or no randomness. */
enum seal_rsa_fault seal_rsa_make_primes(uint32_t bits, struct seal_random *random, uint8_t *primes);

/* What a private key is computed with, out of such primes: for seal_rsa_key_open_numbers, into
 * SEAL_RSA_NUMBERS(bits) octets. SEAL_RSA_INCONSISTENT: they make no key; whether they are prime is
 * not looked at. */
enum seal_rsa_fault seal_rsa_expand(struct seal_span primes, uint8_t *numbers);

/* For the host program: the private key of such primes as RSAPrivateKey in DER (RFC 8017 A.1.2);
 * SEAL_RSA_DER_MAX octets will do, fewer are SEAL_RSA_NO_MEMORY. SEAL_RSA_INCONSISTENT: as above. */
enum seal_rsa_fault seal_rsa_from_primes(struct seal_span primes, struct seal_out *der);

#define SEAL_RSA_DER_MAX(bits) ((bits) / 8u * 9u / 2u + 64u)

/* Octets of text that a key of SEAL_KEY_BITS_MAX becomes, and more. */
#define SEAL_RSA_PEM_MAX 4096u

/* For the host program: a new key of `bits` as PKCS#8 (RFC 5208) in PEM (RFC 7468 10).
 * SEAL_RSA_ARENA(bits) is more than enough. */
enum seal_rsa_fault seal_rsa_generate(uint32_t bits, struct seal_random *random, struct seal_out *pem);

#ifdef __cplusplus
}
#endif

#endif
