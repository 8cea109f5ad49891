/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"
#include "engine/mail/addr.h"
#include "engine/mail/idn.h"
#include "tests/unit/test.h"

static void
check_domain(struct seal_span value, const char *want, int line)
{
	uint8_t memory[SEAL_DOMAIN_MAX];
	struct seal_out out = seal_out(memory, sizeof memory);
	enum seal_addr_fault fault = SEAL_ADDR_FINE;
	size_t at = 0;
	const enum seal_status status = seal_addr_author_domain(value, &out, &fault, &at);

	test_check_eq(status, SEAL_OK, "status", __FILE__, line);
	test_check_eq(fault, SEAL_ADDR_FINE, "fault", __FILE__, line);
	test_check_span(seal_out_span(&out), seal_span_text(want), "domain", __FILE__, line);
}

static void
check_fault(struct seal_span value, enum seal_addr_fault want, int line)
{
	uint8_t memory[SEAL_DOMAIN_MAX];
	struct seal_out out = seal_out(memory, sizeof memory);
	enum seal_addr_fault fault = SEAL_ADDR_FINE;
	size_t at = 0;
	const enum seal_status status = seal_addr_author_domain(value, &out, &fault, &at);

	test_check_eq(status, SEAL_E_PEER, "status", __FILE__, line);
	test_check_eq(fault, want, "fault", __FILE__, line);
	test_check_eq(out.len, 0, "nothing written", __FILE__, line);
	test_check(at <= value.len, "offset lies in the field", __FILE__, line);
}

#define DOMAIN(value, want) check_domain(SEAL_SPAN(value), want, __LINE__)
#define FAULT(value, want)  check_fault(SEAL_SPAN(value), want, __LINE__)

TEST(plain_forms_give_their_domain)
{
	DOMAIN(" a@example.com", "example.com");
	DOMAIN("<a@EXAMPLE.Com>", "example.com");
	DOMAIN("Joe Q. Public <john.q.public@example.com>", "example.com");
	DOMAIN("\"Joe\" <a@b.example>\r\n", "b.example");
	DOMAIN("Joe\r\n <a@b.example>", "b.example");
	DOMAIN("Joe <a@\r\n\tb.example>", "b.example");
	DOMAIN("=?utf-8?Q?J=C3=B6rg_M=2E?= <j@example.org>", "example.org");
	DOMAIN("a@x_y.example", "x_y.example");
}

TEST(an_at_sign_in_a_display_name_is_no_address)
{
	DOMAIN("\"ceo@bank.example\" <a@evil.example>", "evil.example");
	DOMAIN("\"a\\\"@b\" <c@d.example>", "d.example");
	DOMAIN("(x@y.example) a@b.example (z@q.example)", "b.example");
	DOMAIN("=?utf-8?Q?ceo=40bank=2Eexample?= <a@b.example>", "b.example");
	FAULT("ceo@bank.example <a@evil.example>", SEAL_ADDR_SYNTAX);
	FAULT("a@b.example>", SEAL_ADDR_SYNTAX);
	FAULT("<a@b.example> c", SEAL_ADDR_SYNTAX);
	FAULT("<a@b.example", SEAL_ADDR_SYNTAX);
	FAULT("<<a@b.example>>", SEAL_ADDR_SYNTAX);
}

