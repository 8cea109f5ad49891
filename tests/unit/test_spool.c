/* SPDX-License-Identifier: Apache-2.0
 *
 * test_spool.c - the spool in memory: chains of blocks, their ends, their reuse.
 */
#include "port/gateway/spool_ram.h"
#include "tests/unit/test.h"

#define BLOCK      8u
#define NUM_BLOCKS 5u
#define NUM_SLOTS  3u
#define MEMORY     (NUM_BLOCKS * (BLOCK + 4u))
#define CAPACITY   (NUM_BLOCKS * BLOCK)

static _Alignas(4) uint8_t memory[MEMORY + 8u];
static struct seal_spool_ram_slot slots[NUM_SLOTS];
static struct seal_spool_ram ram;
static struct seal_spool *const spool = &ram.spool;

static void
spool_fresh(void)
{
	memset(memory, 0xaa, sizeof memory);
	CHECK_EQ(seal_spool_ram_init(&ram, memory, MEMORY, BLOCK, slots, NUM_SLOTS), CAPACITY);
}

/* Octet `i` of the content that `seed` names. */
static uint8_t
spool_octet(uint8_t seed, size_t i)
{
	return (uint8_t)(seed + i * 7u + 1u);
}

static enum seal_status
spool_append(uint32_t slot, uint8_t seed, size_t from, size_t len)
{
	uint8_t data[CAPACITY + 1u];

	for (size_t i = 0; i < len; i++)
		data[i] = spool_octet(seed, from + i);
	return spool->ops->append(spool, slot, data, len);
}

/* All of the content comes back, and then the end, twice. */
static void
spool_check_content(uint32_t slot, uint8_t seed, size_t len)
{
	struct seal_span piece;
	size_t at = 0;
	bool same = true;

	CHECK_EQ(spool->ops->rewind(spool, slot), SEAL_OK);
	do {
		CHECK_EQ(spool->ops->read(spool, slot, &piece), SEAL_OK);
		for (size_t i = 0; i < piece.len; i++)
			same = same && piece.ptr[i] == spool_octet(seed, at + i);
		at += piece.len;
	} while (piece.len > 0 && at <= len);
	CHECK(same);
	CHECK_EQ(at, len);
	CHECK_EQ(spool->ops->read(spool, slot, &piece), SEAL_OK);
	CHECK_EQ(piece.len, 0);
}

static bool
content_is_zero(void)
{
	bool zero = true;

	for (size_t i = 0; i < CAPACITY; i++)
		zero = zero && ram.blocks[i] == 0;
	return zero;
}

TEST(every_length_in_every_chunk_size_comes_back)
{
	for (size_t len = 0; len <= CAPACITY; len++) {
		for (size_t chunk = 1; chunk <= BLOCK * 2u + 1u; chunk++) {
			uint32_t slot = NUM_SLOTS;

			spool_fresh();
			CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_OK);
			for (size_t at = 0; at < len; at += chunk)
				CHECK_EQ(spool_append(slot, 3, at, len - at < chunk ? len - at : chunk), SEAL_OK);
			CHECK_EQ(spool_append(slot, 3, len, 0), SEAL_OK);
			spool_check_content(slot, 3, len);
			spool_check_content(slot, 3, len);
			spool->ops->close(spool, slot);
		}
	}
}

TEST(full_at_each_block_and_all_is_free_again)
{
	spool_fresh();
	for (size_t len = 0; len <= CAPACITY; len++) {
		uint32_t filler = NUM_SLOTS, slot = NUM_SLOTS;
		const size_t blocks = (len + BLOCK - 1u) / BLOCK;
		const size_t left = (NUM_BLOCKS - blocks) * BLOCK;

		CHECK_EQ(spool->ops->open(spool, 0, &filler), SEAL_OK);
		CHECK_EQ(spool_append(filler, 9, 0, len), SEAL_OK);
		if (left == 0) {
			CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_E_LIMIT);
		} else {
			CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_OK);
			CHECK_EQ(spool_append(slot, 1, 0, left), SEAL_OK);
			CHECK_EQ(spool_append(slot, 1, left, 1), SEAL_E_LIMIT);
			spool_check_content(filler, 9, len);
			spool->ops->close(spool, slot);
		}
		spool->ops->close(spool, filler);
		CHECK_EQ(ram.num_free, NUM_BLOCKS);
	}
}

