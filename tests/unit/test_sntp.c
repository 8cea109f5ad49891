/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sntp.c - what the SNTP client asks and believes (RFC 4330, RFC 5905); port/gateway/ntp.h.
 */
#include "port/gateway/ntp.h"
#include "tests/unit/test.h"

#define T_2026    UINT64_C(1790000000) /* 2026-09-21 */
#define LAST_2036 UINT64_C(2085978495) /* the last second of NTP's first era */
#define TO_1900   UINT64_C(2208988800)
#define WAIT_MAX(ms) ((ms) + (ms) / 8u)

static const uint8_t nonces[3][SEAL_NTP_NONCE_LEN] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7 }, { 255, 7, 7, 7, 7, 7, 7, 7 }, { 128, 0, 0, 0, 0, 0, 0, 0 }
};

/* A client, and a server that is right unless a test changes its next answer. */
struct world {
	struct seal_ntp client;
	uint64_t now_ms;
	uint64_t time_ms;   /* the server's, at now_ms */
	uint8_t asked[SEAL_NTP_PACKET_LEN];
	uint8_t answer[SEAL_NTP_PACKET_LEN];
};

static void
sntp_put_u32(uint8_t *p, uint64_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24u - 8u * i));
}

/* The era is lost, as on the wire. */
static void
put_time(uint8_t *p, uint64_t unix_ms)
{
	sntp_put_u32(p, unix_ms / 1000u + TO_1900);
	sntp_put_u32(p + 4, (unix_ms % 1000u << 32) / 1000u + 1u);
}

static struct world
sntp_begin(uint64_t time_s)
{
	struct world w = { .now_ms = 5000, .time_ms = time_s * 1000u };

	seal_ntp_init(&w.client, w.now_ms);
	return w;
}

static void
pass(struct world *w, uint64_t ms)
{
	w->now_ms += ms;
	w->time_ms += ms;
}

static void
sntp_ask(struct world *w, const uint8_t nonce[SEAL_NTP_NONCE_LEN])
{
	seal_ntp_ask(&w->client, nonce, w->asked, w->now_ms);
}

/* A good answer that the server makes now. */
static void
sntp_prepare(struct world *w)
{
	memset(w->answer, 0, sizeof w->answer);
	w->answer[0] = 4u << 3 | 4u;
	w->answer[1] = 2;
	sntp_put_u32(w->answer + 4, 1u << 12);  /* root delay 1/16 s    */
	sntp_put_u32(w->answer + 8, 1u << 14);  /* root dispersion 1/4 s */
	memcpy(w->answer + 12, "\xc0\0\2\1", 4);
	put_time(w->answer + 16, w->time_ms - 64000u);
	memcpy(w->answer + 24, w->asked + 40, 8);
	put_time(w->answer + 32, w->time_ms);
	put_time(w->answer + 40, w->time_ms);
}

static enum seal_ntp_verdict
sntp_take(struct world *w)
{
	return seal_ntp_take(&w->client, seal_span(w->answer, sizeof w->answer), w->now_ms);
}

/* Wait until it is due, ask, and get an answer at once. */
static enum seal_ntp_verdict
next_answer(struct world *w)
{
	if (w->now_ms < seal_ntp_deadline_ms(&w->client))
		pass(w, seal_ntp_deadline_ms(&w->client) - w->now_ms);
	CHECK(seal_ntp_tick(&w->client, w->now_ms));
	sntp_ask(w, nonces[0]);
	sntp_prepare(w);
	return sntp_take(w);
}

static uint64_t
sntp_now_s(const struct world *w)
{
	return seal_ntp_now_s(&w->client, w->now_ms);
}

static uint64_t
wait_ms(const struct world *w)
{
	return seal_ntp_deadline_ms(&w->client) - w->now_ms;
}

TEST(a_question_reveals_nothing_but_its_random_octets)
{
	static const uint8_t zeros[39];
	struct world w = sntp_begin(T_2026);

	CHECK(seal_ntp_tick(&w.client, w.now_ms)); /* at once */
	memset(w.asked, 0xff, sizeof w.asked);
	sntp_ask(&w, nonces[0]);
	CHECK_EQ(w.asked[0], 0x23);
	CHECK_SPANS(seal_span(w.asked + 1, 39), seal_span(zeros, 39));
	CHECK_SPANS(seal_span(w.asked + 40, 8), seal_span(nonces[0], 8));
	sntp_ask(&w, nonces[1]);
	CHECK_SPANS(seal_span(w.asked + 40, 8), seal_span(nonces[1], 8));
}

