/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/smtp/server.h"
#include "tests/unit/server_dialogues.h"
#include "tests/unit/test.h"

static struct wire w;
static struct wire other; /* to compare with; both are large for a board */
static struct seal_smtpd_info info;

static const struct seal_extensions OFFERED = {
	.size_max = 1000000, .eight_bit_mime = true, .smtputf8 = true, .dsn = true
};

/* --- dialogues --------------------------------------------------------------------- */

TEST(dialogues_give_the_same_answers_however_they_are_cut)
{
	static const size_t pieces[] = { 0, 1, 2, 3, 5, 7 };

	for (size_t i = 0; i < sizeof ANY_CUT / sizeof ANY_CUT[0]; i++) {
		for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++)
			dialogue_run(&ANY_CUT[i], pieces[k]);
	}
}

TEST(dialogues_that_depend_on_pipelining)
{
	for (size_t i = 0; i < sizeof WHOLE / sizeof WHOLE[0]; i++)
		dialogue_run(&WHOLE[i], 0);
}

/* Two rounds, because content is only sent after the 354. */
#define ROUND_1 \
	"EHLO x\r\nNOOP\r\nMAIL FROM:<a@b> SIZE=9\r\nRCPT TO:<550-no@d>\r\nbad\r\nRCPT TO:<c@d>\r\nDATA\r\n"
#define ROUND_2 \
	"From: a@b\r\n\r\n..dot\r\n.\n.\r.\r\n\r\n.\r\nRSET\r\nMAIL FROM:<a@b>\r\nRSET\r\nVRFY x\r\nQUIT\r\n"

static void
send_cut(struct seal_span s, size_t cut)
{
	wire_send(&w, seal_span_first(s, cut));
	wire_send(&w, seal_span_from(s, cut));
}

TEST(a_session_cut_at_any_two_positions_sends_the_same)
{
	const struct seal_span round_1 = SEAL_SPAN(ROUND_1);
	const struct seal_span round_2 = SEAL_SPAN(ROUND_2);

	wire_begin(&other, 1);
	wire_send(&other, round_1);
	wire_send(&other, round_2);
	CHECK_EQ(other.num_aborts, 1);
	CHECK_EQ(other.num_ends, 1);
	CHECK_EQ(other.num_closes, 1);
	CHECK_SPAN(seal_span(other.content, other.content_len), "From: a@b\r\n\r\n.dot\r\n\n.\r.\r\n\r\n");
	for (size_t i = 0; i <= round_2.len; i++) {
		wire_begin(&w, 0);
		send_cut(round_1, i < round_1.len ? i : 1);
		send_cut(round_2, i);
		CHECK_SPANS(seal_span(w.out, w.out_len), seal_span(other.out, other.out_len));
		CHECK_SPANS(seal_span(w.content, w.content_len), seal_span(other.content, other.content_len));
		CHECK_EQ(w.num_aborts, other.num_aborts);
		CHECK_EQ(w.num_closes, other.num_closes);
		CHECK_EQ(w.num_mails, other.num_mails);
		CHECK_EQ(w.num_rcpts, other.num_rcpts);
	}
}

TEST(a_copy_of_the_structure_is_a_checkpoint)
{
	wire_begin(&w, 0);
	wire_send(&w, SEAL_SPAN("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT T"));
	other = w;
	wire_send(&w, SEAL_SPAN("O:<c@d>\r\nQUIT\r\n"));
	memset(&w.s, 0xff, sizeof w.s);
	wire_send(&other, SEAL_SPAN("O:<c@d>\r\nQUIT\r\n"));
	CHECK_SPANS(seal_span(other.out, other.out_len), seal_span(w.out, w.out_len));
}

/* --- helpers -------------------------------------------------------------------------- */

/* Greeted, EHLO sent, all replies read. */
static void
server_begin_ready(void)
{
	wire_begin(&w, 0);
	wire_send(&w, SEAL_SPAN("EHLO x\r\n"));
	w.out_len = 0;
}

static void
server_begin_data(void)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"));
	w.out_len = 0;
}

/* The last code that was sent; 0: none. Discards the replies. */
static unsigned
last_code(void)
{
	struct seal_span s = seal_span(w.out, w.out_len);
	uint64_t code = 0;

	while (s.len > 0) {
		const size_t end = seal_span_find(s, '\n');

		CHECK(seal_num_u64(seal_span_first(s, 3), &code));
		s = seal_span_from(s, end + 1);
	}
	w.out_len = 0;
	return (unsigned)code;
}

static void
send_times(unsigned times, struct seal_span s)
{
	for (unsigned i = 0; i < times; i++) {
		wire_send(&w, s);
		if (i + 1 < times)
			w.out_len = 0;
	}
}

/* Feed octets without answering events. */
static size_t
feed(struct seal_span s)
{
	return seal_smtpd_recv(&w.s, s.ptr, s.len, w.now_ms, &info);
}

/* --- limits ---------------------------------------------------------------------------- */

/* `head` filled up with 'x' to a line of `len` octets, CRLF included. */
static unsigned
code_of_line(const char *head, size_t len)
{
	static uint8_t line[SEAL_COMMAND_EXT_MAX * 4];

	memset(line, 'x', sizeof line);
	memcpy(line, head, strlen(head));
	memcpy(line + len - 2, "\r\n", 2);
	wire_send(&w, seal_span(line, len));
	return last_code();
}

TEST(a_command_line_has_512_octets_at_most)
{
	server_begin_ready();
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_MAX - 1), 250);
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_MAX), 250);
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_MAX + 1), 500);
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_EXT_MAX), 500);
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_EXT_MAX + 1), 500);
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_EXT_MAX + 2), 500);
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_EXT_MAX + 3), 500);
	CHECK_EQ(code_of_line("NOOP ", SEAL_COMMAND_EXT_MAX * 4), 500);
	CHECK_EQ(code_of_line("NOOP ", 20), 250);
}

TEST(mail_and_rcpt_have_1024_octets_at_most)
{
	server_begin_ready();
	CHECK_EQ(code_of_line("MAIL FROM:<a@b> FOO=", SEAL_COMMAND_MAX + 1), 555);
	CHECK_EQ(code_of_line("MAIL FROM:<a@b> FOO=", SEAL_COMMAND_EXT_MAX), 555);
	CHECK_EQ(code_of_line("MAIL FROM:<a@b> FOO=", SEAL_COMMAND_EXT_MAX + 1), 500);
	CHECK_EQ(code_of_line("MAIL FROM:<a@b> FOO=", SEAL_COMMAND_EXT_MAX + 2), 500);
	CHECK_EQ(code_of_line("MAIL FROM:<a@b> FOO=", SEAL_COMMAND_EXT_MAX + 3), 500);
	CHECK_EQ(code_of_line("NOOP ", 20), 250);
}

