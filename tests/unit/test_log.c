/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/log.h"
#include "tests/unit/test.h"

static uint8_t text[SEAL_LOG_LINE_MAX];

static struct seal_span
line_about(const char *address)
{
	struct seal_record record = { .reply = SEAL_REPLY(421, "4.3.2 Busy") };
	struct seal_out out = seal_out(text, sizeof text);

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
	struct seal_out out = seal_out(text, sizeof text);

	entry.address = seal_ip_v4(0xC0000207u);
	seal_log_learned(&out, &entry);
	seal_out_octet(&out, ';');
	CHECK(seal_ip_read(SEAL_SPAN("2001:db8::7"), &entry.address));
	seal_log_learned(&out, &entry);
	CHECK_SPAN(seal_out_span(&out), "unknown domain=a client=192.0.2.7 count=3;"
	                                "unknown domain=a client=2001:db8::7 count=3");
}

const struct test_case test_log_cases[] = {
	CASE(a_record_names_the_clients_address_in_either_family),
	CASE(an_unknown_client_is_named_in_either_family),
	CASE_END
};
