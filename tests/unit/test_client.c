/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/base64.h"
#include "engine/smtp/client.h"
#include "tests/unit/test.h"

static struct seal_smtpc c;
static const uint64_t NOW = 1000;

static uint8_t sent[8192];
static size_t sent_len;

#define EHLO_ALL \
	"250-mx.example hello\r\n250-SIZE 5000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 PIPELINING\r\n"

/* --- helpers --------------------------------------------------------------------------- */

/* Send everything that may be sent, `piece` octets at a time; 0: the whole view. */
static void
pump_pieces(size_t piece)
{
	for (;;) {
		const struct seal_span view = seal_smtpc_send_view(&c);
		const size_t len = piece > 0 && piece < view.len ? piece : view.len;

		if (len == 0)
			return;
		if (!CHECK(len <= sizeof sent - sent_len))
			return;
		memcpy(sent + sent_len, view.ptr, len);
		sent_len += len;
		seal_smtpc_sent(&c, len, NOW);
	}
}

/* The octets sent since the last call. */
static struct seal_span
pump(void)
{
	size_t len;

	pump_pieces(0);
	len = sent_len;
	sent_len = 0;
	return seal_span(sent, len);
}

static size_t
client_feed(struct seal_span s)
{
	return seal_smtpc_recv(&c, s.ptr, s.len, NOW);
}

#define FEED(literal) CHECK_EQ(client_feed(SEAL_SPAN(literal)), sizeof(literal) - 1)
#define NEXT(event) CHECK_EQ(seal_smtpc_next(&c), SEAL_SMTPC_##event)

static const struct seal_smtpc_needs NOTHING = { .tls = SEAL_SMTPC_TLS_NONE };
static const struct seal_secrecy OPEN = { false, false };
static const struct seal_secrecy PRIVATE = { true, true };

static void
begin_with(const struct seal_smtpc_needs *needs, struct seal_secrecy secrecy)
{
	sent_len = 0;
	seal_smtpc_init(&c, SEAL_SPAN("gw.example"), needs, NOW);
	seal_smtpc_connected(&c, secrecy, NOW);
}

static void
client_begin(void)
{
	begin_with(&NOTHING, OPEN);
}

static void
client_begin_ready(void)
{
	client_begin();
	FEED("220 mx.example ESMTP\r\n");
	pump();
	FEED(EHLO_ALL);
	NEXT(READY);
}

static struct seal_path_command
path(const char *text)
{
	return (struct seal_path_command){ .path = seal_span_text(text) };
}

static enum seal_status
give_mail(void)
{
	const struct seal_path_command mail = path("a@b");

	return seal_smtpc_mail(&c, &mail, NOW);
}

static enum seal_status
give_rcpt(void)
{
	const struct seal_path_command rcpt = path("c@d");

	return seal_smtpc_rcpt(&c, &rcpt, NOW);
}

/* In the middle of content: 354 came, nothing was lent yet. */
static void
begin_content(void)
{
	client_begin_ready();
	give_mail();
	pump();
	FEED("250 OK\r\n");
	NEXT(REPLY);
	give_rcpt();
	pump();
	FEED("250 OK\r\n");
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_data(&c, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "DATA\r\n");
	FEED("354 Go\r\n");
	NEXT(WANTS);
}

static void
begin_end(void)
{
	begin_content();
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("x\r\n")), SEAL_OK);
	pump();
	NEXT(WANTS);
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_OK);
}

static void
check_failed(enum seal_smtpc_failure why)
{
	NEXT(FAILED);
	CHECK_EQ(seal_smtpc_failure(&c), why);
	NEXT(NONE);
	CHECK_EQ(seal_smtpc_send_view(&c).len, 0);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), UINT64_MAX);
	CHECK_EQ(give_mail(), SEAL_E_PEER);
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("x")), SEAL_E_PEER);
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_E_PEER);
	FEED("250 whatever\r\n");
	NEXT(NONE);
}

/* --- greeting --------------------------------------------------------------------------- */

TEST(greeting_and_ehlo_lead_to_ready)
{
	client_begin();
	CHECK_SPAN(pump(), "");
	FEED("220-mx.example\r\n220 ESMTP\r\n");
	CHECK_SPAN(pump(), "EHLO gw.example\r\n");
	FEED(EHLO_ALL);
	NEXT(READY);
	NEXT(NONE);
	CHECK(c.extended);
	CHECK_EQ(c.extensions.size_max, 5000);
	CHECK(c.extensions.eight_bit_mime && c.extensions.smtputf8 && c.extensions.dsn);
}

TEST(capabilities_come_in_any_case_order_and_company)
{
	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("250-mx\r\n250-dsn\r\n250-X-FOO bar\r\n250-AUTH PLAIN LOGIN\r\n");
	FEED("250-8bitmime \r\n250-SIZE\r\n250 size 77 \r\n");
	NEXT(READY);
	CHECK_EQ(c.extensions.size_max, 77);
	CHECK(c.extensions.eight_bit_mime && c.extensions.dsn && !c.extensions.smtputf8);
}

TEST(the_first_line_of_ehlo_is_not_a_capability)
{
	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("250-DSN\r\n250 SIZE nonsense\r\n");
	NEXT(READY);
	CHECK(!c.extensions.dsn);
	CHECK_EQ(c.extensions.size_max, 0);
}

TEST(capabilities_at_the_end_of_a_long_reply_are_seen)
{
	client_begin();
	FEED("220 x\r\n");
	pump();
	for (unsigned i = 0; i < 100; i++)
		FEED("250-X-A-LONG-AND-USELESS-CAPABILITY with parameters\r\n");
	FEED("250 SMTPUTF8\r\n");
	NEXT(READY);
	CHECK(c.extensions.smtputf8);
}

TEST(helo_follows_where_ehlo_is_refused)
{
	static const char *const refusals[] = {
		"500 5.5.1 What\r\n", "501 x\r\n", "502 x\r\n", "504 x\r\n", "550-a\r\n550 b\r\n", "554\r\n"
	};

	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		client_begin();
		FEED("220 x\r\n");
		CHECK_SPAN(pump(), "EHLO gw.example\r\n");
		client_feed(seal_span_text(refusals[i]));
		NEXT(NONE);
		CHECK_SPAN(pump(), "HELO gw.example\r\n");
		FEED("250 mx\r\n");
		NEXT(READY);
		CHECK(!c.extended);
		CHECK_EQ(c.extensions.size_max, 0);
	}
}

TEST(refusals_before_ready_are_kept)
{
	client_begin();
	FEED("554 5.7.1 No\r\n");
	NEXT(FAILED);
	CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_REFUSED);
	CHECK_EQ(seal_smtpc_reply(&c).code, 554);
	CHECK_SPAN(seal_smtpc_reply(&c).text, "5.7.1 No");

	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("421 4.3.2 Busy\r\n");
	NEXT(FAILED);
	CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_REFUSED);
	CHECK_SPAN(seal_smtpc_reply(&c).text, "4.3.2 Busy");

	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("502 x\r\n");
	pump();
	FEED("550 5.7.1 Never\r\n");
	NEXT(FAILED);
	CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_REFUSED);
	CHECK_SPAN(seal_smtpc_reply(&c).text, "5.7.1 Never");
}

TEST(a_name_of_255_octets_fits)
{
	static uint8_t name[300];

	memset(name, 'x', sizeof name);
	seal_smtpc_init(&c, seal_span(name, sizeof name), &NOTHING, NOW);
	seal_smtpc_connected(&c, OPEN, NOW);
	FEED("220 x\r\n");
	CHECK_EQ(pump().len, 5 + SEAL_DOMAIN_MAX + 2);
}

/* --- commands ---------------------------------------------------------------------------- */

