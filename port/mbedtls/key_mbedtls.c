/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/key_mbedtls.h"

#include <string.h>

#include "engine/base/crc32.h"
#include "mbedtls/asn1.h"
#include "mbedtls/hmac_drbg.h"
#include "mbedtls/pk.h"
#include "mbedtls/rsa.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/der.h"
#include "port/mbedtls/internal.h"

/* Values of seal_key_job.progress; 0 is what the engine sets before the first run. */
enum progress {
	FRESH,
	SUBMITTED,
	DONE,
	FAILED
};

const char *
seal_rsa_fault_text(enum seal_rsa_fault fault)
{
	static const char *const texts[] = {
		[SEAL_RSA_FINE] = "nothing is wrong",
		[SEAL_RSA_NOT_A_KEY] = "not a private key; expected PEM (-----BEGIN PRIVATE KEY-----) or DER",
		[SEAL_RSA_DAMAGED] = "the key is damaged or cut short; copy it again from its source",
		[SEAL_RSA_ENCRYPTED] = "the key is encrypted; decrypt it with: openssl pkey -in OLD -out NEW",
		[SEAL_RSA_PUBLIC] = "a public key or certificate, not a private key",
		[SEAL_RSA_OPENSSH] = "an OpenSSH key; convert a copy with: ssh-keygen -p -m PKCS8 -f FILE",
		[SEAL_RSA_NOT_RSA] = "not an RSA key; make one with: mailseal key new",
		[SEAL_RSA_TOO_SMALL] = "under 1024 bits, which verifiers ignore (RFC 8301); make a key of 2048",
		[SEAL_RSA_TOO_LARGE] = "over 4096 bits, which verifiers need not accept; make a key of 2048",
		[SEAL_RSA_BAD_EXPONENT] = "the public exponent is even or 1; make a new key",
		[SEAL_RSA_INCONSISTENT] = "the key's numbers do not belong together; copy it again from its source",
		[SEAL_RSA_NO_MEMORY] = "no memory left for this key; make the arena larger",
		[SEAL_RSA_NO_RANDOM] = "no randomness to be had; check the seed",
		[SEAL_RSA_FAILED] = "the key computed a wrong signature",
	};

	return texts[fault];
}

/* An error of Mbed TLS is the sum of a high-level and a low-level one. */
enum seal_rsa_fault
seal_rsa_fault_of(int error, enum seal_rsa_fault otherwise)
{
	const int low = error % 0x80;
	const int high = error - low;

	if (error == 0)
		return SEAL_RSA_FINE;
	if (low == MBEDTLS_ERR_MPI_ALLOC_FAILED || low == MBEDTLS_ERR_ASN1_ALLOC_FAILED ||
	    high == MBEDTLS_ERR_PK_ALLOC_FAILED)
		return SEAL_RSA_NO_MEMORY;
	if (low == MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED || high == MBEDTLS_ERR_RSA_RNG_FAILED)
		return SEAL_RSA_NO_RANDOM;
	return otherwise;
}

static enum seal_rsa_fault
parse(mbedtls_pk_context *pk, struct seal_span text, struct seal_key_numbers *n)
{
	struct seal_key_der d;
	enum seal_rsa_fault fault = seal_key_der_read(&d, text);

	if (fault == SEAL_RSA_FINE)
		fault = seal_key_der_inspect(&d, n);
	if (fault == SEAL_RSA_FINE)
		fault = seal_rsa_fault_of(mbedtls_pk_parse_key(pk, d.der, d.len, NULL, 0, NULL, NULL),
		                 SEAL_RSA_DAMAGED);
	seal_key_der_release(&d);
	return fault;
}

/* What run reads with acquire order is what do wrote before this. */
static void
set_progress(struct seal_key_job *job, enum progress progress)
{
	__atomic_store_n(&job->progress, (uint32_t)progress, __ATOMIC_RELEASE);
}

static enum progress
get_progress(const struct seal_key_job *job)
{
	return (enum progress)__atomic_load_n(&job->progress, __ATOMIC_ACQUIRE);
}

static enum seal_status
run(struct seal_key *key, struct seal_key_job *job)
{
	const struct seal_rsa_key *rsa = (const struct seal_rsa_key *)key;

	if (get_progress(job) == FRESH) {
		job->key = key;
		set_progress(job, SUBMITTED);
		if (!rsa->runner.submit(rsa->runner.ctx, job))
			set_progress(job, FRESH);
	}
	switch (get_progress(job)) {
	case DONE:
		return SEAL_OK;
	case FAILED:
		return SEAL_E_KEY;
	case FRESH:
	case SUBMITTED:
		break;
	}
	return SEAL_PENDING;
}

