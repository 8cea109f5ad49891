/* SPDX-License-Identifier: Apache-2.0 */

#include "mbedtls/asn1.h"
#include "mbedtls/rsa.h"
#include "port/mbedtls/internal.h"

static int
read_number(unsigned char **at, const unsigned char *end, struct seal_span *number)
{
	size_t len;
	const int error = mbedtls_asn1_get_tag(at, end, &len, MBEDTLS_ASN1_INTEGER);

	if (error == 0) {
		*number = seal_span(*at, len);
		*at += len;
	}
	return error;
}

static enum seal_key_fault
read_key(struct seal_span der, mbedtls_rsa_context *rsa)
{
	unsigned char *at = (unsigned char *)(uintptr_t)der.ptr; /* only read */
	const unsigned char *const end = der.ptr + der.len;
	struct seal_span n = { NULL, 0 }, e = { NULL, 0 };
	size_t len;
	int error = mbedtls_asn1_get_tag(&at, end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);

	if (error == 0)
		error = read_number(&at, end, &n);
	if (error == 0)
		error = read_number(&at, end, &e);
	if (error == 0 && n.len > SEAL_KEY_BITS_MAX / 8u + 1u)
		return SEAL_KEY_TOO_LARGE;
	if (error == 0)
		error = mbedtls_rsa_import_raw(rsa, n.ptr, n.len, NULL, 0, NULL, 0, NULL, 0, e.ptr, e.len);
	if (error == 0)
		error = mbedtls_rsa_complete(rsa);
	if (error == 0)
		error = mbedtls_rsa_check_pubkey(rsa);
	return seal_key_fault_of(error, SEAL_KEY_DAMAGED);
}

enum seal_key_fault
seal_rsa_public_verify(struct seal_span key, const uint8_t digest[SEAL_SHA256_LEN], struct seal_span signature)
{
	mbedtls_rsa_context rsa;
	enum seal_key_fault fault;

	mbedtls_rsa_init(&rsa);
	fault = read_key(key, &rsa);
	if (fault == SEAL_KEY_FINE && mbedtls_rsa_get_len(&rsa) != signature.len)
		fault = SEAL_KEY_FAILED;
	if (fault == SEAL_KEY_FINE)
		fault = seal_key_fault_of(mbedtls_rsa_pkcs1_verify(&rsa, MBEDTLS_MD_SHA256, SEAL_SHA256_LEN, digest,
		                                                   signature.ptr), SEAL_KEY_FAILED);
	mbedtls_rsa_free(&rsa);
	return fault;
}
