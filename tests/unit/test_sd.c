/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sd.c - the SD card driver, with cards that are slow, removed, and inserted again.
 */
#include "port/driver/sd/sd_faulty.h"
#include "port/driver/sd/sd_spi.h"
#include "tests/unit/fake_card.h"
#include "tests/unit/test.h"

#define NUM 12u

/* One block, and the longest way to it. */
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

/* Insert a card; its faults can be set before it is started. */
static void
put_in(enum fake_card_kind kind)
{
	most_octets = 0;
	memset(blocks, 0, sizeof blocks);
	fake_card_init(&card, kind, blocks, NUM);
	card.num_start_up = 3;
	seal_sd_faulty_init(&bus, &card.spi);
	seal_sd_init(&sd, &bus.spi, 1000000);
	now_ms = 5;
}

static uint32_t
started(unsigned polls)
{
	poll(polls);
	return dev->ops->num_blocks(dev);
}

/* A card of each kind, ready. */
static void
sd_fresh(enum fake_card_kind kind)
{
	put_in(kind);
	CHECK(started(40) > 0);
}

static void
sd_fill(uint8_t *data, uint32_t block, uint8_t seed)
{
	for (uint32_t i = 0; i < SEAL_BLOCK_SIZE; i++)
		data[i] = (uint8_t)(seed + block * 17u + i * (block + 3u));
}

static void
sd_note(uint32_t before)
{
	if (card.num_octets - before > most_octets)
		most_octets = card.num_octets - before;
}

static enum seal_status
write_once(uint32_t block, uint8_t seed)
{
	const uint32_t before = card.num_octets;
	enum seal_status status;

	sd_fill(buffer, block, seed);
	status = dev->ops->write(dev, block, buffer);
	sd_note(before);
	return status;
}

static enum seal_status
read_once(uint32_t block)
{
	const uint32_t before = card.num_octets;
	const enum seal_status status = dev->ops->read(dev, block, buffer);

	sd_note(before);
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

	sd_fill(want, block, seed);
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

			sd_fresh((enum fake_card_kind)kind);
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
	sd_fresh(FAKE_CARD_HC);
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
	sd_fresh(FAKE_CARD_SC);
	CHECK_EQ(write_once(NUM, 0), SEAL_E_LIMIT);
	CHECK_EQ(read_once(NUM), SEAL_E_LIMIT);
	CHECK_EQ(write_block(NUM - 1u, 0), SEAL_OK);
	CHECK_EQ(read_block(NUM - 2u), SEAL_OK);
	CHECK_EQ(read_block(NUM - 1u), SEAL_OK); /* CMD18 up to the end */
	CHECK_EQ(read_block(0), SEAL_OK);
	CHECK_EQ(sd.num_errors, 0);
}