static const struct seal_key_ops ops = { run };

enum seal_rsa_fault
seal_rsa_key_open(struct seal_rsa_key *key, struct seal_span text, struct seal_rsa_runner runner)
{
	mbedtls_pk_context pk;
	struct seal_key_numbers n;
	enum seal_rsa_fault fault;

	mbedtls_pk_init(&pk);
	fault = parse(&pk, text, &n);
	if (fault == SEAL_RSA_FINE)
		fault = seal_rsa_fault_of(mbedtls_rsa_check_privkey(mbedtls_pk_rsa(pk)), SEAL_RSA_INCONSISTENT);
	mbedtls_pk_free(&pk);
	if (fault == SEAL_RSA_FINE)
		*key = (struct seal_rsa_key){
			.key = { &ops, "rsa-sha256", (n.bits + 7u) / 8u },
			.runner = runner,
			.text = text,
			.bits = n.bits,
		};
	return fault;
}

/* --- numbers ------------------------------------------------------------------------- */

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

/* Octets of each of the five; 0: they have decayed. */
static size_t
number_len(struct seal_span numbers)
{
	const size_t len = (numbers.len - sizeof(uint32_t)) / 5u;
	const uint32_t crc = crc_of(numbers.ptr, 5u * len);

	return memcmp(numbers.ptr + 5u * len, &crc, sizeof crc) == 0 ? len : 0;
}

enum seal_rsa_fault
seal_rsa_key_open_numbers(struct seal_rsa_key *key, struct seal_span numbers, struct seal_rsa_runner runner)
{
	const size_t len = number_len(numbers);

	if (len == 0)
		return SEAL_RSA_DAMAGED;
	*key = (struct seal_rsa_key){
		.key = { &ops, "rsa-sha256", 2u * len },
		.runner = runner,
		.text = numbers,
		.bits = (uint32_t)(16u * len),
		.is_numbers = true,
	};
	return SEAL_RSA_FINE;
}

/* The exponent of a private key is in none of its computations with two primes. */
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

/* --- the public part ------------------------------------------------------------------ */

static void
put_public(struct seal_out *out, const struct seal_key_numbers *n)
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

static enum seal_status
put_public_of_numbers(struct seal_span numbers, struct seal_out *out)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	const size_t len = 2u * number_len(numbers) + 1u; /* with a zero in front: it is positive */
	uint8_t *modulus = seal_arena_calloc(1, len);
	mbedtls_rsa_context rsa;
	bool ok;

	mbedtls_rsa_init(&rsa);
	ok = modulus != NULL && load_numbers(&rsa, numbers) == 0 &&
	     mbedtls_mpi_write_binary(&rsa.MBEDTLS_PRIVATE(N), modulus, len) == 0;
	mbedtls_rsa_free(&rsa);
	if (ok)
		put_public(out, &(struct seal_key_numbers){
			.modulus = seal_span(modulus, len), .exponent = seal_span(exponent, sizeof exponent) });
	seal_arena_free(modulus);
	return ok && !out->overflow ? SEAL_OK : SEAL_E_LIMIT;
}

enum seal_status
seal_rsa_key_public(const struct seal_rsa_key *key, struct seal_out *out)
{
	struct seal_key_der d;
	struct seal_key_numbers n;
	bool ok;

	if (key->is_numbers)
		return put_public_of_numbers(key->text, out);
	ok = seal_key_der_read(&d, key->text) == SEAL_RSA_FINE;
	if (ok && seal_key_der_inspect(&d, &n) == SEAL_RSA_FINE)
		put_public(out, &n);
	else
		ok = false;
	seal_key_der_release(&d);
	return ok && !out->overflow ? SEAL_OK : SEAL_E_LIMIT;
}

enum seal_rsa_fault
seal_rsa_worker_init(struct seal_rsa_worker *worker, struct seal_entropy entropy,
                     enum seal_rsa_keep keep)
{
	enum seal_status status;