TEST(one_octet_too_many_is_refused)
{
	uint32_t slot;

	spool_fresh();
	CHECK_EQ(spool->ops->open(spool, CAPACITY, &slot), SEAL_OK);
	CHECK_EQ(spool_append(slot, 0, 0, CAPACITY + 1u), SEAL_E_LIMIT);
	spool->ops->close(spool, slot);
	CHECK_EQ(ram.num_free, NUM_BLOCKS);
	CHECK_EQ(spool->ops->open(spool, CAPACITY + 1u, &slot), SEAL_E_LIMIT);
	CHECK_EQ(spool->ops->open(spool, UINT64_MAX, &slot), SEAL_E_LIMIT);
}

TEST(closing_wipes)
{
	for (size_t len = 0; len <= CAPACITY; len++) {
		uint32_t slot;

		spool_fresh();
		memset(ram.blocks, 0, CAPACITY);
		CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_OK);
		CHECK_EQ(spool_append(slot, 5, 0, len), SEAL_OK);
		CHECK_EQ(content_is_zero(), len == 0);
		spool->ops->close(spool, slot);
		CHECK(content_is_zero());
	}
}

TEST(two_slots_interleaved_keep_apart)
{
	for (size_t chunk = 1; chunk <= BLOCK + 1u; chunk++) {
		uint32_t a, b;
		size_t len = 0;

		spool_fresh();
		CHECK_EQ(spool->ops->open(spool, 0, &a), SEAL_OK);
		CHECK_EQ(spool->ops->open(spool, 0, &b), SEAL_OK);
		CHECK(a != b);
		for (; len + chunk <= 2u * BLOCK; len += chunk) {
			CHECK_EQ(spool_append(a, 1, len, chunk), SEAL_OK);
			CHECK_EQ(spool_append(b, 200, len, chunk), SEAL_OK);
		}
		spool_check_content(a, 1, len);
		spool_check_content(b, 200, len);
		spool->ops->close(spool, a);
		spool_check_content(b, 200, len);
		CHECK_EQ(spool->ops->open(spool, 0, &a), SEAL_OK);
		CHECK_EQ(spool_append(a, 77, 0, BLOCK + 1u), SEAL_OK);
		spool_check_content(a, 77, BLOCK + 1u);
		spool_check_content(b, 200, len);
		spool->ops->close(spool, b);
		spool->ops->close(spool, a);
		CHECK_EQ(ram.num_free, NUM_BLOCKS);
	}
}

TEST(reading_in_turns_keeps_apart)
{
	struct seal_span a1, b1, a2;
	uint32_t a, b;

	spool_fresh();
	CHECK_EQ(spool->ops->open(spool, 0, &a), SEAL_OK);
	CHECK_EQ(spool->ops->open(spool, 0, &b), SEAL_OK);
	CHECK_EQ(spool_append(a, 1, 0, 2u * BLOCK), SEAL_OK);
	CHECK_EQ(spool_append(b, 2, 0, BLOCK), SEAL_OK);
	CHECK_EQ(spool->ops->rewind(spool, a), SEAL_OK);
	CHECK_EQ(spool->ops->rewind(spool, b), SEAL_OK);
	CHECK_EQ(spool->ops->read(spool, a, &a1), SEAL_OK);
	CHECK_EQ(spool->ops->read(spool, b, &b1), SEAL_OK);
	CHECK_EQ(spool->ops->read(spool, a, &a2), SEAL_OK);
	CHECK_EQ(a1.ptr[0], spool_octet(1, 0));
	CHECK_EQ(b1.ptr[0], spool_octet(2, 0));
	CHECK_EQ(a2.ptr[0], spool_octet(1, BLOCK));
}

