/* SPDX-License-Identifier: Apache-2.0
 *
 * key_store.h - private keys of every algorithm, for engine/dkim/key.h. No other folder names an algorithm.
 *
 *	arena init -> worker init -> open ... -> signing -> worker release
 *
 * A key is its text, which stays where it is (flash, a file in memory); it costs no
 * RAM. Its struct seal_key_private must neither move nor be opened again while a job of it is
 * pending or a worker holds it: first call seal_key_worker_forget.
 *
 * A worker computes: one for each signer thread, or one for a board's thread mode. It parses a
 * key into the arena when a job needs it, and holds one at a time.
 *
 * The way of a job: engine -> run -> submit, which the port provides -> seal_key_worker_do, in
 * the worker's context. At its end that sets job->progress with release order and does not touch
 * the job again; run reads it with acquire order. That flag is the way back: the port adds
 * nothing but a wake-up.
 */
#ifndef PORT_MBEDTLS_KEY_STORE_H
#define PORT_MBEDTLS_KEY_STORE_H

#include "engine/base/out.h"
#include "engine/dkim/key.h"
#include "port/mbedtls/random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is wrong with a key, or with the last job of a worker. */
enum seal_key_fault {
	SEAL_KEY_FINE,
	SEAL_KEY_NOT_A_KEY,
	SEAL_KEY_DAMAGED,
	SEAL_KEY_ENCRYPTED,
	SEAL_KEY_PUBLIC,        /* a public key or a certificate          */
	SEAL_KEY_OPENSSH,       /* a private key in OpenSSH's own format  */
	SEAL_KEY_UNKNOWN,       /* of no algorithm in the table           */
	SEAL_KEY_TOO_SMALL,     /* under SEAL_KEY_BITS_MIN                */
	SEAL_KEY_TOO_LARGE,     /* over SEAL_KEY_BITS_MAX                 */
	SEAL_KEY_BAD_EXPONENT,  /* public exponent even or 1              */
	SEAL_KEY_INCONSISTENT,  /* its numbers do not match               */
	SEAL_KEY_NO_MEMORY,     /* the arena is too small                 */
	SEAL_KEY_NO_RANDOM,     /* no entropy                             */
	SEAL_KEY_FAILED         /* computing failed, or a wrong signature */
};

/* What is wrong and what to do, NUL-ended, for "FILE: %s". */
const char *seal_key_fault_text(enum seal_key_fault fault);

/* How jobs reach a worker. */
struct seal_key_runner {
	/* Take `job`, from the engine's context, without blocking. False: no room now; it will be
	 * offered again. job->next belongs to the taker. The job may be done within this call. */
	bool (*submit)(void *ctx, struct seal_key_job *job);
	void *ctx;
};

struct seal_key_algorithm;

struct seal_key_private {
	struct seal_key key;
	const struct seal_key_algorithm *algorithm; /* NULL: not open     */
	struct seal_key_runner runner;
	struct seal_span text;      /* or its expanded form */
	uint16_t bits;
	bool is_expanded;
};

/* Read and check a private key: PEM or DER, PKCS#1 or PKCS#8, not encrypted; or its expanded form, of which
 * only the CRC is checked. `text` is lent as long as the key is used. Needs the arena until it returns.
 * Returns SEAL_KEY_FINE, or why the key cannot be used. */
enum seal_key_fault seal_key_open(struct seal_key_private *key, struct seal_span text,
                                  struct seal_key_runner runner);

/* Append the DER of a private key of any kind, read from such a text. DER has three quarters of PEM's size
 * and needs no decoding when the key is used. Needs the arena until it returns. SEAL_KEY_NO_MEMORY: `out` or
 * the arena is too small. */
enum seal_key_fault seal_key_put_der(struct seal_span text, struct seal_out *out);

/* Open a key in the form that seal_key_expand (keygen.h) computes: half the size of DER, and without parsing.
 * It is lent like a text. SEAL_KEY_DAMAGED: it has decayed. */
enum seal_key_fault seal_key_open_expanded(struct seal_key_private *key, struct seal_span expanded,
                                           struct seal_key_runner runner);

/* It was opened successfully. Only for this must a key be zeroed before it is opened. */
static inline bool
seal_key_is_open(const struct seal_key_private *key)
{
	return key->algorithm != NULL;
}

/* It can be used, but is shorter than a new key should be. */
bool seal_key_is_weak(const struct seal_key_private *key);

/* The k= tag of its record (RFC 6376 3.6.1), NUL-ended. */
const char *seal_key_type(const struct seal_key_private *key);

/* Append the public part, as the p= tag of its record has it in base64. Needs the arena until it returns.
 * SEAL_E_LIMIT: `out` or the arena is too small; SEAL_KEY_PUBLIC_MAX is enough. */
#define SEAL_KEY_PUBLIC_MAX (SEAL_SIGNATURE_MAX + 64u)
enum seal_status seal_key_public(const struct seal_key_private *key, struct seal_out *out);

/* Whether a parsed key stays in the arena until another one is needed, or is wiped after each job.
 * Wiping costs parsing and a new blinding pair each time. */
enum seal_key_keep {
	SEAL_KEY_KEEP,
	SEAL_KEY_WIPE
};

struct seal_key_worker {
	struct seal_random random;
	void *parsed;                        /* in the arena    */
	const struct seal_key_private *held; /* whose, or NULL  */
	enum seal_key_keep keep;
	enum seal_key_fault fault;           /* of the last job */
};

/* Octets of arena that one worker needs for keys of up to `bits`, slightly more than
 * tests/unit/test_key.c measures. */
#define SEAL_KEY_ARENA(bits) ((bits) / 8u * 34u + 1024u)

/* `worker` must not move until it is released. Fails with SEAL_KEY_NO_RANDOM or _NO_MEMORY. */
enum seal_key_fault seal_key_worker_init(struct seal_key_worker *worker, struct seal_entropy entropy,
                                         enum seal_key_keep keep);

/* Do one job, in this call. Blocks for as long as an operation takes. */
void seal_key_worker_do(struct seal_key_worker *worker, struct seal_key_job *job);

/* Wipe the parsed key. Call it before a key's text changes or is freed. */
void seal_key_worker_forget(struct seal_key_worker *worker);

/* Wipe everything and give it back to the arena. */
void seal_key_worker_release(struct seal_key_worker *worker);

/* A runner that computes within submit: for programs that may wait. */
struct seal_key_runner seal_key_synchronous(struct seal_key_worker *worker);

#ifdef __cplusplus
}
#endif

#endif
