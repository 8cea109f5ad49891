/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256.h - SHA-256 (FIPS 180-4), streaming.
 *
 *	init -> update ... -> final
 *
 * Whole blocks are hashed where they lie; only a partial block is copied. A copy
 * of the structure is a checkpoint. The state holds message octets until final.
 */
#ifndef SEAL_BASE_SHA256_H
#define SEAL_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_SHA256_LEN   32u
#define SEAL_SHA256_BLOCK 64u

struct seal_sha256 {
	uint32_t state[8];
	uint64_t total; /* octets so far; FIPS 180-4 allows 2^61 - 1 */
	uint8_t block[SEAL_SHA256_BLOCK];
};

/* Start; hash `len` octets, in any cut; write the digest and wipe the state. */
void seal_sha256_init(struct seal_sha256 *h);
void seal_sha256_update(struct seal_sha256 *h, const uint8_t *data, size_t len);
void seal_sha256_final(struct seal_sha256 *h, uint8_t digest[SEAL_SHA256_LEN]);

/* The compression function over `num_blocks` whole blocks, at any alignment. sha256_default.c calls
 * the portable one; a port with a faster one links its own file instead. */
void seal_sha256_blocks(uint32_t state[8], const uint8_t *data, size_t num_blocks);
void seal_sha256_blocks_portable(uint32_t state[8], const uint8_t *data, size_t num_blocks);

/* The round constants (FIPS 180-4 4.2.2), for kernels. */
extern const uint32_t seal_sha256_k[64];

#endif
