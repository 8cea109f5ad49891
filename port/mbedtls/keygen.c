/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/keygen.h"

#include "mbedtls/asn1write.h"
#include "mbedtls/oid.h"
#include "mbedtls/pem.h"
#include "mbedtls/pk.h"
#include "mbedtls/rsa.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/internal.h"

#define DER_MAX 2560u

/* Put the PKCS#8 structure around the PKCS#1 structure that ends at `end` and starts at
 * *p. Answers the length, or an error below zero. */
static int
wrap_pkcs8(unsigned char *start, unsigned char **p, size_t len)
{
	int n = mbedtls_asn1_write_len(p, start, len);

	if (n >= 0)
		len += (size_t)n;
	if (n >= 0 && (n = mbedtls_asn1_write_tag(p, start, MBEDTLS_ASN1_OCTET_STRING)) >= 0)
		len += (size_t)n;
	if (n >= 0 && (n = mbedtls_asn1_write_algorithm_identifier(p, start, MBEDTLS_OID_PKCS1_RSA,
	                       MBEDTLS_OID_SIZE(MBEDTLS_OID_PKCS1_RSA), 0)) >= 0)
		len += (size_t)n;
	if (n >= 0 && (n = mbedtls_asn1_write_int(p, start, 0)) >= 0)
		len += (size_t)n;
	if (n >= 0 && (n = mbedtls_asn1_write_len(p, start, len)) >= 0)
		len += (size_t)n;
	if (n >= 0 && (n = mbedtls_asn1_write_tag(p, start, MBEDTLS_ASN1_CONSTRUCTED |
	                       MBEDTLS_ASN1_SEQUENCE)) >= 0)
		len += (size_t)n;
	return n < 0 ? n : (int)len;
}

static int
put_pem(mbedtls_pk_context *pk, struct seal_out *pem)
{
	unsigned char *der = seal_arena_calloc(1, DER_MAX);
	unsigned char *p = der == NULL ? NULL : der + DER_MAX;
	size_t written = 0;
	int n = MBEDTLS_ERR_PK_ALLOC_FAILED;

	if (der != NULL)
		n = mbedtls_pk_write_key_der(pk, der, DER_MAX);
	if (n > 0) {
		p -= n;
		n = wrap_pkcs8(der, &p, (size_t)n);
	}
	if (n > 0)
		n = mbedtls_pem_write_buffer("-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n",
		                             p, (size_t)n, pem->ptr + pem->len, pem->cap - pem->len,
		                             &written);
	if (n == 0)
		pem->len += written - 1; /* it counts a NUL */
	seal_arena_free(der);
	return n;
}

enum seal_rsa_fault
seal_rsa_generate(unsigned bits, struct seal_random *random, struct seal_out *pem)
{
	mbedtls_pk_context pk;
	int failed;

	if (bits < SEAL_KEY_BITS_MIN || bits > SEAL_KEY_BITS_MAX)
		return bits < SEAL_KEY_BITS_MIN ? SEAL_RSA_TOO_SMALL : SEAL_RSA_TOO_LARGE;
	mbedtls_pk_init(&pk);
	failed = mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
	if (failed == 0)
		failed = mbedtls_rsa_gen_key(mbedtls_pk_rsa(pk), seal_random_callback, random, bits, 65537);
	if (failed == 0)
		failed = put_pem(&pk, pem);
	mbedtls_pk_free(&pk);
	return seal_rsa_fault_of(failed, SEAL_RSA_FAILED);
}
