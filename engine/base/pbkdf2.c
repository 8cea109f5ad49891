/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/pbkdf2.h"

#include <string.h>

#include "engine/base/ct.h"

#define IPAD 0x36u
#define OPAD 0x5cu

static void
put_state(uint8_t out[SEAL_SHA256_LEN], const uint32_t state[8])
{
	for (size_t i = 0; i < SEAL_SHA256_LEN; i++)
		out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* The hash state after a key's block (RFC 2104 2 (2) and (5)). */
static void
absorb_key(uint32_t state[8], const uint8_t key[SEAL_SHA256_BLOCK], uint8_t pad)
{
	uint8_t block[SEAL_SHA256_BLOCK];
	struct seal_sha256 initial;

	seal_sha256_init(&initial);
	memcpy(state, initial.state, sizeof initial.state);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = key[i] ^ pad;
	seal_sha256_blocks(state, block, 1);
	seal_wipe(block, sizeof block);
}

/* A key longer than one block is hashed first (RFC 2104 2). */
static void
set_key(struct seal_pbkdf2 *p, struct seal_span password)
{
	uint8_t key[SEAL_SHA256_BLOCK] = { 0 };
	struct seal_sha256 hash;

	if (password.len > sizeof key) {
		seal_sha256_init(&hash);
		seal_sha256_update(&hash, password.ptr, password.len);
		seal_sha256_final(&hash, key);
	} else if (password.len > 0) {
		memcpy(key, password.ptr, password.len);
	}
	absorb_key(p->inner, key, IPAD);
	absorb_key(p->outer, key, OPAD);
	seal_wipe(key, sizeof key);
}

/* `block` begins with a digest. Pad it as the second block after one block of key (FIPS 180-4
 * 5.1.1): then each hash of a round is one compression. */
static void
pad_digest(uint8_t block[SEAL_SHA256_BLOCK])
{
	const uint32_t bits = 8u * (SEAL_SHA256_BLOCK + SEAL_SHA256_LEN);

	memset(block + SEAL_SHA256_LEN, 0, SEAL_SHA256_BLOCK - SEAL_SHA256_LEN);
	block[SEAL_SHA256_LEN] = 0x80;
	block[SEAL_SHA256_BLOCK - 2] = (uint8_t)(bits >> 8);
	block[SEAL_SHA256_BLOCK - 1] = (uint8_t)bits;
}

static void
hash_digest(const uint32_t keyed[8], uint8_t block[SEAL_SHA256_BLOCK])
{
	uint32_t state[8];

	memcpy(state, keyed, sizeof state);
	seal_sha256_blocks(state, block, 1);
	put_state(block, state);
}

void
seal_pbkdf2_init(struct seal_pbkdf2 *p, struct seal_span password, struct seal_span salt,
                 uint32_t rounds)
{
	static const uint8_t first_block[4] = { 0, 0, 0, 1 };
	struct seal_sha256 hash = { .total = SEAL_SHA256_BLOCK };
	uint8_t block[SEAL_SHA256_BLOCK];

	set_key(p, password);
	memcpy(hash.state, p->inner, sizeof hash.state);
	seal_sha256_update(&hash, salt.ptr, salt.len);
	seal_sha256_update(&hash, first_block, sizeof first_block);
	seal_sha256_final(&hash, block);
	pad_digest(block);
	hash_digest(p->outer, block);
	memcpy(p->u, block, sizeof p->u);
	memcpy(p->key, block, sizeof p->key);
	seal_wipe(block, sizeof block);
	p->rounds_left = rounds - 1u;
}

bool
seal_pbkdf2_run(struct seal_pbkdf2 *p, uint32_t rounds)
{
	uint8_t block[SEAL_SHA256_BLOCK];

	if (rounds > p->rounds_left)
		rounds = p->rounds_left;
	p->rounds_left -= rounds;
	memcpy(block, p->u, sizeof p->u);
	pad_digest(block);
	for (; rounds > 0; rounds--) {
		hash_digest(p->inner, block);
		hash_digest(p->outer, block);
		for (size_t i = 0; i < sizeof p->key; i++)
			p->key[i] ^= block[i];
	}
	memcpy(p->u, block, sizeof p->u);
	seal_wipe(block, sizeof block);
	return p->rounds_left == 0;
}