TEST(parameters_go_where_they_are_offered)
{
	struct seal_path_command mail = path("a@b");
	struct seal_path_command rcpt = path("\"a b\"@[1.2.3.4]");

	mail.size = 1234;
	mail.body = SEAL_BODY_8BITMIME;
	mail.smtputf8 = true;
	mail.ret = SEAL_SPAN("HDRS");
	mail.envid = SEAL_SPAN("e+2B");
	rcpt.notify = SEAL_SPAN("NEVER");
	rcpt.orcpt = SEAL_SPAN("rfc822;x");
	client_begin_ready();
	CHECK_EQ(seal_smtpc_mail(&c, &mail, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "MAIL FROM:<a@b> SIZE=1234 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=e+2B\r\n");
	FEED("250 OK\r\n");
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_rcpt(&c, &rcpt, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "RCPT TO:<\"a b\"@[1.2.3.4]> NOTIFY=NEVER ORCPT=rfc822;x\r\n");

	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("250 nothing\r\n");
	NEXT(READY);
	CHECK_EQ(seal_smtpc_mail(&c, &mail, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "MAIL FROM:<a@b>\r\n");
	FEED("250 OK\r\n");
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_rcpt(&c, &rcpt, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "RCPT TO:<\"a b\"@[1.2.3.4]>\r\n");
}

TEST(body_7bit_is_passed_on)
{
	struct seal_path_command mail = path("a@b");

	mail.body = SEAL_BODY_7BIT;
	client_begin_ready();
	CHECK_EQ(seal_smtpc_mail(&c, &mail, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "MAIL FROM:<a@b> BODY=7BIT\r\n");
}

TEST(the_null_sender_and_postmaster_are_written)
{
	const struct seal_path_command mail = path("");
	const struct seal_path_command rcpt = path("postmaster");

	client_begin_ready();
	CHECK_EQ(seal_smtpc_mail(&c, &mail, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "MAIL FROM:<>\r\n");
	FEED("250 OK\r\n");
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_rcpt(&c, &rcpt, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "RCPT TO:<postmaster>\r\n");
}

TEST(no_line_end_gets_into_a_command)
{
	const struct seal_path_command mail = path("a\r\nRCPT TO:<x@y>");

	client_begin_ready();
	CHECK_EQ(seal_smtpc_mail(&c, &mail, NOW), SEAL_E_CALLER);
	CHECK_SPAN(pump(), "");
	CHECK_EQ(give_mail(), SEAL_OK);
	CHECK_SPAN(pump(), "MAIL FROM:<a@b>\r\n");
}

TEST(a_command_has_1024_octets_at_most)
{
	static uint8_t octets[SEAL_CLIENT_OUT_MAX];
	struct seal_path_command mail = path("");
	const size_t around = sizeof "MAIL FROM:<>\r\n" - 1;

	memset(octets, 'x', sizeof octets);
	client_begin_ready();
	mail.path = seal_span(octets, SEAL_CLIENT_OUT_MAX - around + 1);
	CHECK_EQ(seal_smtpc_mail(&c, &mail, NOW), SEAL_E_LIMIT);
	CHECK_SPAN(pump(), "");
	mail.path.len--;
	CHECK_EQ(seal_smtpc_mail(&c, &mail, NOW), SEAL_OK);
	CHECK_EQ(pump().len, SEAL_CLIENT_OUT_MAX);
}

TEST(replies_pass_through_with_all_their_lines)
{
	client_begin_ready();
	give_mail();
	pump();
	FEED("550-5.7.1 One\r\n550 5.7.1 Two\r\n");
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_reply(&c).code, 550);
	CHECK_SPAN(seal_smtpc_reply(&c).text, "5.7.1 One\n5.7.1 Two");
	NEXT(NONE);
	CHECK_EQ(seal_smtpc_rset(&c, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "RSET\r\n");
}

TEST(commands_out_of_turn_are_the_callers_error)
{
	client_begin();
	CHECK_EQ(give_mail(), SEAL_E_CALLER);
	FEED("220 x\r\n");
	CHECK_EQ(give_mail(), SEAL_E_CALLER);
	pump();
	FEED(EHLO_ALL);
	CHECK_EQ(give_mail(), SEAL_E_CALLER); /* READY was not fetched */
	NEXT(READY);
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("x")), SEAL_E_CALLER);
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_E_CALLER);
	CHECK_EQ(give_mail(), SEAL_OK);
	CHECK_EQ(give_rcpt(), SEAL_E_CALLER);
	pump();
	CHECK_EQ(give_rcpt(), SEAL_E_CALLER);
	FEED("250 OK\r\n");
	CHECK_EQ(give_rcpt(), SEAL_E_CALLER); /* REPLY was not fetched */
	NEXT(REPLY);
	CHECK_EQ(give_rcpt(), SEAL_OK);
}

TEST(a_421_is_a_reply_and_then_the_connection_is_lost)
{
	client_begin_ready();
	give_mail();
	pump();
	FEED("421 4.3.0 Closing\r\n");
	seal_smtpc_closed(&c);
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_reply(&c).code, 421);
	check_failed(SEAL_SMTPC_LOST);
}

TEST(quit_ends_well)
{
	client_begin_ready();
	CHECK_EQ(seal_smtpc_quit(&c, NOW), SEAL_OK);
	CHECK_SPAN(pump(), "QUIT\r\n");
	FEED("221 Bye\r\n");
	seal_smtpc_closed(&c);
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_reply(&c).code, 221);
	NEXT(NONE);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), UINT64_MAX);
	CHECK_EQ(give_mail(), SEAL_E_CALLER);
}

/* --- unasked replies ------------------------------------------------------------------------ */

TEST(a_421_while_idle_is_a_lost_connection)
{
	client_begin_ready();
	FEED("421 4.4.2 Idle too long\r\n");
	NEXT(FAILED);
	CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_LOST);
	CHECK_EQ(seal_smtpc_reply(&c).code, 421);
}

