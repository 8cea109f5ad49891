/* SPDX-License-Identifier: Apache-2.0
 *
 * test_link.c - the life of a link: what it sends and which events it returns.
 */
#include "engine/gateway/link.h"
#include "tests/unit/test.h"

static struct seal_link link;
static struct seal_next_hop hop;
static const struct seal_endpoint PEER = { { (const uint8_t *)"mx.example", 10 }, 587 };
static const struct seal_path_command COMMAND = {
	.path = { (const uint8_t *)"a@b.example", 11 }, .domain = { (const uint8_t *)"b.example", 9 }
};

static void
link_feed(const char *reply)
{
	CHECK_EQ(seal_link_recv(&link, (const uint8_t *)reply, strlen(reply), 1), strlen(reply));
}

/* Check the octets that wait to be sent, and send them. */
static void
check_sent(const char *want)
{
	const struct seal_span view = seal_link_view(&link);

	CHECK_SPANS(view, seal_span((const uint8_t *)want, strlen(want)));
	seal_link_sent(&link, view.len, 1);
}

static void
link_open_it(void)
{
	memset(&link, 0, sizeof link);
	hop = (struct seal_next_hop){ .hostname = SEAL_SPAN("gw.example") };
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_WAITS);
	seal_link_allow(&link);
	CHECK_EQ(seal_link_turn(&link, &hop, false, 1), SEAL_LINK_WAITS);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_MOVED);
	CHECK_EQ(seal_link_wanted(&link), SEAL_UP_OPEN);
	CHECK_EQ(seal_link_wanted(&link), SEAL_UP_NONE);
	seal_link_connected(&link, (struct seal_secrecy){ false, false }, 1);
	link_feed("220 mx\r\n");
	check_sent("EHLO gw.example\r\n");
	CHECK(!seal_link_is_greeted(&link));
	link_feed("250 mx\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_GREETED);
	CHECK(seal_link_is_greeted(&link));
}

static void
mail(const char *reply, enum seal_link_event event)
{
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_YOURS);
	seal_link_mail(&link, &COMMAND, 1);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_WAITS);
	check_sent("MAIL FROM:<a@b.example>\r\n");
	link_feed(reply);
	CHECK_EQ(seal_link_next(&link), event);
}

static void
check_reset(void)
{
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_MOVED);
	check_sent("RSET\r\n");
	link_feed("250 ok\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_NOTHING);
	CHECK_EQ(link.state, SEAL_LINK_READY);
}

TEST(an_accepted_mail_that_is_forgotten_is_reset)
{
	link_open_it();
	mail("250 ok\r\n", SEAL_LINK_ENVELOPE_REPLY);
	seal_link_forget(&link);
	check_reset();
	mail("250 ok\r\n", SEAL_LINK_ENVELOPE_REPLY);
}

TEST(a_refused_mail_leaves_the_link_ready)
{
	link_open_it();
	mail("550 no\r\n", SEAL_LINK_ENVELOPE_REPLY);
	seal_link_forget(&link);
	mail("250 ok\r\n", SEAL_LINK_ENVELOPE_REPLY);
}