TEST(no_time_is_known_before_an_answer)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(sntp_now_s(&w), 0);
	sntp_ask(&w, nonces[0]);
	pass(&w, 1000);
	CHECK_EQ(sntp_now_s(&w), 0);
}

TEST(the_first_answer_sets_the_clock)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	CHECK_EQ(sntp_now_s(&w), T_2026);
	pass(&w, 999);
	CHECK_EQ(sntp_now_s(&w), T_2026);
	pass(&w, 1);
	CHECK_EQ(sntp_now_s(&w), T_2026 + 1);
	pass(&w, 86400u * 1000u);
	CHECK_EQ(sntp_now_s(&w), T_2026 + 86401);
}

/* The way there and back is shared between both; what the server took for itself is not. */
TEST(half_of_the_way_is_added)
{
	struct world w = sntp_begin(T_2026);

	CHECK(seal_ntp_tick(&w.client, w.now_ms));
	sntp_ask(&w, nonces[0]);
	pass(&w, 2000);
	sntp_prepare(&w);
	put_time(w.answer + 32, w.time_ms - 1000u); /* received after 1 s, answered after 2 s */
	pass(&w, 1000);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_SET);
	CHECK_EQ(sntp_now_s(&w), T_2026 + 3);
	pass(&w, 998);
	CHECK_EQ(sntp_now_s(&w), T_2026 + 3);
	pass(&w, 3);
	CHECK_EQ(sntp_now_s(&w), T_2026 + 4);
}

TEST(a_server_that_claims_more_than_the_time_that_passed_adds_nothing)
{
	struct world w = sntp_begin(T_2026);

	CHECK(seal_ntp_tick(&w.client, w.now_ms));
	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	put_time(w.answer + 32, w.time_ms - 60000u);
	pass(&w, 500);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_SET);
	CHECK_EQ(sntp_now_s(&w), T_2026);
}

TEST(only_an_answer_to_the_question_counts)
{
	struct world w = sntp_begin(T_2026);

	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	for (size_t i = 24; i < 32; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			w.answer[i] ^= (uint8_t)(1u << bit);
			CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS);
			w.answer[i] ^= (uint8_t)(1u << bit);
		}
	}
	for (unsigned first = 0; first < 256; first++) { /* LI, version, mode */
		const unsigned version = first >> 3 & 7u;

		if ((first & 7u) != 4 || (version != 3 && version != 4)) {
			w.answer[0] = (uint8_t)first;
			CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS);
		}
	}
	w.answer[0] = 0x24;
	for (size_t len = 0; len < SEAL_NTP_PACKET_LEN; len++)
		CHECK_EQ(seal_ntp_take(&w.client, seal_span(w.answer, len), w.now_ms), SEAL_NTP_NOT_OURS);
	CHECK_EQ(sntp_now_s(&w), 0);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_SET); /* and nothing of that has hurt */
	CHECK_EQ(sntp_now_s(&w), T_2026);
}

TEST(an_answer_counts_once)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS);
	put_time(w.answer + 40, w.time_ms + 500000u);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS);
	CHECK_EQ(sntp_now_s(&w), T_2026);
}

TEST(an_answer_without_a_question_is_nothing)
{
	struct world w = sntp_begin(T_2026);

	sntp_prepare(&w); /* repeats zeros, as the client has them before it asks */
	CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS);
	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	sntp_ask(&w, nonces[1]);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS); /* to the question before */
}

TEST(a_late_answer_is_nothing)
{
	struct world w = sntp_begin(T_2026);

	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	CHECK_EQ(wait_ms(&w), SEAL_NTP_ANSWER_MS);
	pass(&w, SEAL_NTP_ANSWER_MS);
	CHECK(!seal_ntp_tick(&w.client, w.now_ms));
	CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS);
}

