/* SPDX-License-Identifier: Apache-2.0
 *
 * test_log.c - the line of one record.
 */
#include "port/gateway/log.h"
#include "tests/unit/test.h"

static uint8_t memory[2048];
static struct seal_envelope envelope;
static uint8_t line[SEAL_LOG_LINE_MAX];

static void
log_add(const char *path)
{
	const struct seal_path_command command = { .path = seal_span((const uint8_t *)path, strlen(path)) };

	CHECK_EQ(seal_envelope_add(&envelope, &command), SEAL_OK);
}

static bool
line_has(enum seal_log_addresses addresses, const char *what)
{
	const struct seal_record record = {
		.id = SEAL_SPAN("1-1"), .sender = SEAL_SPAN("a@b.example"), .envelope = &envelope,
		.num_recipients = envelope.num - 1u, .reply = SEAL_REPLY(250, "ok")
	};
	struct seal_out out = seal_out(line, sizeof line);
	const size_t len = strlen(what);
	size_t i = 0;

	seal_log_record(&out, &record, addresses);
	while (i + len <= out.len && memcmp(line + i, what, len) != 0)
		i++;
	return i + len <= out.len;
}

static void
log_begin(void)
{
	envelope = (struct seal_envelope){ .ptr = memory, .cap = sizeof memory };
	log_add("a@b.example");
}

TEST(recipients_are_listed_without_the_sender)
{
	log_begin();
	log_add("bob@dest.example");
	CHECK(line_has(SEAL_LOG_FULL, " recipients=1 to=<bob@dest.example>"));
	log_add("carol@dest.example");
	CHECK(line_has(SEAL_LOG_FULL, " recipients=2 to=\"<bob@dest.example> <carol@dest.example>\""));
	CHECK(line_has(SEAL_LOG_MASKED, " to=\"<b***@dest.example> <c***@dest.example>\""));
}

TEST(a_long_list_of_recipients_is_cut_between_two)
{
	log_begin();
	for (unsigned i = 0; i < 40; i++)
		log_add("bob@dest.example");
	CHECK(line_has(SEAL_LOG_FULL, " recipients=40 to=\"<bob@dest.example> <bob@"));
	CHECK(line_has(SEAL_LOG_FULL, "<bob@dest.example>...\""));
}

static struct seal_span
line_about(const char *address)
{
	struct seal_record record = { .reply = SEAL_REPLY(421, "4.3.2 Busy") };
	struct seal_out out = seal_out(line, sizeof line);

	CHECK(seal_ip_read(seal_span_text(address), &record.client_address));
	seal_log_record(&out, &record, SEAL_LOG_FULL);
	return seal_out_span(&out);
}

TEST(a_record_names_the_clients_address_in_either_family)
{
	CHECK_SPAN(line_about("192.0.2.7"),
	           "id=\"\" verdict=deferred code=421 by=gateway client=192.0.2.7 "
	           "size=0 from=\"\" text=\"4.3.2 Busy\" recipients=0");
	CHECK_SPAN(line_about("2001:DB8:0::7"),
	           "id=\"\" verdict=deferred code=421 by=gateway client=2001:db8::7 "
	           "size=0 from=\"\" text=\"4.3.2 Busy\" recipients=0");
	CHECK_SPAN(line_about("1111:2222:3333:4444:5555:6666:7777:8888"),
	           "id=\"\" verdict=deferred code=421 by=gateway client=1111:2222:3333:4444:5555:6666:7777:8888 "
	           "size=0 from=\"\" text=\"4.3.2 Busy\" recipients=0");
}

TEST(an_unknown_client_is_named_in_either_family)
{
	struct seal_learn_entry entry = { .count = 3, .domain_len = 1, .domain = "a" };
	struct seal_out out = seal_out(line, sizeof line);

	entry.address = seal_ip_v4(0xC0000207u);
	seal_log_learned(&out, &entry);
	seal_out_octet(&out, ';');
	CHECK(seal_ip_read(SEAL_SPAN("2001:db8::7"), &entry.address));
	seal_log_learned(&out, &entry);
	CHECK_SPAN(seal_out_span(&out), "unknown domain=a client=192.0.2.7 count=3;"
	                                "unknown domain=a client=2001:db8::7 count=3");
}

const struct test_case test_log_cases[] = {
	CASE(recipients_are_listed_without_the_sender),
	CASE(a_long_list_of_recipients_is_cut_between_two),
	CASE(a_record_names_the_clients_address_in_either_family),
	CASE(an_unknown_client_is_named_in_either_family),
	CASE_END
};
