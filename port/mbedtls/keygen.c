/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/keygen.h"

#include "mbedtls/asn1.h"
#include "mbedtls/rsa.h"
#include "port/mbedtls/der.h"
#include "port/mbedtls/internal.h"

#define EXPONENT 65537u

/* --- primes ----------------------------------------------------------------------------- */

/* FIPS 186-5 A.1.3 step 5.4: p and q differ within their 100 highest bits. */
static bool
are_apart(const mbedtls_mpi *difference, uint32_t bits)
{
	return mbedtls_mpi_bitlen(difference) > bits / 2u - 100u;
}

/* p - 1 and the exponent, a prime, have nothing in common. */
static int
make_prime(mbedtls_mpi *p, uint32_t bits, struct seal_random *random)
{
	mbedtls_mpi_uint rest = 1;
	int failed = 0;

	while (failed == 0 && rest == 1) {
		failed = mbedtls_mpi_gen_prime(p, bits, MBEDTLS_MPI_GEN_PRIME_FLAG_LOW_ERR, seal_random_callback,
		                               random);
		if (failed == 0)
			failed = mbedtls_mpi_mod_int(&rest, p, EXPONENT);
	}
	return failed;
}

static int
make_pair(mbedtls_mpi *p, mbedtls_mpi *q, uint32_t bits, struct seal_random *random)
{
	mbedtls_mpi difference;
	int failed;

	mbedtls_mpi_init(&difference);
	do {
		failed = make_prime(p, bits / 2u, random);
		if (failed == 0)
			failed = make_prime(q, bits / 2u, random);
		if (failed == 0)
			failed = mbedtls_mpi_sub_mpi(&difference, p, q);
	} while (failed == 0 && !are_apart(&difference, bits));
	if (failed == 0 && mbedtls_mpi_cmp_mpi(p, q) < 0)
		mbedtls_mpi_swap(p, q);
	mbedtls_mpi_free(&difference);
	return failed;
}

enum seal_rsa_fault
seal_rsa_make_primes(uint32_t bits, struct seal_random *random, uint8_t *primes)
{
	const size_t len = bits / 16u;
	mbedtls_mpi p, q;
	int failed;

	if (bits < SEAL_KEY_BITS_MIN || bits > SEAL_KEY_BITS_MAX)
		return bits < SEAL_KEY_BITS_MIN ? SEAL_RSA_TOO_SMALL : SEAL_RSA_TOO_LARGE;
	mbedtls_mpi_init(&p);
	mbedtls_mpi_init(&q);
	failed = make_pair(&p, &q, bits, random);
	if (failed == 0)
		failed = mbedtls_mpi_write_binary(&p, primes, len);
	if (failed == 0)
		failed = mbedtls_mpi_write_binary(&q, primes + len, len);
	mbedtls_mpi_free(&p);
	mbedtls_mpi_free(&q);
	return seal_rsa_fault_of(failed, SEAL_RSA_FAILED);
}

/* --- the key ---------------------------------------------------------------------------- */

/* In the order of RSAPrivateKey, behind its version. */
enum number { N, E, D, P, Q, DP, DQ, QP, NUM_NUMBERS };

/* An INTEGER has a sign: a zero octet goes before a highest bit of one. */
static size_t
content_len(const mbedtls_mpi *number)
{
	return mbedtls_mpi_bitlen(number) / 8u + 1u;
}

/* There is room for it. */
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
complete(mbedtls_rsa_context *rsa, struct seal_span primes, mbedtls_mpi numbers[NUM_NUMBERS])
{
	const size_t len = primes.len / 2u;
	int failed = mbedtls_mpi_lset(&numbers[E], EXPONENT);

	if (failed == 0)
		failed = mbedtls_rsa_import_raw(rsa, NULL, 0, primes.ptr, len, primes.ptr + len, len, NULL, 0, NULL, 0);
	if (failed == 0)
		failed = mbedtls_rsa_import(rsa, NULL, NULL, NULL, NULL, &numbers[E]);
	if (failed == 0)
		failed = mbedtls_rsa_complete(rsa);
	if (failed == 0)
		failed = mbedtls_rsa_check_privkey(rsa);
	if (failed == 0)
		failed = mbedtls_rsa_export(rsa, &numbers[N], &numbers[P], &numbers[Q], &numbers[D], NULL);
	return failed != 0 ? failed : mbedtls_rsa_export_crt(rsa, &numbers[DP], &numbers[DQ], &numbers[QP]);
}

enum seal_rsa_fault
seal_rsa_from_primes(struct seal_span primes, struct seal_out *der)
{
	mbedtls_mpi numbers[NUM_NUMBERS];
	mbedtls_rsa_context rsa;
	int failed;

	mbedtls_rsa_init(&rsa);
	for (unsigned i = 0; i < NUM_NUMBERS; i++)
		mbedtls_mpi_init(&numbers[i]);
	failed = complete(&rsa, primes, numbers);
	mbedtls_rsa_free(&rsa);
	if (failed == 0)
		failed = put_key(der, numbers);
	for (unsigned i = 0; i < NUM_NUMBERS; i++)
		mbedtls_mpi_free(&numbers[i]);
	return seal_rsa_fault_of(failed, SEAL_RSA_INCONSISTENT);
}