TEST(an_answer_at_the_last_moment_counts)
{
	struct world w = sntp_begin(T_2026);

	sntp_ask(&w, nonces[0]);
	pass(&w, SEAL_NTP_ANSWER_MS - 1u);
	CHECK(!seal_ntp_tick(&w.client, w.now_ms));
	sntp_prepare(&w);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_SET);
}

TEST(version_3_and_longer_packets_are_understood)
{
	struct world w = sntp_begin(T_2026);
	uint8_t longer[SEAL_NTP_PACKET_LEN + 20u] = { 0 };

	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	w.answer[0] = 0x1c;
	memcpy(longer, w.answer, sizeof w.answer);
	CHECK_EQ(seal_ntp_take(&w.client, seal_span(longer, sizeof longer), w.now_ms), SEAL_NTP_SET);
}

/* The answer with one change, from a client that knows no time. */
static enum seal_ntp_verdict
with_octet(size_t at, uint8_t value)
{
	struct world w = sntp_begin(T_2026);
	enum seal_ntp_verdict verdict;

	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	w.answer[at] = value;
	verdict = sntp_take(&w);
	CHECK_EQ(sntp_now_s(&w) != 0, verdict == SEAL_NTP_SET);
	if (verdict != SEAL_NTP_SET)
		CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS); /* one answer counts, and this was it */
	return verdict;
}

TEST(a_server_without_a_time_is_not_believed)
{
	CHECK_EQ(with_octet(0, 0xe4), SEAL_NTP_UNSYNCHRONIZED); /* LI 3 */
	CHECK_EQ(with_octet(0, 0x64), SEAL_NTP_SET);            /* a leap second will come */
	CHECK_EQ(with_octet(0, 0xa4), SEAL_NTP_SET);
	CHECK_EQ(with_octet(1, 1), SEAL_NTP_SET);
	CHECK_EQ(with_octet(1, 15), SEAL_NTP_SET);
	for (unsigned stratum = 16; stratum < 256; stratum++)
		CHECK_EQ(with_octet(1, (uint8_t)stratum), SEAL_NTP_UNSYNCHRONIZED);
	CHECK_EQ(with_octet(4, 0xff), SEAL_NTP_UNSYNCHRONIZED); /* root delay      */
	CHECK_EQ(with_octet(8, 0xff), SEAL_NTP_UNSYNCHRONIZED); /* root dispersion */
	CHECK_EQ(with_octet(5, 16), SEAL_NTP_SET);
	CHECK_EQ(with_octet(9, 15), SEAL_NTP_SET);
	CHECK_EQ(with_octet(9, 16), SEAL_NTP_UNSYNCHRONIZED);   /* 16 s */
	CHECK_EQ(with_octet(5, 31), SEAL_NTP_SET);              /* half of the delay counts */
	CHECK_EQ(with_octet(5, 32), SEAL_NTP_UNSYNCHRONIZED);
}

static enum seal_ntp_verdict
with_times(uint64_t received_s, uint64_t sent_s)
{
	struct world w = sntp_begin(T_2026);
	enum seal_ntp_verdict verdict;

	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	put_time(w.answer + 32, received_s * 1000u);
	put_time(w.answer + 40, sent_s * 1000u);
	verdict = sntp_take(&w);
	CHECK_EQ(sntp_now_s(&w), verdict == SEAL_NTP_SET ? sent_s : 0);
	return verdict;
}

TEST(times_that_cannot_be_are_absurd)
{
	CHECK_EQ(with_times(0, 0), SEAL_NTP_ABSURD);                    /* 1970 */
	CHECK_EQ(with_times(946684800, 946684800), SEAL_NTP_ABSURD);    /* 2000 */
	CHECK_EQ(with_times(1735689599, 1735689599), SEAL_NTP_ABSURD);  /* 2024 */
	CHECK_EQ(with_times(1735689600, 1735689600), SEAL_NTP_SET);     /* 2025 */
	CHECK_EQ(with_times(4102444799, 4102444799), SEAL_NTP_SET);     /* 2099 */
	CHECK_EQ(with_times(4102444800, 4102444800), SEAL_NTP_ABSURD);  /* 2100 */
	CHECK_EQ(with_times(T_2026 + 1, T_2026), SEAL_NTP_ABSURD);
	CHECK_EQ(with_times(T_2026, 0), SEAL_NTP_ABSURD);
	CHECK_EQ(with_times(0, T_2026), SEAL_NTP_ABSURD);
}

