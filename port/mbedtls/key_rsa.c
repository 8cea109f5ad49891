/* SPDX-License-Identifier: Apache-2.0
 *
 * key_rsa.c - rsa-sha256 (RFC 6376 3.3.1) as a row of key_store.c.
 */
#include <string.h>

#include "engine/base/crc32.h"
#include "mbedtls/asn1.h"
#include "mbedtls/oid.h"
#include "mbedtls/pk.h"
#include "mbedtls/rsa.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/der.h"
#include "port/mbedtls/internal.h"
#include "port/mbedtls/keygen.h"

/* --- what can be seen without parsing --------------------------------------------------------- */

/* The public numbers, as the contents of their DER INTEGERs. */
struct numbers {
	struct seal_span modulus, exponent;
};

static bool
get_integer(uint8_t **p, const uint8_t *end, struct seal_span *content)
{
	size_t len;

	if (mbedtls_asn1_get_tag(p, end, &len, MBEDTLS_ASN1_INTEGER) != 0 || len == 0)
		return false;
	*content = seal_span(*p, len);
	*p += len;
	return true;
}

/* Read them from an RSAPrivateKey (RFC 8017 A.1.2). */
static bool
get_numbers(struct seal_span own, struct numbers *n)
{
	uint8_t *p = (uint8_t *)(uintptr_t)own.ptr; /* only read */
	const uint8_t *end = own.ptr + own.len;
	size_t len;
	int version;

	if (own.len == 0 ||
	    mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0)
		return false;
	end = p + len;
	return mbedtls_asn1_get_int(&p, end, &version) == 0 && get_integer(&p, end, &n->modulus) &&
	       get_integer(&p, end, &n->exponent);
}

static uint32_t
bits_of(struct seal_span number)
{
	uint32_t bits;
	uint8_t top;

	while (number.len > 0 && number.ptr[0] == 0)
		number = seal_span_from(number, 1);
	if (number.len == 0)
		return 0;
	bits = (uint32_t)(number.len - 1) * 8u;
	for (top = number.ptr[0]; top != 0; top >>= 1)
		bits++;
	return bits;
}

static enum seal_key_fault
inspect(struct seal_key_facts *facts)
{
	struct numbers n;

	if (!get_numbers(facts->own, &n))
		return SEAL_KEY_DAMAGED;
	facts->bits = bits_of(n.modulus);
	facts->signature_len = (facts->bits + 7u) / 8u;
	if (facts->bits < SEAL_KEY_BITS_MIN)
		return SEAL_KEY_TOO_SMALL;
	if (facts->bits > SEAL_KEY_BITS_MAX)
		return SEAL_KEY_TOO_LARGE;
	if (n.exponent.ptr[n.exponent.len - 1] % 2u == 0 || bits_of(n.exponent) < 2)
		return SEAL_KEY_BAD_EXPONENT;
	return SEAL_KEY_FINE;
}

/* --- texts ----------------------------------------------------------------------------- */

/* Checked again, because the text may have changed since it was opened. */
static enum seal_key_fault
parse(mbedtls_pk_context *pk, struct seal_span text)
{
	struct seal_key_der d;
	struct seal_key_facts facts;
	enum seal_key_fault fault = seal_key_der_read(&d, text);

	if (fault == SEAL_KEY_FINE)
		fault = seal_key_look(&d, &facts);
	if (fault == SEAL_KEY_FINE && facts.algorithm != &seal_key_rsa)
		fault = SEAL_KEY_DAMAGED;
	if (fault == SEAL_KEY_FINE)
		fault = seal_key_fault_of(mbedtls_pk_parse_key(pk, d.der, d.len, NULL, 0, NULL, NULL),
		                          SEAL_KEY_DAMAGED);
	seal_key_der_release(&d);
	return fault;
}

static enum seal_key_fault
check(struct seal_span text)
{
	mbedtls_pk_context pk;
	enum seal_key_fault fault;

	mbedtls_pk_init(&pk);
	fault = parse(&pk, text);
	if (fault == SEAL_KEY_FINE)
		fault = seal_key_fault_of(mbedtls_rsa_check_privkey(mbedtls_pk_rsa(pk)), SEAL_KEY_INCONSISTENT);
	mbedtls_pk_free(&pk);
	return fault;
}

