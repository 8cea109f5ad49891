/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/key_store.h"

#include <string.h>

#include "mbedtls/asn1.h"
#include "mbedtls/hmac_drbg.h"
#include "mbedtls/pk.h"
#include "mbedtls/rsa.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/internal.h"

static const struct seal_key_algorithm *const algorithms[] = {
	&seal_key_rsa,
};

#define NUM_ALGORITHMS (sizeof algorithms / sizeof algorithms[0])

/* Values of seal_key_job.progress; the engine sets 0 before the first run. */
enum progress {
	FRESH,
	SUBMITTED,
	DONE,
	FAILED
};

/* --- faults --------------------------------------------------------------------------- */

const char *
seal_key_fault_text(enum seal_key_fault fault)
{
	static const char *const texts[] = {
		[SEAL_KEY_FINE] = "nothing is wrong",
		[SEAL_KEY_NOT_A_KEY] = "not a private key; expected PEM (-----BEGIN PRIVATE KEY-----) or DER",
		[SEAL_KEY_DAMAGED] = "the key is damaged or truncated; copy it again from its source",
		[SEAL_KEY_ENCRYPTED] = "the key is encrypted; decrypt it with: openssl pkey -in OLD -out NEW",
		[SEAL_KEY_PUBLIC] = "a public key or certificate, not a private key",
		[SEAL_KEY_OPENSSH] = "an OpenSSH key; convert a copy with: ssh-keygen -p -m PKCS8 -f FILE",
		[SEAL_KEY_UNKNOWN] = "not an RSA key; make one with: mailseal key new",
		[SEAL_KEY_TOO_SMALL] = "under 1024 bits, which verifiers ignore (RFC 8301); make a key of 2048",
		[SEAL_KEY_TOO_LARGE] = "over 4096 bits, which verifiers need not accept; make a key of 2048",
		[SEAL_KEY_BAD_EXPONENT] = "the public exponent is even or 1; make a new key",
		[SEAL_KEY_INCONSISTENT] = "the key's numbers do not match; copy it again from its source",
		[SEAL_KEY_NO_MEMORY] = "no memory left for this key; make the arena larger",
		[SEAL_KEY_NO_RANDOM] = "no randomness available; check the seed",
		[SEAL_KEY_FAILED] = "the key computed a wrong signature",
	};

	return texts[fault];
}

/* An error of Mbed TLS is the sum of a high-level and a low-level one. */
enum seal_key_fault
seal_key_fault_of(int error, enum seal_key_fault otherwise)
{
	const int low = error % 0x80;
	const int high = error - low;

	if (error == 0)
		return SEAL_KEY_FINE;
	if (low == MBEDTLS_ERR_MPI_ALLOC_FAILED || low == MBEDTLS_ERR_ASN1_ALLOC_FAILED ||
	    high == MBEDTLS_ERR_PK_ALLOC_FAILED)
		return SEAL_KEY_NO_MEMORY;
	if (low == MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED || high == MBEDTLS_ERR_RSA_RNG_FAILED)
		return SEAL_KEY_NO_RANDOM;
	return otherwise;
}

/* --- what the engine needs from a key ---------------------------------------------------- */