TEST(any_other_reply_while_idle_is_nonsense)
{
	client_begin_ready();
	FEED("250 Surprise\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	client_begin_ready();
	FEED("hello\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(half_an_unasked_reply_then_a_close_is_a_lost_connection)
{
	client_begin_ready();
	FEED("42");
	NEXT(NONE);
	seal_smtpc_closed(&c);
	check_failed(SEAL_SMTPC_LOST);
}

TEST(half_an_unasked_reply_then_a_command_is_nonsense)
{
	client_begin_ready();
	FEED("25");
	CHECK_EQ(give_mail(), SEAL_E_PEER);
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(half_an_unasked_reply_is_not_waited_for_long)
{
	client_begin_ready();
	FEED("42");
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + SEAL_CLIENT_QUIT_MS);
	seal_smtpc_tick(&c, NOW + SEAL_CLIENT_QUIT_MS);
	check_failed(SEAL_SMTPC_TIMEOUT);
}

TEST(a_second_reply_after_the_first_never_answers_the_next_command)
{
	client_begin_ready();
	give_mail();
	pump();
	CHECK_EQ(client_feed(SEAL_SPAN("250 one\r\n250 two\r\n")), 9);
	NEXT(REPLY);
	CHECK_SPAN(seal_smtpc_reply(&c).text, "one");
	CHECK_EQ(give_rcpt(), SEAL_E_PEER);
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(octets_that_come_while_the_reply_waits_are_never_the_next_answer)
{
	client_begin_ready();
	give_mail();
	pump();
	FEED("250 one\r\n");
	CHECK_EQ(client_feed(SEAL_SPAN("2")), 0);
	NEXT(REPLY);
	CHECK_EQ(give_rcpt(), SEAL_E_PEER);
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(a_reply_before_the_command_is_sent_whole_is_nonsense)
{
	client_begin_ready();
	give_mail();
	FEED("250 early\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	client_begin_ready();
	give_mail();
	seal_smtpc_sent(&c, 5, NOW);
	FEED("250 early\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(a_421_before_the_command_is_sent_is_a_lost_connection)
{
	client_begin_ready();
	give_mail();
	FEED("421 4.4.2 Idle");
	CHECK_SPAN(pump(), ""); /* nothing more is sent to it */
	FEED(" too long\r\n");
	check_failed(SEAL_SMTPC_LOST);
}

TEST(a_second_greeting_is_nonsense)
{
	client_begin();
	FEED("220 one\r\n220 two\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(a_second_reply_to_ehlo_is_nonsense)
{
	client_begin();
	FEED("220 one\r\n");
	pump();
	CHECK_EQ(client_feed(SEAL_SPAN("250 mx\r\n250 two\r\n")), 8);
	NEXT(READY);
	CHECK_EQ(give_mail(), SEAL_E_PEER);
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(a_peer_that_does_not_speak_smtp_is_nonsense)
{
	static const char *const octets[] = {
		"HTTP/1.1 400 Bad Request\r\n", "\x15\x03\x01", "SSH-2.0-x\r\n", "\r\n", "999 x\r\n", "22 x\r\n"
	};

	for (size_t i = 0; i < sizeof octets / sizeof octets[0]; i++) {
		client_begin();
		client_feed(seal_span_text(octets[i]));
		check_failed(SEAL_SMTPC_NONSENSE);
	}
}

TEST(a_3yz_where_none_belongs)
{
	client_begin();
	FEED("354 x\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("354 x\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	client_begin_ready();
	give_mail();
	pump();
	FEED("354 x\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	begin_end();
	pump();
	FEED("354 x\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	CHECK(seal_smtpc_in_doubt(&c));
}

TEST(a_connection_closed_before_ready_was_fetched_is_lost)
{
	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("250 mx\r\n");
	seal_smtpc_closed(&c);
	check_failed(SEAL_SMTPC_LOST);
}

TEST(capabilities_of_a_refused_ehlo_do_not_count)
{
	client_begin();
	FEED("220 x\r\n");
	pump();
	FEED("250-mx\r\n250-DSN\r\n550 no\r\n");
	CHECK_SPAN(pump(), "HELO gw.example\r\n");
	FEED("250 mx\r\n");
	NEXT(READY);
	CHECK(!c.extensions.dsn);
}

/* --- content ---------------------------------------------------------------------------------- */

TEST(content_goes_out_with_its_dots_stuffed)
{
	begin_content();
	NEXT(WANTS);
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("a\r\n.b\r\n..\r\n")), SEAL_OK);
	NEXT(NONE);
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("x")), SEAL_E_CALLER);
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_E_CALLER);
	CHECK_SPAN(pump(), "a\r\n..b\r\n...\r\n");
	NEXT(WANTS);
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN(".")), SEAL_OK);
	CHECK_SPAN(pump(), "..");
	NEXT(WANTS);
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_OK);
	NEXT(NONE);
	CHECK_SPAN(pump(), "\r\n.\r\n");
	FEED("250 2.0.0 OK\r\n");
	NEXT(REPLY);
	CHECK_EQ(give_mail(), SEAL_OK);
}

TEST(no_content_at_all_is_a_lone_dot)
{
	begin_content();
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("")), SEAL_OK);
	NEXT(WANTS);
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_OK);
	CHECK_SPAN(pump(), ".\r\n");
}

TEST(content_lent_and_sent_at_any_cut_is_the_same)
{
	const struct seal_span message = SEAL_SPAN(".a\r\n.\r\n\r\n..x\r\n.");

	for (size_t cut = 0; cut <= message.len; cut++) {
		for (size_t piece = 0; piece <= 3; piece++) {
			begin_content();
			CHECK_EQ(seal_smtpc_content(&c, seal_span_first(message, cut)), SEAL_OK);
			pump_pieces(piece);
			NEXT(WANTS);
			CHECK_EQ(seal_smtpc_content(&c, seal_span_from(message, cut)), SEAL_OK);
			pump_pieces(piece);
			NEXT(WANTS);
			CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_OK);
			pump_pieces(piece);
			CHECK_SPAN(seal_span(sent, sent_len), "..a\r\n..\r\n\r\n...x\r\n..\r\n.\r\n");
		}
	}
}

static void
feed_code(uint16_t code)
{
	uint8_t line[16];
	struct seal_out out = seal_out(line, sizeof line);

	seal_reply_put(&out, (struct seal_reply){ code, SEAL_SPAN("x") });
	CHECK_EQ(client_feed(seal_out_span(&out)), out.len);
}

/* Every code at every place, against RFC 5321 4.3.2. */
TEST(only_codes_that_can_answer_are_replies)
{
	for (uint16_t code = 200; code < 600; code++) {
		const bool refusal = code >= 400;
		const bool success = code < 300;

		client_begin_ready();
		give_mail();
		pump();
		feed_code(code);
		CHECK_EQ(seal_smtpc_next(&c), refusal || success ? SEAL_SMTPC_REPLY : SEAL_SMTPC_FAILED);

		client_begin_ready();
		seal_smtpc_data(&c, NOW);
		pump();
		feed_code(code);
		CHECK_EQ(seal_smtpc_next(&c), refusal ? SEAL_SMTPC_REPLY
		                              : code == 354 ? SEAL_SMTPC_WANTS : SEAL_SMTPC_FAILED);

		begin_end();
		pump();
		feed_code(code);
		CHECK_EQ(seal_smtpc_next(&c), refusal || success ? SEAL_SMTPC_REPLY : SEAL_SMTPC_FAILED);

		client_begin();
		feed_code(code);
		CHECK_EQ(seal_smtpc_next(&c), success ? SEAL_SMTPC_NONE : SEAL_SMTPC_FAILED);
		CHECK_EQ(seal_smtpc_failure(&c), success ? SEAL_SMTPC_FINE
		                                 : refusal ? SEAL_SMTPC_REFUSED : SEAL_SMTPC_NONSENSE);

		begin_content();
		feed_code(code);
		NEXT(FAILED);
		CHECK_EQ(seal_smtpc_failure(&c), refusal ? SEAL_SMTPC_REFUSED : SEAL_SMTPC_NONSENSE);
	}
}

TEST(a_second_message_starts_at_the_start_of_a_line)
{
	begin_content();
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("no line end")), SEAL_OK);
	pump();
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_OK);
	pump();
	FEED("250 OK\r\n");
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_data(&c, NOW), SEAL_OK);
	pump();
	FEED("354 Go\r\n");
	NEXT(WANTS);
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN(".")), SEAL_OK);
	CHECK_SPAN(pump(), "..");
}

TEST(a_refusal_in_mid_content_is_kept_and_no_dot_is_sent)
{
	begin_content();
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("a lot\r\n.of\r\n.content")), SEAL_OK);
	seal_smtpc_sent(&c, seal_smtpc_send_view(&c).len - 1, NOW);
	FEED("552 5.3.4 Too");
	NEXT(NONE);
	CHECK_SPAN(pump(), "");
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_E_PEER);
	FEED(" big\r\n");
	NEXT(FAILED);
	CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_REFUSED);
	CHECK_SPAN(seal_smtpc_reply(&c).text, "5.3.4 Too big");
	CHECK(!seal_smtpc_in_doubt(&c));
}

