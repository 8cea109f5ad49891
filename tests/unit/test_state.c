/* SPDX-License-Identifier: Apache-2.0
 *
 * test_state.c - what survives: power cut at every write, media that fail, decay.
 */
#include "port/gateway/state.h"
#include "tests/unit/fake_block.h"
#include "tests/unit/test.h"

#define BLOCK_A 1u
#define BLOCK_B 3u
#define NUM     4u
#define KEY     7u
#define PENDING_MAX 100u

static uint8_t blocks[NUM][SEAL_BLOCK_SIZE];
static uint8_t work[SEAL_BLOCK_SIZE];
static struct fake_block fake;
static struct seal_state state;

typedef enum seal_status (*call)(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE]);

static enum seal_status
state_until_done(call what)
{
	enum seal_status status = SEAL_PENDING;

	for (unsigned i = 0; i < PENDING_MAX && status == SEAL_PENDING; i++)
		status = what(&state, work);
	return status;
}

static enum seal_status
state_start(void)
{
	memset(&state, 0xaa, sizeof state);
	seal_state_init(&state, &fake.block, BLOCK_A, BLOCK_B);
	return state_until_done(seal_state_open);
}

static void
set_number(uint8_t number)
{
	const uint8_t value[3] = { number, (uint8_t)(number ^ 0xffu), 9 };

	CHECK_EQ(seal_state_set(&state, KEY, value, sizeof value), SEAL_OK);
}

/* The number, 0: none; it must be whole. */
static uint8_t
number(void)
{
	const struct seal_span value = seal_state_get(&state, KEY);

	if (value.len == 0)
		return 0;
	CHECK_EQ(value.len, 3);
	CHECK_EQ(value.ptr[1], value.ptr[0] ^ 0xffu);
	return value.ptr[0];
}

/* Started once, and number 5 saved. */
static void
state_prepare(uint8_t fill, bool erases)
{
	fake_block_init(&fake, blocks, NUM, fill);
	fake.erases = erases;
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
	set_number(5);
	CHECK_EQ(state_until_done(seal_state_save), SEAL_OK);
}

TEST(counts_every_start)
{
	static const uint8_t fills[] = { 0, 0xff, 0x53 };

	for (unsigned f = 0; f < sizeof fills; f++) {
		fake_block_init(&fake, blocks, NUM, fills[f]);
		for (uint32_t boot = 1; boot < 6; boot++) {
			CHECK_EQ(state_start(), SEAL_OK);
			CHECK_EQ(state.found, boot == 1 ? SEAL_STATE_NEW : SEAL_STATE_LOADED);
			CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
			CHECK_EQ(state.boots, boot);
		}
		CHECK_EQ(blocks[BLOCK_A][SEAL_BLOCK_SIZE - 5u], 0);
		CHECK_EQ(blocks[0][0], fills[f]);
		CHECK_EQ(blocks[2][100], fills[f]);
	}
}

TEST(values_are_kept_replaced_forgotten)
{
	uint8_t many[SEAL_STATE_VALUES] = { 1, 2, 3 };

	fake_block_init(&fake, blocks, NUM, 0);
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(seal_state_get(&state, KEY).len, 0);
	CHECK_EQ(seal_state_set(&state, 1, (const uint8_t *)"one", 3), SEAL_OK);
	CHECK_EQ(seal_state_set(&state, KEY, (const uint8_t *)"seven", 5), SEAL_OK);
	CHECK_EQ(seal_state_set(&state, 0, (const uint8_t *)"zero", 4), SEAL_OK);
	CHECK_EQ(seal_state_set(&state, KEY, (const uint8_t *)"VII", 3), SEAL_OK);
	CHECK_EQ(seal_state_set(&state, 1, NULL, 0), SEAL_OK);
	CHECK_EQ(seal_state_set(&state, 77, NULL, 0), SEAL_OK);
	CHECK_EQ(state_until_done(seal_state_save), SEAL_OK);
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(seal_state_get(&state, 1).len, 0);
	CHECK_SPAN(seal_state_get(&state, KEY), "VII");
	CHECK_SPAN(seal_state_get(&state, 0), "zero");
	/* 11 octets are used; the value replaced counts as free */
	CHECK_EQ(seal_state_set(&state, 2, many, SEAL_STATE_VALUES - 12u), SEAL_E_LIMIT);
	CHECK_EQ(seal_state_set(&state, 2, many, SEAL_STATE_VALUES - 13u), SEAL_OK);
	CHECK_EQ(seal_state_set(&state, KEY, many, 4), SEAL_E_LIMIT);
	CHECK_SPAN(seal_state_get(&state, KEY), "VII");
	CHECK_EQ(seal_state_set(&state, KEY, (const uint8_t *)"777", 3), SEAL_OK);
	CHECK_EQ(seal_state_set(&state, 2, many, SIZE_MAX), SEAL_E_LIMIT);
	CHECK_EQ(state_until_done(seal_state_save), SEAL_OK);
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(seal_state_get(&state, 2).len, SEAL_STATE_VALUES - 13u);
	CHECK_SPAN(seal_state_get(&state, KEY), "777");
}