TEST(a_timestamp_of_zero_is_absurd)
{
	for (size_t at = 32; at <= 40; at += 8) {
		struct world w = sntp_begin(T_2026);

		sntp_ask(&w, nonces[0]);
		sntp_prepare(&w);
		memset(w.answer + at, 0, 8);
		CHECK_EQ(sntp_take(&w), SEAL_NTP_ABSURD);
		CHECK_EQ(sntp_now_s(&w), 0);
	}
}

TEST(the_next_era_begins_in_2036)
{
	CHECK_EQ(with_times(LAST_2036, LAST_2036), SEAL_NTP_SET);
	CHECK_EQ(with_times(LAST_2036, LAST_2036 + 1), SEAL_NTP_SET);
	CHECK_EQ(with_times(LAST_2036 + 1, LAST_2036 + 1), SEAL_NTP_SET);
	CHECK_EQ(with_times(LAST_2036 + 2, LAST_2036 + 2), SEAL_NTP_SET);
	CHECK_EQ(with_times(LAST_2036 + 1, LAST_2036), SEAL_NTP_ABSURD);
}

/* A device that lives through it. */
TEST(the_clock_goes_on_into_the_next_era)
{
	struct world w = sntp_begin(LAST_2036 - 100);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	pass(&w, 101000);
	CHECK_EQ(sntp_now_s(&w), LAST_2036 + 1);
	CHECK_EQ(next_answer(&w), SEAL_NTP_KEPT);
	CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u);
}

TEST(small_steps_are_believed_in_both_directions)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	w.time_ms += SEAL_NTP_STEP_MS;
	CHECK_EQ(next_answer(&w), SEAL_NTP_KEPT);
	CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u);
	w.time_ms -= SEAL_NTP_STEP_MS;
	CHECK_EQ(next_answer(&w), SEAL_NTP_KEPT);
	CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u);
}

TEST(a_large_step_is_doubted_twice)
{
	static const uint64_t steps[] = {
		SEAL_NTP_STEP_MS + 1u, UINT64_C(86400000000), UINT64_C(0) - SEAL_NTP_STEP_MS - 1u
	};

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct world w = sntp_begin(T_2026);
		uint64_t right_ms;

		CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
		w.time_ms += steps[i];
		for (unsigned k = 0; k < SEAL_NTP_DOUBTS; k++) {
			CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
			right_ms = w.time_ms - steps[i];
			CHECK_EQ(sntp_now_s(&w), right_ms / 1000u);
			CHECK(wait_ms(&w) >= SEAL_NTP_DOUBT_MS && wait_ms(&w) <= WAIT_MAX(SEAL_NTP_DOUBT_MS));
		}
		CHECK_EQ(next_answer(&w), SEAL_NTP_STEPPED);
		CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u);
		CHECK_EQ(next_answer(&w), SEAL_NTP_KEPT);
	}
}

TEST(doubts_end_with_an_answer_that_fits)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	for (unsigned i = 0; i < 3; i++) {
		w.time_ms += 2u * SEAL_NTP_STEP_MS;
		CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
		CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
		w.time_ms -= 2u * SEAL_NTP_STEP_MS;
		CHECK_EQ(next_answer(&w), SEAL_NTP_KEPT);
	}
}

/* Wrong servers that do not agree are never believed. */
TEST(doubts_must_agree)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	for (unsigned i = 0; i < 20; i++) {
		w.time_ms += 2u * SEAL_NTP_STEP_MS;
		CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
	}
	w.time_ms -= 40u * SEAL_NTP_STEP_MS;
	CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u);
}

TEST(doubts_start_over_with_another_time)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	w.time_ms += 2u * SEAL_NTP_STEP_MS;
	CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
	w.time_ms += 2u * SEAL_NTP_STEP_MS;
	CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
	CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
	CHECK_EQ(next_answer(&w), SEAL_NTP_STEPPED);
}

