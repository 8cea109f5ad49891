/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ask.c - the queue of DNS questions and the addresses of hosts, over a network that a test
 * controls; port/gateway/ask.h, port/gateway/lookup.h.
 */
#include "port/contract/port.h"
#include "port/gateway/lookup.h"
#include "tests/unit/fake_net.h"
#include "tests/unit/fake_port.h"
#include "tests/unit/test.h"

static struct seal_ask client;
static struct seal_ask_question first, second, urgent;
static char order[8]; /* one letter for each question that was answered */
static size_t num_answered;
static struct seal_span text_found;

static void
on_answered(void *ctx, const struct seal_dns_resolver *resolver)
{
	static uint8_t text[16];
	struct seal_out out = seal_out(text, sizeof text);
	struct seal_dns_cursor cursor = seal_dns_results(resolver);
	struct seal_dns_record record;

	if (seal_dns_result(resolver, &cursor, &record) && seal_dns_text(&record, &out))
		text_found = seal_out_span(&out);
	if (num_answered < sizeof order)
		order[num_answered++] = *(const char *)ctx;
}

static void
set_up(void)
{
	fake_net_init();
	seal_ask_init(&client);
	num_answered = 0;
	text_found = SEAL_SPAN("");
	first = (struct seal_ask_question){ .answered = on_answered, .ctx = "1" };
	second = (struct seal_ask_question){ .answered = on_answered, .ctx = "2" };
	urgent = (struct seal_ask_question){ .answered = on_answered, .ctx = "u", .urgent = true };
}

/* Until nothing is due. */
static void
ask_run(void)
{
	while (seal_ask_run(&client) == 0)
		continue;
}

static void
check_asked(const char *name)
{
	CHECK_SPANS(fake_net_asked_name(), seal_span_text(name));
}

static void
check_order(const char *want)
{
	CHECK_SPANS(seal_span((const uint8_t *)order, num_answered), seal_span_text(want));
}

TEST(questions_are_asked_one_after_the_other)
{
	set_up();
	CHECK(seal_ask_run(&client) > 0);
	CHECK_EQ(fake_net.num_sent, 0);
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_A);
	seal_ask_start(&client, &second, SEAL_SPAN("two.example"), SEAL_DNS_A);
	ask_run();
	CHECK_EQ(fake_net.num_sent, 1);
	check_asked("one.example");
	check_order("");
	fake_net_answer(60, 0xC0000201u);
	CHECK_EQ(seal_ask_run(&client), 0);
	check_order("1");
	CHECK(!fake_net.open);
	ask_run();
	check_asked("two.example");
	fake_net_answer(60, 0xC0000202u);
	ask_run();
	check_order("12");
	CHECK_EQ(fake_net.num_sent, 2);
}

TEST(an_urgent_question_goes_first_and_interrupts_another_once)
{
	set_up();
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_A);
	seal_ask_start(&client, &second, SEAL_SPAN("two.example"), SEAL_DNS_A);
	ask_run();
	seal_ask_start(&client, &urgent, SEAL_SPAN("mx.example"), SEAL_DNS_A);
	CHECK(!fake_net.open); /* octets for the interrupted one are ignored */
	ask_run();
	check_asked("mx.example");
	fake_net_answer(60, 0xC0000201u);
	ask_run();
	check_order("u");
	check_asked("one.example"); /* again */
	seal_ask_start(&client, &urgent, SEAL_SPAN("mx.example"), SEAL_DNS_A);
	ask_run();
	check_asked("one.example");
	fake_net_answer(60, 0xC0000201u);
	ask_run();
	check_order("u1");
	check_asked("mx.example");
	fake_net_answer(60, 0xC0000201u);
	ask_run();
	check_asked("two.example");
	fake_net_answer(60, 0xC0000201u);
	ask_run();
	check_order("u1u2");
}

TEST(without_a_server_or_a_way_to_it_a_question_fails)
{
	set_up();
	fake_net.has_server = false;
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_A);
	ask_run();
	check_order("1");
	CHECK_EQ(seal_dns_outcome(&client.resolver), SEAL_DNS_FAILED);
	fake_net.has_server = true;
	fake_net.sends = SEAL_NET_NO_WAY;
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_A);
	for (unsigned i = 0; i < 100 && num_answered == 1; i++)
		fake_port.now_ms += seal_ask_run(&client);
	check_order("11");
	CHECK_EQ(seal_dns_outcome(&client.resolver), SEAL_DNS_FAILED);
	CHECK(!fake_net.open);
}

TEST(a_port_that_is_taken_is_another_one_next)
{
	set_up();
	fake_net.num_taken = 3;
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_A);
	ask_run();
	CHECK_EQ(fake_net.num_sent, 1);
	CHECK(fake_net.open);
}

