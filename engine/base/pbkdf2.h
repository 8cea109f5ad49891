/* SPDX-License-Identifier: Apache-2.0
 *
 * pbkdf2.h - PBKDF2 with HMAC-SHA-256 (RFC 8018 5.2), a number of rounds at a time; the key is one
 * block of 32 octets.
 *
 *	init -> run ... -> key
 */
#ifndef SEAL_BASE_PBKDF2_H
#define SEAL_BASE_PBKDF2_H

#include "engine/base/sha256.h"
#include "engine/base/span.h"

struct seal_pbkdf2 {
	uint32_t inner[8], outer[8];    /* HMAC's states after its padded key   */
	uint32_t rounds_left;
	uint8_t u[SEAL_SHA256_LEN];
	uint8_t key[SEAL_SHA256_LEN];
};

/* Do the first round; `rounds`, at least 1, is how many there are in all. `password` and `salt` are
 * read before return. */
void seal_pbkdf2_init(struct seal_pbkdf2 *p, struct seal_span password, struct seal_span salt,
                      uint32_t rounds);

/* Do at most `rounds` more. Returns true when all are done and p->key is the key. */
bool seal_pbkdf2_run(struct seal_pbkdf2 *p, uint32_t rounds);

#endif