/* The reply to a command of an abandoned transaction is not the reply to RSET. */
TEST(a_command_that_is_under_way_when_it_is_forgotten_is_reset_too)
{
	link_open_it();
	seal_link_mail(&link, &COMMAND, 1);
	check_sent("MAIL FROM:<a@b.example>\r\n");
	seal_link_forget(&link);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_WAITS);
	link_feed("250 ok\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_NOTHING);
	check_reset();

	mail("250 ok\r\n", SEAL_LINK_ENVELOPE_REPLY);
	seal_link_rcpt(&link, &COMMAND, 1);
	check_sent("RCPT TO:<a@b.example>\r\n");
	seal_link_forget(&link);
	link_feed("250 ok\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_NOTHING);
	check_reset();
}

static void
send_message(void)
{
	mail("250 ok\r\n", SEAL_LINK_ENVELOPE_REPLY);
	seal_link_data(&link, 1);
	CHECK(seal_link_has_content(&link));
	check_sent("DATA\r\n");
}

TEST(a_message_ends_with_its_reply_and_is_in_doubt_only_after_the_dot)
{
	link_open_it();
	send_message();
	link_feed("354 go\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_WANTS);
	seal_link_content(&link, SEAL_SPAN("x\r\n"));
	check_sent("x\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_WANTS);
	seal_link_end(&link, 1);
	CHECK(!seal_link_in_doubt(&link));
	check_sent(".\r\n");
	CHECK(seal_link_in_doubt(&link));
	link_feed("250 queued\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_MESSAGE_REPLY);
	CHECK(!seal_link_in_doubt(&link));
	CHECK_EQ(link.state, SEAL_LINK_READY);
}

TEST(a_refused_data_leaves_a_transaction_to_be_reset)
{
	link_open_it();
	send_message();
	link_feed("451 later\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_MESSAGE_REPLY);
	CHECK(!seal_link_refused_content(&link));
	check_reset();
}

TEST(a_refusal_in_mid_content_is_the_verdict_and_the_end)
{
	link_open_it();
	send_message();
	link_feed("354 go\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_WANTS);
	seal_link_content(&link, SEAL_SPAN("x\r\n"));
	link_feed("552 too much\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_FAILED);
	CHECK(seal_link_refused_content(&link));
	CHECK_EQ(seal_link_reply(&link).code, 552);
	seal_link_abort(&link);
	CHECK_EQ(seal_link_wanted(&link), SEAL_UP_ABORT);
	CHECK(!seal_link_exists(&link));
}

TEST(leaving_is_polite_unless_a_reply_is_awaited)
{
	link_open_it();
	seal_link_leave(&link, 1);
	seal_link_leave(&link, 1);
	check_sent("QUIT\r\n");
	link_feed("221 bye\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_NOTHING);
	CHECK_EQ(seal_link_wanted(&link), SEAL_UP_CLOSE);
	CHECK(!seal_link_exists(&link));

	link_open_it();
	seal_link_mail(&link, &COMMAND, 1);
	seal_link_leave(&link, 1);
	CHECK_EQ(seal_link_wanted(&link), SEAL_UP_ABORT);
}

TEST(a_failure_names_its_reason_and_quotes_the_first_line)
{
	link_open_it();
	seal_link_closed(&link);
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_FAILED);
	CHECK_SPAN(seal_link_failure(&link, &PEER).text, "4.4.2 Next hop mx.example:587: connection lost");
	CHECK(!seal_link_needs_attention(&link));

	memset(&link, 0, sizeof link);
	seal_link_allow(&link);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_MOVED);
	seal_link_connected(&link, (struct seal_secrecy){ false, false }, 1);
	link_feed("554-5.7.1 go away\r\n554 for good\r\n");
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_FAILED);
	CHECK_SPAN(seal_link_failure(&link, &PEER).text,
	           "4.4.1 Next hop mx.example:587: session refused: 554 5.7.1 go away");
}

TEST(a_failure_names_the_address_of_its_own_connection)
{
	static const struct seal_endpoint BY_ADDRESS = { { (const uint8_t *)"192.0.2.25", 10 }, 25 };
	const struct seal_ip v4 = seal_ip_v4(0xc0000219u);
	const struct seal_ip v6 = { { 0x20, 1, 0x0d, 0xb8, [15] = 1 } };

	link_open_it();
	seal_link_connecting(&link, &v4);
	seal_link_closed(&link);
	CHECK_SPAN(seal_link_failure(&link, &PEER).text, "4.4.2 Next hop mx.example:587 (192.0.2.25): connection lost");
	CHECK_SPAN(seal_link_failure(&link, &BY_ADDRESS).text, "4.4.2 Next hop 192.0.2.25:25: connection lost");

	seal_link_abort(&link);
	seal_link_allow(&link);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_MOVED);
	seal_link_closed(&link);
	CHECK_SPAN(seal_link_failure(&link, &PEER).text, "4.4.1 Next hop mx.example:587: host not found");
	seal_link_connecting(&link, &v6);
	CHECK_SPAN(seal_link_failure(&link, &PEER).text,
	           "4.4.1 Next hop mx.example:587 (2001:db8::1): connection refused or lost");
}

TEST(a_failure_of_tls_is_named_first)
{
	link_open_it();
	seal_link_insecure(&link, "its certificate has expired");
	CHECK_EQ(seal_link_failure(&link, &PEER).code, 451);
	CHECK_SPAN(seal_link_failure(&link, &PEER).text,
	           "4.7.5 Next hop mx.example:587: TLS failed: its certificate has expired");
}

TEST(a_command_that_cannot_be_given_fails_the_link)
{
	struct seal_path_command bad = COMMAND;

	link_open_it();
	bad.path = SEAL_SPAN("a\r\nb");
	seal_link_mail(&link, &bad, 1);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1), SEAL_LINK_WAITS);
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_FAILED);
	CHECK_EQ(seal_link_next(&link), SEAL_LINK_NOTHING);
}

TEST(a_refused_login_is_not_tried_again_at_once)
{
	memset(&link, 0, sizeof link);
	hop = (struct seal_next_hop){ .hostname = SEAL_SPAN("gw.example") };
	seal_next_hop_refused_login(&hop, 1000);
	seal_link_allow(&link);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1001), SEAL_LINK_LOCKED);
	CHECK_EQ(seal_link_turn(&link, &hop, true, 1002), SEAL_LINK_WAITS); /* once for each need */
	seal_link_allow(&link);
	CHECK_EQ(seal_link_turn(&link, &hop, true, hop.login_again_ms), SEAL_LINK_MOVED);
}