TEST(a_question_goes_to_the_configured_port)
{
	set_up();
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_A);
	ask_run();
	CHECK_EQ(fake_net.to_port, FAKE_NET_DNS_PORT);
	CHECK_EQ(seal_ip_to_v4(&fake_net.to), FAKE_NET_DNS_SERVER);
}

/* --- memory ---------------------------------------------------------------------------- */

TEST(records_are_kept_in_memory_that_was_lent)
{
	uint8_t memory[64];

	set_up();
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_TXT);
	ask_run();
	fake_net_answer(60, 0); /* nowhere to put it */
	CHECK_EQ(seal_dns_outcome(&client.resolver), SEAL_DNS_ASKING);
	set_up();
	fake_net.in_pieces = true;
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_A);
	ask_run();
	fake_net_answer(60, 0xC0000201u); /* an address is read where it lies, but not in pieces */
	CHECK_EQ(seal_dns_outcome(&client.resolver), SEAL_DNS_ASKING);
	CHECK_EQ(client.resolver.ignored, 0);
	set_up();
	fake_net.in_pieces = true;
	seal_ask_lend(&client, memory, sizeof memory);
	seal_ask_start(&client, &first, SEAL_SPAN("one.example"), SEAL_DNS_TXT);
	ask_run();
	fake_net_answer(60, 0);
	CHECK_EQ(seal_dns_outcome(&client.resolver), SEAL_DNS_FOUND);
	ask_run();
	check_order("1");
	CHECK_SPANS(text_found, SEAL_SPAN("x"));
}

/* --- addresses of hosts ---------------------------------------------------------------- */

static struct seal_lookup host;

static enum seal_lookup_answer
ask_look(const char *name, uint32_t *address)
{
	struct seal_ip ip = { { 0 } };
	const enum seal_lookup_answer answer = seal_lookup(&host, &client, seal_span_text(name), &ip);

	*address = seal_ip_to_v4(&ip);
	return answer;
}

static void
set_up_lookup(void)
{
	set_up();
	memset(&host, 0, sizeof host);
}

TEST(an_address_is_not_looked_up)
{
	uint32_t address;

	set_up_lookup();
	CHECK_EQ(ask_look("192.0.2.7", &address), SEAL_LOOKUP_FOUND);
	CHECK_EQ(address, 0xC0000207u);
	CHECK_EQ(ask_look("0.0.0.0", &address), SEAL_LOOKUP_NOT_FOUND);
	ask_run();
	CHECK_EQ(fake_net.num_sent, 0);
}

TEST(an_answer_is_valid_for_its_ttl)
{
	uint32_t address;

	set_up_lookup();
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_ASKING);
	ask_run();
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_ASKING);
	fake_net_answer(60, 0xC0000201u);
	ask_run();
	fake_port.now_ms += 59999;
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_FOUND);
	CHECK_EQ(address, 0xC0000201u);
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_FOUND);
	CHECK_EQ(fake_net.num_sent, 1);
	fake_port.now_ms++;
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_ASKING);
	ask_run();
	CHECK_EQ(fake_net.num_sent, 2);
}

/* Even if it is read late and its TTL is 0. */
TEST(each_answer_is_given_at_least_once_and_for_a_second)
{
	uint32_t address;

	set_up_lookup();
	(void)ask_look("mx.example", &address);
	ask_run();
	fake_net_answer(0, 0xC0000201u);
	ask_run();
	fake_port.now_ms += 5000;
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_FOUND);
	CHECK_EQ(address, 0xC0000201u);
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_ASKING);
	ask_run();
	fake_net_answer(0, 0xC0000202u);
	ask_run();
	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_FOUND);
		CHECK_EQ(address, 0xC0000202u);
		fake_port.now_ms += 333;
	}
	fake_port.now_ms++;
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_ASKING);
}

TEST(a_failure_counts_for_a_second)
{
	uint32_t address;

	set_up_lookup();
	fake_net.has_server = false;
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_ASKING);
	ask_run();
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_NOT_FOUND);
	CHECK_EQ(address, 0);
	fake_port.now_ms += 999;
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_NOT_FOUND);
	fake_port.now_ms++;
	CHECK_EQ(ask_look("mx.example", &address), SEAL_LOOKUP_ASKING);
}

const struct test_case test_ask_cases[] = {
	CASE(questions_are_asked_one_after_the_other),
	CASE(an_urgent_question_goes_first_and_interrupts_another_once),
	CASE(without_a_server_or_a_way_to_it_a_question_fails),
	CASE(a_port_that_is_taken_is_another_one_next),
	CASE(a_question_goes_to_the_configured_port),
	CASE(records_are_kept_in_memory_that_was_lent),
	CASE(an_address_is_not_looked_up),
	CASE(an_answer_is_valid_for_its_ttl),
	CASE(each_answer_is_given_at_least_once_and_for_a_second),
	CASE(a_failure_counts_for_a_second),
	CASE_END
};