TEST(an_endless_line_gets_one_reply_and_the_next_is_read)
{
	static uint8_t noise[1000];

	server_begin_ready();
	memset(noise, 'x', sizeof noise);
	for (unsigned i = 0; i < 1000; i++)
		wire_send(&w, seal_span(noise, sizeof noise));
	CHECK_EQ(w.out_len, 0);
	wire_send(&w, SEAL_SPAN("\r\nNOOP\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len), "500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n");
	CHECK_EQ(w.num_closes, 0);
}

TEST(a_long_http_request_is_dropped_too)
{
	server_begin_ready();
	CHECK_EQ(code_of_line("GET /", 3000), 421);
	CHECK_EQ(w.num_closes, 1);
}

TEST(twenty_errors_are_answered_the_next_closes)
{
	server_begin_ready();
	send_times(SEAL_ERRORS_MAX - 1, SEAL_SPAN("bad\r\n"));
	CHECK_EQ(last_code(), 500);
	wire_send(&w, SEAL_SPAN("MAIL FROM:<\r\n"));
	CHECK_EQ(last_code(), 501);
	CHECK_EQ(w.num_closes, 0);
	wire_send(&w, SEAL_SPAN("NOOP\r\n"));
	CHECK_EQ(last_code(), 250);
	wire_send(&w, SEAL_SPAN("bad\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len), "421 4.7.0 Too many errors\r\n");
	CHECK_EQ(w.num_closes, 1);
}

TEST(refusals_of_the_relay_are_no_errors_of_the_client)
{
	server_begin_ready();
	send_times(SEAL_ERRORS_MAX + 1, SEAL_SPAN("MAIL FROM:<550-x@b>\r\n"));
	CHECK_EQ(last_code(), 550);
	CHECK_EQ(w.num_closes, 0);
}

TEST(a_hundred_idle_commands_are_answered_the_next_closes)
{
	server_begin_ready(); /* EHLO is the first */
	send_times(SEAL_IDLE_COMMANDS_MAX - 2, SEAL_SPAN("NOOP\r\n"));
	wire_send(&w, SEAL_SPAN("RSET\r\n"));
	CHECK_EQ(last_code(), 250);
	CHECK_EQ(w.num_closes, 0);
	wire_send(&w, SEAL_SPAN("VRFY x\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len), "421 4.7.0 Too many commands without a message\r\n");
	CHECK_EQ(w.num_closes, 1);
}

TEST(a_message_resets_the_count_of_idle_commands)
{
	server_begin_ready();
	send_times(SEAL_IDLE_COMMANDS_MAX - 1, SEAL_SPAN("NOOP\r\n"));
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"));
	wire_send(&w, SEAL_SPAN("x\r\n.\r\n"));
	w.out_len = 0;
	send_times(SEAL_IDLE_COMMANDS_MAX, SEAL_SPAN("NOOP\r\n"));
	CHECK_EQ(last_code(), 250);
	wire_send(&w, SEAL_SPAN("NOOP\r\n"));
	CHECK_EQ(last_code(), 421);
}

TEST(recipients_over_the_limit_get_452_and_the_accepted_stay)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	send_times(SEAL_RCPT_MAX - 1, SEAL_SPAN("RCPT TO:<c@d>\r\n"));
	wire_send(&w, SEAL_SPAN("RCPT TO:<550-no@d>\r\n"));
	CHECK_EQ(last_code(), 550);
	wire_send(&w, SEAL_SPAN("RCPT TO:<c@d>\r\n"));
	CHECK_EQ(last_code(), 250);
	CHECK_EQ(w.num_rcpts, SEAL_RCPT_MAX + 1);
	send_times(1000, SEAL_SPAN("RCPT TO:<c@d>\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len), "452 4.5.3 Too many recipients, send the rest separately\r\n");
	CHECK_EQ(last_code(), 452);
	CHECK_EQ(w.num_rcpts, SEAL_RCPT_MAX + 1);
	wire_send(&w, SEAL_SPAN("DATA\r\n"));
	CHECK_EQ(last_code(), 354);
	wire_send(&w, SEAL_SPAN("x\r\n.\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"));
	CHECK_EQ(last_code(), 250);
	CHECK_EQ(w.num_closes, 0);
}

TEST(a_name_of_ehlo_has_255_octets_at_most)
{
	server_begin_ready();
	CHECK_EQ(code_of_line("EHLO ", 5 + SEAL_DOMAIN_MAX + 2), 250);
	CHECK_EQ(seal_smtpd_hello(&w.s).len, SEAL_DOMAIN_MAX);
	CHECK_EQ(code_of_line("EHLO ", 5 + SEAL_DOMAIN_MAX + 3), 501);
}

/* --- back-pressure and replies --------------------------------------------------------- */

TEST(commands_are_not_read_while_replies_are_not)
{
	size_t taken;
	size_t total = 0;

	server_begin_ready();
	do {
		taken = feed(SEAL_SPAN("VRFY someone\r\n"));
		total += taken;
	} while (taken > 0 && total < 10000);
	CHECK(total < 1000);
	CHECK(seal_smtpd_send_view(&w.s).len <= SEAL_SERVER_OUT_MAX);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	wire_pull(&w);
	CHECK_EQ(feed(SEAL_SPAN("NOOP\r\n")), 6);
}

TEST(content_is_not_read_while_the_354_is_not)
{
	static uint8_t text[SEAL_REPLY_TEXT_MAX];
	const struct seal_reply long_354 = { 354, { text, sizeof text } };

	memset(text, 'x', sizeof text);
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"));
	feed(SEAL_SPAN("DATA\r\n"));
	CHECK_EQ(seal_smtpd_answer(&w.s, long_354, w.now_ms), SEAL_OK);
	CHECK_EQ(feed(SEAL_SPAN("x\r\n")), 0);
	wire_pull(&w);
	CHECK_EQ(feed(SEAL_SPAN("x\r\n")), 3);
}

TEST(the_longest_reply_fits_whole_after_others)
{
	static uint8_t text[506];
	const struct seal_reply reply = { 550, { text, sizeof text } };

	memset(text, 'x', sizeof text);
	server_begin_ready();
	while (feed(SEAL_SPAN("VRFY someone\r\n")) > 0 && seal_smtpd_send_view(&w.s).len < 400)
		;
	feed(SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_MAIL);
	w.out_len = 0;
	CHECK_EQ(seal_smtpd_answer(&w.s, reply, w.now_ms), SEAL_OK);
	wire_pull(&w);
	CHECK_SPANS(seal_span(w.out + w.out_len - 508, 506), reply.text);
	CHECK_SPAN(seal_span(w.out + w.out_len - 512, 4), "550 ");
	CHECK_SPAN(seal_span(w.out + w.out_len - 2, 2), "\r\n");
}

TEST(the_longest_answer_to_ehlo_fits_whole)
{
	static uint8_t name[SEAL_DOMAIN_MAX];
	struct seal_extensions offered = OFFERED;

	offered.size_max = UINT64_MAX;
	memset(name, 'x', sizeof name);
	wire_begin_with(&w, 0, SEAL_SPAN("tls login clear"));
	while (seal_smtpd_send_view(&w.s).len < 440 && feed(SEAL_SPAN("NOOP\r\n")) > 0)
		;
	feed(SEAL_SPAN("EHLO x\r\n"));
	CHECK_EQ(seal_smtpd_answer_hello(&w.s, seal_span(name, sizeof name), &offered, 0), SEAL_OK);
	wire_pull(&w);
	CHECK_SPAN(seal_span(w.out + w.out_len - 61, 61),
	           "250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES\r\n");
}

TEST(ehlo_offers_only_what_is_configured)
{
	const struct seal_extensions nothing = { .size_max = 0 };

	wire_begin(&w, 0);
	w.out_len = 0;
	feed(SEAL_SPAN("EHLO x\r\n"));
	CHECK_EQ(seal_smtpd_answer_hello(&w.s, SEAL_SPAN("gw"), &nothing, 0), SEAL_OK);
	wire_pull(&w);
	CHECK_SPAN(seal_span(w.out, w.out_len), "250-gw\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n");
	w.out_len = 0;
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b> SIZE=1\r\n"));
	CHECK_EQ(last_code(), 555);
}

TEST(a_partly_sent_reply_goes_on_where_it_was)
{
	wire_begin(&w, 0);
	w.out_len = 0;
	feed(SEAL_SPAN("NOOP\r\n"));
	seal_smtpd_sent(&w.s, 4, w.now_ms);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "2.0.0 OK\r\n");
	seal_smtpd_sent(&w.s, 1000, w.now_ms);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "");
}

TEST(many_lines_pass_through)
{
	server_begin_ready();
	feed(SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	seal_smtpd_answer(&w.s, SEAL_REPLY(550, "5.7.1 One\n5.7.1 Two"), w.now_ms);
	wire_pull(&w);
	CHECK_SPAN(seal_span(w.out, w.out_len), "550-5.7.1 One\r\n550 5.7.1 Two\r\n");
}

/* --- events and answers ------------------------------------------------------------------ */

TEST(events_stay_until_they_are_answered)
{
	server_begin_ready();
	CHECK_EQ(feed(SEAL_SPAN("MAIL FROM:<a@b> SIZE=5\r\nRCPT TO:<c@d>\r\n")), 24);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_MAIL);
	CHECK_EQ(feed(SEAL_SPAN("RCPT TO:<c@d>\r\n")), 0);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_MAIL);
	CHECK_SPAN(info.command.path, "a@b");
	CHECK_EQ(info.command.size, 5);
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(250, "OK"), w.now_ms), SEAL_OK);
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(250, "OK"), w.now_ms), SEAL_E_CALLER);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	CHECK_EQ(feed(SEAL_SPAN("RCPT TO:<c@d>\r\n")), 15);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_RCPT);
	CHECK_SPAN(info.command.domain, "d");
}

