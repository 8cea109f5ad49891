/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/sha256.h"

#include <string.h>

#include "engine/base/ct.h"

void
seal_sha256_init(struct seal_sha256 *h)
{
	static const uint32_t INITIAL[8] = { /* FIPS 180-4 5.3.3 */
		0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
		0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u
	};

	memcpy(h->state, INITIAL, sizeof h->state);
	h->total = 0;
}

void
seal_sha256_update(struct seal_sha256 *h, const uint8_t *data, size_t len)
{
	const size_t held = (size_t)(h->total % SEAL_SHA256_BLOCK);
	size_t whole;

	if (len == 0)
		return;
	h->total += len;
	if (held > 0) {
		const size_t room = SEAL_SHA256_BLOCK - held;
		const size_t take = len < room ? len : room;

		memcpy(h->block + held, data, take);
		if (take < room)
			return;
		seal_sha256_blocks(h->state, h->block, 1);
		data += take;
		len -= take;
	}
	whole = len / SEAL_SHA256_BLOCK;
	if (whole > 0)
		seal_sha256_blocks(h->state, data, whole);
	data += whole * SEAL_SHA256_BLOCK;
	len -= whole * SEAL_SHA256_BLOCK;
	if (len > 0)
		memcpy(h->block, data, len);
}

static void
store_be(uint8_t *out, uint64_t value, size_t len)
{
	while (len > 0) {
		out[--len] = (uint8_t)value;
		value >>= 8;
	}
}

void
seal_sha256_final(struct seal_sha256 *h, uint8_t digest[SEAL_SHA256_LEN])
{
	static const uint8_t PADDING[SEAL_SHA256_BLOCK] = { 0x80 };
	const uint64_t bits = h->total * 8u;
	const size_t held = (size_t)(h->total % SEAL_SHA256_BLOCK);
	uint8_t length[8];

	/* FIPS 180-4 5.1.1: one bit, zeros, and the length in the last 8 octets */
	store_be(length, bits, sizeof length);
	seal_sha256_update(h, PADDING, 1u + (119u - held) % SEAL_SHA256_BLOCK);
	seal_sha256_update(h, length, sizeof length);
	for (size_t i = 0; i < 8; i++)
		store_be(digest + 4 * i, h->state[i], 4);
	seal_wipe(h, sizeof *h);
}