TEST(a_250_in_mid_content_is_nonsense)
{
	begin_content();
	FEED("250 Thanks\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	begin_end();
	FEED("250 Thanks\r\n"); /* before the dot went */
	check_failed(SEAL_SMTPC_NONSENSE);
	CHECK(!seal_smtpc_in_doubt(&c));
}

TEST(a_reply_after_the_354_is_not_the_reply_to_the_dot)
{
	client_begin_ready();
	seal_smtpc_data(&c, NOW);
	pump();
	FEED("354 Go\r\n250 OK\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
}

/* --- doubt -------------------------------------------------------------------------------------- */

TEST(doubt_lasts_from_the_dot_to_its_reply)
{
	begin_content();
	CHECK_EQ(seal_smtpc_content(&c, SEAL_SPAN("x")), SEAL_OK);
	pump();
	CHECK_EQ(seal_smtpc_end(&c, NOW), SEAL_OK);
	CHECK_SPAN(seal_smtpc_send_view(&c), "\r\n.\r\n");
	CHECK(!seal_smtpc_in_doubt(&c));
	seal_smtpc_sent(&c, 2, NOW); /* CRLF */
	CHECK(!seal_smtpc_in_doubt(&c));
	seal_smtpc_sent(&c, 1, NOW);
	CHECK(seal_smtpc_in_doubt(&c));
	seal_smtpc_sent(&c, 2, NOW);
	CHECK(seal_smtpc_in_doubt(&c));
	FEED("250-O");
	CHECK(seal_smtpc_in_doubt(&c));
	FEED("K\r\n250 OK\r\n");
	CHECK(!seal_smtpc_in_doubt(&c));
	seal_smtpc_closed(&c);
	NEXT(REPLY);
	CHECK_EQ(seal_smtpc_reply(&c).code, 250);
	CHECK(!seal_smtpc_in_doubt(&c));
}

TEST(doubt_stays_when_the_connection_fails)
{
	begin_end();
	pump();
	FEED("250 O");
	seal_smtpc_closed(&c);
	check_failed(SEAL_SMTPC_LOST);
	CHECK(seal_smtpc_in_doubt(&c));
	begin_end();
	pump();
	seal_smtpc_tick(&c, NOW + SEAL_CLIENT_DOT_MS);
	check_failed(SEAL_SMTPC_TIMEOUT);
	CHECK(seal_smtpc_in_doubt(&c));
	begin_end();
	pump();
	FEED("garbage\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	CHECK(seal_smtpc_in_doubt(&c));
}

TEST(no_doubt_without_a_dot)
{
	begin_end();
	seal_smtpc_closed(&c);
	check_failed(SEAL_SMTPC_LOST);
	CHECK(!seal_smtpc_in_doubt(&c));
}

TEST(a_refusal_of_the_message_ends_doubt)
{
	begin_end();
	pump();
	FEED("554 5.7.1 Spam\r\n");
	NEXT(REPLY);
	CHECK(!seal_smtpc_in_doubt(&c));
	CHECK_EQ(seal_smtpc_rset(&c, NOW), SEAL_OK);
}

/* --- cuts ------------------------------------------------------------------------------------------ */

TEST(a_session_reads_the_same_at_any_cut)
{
	const struct seal_span ehlo = SEAL_SPAN(EHLO_ALL);

	for (size_t cut = 0; cut <= ehlo.len; cut++) {
		client_begin();
		FEED("220 x\r\n");
		pump();
		client_feed(seal_span_first(ehlo, cut));
		client_feed(seal_span_from(ehlo, cut));
		NEXT(READY);
		CHECK_EQ(c.extensions.size_max, 5000);
		CHECK(c.extensions.eight_bit_mime && c.extensions.smtputf8 && c.extensions.dsn);
		CHECK_EQ(give_mail(), SEAL_OK);
	}
	client_begin();
	FEED("220 x\r\n");
	pump();
	for (size_t i = 0; i < ehlo.len; i++)
		CHECK_EQ(client_feed(seal_span(ehlo.ptr + i, 1)), 1);
	NEXT(READY);
	CHECK_EQ(c.extensions.size_max, 5000);
	CHECK(c.extensions.smtputf8 && c.extensions.dsn);
}

TEST(a_connection_lost_at_any_octet_fails_once)
{
	const struct seal_span script = SEAL_SPAN("220 x\r\n250 mx\r\n250 OK\r\n250 OK\r\n354 Go\r\n250 OK\r\n");

	for (size_t cut = 0; cut <= script.len; cut++) {
		unsigned num_replies = 0;
		unsigned num_failed = 0;

		client_begin();
		for (size_t at = 0; at < cut; at++) {
			pump();
			CHECK_EQ(client_feed(seal_span(script.ptr + at, 1)), 1);
			switch (seal_smtpc_next(&c)) {
			case SEAL_SMTPC_READY:
				give_mail();
				break;
			case SEAL_SMTPC_REPLY:
				num_replies++;
				if (num_replies == 1)
					give_rcpt();
				else if (num_replies == 2)
					seal_smtpc_data(&c, NOW);
				break;
			case SEAL_SMTPC_WANTS:
				seal_smtpc_end(&c, NOW);
				break;
			case SEAL_SMTPC_FAILED:
				num_failed++;
				break;
			case SEAL_SMTPC_STARTTLS:
			case SEAL_SMTPC_NONE:
				break;
			}
		}
		pump();
		CHECK_EQ(num_replies == 3, cut == script.len);
		CHECK_EQ(seal_smtpc_in_doubt(&c), cut >= script.len - 8 && cut < script.len);
		CHECK_EQ(num_failed, 0);
		seal_smtpc_closed(&c);
		check_failed(SEAL_SMTPC_LOST);
	}
}

/* --- time ------------------------------------------------------------------------------------------ */

static void
check_deadline(uint64_t ms)
{
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + ms);
	seal_smtpc_tick(&c, NOW + ms - 1);
	CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_FINE);
	seal_smtpc_tick(&c, NOW + ms);
	check_failed(SEAL_SMTPC_TIMEOUT);
}

TEST(every_wait_has_its_deadline)
{
	seal_smtpc_init(&c, SEAL_SPAN("x"), &NOTHING, NOW);
	check_deadline(SEAL_CLIENT_CONNECT_MS);
	client_begin();
	check_deadline(SEAL_CLIENT_GREETING_MS);
	client_begin();
	FEED("220 x\r\n");
	check_deadline(SEAL_CLIENT_MAIL_MS);
	client_begin_ready();
	CHECK_EQ(seal_smtpc_deadline_ms(&c), UINT64_MAX);
	give_mail();
	check_deadline(SEAL_CLIENT_MAIL_MS);
	client_begin_ready();
	give_rcpt();
	check_deadline(SEAL_CLIENT_RCPT_MS);
	client_begin_ready();
	seal_smtpc_data(&c, NOW);
	check_deadline(SEAL_CLIENT_DATA_MS);
	client_begin_ready();
	seal_smtpc_rset(&c, NOW);
	check_deadline(SEAL_CLIENT_MAIL_MS);
	client_begin_ready();
	seal_smtpc_quit(&c, NOW);
	check_deadline(SEAL_CLIENT_QUIT_MS);
	begin_content();
	CHECK_EQ(seal_smtpc_deadline_ms(&c), UINT64_MAX);
	seal_smtpc_content(&c, SEAL_SPAN("x"));
	check_deadline(SEAL_CLIENT_BLOCK_MS);
	begin_end();
	check_deadline(SEAL_CLIENT_BLOCK_MS);
	begin_end();
	pump();
	check_deadline(SEAL_CLIENT_DOT_MS);
}

TEST(the_time_of_a_command_starts_when_it_is_sent)
{
	client_begin_ready();
	give_mail();
	seal_smtpc_sent(&c, 5, NOW + 100);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + SEAL_CLIENT_MAIL_MS);
	seal_smtpc_sent(&c, 100, NOW + 200);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + 200 + SEAL_CLIENT_MAIL_MS);
	FEED("250-half a reply does not help\r\n");
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + 200 + SEAL_CLIENT_MAIL_MS);
}

TEST(progress_of_content_renews_its_time)
{
	begin_content();
	seal_smtpc_content(&c, SEAL_SPAN("xyz"));
	seal_smtpc_send_view(&c);
	seal_smtpc_sent(&c, 1, NOW + 100000);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + 100000 + SEAL_CLIENT_BLOCK_MS);
	seal_smtpc_sent(&c, 0, NOW + 150000);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + 100000 + SEAL_CLIENT_BLOCK_MS);
	seal_smtpc_sent(&c, 1000, NOW + 150000);
	NEXT(WANTS);
}

/* --- TLS ------------------------------------------------------------------------------------------ */

static const struct seal_smtpc_needs STARTTLS = { .tls = SEAL_SMTPC_TLS_STARTTLS };
static const struct seal_smtpc_needs IMPLICIT = { .tls = SEAL_SMTPC_TLS_IMPLICIT };

static const struct seal_secrecy NOT_ENOUGH[] = { { false, false }, { true, false }, { false, true } };

