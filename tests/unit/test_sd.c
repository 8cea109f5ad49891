/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sd.c - the SD card's driver, on cards that are slow, pulled out, and put back.
 */
#include "port/driver/sd/sd_faulty.h"
#include "port/driver/sd/sd_spi.h"
#include "tests/unit/fake_card.h"
#include "tests/unit/test.h"

#define NUM 12u

/* One block, and what it may take to get there. */
#define OCTETS_MAX (SEAL_BLOCK_SIZE + 200u)

static uint8_t blocks[NUM][SEAL_BLOCK_SIZE];
static uint8_t buffer[SEAL_BLOCK_SIZE];
static struct fake_card card;
static struct seal_sd_faulty bus;
static struct seal_sd sd;
static struct seal_block *const dev = &sd.block;
static uint64_t now_ms;
static uint32_t most_octets;

static void
poll(unsigned times)
{
	while (times-- > 0) {
		const uint32_t before = card.num_octets;

		now_ms += 10;
		seal_sd_poll(&sd, now_ms);
		if (card.num_octets - before > most_octets)
			most_octets = card.num_octets - before;
	}
}

/* A card of each kind, ready. */
static void
fresh(enum fake_card_kind kind)
{
	most_octets = 0;
	memset(blocks, 0, sizeof blocks);
	fake_card_init(&card, kind, blocks, NUM);
	card.num_start_up = 3;
	seal_sd_faulty_init(&bus, &card.spi);
	seal_sd_init(&sd, &bus.spi, 1000000);
	now_ms = 5;
	poll(40);
	CHECK(dev->ops->num_blocks(dev) > 0);
}

static void
fill(uint8_t *data, uint32_t block, uint8_t seed)
{
	for (uint32_t i = 0; i < SEAL_BLOCK_SIZE; i++)
		data[i] = (uint8_t)(seed + block * 17u + i * (block + 3u));
}

static void
note(uint32_t before)
{
	if (card.num_octets - before > most_octets)
		most_octets = card.num_octets - before;
}

static enum seal_status
write_once(uint32_t block, uint8_t seed)
{
	const uint32_t before = card.num_octets;
	enum seal_status status;

	fill(buffer, block, seed);
	status = dev->ops->write(dev, block, buffer);
	note(before);
	return status;
}

static enum seal_status
read_once(uint32_t block)
{
	const uint32_t before = card.num_octets;
	const enum seal_status status = dev->ops->read(dev, block, buffer);

	note(before);
	return status;
}

static enum seal_status
write_block(uint32_t block, uint8_t seed)
{
	enum seal_status status = write_once(block, seed);

	for (unsigned i = 0; i < 300u && status == SEAL_PENDING; i++) {
		poll(1);
		status = write_once(block, seed);
	}
	return status;
}

static enum seal_status
read_block(uint32_t block)
{
	enum seal_status status = read_once(block);

	for (unsigned i = 0; i < 300u && status == SEAL_PENDING; i++) {
		poll(1);
		status = read_once(block);
	}
	return status;
}

static enum seal_status
sync(void)
{
	enum seal_status status = dev->ops->sync(dev);

	for (unsigned i = 0; i < 300u && status == SEAL_PENDING; i++) {
		poll(1);
		status = dev->ops->sync(dev);
	}
	return status;
}

static bool
buffer_is(uint32_t block, uint8_t seed)
{
	uint8_t want[SEAL_BLOCK_SIZE];

	fill(want, block, seed);
	return memcmp(buffer, want, sizeof want) == 0;
}