/* Nor do lost answers between them count. */
TEST(an_unusable_answer_is_not_a_vote)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	w.time_ms += 2u * SEAL_NTP_STEP_MS;
	CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
	for (unsigned i = 0; i < 5; i++) {
		pass(&w, wait_ms(&w));
		sntp_ask(&w, nonces[0]);
		sntp_prepare(&w);
		w.answer[1] = 16;
		CHECK_EQ(sntp_take(&w), SEAL_NTP_UNSYNCHRONIZED);
	}
	CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
	CHECK_EQ(next_answer(&w), SEAL_NTP_STEPPED);
}

TEST(good_answers_are_asked_for_at_the_poll_interval)
{
	for (size_t i = 0; i < 3; i++) {
		struct world w = sntp_begin(T_2026);

		sntp_ask(&w, nonces[i]);
		sntp_prepare(&w);
		CHECK_EQ(sntp_take(&w), SEAL_NTP_SET);
		CHECK_EQ(wait_ms(&w), SEAL_NTP_POLL_MS + SEAL_NTP_POLL_MS / 8u * nonces[i][0] / 256u);
		CHECK(wait_ms(&w) <= WAIT_MAX(SEAL_NTP_POLL_MS));
		pass(&w, wait_ms(&w) - 1u);
		CHECK(!seal_ntp_tick(&w.client, w.now_ms));
		pass(&w, 1);
		CHECK(seal_ntp_tick(&w.client, w.now_ms));
	}
}

TEST(failures_are_tried_again_more_and_more_slowly)
{
	struct world w = sntp_begin(T_2026);
	uint64_t expected_ms = SEAL_NTP_RETRY_MS;

	for (unsigned i = 0; i < 300; i++) {
		CHECK(seal_ntp_tick(&w.client, w.now_ms));
		sntp_ask(&w, nonces[0]);
		pass(&w, SEAL_NTP_ANSWER_MS);
		CHECK(!seal_ntp_tick(&w.client, w.now_ms)); /* it is overdue */
		CHECK_EQ(wait_ms(&w), expected_ms);
		expected_ms = expected_ms * 2u < SEAL_NTP_POLL_MS ? expected_ms * 2u : SEAL_NTP_POLL_MS;
		pass(&w, wait_ms(&w));
	}
	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	pass(&w, wait_ms(&w));
	seal_ntp_failed(&w.client, w.now_ms);
	CHECK_EQ(wait_ms(&w), SEAL_NTP_RETRY_MS); /* and from the start */
}

static enum seal_ntp_verdict
kiss(struct world *w, const char *code)
{
	pass(w, wait_ms(w));
	CHECK(seal_ntp_tick(&w->client, w->now_ms));
	sntp_ask(w, nonces[0]);
	sntp_prepare(w);
	w->answer[0] = 0xe4;
	w->answer[1] = 0;
	memcpy(w->answer + 12, code, 4);
	return sntp_take(w);
}

TEST(a_server_that_wants_rest_gets_it)
{
	struct world w = sntp_begin(T_2026);
	uint64_t expected_ms = SEAL_NTP_POLL_MS;

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	for (unsigned i = 0; i < 12; i++) {
		CHECK_EQ(kiss(&w, "RATE"), SEAL_NTP_RATE);
		expected_ms = expected_ms * 2u < SEAL_NTP_POLL_MAX_MS ? expected_ms * 2u : SEAL_NTP_POLL_MAX_MS;
		CHECK_EQ(wait_ms(&w), expected_ms);
	}
	CHECK_EQ(next_answer(&w), SEAL_NTP_KEPT);
	CHECK_EQ(wait_ms(&w), SEAL_NTP_POLL_MAX_MS); /* it stays so */
}

TEST(rest_is_kept_by_retries_and_doubts_too)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	CHECK_EQ(kiss(&w, "RATE"), SEAL_NTP_RATE);
	pass(&w, wait_ms(&w));
	seal_ntp_failed(&w.client, w.now_ms);
	CHECK_EQ(wait_ms(&w), 2u * SEAL_NTP_RETRY_MS);
	w.time_ms += 2u * SEAL_NTP_STEP_MS;
	CHECK_EQ(next_answer(&w), SEAL_NTP_DOUBTED);
	CHECK_EQ(wait_ms(&w), 2u * SEAL_NTP_POLL_MS);
}

