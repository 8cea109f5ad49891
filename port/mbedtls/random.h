/* SPDX-License-Identifier: Apache-2.0
 *
 * random.h - many random octets from few: an HMAC_DRBG (SP 800-90A) over SHA-256.
 *
 *	init -> bytes ... -> release
 *
 * The port provides the seed. If that fails, so does everything that needs randomness:
 * there is no second source and no default. Each generator is for one context at a time.
 */
#ifndef PORT_MBEDTLS_RANDOM_H
#define PORT_MBEDTLS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Octets requested at a start, in total: a port with a stored seed must hold this many for each
 * generator. */
#define SEAL_RANDOM_SEED 48u

/* Fill `out` with octets that no one can guess, different ones at each call; false: none are
 * available. Called by init, and again after some thousand uses. */
struct seal_entropy {
	bool (*get)(void *ctx, uint8_t *out, size_t len);
	void *ctx;
};

struct mbedtls_hmac_drbg_context;

struct seal_random {
	struct mbedtls_hmac_drbg_context *drbg; /* in the arena */
	struct seal_entropy entropy;
};

/* SEAL_E_KEY: no entropy, or octets that are all equal (erased flash). SEAL_E_LIMIT: the arena is
 * too small. `r` must not move until it is released. */
enum seal_status seal_random_init(struct seal_random *r, struct seal_entropy entropy);

/* SEAL_E_KEY: a new seed was due and failed; `out` is zero. No arena is used. */
enum seal_status seal_random_bytes(struct seal_random *r, uint8_t *out, size_t len);

/* Wipe it. Harmless after a failed init and when repeated. */
void seal_random_release(struct seal_random *r);

/* Has the type that Mbed TLS calls (f_rng); `random` is a struct seal_random. */
int seal_random_callback(void *random, unsigned char *out, size_t len);

#ifdef __cplusplus
}
#endif

#endif