/* In sequence, single, mixed. */
static void
check_traffic(uint8_t seed)
{
	static const uint8_t order[] = { 0, 1, 2, 3, 7, 6, 8, 9, 10, 4, 5, 11 };

	for (unsigned i = 0; i < NUM; i++)
		CHECK_EQ(write_block(order[i], seed), SEAL_OK);
	for (unsigned i = 0; i < NUM; i++) {
		CHECK_EQ(read_block(i), SEAL_OK);
		CHECK(buffer_is(i, seed));
	}
	for (unsigned i = 0; i < NUM; i++) {
		CHECK_EQ(read_block(order[i]), SEAL_OK);
		CHECK(buffer_is(order[i], seed));
		CHECK_EQ(write_block(order[NUM - 1u - i], (uint8_t)(seed + 1u)), SEAL_OK);
		CHECK_EQ(write_block(order[NUM - 1u - i], seed), SEAL_OK);
	}
	CHECK_EQ(sync(), SEAL_OK);
	for (unsigned i = 0; i < NUM; i++) {
		memcpy(buffer, blocks[i], sizeof buffer);
		CHECK(buffer_is(i, seed));
	}
}

TEST(every_kind_of_card_at_every_pace)
{
	for (int kind = FAKE_CARD_V1; kind <= FAKE_CARD_HC; kind++) {
		for (unsigned pace = 0; pace < 6u; pace++) {
			static const uint16_t octets[] = { 0, 1, 31, 33, 100, 500 };

			fresh((enum fake_card_kind)kind);
			CHECK_EQ(dev->ops->num_blocks(dev), kind == FAKE_CARD_HC ? 1024 : NUM);
			card.delay = pace;
			card.latency = octets[pace];
			card.busy = octets[pace];
			check_traffic((uint8_t)pace);
			CHECK_EQ(sd.num_errors, 0);
			CHECK_EQ(sd.num_starts, 1);
			CHECK(most_octets <= OCTETS_MAX);
		}
	}
}

TEST(sequences_are_written_and_read_as_such)
{
	fresh(FAKE_CARD_HC);
	for (uint32_t i = 0; i < NUM; i++)
		CHECK_EQ(write_block(i, 1), SEAL_OK);
	for (uint32_t i = 0; i < NUM; i++)
		CHECK_EQ(read_block(i), SEAL_OK);
	CHECK_EQ(card.num_commands[24], 1);
	CHECK_EQ(card.num_commands[25], 1);
	CHECK_EQ(card.num_commands[17], 1);
	CHECK_EQ(card.num_commands[18], 1);
}

TEST(no_such_block)
{
	fresh(FAKE_CARD_SC);
	CHECK_EQ(write_once(NUM, 0), SEAL_E_LIMIT);
	CHECK_EQ(read_once(NUM), SEAL_E_LIMIT);
	CHECK_EQ(write_block(NUM - 1u, 0), SEAL_OK);
	CHECK_EQ(read_block(NUM - 2u), SEAL_OK);
	CHECK_EQ(read_block(NUM - 1u), SEAL_OK); /* CMD18 up to the end */
	CHECK_EQ(read_block(0), SEAL_OK);
	CHECK_EQ(sd.num_errors, 0);
}

/* Both get theirs, although each asks for another block all the time. */
TEST(two_who_read_in_turns)
{
	uint32_t at[2] = { 0, 6 };

	fresh(FAKE_CARD_HC);
	for (uint32_t i = 0; i < NUM; i++)
		CHECK_EQ(write_block(i, 2), SEAL_OK);
	card.latency = 90;
	for (unsigned i = 0; i < 400u && (at[0] < 6u || at[1] < 12u); i++) {
		const unsigned who = i & 1u;

		if (at[who] < 6u + 6u * who && read_once(at[who]) == SEAL_OK) {
			CHECK(buffer_is(at[who], 2));
			at[who]++;
		}
		poll(i % 3u == 0 ? 1 : 0);
	}
	CHECK_EQ(at[0], 6);
	CHECK_EQ(at[1], 12);
	CHECK_EQ(sd.num_errors, 0);
}