TEST(answers_without_an_event_are_the_callers_error)
{
	wire_begin(&w, 0);
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(250, "OK"), 0), SEAL_E_CALLER);
	CHECK_EQ(seal_smtpd_answer_hello(&w.s, SEAL_SPAN("x"), &OFFERED, 0), SEAL_E_CALLER);
	server_begin_data();
	feed(SEAL_SPAN("x\r\n"));
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(250, "OK"), 0), SEAL_E_CALLER);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CONTENT);
}

TEST(a_positive_answer_to_hello_needs_its_own_function)
{
	wire_begin(&w, 0);
	w.out_len = 0;
	feed(SEAL_SPAN("EHLO x\r\n"));
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(250, "OK"), w.now_ms), SEAL_OK);
	wire_pull(&w);
	CHECK_EQ(last_code(), 451);
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	CHECK_EQ(last_code(), 503);
}

TEST(a_2yz_to_data_and_a_354_to_the_end_become_451)
{
	server_begin_ready();
	w.data_code = 250;
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"));
	CHECK_EQ(last_code(), 451);
	w.data_code = 354;
	w.end_code = 354;
	wire_send(&w, SEAL_SPAN("DATA\r\n"));
	CHECK_EQ(last_code(), 354);
	wire_send(&w, SEAL_SPAN("x\r\n.\r\n"));
	CHECK_EQ(last_code(), 451);
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	CHECK_EQ(last_code(), 250);
	CHECK_EQ(w.num_aborts, 0);
}

TEST(an_answer_to_the_end_closes_the_transaction_in_any_case)
{
	server_begin_data();
	w.end_code = 550;
	wire_send(&w, SEAL_SPAN("x\r\n.\r\n"));
	CHECK_EQ(last_code(), 550);
	wire_send(&w, SEAL_SPAN("RSET\r\n"));
	CHECK_EQ(w.num_aborts, 0);
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	CHECK_EQ(last_code(), 250);
}

TEST(octets_after_the_end_stay_until_it_is_answered)
{
	server_begin_data();
	CHECK_EQ(feed(SEAL_SPAN(".\r\nNOOP\r\n")), 3);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_END);
	CHECK_EQ(feed(SEAL_SPAN("NOOP\r\n")), 0);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_END);
	CHECK_EQ(seal_smtpd_send_view(&w.s).len, 0);
	seal_smtpd_answer(&w.s, SEAL_REPLY(250, "2.0.0 OK"), w.now_ms);
	CHECK_EQ(feed(SEAL_SPAN("NOOP\r\n")), 6);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "250 2.0.0 OK\r\n250 2.0.0 OK\r\n");
}

TEST(an_answer_can_close)
{
	server_begin_data();
	feed(SEAL_SPAN(".\r\nNOOP\r\n"));
	CHECK_EQ(seal_smtpd_answer_close(&w.s, SEAL_REPLY(550, "5.6.0 Bare LF"), w.now_ms), SEAL_OK);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE); /* and no ABORT: END was answered */
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	CHECK_EQ(feed(SEAL_SPAN("NOOP\r\n")), 6);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "550 5.6.0 Bare LF\r\n");
	CHECK(seal_smtpd_closing(&w.s));
}

TEST(closing_at_rcpt_aborts_first)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	feed(SEAL_SPAN("RCPT TO:<c@d>\r\n"));
	seal_smtpd_answer_close(&w.s, SEAL_REPLY(451, "4.3.0 Trouble"), w.now_ms);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_ABORT);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
}

TEST(ehlo_in_a_transaction_raises_abort_before_hello)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	feed(SEAL_SPAN("HELO again\r\n"));
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_ABORT);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_HELLO);
	CHECK_SPAN(seal_smtpd_hello(&w.s), "again");
	CHECK(!seal_smtpd_extended(&w.s));
}

TEST(recv_takes_nothing_while_abort_waits)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	CHECK_EQ(feed(SEAL_SPAN("RSET\r\nMAIL FROM:<a@b>\r\n")), 6);
	CHECK_EQ(feed(SEAL_SPAN("MAIL FROM:<a@b>\r\n")), 0);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_ABORT);
	CHECK_EQ(feed(SEAL_SPAN("MAIL FROM:<a@b>\r\n")), 17);
}

TEST(a_refused_client_gets_a_reply_and_is_closed)
{
	seal_smtpd_init(&w.s, 0);
	CHECK_EQ(feed(SEAL_SPAN("EHLO x\r\n")), 0); /* an early talker waits */
	seal_smtpd_refuse(&w.s, SEAL_REPLY(554, "5.7.1 No"));
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "554 5.7.1 No\r\n");
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	CHECK(seal_smtpd_closing(&w.s));
	CHECK_EQ(feed(SEAL_SPAN("EHLO x\r\n")), 8);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	seal_smtpd_greet(&w.s, SEAL_SPAN("x"));
	seal_smtpd_refuse(&w.s, SEAL_REPLY(554, "5.7.1 No"));
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "554 5.7.1 No\r\n");
	CHECK_SPAN(seal_smtpd_busy, "421 4.3.2 Too many connections, try again later\r\n");
}