TEST(declared_sizes_are_reserved)
{
	uint32_t a, b, c;

	spool_fresh();
	CHECK_EQ(spool->ops->open(spool, 3u * BLOCK, &a), SEAL_OK);
	CHECK_EQ(spool->ops->open(spool, 3u * BLOCK, &b), SEAL_E_LIMIT);
	CHECK_EQ(spool->ops->open(spool, 0, &b), SEAL_OK);
	CHECK_EQ(spool_append(b, 4, 0, 2u * BLOCK), SEAL_OK);
	CHECK_EQ(spool_append(b, 4, 2u * BLOCK, 1), SEAL_E_LIMIT);
	CHECK_EQ(spool_append(a, 6, 0, 3u * BLOCK), SEAL_OK);
	spool_check_content(a, 6, 3u * BLOCK);
	spool->ops->close(spool, b);
	CHECK_EQ(spool_append(a, 6, 3u * BLOCK, BLOCK), SEAL_OK);     /* more than room returned */
	spool_check_content(a, 6, 4u * BLOCK);
	spool->ops->close(spool, a);
	CHECK_EQ(spool->ops->open(spool, 4u * BLOCK + 1u, &a), SEAL_OK);
	CHECK_EQ(spool->ops->open(spool, 1, &c), SEAL_E_LIMIT);
	spool->ops->close(spool, a);                            /* its reservation unused */
	CHECK_EQ(spool->ops->open(spool, CAPACITY, &a), SEAL_OK);
	spool->ops->close(spool, a);
	CHECK_EQ(ram.num_promised, 0);
}

TEST(slots_run_out_and_come_back)
{
	uint32_t taken[NUM_SLOTS], more;

	spool_fresh();
	for (uint32_t i = 0; i < NUM_SLOTS; i++)
		CHECK_EQ(spool->ops->open(spool, 0, &taken[i]), SEAL_OK);
	CHECK_EQ(spool->ops->open(spool, 0, &more), SEAL_E_LIMIT);
	spool->ops->close(spool, taken[1]);
	CHECK_EQ(spool->ops->open(spool, 0, &more), SEAL_OK);
	CHECK_EQ(more, taken[1]);
}

TEST(any_alignment_and_length_of_memory)
{
	for (size_t offset = 0; offset < 4u; offset++) {
		for (size_t len = 0; len <= MEMORY; len++) {
			const size_t skip = (4u - offset) % 4u;
			const size_t usable = len > skip ? len - skip : 0;
			const size_t capacity = usable / (BLOCK + 4u) * BLOCK;
			uint32_t slot;

			memset(memory, 0x55, sizeof memory);
			CHECK_EQ(seal_spool_ram_init(&ram, memory + offset, len, BLOCK, slots, NUM_SLOTS), capacity);
			if (capacity == 0) {
				CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_E_LIMIT);
			} else {
				CHECK_EQ(spool->ops->open(spool, capacity, &slot), SEAL_OK);
				CHECK_EQ(spool_append(slot, 8, 0, capacity), SEAL_OK);
				spool_check_content(slot, 8, capacity);
				spool->ops->close(spool, slot);
			}
			CHECK_EQ(memory[offset + len], 0x55);
		}
	}
}

const struct test_case test_spool_cases[] = {
	CASE(every_length_in_every_chunk_size_comes_back),
	CASE(full_at_each_block_and_all_is_free_again),
	CASE(one_octet_too_many_is_refused),
	CASE(closing_wipes),
	CASE(two_slots_interleaved_keep_apart),
	CASE(reading_in_turns_keeps_apart),
	CASE(declared_sizes_are_reserved),
	CASE(slots_run_out_and_come_back),
	CASE(any_alignment_and_length_of_memory),
	CASE_END
};
