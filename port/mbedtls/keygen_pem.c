/* SPDX-License-Identifier: Apache-2.0
 *
 * keygen_pem.c - a key as a file or for an image (host program only).
 */
#include <string.h>

#include "engine/base/ct.h"
#include "mbedtls/asn1.h"
#include "mbedtls/pem.h"
#include "mbedtls/rsa.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/der.h"
#include "port/mbedtls/internal.h"
#include "port/mbedtls/keygen.h"

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* --- the key ---------------------------------------------------------------------------- */

/* In the order of RSAPrivateKey, after its version. */
enum number { N, E, D, P, Q, DP, DQ, QP, NUM_NUMBERS };

/* An INTEGER is signed: a zero octet comes first if the highest bit is 1. */
static size_t
content_len(const mbedtls_mpi *number)
{
	return mbedtls_mpi_bitlen(number) / 8u + 1u;
}

/* The caller has checked that it fits. */
static int
put_number(struct seal_out *out, const mbedtls_mpi *number)
{
	const size_t len = content_len(number);
	int failed;

	seal_der_put_header(out, MBEDTLS_ASN1_INTEGER, len);
	failed = mbedtls_mpi_write_binary(number, out->ptr + out->len, len);
	out->len += len;
	return failed;
}

static int
put_key(struct seal_out *out, const mbedtls_mpi numbers[NUM_NUMBERS])
{
	static const uint8_t version[] = { MBEDTLS_ASN1_INTEGER, 1, 0 };
	size_t len = sizeof version;
	int failed = 0;

	for (unsigned i = 0; i < NUM_NUMBERS; i++)
		len += seal_der_len(content_len(&numbers[i]));
	if (seal_der_len(len) > out->cap - out->len)
		return MBEDTLS_ERR_MPI_ALLOC_FAILED;
	seal_der_put_header(out, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, len);
	seal_out_span_put(out, seal_span(version, sizeof version));
	for (unsigned i = 0; failed == 0 && i < NUM_NUMBERS; i++)
		failed = put_number(out, &numbers[i]);
	return failed;
}

static int
export_all(const mbedtls_rsa_context *rsa, mbedtls_mpi numbers[NUM_NUMBERS])
{
	const int failed = mbedtls_rsa_export(rsa, &numbers[N], &numbers[P], &numbers[Q], &numbers[D], &numbers[E]);

	return failed != 0 ? failed : mbedtls_rsa_export_crt(rsa, &numbers[DP], &numbers[DQ], &numbers[QP]);
}

enum seal_key_fault
seal_key_make_der(struct seal_span primes, struct seal_out *der)
{
	mbedtls_mpi numbers[NUM_NUMBERS];
	mbedtls_rsa_context rsa;
	int failed;

	mbedtls_rsa_init(&rsa);
	for (unsigned i = 0; i < NUM_NUMBERS; i++)
		mbedtls_mpi_init(&numbers[i]);
	failed = seal_rsa_complete(&rsa, primes);
	if (failed == 0)
		failed = export_all(&rsa, numbers);
	mbedtls_rsa_free(&rsa);
	if (failed == 0)
		failed = put_key(der, numbers);
	for (unsigned i = 0; i < NUM_NUMBERS; i++)
		mbedtls_mpi_free(&numbers[i]);
	return seal_key_fault_of(failed, SEAL_KEY_INCONSISTENT);
}

/* --- the shortest form ------------------------------------------------------------------- */

/* The modulus has all its bits only if both factors fill their octets. */
static bool
get_primes(const mbedtls_rsa_context *rsa, uint8_t *primes, size_t len)
{
	static const uint8_t usual[] = { 0, 1, 0, 1 };
	uint8_t exponent[sizeof usual];

	return mbedtls_rsa_get_bitlen(rsa) == 16u * len && len <= SEAL_KEY_BITS_MAX / 16u &&
	       mbedtls_rsa_export_raw(rsa, NULL, 0, primes, len, primes + len, len, NULL, 0, exponent,
	                              sizeof exponent) == 0 &&
	       memcmp(exponent, usual, sizeof usual) == 0;
}

enum seal_key_fault
seal_key_put_short(struct seal_span text, struct seal_out *out)
{
	uint8_t primes[SEAL_KEY_SECRET(SEAL_KEY_BITS_MAX)];
	uint8_t expanded[SEAL_KEY_EXPANDED(SEAL_KEY_BITS_MAX)];
	mbedtls_rsa_context rsa;
	const enum seal_key_fault fault = seal_key_rsa.load(&rsa, &(struct seal_key_private){ .text = text });
	const size_t len = mbedtls_rsa_get_len(&rsa) / 2u;
	const bool can = fault == SEAL_KEY_FINE && get_primes(&rsa, primes, len) &&
	                 seal_key_expand(seal_span(primes, 2u * len), expanded) == SEAL_KEY_FINE;

	seal_key_rsa.wipe(&rsa);
	if (can)
		seal_out_span_put(out, seal_span(expanded, SEAL_KEY_EXPANDED(16u * len)));
	seal_wipe(primes, sizeof primes);
	seal_wipe(expanded, sizeof expanded);
	if (fault != SEAL_KEY_FINE || !can)
		return fault != SEAL_KEY_FINE ? fault : seal_key_put_der(text, out);
	return out->overflow ? SEAL_KEY_NO_MEMORY : SEAL_KEY_FINE;
}

/* --- the file --------------------------------------------------------------------------- */

/* Wrap an RSAPrivateKey in a PrivateKeyInfo (RFC 5208 5). */
static void
put_pkcs8(struct seal_out *out, struct seal_span key)
{
	static const uint8_t front[] = { /* version 0; rsaEncryption, NULL (RFC 3279 2.3.1) */
		MBEDTLS_ASN1_INTEGER, 1, 0,
		SEQUENCE, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0
	};

	seal_der_put_header(out, SEQUENCE, sizeof front + seal_der_len(key.len));
	seal_out_span_put(out, seal_span(front, sizeof front));
	seal_der_put_header(out, MBEDTLS_ASN1_OCTET_STRING, key.len);
	seal_out_span_put(out, key);
}

static int
put_pem(struct seal_span der, struct seal_out *pem)
{
	size_t written = 0;
	const int failed = mbedtls_pem_write_buffer("-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n",
	                                            der.ptr, der.len, pem->ptr + pem->len, pem->cap - pem->len,
	                                            &written);

	if (failed == 0)
		pem->len += written - 1; /* it counts a NUL */
	return failed;
}

enum seal_key_fault
seal_key_generate(uint32_t bits, struct seal_random *random, struct seal_out *pem)
{
	uint8_t primes[SEAL_KEY_BITS_MAX / 8u];
	uint8_t keys[2][SEAL_KEY_PKCS8_MAX(SEAL_KEY_BITS_MAX)];
	struct seal_out key = seal_out(keys[0], sizeof keys[0]);
	struct seal_out wrapped = seal_out(keys[1], sizeof keys[1]);
	enum seal_key_fault fault = seal_key_make(bits, random, primes);

	if (fault == SEAL_KEY_FINE)
		fault = seal_key_make_der(seal_span(primes, bits / 8u), &key);
	if (fault == SEAL_KEY_FINE) {
		put_pkcs8(&wrapped, seal_out_span(&key));
		fault = wrapped.overflow ? SEAL_KEY_NO_MEMORY
		                         : seal_key_fault_of(put_pem(seal_out_span(&wrapped), pem), SEAL_KEY_FAILED);
	}
	seal_wipe(primes, sizeof primes);
	seal_wipe(keys, sizeof keys);
	return fault;
}