/* --- content before 354 -------------------------------------------------------------------- */

TEST(a_421_can_be_sent_at_any_time)
{
	server_begin_ready();
	seal_smtpd_refuse(&w.s, SEAL_REPLY(421, "4.3.2 Shutting down"));
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "421 4.3.2 Shutting down\r\n");
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	server_begin_data();
	seal_smtpd_refuse(&w.s, SEAL_REPLY(421, "4.3.2 Shutting down"));
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_ABORT);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
}

TEST(octets_offered_while_data_waits_are_too_early)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"));
	w.out_len = 0;
	feed(SEAL_SPAN("DATA\r\n"));
	CHECK_EQ(feed(SEAL_SPAN("S")), 0);
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(354, "Go"), w.now_ms), SEAL_OK);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "554 5.5.0 Data sent before the 354 reply\r\n");
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_ABORT);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
}

TEST(a_look_without_octets_is_not_too_early)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"));
	feed(SEAL_SPAN("DATA\r\n"));
	CHECK_EQ(feed(SEAL_SPAN("")), 0);
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(354, "Go"), w.now_ms), SEAL_OK);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "354 Go\r\n");
}

TEST(an_error_after_a_message_does_not_close)
{
	server_begin_data();
	wire_send(&w, SEAL_SPAN("x\r\n.\r\nbad\r\nNOOP\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len),
	           "250 2.0.0 Taken\r\n500 5.5.1 Command not recognized\r\n250 2.0.0 OK\r\n");
}

TEST(the_next_data_is_judged_again)
{
	server_begin_ready();
	w.data_code = 451;
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nNOOP\r\n"));
	CHECK_EQ(last_code(), 250);
	w.data_code = 354;
	wire_send(&w, SEAL_SPAN("DATA\r\n"));
	CHECK_EQ(last_code(), 354);
	wire_send(&w, SEAL_SPAN("x\r\n.\r\n"));
	CHECK_EQ(last_code(), 250);
	CHECK_EQ(w.num_ends, 1);
}

TEST(content_behind_a_data_that_the_relay_refused_never_runs)
{
	server_begin_ready();
	w.data_code = 451;
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
	                        "Subject: x\r\nRSET\r\nMAIL FROM:<e@b>\r\n"));
	CHECK_EQ(last_code(), 500);
	CHECK_EQ(w.num_mails, 1);
	CHECK_EQ(w.num_aborts, 1);
	CHECK_EQ(w.num_closes, 1);
}

/* --- a lost peer ------------------------------------------------------------------------------ */

TEST(half_close_after_the_final_dot_still_gets_its_reply)
{
	server_begin_data();
	feed(SEAL_SPAN("x\r\n.\r\n"));
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CONTENT);
	feed(SEAL_SPAN(".\r\n"));
	seal_smtpd_peer_closed(&w.s);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_END);
	CHECK(!seal_smtpd_closing(&w.s));
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), UINT64_MAX);
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(250, "2.0.0 OK"), w.now_ms), SEAL_OK);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "250 2.0.0 OK\r\n");
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	CHECK(seal_smtpd_closing(&w.s));
}

TEST(a_peer_lost_while_the_relay_thinks_is_closed_at_once)
{
	const struct seal_span waiting[] = {
		SEAL_SPAN("EHLO y\r\n"), SEAL_SPAN("MAIL FROM:<a@b>\r\n")
	};

	for (size_t i = 0; i < 2; i++) {
		server_begin_ready();
		feed(waiting[i]);
		seal_smtpd_peer_closed(&w.s);
		CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
		CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(250, "x"), w.now_ms), SEAL_E_CALLER);
		CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	}
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	feed(SEAL_SPAN("RCPT TO:<c@d>\r\n"));
	seal_smtpd_peer_closed(&w.s);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_ABORT);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	seal_smtpd_peer_closed(&w.s);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
}

/* A peer lost after any octet of a message: END before the last octet never, and ABORT
 * or END always. */
TEST(a_peer_lost_after_any_octet_aborts_or_ends)
{
	const struct seal_span message = SEAL_SPAN("Subject: x\r\n\r\n..\r\n.x\r\n\r\n.\r\n");

	for (size_t cut = 0; cut <= message.len; cut++) {
		server_begin_data();
		wire_send(&w, seal_span_first(message, cut));
		seal_smtpd_peer_closed(&w.s);
		wire_settle(&w, &info);
		CHECK_EQ(w.num_ends, cut == message.len);
		CHECK_EQ(w.num_aborts, cut < message.len);
		CHECK_EQ(w.num_closes, 1);
	}
}

/* --- deadlines ----------------------------------------------------------------------------------- */

TEST(no_deadline_runs_while_the_relay_thinks)
{
	server_begin_ready();
	feed(SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), UINT64_MAX);
	seal_smtpd_tick(&w.s, w.now_ms + 10000000);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_MAIL);
	seal_smtpd_answer(&w.s, SEAL_REPLY(250, "OK"), 20000000);
	seal_smtpd_sent(&w.s, 100, 20000000);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), 20000000 + SEAL_SERVER_COMMAND_MS);
}

TEST(unread_replies_close_without_a_word)
{
	const uint64_t begun_ms = 50000;

	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	w.now_ms = begun_ms;
	feed(SEAL_SPAN("NOOP\r\n"));
	seal_smtpd_sent(&w.s, 1, begun_ms + 500); /* some progress renews it */
	w.now_ms = begun_ms + 1000;
	feed(SEAL_SPAN("NOOP\r\n"));
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), begun_ms + 500 + SEAL_SERVER_REPLY_MS);
	seal_smtpd_tick(&w.s, begun_ms + 499 + SEAL_SERVER_REPLY_MS);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	seal_smtpd_tick(&w.s, begun_ms + 500 + SEAL_SERVER_REPLY_MS);
	CHECK_EQ(seal_smtpd_send_view(&w.s).len, 0);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_ABORT);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
}

TEST(the_421_of_a_timeout_has_its_own_time)
{
	server_begin_ready();
	w.now_ms += SEAL_SERVER_COMMAND_MS + 5;
	seal_smtpd_tick(&w.s, w.now_ms);
	CHECK(seal_smtpd_closing(&w.s));
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), w.now_ms + SEAL_SERVER_REPLY_MS);
}

TEST(the_time_of_unread_replies_starts_with_the_first)
{
	server_begin_ready();
	w.now_ms += 100000;
	feed(SEAL_SPAN("NOOP\r\n"));
	w.now_ms += 1000;
	feed(SEAL_SPAN("NOOP\r\n"));
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), w.now_ms - 1000 + SEAL_SERVER_REPLY_MS);
}