/* Both get their block, although each always asks for a different one. */
TEST(two_readers_in_turns)
{
	uint32_t at[2] = { 0, 6 };

	sd_fresh(FAKE_CARD_HC);
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

TEST(a_caller_that_stops_asking_is_forgotten)
{
	for (unsigned single = 0; single < 2u; single++) {
		sd_fresh(FAKE_CARD_HC);
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
	uint32_t before;

	sd_fresh(FAKE_CARD_HC);
	before = card.num_commands[13];
	CHECK_EQ(write_block(1, 3), SEAL_OK);
	CHECK_EQ(write_block(2, 3), SEAL_OK);
	poll(10);
	CHECK_EQ(card.state, FAKE_CARD_IDLE);
	CHECK_EQ(card.num_commands[13] - before, 2);
}

TEST(errors_found_afterwards_end_the_epoch)
{
	uint32_t epoch;

	sd_fresh(FAKE_CARD_HC);
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

TEST(a_refused_write_is_reported_and_not_fatal)
{
	for (uint32_t after = 0; after < 2u; after++) { /* CMD24, CMD25 */
		uint32_t epoch;

		sd_fresh(FAKE_CARD_HC);
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

TEST(an_unreadable_block_is_reported_and_not_fatal)
{
	for (uint32_t after = 0; after < 2u; after++) { /* CMD17, CMD18 */
		sd_fresh(FAKE_CARD_HC);
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
	sd_fresh(FAKE_CARD_HC);
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

TEST(busy_forever_is_lost)
{
	sd_fresh(FAKE_CARD_HC);
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
		sd_fresh(FAKE_CARD_HC);
		CHECK_EQ(read_block(3), SEAL_OK);
		card.latency = UINT32_MAX;
		CHECK_EQ(read_block(block), SEAL_E_SPOOL);
		card.latency = 0;
		fake_card_insert(&card);
		poll(40);
		check_traffic(3);
	}
}

/* The removal of an idle card is noticed without using it. */
TEST(absence_is_noticed)
{
	sd_fresh(FAKE_CARD_HC);
	card.gone = true;
	poll(110);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	CHECK_EQ(sd.num_errors, 1);
}

/* Pull the card after every octet of some traffic. Data reported as safe is safe, and the epoch
 * reveals any other loss; inserted again, the card works. If the power stays on, the card is still
 * in the middle of a transfer. */
TEST(pulled_at_every_octet)
{
	for (unsigned powered = 0; powered < 2u; powered++) {
		uint32_t at = 1;
		bool pulled = true;

		for (; pulled; at += 7) {
			uint32_t epoch;
			bool good;

			sd_fresh(FAKE_CARD_SC);
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

/* --- cards that are not as the one before -------------------------------------------------------------- */

/* Its last block is found exactly by reading, for any response to missing blocks. */
TEST(a_card_that_refuses_CMD9)
{
	for (int kind = FAKE_CARD_V1; kind <= FAKE_CARD_HC; kind++) {
		for (int beyond = FAKE_CARD_TOKEN; beyond <= FAKE_CARD_SILENCE; beyond++) {
			put_in((enum fake_card_kind)kind);
			card.refuses_csd = true;
			card.forgets_no_error = true;
			card.beyond = (enum fake_card_beyond)beyond;
			card.latency = 40;
			CHECK_EQ(started(beyond == FAKE_CARD_SILENCE ? 1100 : 200), NUM);
			CHECK(card.num_commands[17] <= 31);
			check_traffic((uint8_t)beyond);
			CHECK_EQ(sd.num_errors, 0);
			CHECK_EQ(sd.num_starts, 1);
			CHECK(most_octets <= OCTETS_MAX);
		}
	}
}

/* CMD9 and CMD13 are illegal. Removal and restart are still noticed. */
TEST(the_card_of_QEMU_10)
{
	for (unsigned restarts = 0; restarts < 2u; restarts++) {
		uint32_t epoch;

		put_in(FAKE_CARD_SC);
		card.refuses_csd = true;
		card.refuses_status = true;
		card.beyond = FAKE_CARD_ADDRESS_ERROR;
		CHECK_EQ(started(60), NUM);
		check_traffic(9);
		CHECK_EQ(sd.num_errors, 0);
		CHECK_EQ(sd.num_starts, 1);
		epoch = dev->ops->epoch(dev);
		if (restarts)
			fake_card_insert(&card);
		else
			card.gone = true;
		poll(110);
		CHECK(dev->ops->epoch(dev) != epoch);
		CHECK_EQ(sd.num_errors, 1);
		fake_card_insert(&card);
		poll(160);
		check_traffic(9);
	}
}

/* A card that first supports CMD13 and then refuses it has restarted. */
TEST(a_status_that_is_refused_later)
{
	sd_fresh(FAKE_CARD_SC);
	CHECK_EQ(write_block(1, 3), SEAL_OK);
	card.refuses_status = true;
	CHECK_EQ(sync(), SEAL_E_SPOOL);
	CHECK_EQ(sd.num_errors, 1);
}

TEST(a_CSD_that_is_no_help)
{
	put_in(FAKE_CARD_SC);
	card.csd_structure = 2;
	CHECK_EQ(started(200), NUM);
	put_in(FAKE_CARD_SC);
	card.spoils_csd = true;
	CHECK_EQ(started(200), NUM);
}

TEST(a_card_without_a_block_that_can_be_read)
{
	put_in(FAKE_CARD_HC);
	card.refuses_csd = true;
	card.num_blocks = 0;
	CHECK_EQ(started(400), 0);
	CHECK_EQ(sd.num_starts, 0);
}

/* A block that exists but cannot be read is not the end. */
TEST(a_bad_block_where_it_is_measured)
{
	put_in(FAKE_CARD_HC);
	card.refuses_csd = true;
	card.bad_block = 8; /* the first one of NUM that is read */
	CHECK_EQ(started(200), NUM);
}

TEST(pulled_while_it_is_measured)
{
	for (uint32_t at = 100; at < 40000u; at += 331u * TEST_EVERY) {
		put_in(FAKE_CARD_HC);
		card.refuses_csd = true;
		card.beyond = FAKE_CARD_SILENCE;
		card.gone_at = at;
		for (unsigned i = 0; i < 1100u && !card.gone; i++) {
			poll(1);
			CHECK(dev->ops->num_blocks(dev) == 0 || dev->ops->num_blocks(dev) == NUM);
		}
		for (unsigned i = 0; i < 250u; i++) {
			poll(1);
			CHECK(dev->ops->num_blocks(dev) == 0 || dev->ops->num_blocks(dev) == NUM);
		}
		CHECK_EQ(dev->ops->num_blocks(dev), card.gone ? 0 : NUM);
		card.beyond = FAKE_CARD_TOKEN;
		fake_card_insert(&card);
		CHECK_EQ(started(200), NUM);
	}
}

/* CMD8 is illegal or gets no response: version 1, for any OCR. */
TEST(cards_that_know_no_CMD8)
{
	for (int cmd8 = FAKE_CARD_ILLEGAL; cmd8 <= FAKE_CARD_NO_ANSWER; cmd8++) {
		put_in(FAKE_CARD_SC);
		card.cmd8 = (enum fake_card_cmd8)cmd8;
		card.odd_ocr = true;
		CHECK_EQ(started(40), NUM);
		check_traffic(1);
		CHECK_EQ(sd.num_errors, 0);
	}
}

TEST(cards_that_cannot_be_used)
{
	for (int cmd8 = FAKE_CARD_WRONG_ECHO; cmd8 <= FAKE_CARD_WRONG_VOLTAGE; cmd8++) {
		put_in(FAKE_CARD_HC);
		card.cmd8 = (enum fake_card_cmd8)cmd8;
		CHECK_EQ(started(200), 0);
		CHECK_EQ(card.num_commands[41], 0);
	}
	put_in(FAKE_CARD_V1);
	card.is_mmc = true;
	CHECK_EQ(started(200), 0);
}

TEST(an_answer_as_late_as_it_may_be)
{
	put_in(FAKE_CARD_HC);
	card.delay = 8;
	CHECK_EQ(started(40), 1024);
	check_traffic(2);
	CHECK_EQ(sd.num_errors, 0);
}

/* 6.4.1: 74 clocks before it is selected, none above 400 kHz. */
TEST(a_card_that_wants_quiet_clocks)
{
	put_in(FAKE_CARD_HC);
	card.wants_quiet = true;
	CHECK(started(45) > 0);
	CHECK_EQ(card.num_loud, 0);
}

/* Every CRC of ours is right from the first command on, including those that the card checks. */
TEST(CRCs_are_right_and_asked_for)
{
	for (int kind = FAKE_CARD_V1; kind <= FAKE_CARD_HC; kind++) {
		sd_fresh((enum fake_card_kind)kind);
		check_traffic(4);
		CHECK(card.crc_on);
		CHECK_EQ(card.num_bad_crcs, 0);
	}
}

TEST(a_card_without_CRCs)
{
	put_in(FAKE_CARD_HC);
	card.refuses_crc = true;
	CHECK_EQ(started(40), 1024);
	check_traffic(5);
	CHECK_EQ(sd.num_errors, 0);
}

TEST(noise_on_the_wire_is_reported_and_not_fatal)
{
	for (uint32_t after = 0; after < 2u; after++) { /* CMD17, CMD18 */
		uint32_t epoch;

		sd_fresh(FAKE_CARD_HC);
		epoch = dev->ops->epoch(dev);
		seal_sd_faulty_set(&bus, SEAL_SD_NOISE, after);
		for (uint32_t i = 0; i < after; i++)
			CHECK_EQ(read_block(4u + i), SEAL_OK);
		CHECK_EQ(read_block(4u + after), SEAL_E_SPOOL);
		CHECK_EQ(sd.num_errors, 1);
		CHECK_EQ(dev->ops->epoch(dev), epoch);
		seal_sd_faulty_set(&bus, SEAL_SD_SOUND, 0);
		check_traffic(7);
		CHECK_EQ(sd.num_errors, 1);
	}
}

/* Data with a right CRC is the content of the card. */
TEST(a_CRC_that_fits_is_believed)
{
	sd_fresh(FAKE_CARD_HC);
	CHECK_EQ(write_block(4, 1), SEAL_OK);
	seal_sd_faulty_set(&bus, SEAL_SD_FLIPS, 0);
	CHECK_EQ(read_block(4), SEAL_OK);
	CHECK(!buffer_is(4, 1));
	CHECK_EQ(sd.num_errors, 0);
}

/* The status repeats an error of a read that was already reported: no written data is lost. */
TEST(an_error_of_a_read_ends_no_epoch)
{
	for (uint32_t before = 0; before < 2u; before++) { /* CMD17, CMD18 */
		uint32_t epoch;

		put_in(FAKE_CARD_HC);
		card.forgets_no_error = true;
		card.bad_block = 7;
		CHECK(started(40) > 0);
		epoch = dev->ops->epoch(dev);
		CHECK_EQ(write_block(1, 3), SEAL_OK);
		for (uint32_t i = 0; i < before; i++)
			CHECK_EQ(read_block(6), SEAL_OK);
		CHECK_EQ(read_block(7), SEAL_E_SPOOL);
		CHECK_EQ(write_block(2, 3), SEAL_OK);
		CHECK_EQ(sync(), SEAL_OK);
		CHECK_EQ(dev->ops->epoch(dev), epoch);
		CHECK_EQ(sd.num_errors, 1);
	}
}

/* 4.3.3 */
TEST(out_of_range_after_the_last_block)
{
	uint32_t epoch;

	put_in(FAKE_CARD_SC);
	card.flags_end = true;
	CHECK_EQ(started(40), NUM);
	epoch = dev->ops->epoch(dev);
	CHECK_EQ(write_block(NUM - 1u, 3), SEAL_OK);
	CHECK_EQ(read_block(NUM - 2u), SEAL_OK);
	CHECK_EQ(read_block(NUM - 1u), SEAL_OK);
	CHECK_EQ(write_block(0, 3), SEAL_OK);
	CHECK_EQ(sync(), SEAL_OK);
	CHECK_EQ(dev->ops->epoch(dev), epoch);
	CHECK_EQ(sd.num_errors, 0);
}

/* After it the card takes nothing but CMD12, and its status names the error once more. */
TEST(a_write_error_in_a_sequence)
{
	for (uint32_t bad = 4; bad < 7u; bad++) { /* CMD24, the first of CMD25, the second */
		uint32_t epoch;

		put_in(FAKE_CARD_HC);
		card.bad_write = bad;
		card.forgets_no_error = true;
		CHECK(started(40) > 0);
		epoch = dev->ops->epoch(dev);
		for (uint32_t i = 4; i < bad; i++)
			CHECK_EQ(write_block(i, 3), SEAL_OK);
		CHECK_EQ(write_block(bad, 3), SEAL_E_SPOOL);
		CHECK_EQ(sd.num_errors, 1);
		CHECK_EQ(dev->ops->epoch(dev) != epoch, bad > 4u);
		check_traffic(7);
		CHECK_EQ(card.num_ignored, 0);
		CHECK_EQ(sd.num_errors, 1);
		CHECK_EQ(sd.num_starts, 1);
	}
}

TEST(busy_an_octet_after_CMD12)
{
	put_in(FAKE_CARD_HC);
	card.late_busy = true;
	CHECK(started(40) > 0);
	card.busy = 200;
	check_traffic(8);
	CHECK_EQ(sd.num_errors, 0);
	CHECK_EQ(sd.num_starts, 1);
}

/* Every response on a line that is held low looks like success. */
TEST(a_line_that_is_held_low)
{
	sd_fresh(FAKE_CARD_HC);
	seal_sd_faulty_set(&bus, SEAL_SD_STUCK, 0);
	CHECK_EQ(read_block(3), SEAL_E_SPOOL);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	poll(100);
	CHECK_EQ(dev->ops->num_blocks(dev), 0);
	seal_sd_faulty_set(&bus, SEAL_SD_SOUND, 0);
	poll(60);
	check_traffic(3);
}

const struct test_case test_sd_cases[] = {
	CASE(every_kind_of_card_at_every_pace),
	CASE(sequences_are_written_and_read_as_such),
	CASE(no_such_block),
	CASE(two_readers_in_turns),
	CASE(a_caller_that_stops_asking_is_forgotten),
	CASE(a_sequence_that_ends_is_made_safe),
	CASE(errors_found_afterwards_end_the_epoch),
	CASE(a_refused_write_is_reported_and_not_fatal),
	CASE(an_unreadable_block_is_reported_and_not_fatal),
	CASE(no_card_and_then_one),
	CASE(a_card_that_is_never_ready),
	CASE(busy_forever_is_lost),
	CASE(a_block_that_never_comes_is_lost),
	CASE(absence_is_noticed),
	CASE(pulled_at_every_octet),
	CASE(a_card_that_refuses_CMD9),
	CASE(the_card_of_QEMU_10),
	CASE(a_status_that_is_refused_later),
	CASE(a_CSD_that_is_no_help),
	CASE(a_card_without_a_block_that_can_be_read),
	CASE(a_bad_block_where_it_is_measured),
	CASE(pulled_while_it_is_measured),
	CASE(cards_that_know_no_CMD8),
	CASE(cards_that_cannot_be_used),
	CASE(an_answer_as_late_as_it_may_be),
	CASE(a_card_that_wants_quiet_clocks),
	CASE(CRCs_are_right_and_asked_for),
	CASE(a_card_without_CRCs),
	CASE(noise_on_the_wire_is_reported_and_not_fatal),
	CASE(a_CRC_that_fits_is_believed),
	CASE(an_error_of_a_read_ends_no_epoch),
	CASE(out_of_range_after_the_last_block),
	CASE(a_write_error_in_a_sequence),
	CASE(busy_an_octet_after_CMD12),
	CASE(a_line_that_is_held_low),
	CASE_END
};