/* After the reply to EHLO; of STARTTLS the first `sent_too` octets were sent. */
static void
begin_starttls(bool sent_too)
{
	begin_with(&STARTTLS, OPEN);
	FEED("220 mx.example ESMTP\r\n");
	CHECK_SPAN(pump(), "EHLO gw.example\r\n");
	FEED("250-mx.example\r\n250-DSN\r\n250-AUTH PLAIN\r\n250 StartTLS\r\n");
	NEXT(NONE);
	if (sent_too)
		CHECK_SPAN(pump(), "STARTTLS\r\n");
}

TEST(starttls_then_ehlo_again_lead_to_ready)
{
	begin_starttls(true);
	FEED("220 2.0.0 Go\r\n");
	NEXT(STARTTLS);
	NEXT(NONE);
	CHECK_SPAN(pump(), "");
	CHECK_EQ(seal_smtpc_deadline_ms(&c), UINT64_MAX);
	CHECK_EQ(give_mail(), SEAL_E_CALLER);
	seal_smtpc_secured(&c, PRIVATE, NOW);
	CHECK_SPAN(pump(), "EHLO gw.example\r\n");
	FEED("250-mx.example\r\n250 SIZE 7\r\n");
	NEXT(READY);
	CHECK_EQ(c.extensions.size_max, 7);
	CHECK(!c.extensions.dsn); /* of before TLS */
	CHECK_EQ(give_mail(), SEAL_OK);
}

TEST(tls_from_the_first_octet_needs_both_facts)
{
	for (size_t i = 0; i < 3; i++) {
		begin_with(&IMPLICIT, NOT_ENOUGH[i]);
		CHECK_SPAN(pump(), "");
		check_failed(SEAL_SMTPC_NO_TLS);
	}
	begin_with(&IMPLICIT, PRIVATE);
	FEED("220 x\r\n");
	CHECK_SPAN(pump(), "EHLO gw.example\r\n");
	FEED("250-x\r\n250 STARTTLS\r\n");
	NEXT(READY);
}

TEST(starttls_needs_both_facts)
{
	for (size_t i = 0; i < 3; i++) {
		begin_starttls(true);
		FEED("220 Go\r\n");
		NEXT(STARTTLS);
		seal_smtpc_secured(&c, NOT_ENOUGH[i], NOW);
		CHECK_SPAN(pump(), "");
		check_failed(SEAL_SMTPC_NO_TLS);
	}
}

TEST(starttls_that_is_not_offered_fails)
{
	begin_with(&STARTTLS, OPEN);
	FEED("220 STARTTLS\r\n");
	CHECK_SPAN(pump(), "EHLO gw.example\r\n");
	FEED("250-STARTTLS\r\n250-STARTTLSX\r\n250 XSTARTTLS\r\n");
	CHECK_SPAN(pump(), "");
	check_failed(SEAL_SMTPC_NO_TLS);
}

TEST(helo_is_no_way_around_starttls)
{
	begin_with(&STARTTLS, OPEN);
	FEED("220 x\r\n");
	pump();
	FEED("250-mx\r\n250-STARTTLS\r\n502 5.5.1 What\r\n");
	CHECK_SPAN(pump(), "");
	check_failed(SEAL_SMTPC_NO_TLS);
	begin_with(&STARTTLS, OPEN);
	FEED("220 x\r\n");
	pump();
	FEED("450 4.3.2 Later\r\n");
	check_failed(SEAL_SMTPC_REFUSED);
	CHECK_EQ(seal_smtpc_reply(&c).code, 450);
	begin_starttls(true);
	FEED("220 x\r\n");
	NEXT(STARTTLS);
	seal_smtpc_secured(&c, PRIVATE, NOW);
	pump();
	FEED("550 5.7.1 Not you\r\n");
	CHECK_SPAN(pump(), "");
	check_failed(SEAL_SMTPC_REFUSED);
}

TEST(only_220_begins_tls)
{
	for (uint16_t code = 200; code < 600; code++) {
		begin_starttls(true);
		feed_code(code);
		CHECK_EQ(seal_smtpc_next(&c), code == 220 ? SEAL_SMTPC_STARTTLS : SEAL_SMTPC_FAILED);
		CHECK_EQ(seal_smtpc_failure(&c), code == 220 ? SEAL_SMTPC_FINE
		         : code >= 300 && code < 400 ? SEAL_SMTPC_NONSENSE : SEAL_SMTPC_TLS_REFUSED);
		if (code != 220)
			CHECK_EQ(seal_smtpc_reply(&c).code, code);
		CHECK_SPAN(pump(), "");
	}
}

/* The client side of CVE-2011-0411: replies injected after the 220. */
TEST(octets_after_the_220_are_never_replies)
{
	const struct seal_span octets = SEAL_SPAN("220 Go\r\n250 mx\r\n250 OK\r\n");

	for (size_t cut = 0; cut <= octets.len; cut++) {
		begin_starttls(true);
		CHECK_EQ(client_feed(seal_span_first(octets, cut)), cut);
		CHECK_EQ(client_feed(seal_span_from(octets, cut)), octets.len - cut);
		check_failed(SEAL_SMTPC_NONSENSE);
		seal_smtpc_secured(&c, PRIVATE, NOW);
		CHECK_SPAN(pump(), "");
	}
	begin_starttls(true);
	FEED("220 Go\r\n");
	NEXT(STARTTLS);
	FEED("2");
	check_failed(SEAL_SMTPC_NONSENSE);
	seal_smtpc_secured(&c, PRIVATE, NOW);
	CHECK_SPAN(pump(), "");
}