TEST(the_time_for_a_command_starts_with_the_answer_to_ehlo)
{
	wire_begin(&w, 0);
	feed(SEAL_SPAN("EHLO x\r\n"));
	seal_smtpd_answer_hello(&w.s, SEAL_SPAN("x"), &OFFERED, 7000000);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), 7000000 + SEAL_SERVER_COMMAND_MS);
	seal_smtpd_sent(&w.s, 1000, 7000001);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), 7000000 + SEAL_SERVER_COMMAND_MS);
}

TEST(the_closing_reply_waits_no_longer_than_others)
{
	server_begin_ready();
	feed(SEAL_SPAN("QUIT\r\n"));
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), w.now_ms + SEAL_SERVER_REPLY_MS);
	seal_smtpd_tick(&w.s, w.now_ms + SEAL_SERVER_REPLY_MS - 1);
	CHECK(seal_smtpd_send_view(&w.s).len > 0);
	seal_smtpd_tick(&w.s, w.now_ms + SEAL_SERVER_REPLY_MS);
	CHECK_EQ(seal_smtpd_send_view(&w.s).len, 0);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), UINT64_MAX);
}

TEST(a_steady_sender_at_the_minimum_rate_is_endured)
{
	static uint8_t line[1000];

	memset(line, 'x', sizeof line);
	memcpy(line + sizeof line - 2, "\r\n", 2);
	server_begin_data();
	for (unsigned i = 0; i < 1000; i++) {
		w.content_len = 0;
		wire_send(&w, seal_span(line, sizeof line));
		wire_wait(&w, sizeof line * 1000 / SEAL_SERVER_DATA_MIN_BPS);
		CHECK(!seal_smtpd_closing(&w.s));
	}
	wire_send(&w, SEAL_SPAN(".\r\n"));
	CHECK_EQ(last_code(), 250);
	/* What one message earned is not the next one's. */
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"));
	w.now_ms += 100000;
	wire_send(&w, SEAL_SPAN("x"));
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), w.now_ms - 100000 + SEAL_SERVER_DATA_MS);
}

TEST(one_octet_in_ten_seconds_is_not)
{
	unsigned num = 0;

	server_begin_data();
	while (!seal_smtpd_closing(&w.s) && num < 1000) {
		wire_send(&w, SEAL_SPAN("x"));
		wire_wait(&w, 10000);
		num++;
	}
	CHECK_EQ(num, SEAL_SERVER_DATA_MS / 10000);
	CHECK_EQ(last_code(), 421);
	CHECK_EQ(w.num_aborts, 1);
}

TEST(the_time_for_content_starts_with_the_354)
{
	server_begin_ready();
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"));
	feed(SEAL_SPAN("DATA\r\n"));
	seal_smtpd_answer(&w.s, SEAL_REPLY(354, "Go"), 5000000);
	seal_smtpd_sent(&w.s, 100, 5000000);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), 5000000 + SEAL_SERVER_DATA_MS);
}

TEST(an_early_tick_is_harmless)
{
	server_begin_data();
	seal_smtpd_tick(&w.s, w.now_ms + SEAL_SERVER_DATA_MS - 1);
	CHECK(!seal_smtpd_closing(&w.s));
	seal_smtpd_tick(&w.s, w.now_ms + SEAL_SERVER_DATA_MS);
	CHECK(seal_smtpd_closing(&w.s));
}

/* --- STARTTLS ---------------------------------------------------------------------------------------- */

static void
begin_offering(const char *words)
{
	wire_begin_with(&w, 0, seal_span_text(words));
	wire_send(&w, SEAL_SPAN("EHLO x\r\n"));
	w.out_len = 0;
}

/* 220 to STARTTLS is queued and not yet sent. */
static void
begin_tls(void)
{
	begin_offering("tls");
	CHECK_EQ(feed(SEAL_SPAN("STARTTLS\r\n")), 10);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_STARTTLS);
	CHECK(!seal_smtpd_wants_tls(&w.s));
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(220, "2.0.0 Go"), w.now_ms), SEAL_OK);
	CHECK(seal_smtpd_wants_tls(&w.s));
}

TEST(octets_offered_while_starttls_waits_are_injected)
{
	begin_offering("tls");
	feed(SEAL_SPAN("STARTTLS\r\n"));
	CHECK_EQ(feed(SEAL_SPAN("E")), 0);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_STARTTLS);
	CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(220, "2.0.0 Go"), w.now_ms), SEAL_OK);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "554 5.5.1 Pipelining after STARTTLS is not allowed\r\n");
	CHECK(!seal_smtpd_wants_tls(&w.s));
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	CHECK_EQ(seal_smtpd_closing_reply(&w.s).code, 554);
}

TEST(a_look_without_octets_is_no_injection)
{
	begin_tls();
	CHECK_EQ(feed(SEAL_SPAN("")), 0);
	CHECK(seal_smtpd_wants_tls(&w.s));
	begin_offering("tls");
	feed(SEAL_SPAN("STARTTLS\r\n"));
	CHECK_EQ(feed(SEAL_SPAN("")), 0);
	seal_smtpd_answer(&w.s, SEAL_REPLY(220, "2.0.0 Go"), w.now_ms);
	CHECK(seal_smtpd_wants_tls(&w.s));
}

TEST(octets_after_the_220_close_without_a_reply)
{
	for (unsigned sent = 0; sent < 2; sent++) {
		begin_tls();
		if (sent > 0)
			seal_smtpd_sent(&w.s, 100, w.now_ms);
		CHECK_EQ(feed(SEAL_SPAN("EHLO x\r\n")), 8);
		CHECK_SPANS(seal_smtpd_send_view(&w.s), sent > 0 ? SEAL_SPAN("") : SEAL_SPAN("220 2.0.0 Go\r\n"));
		CHECK(!seal_smtpd_wants_tls(&w.s));
		CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
		CHECK_EQ(seal_smtpd_closing_reply(&w.s).code, 554);
		seal_smtpd_secured(&w.s, w.now_ms);
		CHECK(!seal_smtpd_is_private(&w.s));
		CHECK_EQ(feed(SEAL_SPAN("EHLO x\r\n")), 8);
		CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
	}
}

/* CVE-2011-0411: octets in the clear are never read as if they came through TLS. */
TEST(octets_injected_at_any_cut_never_run)
{
	const struct seal_span octets = SEAL_SPAN("STARTTLS\r\nEHLO y\r\nMAIL FROM:<evil@b>\r\n");

	for (size_t cut = 0; cut <= octets.len; cut++) {
		begin_offering("tls");
		send_cut(octets, cut);
		CHECK_EQ(w.num_closes, 1);
		CHECK_EQ(w.num_mails, 0);
		CHECK(!seal_smtpd_is_private(&w.s));
		CHECK_EQ(last_code(), cut == 10 ? 220 : 554);
	}
}

TEST(a_refused_starttls_goes_on_in_plain)
{
	begin_offering("tls");
	w.tls_code = 454;
	wire_send(&w, SEAL_SPAN("STARTTLS\r\n"));
	CHECK_EQ(last_code(), 454);
	CHECK(!seal_smtpd_wants_tls(&w.s));
	wire_send(&w, SEAL_SPAN("bad\r\nMAIL FROM:<a@b>\r\n"));
	CHECK_EQ(last_code(), 250);
	CHECK(!seal_smtpd_is_private(&w.s));
	CHECK_SPAN(seal_smtpd_hello(&w.s), "x");
}

