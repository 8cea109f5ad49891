/* SPDX-License-Identifier: Apache-2.0
 *
 * key.h - what the signer needs from a private key. Implemented in port/, faked in
 * tests/.
 *
 * A private operation takes up to seconds on a microcontroller, so it is a job: the
 * caller owns the job, gives it to the key and calls again until the result is not
 * SEAL_PENDING. While it is pending, the job belongs to the key and must neither move
 * nor change. Several jobs of one key may be pending at once. The engine calls `run`
 * within seal_sign_run only, in the context of its caller.
 *
 * Every implementation has both operations: a signature is sent only if VERIFY, which
 * uses the public key, accepts it. Otherwise one wrong bit in a computation could reveal
 * the private key.
 */
#ifndef SEAL_DKIM_KEY_H
#define SEAL_DKIM_KEY_H

#include "engine/base/bounds.h"
#include "engine/base/sha256.h"
#include "engine/base/status.h"

struct seal_key;

enum seal_key_op {
	/* digest -> signature, signature_len. rsa-sha256: the key pads, with EMSA-PKCS1-v1_5
	 * and SHA-256's DigestInfo around the digest (RFC 8017 9.2). */
	SEAL_KEY_SIGN,
	SEAL_KEY_VERIFY  /* digest, signature -> SEAL_OK or E_KEY    */
};

struct seal_key_job {
	enum seal_key_op op;
	uint8_t digest[SEAL_SHA256_LEN];
	uint8_t signature[SEAL_SIGNATURE_MAX];
	size_t signature_len;
	/* Only for the key; zero it before the first run of an operation. A port whose
	 * worker runs in another context keeps its hand-over flag here. */
	volatile uint32_t progress;
	struct seal_key *key;
	struct seal_key_job *next;
};

struct seal_key_ops {
	/* Advance `job`. SEAL_PENDING: call again. SEAL_OK: done. SEAL_E_KEY: the key
	 * failed, or the signature is not this key's. The key never reveals its octets. */
	enum seal_status (*run)(struct seal_key *key, struct seal_key_job *job);
};

/* First member of every implementation's own structure. */
struct seal_key {
	const struct seal_key_ops *ops;
	const char *algorithm;  /* a= value, "rsa-sha256" (RFC 6376 3.3), NUL-ended  */
	size_t signature_len;   /* octets of each signature that it makes            */
};

#endif