/* The parsed key is allocated after the text it came from. A copy is made in the room of the text,
 * so that nothing is in the way of the signature's large blocks. */
static enum seal_key_fault
load_text(mbedtls_rsa_context *rsa, struct seal_span text)
{
	mbedtls_pk_context pk;
	enum seal_key_fault fault;

	mbedtls_pk_init(&pk);
	fault = parse(&pk, text);
	if (fault == SEAL_KEY_FINE)
		fault = seal_key_fault_of(mbedtls_rsa_copy(rsa, mbedtls_pk_rsa(pk)), SEAL_KEY_DAMAGED);
	mbedtls_pk_free(&pk);
	return fault;
}

/* --- numbers: the expanded form -------------------------------------------------------- */

static uint32_t
crc_of(const uint8_t *numbers, size_t len)
{
	return seal_crc32(0, numbers, len);
}

void
seal_rsa_seal_numbers(uint8_t *numbers, size_t len)
{
	const uint32_t crc = crc_of(numbers, len);

	memcpy(numbers + len, &crc, sizeof crc);
}

/* Octets of each of the five; 0: they have decayed, or are something else. The highest bit of the first
 * number is set, as in no PEM and no DER. */
static size_t
number_len(struct seal_span numbers)
{
	const size_t len = (numbers.len - sizeof(uint32_t)) / 5u;
	uint32_t crc;

	if (numbers.len < SEAL_KEY_EXPANDED(SEAL_KEY_BITS_MIN) || numbers.len > SEAL_KEY_EXPANDED(SEAL_KEY_BITS_MAX) ||
	    numbers.ptr[0] < 0x80)
		return 0;
	crc = crc_of(numbers.ptr, 5u * len);
	return memcmp(numbers.ptr + 5u * len, &crc, sizeof crc) == 0 ? len : 0;
}

enum seal_key_fault
seal_key_open_expanded(struct seal_key_private *key, struct seal_span expanded, struct seal_key_runner runner)
{
	const size_t len = number_len(expanded);

	if (len == 0)
		return SEAL_KEY_DAMAGED;
	*key = (struct seal_key_private){
		.key = seal_key_of(&seal_key_rsa, 2u * len),
		.algorithm = &seal_key_rsa,
		.runner = runner,
		.text = expanded,
		.bits = (uint16_t)(16u * len),
		.is_expanded = true,
	};
	return SEAL_KEY_FINE;
}

/* With two primes, no computation uses the private exponent. */
static int
load_numbers(mbedtls_rsa_context *rsa, struct seal_span numbers)
{
	const size_t len = number_len(numbers);
	mbedtls_mpi *const to[] = {
		&rsa->MBEDTLS_PRIVATE(P), &rsa->MBEDTLS_PRIVATE(Q), &rsa->MBEDTLS_PRIVATE(DP),
		&rsa->MBEDTLS_PRIVATE(DQ), &rsa->MBEDTLS_PRIVATE(QP),
	};
	int failed = len == 0 ? MBEDTLS_ERR_RSA_KEY_CHECK_FAILED : 0;

	for (unsigned i = 0; failed == 0 && i < sizeof to / sizeof to[0]; i++)
		failed = mbedtls_mpi_read_binary(to[i], numbers.ptr + i * len, len);
	if (failed == 0)
		failed = mbedtls_mpi_mul_mpi(&rsa->MBEDTLS_PRIVATE(N), to[0], to[1]);
	if (failed == 0)
		failed = mbedtls_mpi_lset(&rsa->MBEDTLS_PRIVATE(E), SEAL_RSA_EXPONENT);
	rsa->MBEDTLS_PRIVATE(len) = 2u * len;
	return failed;
}

/* --- the public part: SubjectPublicKeyInfo (RFC 5280 4.1) -------------------------------- */

static void
put_numbers(struct seal_out *out, const struct numbers *n)
{
	static const uint8_t algorithm[] = { /* rsaEncryption, NULL (RFC 3279 2.3.1) */
		0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0
	};
	const uint8_t sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
	const size_t numbers = seal_der_len(n->modulus.len) + seal_der_len(n->exponent.len);
	const size_t bits = 1 + seal_der_len(numbers);

	seal_der_put_header(out, sequence, sizeof algorithm + seal_der_len(bits));
	seal_out_span_put(out, seal_span(algorithm, sizeof algorithm));
	seal_der_put_header(out, MBEDTLS_ASN1_BIT_STRING, bits);
	seal_out_octet(out, 0); /* no unused bits */
	seal_der_put_header(out, sequence, numbers);
	seal_der_put_header(out, MBEDTLS_ASN1_INTEGER, n->modulus.len);
	seal_out_span_put(out, n->modulus);
	seal_der_put_header(out, MBEDTLS_ASN1_INTEGER, n->exponent.len);
	seal_out_span_put(out, n->exponent);
}