	*worker = (struct seal_rsa_worker){ .keep = keep };
	status = seal_random_init(&worker->random, entropy);
	if (status != SEAL_OK)
		return status == SEAL_E_LIMIT ? SEAL_RSA_NO_MEMORY : SEAL_RSA_NO_RANDOM;
	worker->parsed = seal_arena_calloc(1, sizeof *worker->parsed);
	if (worker->parsed != NULL) {
		mbedtls_rsa_init(worker->parsed);
		return SEAL_RSA_FINE;
	}
	seal_random_release(&worker->random);
	return SEAL_RSA_NO_MEMORY;
}

void
seal_rsa_worker_forget(struct seal_rsa_worker *worker)
{
	if (worker->parsed == NULL)
		return;
	mbedtls_rsa_free(worker->parsed);
	mbedtls_rsa_init(worker->parsed);
	worker->held = NULL;
}

void
seal_rsa_worker_release(struct seal_rsa_worker *worker)
{
	seal_rsa_worker_forget(worker);
	seal_arena_free(worker->parsed);
	worker->parsed = NULL;
	seal_random_release(&worker->random);
}

/* What was parsed lies behind the text it came from. A copy settles in the room of the
 * text, so that nothing lies in the way of the signature's large blocks. */
static enum seal_rsa_fault
load_text(struct seal_rsa_worker *worker, struct seal_span text)
{
	mbedtls_pk_context pk;
	struct seal_key_numbers n;
	enum seal_rsa_fault fault;

	mbedtls_pk_init(&pk);
	fault = parse(&pk, text, &n);
	if (fault == SEAL_RSA_FINE)
		fault = seal_rsa_fault_of(mbedtls_rsa_copy(worker->parsed, mbedtls_pk_rsa(pk)), SEAL_RSA_DAMAGED);
	mbedtls_pk_free(&pk);
	return fault;
}

static enum seal_rsa_fault
hold(struct seal_rsa_worker *worker, const struct seal_rsa_key *key)
{
	enum seal_rsa_fault fault;

	if (worker->held == key)
		return SEAL_RSA_FINE;
	seal_rsa_worker_forget(worker);
	if (key->is_numbers)
		fault = seal_rsa_fault_of(load_numbers(worker->parsed, key->text), SEAL_RSA_DAMAGED);
	else
		fault = load_text(worker, key->text);
	if (fault == SEAL_RSA_FINE)
		worker->held = key;
	return fault;
}

/* The text may have decayed since it was opened: the length is looked at again. */
static int
compute(struct seal_rsa_worker *worker, struct seal_key_job *job)
{
	mbedtls_rsa_context *rsa = worker->parsed;

	if (mbedtls_rsa_get_len(rsa) != job->key->signature_len)
		return MBEDTLS_ERR_RSA_KEY_CHECK_FAILED;
	if (job->op == SEAL_KEY_VERIFY)
		return job->signature_len != job->key->signature_len
		       ? MBEDTLS_ERR_RSA_VERIFY_FAILED
		       : mbedtls_rsa_pkcs1_verify(rsa, MBEDTLS_MD_SHA256, sizeof job->digest,
		                                  job->digest, job->signature);
	job->signature_len = job->key->signature_len;
	return mbedtls_rsa_pkcs1_sign(rsa, seal_random_callback, &worker->random, MBEDTLS_MD_SHA256,
	                              sizeof job->digest, job->digest, job->signature);
}

void
seal_rsa_worker_do(struct seal_rsa_worker *worker, struct seal_key_job *job)
{
	worker->fault = hold(worker, (const struct seal_rsa_key *)job->key);
	if (worker->fault == SEAL_RSA_FINE)
		worker->fault = seal_rsa_fault_of(compute(worker, job), SEAL_RSA_FAILED);
	/* After a fault what was parsed is suspect too. */
	if (worker->fault != SEAL_RSA_FINE || worker->keep == SEAL_RSA_WIPE)
		seal_rsa_worker_forget(worker);
	if (worker->fault != SEAL_RSA_FINE && job->op == SEAL_KEY_SIGN) {
		memset(job->signature, 0, sizeof job->signature);
		job->signature_len = 0;
	}
	set_progress(job, worker->fault == SEAL_RSA_FINE ? DONE : FAILED);
}

static bool
do_now(void *ctx, struct seal_key_job *job)
{
	seal_rsa_worker_do(ctx, job);
	return true;
}

struct seal_rsa_runner
seal_rsa_synchronous(struct seal_rsa_worker *worker)
{
	return (struct seal_rsa_runner){ do_now, worker };
}
