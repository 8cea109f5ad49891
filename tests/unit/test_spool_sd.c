/* SPDX-License-Identifier: Apache-2.0
 *
 * test_spool_sd.c - the spool on blocks: their borders, media that make it wait, fail, come
 * and go; and that nothing readable leaves memory.
 */
#include "port/gateway/spool_sd.h"
#include "tests/unit/fake_block.h"
#include "tests/unit/test.h"

#define FIRST     2u
#define NUM_SLOTS 2u
#define EACH      3u
#define NUM       (FIRST + NUM_SLOTS * EACH)
#define CAPACITY  (EACH * SEAL_BLOCK_SIZE)
#define PENDING_MAX 50u

static uint8_t blocks[NUM][SEAL_BLOCK_SIZE];
static struct fake_block fake;
static struct seal_spool_sd_slot slots[NUM_SLOTS];
static struct seal_spool_sd sd;
static struct seal_spool *const spool = &sd.spool;

/* Not a cipher, but each output depends on all of the input. */
static void
spool_sd_keystream(void *ctx, const uint8_t nonce[SEAL_CIPHER_NONCE], uint32_t block, uint8_t out[SEAL_CIPHER_OUT])
{
	uint32_t x = 2166136261u ^ *(const uint32_t *)ctx;

	for (unsigned i = 0; i < SEAL_CIPHER_NONCE; i++)
		x = (x ^ nonce[i]) * 16777619u;
	x = (x ^ block) * 16777619u;
	for (unsigned i = 0; i < SEAL_CIPHER_OUT; i++) {
		x = x * 1664525u + 1013904223u;
		out[i] = (uint8_t)(x >> 24);
	}
}

static uint32_t key;

static void
spool_sd_fresh(void)
{
	fake_block_init(&fake, blocks, NUM, 0);
	memset(slots, 0xaa, sizeof slots);
	seal_spool_sd_init(&sd, &fake.block, FIRST, (struct seal_cipher){ spool_sd_keystream, &key }, slots, NUM_SLOTS,
	                   12345);
}

static uint8_t
spool_sd_octet(uint8_t seed, size_t i)
{
	return (uint8_t)(seed + i * 7u + i / 256u);
}

/* As the relay does it: never more than room returned, and again after 0. */
static enum seal_status
spool_sd_append(uint32_t slot, uint8_t seed, size_t from, size_t len, size_t chunk)
{
	uint8_t data[SEAL_SPOOL_SD_BUFFER];
	unsigned pending = 0;

	while (len > 0) {
		const size_t room = spool->ops->room(spool, slot);
		size_t part = len < chunk ? len : chunk;
		enum seal_status status;

		if (room == 0) {
			if (pending++ == PENDING_MAX)
				return SEAL_PENDING;
			continue;
		}
		pending = 0;
		part = part < room ? part : room;
		for (size_t i = 0; i < part; i++)
			data[i] = spool_sd_octet(seed, from + i);
		status = spool->ops->append(spool, slot, data, part);
		if (status != SEAL_OK)
			return status;
		from += part;
		len -= part;
	}
	return SEAL_OK;
}

/* Read to the end; *same: it was the content. */
static enum seal_status
read_back(uint32_t slot, uint8_t seed, size_t *len, bool *same)
{
	enum seal_status status = SEAL_PENDING;
	struct seal_span piece;
	unsigned pending = 0;

	*len = 0;
	*same = true;
	while (status == SEAL_PENDING && pending++ < PENDING_MAX)
		status = spool->ops->rewind(spool, slot);
	for (pending = 0; (status == SEAL_OK || status == SEAL_PENDING) && pending < PENDING_MAX;) {
		status = spool->ops->read(spool, slot, &piece);
		if (status == SEAL_PENDING) {
			pending++;
			continue;
		}
		pending = 0;
		if (status != SEAL_OK || piece.len == 0)
			return status;
		for (size_t i = 0; i < piece.len; i++)
			*same = *same && piece.ptr[i] == spool_sd_octet(seed, *len + i);
		*len += piece.len;
	}
	return status;
}

static void
spool_sd_check_content(uint32_t slot, uint8_t seed, size_t len)
{
	size_t got;
	bool same;

	CHECK_EQ(read_back(slot, seed, &got, &same), SEAL_OK);
	CHECK_EQ(got, len);
	CHECK(same);
}

static uint32_t
open_slot(void)
{
	uint32_t slot = NUM_SLOTS;

	CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_OK);
	return slot;
}

