/* SPDX-License-Identifier: Apache-2.0
 *
 * test_at24c.c - the EEPROM driver, with chips that are silent, absent, cut off, and held.
 */
#include "port/driver/eeprom/at24c.h"
#include "port/gateway/state.h"
#include "tests/unit/fake_eeprom.h"
#include "tests/unit/test.h"

#define NUM 4u
#define PAGES (SEAL_BLOCK_SIZE / FAKE_EEPROM_PAGE)

/* A page, its address, both calls, starts and a stop; or all clocks that free a bus. */
#define CLOCKS_MAX ((FAKE_EEPROM_PAGE + 4u) * 9u + 12u)

/* How often an operation is repeated before a test gives up. */
#define ASKED_MAX 2000u

static uint8_t memory[NUM * SEAL_BLOCK_SIZE];
static uint8_t buffer[SEAL_BLOCK_SIZE];
static struct fake_eeprom chip;
static struct seal_at24c eeprom;
static struct seal_block *const dev = &eeprom.block;
static struct seal_state state;
static uint32_t most_clocks;

static bool
at24c_connect(void)
{
	return seal_at24c_init(&eeprom, &chip.bus, FAKE_EEPROM_ADDRESS, sizeof memory);
}

static void
at24c_fresh(void)
{
	for (uint32_t i = 0; i < sizeof memory; i++)
		memory[i] = (uint8_t)(i * 7u + i / 256u);
	fake_eeprom_init(&chip, memory, sizeof memory);
	chip.silence = 3;
	most_clocks = 0;
	CHECK(at24c_connect());
	CHECK_EQ(dev->ops->num_blocks(dev), NUM);
}

/* By value: data of a later call may differ. */
static void
at24c_fill(uint8_t *data, uint8_t seed)
{
	for (uint32_t i = 0; i < SEAL_BLOCK_SIZE; i++)
		data[i] = (uint8_t)(seed + i * (seed | 1u) + i / 256u);
}

static bool
is_filled(const uint8_t *data, uint8_t seed)
{
	uint8_t want[SEAL_BLOCK_SIZE];

	at24c_fill(want, seed);
	return memcmp(data, want, sizeof want) == 0;
}

enum what {
	WRITE,
	READ,
	SYNC
};

static enum seal_status
at24c_ask(enum what what, uint32_t block)
{
	const uint32_t before = chip.num_clocks;
	const enum seal_status status = what == WRITE ? dev->ops->write(dev, block, buffer) :
	                                what == READ ? dev->ops->read(dev, block, buffer) : dev->ops->sync(dev);

	if (chip.num_clocks - before > most_clocks)
		most_clocks = chip.num_clocks - before;
	CHECK(chip.scl && chip.sda);
	CHECK(chip.gone || chip.state == FAKE_EEPROM_STOPPED);
	return status;
}

static enum seal_status
at24c_until_done(enum what what, uint32_t block)
{
	enum seal_status status = SEAL_PENDING;

	for (unsigned i = 0; i < ASKED_MAX && status == SEAL_PENDING; i++)
		status = at24c_ask(what, block);
	return status;
}

TEST(blocks_are_written_and_read)
{
	at24c_fresh();
	for (uint32_t block = 0; block < NUM; block++) {
		at24c_fill(buffer, (uint8_t)(block + 40u));
		CHECK_EQ(at24c_until_done(WRITE, block), SEAL_OK);
		CHECK_EQ(at24c_until_done(SYNC, 0), SEAL_OK);
		CHECK(is_filled(memory + block * SEAL_BLOCK_SIZE, (uint8_t)(block + 40u)));
	}
	CHECK_EQ(chip.num_pages, NUM * PAGES);
	for (uint32_t block = NUM; block-- > 0;) {
		CHECK_EQ(at24c_until_done(READ, block), SEAL_OK);
		CHECK(is_filled(buffer, (uint8_t)(block + 40u)));
	}
	CHECK_EQ(chip.num_pages, NUM * PAGES);
	CHECK_EQ(at24c_ask(WRITE, NUM), SEAL_E_LIMIT);
	CHECK_EQ(at24c_ask(READ, NUM), SEAL_E_LIMIT);
	CHECK_EQ(at24c_ask(READ, UINT32_MAX), SEAL_E_LIMIT);
	CHECK(most_clocks <= CLOCKS_MAX);
}

TEST(a_call_moves_a_page_and_waits_for_none)
{
	unsigned num_calls = 1;

	at24c_fresh();
	at24c_fill(buffer, 9);
	while (at24c_ask(WRITE, 1) == SEAL_PENDING)
		num_calls++;
	CHECK_EQ(num_calls, PAGES + (PAGES - 1u) * chip.silence);
	CHECK_EQ(at24c_ask(SYNC, 0), SEAL_PENDING);
	CHECK_EQ(at24c_until_done(SYNC, 0), SEAL_OK);
	CHECK_EQ(at24c_ask(SYNC, 0), SEAL_OK);
	CHECK_EQ(chip.num_pages, PAGES);
	num_calls = 1;
	while (at24c_ask(READ, 1) == SEAL_PENDING)
		num_calls++;
	CHECK_EQ(num_calls, PAGES);
	CHECK(most_clocks <= CLOCKS_MAX);
}