TEST(the_speed_is_learned_from_long_messages_that_took_a_while)
{
	hop = (struct seal_next_hop){ .octets_per_s = 0 };
	seal_next_hop_learn(&hop, 999999, 5000);
	seal_next_hop_learn(&hop, 1000000, 999);
	CHECK_EQ(hop.octets_per_s, 0);
	CHECK(!seal_next_hop_outlasts(&hop, UINT64_MAX, 1));
	seal_next_hop_learn(&hop, 1000000, 2000);
	CHECK_EQ(hop.octets_per_s, 500000);
	seal_next_hop_learn(&hop, 4000000, 4000);
	CHECK_EQ(hop.octets_per_s, 625000);
	CHECK(seal_next_hop_outlasts(&hop, 6250000, 9));
	CHECK(!seal_next_hop_outlasts(&hop, 6250000, 10));
}

const struct test_case test_link_cases[] = {
	CASE(an_accepted_mail_that_is_forgotten_is_reset),
	CASE(a_refused_mail_leaves_the_link_ready),
	CASE(a_command_that_is_under_way_when_it_is_forgotten_is_reset_too),
	CASE(a_message_ends_with_its_reply_and_is_in_doubt_only_after_the_dot),
	CASE(a_refused_data_leaves_a_transaction_to_be_reset),
	CASE(a_refusal_in_mid_content_is_the_verdict_and_the_end),
	CASE(leaving_is_polite_unless_a_reply_is_awaited),
	CASE(a_failure_names_its_reason_and_quotes_the_first_line),
	CASE(a_failure_names_the_address_of_its_own_connection),
	CASE(a_failure_of_tls_is_named_first),
	CASE(a_command_that_cannot_be_given_fails_the_link),
	CASE(a_refused_login_is_not_tried_again_at_once),
	CASE(the_speed_is_learned_from_long_messages_that_took_a_while),
	CASE_END
};
