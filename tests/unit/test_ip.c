/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ip.h"
#include "engine/base/out.h"
#include "tests/unit/test.h"

#define SIXTEEN "1111:2222:3333:4444:5555:6666:7777:8888"

static uint8_t text[64];

static struct seal_span
ip_span_of(const char *s)
{
	return seal_span((const uint8_t *)s, strlen(s));
}

/* Read and write it again; "no": it is not read. */
static struct seal_span
again(const char *address)
{
	struct seal_out out = seal_out(text, sizeof text);
	struct seal_ip ip;

	if (!seal_ip_read(ip_span_of(address), &ip))
		return SEAL_SPAN("no");
	seal_ip_put(&out, &ip);
	CHECK(!out.overflow && out.len <= SEAL_IP_TEXT_MAX);
	return seal_out_span(&out);
}

TEST(an_ipv4_address_is_four_plain_octets)
{
	static const struct {
		const char *text;
		uint32_t address;
	} good[] = {
		{ "192.0.2.1", 0xC0000201u }, { "0.0.0.0", 0 }, { "255.255.255.255", UINT32_MAX },
		{ "10.20.0.3", 0x0A140003u }
	};
	static const char *const bad[] = {
		"256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.", "01.2.3.4", "1..3.4", "1.2.3.4 ", ".1.2.3", "", "1.2.3.a",
		"1.2.3.-4", "1.2.3.99999999999999999999"
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct seal_ip ip;

		CHECK(seal_ip_read_v4(ip_span_of(good[i].text), &ip));
		CHECK(seal_ip_is_v4(&ip));
		CHECK_EQ(seal_ip_to_v4(&ip), good[i].address);
		CHECK_SPANS(again(good[i].text), ip_span_of(good[i].text));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_SPANS(again(bad[i]), ip_span_of("no"));
}

/* The examples are those of RFC 4291 2.2 and RFC 5952 1 to 4. */
TEST(an_ipv6_address_is_written_as_rfc_5952_wants)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a" },
		{ "FF01:0:0:0:0:0:0:101", "ff01::101" }, { "0:0:0:0:0:0:0:1", "::1" }, { "0:0:0:0:0:0:0:0", "::" },
		{ "::", "::" }, { "::1", "::1" }, { "1::", "1::" }, { "2001:0db8::0001", "2001:db8::1" },
		{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" }, { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" }, { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" }, { "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" }, { SIXTEEN, SIXTEEN }, { "::13.1.68.3", "::d01:4403" },
		{ "::FFFF:129.144.52.38", "129.144.52.38" }, { "::ffff:c000:201", "192.0.2.1" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" }, { "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
		{ "fe80::10:0a00:0f", "fe80::10:a00:f" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		CHECK_SPANS(again(rows[i].text), ip_span_of(rows[i].want));
}

TEST(text_that_is_no_ipv6_address_is_refused)
{
	static const char *const bad[] = {
		":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:", "1::2::3",
		"::1::", "1:::2", "12345::", "::g", "1.2.3.4::", "::1.2.3.4:1", "1:2:3:4:5:6:7:1.2.3.4",
		"1:2:3:4::5:6:7:8", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "fe80::1%eth0", "[::1]", "::1 ", " ::1",
		"::1/64", "::1.2.3", "::01.2.3.4", "::-1"
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (!CHECK_SPANS(again(bad[i]), ip_span_of("no")))
			CHECK_SPANS(ip_span_of(bad[i]), ip_span_of(""));
	}
}

TEST(the_least_gap_is_the_callers)
{
	struct seal_ip ip;

	CHECK(seal_ip_read_v6(SEAL_SPAN("1:2:3:4:5:6:7::"), 1, &ip));
	CHECK(!seal_ip_read_v6(SEAL_SPAN("1:2:3:4:5:6:7::"), 2, &ip));
	CHECK(seal_ip_read_v6(SEAL_SPAN("1:2:3:4:5:6::"), 2, &ip));
	CHECK(!seal_ip_read_v6(SEAL_SPAN("1.2.3.4"), 1, &ip));
}

TEST(some_addresses_have_a_meaning)
{
	static const struct {
		const char *text;
		bool none, loopback, v4;
	} rows[] = {
		{ "::", true, false, false }, { "0.0.0.0", true, false, true }, { "::1", false, true, false },
		{ "127.0.0.1", false, true, true }, { "127.255.255.255", false, true, true },
		{ "128.0.0.1", false, false, true }, { "::127.0.0.1", false, false, false },
		{ "1::", false, false, false },
		{ "::fffe:127.0.0.1", false, false, false }, { "0.0.0.1", false, false, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_ip ip;

		CHECK(seal_ip_read(ip_span_of(rows[i].text), &ip));
		CHECK_EQ(seal_ip_is_none(&ip), rows[i].none);
		CHECK_EQ(seal_ip_is_loopback(&ip), rows[i].loopback);
		CHECK_EQ(seal_ip_is_v4(&ip), rows[i].v4);
	}
}

TEST(host_and_port_are_separated)
{
	static const struct {
		const char *text, *host, *port;
	} rows[] = {
		{ "mx.example", "mx.example", "" }, { "mx.example:25", "mx.example", ":25" },
		{ "192.0.2.1:", "192.0.2.1", ":" },
		{ "[2001:db8::1]", "2001:db8::1", "" }, { "[2001:db8::1]:25", "2001:db8::1", ":25" }, { "", "", "" },
		{ ":25", "", ":25" }, { "2001:db8::1", "2001", ":db8::1" },
	};
	static const char *const bad[] = {
		"[2001:db8::1", "[2001:db8::1]25", "[192.0.2.1]:25", "[]", "[", "[mx.example]:25"
	};
	struct seal_span host, port;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK(seal_ip_split_port(ip_span_of(rows[i].text), &host, &port));
		CHECK_SPANS(host, ip_span_of(rows[i].host));
		CHECK_SPANS(port, ip_span_of(rows[i].port));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!seal_ip_split_port(ip_span_of(bad[i]), &host, &port));
}

/* --- networks -------------------------------------------------------------------------- */

TEST(networks_of_both_families_are_read_and_written)
{
	static const struct {
		const char *text, *want; /* trimmed */
		bool had_host_bits;
		unsigned prefix_len;
	} rows[] = {
		{ "10.0.0.0/8", "10.0.0.0/8", false, 104 }, { "192.0.2.77/24", "192.0.2.0/24", true, 120 },
		{ "192.0.2.1", "192.0.2.1/32", false, 128 }, { "0.0.0.0/0", "0.0.0.0/0", false, 96 },
		{ "255.255.255.255/31", "255.255.255.254/31", true, 127 },
		{ "2001:db8::/32", "2001:db8::/32", false, 32 }, { "2001:db8::1", "2001:db8::1/128", false, 128 },
		{ "2001:db8:ffff::/33", "2001:db8:8000::/33", true, 33 },
		{ "::/0", "::/0", false, 0 }, { "ffff::/1", "8000::/1", true, 1 },
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8", false, 104 }, { "::ffff:0.0.0.0/80", "::/80", true, 80 },
	};
	static const char *const bad[] = {
		"10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "10.0.0.0/8/8", "10.0.0.0/-1", "2001:db8::/129",
		"2001:db8::/", "/8", "", "2001:db8/32", "10.0.0.0 /8"
	};
	struct seal_network network;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_out out = seal_out(text, sizeof text);

		CHECK(seal_network_read(ip_span_of(rows[i].text), &network));
		CHECK_EQ(network.prefix_len, rows[i].prefix_len);
		CHECK_EQ(seal_network_trim(&network), rows[i].had_host_bits);
		CHECK(!seal_network_trim(&network));
		seal_network_put(&out, &network);
		CHECK_SPANS(seal_out_span(&out), ip_span_of(rows[i].want));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!seal_network_read(ip_span_of(bad[i]), &network));
}

/* Every length of a prefix: the bit before its end counts, the bit after it does not. */
TEST(a_network_contains_addresses_with_its_prefix)
{
	struct seal_network network;

	CHECK(seal_ip_read(SEAL_SPAN("a5a5:5a5a:a5a5:5a5a:a5a5:5a5a:a5a5:5a5a"), &network.address));
	for (unsigned len = 0; len <= 128; len++) {
		network.prefix_len = (uint8_t)len;
		CHECK(seal_network_has(&network, &network.address));
		for (unsigned bit = 0; bit < 128; bit++) {
			struct seal_ip other = network.address;

			other.octets[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
			CHECK_EQ(seal_network_has(&network, &other), bit >= len);
		}
	}
}

const struct test_case test_ip_cases[] = {
	CASE(an_ipv4_address_is_four_plain_octets),
	CASE(an_ipv6_address_is_written_as_rfc_5952_wants),
	CASE(text_that_is_no_ipv6_address_is_refused),
	CASE(the_least_gap_is_the_callers),
	CASE(some_addresses_have_a_meaning),
	CASE(host_and_port_are_separated),
	CASE(networks_of_both_families_are_read_and_written),
	CASE(a_network_contains_addresses_with_its_prefix),
	CASE_END
};