TEST(a_220_before_starttls_was_sent_is_nonsense)
{
	begin_starttls(false);
	FEED("220 Go\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	begin_starttls(false);
	seal_smtpc_sent(&c, 9, NOW);
	FEED("220 Go\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	/* in one piece with the reply to EHLO */
	begin_with(&STARTTLS, OPEN);
	FEED("220 x\r\n");
	pump();
	FEED("250-mx\r\n250 STARTTLS\r\n220 Go\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(a_handshake_that_fails_is_a_lost_connection)
{
	begin_starttls(true);
	FEED("220 Go\r\n");
	NEXT(STARTTLS);
	seal_smtpc_closed(&c);
	check_failed(SEAL_SMTPC_LOST);
	begin_starttls(true);
	FEED("220 Go\r\n");
	seal_smtpc_closed(&c);
	check_failed(SEAL_SMTPC_LOST);
}

TEST(secured_and_connected_out_of_place_change_nothing)
{
	begin_starttls(true);
	seal_smtpc_secured(&c, PRIVATE, NOW);
	seal_smtpc_connected(&c, PRIVATE, NOW);
	CHECK_SPAN(pump(), "");
	CHECK(!c.is_private);
	FEED("220 Go\r\n");
	NEXT(STARTTLS);
}

/* --- login ---------------------------------------------------------------------------------------- */

static struct seal_smtpc_needs
login_by(enum seal_smtpc_auth auth)
{
	return (struct seal_smtpc_needs){
		.tls = SEAL_SMTPC_TLS_IMPLICIT, .auth = auth, .user = SEAL_SPAN("scan"), .secret = SEAL_SPAN("secret")
	};
}

/* After the reply to EHLO; no octet of AUTH was sent. */
static void
begin_auth_with(const struct seal_smtpc_needs *needs)
{
	begin_with(needs, needs->tls == SEAL_SMTPC_TLS_IMPLICIT ? PRIVATE : OPEN);
	FEED("220 mx.example ESMTP\r\n");
	CHECK_SPAN(pump(), "EHLO gw.example\r\n");
	FEED("250-mx.example\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n");
}

static void
begin_auth(enum seal_smtpc_auth auth)
{
	const struct seal_smtpc_needs needs = login_by(auth);

	begin_auth_with(&needs);
	NEXT(NONE);
}

static bool
is_out_zero(void)
{
	size_t i = 0;

	while (i < sizeof c.out && c.out[i] == 0)
		i++;
	return i == sizeof c.out;
}

static bool
is_out_wiped(void)
{
	return is_out_zero() && c.needs.user.len == 0 && c.needs.secret.len == 0;
}

TEST(plain_goes_with_its_command)
{
	begin_auth(SEAL_SMTPC_AUTH_PLAIN);
	CHECK_SPAN(pump(), "AUTH PLAIN AHNjYW4Ac2VjcmV0\r\n");
	CHECK(is_out_zero()); /* nor does it wait there for the reply */
	FEED("235 2.7.0 Welcome\r\n");
	CHECK(is_out_wiped());
	NEXT(READY);
	CHECK_EQ(give_mail(), SEAL_OK);
}

TEST(login_answers_two_prompts_regardless_of_their_text)
{
	static const char *const prompts[][2] = {
		{ "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n" }, { "334 \r\n", "334\r\n" },
		{ "334 not base64!\r\n", "334-two\r\n334 lines\r\n" }
	};

	for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++) {
		begin_auth(SEAL_SMTPC_AUTH_LOGIN);
		CHECK_SPAN(pump(), "AUTH LOGIN\r\n");
		client_feed(seal_span_text(prompts[i][0]));
		CHECK_SPAN(pump(), "c2Nhbg==\r\n");
		client_feed(seal_span_text(prompts[i][1]));
		CHECK_SPAN(pump(), "c2VjcmV0\r\n");
		NEXT(NONE);
		FEED("235 OK\r\n");
		CHECK(is_out_wiped());
		NEXT(READY);
	}
}

/* base64 of "user=scan" ^A "auth=Bearer secret" ^A ^A */
#define BEARER "dXNlcj1zY2FuAWF1dGg9QmVhcmVyIHNlY3JldAEB"

TEST(xoauth2_goes_with_its_command)
{
	begin_auth(SEAL_SMTPC_AUTH_XOAUTH2);
	CHECK_SPAN(pump(), "AUTH XOAUTH2 " BEARER "\r\n");
	FEED("235 2.7.0 Accepted\r\n");
	NEXT(READY);
}

TEST(a_refusal_of_xoauth2_is_acknowledged_and_the_last_reply_counts)
{
	begin_auth(SEAL_SMTPC_AUTH_XOAUTH2);
	pump();
	FEED("334 eyJzdGF0dXMiOiI0MDAifQ==\r\n");
	NEXT(NONE);
	CHECK_SPAN(pump(), "\r\n");
	FEED("535 5.7.8 Expired\r\n");
	CHECK(is_out_wiped());
	NEXT(FAILED);
	CHECK_EQ(seal_smtpc_failure(&c), SEAL_SMTPC_LOGIN_REFUSED);
	CHECK_EQ(seal_smtpc_reply(&c).code, 535);
	CHECK_SPAN(seal_smtpc_reply(&c).text, "5.7.8 Expired");
}

#define TOKEN_MAX 5120u
static uint8_t token[TOKEN_MAX];
static uint8_t message[TOKEN_MAX + 64];
static uint8_t expected[SEAL_BASE64_LEN(sizeof message) + 64];

static const uint8_t *
fill_token(void)
{
	for (size_t i = 0; i < sizeof token; i++)
		token[i] = (uint8_t)('!' + i % 90u);
	return token;
}

/* The encoded form of a secret of `len` octets, with `before` before it and CRLF after it. */
static struct seal_span
expect(enum seal_smtpc_auth auth, const char *before, size_t len)
{
	struct seal_out plain = seal_out(message, sizeof message);
	struct seal_out out = seal_out(expected, sizeof expected);
	const bool is_plain = auth == SEAL_SMTPC_AUTH_PLAIN;

	seal_out_span_put(&plain, is_plain ? SEAL_SPAN("\0scan\0") : SEAL_SPAN("user=scan\1auth=Bearer "));
	seal_out_span_put(&plain, seal_span(token, len));
	seal_out_span_put(&plain, is_plain ? SEAL_SPAN("") : SEAL_SPAN("\1\1"));
	seal_out_span_put(&out, seal_span_text(before));
	seal_base64_put(&out, seal_out_span(&plain));
	seal_out_text(&out, "\r\n");
	CHECK(!plain.overflow && !out.overflow);
	return seal_out_span(&out);
}

static void
begin_auth_of(enum seal_smtpc_auth auth, size_t secret_len)
{
	struct seal_smtpc_needs needs = login_by(auth);

	needs.secret = seal_span(fill_token(), secret_len);
	begin_auth_with(&needs);
}

TEST(a_login_over_512_octets_waits_for_334)
{
	static const struct {
		enum seal_smtpc_auth auth;
		const char *command, *with_initial;
		size_t fits; /* octets of the secret that just fit */
	} WAYS[] = {
		/* (512 - CRLF - "AUTH PLAIN ") / 4 * 3 is 372, less NUL "scan" NUL */
		{ SEAL_SMTPC_AUTH_PLAIN, "AUTH PLAIN\r\n", "AUTH PLAIN ", 366 },
		/* (512 - CRLF - "AUTH XOAUTH2 ") / 4 * 3 is 372, less 24 around the token */
		{ SEAL_SMTPC_AUTH_XOAUTH2, "AUTH XOAUTH2\r\n", "AUTH XOAUTH2 ", 348 }
	};

	for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++) {
		begin_auth_of(WAYS[i].auth, WAYS[i].fits);
		CHECK_SPANS(pump(), expect(WAYS[i].auth, WAYS[i].with_initial, WAYS[i].fits));
		FEED("235 OK\r\n");
		NEXT(READY);
		begin_auth_of(WAYS[i].auth, WAYS[i].fits + 1);
		CHECK_SPANS(pump(), seal_span_text(WAYS[i].command));
		FEED("334 \r\n");
		CHECK_SPANS(pump(), expect(WAYS[i].auth, "", WAYS[i].fits + 1));
		FEED("235 OK\r\n");
		NEXT(READY);
	}
}

static void
check_token(size_t len, size_t piece)
{
	static uint8_t got[sizeof expected];
	size_t got_len = 0;

	begin_auth_of(SEAL_SMTPC_AUTH_XOAUTH2, len);
	CHECK_SPAN(pump(), "AUTH XOAUTH2\r\n");
	FEED("334 \r\n");
	for (;;) {
		const struct seal_span view = seal_smtpc_send_view(&c);
		const size_t n = view.len < piece ? view.len : piece;

		if (n == 0 || !CHECK(n <= sizeof got - got_len))
			break;
		CHECK(view.len <= SEAL_CLIENT_OUT_MAX);
		memcpy(got + got_len, view.ptr, n);
		got_len += n;
		seal_smtpc_sent(&c, n, NOW);
	}
	CHECK_SPANS(seal_span(got, got_len), expect(SEAL_SMTPC_AUTH_XOAUTH2, "", len));
	FEED("235 OK\r\n");
	NEXT(READY);
}

TEST(a_token_longer_than_any_buffer_goes_in_pieces)
{
	static const size_t pieces[] = { 1, 3, 7, 100, 1021, 1022, 1023, 1024, 5000 };

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		check_token(TOKEN_MAX, pieces[i]);
	/* around the end of `out`, with and without its CRLF */
	for (size_t len = 720; len < 780; len++)
		check_token(len, 5000);
}

TEST(the_time_of_a_token_starts_when_it_is_sent)
{
	begin_auth_of(SEAL_SMTPC_AUTH_XOAUTH2, 2000);
	pump();
	FEED("334 \r\n");
	seal_smtpc_sent(&c, SEAL_CLIENT_OUT_MAX - 4, NOW + 100);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + SEAL_CLIENT_MAIL_MS);
	seal_smtpc_sent(&c, SEAL_CLIENT_OUT_MAX, NOW + 200);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + SEAL_CLIENT_MAIL_MS);
	seal_smtpc_sent(&c, SEAL_CLIENT_OUT_MAX, NOW + 300);
	CHECK_EQ(seal_smtpc_deadline_ms(&c), NOW + 300 + SEAL_CLIENT_MAIL_MS);
	CHECK_EQ(seal_smtpc_send_view(&c).len, 0);
}

