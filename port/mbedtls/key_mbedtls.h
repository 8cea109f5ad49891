/* SPDX-License-Identifier: Apache-2.0
 *
 * key_mbedtls.h - RSA keys for engine/dkim/key.h.
 *
 *	arena init -> worker init -> key open ... -> signing -> worker release
 *
 * A key is its text, which stays where it is (flash, a file in memory); it costs no
 * RAM. A worker computes: one for each signer thread, or for a board's thread mode. It
 * parses a key into the arena when a job asks for it and holds one at a time.
 *
 * A job goes: engine -> run -> submit, the port's hand-over -> seal_rsa_worker_do, in
 * the worker's context. It then sets job->progress with release order and touches the
 * job no more; run reads it with acquire order. That flag is the way back: the port
 * need add nothing but a wake-up.
 */
#ifndef PORT_MBEDTLS_KEY_MBEDTLS_H
#define PORT_MBEDTLS_KEY_MBEDTLS_H

#include "engine/base/out.h"
#include "engine/dkim/key.h"
#include "port/mbedtls/random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is wrong with a key, or with the last job of a worker. */
enum seal_rsa_fault {
	SEAL_RSA_FINE,
	SEAL_RSA_NOT_A_KEY,
	SEAL_RSA_DAMAGED,
	SEAL_RSA_ENCRYPTED,
	SEAL_RSA_PUBLIC,        /* a public key or a certificate            */
	SEAL_RSA_OPENSSH,       /* a private key in OpenSSH's own format    */
	SEAL_RSA_NOT_RSA,
	SEAL_RSA_TOO_SMALL,     /* under SEAL_KEY_BITS_MIN                  */
	SEAL_RSA_TOO_LARGE,     /* over SEAL_KEY_BITS_MAX                   */
	SEAL_RSA_BAD_EXPONENT,  /* public exponent even or 1                */
	SEAL_RSA_INCONSISTENT,  /* its numbers do not belong together       */
	SEAL_RSA_NO_MEMORY,     /* the arena is too small                   */
	SEAL_RSA_NO_RANDOM,     /* no entropy                               */
	SEAL_RSA_FAILED         /* computing failed, or a wrong signature   */
};

/* What is wrong and what to do, NUL-ended, for "FILE: %s". */
const char *seal_rsa_fault_text(enum seal_rsa_fault fault);

/* How jobs reach a worker. */
struct seal_rsa_runner {
	/* Take `job`, from the engine's context, without blocking; false: no room now, it
	 * is offered again. job->next is the taker's. It may be done within this call. */
	bool (*submit)(void *ctx, struct seal_key_job *job);
	void *ctx;
};

struct seal_rsa_key {
	struct seal_key key;
	struct seal_rsa_runner runner;
	struct seal_span text;      /* or numbers */
	uint32_t bits;
	bool is_numbers;
};

/* Read and check a private key: PEM or DER, PKCS#1 or PKCS#8, not encrypted. `text` is
 * lent for as long as the key is used. Needs the arena until it returns. Answers
 * SEAL_RSA_FINE, or why the key cannot be used. */
enum seal_rsa_fault seal_rsa_key_open(struct seal_rsa_key *key, struct seal_span text,
                                      struct seal_rsa_runner runner);

/* Put the DER of a private key of any kind, out of such a text: it has three quarters of PEM's size,
 * and nothing has to be decoded when the key is used. Needs the arena until it returns.
 * SEAL_RSA_NO_MEMORY: `out` or the arena is too small. */
enum seal_rsa_fault seal_rsa_key_der(struct seal_span text, struct seal_out *out);

/* A key that was made here (keygen.h): p, q, dP, dQ and qInv (RFC 8017 3.2) in bits / 16 octets each,
 * and their CRC-32; the public exponent is 65537. It has half the size of a text, and nothing has
 * to be parsed. Lent as a text is. SEAL_RSA_DAMAGED: they have decayed. */
#define SEAL_RSA_NUMBERS(bits) ((bits) / 16u * 5u + 4u)
enum seal_rsa_fault seal_rsa_key_open_numbers(struct seal_rsa_key *key, struct seal_span numbers,
                                              struct seal_rsa_runner runner);

/* The public part as DER SubjectPublicKeyInfo (RFC 5280 4.1): in base64 it is p= of the
 * DNS record (RFC 6376 3.6.1). Needs the arena until it returns. SEAL_E_LIMIT: `out` or
 * the arena is too small; SEAL_RSA_PUBLIC_MAX will do. */
#define SEAL_RSA_PUBLIC_MAX (SEAL_SIGNATURE_MAX + 64u)
enum seal_status seal_rsa_key_public(const struct seal_rsa_key *key, struct seal_out *out);

/* Whether a parsed key stays in the arena until another one is asked for, or is wiped
 * after each job, which costs parsing and a new blinding pair each time. */
enum seal_rsa_keep {
	SEAL_RSA_KEEP,
	SEAL_RSA_WIPE
};

struct mbedtls_rsa_context;

struct seal_rsa_worker {
	struct seal_random random;
	struct mbedtls_rsa_context *parsed; /* in the arena              */
	const struct seal_rsa_key *held;    /* whose, or NULL            */
	enum seal_rsa_keep keep;
	enum seal_rsa_fault fault;          /* of the last job           */
};

/* Octets of arena that one worker needs for keys up to `bits`, a little over what
 * tests/unit/test_key.c measures. */
#define SEAL_RSA_ARENA(bits) ((bits) / 8u * 34u + 1024u)

/* `worker` must not move until it is released. SEAL_RSA_NO_RANDOM or _NO_MEMORY. */
enum seal_rsa_fault seal_rsa_worker_init(struct seal_rsa_worker *worker, struct seal_entropy entropy,
                                         enum seal_rsa_keep keep);

/* Do one job, in this call. Blocks for as long as an RSA operation takes. */
void seal_rsa_worker_do(struct seal_rsa_worker *worker, struct seal_key_job *job);

/* Wipe the parsed key: before a key's text changes or goes away. */
void seal_rsa_worker_forget(struct seal_rsa_worker *worker);

/* Wipe everything and give it back to the arena. */
void seal_rsa_worker_release(struct seal_rsa_worker *worker);

/* A runner that computes within submit: for programs that may wait. */
struct seal_rsa_runner seal_rsa_synchronous(struct seal_rsa_worker *worker);

#ifdef __cplusplus
}
#endif

#endif