TEST(octets_after_a_refused_starttls_are_commands_or_nothing)
{
	begin_offering("tls");
	w.tls_code = 454;
	wire_send(&w, SEAL_SPAN("STARTTLS\r\nNOOP\r\nbad\r\nMAIL FROM:<evil@b>\r\n"));
	CHECK_EQ(last_code(), 500);
	CHECK_EQ(w.num_closes, 1);
	CHECK_EQ(w.num_mails, 0);
}

TEST(only_220_is_a_success_of_starttls)
{
	for (uint16_t code = 200; code < 600; code++) {
		begin_offering("tls");
		w.tls_code = code;
		wire_send(&w, SEAL_SPAN("STARTTLS\r\n"));
		CHECK_EQ(seal_smtpd_wants_tls(&w.s), code == 220);
		CHECK_EQ(last_code(), code == 220 || code >= 400 ? code : 451);
		CHECK_EQ(w.num_closes, code == 421);
	}
}

TEST(early_octets_after_data_do_not_count_against_starttls)
{
	begin_offering("tls");
	w.data_code = 451;
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nRSET\r\n"));
	CHECK_EQ(last_code(), 250);
	wire_send(&w, SEAL_SPAN("STARTTLS\r\n"));
	CHECK_EQ(last_code(), 220);
	CHECK(seal_smtpd_wants_tls(&w.s));
}

TEST(nothing_is_sent_during_a_handshake)
{
	begin_tls();
	seal_smtpd_sent(&w.s, 100, w.now_ms);
	seal_smtpd_refuse(&w.s, SEAL_REPLY(421, "4.3.2 Shutting down"));
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "");
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
	begin_tls();
	seal_smtpd_sent(&w.s, 100, w.now_ms);
	seal_smtpd_peer_closed(&w.s);
	CHECK_SPAN(seal_smtpd_send_view(&w.s), "");
	CHECK(!seal_smtpd_wants_tls(&w.s));
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
}

TEST(a_handshake_has_no_deadline_of_ours)
{
	begin_tls();
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), w.now_ms + SEAL_SERVER_REPLY_MS); /* the 220 is not read */
	seal_smtpd_sent(&w.s, 100, w.now_ms);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), UINT64_MAX);
	seal_smtpd_tick(&w.s, w.now_ms + 10000000);
	CHECK(seal_smtpd_wants_tls(&w.s));
	seal_smtpd_secured(&w.s, 20000000);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), 20000000 + SEAL_SERVER_COMMAND_MS);
	CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_NONE);
}

TEST(tls_discards_all_earlier_state)
{
	begin_tls();
	wire_pull(&w);
	w.out_len = 0;
	CHECK(!seal_smtpd_is_private(&w.s));
	seal_smtpd_secured(&w.s, w.now_ms);
	CHECK(seal_smtpd_is_private(&w.s));
	CHECK_EQ(seal_smtpd_hello(&w.s).len, 0);
	CHECK(!seal_smtpd_extended(&w.s));
	CHECK_EQ(w.s.offered.size_max, 0);
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	CHECK_EQ(last_code(), 503);
}

TEST(secured_out_of_place_changes_nothing)
{
	begin_offering("tls");
	seal_smtpd_secured(&w.s, w.now_ms);
	CHECK(!seal_smtpd_is_private(&w.s));
	CHECK_SPAN(seal_smtpd_hello(&w.s), "x");
	wire_send(&w, SEAL_SPAN("MAIL FROM:<a@b>\r\n"));
	seal_smtpd_secured(&w.s, w.now_ms);
	CHECK(!seal_smtpd_is_private(&w.s));
	wire_send(&w, SEAL_SPAN("RCPT TO:<c@d>\r\n"));
	CHECK_EQ(last_code(), 250);
}

TEST(an_early_talker_waits_for_implicit_tls_too)
{
	seal_smtpd_init(&w.s, 0);
	CHECK_EQ(feed(SEAL_SPAN("EHLO x\r\n")), 0);
	seal_smtpd_secured(&w.s, 5000);
	CHECK(seal_smtpd_is_private(&w.s));
	CHECK_EQ(feed(SEAL_SPAN("EHLO x\r\n")), 0);
	CHECK_EQ(seal_smtpd_deadline_ms(&w.s), 5000 + SEAL_SERVER_COMMAND_MS);
	seal_smtpd_greet(&w.s, SEAL_SPAN("gw"));
	CHECK_EQ(feed(SEAL_SPAN("EHLO x\r\n")), 8);
}

/* --- AUTH -------------------------------------------------------------------------------------------- */

/* "scan", "secret", and both for PLAIN */
#define SCAN   "c2Nhbg=="
#define SECRET "c2VjcmV0"
#define BOTH   "AHNjYW4Ac2VjcmV0"

static bool
is_line_wiped(void)
{
	size_t i = 0;

	while (i < sizeof w.s.line && w.s.line[i] == 0)
		i++;
	return i == sizeof w.s.line;
}

TEST(a_login_is_kept_until_it_is_answered_and_no_longer)
{
	static const uint16_t codes[] = { 235, 535, 454, 421 };
	static const char *const ways[] = {
		"AUTH PLAIN " BOTH "\r\n", "AUTH PLAIN\r\n" BOTH "\r\n",
		"AUTH LOGIN\r\n" SCAN "\r\n" SECRET "\r\n", "AUTH LOGIN " SCAN "\r\n" SECRET "\r\n"
	};

	for (size_t i = 0; i < 4 * 4; i++) {
		begin_offering("login clear");
		CHECK_EQ(feed(seal_span_text(ways[i / 4])), strlen(ways[i / 4]));
		for (unsigned k = 0; k < 2; k++) {
			CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_AUTH);
			CHECK_SPAN(info.login.user, "scan");
			CHECK_SPAN(info.login.secret, "secret");
			CHECK_EQ(feed(SEAL_SPAN("NOOP\r\n")), 0);
			CHECK_EQ(seal_smtpd_deadline_ms(&w.s), UINT64_MAX);
		}
		CHECK_EQ(seal_smtpd_answer(&w.s, (struct seal_reply){ codes[i % 4], SEAL_SPAN("x") }, w.now_ms),
		         SEAL_OK);
		CHECK(is_line_wiped());
		CHECK_EQ(seal_smtpd_is_authenticated(&w.s), codes[i % 4] == 235);
		wire_pull(&w);
		CHECK_EQ(last_code(), codes[i % 4]);
	}
}

TEST(only_235_is_a_success_of_auth)
{
	for (uint16_t code = 200; code < 600; code++) {
		begin_offering("login clear");
		feed(SEAL_SPAN("AUTH PLAIN " BOTH "\r\n"));
		CHECK_EQ(seal_smtpd_answer(&w.s, (struct seal_reply){ code, SEAL_SPAN("x") }, w.now_ms), SEAL_OK);
		CHECK_EQ(seal_smtpd_is_authenticated(&w.s), code == 235);
		wire_pull(&w);
		CHECK_EQ(last_code(), code == 235 || code >= 400 ? code : 451);
	}
}