TEST(a_reply_before_the_login_is_sent_whole_is_nonsense)
{
	for (size_t sent_so_far = 0; sent_so_far < 3; sent_so_far++) {
		begin_auth_of(SEAL_SMTPC_AUTH_XOAUTH2, 2000);
		pump();
		FEED("334 \r\n");
		for (size_t i = 0; i < sent_so_far; i++)
			seal_smtpc_sent(&c, 1000, NOW);
		CHECK(seal_smtpc_send_view(&c).len > 0);
		FEED("2");
		CHECK_SPAN(pump(), "");
		CHECK(is_out_wiped());
		FEED("35 early\r\n");
		check_failed(SEAL_SMTPC_NONSENSE);
	}
	begin_auth(SEAL_SMTPC_AUTH_PLAIN);
	seal_smtpc_sent(&c, 20, NOW);
	FEED("235 early\r\n");
	CHECK(is_out_wiped());
	check_failed(SEAL_SMTPC_NONSENSE);
}

TEST(a_success_before_all_is_sent_is_nonsense)
{
	begin_auth(SEAL_SMTPC_AUTH_LOGIN);
	pump();
	FEED("235 OK\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
	begin_auth(SEAL_SMTPC_AUTH_LOGIN);
	pump();
	FEED("334 \r\n");
	CHECK_SPAN(pump(), "c2Nhbg==\r\n");
	FEED("235 OK\r\n");
	check_failed(SEAL_SMTPC_NONSENSE);
}

/* Every code as reply to the last line of every login mechanism. */
TEST(only_235_is_a_success_of_auth)
{
	for (uint16_t code = 200; code < 600; code++) {
		for (unsigned auth = SEAL_SMTPC_AUTH_PLAIN; auth <= SEAL_SMTPC_AUTH_XOAUTH2; auth++) {
			const bool is_acknowledged = code == 334 && auth == SEAL_SMTPC_AUTH_XOAUTH2;

			begin_auth((enum seal_smtpc_auth)auth);
			pump();
			if (auth == SEAL_SMTPC_AUTH_LOGIN) {
				FEED("334 \r\n");
				pump();
				FEED("334 \r\n");
				pump();
			}
			feed_code(code);
			if (is_acknowledged) {
				NEXT(NONE);
				CHECK_SPAN(pump(), "\r\n");
				FEED("334 \r\n");
			}
			CHECK_SPAN(pump(), "");
			CHECK_EQ(seal_smtpc_next(&c), code == 235 ? SEAL_SMTPC_READY : SEAL_SMTPC_FAILED);
			CHECK_EQ(seal_smtpc_failure(&c), code == 235 ? SEAL_SMTPC_FINE
			         : code < 400 ? SEAL_SMTPC_NONSENSE : SEAL_SMTPC_LOGIN_REFUSED);
			if (code >= 400)
				CHECK_EQ(seal_smtpc_reply(&c).code, code);
			CHECK(is_out_wiped());
		}
	}
}

TEST(a_refusal_of_the_command_or_the_user_is_one_of_the_login)
{
	begin_auth(SEAL_SMTPC_AUTH_LOGIN);
	pump();
	FEED("504 5.5.4 What\r\n");
	check_failed(SEAL_SMTPC_LOGIN_REFUSED);
	begin_auth(SEAL_SMTPC_AUTH_LOGIN);
	pump();
	FEED("334 \r\n");
	pump();
	FEED("454 4.7.0 Later\r\n");
	CHECK_EQ(seal_smtpc_reply(&c).code, 454);
	check_failed(SEAL_SMTPC_LOGIN_REFUSED);
}

TEST(no_login_in_clear_text_unless_it_is_wanted)
{
	struct seal_smtpc_needs needs = login_by(SEAL_SMTPC_AUTH_PLAIN);

	needs.tls = SEAL_SMTPC_TLS_NONE;
	for (size_t i = 0; i < 3; i++) {
		begin_with(&needs, NOT_ENOUGH[i]);
		FEED("220 x\r\n");
		CHECK_SPAN(pump(), "EHLO gw.example\r\n");
		FEED("250-x\r\n250 AUTH PLAIN\r\n");
		CHECK_SPAN(pump(), "");
		CHECK(is_out_wiped());
		check_failed(SEAL_SMTPC_NO_TLS);
	}
	needs.clear_auth = true;
	begin_auth_with(&needs);
	CHECK_SPAN(pump(), "AUTH PLAIN AHNjYW4Ac2VjcmV0\r\n");
}

TEST(a_login_that_is_not_offered_fails)
{
	static const char *const offers[] = {
		"250 x\r\n", "250 AUTH PLAIN\r\n", "250-x\r\n250 AUTH\r\n", "250-x\r\n250 AUTH LOGIN XOAUTH2\r\n",
		"250-x\r\n250 AUTH PLAINS XPLAIN\r\n", "250-x\r\n250 AUTHPLAIN\r\n", "250-x\r\n250 XAUTH PLAIN\r\n",
		"250-x\r\n250 PLAIN\r\n"
	};
	const struct seal_smtpc_needs needs = login_by(SEAL_SMTPC_AUTH_PLAIN);

	for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
		begin_with(&needs, PRIVATE);
		FEED("220 x\r\n");
		pump();
		client_feed(seal_span_text(offers[i]));
		CHECK_SPAN(pump(), "");
		check_failed(SEAL_SMTPC_NO_LOGIN);
	}
	begin_with(&needs, PRIVATE);
	FEED("220 x\r\n");
	pump();
	FEED("250-x\r\n250-AUTH PLAIN\r\n502 no\r\n");
	CHECK_SPAN(pump(), "HELO gw.example\r\n");
	FEED("250 x\r\n");
	check_failed(SEAL_SMTPC_NO_LOGIN);
}

TEST(a_login_is_offered_in_many_spellings)
{
	static const char *const offers[] = {
		"250-x\r\n250 AUTH PLAIN\r\n", "250-x\r\n250 auth login plain \r\n", "250-x\r\n250 AUTH=PLAIN\r\n",
		"250-x\r\n250 AUTH=LOGIN PLAIN\r\n", "250-x\r\n250-AUTH LOGIN\r\n250 AUTH=PLAIN\r\n",
		"250-x\r\n250 AUTH  CRAM-MD5  PLAIN\r\n", "250-x\r\n250 Auth= Plain\r\n"
	};
	const struct seal_smtpc_needs needs = login_by(SEAL_SMTPC_AUTH_PLAIN);

	for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
		begin_with(&needs, PRIVATE);
		FEED("220 x\r\n");
		pump();
		client_feed(seal_span_text(offers[i]));
		CHECK_SPAN(pump(), "AUTH PLAIN AHNjYW4Ac2VjcmV0\r\n");
	}
}

TEST(offers_made_before_tls_do_not_count)
{
	struct seal_smtpc_needs needs = login_by(SEAL_SMTPC_AUTH_PLAIN);

	needs.tls = SEAL_SMTPC_TLS_STARTTLS;
	begin_with(&needs, OPEN);
	FEED("220 x\r\n");
	pump();
	FEED("250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n");
	CHECK_SPAN(pump(), "STARTTLS\r\n");
	FEED("220 Go\r\n");
	NEXT(STARTTLS);
	seal_smtpc_secured(&c, PRIVATE, NOW);
	pump();
	FEED("250 x\r\n");
	check_failed(SEAL_SMTPC_NO_LOGIN);
}

TEST(a_reply_after_the_235_is_nonsense)
{
	begin_auth(SEAL_SMTPC_AUTH_PLAIN);
	pump();
	CHECK_EQ(client_feed(SEAL_SPAN("235 OK\r\n250 two\r\n")), 8);
	NEXT(READY);
	CHECK_EQ(give_mail(), SEAL_E_PEER);
	check_failed(SEAL_SMTPC_NONSENSE);
}