TEST(comments_nest_and_may_stand_anywhere)
{
	DOMAIN("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "silly.test");
	DOMAIN("a (b (c) d) @ (e) x (f) . (g) example (h)", "x.example");
	FAULT("a@b.example (", SEAL_ADDR_SYNTAX);
	FAULT("(a@b.example", SEAL_ADDR_SYNTAX);
	FAULT("((a@b.example)", SEAL_ADDR_SYNTAX);
	FAULT("a@b.example (x\\)", SEAL_ADDR_SYNTAX);
}

TEST(quoted_strings_hide_everything)
{
	DOMAIN("\"a@b, <c@d>\"@e.example", "e.example");
	DOMAIN("\"\"@e.example", "e.example");
	DOMAIN("\"Smith, John\" <j@e.example>", "e.example");
	FAULT("\"unended <a@b.example>", SEAL_ADDR_SYNTAX);
	FAULT("Smith, John <j@e.example>", SEAL_ADDR_NO_DOMAIN);
}

TEST(obsolete_forms_are_read)
{
	DOMAIN("<@r1.example,@r2.example:a@b.example>", "b.example");
	DOMAIN("<,@r1.example:a@b.example>", "b.example");
	DOMAIN("a . b @ c . example", "c.example");
	DOMAIN("Dr. A. B. <a@c.example>", "c.example");
	DOMAIN(", a@b.example,,", "b.example");
	FAULT("<@r1.example a@b.example>", SEAL_ADDR_SYNTAX);
	FAULT("<@:a@b.example>", SEAL_ADDR_SYNTAX);
}

TEST(exactly_one_mailbox_is_needed)
{
	FAULT("", SEAL_ADDR_NONE);
	FAULT(" ", SEAL_ADDR_NONE);
	FAULT(",", SEAL_ADDR_NONE);
	FAULT("(no one)", SEAL_ADDR_NONE);
	FAULT("a@b.example, c@d.example", SEAL_ADDR_SEVERAL);
	FAULT("a@b.example, a@b.example", SEAL_ADDR_SEVERAL);
	FAULT("A <a@b.example>, B <c@d.example>", SEAL_ADDR_SEVERAL);
	FAULT("Group: a@b.example;", SEAL_ADDR_GROUP);
	FAULT("undisclosed:;", SEAL_ADDR_GROUP);
	FAULT(": a@b.example", SEAL_ADDR_SYNTAX);
	FAULT("a@b.example; c@d.example", SEAL_ADDR_SYNTAX);
}

TEST(an_address_needs_a_domain_with_a_name)
{
	FAULT("root", SEAL_ADDR_NO_DOMAIN);
	FAULT("Root <root>", SEAL_ADDR_NO_DOMAIN);
	FAULT("<>", SEAL_ADDR_NO_DOMAIN);
	FAULT("a@[192.0.2.1]", SEAL_ADDR_LITERAL);
	FAULT("<a@[IPv6:2001:db8::1]>", SEAL_ADDR_LITERAL);
	FAULT("a@", SEAL_ADDR_BAD_DOMAIN);
	FAULT("a@b..example", SEAL_ADDR_BAD_DOMAIN);
	FAULT("a@.example", SEAL_ADDR_BAD_DOMAIN);
	FAULT("a@example.", SEAL_ADDR_BAD_DOMAIN);
	FAULT("a@-b.example", SEAL_ADDR_BAD_DOMAIN);
	FAULT("a@b-.example", SEAL_ADDR_BAD_DOMAIN);
	FAULT("a@b!c.example", SEAL_ADDR_BAD_DOMAIN);
	FAULT("@b.example", SEAL_ADDR_SYNTAX);
	FAULT("a b@c.example", SEAL_ADDR_SYNTAX);
	FAULT("a@b@c.example", SEAL_ADDR_SYNTAX);
	FAULT("a@b\\.example", SEAL_ADDR_SYNTAX);
	FAULT("a@\"b\".example", SEAL_ADDR_BAD_DOMAIN);
}

TEST(utf8_domains_become_a_labels)
{
	DOMAIN("J\xc3\xb6rg <j@b\xc3\xbc" "cher.example>", "xn--bcher-kva.example");
	DOMAIN("j\xc3\xb6rg@XN--Bcher-KVA.example", "xn--bcher-kva.example");
	FAULT("a@b\xc3.example", SEAL_ADDR_BAD_DOMAIN);
	FAULT("a@b\xff.example", SEAL_ADDR_BAD_DOMAIN);
	DOMAIN("Latin-1 name \xe9 <a@b.example>", "b.example");
}

/* Vectors: RFC 3492 7.1 (A), (B), (G), (I), (L), whose inputs are lower case, and names
 * that registries publish. */
TEST(punycode_is_that_of_rfc_3492)
{
	static const char *const VECTORS[][2] = {
		{ "\xd9\x84\xd9\x8a\xd9\x87\xd9\x85\xd8\xa7\xd8\xa8\xd8\xaa\xd9\x83\xd9\x84\xd9\x85"
		  "\xd9\x88\xd8\xb4\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\x9f", "xn--egbpdaj6bu4bxfgehfvwxn" },
		{ "\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8\xaf\xb4"
		  "\xe4\xb8\xad\xe6\x96\x87", "xn--ihqwcrb4cv8a8dqg056pqjye" },
		{ "\xd0\xbf\xd0\xbe\xd1\x87\xd0\xb5\xd0\xbc\xd1\x83\xd0\xb6\xd0\xb5\xd0\xbe\xd0\xbd\xd0\xb8"
		  "\xd0\xbd\xd0\xb5\xd0\xb3\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x80\xd1\x8f\xd1\x82\xd0\xbf\xd0\xbe"
		  "\xd1\x80\xd1\x83\xd1\x81\xd1\x81\xd0\xba\xd0\xb8", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l" },
		{ "3\xe5\xb9\xb4" "b\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88\xe7\x94\x9f",
		  "xn--3b-ww4c5e180e575a65lsy2b" },
		{ "m\xc3\xbcnchen", "xn--mnchen-3ya" },
		{ "stra\xc3\x9f" "e", "xn--strae-oqa" }
	};

	for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++) {
		uint8_t memory[80];
		struct seal_out out = seal_out(memory, sizeof memory);

		CHECK(seal_idn_put_a_label(&out, seal_span_text(VECTORS[i][0])));
		CHECK_SPANS(seal_out_span(&out), seal_span_text(VECTORS[i][1]));
	}
}

TEST(utf8_is_read_strictly)
{
	static const char *const BAD[] = {
		"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80",
		"\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"
	};
	struct seal_span text = SEAL_SPAN("\xf0\x9f\x93\xa7");
	uint32_t point = 0;

	CHECK(seal_utf8_next(&text, &point));
	CHECK_EQ(point, 0x1f4e7);
	CHECK_EQ(text.len, 0);
	CHECK(!seal_utf8_next(&text, &point));
	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
		text = seal_span_text(BAD[i]);
		CHECK(!seal_utf8_next(&text, &point));
	}
}