TEST(a_server_that_denies_is_left_alone)
{
	static const char *const codes[] = { "DENY", "RSTR" };

	for (size_t i = 0; i < 2; i++) {
		struct world w = sntp_begin(T_2026);

		CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
		CHECK_EQ(kiss(&w, codes[i]), SEAL_NTP_DENIED);
		CHECK_EQ(wait_ms(&w), SEAL_NTP_POLL_MAX_MS);
		CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u); /* the known time is still known */
	}
}

TEST(another_kiss_is_no_time)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(kiss(&w, "INIT"), SEAL_NTP_UNSYNCHRONIZED);
	CHECK_EQ(wait_ms(&w), SEAL_NTP_RETRY_MS);
	CHECK_EQ(kiss(&w, "\0\0\0\0"), SEAL_NTP_UNSYNCHRONIZED);
	CHECK_EQ(sntp_now_s(&w), 0);
}

TEST(a_forged_kiss_stops_nothing)
{
	struct world w = sntp_begin(T_2026);

	sntp_ask(&w, nonces[0]);
	sntp_prepare(&w);
	w.answer[1] = 0;
	memcpy(w.answer + 12, "DENY", 4);
	w.answer[31] ^= 1u;
	CHECK_EQ(sntp_take(&w), SEAL_NTP_NOT_OURS);
	sntp_prepare(&w);
	CHECK_EQ(sntp_take(&w), SEAL_NTP_SET);
}

TEST(the_clock_is_given_up_after_a_week_without_answers)
{
	struct world w = sntp_begin(T_2026);

	CHECK_EQ(next_answer(&w), SEAL_NTP_SET);
	pass(&w, SEAL_NTP_TRUST_MS);
	CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u);
	pass(&w, 1);
	CHECK_EQ(sntp_now_s(&w), 0);
	CHECK_EQ(next_answer(&w), SEAL_NTP_KEPT);
	CHECK_EQ(sntp_now_s(&w), w.time_ms / 1000u);
}

TEST(every_verdict_has_its_word)
{
	for (unsigned a = SEAL_NTP_NOT_OURS; a <= SEAL_NTP_DENIED; a++) {
		const struct seal_span text = seal_span_text(seal_ntp_verdict_text((enum seal_ntp_verdict)a));

		CHECK(text.len > 0 && seal_span_find(text, ' ') == text.len);
	}
}

const struct test_case test_sntp_cases[] = {
	CASE(a_question_reveals_nothing_but_its_random_octets),
	CASE(no_time_is_known_before_an_answer),
	CASE(the_first_answer_sets_the_clock),
	CASE(half_of_the_way_is_added),
	CASE(a_server_that_claims_more_than_the_time_that_passed_adds_nothing),
	CASE(only_an_answer_to_the_question_counts),
	CASE(an_answer_counts_once),
	CASE(an_answer_without_a_question_is_nothing),
	CASE(a_late_answer_is_nothing),
	CASE(an_answer_at_the_last_moment_counts),
	CASE(version_3_and_longer_packets_are_understood),
	CASE(a_server_without_a_time_is_not_believed),
	CASE(times_that_cannot_be_are_absurd),
	CASE(a_timestamp_of_zero_is_absurd),
	CASE(the_next_era_begins_in_2036),
	CASE(the_clock_goes_on_into_the_next_era),
	CASE(small_steps_are_believed_in_both_directions),
	CASE(a_large_step_is_doubted_twice),
	CASE(doubts_end_with_an_answer_that_fits),
	CASE(doubts_must_agree),
	CASE(doubts_start_over_with_another_time),
	CASE(an_unusable_answer_is_not_a_vote),
	CASE(good_answers_are_asked_for_at_the_poll_interval),
	CASE(failures_are_tried_again_more_and_more_slowly),
	CASE(a_server_that_wants_rest_gets_it),
	CASE(rest_is_kept_by_retries_and_doubts_too),
	CASE(a_server_that_denies_is_left_alone),
	CASE(another_kiss_is_no_time),
	CASE(a_forged_kiss_stops_nothing),
	CASE(the_clock_is_given_up_after_a_week_without_answers),
	CASE(every_verdict_has_its_word),
	CASE_END
};