/* The server's replies, and what must be sent to it after each of them. */
static const char *const TLS_SCRIPT[][2] = {
	{ "220 x\r\n", "EHLO gw.example\r\n" },
	{ "250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "STARTTLS\r\n" },
	{ "220 Go\r\n", "EHLO gw.example\r\n" },
	{ "250-x\r\n250 AUTH=LOGIN\r\n", "AUTH LOGIN\r\n" },
	{ "334 VXNlcm5hbWU6\r\n", "c2Nhbg==\r\n" },
	{ "334-a\r\n334 b\r\n", "c2VjcmV0\r\n" },
	{ "235 OK\r\n", "MAIL FROM:<a@b>\r\n" },
};
#define SCRIPT_LEN (sizeof TLS_SCRIPT / sizeof TLS_SCRIPT[0])

/* Feed the script up to `step`, octet by octet, and the first `cut` octets of that step. */
static void
run_script(size_t step, size_t cut)
{
	struct seal_smtpc_needs needs = login_by(SEAL_SMTPC_AUTH_LOGIN);

	needs.tls = SEAL_SMTPC_TLS_STARTTLS;
	begin_with(&needs, OPEN);
	for (size_t i = 0; i <= step && i < SCRIPT_LEN; i++) {
		const struct seal_span said = seal_span_text(TLS_SCRIPT[i][0]);

		for (size_t at = 0; at < said.len && (i < step || at < cut); at++) {
			CHECK_SPAN(pump(), "");
			CHECK_EQ(client_feed(seal_span(said.ptr + at, 1)), 1);
		}
		if (i == step)
			return;
		if (i == 2) {
			NEXT(STARTTLS);
			seal_smtpc_secured(&c, PRIVATE, NOW);
		}
		if (i == SCRIPT_LEN - 1) {
			NEXT(READY);
			CHECK_EQ(give_mail(), SEAL_OK);
		}
		NEXT(NONE);
		CHECK_SPANS(pump(), seal_span_text(TLS_SCRIPT[i][1]));
	}
}

TEST(a_login_through_starttls_reads_the_same_octet_by_octet)
{
	run_script(SCRIPT_LEN, 0);
	FEED("250 OK\r\n");
	NEXT(REPLY);
}

TEST(a_connection_lost_at_any_octet_of_a_login_fails_once)
{
	for (size_t step = 0; step < SCRIPT_LEN; step++) {
		for (size_t cut = 0; cut < strlen(TLS_SCRIPT[step][0]); cut++) {
			run_script(step, cut);
			seal_smtpc_closed(&c);
			check_failed(SEAL_SMTPC_LOST);
			CHECK(is_out_wiped());
		}
	}
}

TEST(every_wait_of_tls_and_login_has_its_deadline)
{
	begin_starttls(true);
	check_deadline(SEAL_CLIENT_MAIL_MS);
	begin_auth(SEAL_SMTPC_AUTH_PLAIN);
	check_deadline(SEAL_CLIENT_MAIL_MS);
	begin_auth(SEAL_SMTPC_AUTH_LOGIN);
	pump();
	FEED("334 \r\n");
	pump();
	check_deadline(SEAL_CLIENT_MAIL_MS);
	CHECK(is_out_wiped());
}

const struct test_case test_client_cases[] = {
	CASE(greeting_and_ehlo_lead_to_ready),
	CASE(capabilities_come_in_any_case_order_and_company),
	CASE(the_first_line_of_ehlo_is_not_a_capability),
	CASE(capabilities_at_the_end_of_a_long_reply_are_seen),
	CASE(helo_follows_where_ehlo_is_refused),
	CASE(refusals_before_ready_are_kept),
	CASE(a_name_of_255_octets_fits),
	CASE(parameters_go_where_they_are_offered),
	CASE(body_7bit_is_passed_on),
	CASE(the_null_sender_and_postmaster_are_written),
	CASE(no_line_end_gets_into_a_command),
	CASE(a_command_has_1024_octets_at_most),
	CASE(replies_pass_through_with_all_their_lines),
	CASE(commands_out_of_turn_are_the_callers_error),
	CASE(a_421_is_a_reply_and_then_the_connection_is_lost),
	CASE(quit_ends_well),
	CASE(a_421_while_idle_is_a_lost_connection),
	CASE(any_other_reply_while_idle_is_nonsense),
	CASE(half_an_unasked_reply_then_a_close_is_a_lost_connection),
	CASE(half_an_unasked_reply_then_a_command_is_nonsense),
	CASE(half_an_unasked_reply_is_not_waited_for_long),
	CASE(a_second_reply_after_the_first_never_answers_the_next_command),
	CASE(octets_that_come_while_the_reply_waits_are_never_the_next_answer),
	CASE(a_reply_before_the_command_is_sent_whole_is_nonsense),
	CASE(a_421_before_the_command_is_sent_is_a_lost_connection),
	CASE(a_second_greeting_is_nonsense),
	CASE(a_second_reply_to_ehlo_is_nonsense),
	CASE(a_peer_that_does_not_speak_smtp_is_nonsense),
	CASE(a_3yz_where_none_belongs),
	CASE(a_connection_closed_before_ready_was_fetched_is_lost),
	CASE(capabilities_of_a_refused_ehlo_do_not_count),
	CASE(content_goes_out_with_its_dots_stuffed),
	CASE(no_content_at_all_is_a_lone_dot),
	CASE(content_lent_and_sent_at_any_cut_is_the_same),
	CASE(only_codes_that_can_answer_are_replies),
	CASE(a_second_message_starts_at_the_start_of_a_line),
	CASE(a_refusal_in_mid_content_is_kept_and_no_dot_is_sent),
	CASE(a_250_in_mid_content_is_nonsense),
	CASE(a_reply_after_the_354_is_not_the_reply_to_the_dot),
	CASE(doubt_lasts_from_the_dot_to_its_reply),
	CASE(doubt_stays_when_the_connection_fails),
	CASE(no_doubt_without_a_dot),
	CASE(a_refusal_of_the_message_ends_doubt),
	CASE(a_session_reads_the_same_at_any_cut),
	CASE(a_connection_lost_at_any_octet_fails_once),
	CASE(every_wait_has_its_deadline),
	CASE(the_time_of_a_command_starts_when_it_is_sent),
	CASE(progress_of_content_renews_its_time),
	CASE(starttls_then_ehlo_again_lead_to_ready),
	CASE(tls_from_the_first_octet_needs_both_facts),
	CASE(starttls_needs_both_facts),
	CASE(starttls_that_is_not_offered_fails),
	CASE(helo_is_no_way_around_starttls),
	CASE(only_220_begins_tls),
	CASE(octets_after_the_220_are_never_replies),
	CASE(a_220_before_starttls_was_sent_is_nonsense),
	CASE(a_handshake_that_fails_is_a_lost_connection),
	CASE(secured_and_connected_out_of_place_change_nothing),
	CASE(plain_goes_with_its_command),
	CASE(login_answers_two_prompts_regardless_of_their_text),
	CASE(xoauth2_goes_with_its_command),
	CASE(a_refusal_of_xoauth2_is_acknowledged_and_the_last_reply_counts),
	CASE(a_login_over_512_octets_waits_for_334),
	CASE(a_token_longer_than_any_buffer_goes_in_pieces),
	CASE(the_time_of_a_token_starts_when_it_is_sent),
	CASE(a_reply_before_the_login_is_sent_whole_is_nonsense),
	CASE(a_success_before_all_is_sent_is_nonsense),
	CASE(only_235_is_a_success_of_auth),
	CASE(a_refusal_of_the_command_or_the_user_is_one_of_the_login),
	CASE(no_login_in_clear_text_unless_it_is_wanted),
	CASE(a_login_that_is_not_offered_fails),
	CASE(a_login_is_offered_in_many_spellings),
	CASE(offers_made_before_tls_do_not_count),
	CASE(a_reply_after_the_235_is_nonsense),
	CASE(a_login_through_starttls_reads_the_same_octet_by_octet),
	CASE(a_connection_lost_at_any_octet_of_a_login_fails_once),
	CASE(every_wait_of_tls_and_login_has_its_deadline),
	CASE_END
};