/* A whole message, without complaint. */
static void
check_message(uint8_t seed, size_t len)
{
	const uint32_t slot = open_slot();

	CHECK_EQ(spool_sd_append(slot, seed, 0, len, 100), SEAL_OK);
	spool_sd_check_content(slot, seed, len);
	spool->ops->close(spool, slot);
}

TEST(every_length_in_several_chunk_sizes_comes_back)
{
	static const uint16_t chunks[] = { 1, 2, 3, 100, 255, 256, 511, 512, 513 };

	size_t step;

	for (size_t len = 0; len <= CAPACITY; len += step) {
		step = len % SEAL_BLOCK_SIZE > 3u && len % SEAL_BLOCK_SIZE < 509u ? 101u : 1u;
		for (unsigned c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
			uint32_t slot;

			spool_sd_fresh();
			fake.patience = c % 3u;
			slot = open_slot();
			CHECK_EQ(spool_sd_append(slot, 3, 0, len, chunks[c]), SEAL_OK);
			CHECK_EQ(spool->ops->append(spool, slot, NULL, 0), SEAL_OK);
			spool_sd_check_content(slot, 3, len);
			spool_sd_check_content(slot, 3, len);
			spool->ops->close(spool, slot);
		}
	}
}

/* The relay halves it, because one octet of a client may become two. */
TEST(room_is_never_one_but_for_failure)
{
	for (uint32_t patience = 0; patience < 3u; patience++) {
		uint32_t slot;

		spool_sd_fresh();
		fake.patience = patience;
		slot = open_slot();
		for (size_t len = 0; len < CAPACITY; len++) {
			size_t room = 0;

			while (room == 0)
				room = spool->ops->room(spool, slot);
			CHECK(room > 1);
			CHECK_EQ(spool_sd_append(slot, 1, len, 1, 1), SEAL_OK);
		}
		CHECK_EQ(spool_sd_append(slot, 1, CAPACITY, 1, 1), SEAL_E_LIMIT);
		CHECK_EQ(spool->ops->room(spool, slot), 1);
		CHECK_EQ(spool_sd_append(slot, 1, CAPACITY, 1, 1), SEAL_E_LIMIT);
	}
}

TEST(more_than_room_is_refused)
{
	uint8_t data[SEAL_SPOOL_SD_BUFFER + 1u] = { 0 };
	uint32_t slot;

	spool_sd_fresh();
	slot = open_slot();
	CHECK_EQ(spool->ops->append(spool, slot, data, sizeof data), SEAL_E_CALLER);
	CHECK_EQ(spool->ops->append(spool, slot, data, 1), SEAL_E_CALLER);
}

TEST(sizes_and_slots_have_limits)
{
	uint32_t a, b, c;

	spool_sd_fresh();
	CHECK_EQ(spool->ops->capacity(spool), CAPACITY);
	CHECK_EQ(spool->ops->open(spool, CAPACITY + 1u, &a), SEAL_E_LIMIT);
	CHECK_EQ(spool->ops->open(spool, UINT64_MAX, &a), SEAL_E_LIMIT);
	CHECK_EQ(spool->ops->open(spool, CAPACITY, &a), SEAL_OK);
	CHECK_EQ(spool->ops->open(spool, CAPACITY, &b), SEAL_OK);
	CHECK_EQ(spool->ops->open(spool, 0, &c), SEAL_E_LIMIT);
	spool->ops->close(spool, a);
	CHECK_EQ(spool->ops->open(spool, 0, &c), SEAL_OK);
	CHECK_EQ(a, c);
}

TEST(two_slots_interleaved_keep_apart)
{
	for (size_t chunk = 1; chunk <= SEAL_SPOOL_SD_BUFFER; chunk += 73u) {
		uint32_t a, b;
		size_t len = 0;

		spool_sd_fresh();
		fake.patience = 1;
		a = open_slot();
		b = open_slot();
		for (; len + chunk <= CAPACITY; len += chunk) {
			CHECK_EQ(spool_sd_append(a, 1, len, chunk, chunk), SEAL_OK);
			CHECK_EQ(spool_sd_append(b, 200, len, chunk, chunk), SEAL_OK);
		}
		spool_sd_check_content(a, 1, len);
		spool_sd_check_content(b, 200, len);
		spool->ops->close(spool, a);
		check_message(9, CAPACITY);
		spool_sd_check_content(b, 200, len);
	}
	CHECK_EQ(blocks[0][0], 0);
	CHECK_EQ(blocks[FIRST - 1u][SEAL_BLOCK_SIZE - 1u], 0);
}