TEST(an_old_chip_has_its_time)
{
	at24c_fresh();
	chip.silence = 100;
	at24c_fill(buffer, 4);
	CHECK_EQ(at24c_until_done(WRITE, 1), SEAL_OK);
	CHECK_EQ(at24c_until_done(READ, 1), SEAL_OK);
	CHECK(is_filled(buffer, 4));
}

TEST(a_caller_that_stops_asking_leaves_no_mixture)
{
	at24c_fresh();
	at24c_fill(buffer, 1);
	for (unsigned i = 0; i < 20u; i++)
		CHECK_EQ(at24c_ask(WRITE, 1), SEAL_PENDING);
	at24c_fill(buffer, 2);
	CHECK_EQ(at24c_until_done(WRITE, 1), SEAL_OK);
	CHECK(is_filled(memory + SEAL_BLOCK_SIZE, 2));
	at24c_fill(buffer, 3);
	for (unsigned i = 0; i < 20u; i++)
		CHECK_EQ(at24c_ask(WRITE, 2), SEAL_PENDING);
	CHECK_EQ(at24c_until_done(WRITE, 3), SEAL_OK);
	CHECK(is_filled(memory + 3u * SEAL_BLOCK_SIZE, 3));
	CHECK_EQ(at24c_until_done(SYNC, 0), SEAL_OK);
	for (unsigned i = 0; i < 7u; i++)
		CHECK_EQ(at24c_ask(READ, 1), SEAL_PENDING);
	memset(buffer, 0, sizeof buffer);
	CHECK_EQ(at24c_until_done(READ, 1), SEAL_OK);
	CHECK(is_filled(buffer, 2));
	CHECK_EQ(at24c_ask(READ, 1), SEAL_PENDING);
	at24c_fill(buffer, 3);
	CHECK_EQ(at24c_until_done(WRITE, 1), SEAL_OK);
	CHECK_EQ(at24c_until_done(READ, 1), SEAL_OK);
	CHECK(is_filled(buffer, 3));
}

TEST(absent_and_back)
{
	at24c_fresh();
	chip.gone = true;
	CHECK(!at24c_connect());
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	CHECK(chip.num_clocks < 20000u);
	CHECK_EQ(at24c_until_done(READ, 0), SEAL_E_SPOOL);
	CHECK_EQ(at24c_until_done(WRITE, 0), SEAL_E_SPOOL);
	CHECK_EQ(at24c_until_done(SYNC, 0), SEAL_E_SPOOL);
	CHECK_EQ(dev->ops->epoch(dev), 0);
	fake_eeprom_power(&chip);
	CHECK_EQ(at24c_until_done(READ, 0), SEAL_OK);
	CHECK_EQ(dev->ops->num_blocks(dev), NUM);
	chip.gone = true;
	CHECK_EQ(at24c_until_done(READ, 0), SEAL_E_SPOOL);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	CHECK_EQ(dev->ops->epoch(dev), 1);
	CHECK(most_clocks <= CLOCKS_MAX);
}

TEST(another_address_is_another_chip)
{
	at24c_fresh();
	CHECK(!seal_at24c_init(&eeprom, &chip.bus, FAKE_EEPROM_ADDRESS ^ 1u, sizeof memory));
}

TEST(a_held_bus_is_bounded)
{
	at24c_fresh();
	chip.stuck = true;
	CHECK_EQ(at24c_until_done(READ, 0), SEAL_E_SPOOL);
	at24c_fill(buffer, 1);
	CHECK_EQ(at24c_until_done(WRITE, 0), SEAL_E_SPOOL);
	CHECK(!at24c_connect());
	CHECK(most_clocks <= CLOCKS_MAX);
	CHECK_EQ(chip.num_pages, 0);
	chip.stuck = false;
	CHECK_EQ(at24c_until_done(READ, 0), SEAL_OK);
}

TEST(refused_octets)
{
	for (uint32_t at = 0; at < 2u + FAKE_EEPROM_PAGE; at++) {
		at24c_fresh();
		at24c_fill(buffer, 5);
		chip.refuse_at = at;
		CHECK_EQ(at24c_until_done(WRITE, 2), SEAL_E_SPOOL);
		CHECK_EQ(at24c_until_done(WRITE, 2), SEAL_OK);
		CHECK(is_filled(memory + 2u * SEAL_BLOCK_SIZE, 5));
		CHECK_EQ(at24c_until_done(SYNC, 0), SEAL_OK);
		chip.refuse_at = at % 2u;
		CHECK_EQ(at24c_until_done(READ, 2), SEAL_E_SPOOL);
		CHECK_EQ(at24c_until_done(READ, 2), SEAL_OK);
		CHECK(is_filled(buffer, 5));
	}
}

