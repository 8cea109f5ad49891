/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ct.h"
#include "mbedtls/asn1.h"
#include "mbedtls/pem.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/der.h"
#include "port/mbedtls/internal.h"
#include "port/mbedtls/keygen.h"

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* PrivateKeyInfo around an RSAPrivateKey (RFC 5208 5). */
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

enum seal_rsa_fault
seal_rsa_generate(uint32_t bits, struct seal_random *random, struct seal_out *pem)
{
	uint8_t primes[SEAL_KEY_BITS_MAX / 8u];
	uint8_t keys[2][SEAL_RSA_DER_MAX(SEAL_KEY_BITS_MAX)];
	struct seal_out key = seal_out(keys[0], sizeof keys[0]);
	struct seal_out wrapped = seal_out(keys[1], sizeof keys[1]);
	enum seal_rsa_fault fault = seal_rsa_make_primes(bits, random, primes);

	if (fault == SEAL_RSA_FINE)
		fault = seal_rsa_from_primes(seal_span(primes, bits / 8u), &key);
	if (fault == SEAL_RSA_FINE) {
		put_pkcs8(&wrapped, seal_out_span(&key));
		fault = seal_rsa_fault_of(put_pem(seal_out_span(&wrapped), pem), SEAL_RSA_FAILED);
	}
	seal_wipe(primes, sizeof primes);
	seal_wipe(keys, sizeof keys);
	return fault;
}
