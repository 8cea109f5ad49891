/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/bounds.h"
#include "engine/gateway/trace.h"
#include "tests/unit/test.h"

#define NOW_S 1795310163u /* Sun, 22 Nov 2026 01:16:03 +0000 */

#define L67 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggggg"

static uint8_t text[1024];

static struct seal_trace
typical(void)
{
	return (struct seal_trace){
		.hello = SEAL_SPAN("printer.example.com"), .client_address = seal_ip_v4(0xC0000207u),
		.hostname = SEAL_SPAN("gw.example.com"), .id = SEAL_SPAN("1f3c"),
		.recipient = SEAL_SPAN("a@example.net"), .protocol = SEAL_SPAN("ESMTP"), .now_s = NOW_S,
	};
}

static struct seal_span
received(const struct seal_trace *trace)
{
	struct seal_out out = seal_out(text, sizeof text);

	seal_trace_received(&out, trace);
	CHECK(!out.overflow);
	return seal_out_span(&out);
}

static bool
contains(struct seal_span s, struct seal_span part)
{
	for (size_t i = 0; i + part.len <= s.len; i++) {
		if (seal_span_equal(seal_span_first(seal_span_from(s, i), part.len), part))
			return true;
	}
	return false;
}

TEST(a_received_field_names_client_host_protocol_and_time)
{
	const struct seal_trace trace = typical();

	CHECK_SPAN(received(&trace),
	           "Received: from printer.example.com ([192.0.2.7]) by gw.example.com with ESMTP\r\n"
	           "\tid 1f3c for <a@example.net>; Sun, 22 Nov 2026 01:16:03 +0000\r\n");
}

TEST(several_recipients_are_not_disclosed)
{
	struct seal_trace trace = typical();

	trace.recipient.len = 0;
	CHECK_SPAN(received(&trace),
	           "Received: from printer.example.com ([192.0.2.7]) by gw.example.com with ESMTP\r\n"
	           "\tid 1f3c; Sun, 22 Nov 2026 01:16:03 +0000\r\n");
}

TEST(without_a_clock_the_date_is_left_out)
{
	struct seal_trace trace = typical();

	trace.now_s = 0;
	CHECK_SPAN(received(&trace),
	           "Received: from printer.example.com ([192.0.2.7]) by gw.example.com with ESMTP\r\n"
	           "\tid 1f3c for <a@example.net>\r\n");
}

TEST(the_protocol_is_named_by_what_was_negotiated)
{
	struct seal_trace trace = typical();

	trace.protocol = seal_trace_protocol(false, false, false, false);
	CHECK(contains(received(&trace), SEAL_SPAN(" with SMTP\r\n")));
	trace.protocol = seal_trace_protocol(true, true, true, true);
	CHECK(contains(received(&trace), SEAL_SPAN("\twith UTF8SMTPSA ")));
	CHECK_SPAN(seal_trace_protocol(true, false, false, false), "ESMTP");
	CHECK_SPAN(seal_trace_protocol(true, false, true, false), "ESMTPS");
	CHECK_SPAN(seal_trace_protocol(true, false, false, true), "ESMTPA");
	CHECK_SPAN(seal_trace_protocol(true, false, true, true), "ESMTPSA");
	CHECK_SPAN(seal_trace_protocol(true, true, false, false), "UTF8SMTP");
}

