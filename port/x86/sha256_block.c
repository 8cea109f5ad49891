/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256_block.c - SHA-256 with the processor's own instructions where it has them; linked
 * instead of engine/base/sha256_default.c.
 */
#include <cpuid.h>
#include <immintrin.h>
#include <stdbool.h>

#include "engine/base/sha256.h"

#define SHA __attribute__((target("sha,sse4.1")))

/* Four schedule words, 16 rounds on, in place of w[0] (FIPS 180-4 6.2.2 step 1). */
SHA static inline __m128i
schedule(__m128i w0, __m128i w4, __m128i w8, __m128i w12)
{
	const __m128i w9 = _mm_alignr_epi8(w12, w8, 4);

	return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), w9), w12);
}

SHA static void
blocks_by_instruction(uint32_t state[8], const uint8_t *data, size_t num_blocks)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	/* the instructions need the state as {f,e,b,a} and {h,g,d,c}, lowest first */
	const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
	const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
	__m128i feba = _mm_alignr_epi8(badc, hgfe, 8);
	__m128i hgdc = _mm_blend_epi16(hgfe, badc, 0xf0);
	__m128i turned;

	for (; num_blocks > 0; num_blocks--, data += SEAL_SHA256_BLOCK) {
		const __m128i feba_before = feba;
		const __m128i hgdc_before = hgdc;
		__m128i w[4];

#pragma GCC unroll 16
		for (unsigned i = 0; i < 16; i++) {
			__m128i k_w;

			if (i < 4)
				w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i)),
				                        big_endian);
			else
				w[i % 4] = schedule(w[i % 4], w[(i + 1) % 4], w[(i + 2) % 4], w[(i + 3) % 4]);
			k_w = _mm_add_epi32(w[i % 4], _mm_loadu_si128((const __m128i *)(const void *)
			                                              (seal_sha256_k + 4 * i)));
			hgdc = _mm_sha256rnds2_epu32(hgdc, feba, k_w);
			feba = _mm_sha256rnds2_epu32(feba, hgdc, _mm_shuffle_epi32(k_w, 0x0e));
		}
		feba = _mm_add_epi32(feba, feba_before);
		hgdc = _mm_add_epi32(hgdc, hgdc_before);
	}
	turned = _mm_shuffle_epi32(feba, 0x1b);
	hgdc = _mm_shuffle_epi32(hgdc, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(turned, hgdc, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(hgdc, turned, 8));
}

static bool
has_instructions(void)
{
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

void
seal_sha256_blocks(uint32_t state[8], const uint8_t *data, size_t num_blocks)
{
	static _Atomic int have = -1; /* threads may set it at the same time, to the same value */

	if (have < 0)
		have = has_instructions();
	if (have)
		blocks_by_instruction(state, data, num_blocks);
	else
		seal_sha256_blocks_portable(state, data, num_blocks);
}