TEST(who_stops_asking_is_forgotten)
{
	for (unsigned single = 0; single < 2u; single++) {
		fresh(FAKE_CARD_HC);
		CHECK_EQ(read_block(0), SEAL_OK);
		card.latency = 50;
		CHECK_EQ(read_once(single ? 5 : 1), SEAL_PENDING);
		CHECK_EQ(write_once(3, 9), SEAL_PENDING);
		CHECK_EQ(write_block(3, 9), SEAL_OK);
		CHECK_EQ(sync(), SEAL_OK);
		CHECK_EQ(sd.num_errors, 0);

		CHECK_EQ(read_once(single ? 8 : 4), SEAL_PENDING);
		poll(100); /* it is not missed, and a card that waits is left in peace */
		CHECK_EQ(read_block(3), SEAL_OK);
		CHECK(buffer_is(3, 9));
		CHECK_EQ(sd.num_starts, 1);
	}
}

TEST(a_sequence_that_ends_is_made_safe)
{
	fresh(FAKE_CARD_HC);
	CHECK_EQ(write_block(1, 3), SEAL_OK);
	CHECK_EQ(write_block(2, 3), SEAL_OK);
	poll(10);
	CHECK_EQ(card.state, FAKE_CARD_IDLE);
	CHECK_EQ(card.num_commands[13], 2);
}

TEST(errors_found_afterwards_end_the_epoch)
{
	uint32_t epoch;

	fresh(FAKE_CARD_HC);
	epoch = dev->ops->epoch(dev);
	CHECK_EQ(write_block(1, 3), SEAL_OK);
	CHECK_EQ(sync(), SEAL_OK);
	CHECK_EQ(dev->ops->epoch(dev), epoch);
	CHECK_EQ(write_block(2, 3), SEAL_OK);
	card.fails_status = true;
	CHECK_EQ(sync(), SEAL_OK);
	CHECK(dev->ops->epoch(dev) != epoch);
	CHECK_EQ(sd.num_errors, 1);
}

TEST(a_refused_write_is_told_and_forgiven)
{
	for (uint32_t after = 0; after < 2u; after++) { /* CMD24, CMD25 */
		uint32_t epoch;

		fresh(FAKE_CARD_HC);
		epoch = dev->ops->epoch(dev);
		seal_sd_faulty_set(&bus, SEAL_SD_REFUSES, after);
		for (uint32_t i = 0; i < after; i++)
			CHECK_EQ(write_block(4u + i, 3), SEAL_OK);
		CHECK_EQ(write_block(4u + after, 3), SEAL_E_SPOOL);
		CHECK_EQ(sd.num_errors, 1);
		CHECK_EQ(dev->ops->epoch(dev) != epoch, after > 0);
		seal_sd_faulty_set(&bus, SEAL_SD_SOUND, 0);
		check_traffic(7);
		CHECK_EQ(sd.num_starts, 1);
		CHECK_EQ(sd.num_errors, 1);
	}
}

TEST(an_unreadable_block_is_told_and_forgiven)
{
	for (uint32_t after = 0; after < 2u; after++) { /* CMD17, CMD18 */
		fresh(FAKE_CARD_HC);
		seal_sd_faulty_set(&bus, SEAL_SD_UNREADABLE, after);
		for (uint32_t i = 0; i < after; i++)
			CHECK_EQ(read_block(4u + i), SEAL_OK);
		CHECK_EQ(read_block(4u + after), SEAL_E_SPOOL);
		CHECK_EQ(sd.num_errors, 1);
		seal_sd_faulty_set(&bus, SEAL_SD_SOUND, 0);
		check_traffic(7);
		CHECK_EQ(sd.num_starts, 1);
		CHECK_EQ(sd.num_errors, 1);
	}
}

TEST(no_card_and_then_one)
{
	memset(blocks, 0, sizeof blocks);
	most_octets = 0;
	fake_card_init(&card, FAKE_CARD_HC, blocks, NUM);
	card.gone = true;
	seal_sd_faulty_init(&bus, &card.spi);
	seal_sd_init(&sd, &bus.spi, 1000000);
	CHECK_EQ(write_once(0, 0), SEAL_E_SPOOL);
	poll(100);
	CHECK_EQ(read_once(0), SEAL_E_SPOOL);
	CHECK_EQ(sync(), SEAL_E_SPOOL);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	CHECK_EQ(sd.num_errors, 0);
	fake_card_insert(&card);
	poll(40);
	check_traffic(8);
	CHECK(most_octets <= OCTETS_MAX);
}