/* Start, count, save number 6; the power fails at operation `at`. The next start must find one of
 * the states before or after, and continue its count. */
static bool
cut_once(uint32_t at, uint32_t cut_len, uint8_t fill, bool erases)
{
	uint32_t counted = 1;
	uint8_t saved = 5;
	bool was_cut;

	state_prepare(fill, erases);
	fake.cut_len = cut_len;
	fake_block_set(&fake, FAKE_IS_CUT, at);
	if (state_start() == SEAL_OK && state_until_done(seal_state_boot) == SEAL_OK) {
		counted = state.boots;
		set_number(6);
		if (state_until_done(seal_state_save) == SEAL_OK)
			saved = 6;
	}
	was_cut = fake.off;

	fake_block_set(&fake, FAKE_SOUND, 0);
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK(state.found == SEAL_STATE_LOADED || state.found == SEAL_STATE_ONE_COPY);
	CHECK(state.boots == 1 || state.boots == 2);
	CHECK(state.boots >= counted);
	CHECK(number() == 5 || number() == 6);
	CHECK(number() >= saved);
	CHECK(number() == 5 || state.boots == 2);
	CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
	CHECK(state.boots > counted);
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(state.found, SEAL_STATE_LOADED);
	return was_cut;
}

TEST(cut_at_every_write_leaves_old_or_new)
{
	static const uint16_t lens[] = { 0, 1, 7, 8, 9, 12, 13, 17, 25, 256, 507, 508, 509, 511, 512 };

	for (unsigned l = 0; l < sizeof lens / sizeof lens[0]; l++) {
		uint32_t at = 0;

		while (cut_once(at, lens[l], 0, false))
			at++;
		CHECK_EQ(at, 11); /* 2 reads, then thrice write, sync, read */
		for (at = 0; cut_once(at, lens[l], 0xff, true); at++)
			;
	}
}

/* The very first writes: no older copy to fall back to. */
TEST(a_cut_on_a_new_medium_starts_over)
{
	for (uint32_t len = 0; len <= SEAL_BLOCK_SIZE; len++) {
		for (uint32_t at = 2; at < 8u; at++) {
			fake_block_init(&fake, blocks, NUM, 0xff);
			fake.cut_len = len;
			fake_block_set(&fake, FAKE_IS_CUT, at);
			CHECK_EQ(state_start(), SEAL_OK);
			CHECK_EQ(state_until_done(seal_state_boot), SEAL_E_SPOOL);
			fake_block_set(&fake, FAKE_SOUND, 0);
			CHECK_EQ(state_start(), SEAL_OK);
			CHECK(state.found != SEAL_STATE_DAMAGED);
			CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
			CHECK(state.boots == 1 || state.boots == 2);
		}
	}
}

TEST(a_failure_can_be_tried_again)
{
	static const enum fake_fault faults[] = { FAKE_FAILS, FAKE_LIES, FAKE_FLIPS };

	for (unsigned f = 0; f < 3u; f++) {
		for (uint32_t at = 0; at < 3u; at++) {
			enum seal_status status;

			state_prepare(0, false);
			set_number(6);
			fake_block_set(&fake, faults[f], at);
			status = state_until_done(seal_state_save);
			CHECK(status == SEAL_E_SPOOL || (status == SEAL_OK && at > 0));
			if (status != SEAL_OK) {
				struct seal_state kept = state;

				CHECK_EQ(state_start(), SEAL_OK);
				CHECK(number() == 5 || number() == 6);
				state = kept;
				CHECK_EQ(number(), 6);
				CHECK_EQ(state_until_done(seal_state_save), SEAL_OK);
			}
			CHECK_EQ(state_start(), SEAL_OK);
			CHECK_EQ(number(), 6);
		}
	}
}

