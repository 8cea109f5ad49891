/* SPDX-License-Identifier: Apache-2.0
 *
 * Abuse of the protocol: framing of content, smuggling, noise.
 */
#include "engine/smtp/client.h"
#include "engine/smtp/server.h"
#include "tests/unit/dialogue.h"
#include "tests/unit/test.h"

static struct wire w;

static void
smtp_abuse_begin_data(size_t piece)
{
	wire_begin(&w, piece);
	wire_send(&w, SEAL_SPAN("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"));
	w.out_len = 0;
}

/* --- smuggling (RFC 5321 2.3.8, 4.1.1.4) --------------------------------------------------- */

#define INJECTED "MAIL FROM:<evil@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nevil\r\n"

/* Sequences that some servers mistake for the end of data. */
static const char *const FALSE_ENDS[] = {
	"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r\n.\r\r\n", "\n.\r", "\n\r.\n\r",
	"\r\n. \r\n", "\r\n.\t\r\n", "\r\n.x\r\n", "\r\n..\r\n", ".\r\n", "\r\n.\r \n", "\n\n.\r\n",
	"\r\n.\n\r\n", "\r\n .\r\n", "\r\n.\x0b\n", "\r\n.\x0c\r\n", "\r\n.\x85", "\r\n\xe2\x80\xa8.\r\n"
};

TEST(no_false_end_lets_a_second_message_in)
{
	for (size_t i = 0; i < sizeof FALSE_ENDS / sizeof FALSE_ENDS[0]; i++) {
		for (size_t piece = 0; piece <= 3; piece++) {
			smtp_abuse_begin_data(piece);
			wire_send(&w, SEAL_SPAN("text"));
			wire_send(&w, seal_span_text(FALSE_ENDS[i]));
			wire_send(&w, SEAL_SPAN(INJECTED));
			CHECK_EQ(w.num_ends, 0);
			CHECK_EQ(w.num_mails, 1);
			CHECK_EQ(w.out_len, 0);
			wire_send(&w, SEAL_SPAN("\r\n.\r\n"));
			CHECK_EQ(w.num_ends, 1);
			CHECK_EQ(w.num_mails, 1);
			CHECK_SPAN(seal_span(w.out, w.out_len), "250 2.0.0 Taken\r\n");
		}
	}
}

TEST(a_nul_next_to_the_dot_is_no_end)
{
	smtp_abuse_begin_data(0);
	wire_send(&w, SEAL_SPAN("x\r\n\0.\r\n" INJECTED));
	wire_send(&w, SEAL_SPAN("x\r\n.\0\r\n" INJECTED));
	CHECK_EQ(w.num_ends, 0);
	CHECK_EQ(w.num_mails, 1);
	wire_send(&w, SEAL_SPAN("\r\n.\r\n"));
	CHECK_EQ(w.num_ends, 1);
}

TEST(false_ends_are_content_unchanged_but_for_the_stuffed_dot)
{
	smtp_abuse_begin_data(1);
	wire_send(&w, SEAL_SPAN("x\n.\n\r.\r.\r\n.\ny\r\n.\rz\r\n.\r\n"));
	CHECK_SPAN(seal_span(w.content, w.content_len), "x\n.\n\r.\r.\r\n\ny\r\n\rz\r\n");
	CHECK_EQ(w.num_ends, 1);
}

TEST(a_real_end_after_a_bare_cr_ends_the_data)
{
	smtp_abuse_begin_data(0);
	wire_send(&w, SEAL_SPAN("x\r\r\n.\r\n"));
	CHECK_EQ(w.num_ends, 1);
	CHECK_SPAN(seal_span(w.content, w.content_len), "x\r\r\n");
}

/* Every string of the octets that matter, against the rule in its simplest form: content
 * ends at the first CRLF "." CRLF, with a CRLF assumed before the string. */
static size_t
end_of(const uint8_t *octets, size_t len)
{
	static const uint8_t end[] = { '\r', '\n', '.', '\r', '\n' };

	for (size_t i = 0; i + sizeof end <= len; i++) {
		if (memcmp(octets + i, end, sizeof end) == 0)
			return i + sizeof end;
	}
	return 0;
}

TEST(every_short_content_ends_where_the_rule_says)
{
	static const uint8_t alphabet[] = { '\r', '\n', '.', 'x' };
	uint8_t octets[9] = { '\r', '\n' };

	for (unsigned n = 0; n < 1u << 14; n++) {
		struct seal_span s = { octets + 2, 7 };
		struct seal_smtpd_info info;
		size_t taken = 0;

		for (unsigned i = 0; i < 7; i++)
			octets[2 + i] = alphabet[n >> (2 * i) & 3u];
		smtp_abuse_begin_data(0);
		while (taken < s.len && w.num_ends == 0) {
			taken += seal_smtpd_recv(&w.s, s.ptr + taken, s.len - taken, w.now_ms, &info);
			while (w.num_ends == 0 && wire_step(&w, &info))
				;
		}
		CHECK_EQ(w.num_ends, end_of(octets, sizeof octets) > 0);
		if (w.num_ends > 0)
			CHECK_EQ(taken, end_of(octets, sizeof octets) - 2);
	}
}

/* --- noise ----------------------------------------------------------------------------------- */