TEST(a_card_that_is_never_ready)
{
	fresh(FAKE_CARD_HC);
	card.gone = true;
	poll(110);
	fake_card_insert(&card);
	card.num_start_up = UINT32_MAX;
	poll(400);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	card.num_start_up = 2;
	poll(250);
	CHECK(dev->ops->num_blocks(dev) > 0);
}

TEST(busy_for_ever_is_lost)
{
	fresh(FAKE_CARD_HC);
	card.busy = UINT32_MAX;
	CHECK_EQ(write_block(1, 3), SEAL_OK);
	CHECK_EQ(write_block(2, 3), SEAL_E_SPOOL);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	card.busy = 0;
	fake_card_insert(&card);
	poll(40);
	check_traffic(3);
}

TEST(a_block_that_never_comes_is_lost)
{
	for (uint32_t block = 4; block < 6u; block++) { /* CMD18, CMD17 */
		fresh(FAKE_CARD_HC);
		CHECK_EQ(read_block(3), SEAL_OK);
		card.latency = UINT32_MAX;
		CHECK_EQ(read_block(block), SEAL_E_SPOOL);
		card.latency = 0;
		fake_card_insert(&card);
		poll(40);
		check_traffic(3);
	}
}

/* An idle card that is gone is noticed without being used. */
TEST(absence_is_noticed)
{
	fresh(FAKE_CARD_HC);
	card.gone = true;
	poll(110);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	CHECK_EQ(sd.num_errors, 1);
}

/* Pulled after every octet of some traffic. What was said to be safe is, the epoch tells of
 * the rest; put back, the card works. The power may stay on, too: then it is still in the
 * middle of something. */
TEST(pulled_at_every_octet)
{
	for (unsigned powered = 0; powered < 2u; powered++) {
		uint32_t at = 1;
		bool pulled = true;

		for (; pulled; at += 7) {
			uint32_t epoch;
			bool good;

			fresh(FAKE_CARD_SC);
			card.busy = 40;
			card.latency = 3;
			epoch = dev->ops->epoch(dev);
			card.gone_at = at;
			good = write_block(1, 5) == SEAL_OK && write_block(2, 5) == SEAL_OK &&
			       write_block(3, 5) == SEAL_OK && read_block(1) == SEAL_OK &&
			       read_block(2) == SEAL_OK && write_block(8, 5) == SEAL_OK && sync() == SEAL_OK;
			pulled = card.gone;
			CHECK(good != pulled || dev->ops->epoch(dev) == epoch);
			if (good) {
				memcpy(buffer, blocks[8], sizeof buffer);
				CHECK(dev->ops->epoch(dev) != epoch || buffer_is(8, 5));
			}
			poll(110);
			CHECK(dev->ops->num_blocks(dev) == 0 || !pulled);
			CHECK(dev->ops->epoch(dev) != epoch || !pulled);
			if (powered) {
				card.gone = false;
				card.gone_at = 0;
			} else {
				fake_card_insert(&card);
			}
			poll(60);
			check_traffic(6);
		}
		CHECK(at > 2000);
	}
}

const struct test_case test_sd_cases[] = {
	CASE(every_kind_of_card_at_every_pace),
	CASE(sequences_are_written_and_read_as_such),
	CASE(no_such_block),
	CASE(two_who_read_in_turns),
	CASE(who_stops_asking_is_forgotten),
	CASE(a_sequence_that_ends_is_made_safe),
	CASE(errors_found_afterwards_end_the_epoch),
	CASE(a_refused_write_is_told_and_forgiven),
	CASE(an_unreadable_block_is_told_and_forgiven),
	CASE(no_card_and_then_one),
	CASE(a_card_that_is_never_ready),
	CASE(busy_for_ever_is_lost),
	CASE(a_block_that_never_comes_is_lost),
	CASE(absence_is_noticed),
	CASE(pulled_at_every_octet),
	CASE_END
};