static enum seal_status
normalize(const uint8_t *name, size_t len)
{
	uint8_t memory[2 * SEAL_DOMAIN_MAX];
	struct seal_out out = seal_out(memory, sizeof memory);

	return seal_addr_domain_normalize(seal_span(name, len), &out);
}

TEST(labels_and_names_have_their_limits)
{
	uint8_t name[300];

	for (size_t i = 0; i < sizeof name; i++)
		name[i] = i % 64u == 63u ? '.' : 'a';
	CHECK_EQ(normalize(name, 63), SEAL_OK);
	CHECK_EQ(normalize(name, 253), SEAL_OK);
	CHECK_EQ(normalize(name, 254), SEAL_E_PEER);
	name[63] = 'a';
	CHECK_EQ(normalize(name, 64), SEAL_E_PEER);
	CHECK_EQ(normalize(name, 0), SEAL_E_PEER);
	CHECK_EQ(normalize((const uint8_t *)".", 1), SEAL_E_PEER);
	CHECK_EQ(normalize((const uint8_t *)"a.", 2), SEAL_OK);
}

TEST(a_small_buffer_is_a_limit_and_stays_empty)
{
	uint8_t memory[5];
	struct seal_out out = seal_out(memory, sizeof memory);

	CHECK_EQ(seal_addr_domain_normalize(SEAL_SPAN("example.com"), &out), SEAL_E_LIMIT);
	CHECK_EQ(out.len, 0);
}

TEST(names_below_are_within)
{
	CHECK(seal_addr_domain_within(SEAL_SPAN("example.com"), SEAL_SPAN("example.com")));
	CHECK(seal_addr_domain_within(SEAL_SPAN("a.example.com"), SEAL_SPAN("example.com")));
	CHECK(!seal_addr_domain_within(SEAL_SPAN("aexample.com"), SEAL_SPAN("example.com")));
	CHECK(!seal_addr_domain_within(SEAL_SPAN("com"), SEAL_SPAN("example.com")));
	CHECK(!seal_addr_domain_within(SEAL_SPAN(".example.com"), SEAL_SPAN("example.com")));
}

/* Any octets: a result, and no access out of bounds (sanitizers). */
TEST(no_short_field_confuses_the_reader)
{
	static const uint8_t ALPHABET[8] = { 'a', '@', '<', '>', '"', '(', ')', '\\' };

	for (uint32_t code = 0; code < 1u << 18; code++) {
		uint8_t value[6];
		uint8_t memory[16];
		struct seal_out out = seal_out(memory, sizeof memory);
		enum seal_addr_fault fault = SEAL_ADDR_FINE;
		size_t at = 0;
		enum seal_status status;

		for (unsigned i = 0; i < sizeof value; i++)
			value[i] = ALPHABET[code >> 3u * i & 7u];
		status = seal_addr_author_domain(seal_span(value, sizeof value), &out, &fault, &at);
		if (!CHECK(at <= sizeof value) ||
		    !CHECK((status == SEAL_OK) == (fault == SEAL_ADDR_FINE)) ||
		    !CHECK((status == SEAL_OK) == (out.len > 0)))
			return;
	}
}

const struct test_case test_addr_cases[] = {
	CASE(plain_forms_give_their_domain),
	CASE(an_at_sign_in_a_display_name_is_no_address),
	CASE(comments_nest_and_may_stand_anywhere),
	CASE(quoted_strings_hide_everything),
	CASE(obsolete_forms_are_read),
	CASE(exactly_one_mailbox_is_needed),
	CASE(an_address_needs_a_domain_with_a_name),
	CASE(utf8_domains_become_a_labels),
	CASE(punycode_is_that_of_rfc_3492),
	CASE(utf8_is_read_strictly),
	CASE(labels_and_names_have_their_limits),
	CASE(a_small_buffer_is_a_limit_and_stays_empty),
	CASE(names_below_are_within),
	CASE(no_short_field_confuses_the_reader),
	CASE_END
};