static bool
put_public_of_numbers(struct seal_span numbers, struct seal_out *out)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	const size_t len = 2u * number_len(numbers) + 1u; /* with a leading zero: it is positive */
	uint8_t *modulus = seal_arena_calloc(1, len);
	mbedtls_rsa_context rsa;
	bool ok;

	mbedtls_rsa_init(&rsa);
	ok = modulus != NULL && load_numbers(&rsa, numbers) == 0 &&
	     mbedtls_mpi_write_binary(&rsa.MBEDTLS_PRIVATE(N), modulus, len) == 0;
	mbedtls_rsa_free(&rsa);
	if (ok)
		put_numbers(out, &(struct numbers){ seal_span(modulus, len), seal_span(exponent, sizeof exponent) });
	seal_arena_free(modulus);
	return ok;
}

static bool
put_public_of_text(struct seal_span text, struct seal_out *out)
{
	struct seal_key_der d;
	struct seal_key_facts facts;
	struct numbers n;
	const bool ok = seal_key_der_read(&d, text) == SEAL_KEY_FINE &&
	                seal_key_look(&d, &facts) == SEAL_KEY_FINE && get_numbers(facts.own, &n);

	if (ok)
		put_numbers(out, &n);
	seal_key_der_release(&d);
	return ok;
}

static enum seal_status
put_public(const struct seal_key_private *key, struct seal_out *out)
{
	const bool ok = key->is_expanded ? put_public_of_numbers(key->text, out) : put_public_of_text(key->text, out);

	return ok && !out->overflow ? SEAL_OK : SEAL_E_LIMIT;
}

/* --- computing --------------------------------------------------------------------------- */

static enum seal_key_fault
load(void *parsed, const struct seal_key_private *key)
{
	mbedtls_rsa_init(parsed);
	return key->is_expanded ? seal_key_fault_of(load_numbers(parsed, key->text), SEAL_KEY_DAMAGED)
	                        : load_text(parsed, key->text);
}

static void
wipe(void *parsed)
{
	mbedtls_rsa_free(parsed);
}

/* The text may have decayed since it was opened, so the length is checked again. */
static int
sign_or_verify(mbedtls_rsa_context *rsa, struct seal_random *random, struct seal_key_job *job)
{
	if (mbedtls_rsa_get_len(rsa) != job->key->signature_len)
		return MBEDTLS_ERR_RSA_KEY_CHECK_FAILED;
	if (job->op == SEAL_KEY_VERIFY)
		return job->signature_len != job->key->signature_len
		       ? MBEDTLS_ERR_RSA_VERIFY_FAILED
		       : mbedtls_rsa_pkcs1_verify(rsa, MBEDTLS_MD_SHA256, sizeof job->digest,
		                                  job->digest, job->signature);
	job->signature_len = job->key->signature_len;
	return mbedtls_rsa_pkcs1_sign(rsa, seal_random_callback, random, MBEDTLS_MD_SHA256,
	                              sizeof job->digest, job->digest, job->signature);
}

static enum seal_key_fault
compute(void *parsed, struct seal_random *random, struct seal_key_job *job)
{
	return seal_key_fault_of(sign_or_verify(parsed, random, job), SEAL_KEY_FAILED);
}

const struct seal_key_algorithm seal_key_rsa = {
	.name = "rsa-sha256",
	.type = "rsa",
	.oid = { (const uint8_t *)MBEDTLS_OID_PKCS1_RSA, sizeof MBEDTLS_OID_PKCS1_RSA - 1 },
	.good_bits = SEAL_KEY_BITS_GOOD,
	.parsed_len = sizeof(mbedtls_rsa_context),
	.inspect = inspect,
	.check = check,
	.put_public = put_public,
	.load = load,
	.wipe = wipe,
	.compute = compute,
};