static uint32_t
smtp_abuse_random_octets(uint32_t seed, uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525u + 1013904223u;
		octets[i] = (uint8_t)(seed >> 24);
	}
	return seed;
}

TEST(noise_never_opens_a_transaction_and_ends_in_a_close)
{
	uint8_t octets[512];
	uint32_t seed = 1;

	for (unsigned run = 0; run < 50; run++) {
		wire_begin(&w, 0);
		for (unsigned i = 0; i < 200 && w.num_closes == 0; i++) {
			seed = smtp_abuse_random_octets(seed, octets, sizeof octets);
			w.out_len = 0;
			wire_send(&w, seal_span(octets, sizeof octets));
		}
		CHECK_EQ(w.num_closes, 1);
		CHECK_EQ(w.num_mails, 0);
	}
}

/* Pieces of SMTP in random order: in any case whole replies are sent, and ABORT, END and
 * MAIL keep their order. */
static const char *const PIECES[] = {
	"EHLO x\r\n", "HELO y\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n", "RCPT TO:<550-c@d>\r\n",
	"DATA\r\n", "RSET\r\n", "NOOP\r\n", "\r\n.\r\n", "text\r\n", ".", "\r", "\n", "\r\n", "QUIT\r\n",
	"BDAT 3\r\n", "VRFY x\r\n", "MAIL FROM:<421-a@b>\r\n", "STARTTLS\r\n", "AUTH PLAIN\r\n",
	"AUTH LOGIN\r\n", "AUTH PLAIN AHNjYW4Ac2VjcmV0\r\n", "c2VjcmV0\r\n", "*\r\n"
};

static const struct {
	const char *words;
	bool wants_tls, wants_login; /* before MAIL */
} OFFERS[] = {
	{ "", false, false }, { "tls login clear", false, false }, { "TLS LOGIN", true, true },
	{ "LOGIN private", true, true }
};

static bool
is_whole_replies(struct seal_span s)
{
	while (s.len > 0) {
		const size_t end = seal_span_find(s, '\n');
		uint64_t code;

		if (end == s.len || end < 5 || s.ptr[end - 1] != '\r' ||
		    !seal_num_u64(seal_span_first(s, 3), &code))
			return false;
		s = seal_span_from(s, end + 1);
	}
	return true;
}

TEST(random_dialogues_keep_every_promise)
{
	uint32_t seed = 7;

	for (unsigned run = 0; run < 2000; run++) {
		const size_t offer = run / 4 % (sizeof OFFERS / sizeof OFFERS[0]);
		unsigned num_opened = 0;

		wire_begin_with(&w, run % 4, seal_span_text(OFFERS[offer].words));
		for (unsigned i = 0; i < 40 && w.num_closes == 0; i++) {
			const unsigned before = w.num_mails;
			uint8_t octet;

			seed = smtp_abuse_random_octets(seed, &octet, 1);
			wire_send(&w, seal_span_text(PIECES[octet % (sizeof PIECES / sizeof PIECES[0])]));
			num_opened += w.num_mails - before;
			if (w.num_mails > before) {
				CHECK(seal_smtpd_is_private(&w.s) || !OFFERS[offer].wants_tls);
				CHECK(seal_smtpd_is_authenticated(&w.s) || !OFFERS[offer].wants_login);
			}
			if (octet > 128 && seal_smtpd_wants_tls(&w.s))
				seal_smtpd_secured(&w.s, w.now_ms);
			CHECK(w.num_aborts + w.num_ends <= num_opened);
		}
		CHECK(is_whole_replies(seal_span(w.out, w.out_len)));
		CHECK(!w.overflow);
		CHECK(w.num_closes <= 1);
	}
}

TEST(a_next_hop_that_sends_noise_fails_without_an_event)
{
	static struct seal_smtpc c;
	const struct seal_smtpc_needs needs = { .tls = SEAL_SMTPC_TLS_NONE };
	const struct seal_secrecy secrecy = { false, false };
	uint8_t octets[64];
	uint32_t seed = 3;

	for (unsigned run = 0; run < 1000; run++) {
		seal_smtpc_init(&c, SEAL_SPAN("x"), &needs, 0);
		seal_smtpc_connected(&c, secrecy, 0);
		seed = smtp_abuse_random_octets(seed, octets, sizeof octets);
		CHECK_EQ(seal_smtpc_recv(&c, octets, sizeof octets, 0), sizeof octets);
		CHECK_EQ(seal_smtpc_next(&c), SEAL_SMTPC_FAILED);
		CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_NONSENSE);
		CHECK_EQ(seal_smtpc_send_view(&c).len, 0);
	}
}

const struct test_case test_smtp_abuse_cases[] = {
	CASE(no_false_end_lets_a_second_message_in),
	CASE(a_nul_next_to_the_dot_is_no_end),
	CASE(false_ends_are_content_unchanged_but_for_the_stuffed_dot),
	CASE(a_real_end_after_a_bare_cr_ends_the_data),
	CASE(every_short_content_ends_where_the_rule_says),
	CASE(noise_never_opens_a_transaction_and_ends_in_a_close),
	CASE(random_dialogues_keep_every_promise),
	CASE(a_next_hop_that_sends_noise_fails_without_an_event),
	CASE_END
};