/* The processor stops at any clock, the chip does not notice, and the program restarts: any content
 * of the chip, especially zeros, must not keep the chip from responding. */
static void
reset_at(enum what what, uint32_t clock)
{
	at24c_fresh();
	memset(memory + SEAL_BLOCK_SIZE, clock % 2u == 0 ? 0 : 0x55, SEAL_BLOCK_SIZE);
	at24c_fill(buffer, 6);
	chip.gone_at = clock;
	while (!chip.gone)
		(void)at24c_ask(what, 1);
	chip.gone = chip.scl = false; /* it saw the last clock fall, and that nothing holds SDA */
	chip.silent = 0;
	CHECK_EQ(at24c_ask(SYNC, 0), SEAL_OK);
	CHECK(at24c_connect());
	at24c_fill(buffer, 7);
	CHECK_EQ(at24c_until_done(WRITE, 1), SEAL_OK);
	CHECK_EQ(at24c_until_done(READ, 1), SEAL_OK);
	CHECK(is_filled(buffer, 7));
	CHECK_EQ(memory[SEAL_BLOCK_SIZE - 1u], (uint8_t)((SEAL_BLOCK_SIZE - 1u) * 7u + 1u));
	CHECK_EQ(memory[2u * SEAL_BLOCK_SIZE], (uint8_t)(2u * SEAL_BLOCK_SIZE * 7u + 4u));
}

TEST(reset_in_a_transfer)
{
	for (uint32_t clock = 1; clock < 90u; clock++) {
		reset_at(READ, clock);
		reset_at(WRITE, clock);
	}
}

/* --- under state.h ------------------------------------------------------------------------ */

static enum seal_status
state_until_done(enum seal_status (*what)(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE]))
{
	enum seal_status status = SEAL_PENDING;

	for (unsigned i = 0; i < ASKED_MAX && status == SEAL_PENDING; i++)
		status = what(&state, buffer);
	return status;
}

static enum seal_status
open_state(void)
{
	seal_state_init(&state, dev, 0, 1);
	return state_until_done(seal_state_open);
}

static void
started_twice(void)
{
	at24c_fresh();
	chip.silence = 1;
	for (unsigned i = 0; i < 2u; i++) {
		CHECK_EQ(open_state(), SEAL_OK);
		CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
	}
}

/* After the power is back: no count is repeated, and the next start has its own. */
static void
check_counts(uint32_t counted)
{
	fake_eeprom_power(&chip);
	CHECK(at24c_connect());
	CHECK_EQ(open_state(), SEAL_OK);
	CHECK(state.found == SEAL_STATE_LOADED || state.found == SEAL_STATE_ONE_COPY);
	CHECK(state.boots == 2u || state.boots == 3u);
	CHECK(state.boots >= counted);
	CHECK_EQ(state_until_done(seal_state_boot), SEAL_OK);
	CHECK(state.boots > counted);
	CHECK_EQ(open_state(), SEAL_OK);
	CHECK_EQ(state.found, SEAL_STATE_LOADED);
}

TEST(cut_in_any_page_leaves_a_count)
{
	static const uint8_t lens[] = { 0, 5, 13, 31, 32 };

	for (uint32_t page = 0; page < 2u * PAGES; page += TEST_EVERY) {
		for (unsigned l = 0; l < sizeof lens; l++) {
			started_twice();
			chip.cut_at = page;
			chip.cut_len = lens[l];
			CHECK_EQ(open_state(), SEAL_OK);
			CHECK_EQ(state_until_done(seal_state_boot), SEAL_E_SPOOL);
			check_counts(2);
		}
	}
}

TEST(cut_at_any_time_leaves_a_count)
{
	uint32_t num_cut = 0;
	bool was_cut = true;

	for (uint32_t clock = 1; was_cut; clock += 523u) {
		uint32_t counted = 2;

		started_twice();
		chip.gone_at = clock;
		if (open_state() == SEAL_OK && state_until_done(seal_state_boot) == SEAL_OK)
			counted = state.boots;
		was_cut = chip.gone;
		num_cut += was_cut;
		check_counts(counted);
	}
	CHECK(num_cut > 40u);
}

const struct test_case test_at24c_cases[] = {
	CASE(blocks_are_written_and_read),
	CASE(a_call_moves_a_page_and_waits_for_none),
	CASE(an_old_chip_has_its_time),
	CASE(a_caller_that_stops_asking_leaves_no_mixture),
	CASE(absent_and_back),
	CASE(another_address_is_another_chip),
	CASE(a_held_bus_is_bounded),
	CASE(refused_octets),
	CASE(reset_in_a_transfer),
	CASE(cut_in_any_page_leaves_a_count),
	CASE(cut_at_any_time_leaves_a_count),
	CASE_END
};