TEST(reading_in_turns_keeps_apart)
{
	struct seal_span a1, b1;
	uint32_t a, b;

	spool_sd_fresh();
	a = open_slot();
	b = open_slot();
	CHECK_EQ(spool_sd_append(a, 1, 0, 600, 600), SEAL_OK);
	CHECK_EQ(spool_sd_append(b, 2, 0, 600, 600), SEAL_OK);
	CHECK_EQ(spool->ops->rewind(spool, a), SEAL_OK);
	CHECK_EQ(spool->ops->rewind(spool, b), SEAL_OK);
	CHECK_EQ(spool->ops->read(spool, a, &a1), SEAL_OK);
	CHECK_EQ(spool->ops->read(spool, b, &b1), SEAL_OK);
	CHECK_EQ(a1.len, SEAL_BLOCK_SIZE);
	CHECK_EQ(a1.ptr[5], spool_sd_octet(1, 5));
	CHECK_EQ(b1.ptr[5], spool_sd_octet(2, 5));
}

TEST(fails_at_every_operation_and_goes_on)
{
	static const enum fake_fault faults[] = { FAKE_FAILS, FAKE_LOSES, FAKE_IS_CUT };

	for (unsigned f = 0; f < 3u; f++) {
		bool struck = true;

		for (uint32_t at = 0; struck; at++) {
			enum seal_status status;
			uint32_t slot;
			size_t len;
			bool same;

			spool_sd_fresh();
			slot = open_slot();
			fake_block_set(&fake, faults[f], at);
			status = spool_sd_append(slot, 4, 0, 2u * SEAL_BLOCK_SIZE + 7u, 99);
			if (status == SEAL_OK)
				status = read_back(slot, 4, &len, &same);
			struck = fake.fault == FAKE_SOUND;
			CHECK_EQ(status, struck ? SEAL_E_SPOOL : SEAL_OK);
			CHECK(struck || at == 7); /* three writes, sync, three reads */
			if (struck) {
				CHECK_EQ(spool->ops->room(spool, slot), 1);
				CHECK_EQ(spool_sd_append(slot, 4, 0, 1, 1), SEAL_E_SPOOL);
				CHECK_EQ(read_back(slot, 4, &len, &same), SEAL_E_SPOOL);
			}
			spool->ops->close(spool, slot);
			fake_block_set(&fake, FAKE_SOUND, 0);
			check_message(5, CAPACITY);
		}
	}
}

/* Before DATA is sent to the next hop. */
TEST(a_loss_while_syncing_is_reported_by_rewind)
{
	uint32_t slot;

	spool_sd_fresh();
	slot = open_slot();
	CHECK_EQ(spool_sd_append(slot, 4, 0, SEAL_BLOCK_SIZE, 99), SEAL_OK);
	fake_block_set(&fake, FAKE_LOSES, 0);
	CHECK_EQ(spool->ops->rewind(spool, slot), SEAL_E_SPOOL);
}

TEST(a_medium_comes_and_goes)
{
	uint32_t slot;

	spool_sd_fresh();
	fake.num_blocks = 0;
	CHECK_EQ(spool->ops->capacity(spool), 12345);
	CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_E_SPOOL);
	fake.num_blocks = NUM;
	check_message(1, CAPACITY);

	slot = open_slot();
	CHECK_EQ(spool_sd_append(slot, 1, 0, 10, 10), SEAL_OK); /* which have not left memory */
	fake.num_blocks = 0;
	fake.epoch++;
	CHECK_EQ(spool_sd_append(slot, 1, 10, 10, 10), SEAL_E_SPOOL);
	CHECK_EQ(spool->ops->capacity(spool), CAPACITY);
	spool->ops->close(spool, slot);
	CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_E_SPOOL);

	fake.num_blocks = FIRST + NUM_SLOTS; /* a smaller one */
	fake.epoch++;
	CHECK_EQ(spool->ops->open(spool, SEAL_BLOCK_SIZE + 1u, &slot), SEAL_E_LIMIT);
	check_message(1, SEAL_BLOCK_SIZE);
	CHECK_EQ(spool->ops->capacity(spool), SEAL_BLOCK_SIZE);
	fake.num_blocks = FIRST; /* too small for anything */
	CHECK_EQ(spool->ops->open(spool, 0, &slot), SEAL_E_SPOOL);
}