TEST(no_line_of_a_login_is_kept)
{
	static const char *const lines[] = {
		"AUTH PLAIN " BOTH "x\r\n", "AUTH PLAIN eHgAc2NhbgBzZWNyZXQ=\r\n", "AUTH CRAM-MD5 " BOTH "\r\n",
		"AUTH PLAIN\r\n" BOTH "x\r\n", "AUTH LOGIN\r\n" SCAN "\r\n*\r\n", "AUTHPLAIN " BOTH "\r\n",
		"AUTH LOGIN " SCAN "\r\n" SECRET "x\r\n", "MAIL FROM:<a@b>\r\nAUTH PLAIN " BOTH "\r\n",
		"AUTH LOGIN " SCAN "\r\n\x01" SECRET "\r\n", "AUTH LOGIN " SCAN "\r\n" SECRET "\n"
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		begin_offering("login clear");
		wire_send(&w, seal_span_text(lines[i]));
		CHECK(last_code() >= 500);
		CHECK(is_line_wiped());
		CHECK_EQ(w.num_logins, 0);
	}
	begin_offering("TLS login");
	wire_send(&w, SEAL_SPAN("AUTH PLAIN " BOTH "\r\n"));
	CHECK_EQ(last_code(), 530);
	CHECK(is_line_wiped());
	begin_offering("login");
	wire_send(&w, SEAL_SPAN("AUTH PLAIN " BOTH "\r\n"));
	CHECK_EQ(last_code(), 538);
	CHECK(is_line_wiped());
	begin_offering("");
	wire_send(&w, SEAL_SPAN("AUTH PLAIN " BOTH "\r\n"));
	CHECK_EQ(last_code(), 502);
	CHECK(is_line_wiped());
	CHECK_EQ(w.num_logins, 0);
}

TEST(a_close_in_a_login_wipes_it)
{
	const struct seal_span octets = SEAL_SPAN("AUTH LOGIN\r\n" SCAN "\r\n" SECRET "\r\n");

	for (size_t cut = 0; cut <= octets.len; cut++) {
		begin_offering("login clear");
		feed(seal_span_first(octets, cut));
		seal_smtpd_peer_closed(&w.s);
		CHECK_EQ(seal_smtpd_next(&w.s), SEAL_SMTPD_CLOSE);
		CHECK(is_line_wiped());
		CHECK_EQ(seal_smtpd_answer(&w.s, SEAL_REPLY(235, "x"), w.now_ms), SEAL_E_CALLER);
		CHECK(!seal_smtpd_is_authenticated(&w.s));
	}
}