TEST(only_a_name_or_a_literal_is_repeated_from_hello)
{
	static const struct {
		const char *hello;
		bool repeated;
	} rows[] = {
		{ "printer", true }, { "a_b.example", true }, { "192.0.2.1", true }, { "A-1.example", true },
		{ "[192.0.2.1]", true }, { "[IPv6:2001:db8::1]", true },
		{ "", false }, { ".", false }, { "a..b", false }, { ".a", false }, { "a.", false },
		{ "[]", false }, { "[a", false }, { "a]", false }, { "[a]b]", false },
		{ "[ab", false }, { "ab]", false }, { "[a;]", false }, { "[a b]", false },
		{ "a:b", false }, { "a b", false }, { "a;b", false }, { "a(b", false }, { "a\r\nX: b", false },
		{ "a\"b", false }, { "<a>", false }, { "a\\b", false }, { "\xC3\xBC.example", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_trace trace = typical();
		struct seal_span field;

		trace.hello = seal_span((const uint8_t *)rows[i].hello, strlen(rows[i].hello));
		field = received(&trace);
		CHECK_EQ(contains(field, SEAL_SPAN("Received: from [192.0.2.7] ([192.0.2.7]) by ")),
		         !rows[i].repeated);
		if (rows[i].repeated)
			CHECK(contains(field, trace.hello));
	}
}

TEST(a_recipient_with_octets_that_end_a_line_is_not_repeated)
{
	static const struct {
		const char *recipient;
		bool utf8, repeated;
	} rows[] = {
		{ "\"a b\"@example.net", false, true }, { "postmaster", false, true },
		{ "\xC3\xBC@example.net", true, true }, { "\xC3\xBC@example.net", false, false },
		{ "a\r\nX: y@example.net", true, false }, { "a\x7F@example.net", true, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_trace trace = typical();

		trace.utf8 = rows[i].utf8;
		trace.recipient = seal_span((const uint8_t *)rows[i].recipient, strlen(rows[i].recipient));
		CHECK_EQ(contains(received(&trace), SEAL_SPAN("for <")), rows[i].repeated);
		CHECK_EQ(contains(received(&trace), trace.recipient), rows[i].repeated);
	}
}

/* Check lines of at most 78 columns: a TAB (eight columns) before all but the first, CRLF
 * after each. Returns the width of the widest. */
static size_t
trace_check_lines(struct seal_span field)
{
	size_t widest = 0;

	for (bool first = true; field.len > 0; first = false) {
		const size_t len = seal_span_find(field, '\r');
		const size_t width = first ? len : len + 7;

		CHECK(len > 2 && width <= SEAL_COLUMN_MAX);
		CHECK_EQ(field.ptr[0] == '\t', !first);
		CHECK_EQ(field.ptr[len + 1], '\n');
		CHECK(field.ptr[len - 1] != ' ');
		field = seal_span_from(field, len + 2);
		widest = width > widest ? width : widest;
	}
	return widest;
}

TEST(no_line_passes_78_columns_where_the_names_fit)
{
	static const char names[] = L67;
	size_t widest = 0;

	for (size_t hello = 1; hello <= 67; hello++) {
		for (size_t other = 1; other <= 63; other++) {
			struct seal_trace trace = typical();
			size_t width;

			trace.hello = seal_span((const uint8_t *)names, hello);
			trace.hostname = seal_span((const uint8_t *)names, 64 - other);
			trace.recipient = seal_span((const uint8_t *)names, other % 3 == 0 ? 0 : other);
			trace.now_s = other % 7 == 0 ? 0 : NOW_S;
			width = trace_check_lines(received(&trace));
			widest = width > widest ? width : widest;
		}
	}
	CHECK_EQ(widest, SEAL_COLUMN_MAX);
}

TEST(the_longest_names_fit_a_line_and_nothing_folds_after_the_colon)
{
	uint8_t name[SEAL_DOMAIN_MAX];
	uint8_t path[SEAL_PATH_MAX];
	struct seal_trace trace = typical();
	struct seal_span field;

	memset(name, 'n', sizeof name);
	memset(path, 'p', sizeof path);
	trace.hello = trace.hostname = seal_span(name, sizeof name);
	trace.recipient = seal_span(path, sizeof path);
	field = received(&trace);
	CHECK(seal_span_starts_nocase(field, SEAL_SPAN("Received: from\r\n\tnnn")));
	CHECK(contains(field, SEAL_SPAN("ppp>;\r\n\tSun, ")));
	while (field.len > 0) {
		CHECK(seal_span_find(field, '\r') <= SEAL_LINE_MAX);
		field = seal_span_from(field, seal_span_find(field, '\n') + 1);
	}
}

TEST(a_buffer_that_is_too_small_is_reported)
{
	const struct seal_trace trace = typical();
	const size_t len = received(&trace).len;

	for (size_t cap = 0; cap <= len; cap++) {
		struct seal_out out = seal_out(text + sizeof text - cap, cap);

		seal_trace_received(&out, &trace);
		CHECK_EQ(out.overflow, cap < len);
	}
}

TEST(date_and_message_id_are_whole_fields)
{
	struct seal_out out = seal_out(text, sizeof text);

	seal_trace_date(&out, NOW_S);
	seal_trace_message_id(&out, SEAL_SPAN("1f3c"), NOW_S, SEAL_SPAN("gw.example.com"));
	seal_trace_message_id(&out, SEAL_SPAN("1f3d"), 0, SEAL_SPAN("gw.example.com"));
	CHECK_SPAN(seal_out_span(&out),
	           "Date: Sun, 22 Nov 2026 01:16:03 +0000\r\n"
	           "Message-ID: <1f3c.1795310163@gw.example.com>\r\n"
	           "Message-ID: <1f3d@gw.example.com>\r\n");
}

TEST(an_ipv6_address_is_a_literal_with_its_tag)
{
	struct seal_trace trace = typical();

	CHECK(seal_ip_read(SEAL_SPAN("2001:DB8:0:0::7"), &trace.client_address));
	CHECK_SPAN(received(&trace),
	           "Received: from printer.example.com ([IPv6:2001:db8::7]) by gw.example.com\r\n"
	           "\twith ESMTP id 1f3c for <a@example.net>;\r\n\tSun, 22 Nov 2026 01:16:03 +0000\r\n");
	trace.hello = SEAL_SPAN("no name");
	CHECK(seal_ip_read(SEAL_SPAN("1111:2222:3333:4444:5555:6666:7777:8888"), &trace.client_address));
	CHECK(contains(received(&trace), SEAL_SPAN("from [IPv6:1111:2222:3333:4444:5555:6666:7777:8888]\r\n\t"
	                                           "([IPv6:1111:2222:3333:4444:5555:6666:7777:8888])")));
}

const struct test_case test_trace_cases[] = {
	CASE(a_received_field_names_client_host_protocol_and_time),
	CASE(several_recipients_are_not_disclosed),
	CASE(without_a_clock_the_date_is_left_out),
	CASE(the_protocol_is_named_by_what_was_negotiated),
	CASE(only_a_name_or_a_literal_is_repeated_from_hello),
	CASE(a_recipient_with_octets_that_end_a_line_is_not_repeated),
	CASE(no_line_passes_78_columns_where_the_names_fit),
	CASE(the_longest_names_fit_a_line_and_nothing_folds_after_the_colon),
	CASE(a_buffer_that_is_too_small_is_reported),
	CASE(date_and_message_id_are_whole_fields),
	CASE(an_ipv6_address_is_a_literal_with_its_tag),
	CASE_END
};