TEST(a_medium_that_never_answers_blocks_no_session)
{
	struct seal_span piece;
	uint32_t slot;

	spool_sd_fresh();
	slot = open_slot();
	CHECK_EQ(spool_sd_append(slot, 1, 0, 300, 300), SEAL_OK);
	fake.patience = UINT32_MAX;
	CHECK_EQ(spool_sd_append(slot, 1, 300, 300, 300), SEAL_PENDING);
	CHECK_EQ(spool->ops->room(spool, slot), 0);
	CHECK_EQ(spool->ops->rewind(spool, slot), SEAL_PENDING);
	fake.patience = 0;
	CHECK_EQ(spool->ops->rewind(spool, slot), SEAL_OK);
	fake.patience = UINT32_MAX;
	CHECK_EQ(spool->ops->read(spool, slot, &piece), SEAL_PENDING);
	CHECK_EQ(piece.len, 0);
	spool->ops->close(spool, slot);
	fake.patience = 0;
	fake.waited = 0;
	check_message(7, 700);
}

static bool
plain_is_on_medium(uint8_t seed, size_t len)
{
	for (uint32_t b = 0; b < NUM; b++) {
		for (size_t at = 0; at + 8u <= SEAL_BLOCK_SIZE; at++) {
			size_t i = 0;

			while (i < 8u && blocks[b][at + i] == spool_sd_octet(seed, at + i))
				i++;
			if (i == 8u && at < len)
				return true;
		}
	}
	return false;
}

TEST(nothing_readable_leaves_memory)
{
	static uint8_t before[SEAL_BLOCK_SIZE];
	unsigned equal = 0;
	uint32_t slot;

	spool_sd_fresh();
	slot = open_slot();
	CHECK_EQ(spool_sd_append(slot, 33, 0, 700, 99), SEAL_OK);
	spool_sd_check_content(slot, 33, 700);
	spool->ops->close(spool, slot);
	CHECK(!plain_is_on_medium(33, 700));
	for (unsigned i = 0; i < SEAL_SPOOL_SD_BUFFER; i++)
		CHECK_EQ(slots[slot].buffer[i], 0);

	/* the same content again, in the same place: another key stream */
	memcpy(before, blocks[FIRST], sizeof before);
	slot = open_slot();
	CHECK_EQ(spool_sd_append(slot, 33, 0, 700, 99), SEAL_OK);
	spool_sd_check_content(slot, 33, 700);
	for (unsigned i = 0; i < SEAL_BLOCK_SIZE; i++)
		equal += before[i] == blocks[FIRST][i];
	CHECK(equal < SEAL_BLOCK_SIZE / 32u);
	/* its blocks differ from each other, too */
	equal = 0;
	for (unsigned i = 0; i < SEAL_BLOCK_SIZE; i++)
		equal += (blocks[FIRST][i] ^ spool_sd_octet(33, i)) ==
		         (blocks[FIRST + 1u][i] ^ spool_sd_octet(33, SEAL_BLOCK_SIZE + i));
	CHECK(equal < SEAL_BLOCK_SIZE / 32u);
}

TEST(the_key_matters)
{
	size_t len;
	bool same;
	uint32_t slot;

	spool_sd_fresh();
	slot = open_slot();
	CHECK_EQ(spool_sd_append(slot, 33, 0, 600, 99), SEAL_OK);
	CHECK_EQ(spool->ops->rewind(spool, slot), SEAL_OK);
	key++;
	CHECK_EQ(read_back(slot, 33, &len, &same), SEAL_OK);
	CHECK(!same);
	CHECK_EQ(len, 600);
	key--;
	spool_sd_check_content(slot, 33, 600);
}

/* A bit that flips is one bit of the content: the relay's CRC finds it. */
TEST(decay_changes_the_content_and_not_its_length)
{
	size_t len;
	bool same;
	uint32_t slot;

	spool_sd_fresh();
	slot = open_slot();
	CHECK_EQ(spool_sd_append(slot, 33, 0, 600, 99), SEAL_OK);
	spool_sd_check_content(slot, 33, 600);
	blocks[FIRST][77] ^= 1u;
	CHECK_EQ(read_back(slot, 33, &len, &same), SEAL_OK);
	CHECK(!same);
	CHECK_EQ(len, 600);
}

const struct test_case test_spool_sd_cases[] = {
	CASE(every_length_in_several_chunk_sizes_comes_back),
	CASE(room_is_never_one_but_for_failure),
	CASE(more_than_room_is_refused),
	CASE(sizes_and_slots_have_limits),
	CASE(two_slots_interleaved_keep_apart),
	CASE(reading_in_turns_keeps_apart),
	CASE(fails_at_every_operation_and_goes_on),
	CASE(a_loss_while_syncing_is_reported_by_rewind),
	CASE(a_medium_comes_and_goes),
	CASE(a_medium_that_never_answers_blocks_no_session),
	CASE(nothing_readable_leaves_memory),
	CASE(the_key_matters),
	CASE(decay_changes_the_content_and_not_its_length),
	CASE_END
};