TEST(a_count_that_failed_was_not_used)
{
	for (uint32_t at = 0; at < 6u; at++) {
		state_prepare(0, false);
		CHECK_EQ(state_start(), SEAL_OK);
		fake_block_set(&fake, FAKE_FAILS, at);
		CHECK_EQ(state_until_done(seal_state_boot), SEAL_E_SPOOL);
		CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
		CHECK(state.boots > 1);
		CHECK_EQ(state_start(), SEAL_OK);
		CHECK_EQ(state.found, SEAL_STATE_LOADED);
	}
}

TEST(waiting_changes_nothing)
{
	for (uint32_t patience = 1; patience < 4u; patience++) {
		state_prepare(0, false);
		fake.patience = patience;
		CHECK_EQ(seal_state_save(&state, work), SEAL_PENDING);
		CHECK_EQ(state_until_done(seal_state_save), SEAL_OK);
		CHECK_EQ(state_start(), SEAL_OK);
		CHECK_EQ(number(), 5);
		CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
		CHECK_EQ(state.boots, 2);
	}
}

TEST(one_copy_is_enough_and_brings_no_count_back)
{
	static const uint32_t copies[2] = { BLOCK_A, BLOCK_B };

	for (unsigned c = 0; c < 2u; c++) {
		for (uint32_t i = 0; i < SEAL_BLOCK_SIZE; i++) {
			state_prepare(0, false);
			CHECK_EQ(state_start(), SEAL_OK);
			CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
			blocks[copies[c]][i] ^= 0x20u;
			CHECK_EQ(state_start(), SEAL_OK);
			CHECK_EQ(state.found, SEAL_STATE_ONE_COPY);
			CHECK_EQ(state.boots, 2);
			CHECK_EQ(number(), 5);
			CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
			CHECK_EQ(state.boots, 3);
		}
	}
}

TEST(two_damaged_copies_are_reported)
{
	state_prepare(0, false);
	blocks[BLOCK_A][20] ^= 1u;
	blocks[BLOCK_B][20] ^= 1u;
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(state.found, SEAL_STATE_DAMAGED);
	CHECK_EQ(state.boots, 0);
	CHECK_EQ(number(), 0);
	CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK); /* it may continue */
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(state.found, SEAL_STATE_LOADED);
}

TEST(unreadable_copies)
{
	state_prepare(0, false);
	for (uint32_t at = 0; at < 2u; at++) {
		fake_block_set(&fake, FAKE_FAILS, at);
		CHECK_EQ(state_start(), SEAL_OK);
		CHECK_EQ(state.found, SEAL_STATE_ONE_COPY);
	}
	blocks[BLOCK_B][20] ^= 1u;
	fake_block_set(&fake, FAKE_FAILS, 0);
	CHECK_EQ(state_start(), SEAL_OK);
	CHECK_EQ(state.found, SEAL_STATE_DAMAGED);
	blocks[BLOCK_B][20] ^= 1u;
	fake.off = true;
	CHECK_EQ(state_start(), SEAL_E_SPOOL);
	fake.off = false;
	CHECK_EQ(state_until_done(seal_state_open), SEAL_OK); /* tried again, without init */
	CHECK_EQ(state.found, SEAL_STATE_LOADED);
	CHECK_EQ(number(), 5);
}

TEST(nothing_is_written_before_open)
{
	fake_block_init(&fake, blocks, NUM, 0);
	seal_state_init(&state, &fake.block, BLOCK_A, BLOCK_B);
	CHECK_EQ(seal_state_save(&state, work), SEAL_E_CALLER);
	CHECK_EQ(fake.num_ops, 0);
}

const struct test_case test_state_cases[] = {
	CASE(counts_every_start),
	CASE(values_are_kept_replaced_forgotten),
	CASE(cut_at_every_write_leaves_old_or_new),
	CASE(a_cut_on_a_new_medium_starts_over),
	CASE(a_failure_can_be_tried_again),
	CASE(a_count_that_failed_was_not_used),
	CASE(waiting_changes_nothing),
	CASE(one_copy_is_enough_and_brings_no_count_back),
	CASE(two_damaged_copies_are_reported),
	CASE(unreadable_copies),
	CASE(nothing_is_written_before_open),
	CASE_END
};