/* When run reads this with acquire order, it sees all that do wrote before. */
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
	const struct seal_key_private *own = (const struct seal_key_private *)key;

	if (get_progress(job) == FRESH) {
		job->key = key;
		set_progress(job, SUBMITTED);
		if (!own->runner.submit(own->runner.ctx, job))
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

struct seal_key
seal_key_of(const struct seal_key_algorithm *algorithm, size_t signature_len)
{
	static const struct seal_key_ops ops = { run };

	return (struct seal_key){ &ops, algorithm->name, signature_len };
}

/* --- opening -------------------------------------------------------------------------- */

enum seal_key_fault
seal_key_look(const struct seal_key_der *d, struct seal_key_facts *facts)
{
	struct seal_span oid;
	const enum seal_key_fault fault = seal_key_der_split(d, &oid, &facts->own);

	for (size_t i = 0; fault == SEAL_KEY_FINE && i < NUM_ALGORITHMS; i++) {
		facts->algorithm = algorithms[i];
		if (seal_span_equal(oid, facts->algorithm->oid))
			return facts->algorithm->inspect(facts);
	}
	return fault == SEAL_KEY_FINE ? SEAL_KEY_UNKNOWN : fault;
}

enum seal_key_fault
seal_key_open(struct seal_key_private *key, struct seal_span text, struct seal_key_runner runner)
{
	struct seal_key_der d;
	struct seal_key_facts facts;
	enum seal_key_fault fault;

	if (seal_key_open_expanded(key, text, runner) == SEAL_KEY_FINE)
		return SEAL_KEY_FINE;
	fault = seal_key_der_read(&d, text);
	if (fault == SEAL_KEY_FINE)
		fault = seal_key_look(&d, &facts);
	seal_key_der_release(&d);
	if (fault == SEAL_KEY_FINE)
		fault = facts.algorithm->check(text);
	if (fault == SEAL_KEY_FINE)
		*key = (struct seal_key_private){
			.key = seal_key_of(facts.algorithm, facts.signature_len),
			.algorithm = facts.algorithm,
			.runner = runner,
			.text = text,
			.bits = (uint16_t)facts.bits,
		};
	return fault;
}

bool
seal_key_is_weak(const struct seal_key_private *key)
{
	return key->bits < key->algorithm->good_bits;
}

const char *
seal_key_type(const struct seal_key_private *key)
{
	return key->algorithm->type;
}

enum seal_status
seal_key_public(const struct seal_key_private *key, struct seal_out *out)
{
	return key->algorithm->put_public(key, out);
}

/* --- computing ------------------------------------------------------------------------ */

/* Room for a parsed key of any algorithm. */
static size_t
parsed_max(void)
{
	size_t len = 0;

	for (size_t i = 0; i < NUM_ALGORITHMS; i++)
		if (algorithms[i]->parsed_len > len)
			len = algorithms[i]->parsed_len;
	return len;
}

enum seal_key_fault
seal_key_worker_init(struct seal_key_worker *worker, struct seal_entropy entropy, enum seal_key_keep keep)
{
	enum seal_status status;

	*worker = (struct seal_key_worker){ .keep = keep };
	status = seal_random_init(&worker->random, entropy);
	if (status != SEAL_OK)
		return status == SEAL_E_LIMIT ? SEAL_KEY_NO_MEMORY : SEAL_KEY_NO_RANDOM;
	worker->parsed = seal_arena_calloc(1, parsed_max());
	if (worker->parsed != NULL)
		return SEAL_KEY_FINE;
	seal_random_release(&worker->random);
	return SEAL_KEY_NO_MEMORY;
}

void
seal_key_worker_forget(struct seal_key_worker *worker)
{
	if (worker->held != NULL)
		worker->held->algorithm->wipe(worker->parsed);
	worker->held = NULL;
}

void
seal_key_worker_release(struct seal_key_worker *worker)
{
	seal_key_worker_forget(worker);
	seal_arena_free(worker->parsed);
	worker->parsed = NULL;
	seal_random_release(&worker->random);
}

/* A key that was loaded in part is held too, until it is forgotten. */
static enum seal_key_fault
hold(struct seal_key_worker *worker, const struct seal_key_private *key)
{
	if (worker->held == key)
		return SEAL_KEY_FINE;
	seal_key_worker_forget(worker);
	worker->held = key;
	return key->algorithm->load(worker->parsed, key);
}

void
seal_key_worker_do(struct seal_key_worker *worker, struct seal_key_job *job)
{
	const struct seal_key_private *key = (const struct seal_key_private *)job->key;

	worker->fault = hold(worker, key);
	if (worker->fault == SEAL_KEY_FINE)
		worker->fault = key->algorithm->compute(worker->parsed, &worker->random, job);
	/* After a fault the parsed key is suspect too. */
	if (worker->fault != SEAL_KEY_FINE || worker->keep == SEAL_KEY_WIPE)
		seal_key_worker_forget(worker);
	if (worker->fault != SEAL_KEY_FINE && job->op == SEAL_KEY_SIGN) {
		memset(job->signature, 0, sizeof job->signature);
		job->signature_len = 0;
	}
	set_progress(job, worker->fault == SEAL_KEY_FINE ? DONE : FAILED);
}

static bool
do_now(void *ctx, struct seal_key_job *job)
{
	seal_key_worker_do(ctx, job);
	return true;
}

struct seal_key_runner
seal_key_synchronous(struct seal_key_worker *worker)
{
	return (struct seal_key_runner){ do_now, worker };
}
