/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/keygen.h"

#include <string.h>

#include "mbedtls/rsa.h"
#include "port/mbedtls/internal.h"

/* --- primes ----------------------------------------------------------------------------- */

/* FIPS 186-5 A.1.3 step 5.4: p and q differ in their 100 highest bits. */
static bool
are_apart(const mbedtls_mpi *difference, uint32_t bits)
{
	return mbedtls_mpi_bitlen(difference) > bits / 2u - 100u;
}

/* p - 1 and the exponent, which is prime, have no common factor. */
static int
make_prime(mbedtls_mpi *p, uint32_t bits, struct seal_random *random)
{
	mbedtls_mpi_uint rest = 1;
	int failed = 0;

	while (failed == 0 && rest == 1) {
		failed = mbedtls_mpi_gen_prime(p, bits, MBEDTLS_MPI_GEN_PRIME_FLAG_LOW_ERR, seal_random_callback,
		                               random);
		if (failed == 0)
			failed = mbedtls_mpi_mod_int(&rest, p, SEAL_RSA_EXPONENT);
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

enum seal_key_fault
seal_key_make(uint32_t bits, struct seal_random *random, uint8_t *primes)
{
	const size_t len = bits / 16u;
	mbedtls_mpi p, q;
	int failed;

	if (bits < SEAL_KEY_BITS_MIN || bits > SEAL_KEY_BITS_MAX)
		return bits < SEAL_KEY_BITS_MIN ? SEAL_KEY_TOO_SMALL : SEAL_KEY_TOO_LARGE;
	mbedtls_mpi_init(&p);
	mbedtls_mpi_init(&q);
	failed = make_pair(&p, &q, bits, random);
	if (failed == 0)
		failed = mbedtls_mpi_write_binary(&p, primes, len);
	if (failed == 0)
		failed = mbedtls_mpi_write_binary(&q, primes + len, len);
	mbedtls_mpi_free(&p);
	mbedtls_mpi_free(&q);
	return seal_key_fault_of(failed, SEAL_KEY_FAILED);
}

/* --- the key ---------------------------------------------------------------------------- */

int
seal_rsa_complete(struct mbedtls_rsa_context *rsa, struct seal_span primes)
{
	const size_t len = primes.len / 2u;
	mbedtls_mpi exponent;
	int failed;

	mbedtls_mpi_init(&exponent);
	failed = mbedtls_mpi_lset(&exponent, SEAL_RSA_EXPONENT);
	if (failed == 0)
		failed = mbedtls_rsa_import_raw(rsa, NULL, 0, primes.ptr, len, primes.ptr + len, len, NULL, 0, NULL, 0);
	if (failed == 0)
		failed = mbedtls_rsa_import(rsa, NULL, NULL, NULL, NULL, &exponent);
	if (failed == 0)
		failed = mbedtls_rsa_complete(rsa);
	mbedtls_mpi_free(&exponent);
	return failed != 0 ? failed : mbedtls_rsa_check_privkey(rsa);
}

static int
put_exponents(mbedtls_rsa_context *rsa, uint8_t *numbers, size_t len)
{
	mbedtls_mpi n[3];
	int failed;

	for (unsigned i = 0; i < 3; i++)
		mbedtls_mpi_init(&n[i]);
	failed = mbedtls_rsa_export_crt(rsa, &n[0], &n[1], &n[2]);
	for (unsigned i = 0; i < 3; i++) {
		if (failed == 0)
			failed = mbedtls_mpi_write_binary(&n[i], numbers + i * len, len);
		mbedtls_mpi_free(&n[i]);
	}
	return failed;
}

enum seal_key_fault
seal_key_expand(struct seal_span primes, uint8_t *numbers)
{
	const size_t len = primes.len / 2u;
	mbedtls_rsa_context rsa;
	int failed;

	mbedtls_rsa_init(&rsa);
	failed = seal_rsa_complete(&rsa, primes);
	if (failed == 0)
		failed = put_exponents(&rsa, numbers + 2u * len, len);
	mbedtls_rsa_free(&rsa);
	memcpy(numbers, primes.ptr, 2u * len);
	seal_rsa_seal_numbers(numbers, 5u * len);
	return seal_key_fault_of(failed, SEAL_KEY_INCONSISTENT);
}