TEST(the_prompt_for_plain_is_a_code_and_a_space)
{
	begin_offering("login clear");
	wire_send(&w, SEAL_SPAN("AUTH PLAIN\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len), "334 \r\n");
}

#define TLS_ROUND "EHLO x\r\nMAIL FROM:<a@b>\r\nAUTH PLAIN " BOTH "\r\nRSET\r\nSTARTTLS\r\n"
#define AUTH_ROUND \
	"EHLO y\r\nMAIL FROM:<a@b>\r\nAUTH LOGIN\r\n" SCAN "\r\n*\r\nAUTH LOGIN\r\n" SCAN "\r\n" SECRET \
	"\r\nMAIL FROM:<a@b> AUTH=<>\r\nRCPT TO:<c@d>\r\nDATA\r\n"

static void
run_tls_session(struct wire *on, size_t cut)
{
	wire_begin_with(on, cut == 0 ? 1 : 0, SEAL_SPAN("tls LOGIN"));
	wire_send(on, seal_span_first(SEAL_SPAN(TLS_ROUND), cut));
	wire_send(on, seal_span_from(SEAL_SPAN(TLS_ROUND), cut));
	CHECK(seal_smtpd_wants_tls(&on->s));
	seal_smtpd_secured(&on->s, on->now_ms);
	wire_send(on, seal_span_first(SEAL_SPAN(AUTH_ROUND), cut));
	wire_send(on, seal_span_from(SEAL_SPAN(AUTH_ROUND), cut));
	wire_send(on, SEAL_SPAN("x\r\n.\r\nQUIT\r\n"));
	CHECK(seal_smtpd_is_private(&on->s));
	CHECK(seal_smtpd_is_authenticated(&on->s));
	CHECK_SPAN(seal_span(on->login, on->login_len), "scan secret");
	CHECK_EQ(on->num_ends, 1);
	CHECK_EQ(on->num_mails, 1);
	CHECK_EQ(on->num_logins, 1);
	CHECK_EQ(on->num_closes, 1);
}

TEST(a_session_with_tls_and_login_cut_anywhere_sends_the_same)
{
	run_tls_session(&other, 0);
	for (size_t cut = 1; cut <= sizeof AUTH_ROUND; cut++) {
		run_tls_session(&w, cut);
		CHECK_SPANS(seal_span(w.out, w.out_len), seal_span(other.out, other.out_len));
	}
}

/* `head` and base64 of 'x', so that the line has `len` octets with its CRLF. */
static unsigned
code_of_base64(const char *head, size_t len)
{
	static uint8_t line[SEAL_COMMAND_EXT_MAX * 4];

	memset(line, 'e', sizeof line);
	memcpy(line, head, strlen(head));
	memcpy(line + len - 2, "\r\n", 2);
	wire_send(&w, seal_span(line, len));
	CHECK(is_line_wiped() || w.s.user_len > 0);
	return last_code();
}

TEST(lines_of_a_login_have_1024_octets_at_most)
{
	begin_offering("login clear any");
	CHECK_EQ(code_of_base64("AUTH PLAIN ", SEAL_COMMAND_MAX + 1), 501);
	CHECK_EQ(code_of_base64("AUTH PLAIN ", SEAL_COMMAND_EXT_MAX), 501);
	wire_send(&w, SEAL_SPAN("AUTH PLAIN " BOTH "x\r\n"));
	w.out_len = 0;
	CHECK_EQ(code_of_base64("AUTH PLAIN ", SEAL_COMMAND_EXT_MAX + 1), 500);
	wire_send(&w, SEAL_SPAN("AUTH PLAIN\r\n"));
	CHECK_EQ(code_of_base64("AHgA", SEAL_COMMAND_EXT_MAX + 1), 500);
	wire_send(&w, SEAL_SPAN("AUTH PLAIN\r\n"));
	CHECK_EQ(code_of_base64("AHgA", SEAL_COMMAND_EXT_MAX * 4), 500);
	wire_send(&w, SEAL_SPAN("AUTH PLAIN\r\n"));
	CHECK_EQ(code_of_base64("AHgA", SEAL_COMMAND_EXT_MAX - 2), 235); /* 1020 octets of base64 */
	CHECK_EQ(w.num_closes, 0);
}

TEST(a_response_that_is_too_long_gets_its_own_reply)
{
	begin_offering("login clear");
	wire_send(&w, SEAL_SPAN("AUTH LOGIN\r\n"));
	w.out_len = 0;
	for (unsigned i = 0; i < 300; i++)
		wire_send(&w, SEAL_SPAN("eHh4eHh4"));
	wire_send(&w, SEAL_SPAN("\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len), "500 5.5.6 Authentication exchange line is too long\r\n");
	w.out_len = 0;
	code_of_line("AUTH PLAIN ", SEAL_COMMAND_EXT_MAX + 1);
	wire_send(&w, SEAL_SPAN("NOOP\r\n"));
	CHECK_EQ(last_code(), 250);
}

TEST(the_password_of_login_has_the_room_that_the_user_left)
{
	for (unsigned more = 0; more < 2; more++) {
		begin_offering("login clear any");
		wire_send(&w, SEAL_SPAN("AUTH LOGIN\r\n"));
		CHECK_EQ(code_of_base64("", 512 + 2), 334);
		CHECK_EQ(w.s.user_len, 384);
		/* 1024 - 384 - CRLF is 638, and base64 has whole quanta */
		CHECK_EQ(code_of_base64("", 636 + 2 + more * 4), more == 0 ? 235 : 500);
		CHECK_EQ(w.s.user_len, 0);
		CHECK(is_line_wiped());
	}
}

TEST(wrong_logins_are_errors)
{
	begin_offering("login clear");
	send_times(SEAL_ERRORS_MAX - 1, SEAL_SPAN("bad\r\n"));
	w.out_len = 0;
	wire_send(&w, SEAL_SPAN("AUTH PLAIN AHNjYW4A\r\n"));
	CHECK_EQ(last_code(), 535);
	wire_send(&w, SEAL_SPAN("bad\r\n"));
	CHECK_SPAN(seal_span(w.out, w.out_len), "421 4.7.0 Too many errors\r\n");
}

TEST(login_and_starttls_are_idle_commands)
{
	begin_offering("tls login clear");
	w.tls_code = 454;
	send_times(SEAL_IDLE_COMMANDS_MAX / 2, SEAL_SPAN("STARTTLS\r\n"));
	w.out_len = 0;
	send_times(SEAL_IDLE_COMMANDS_MAX / 2 - 1, SEAL_SPAN("AUTH PLAIN ADQ1NC14ADE=\r\n"));
	CHECK_EQ(last_code(), 454);
	wire_send(&w, SEAL_SPAN("AUTH PLAIN ADQ1NC14ADE=\r\n"));
	CHECK_EQ(last_code(), 421);
	CHECK_EQ(w.num_closes, 1);
}

const struct test_case test_server_cases[] = {
	CASE(dialogues_give_the_same_answers_however_they_are_cut),
	CASE(dialogues_that_depend_on_pipelining),
	CASE(a_session_cut_at_any_two_positions_sends_the_same),
	CASE(a_copy_of_the_structure_is_a_checkpoint),
	CASE(a_command_line_has_512_octets_at_most),
	CASE(mail_and_rcpt_have_1024_octets_at_most),
	CASE(an_endless_line_gets_one_reply_and_the_next_is_read),
	CASE(a_long_http_request_is_dropped_too),
	CASE(twenty_errors_are_answered_the_next_closes),
	CASE(refusals_of_the_relay_are_no_errors_of_the_client),
	CASE(a_hundred_idle_commands_are_answered_the_next_closes),
	CASE(a_message_resets_the_count_of_idle_commands),
	CASE(recipients_over_the_limit_get_452_and_the_accepted_stay),
	CASE(a_name_of_ehlo_has_255_octets_at_most),
	CASE(commands_are_not_read_while_replies_are_not),
	CASE(content_is_not_read_while_the_354_is_not),
	CASE(the_longest_reply_fits_whole_after_others),
	CASE(the_longest_answer_to_ehlo_fits_whole),
	CASE(ehlo_offers_only_what_is_configured),
	CASE(a_partly_sent_reply_goes_on_where_it_was),
	CASE(many_lines_pass_through),
	CASE(events_stay_until_they_are_answered),
	CASE(answers_without_an_event_are_the_callers_error),
	CASE(a_positive_answer_to_hello_needs_its_own_function),
	CASE(a_2yz_to_data_and_a_354_to_the_end_become_451),
	CASE(an_answer_to_the_end_closes_the_transaction_in_any_case),
	CASE(octets_after_the_end_stay_until_it_is_answered),
	CASE(an_answer_can_close),
	CASE(closing_at_rcpt_aborts_first),
	CASE(ehlo_in_a_transaction_raises_abort_before_hello),
	CASE(recv_takes_nothing_while_abort_waits),
	CASE(a_refused_client_gets_a_reply_and_is_closed),
	CASE(a_421_can_be_sent_at_any_time),
	CASE(octets_offered_while_data_waits_are_too_early),
	CASE(a_look_without_octets_is_not_too_early),
	CASE(an_error_after_a_message_does_not_close),
	CASE(the_next_data_is_judged_again),
	CASE(content_behind_a_data_that_the_relay_refused_never_runs),
	CASE(half_close_after_the_final_dot_still_gets_its_reply),
	CASE(a_peer_lost_while_the_relay_thinks_is_closed_at_once),
	CASE(a_peer_lost_after_any_octet_aborts_or_ends),
	CASE(no_deadline_runs_while_the_relay_thinks),
	CASE(unread_replies_close_without_a_word),
	CASE(the_421_of_a_timeout_has_its_own_time),
	CASE(the_time_of_unread_replies_starts_with_the_first),
	CASE(the_time_for_a_command_starts_with_the_answer_to_ehlo),
	CASE(the_closing_reply_waits_no_longer_than_others),
	CASE(a_steady_sender_at_the_minimum_rate_is_endured),
	CASE(one_octet_in_ten_seconds_is_not),
	CASE(the_time_for_content_starts_with_the_354),
	CASE(an_early_tick_is_harmless),
	CASE(octets_offered_while_starttls_waits_are_injected),
	CASE(a_look_without_octets_is_no_injection),
	CASE(octets_after_the_220_close_without_a_reply),
	CASE(octets_injected_at_any_cut_never_run),
	CASE(a_refused_starttls_goes_on_in_plain),
	CASE(octets_after_a_refused_starttls_are_commands_or_nothing),
	CASE(only_220_is_a_success_of_starttls),
	CASE(early_octets_after_data_do_not_count_against_starttls),
	CASE(nothing_is_sent_during_a_handshake),
	CASE(a_handshake_has_no_deadline_of_ours),
	CASE(tls_discards_all_earlier_state),
	CASE(secured_out_of_place_changes_nothing),
	CASE(an_early_talker_waits_for_implicit_tls_too),
	CASE(a_login_is_kept_until_it_is_answered_and_no_longer),
	CASE(only_235_is_a_success_of_auth),
	CASE(no_line_of_a_login_is_kept),
	CASE(a_close_in_a_login_wipes_it),
	CASE(the_prompt_for_plain_is_a_code_and_a_space),
	CASE(a_session_with_tls_and_login_cut_anywhere_sends_the_same),
	CASE(lines_of_a_login_have_1024_octets_at_most),
	CASE(a_response_that_is_too_long_gets_its_own_reply),
	CASE(the_password_of_login_has_the_room_that_the_user_left),
	CASE(wrong_logins_are_errors),
	CASE(login_and_starttls_are_idle_commands),
	CASE_END
};
