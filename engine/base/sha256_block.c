/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256_block.c - the compression function of SHA-256 (FIPS 180-4 6.2) in portable C.
 *
 * Sixteen rounds at a time over a ring of sixteen schedule words, with the eight
 * working variables renamed instead of moved. Maj(a,b,c) is ((a ^ b) & (b ^ c)) ^ b, and
 * a ^ b of one round is b ^ c of the next.
 */
#include "engine/base/sha256.h"

const uint32_t seal_sha256_k[64] = { /* FIPS 180-4 4.2.2 */
	0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
	0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
	0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
	0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
	0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
	0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
	0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
	0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u
};

static inline uint32_t
ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32u - n);
}

static inline uint32_t
load_be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* One round on renamed variables: h becomes the new a, d the new e. `b_c` is b ^ c. */
static inline uint32_t
round_step(uint32_t a, uint32_t b, uint32_t *d, uint32_t e, uint32_t f, uint32_t g,
           uint32_t h, uint32_t k_w, uint32_t *b_c)
{
	const uint32_t a_b = a ^ b;
	const uint32_t t1 = h + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + (((f ^ g) & e) ^ g) + k_w;
	const uint32_t maj = (a_b & *b_c) ^ b;

	*b_c = a_b;
	*d += t1;
	return t1 + (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + maj;
}

/* The schedule word 16 rounds on, in place of w[i] (FIPS 180-4 6.2.2 step 1). */
static inline uint32_t
schedule(uint32_t w[16], unsigned i)
{
	const uint32_t w1 = w[(i + 1u) & 15u];
	const uint32_t w14 = w[(i + 14u) & 15u];

	w[i] += (ror(w1, 7) ^ ror(w1, 18) ^ w1 >> 3) + w[(i + 9u) & 15u] +
	        (ror(w14, 17) ^ ror(w14, 19) ^ w14 >> 10);
	return w[i];
}

static void
one_block(uint32_t state[8], const uint8_t *data)
{
	uint32_t w[16];
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t b_c = b ^ c;

	for (unsigned i = 0; i < 16; i++)
		w[i] = load_be(data + 4u * i);

	for (unsigned r = 0; r < 64; r += 8) {
		uint32_t k_w[8];

		for (unsigned i = 0; i < 8; i++) {
			const unsigned at = (r + i) & 15u;

			k_w[i] = seal_sha256_k[r + i] + (r < 16 ? w[at] : schedule(w, at));
		}
		h = round_step(a, b, &d, e, f, g, h, k_w[0], &b_c);
		g = round_step(h, a, &c, d, e, f, g, k_w[1], &b_c);
		f = round_step(g, h, &b, c, d, e, f, k_w[2], &b_c);
		e = round_step(f, g, &a, b, c, d, e, k_w[3], &b_c);
		d = round_step(e, f, &h, a, b, c, d, k_w[4], &b_c);
		c = round_step(d, e, &g, h, a, b, c, k_w[5], &b_c);
		b = round_step(c, d, &f, g, h, a, b, k_w[6], &b_c);
		a = round_step(b, c, &e, f, g, h, a, k_w[7], &b_c);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void
seal_sha256_blocks_portable(uint32_t state[8], const uint8_t *data, size_t num_blocks)
{
	for (; num_blocks > 0; num_blocks--, data += SEAL_SHA256_BLOCK)
		one_block(state, data);
}
