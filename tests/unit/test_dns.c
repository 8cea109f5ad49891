/* SPDX-License-Identifier: Apache-2.0
 *
 * test_dns.c - DNS messages, valid and hostile, and the dialogue with servers that lose, lie and
 * refuse (engine/dns).
 */
#include "engine/dns/resolver.h"
#include "tests/unit/test.h"

#define WIRE_CAP 1280u
#define ID       0x1234u
#define FAR      UINT64_C(1000000)

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define L61 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi"

static uint8_t wire[WIRE_CAP];
static struct seal_out out;

static struct seal_span
dns_span_of(const char *s)
{
	return seal_span((const uint8_t *)s, strlen(s));
}

static struct seal_dns_name
name_of(const char *text)
{
	struct seal_dns_name name;

	CHECK(seal_dns_name_set(&name, dns_span_of(text)));
	return name;
}

/* --- writing messages ----------------------------------------------------- */

static void
u16(unsigned value)
{
	seal_out_octet(&out, (uint8_t)(value >> 8));
	seal_out_octet(&out, (uint8_t)value);
}

static void
u32(uint32_t value)
{
	u16(value >> 16);
	u16(value & 0xFFFFu);
}

static void
dns_put_name(const char *text)
{
	const struct seal_dns_name name = name_of(text);

	seal_out_span_put(&out, seal_span(name.wire, name.len));
}

static void
raw(const char *octets, size_t len)
{
	seal_out_span_put(&out, seal_span((const uint8_t *)octets, len));
}
#define RAW(literal) raw(literal, sizeof(literal) - 1)

static void
dns_begin(uint16_t id, unsigned flags)
{
	out = seal_out(wire, sizeof wire);
	u16(id);
	u16(flags);
	for (unsigned i = 0; i < 4; i++)
		u16(0);
}

enum { QD, AN, NS, AR };

static void
count(unsigned which)
{
	wire[4 + 2 * which + 1]++;
}

static void
dns_question(const char *name, unsigned type)
{
	count(QD);
	dns_put_name(name);
	u16(type);
	u16(1);
}

/* A record up to its data; end_data() sets the length. */
static size_t
record(unsigned section, const char *name, unsigned type, uint32_t ttl_s)
{
	count(section);
	dns_put_name(name);
	u16(type);
	u16(1);
	u32(ttl_s);
	u16(0);
	return out.len;
}

static void
end_data(size_t data_at)
{
	const size_t len = out.len - data_at;

	wire[data_at - 2] = (uint8_t)(len >> 8);
	wire[data_at - 1] = (uint8_t)len;
}

static void
txt(const char *name, uint32_t ttl_s, const char *text)
{
	const size_t at = record(AN, name, SEAL_DNS_TXT, ttl_s);

	seal_out_octet(&out, (uint8_t)strlen(text));
	seal_out_span_put(&out, dns_span_of(text));
	end_data(at);
}

static void
cname(const char *name, uint32_t ttl_s, const char *target)
{
	const size_t at = record(AN, name, SEAL_DNS_CNAME, ttl_s);

	dns_put_name(target);
	end_data(at);
}

static void
soa(const char *zone, uint32_t ttl_s, uint32_t minimum_s)
{
	const size_t at = record(NS, zone, SEAL_DNS_SOA, ttl_s);

	dns_put_name("ns.example");
	dns_put_name("admin.example");
	for (unsigned i = 0; i < 4; i++)
		u32(7);
	u32(minimum_s);
	end_data(at);
}

static void
opt(unsigned extended_rcode)
{
	count(AR);
	RAW("\0\0\x29\x04\xD0");
	u32(extended_rcode << 24);
	u16(0);
}

/* A copy that ends where `wire` ends, so that a read beyond it is found. */
static struct seal_span
at_end(const uint8_t *octets, size_t len)
{
	static uint8_t copy[512];

	CHECK(len <= sizeof copy);
	return seal_span(memcpy(copy + sizeof copy - len, octets, len), len);
}

/* --- names ---------------------------------------------------------------- */

TEST(a_name_is_set_from_text_within_its_limits)
{
	static const struct {
		const char *text;
		size_t len; /* 0: none */
	} rows[] = {
		{ "", 1 }, { "a", 3 }, { "example.com", 13 }, { "example.com.", 13 }, { "s_1._domainkey.a", 18 },
		{ ".", 0 }, { ".a", 0 }, { "a..b", 0 }, { "a..", 0 },
		{ L63, 65 }, { L63 "x", 0 },
		{ L63 "." L63 "." L63 "." L61, 255 }, { L63 "." L63 "." L63 "." L61 ".", 255 },
		{ L63 "." L63 "." L63 "." L61 "x", 0 },
	};
	struct seal_dns_name name;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK_EQ(seal_dns_name_set(&name, dns_span_of(rows[i].text)), rows[i].len != 0);
		if (rows[i].len != 0)
			CHECK_EQ(name.len, rows[i].len);
	}
}

TEST(a_name_becomes_text_only_when_it_is_the_same_name_again)
{
	struct seal_dns_name name = name_of("Example.COM.");
	uint8_t buf[SEAL_DNS_NAME_MAX];
	struct seal_out text = seal_out(buf, sizeof buf);

	CHECK(seal_dns_name_put(&name, &text));
	CHECK_SPAN(seal_out_span(&text), "Example.COM");
	for (unsigned c = 0; c < 256; c++) {
		name.wire[2] = (uint8_t)c;
		text.len = 3;
		CHECK_EQ(seal_dns_name_put(&name, &text), c > 32 && c < 127 && c != '.');
		CHECK_EQ(text.len, c > 32 && c < 127 && c != '.' ? 14 : 3);
	}
	text = seal_out(buf, 10);
	name = name_of("example.com");
	CHECK(!seal_dns_name_put(&name, &text));
	CHECK_EQ(text.len, 0);
	name = name_of("");
	text = seal_out(buf, sizeof buf);
	CHECK(seal_dns_name_put(&name, &text));
	CHECK_EQ(text.len, 0);
}

TEST(names_compare_by_labels_and_without_case)
{
	static const struct {
		const char *name, *zone;
		bool equal, within;
	} rows[] = {
		{ "example.com", "EXAMPLE.Com", true, true }, { "a.example.com", "example.com", false, true },
		{ "aexample.com", "example.com", false, false }, { "com", "example.com", false, false },
		{ "example.com", "", false, true }, { "", "", true, true }, { "a.b", "a.c", false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct seal_dns_name name = name_of(rows[i].name);
		const struct seal_dns_name zone = name_of(rows[i].zone);

		CHECK_EQ(seal_dns_name_equal(&name, &zone), rows[i].equal);
		CHECK_EQ(seal_dns_name_within(&name, &zone), rows[i].within);
	}
}

/* --- questions and answers ------------------------------------------------ */

TEST(a_question_is_one_question_with_rd_and_edns)
{
	const struct seal_dns_name name = name_of("s.example");

	out = seal_out(wire, sizeof wire);
	seal_dns_question(&out, 0xABCD, &name, SEAL_DNS_TXT, true);
	CHECK_SPAN(seal_out_span(&out), "\xAB\xCD\x01\0\0\x01\0\0\0\0\0\x01" "\1s\7example\0" "\0\x10\0\x01"
	           "\0\0\x29\x04\xD0\0\0\0\0\0\0");
	out = seal_out(wire, sizeof wire);
	seal_dns_question(&out, 1, &name, SEAL_DNS_AAAA, false);
	CHECK_SPAN(seal_out_span(&out), "\0\x01\x01\0\0\x01\0\0\0\0\0\0" "\1s\7example\0" "\0\x1C\0\x01");
}

static enum seal_dns_verdict
open_octets(struct seal_dns_message *m, struct seal_span octets)
{
	const struct seal_dns_name name = name_of("s.example");

	return seal_dns_open(m, octets, ID, &name, SEAL_DNS_TXT);
}

/* The verdict about the message; all records of a good one can be walked. */
static enum seal_dns_verdict
verdict(struct seal_dns_message *m)
{
	CHECK(!out.overflow);
	return open_octets(m, seal_out_span(&out));
}

TEST(the_strings_of_a_txt_record_are_joined)
{
	struct seal_dns_message m;
	struct seal_dns_record r;
	struct seal_dns_cursor cursor;
	uint8_t buf[8];
	struct seal_out text = seal_out(buf, sizeof buf);
	size_t at;

	dns_begin(ID, 0x8180);
	dns_question("S.Example", SEAL_DNS_TXT);
	at = record(AN, "s.example", SEAL_DNS_TXT, 300);
	RAW("\3abc\0\2de");
	end_data(at);
	opt(0);
	CHECK_EQ(verdict(&m), SEAL_DNS_OURS);
	CHECK_EQ(m.rcode, 0);
	cursor = seal_dns_records(&m);
	CHECK(seal_dns_next(&m, &cursor, &r));
	CHECK_EQ(r.type, SEAL_DNS_TXT);
	CHECK_EQ(r.ttl_s, 300);
	CHECK_EQ(r.section, SEAL_DNS_ANSWER);
	CHECK(seal_dns_text(&r, &text));
	CHECK_SPAN(seal_out_span(&text), "abcde");
	CHECK(!seal_dns_text(&r, &text)); /* does not fit again */
	CHECK(seal_dns_next(&m, &cursor, &r));
	CHECK_EQ(r.section, SEAL_DNS_ADDITIONAL);
	CHECK(!seal_dns_next(&m, &cursor, &r));
}

TEST(only_an_answer_to_our_question_is_ours)
{
	static const struct {
		uint16_t id, flags;
		const char *name; /* NULL: no question */
		unsigned type;
		enum seal_dns_verdict want;
	} rows[] = {
		{ ID, 0x8180, "s.example", 16, SEAL_DNS_OURS },
		{ ID, 0x8580, "S.EXAMPLE", 16, SEAL_DNS_OURS },
		{ ID, 0x8003, "s.example", 16, SEAL_DNS_OURS },
		{ ID + 1, 0x8180, "s.example", 16, SEAL_DNS_NOT_OURS },
		{ ID, 0x0100, "s.example", 16, SEAL_DNS_NOT_OURS },  /* a question           */
		{ ID, 0xA180, "s.example", 16, SEAL_DNS_NOT_OURS },  /* opcode 4             */
		{ ID, 0x8180, "t.example", 16, SEAL_DNS_NOT_OURS },
		{ ID, 0x8180, "example", 16, SEAL_DNS_NOT_OURS },
		{ ID, 0x8180, "s.example", 1, SEAL_DNS_NOT_OURS },
		{ ID, 0x8180, NULL, 0, SEAL_DNS_NOT_OURS },
		{ ID, 0x8183, NULL, 0, SEAL_DNS_NOT_OURS },          /* NXDOMAIN of what?    */
		{ ID, 0x8181, NULL, 0, SEAL_DNS_OURS },              /* FORMERR              */
		{ ID, 0x8182, NULL, 0, SEAL_DNS_OURS },              /* SERVFAIL             */
		{ ID, 0x8184, NULL, 0, SEAL_DNS_OURS },              /* NOTIMP               */
		{ ID, 0x8185, NULL, 0, SEAL_DNS_OURS },              /* REFUSED              */
	};
	struct seal_dns_message m;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		dns_begin(rows[i].id, rows[i].flags);
		if (rows[i].name != NULL)
			dns_question(rows[i].name, rows[i].type);
		CHECK_EQ(verdict(&m), rows[i].want);
	}
	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	dns_question("s.example", 16);
	CHECK_EQ(verdict(&m), SEAL_DNS_NOT_OURS);
	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	wire[out.len - 1] = 3; /* class CHAOS */
	CHECK_EQ(verdict(&m), SEAL_DNS_NOT_OURS);
}

TEST(a_truncated_answer_has_no_records_wherever_it_is_cut)
{
	struct seal_dns_message m;
	struct seal_dns_cursor cursor;
	struct seal_dns_record r;

	dns_begin(ID, 0x8380);
	dns_question("s.example", 16);
	txt("s.example", 1, "abc");
	out.len -= 2;
	CHECK_EQ(verdict(&m), SEAL_DNS_OURS);
	CHECK(m.truncated);
	cursor = seal_dns_records(&m);
	CHECK(!seal_dns_next(&m, &cursor, &r));
}

/* Up to the name of the first record. */
static void
begin_answer(void)
{
	dns_begin(ID, 0x8180);
	dns_question("s.example", 16); /* at 12: 1 s 7 example 0; the first record is at 27 */
	count(AN);
}

#define REST "\0\x10\0\1\0\0\0\5\0\2\1x" /* TXT "x" after a name */

TEST(a_name_that_does_not_end_or_is_too_long_is_malformed)
{
	static const struct {
		const char *name;
		size_t len;
		enum seal_dns_verdict want;
	} rows[] = {
		{ "\xC0\x0C", 2, SEAL_DNS_OURS },        /* the question's             */
		{ "\1a\xC0\x0E", 4, SEAL_DNS_OURS },     /* below "example"            */
		{ "\xC0\x1B", 2, SEAL_DNS_MALFORMED },   /* itself                     */
		{ "\xC0\x1C", 2, SEAL_DNS_MALFORMED },   /* its own middle             */
		{ "\xC0\x1D", 2, SEAL_DNS_MALFORMED },   /* forward                    */
		{ "\xFF\xFF", 2, SEAL_DNS_MALFORMED },   /* beyond the end             */
		{ "\xC0\x00", 2, SEAL_DNS_MALFORMED },   /* into the header            */
		{ "\xC0\x0B", 2, SEAL_DNS_MALFORMED },
		{ "\1a\xC0\x1B", 4, SEAL_DNS_MALFORMED }, /* a loop with a label in it */
		{ "\x40", 1, SEAL_DNS_MALFORMED },       /* RFC 1035 4.1.4: reserved   */
		{ "\x80", 1, SEAL_DNS_MALFORMED },
		{ "\x3F", 1, SEAL_DNS_MALFORMED },       /* beyond the end             */
		{ "\0", 1, SEAL_DNS_OURS },
	};
	struct seal_dns_message m;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin_answer();
		CHECK_EQ(out.len, 27);
		raw(rows[i].name, rows[i].len);
		RAW(REST);
		CHECK_EQ(verdict(&m), rows[i].want);
	}
	for (size_t extra = 0; extra < 2; extra++) { /* 255 octets with what it points to, and 256 */
		begin_answer();
		RAW("\x3F" L63 "\x3F" L63 "\x3F" L63);
		seal_out_octet(&out, (uint8_t)(53 + extra));
		raw(L63, 53 + extra);
		RAW("\xC0\x0E" REST);
		CHECK_EQ(verdict(&m), extra == 0 ? SEAL_DNS_OURS : SEAL_DNS_MALFORMED);
	}
}

/* Each pointer leads to the previous one: allowed as often as a name can have labels. */
TEST(a_chain_of_pointers_ends)
{
	for (size_t num = 126; num <= 129; num++) {
		struct seal_dns_message m;

		begin_answer();
		RAW("\0\0\x10\0\1\0\0\0\5");
		u16((unsigned)(2 * num + 1));
		seal_out_octet(&out, (uint8_t)(2 * num));
		for (size_t i = 0; i < num; i++)
			u16(0xC000u | (unsigned)(i == 0 ? 12 : out.len - 2));
		count(AN);
		u16(0xC000u | (unsigned)(out.len - 2));
		RAW(REST);
		CHECK_EQ(verdict(&m), num + 1 <= SEAL_DNS_JUMPS_MAX ? SEAL_DNS_OURS : SEAL_DNS_MALFORMED);
	}
}

/* Two pointers, 38 to 40 and 40 to the question, in the data of a record; the next one's owner
 * is the second, and then the first, which leads forward. */
TEST(a_pointer_to_a_pointer_leads_backwards_too)
{
	for (unsigned i = 0; i < 2; i++) {
		struct seal_dns_message m;

		begin_answer();
		RAW("\0\0\x10\0\1\0\0\0\5\0\4\xC0\x28\xC0\x0C");
		count(AN);
		u16(0xC000u | (i == 0 ? 40 : 38));
		RAW(REST);
		CHECK_EQ(verdict(&m), i == 0 ? SEAL_DNS_OURS : SEAL_DNS_MALFORMED);
	}
}

TEST(a_name_in_data_ends_there)
{
	struct seal_dns_message m;
	struct seal_dns_record r;
	struct seal_dns_cursor cursor;
	struct seal_dns_name name;
	size_t at;

	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	at = record(AN, "s.example", SEAL_DNS_CNAME, 1);
	RAW("\1a");
	end_data(at);
	end_data(record(AR, "", SEAL_DNS_A, 1)); /* its name would end the other one */
	CHECK_EQ(verdict(&m), SEAL_DNS_OURS);
	cursor = seal_dns_records(&m);
	CHECK(seal_dns_next(&m, &cursor, &r));
	CHECK(!seal_dns_target(&m, &r, &name));
}

TEST(counts_and_lengths_that_lie_are_malformed)
{
	struct seal_dns_message m;

	for (unsigned which = AN; which <= AR; which++) {
		dns_begin(ID, 0x8180);
		dns_question("s.example", 16);
		txt("s.example", 1, "abc");
		soa("example", 1, 1);
		opt(0);
		CHECK_EQ(verdict(&m), SEAL_DNS_OURS);
		wire[4 + 2 * which + 1]++;
		CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
		wire[4 + 2 * which + 1] = 255;
		wire[4 + 2 * which] = 255;
		CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
		wire[4 + 2 * which] = 0;
		wire[4 + 2 * which + 1] = 0;
		CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED); /* something is left */
	}
	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	txt("s.example", 1, "abc");
	wire[out.len - 5]++; /* rdlength */
	CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
	wire[out.len - 5] -= 2;
	CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
	wire[out.len - 6] = 255;
	CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
}

TEST(octets_after_the_last_record_are_malformed)
{
	struct seal_dns_message m;

	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	txt("s.example", 1, "abc");
	seal_out_octet(&out, 0);
	CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
	dns_begin(ID, 0x8182);
	seal_out_octet(&out, 0);
	CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
}

TEST(opt_extends_the_rcode_and_occurs_once)
{
	struct seal_dns_message m;

	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	opt(1);
	CHECK_EQ(verdict(&m), SEAL_DNS_OURS);
	CHECK_EQ(m.rcode, 16); /* BADVERS */
	opt(0);
	CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	end_data(record(AR, "a", 41, 0));
	CHECK_EQ(verdict(&m), SEAL_DNS_MALFORMED);
}

TEST(a_ttl_with_its_highest_bit_is_zero)
{
	struct seal_dns_message m;
	struct seal_dns_cursor cursor;
	struct seal_dns_record r;

	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	txt("s.example", 0x7FFFFFFF, "a");
	txt("s.example", 0x80000000, "a");
	CHECK_EQ(verdict(&m), SEAL_DNS_OURS);
	cursor = seal_dns_records(&m);
	CHECK(seal_dns_next(&m, &cursor, &r));
	CHECK_EQ(r.ttl_s, 0x7FFFFFFF);
	CHECK(seal_dns_next(&m, &cursor, &r));
	CHECK_EQ(r.ttl_s, 0);
}

/* The only record of a message, with this data. */
static struct seal_dns_record
record_with(struct seal_dns_message *m, unsigned type, const char *data, size_t len)
{
	struct seal_dns_record r = { .type = 0 };
	struct seal_dns_cursor cursor;
	size_t at;

	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	at = record(AN, "s.example", type, 1);
	raw(data, len);
	end_data(at);
	CHECK_EQ(verdict(m), SEAL_DNS_OURS);
	cursor = seal_dns_records(m);
	CHECK(seal_dns_next(m, &cursor, &r));
	return r;
}

TEST(data_must_be_exactly_what_its_type_demands)
{
	static const struct {
		unsigned type;
		const char *data;
		size_t len;
		bool text, target, address, minimum;
	} rows[] = {
#define ROW(type, data, ...) { type, data, sizeof(data) - 1, __VA_ARGS__ }
		ROW(16, "\1x", true, false, false, false),
		ROW(16, "\0", true, false, false, false),
		ROW(16, "", false, false, false, false),
		ROW(16, "\2x", false, false, false, false),
		ROW(16, "\1x\1", false, false, false, false),
		ROW(5, "\xC0\x0C", false, true, false, false),
		ROW(5, "\1a\xC0\x0C", false, true, false, false),
		ROW(5, "\xC0\x0C\0", false, false, false, false),
		ROW(5, "", false, false, false, false),
		ROW(5, "\1a", false, false, false, false),
		ROW(5, "\xC0", false, false, false, false),
		ROW(15, "\0\x0A\1a\0", false, true, false, false),
		ROW(15, "\0\x0A\0", false, true, false, false),
		ROW(15, "\0\x0A", false, false, false, false),
		ROW(15, "\0", false, false, false, false),
		ROW(1, "\xC0\0\2\1", false, false, true, false),
		ROW(1, "\xC0\0\2", false, false, false, false),
		ROW(1, "\xC0\0\2\1\0", false, false, false, false),
		ROW(6, "\0\0" "1234567890123456" "\0\0\1\0", false, false, false, true),
		ROW(6, "\0\xC0\x0C" "1234567890123456" "\0\0\1\0", false, false, false, true),
		ROW(6, "\0\0" "1234567890123456" "\0\0\1", false, false, false, false),
		ROW(6, "\0\0" "1234567890123456" "\0\0\1\0\0", false, false, false, false),
		ROW(6, "\0", false, false, false, false),
		ROW(6, "", false, false, false, false),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_dns_message m;
		const struct seal_dns_record r = record_with(&m, rows[i].type, rows[i].data, rows[i].len);
		uint8_t buf[8];
		struct seal_out text = seal_out(buf, sizeof buf);
		struct seal_dns_name name;
		struct seal_ip address = { { 0 } };
		uint32_t minimum_s = 0;

		CHECK_EQ(seal_dns_text(&r, &text), rows[i].text);
		CHECK_EQ(seal_dns_target(&m, &r, &name), rows[i].target);
		CHECK_EQ(seal_dns_address(&r, &address), rows[i].address);
		CHECK_EQ(seal_dns_minimum(&m, &r, &minimum_s), rows[i].minimum);
		CHECK_EQ(seal_ip_to_v4(&address), rows[i].address ? 0xC0000201u : 0);
		CHECK_EQ(minimum_s, rows[i].minimum ? 256 : 0);
	}
}

TEST(an_aaaa_record_has_an_ipv6_address)
{
	const char octets[] = "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\7\0";
	struct seal_dns_message m;
	struct seal_dns_record r = record_with(&m, SEAL_DNS_AAAA, octets, 16);
	struct seal_ip want;
	struct seal_ip address;

	CHECK(seal_ip_read(SEAL_SPAN("2001:db8::7"), &want));
	CHECK(seal_dns_address(&r, &address) && seal_ip_equal(&address, &want));
	r = record_with(&m, SEAL_DNS_AAAA, octets, 17);
	CHECK(!seal_dns_address(&r, &address));
	r = record_with(&m, SEAL_DNS_AAAA, octets, 4);
	CHECK(!seal_dns_address(&r, &address));
	r = record_with(&m, SEAL_DNS_A, octets, 16);
	CHECK(!seal_dns_address(&r, &address));
}

TEST(an_mx_has_a_preference)
{
	struct seal_dns_message m;
	struct seal_dns_record r = record_with(&m, SEAL_DNS_MX, "\1\x0A\1a\0", 5);
	struct seal_dns_name want = name_of("A");
	struct seal_dns_name name;
	uint16_t preference = 0;

	CHECK(seal_dns_preference(&r, &preference));
	CHECK_EQ(preference, 266);
	CHECK(seal_dns_target(&m, &r, &name));
	CHECK(seal_dns_name_equal(&name, &want));
	r = record_with(&m, SEAL_DNS_MX, "\1", 1);
	CHECK(!seal_dns_preference(&r, &preference));
}

/* --- any octets ----------------------------------------------------------- */

/* Call every function that reads a message; all end, and read nothing outside it. */
static unsigned
read_all(const struct seal_dns_message *m)
{
	struct seal_dns_cursor cursor = seal_dns_records(m);
	struct seal_dns_record r;
	unsigned num = 0;

	while (seal_dns_next(m, &cursor, &r)) {
		uint8_t buf[64];
		struct seal_out text = seal_out(buf, sizeof buf);
		struct seal_dns_name name;
		uint32_t number = 0;
		struct seal_ip address;
		uint16_t preference = 0;

		seal_dns_owner(m, &r, &name);
		(void)seal_dns_text(&r, &text);
		(void)seal_dns_address(&r, &address);
		(void)seal_dns_minimum(m, &r, &number);
		(void)seal_dns_preference(&r, &preference);
		(void)seal_dns_target(m, &r, &name);
		num++;
	}
	return num;
}

/* A message with a record of each type, and compression. */
static void
write_rich_answer(void)
{
	size_t at;

	dns_begin(ID, 0x8180);
	dns_question("s.example", 16);
	at = record(AN, "s.example", SEAL_DNS_CNAME, 60);
	RAW("\1t\xC0\x0E");
	end_data(at);
	txt("t.example", 600, "v=DKIM1; p=");
	at = record(AN, "t.example", SEAL_DNS_MX, 60);
	RAW("\0\1\xC0\x0C");
	end_data(at);
	at = record(AN, "t.example", SEAL_DNS_A, 60);
	RAW("\xC0\0\2\1");
	end_data(at);
	soa("example", 300, 60);
	opt(0);
}

TEST(an_answer_cut_anywhere_is_no_good_answer)
{
	struct seal_dns_message m;

	write_rich_answer();
	CHECK_EQ(verdict(&m), SEAL_DNS_OURS);
	CHECK_EQ(read_all(&m), 6);
	for (size_t len = 0; len < out.len; len++)
		CHECK(open_octets(&m, at_end(wire, len)) != SEAL_DNS_OURS);
}

TEST(an_answer_with_any_bit_flipped_can_be_read_to_its_end)
{
	struct seal_dns_message m;

	write_rich_answer();
	for (size_t i = 0; i < out.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			wire[i] ^= (uint8_t)(1u << bit);
			if (open_octets(&m, at_end(wire, out.len)) == SEAL_DNS_OURS)
				CHECK(read_all(&m) <= 6);
			wire[i] ^= (uint8_t)(1u << bit);
		}
	}
	for (size_t i = 0; i < out.len; i++) {
		static const uint8_t octets[] = { 0, 0x3F, 0x40, 0x80, 0xC0, 0xFF };
		const uint8_t was = wire[i];

		for (size_t k = 0; k < sizeof octets; k++) {
			wire[i] = octets[k];
			if (open_octets(&m, at_end(wire, out.len)) == SEAL_DNS_OURS)
				CHECK(read_all(&m) <= 6);
		}
		wire[i] = was;
	}
}

/* --- the resolver --------------------------------------------------------- */

#define V4(a, b, c, d) { { [10] = 0xff, [11] = 0xff, (a), (b), (c), (d) } }
#define FIRST  { V4(192, 0, 2, 53), 53 }
#define SECOND { V4(192, 0, 2, 54), 5353 }

static const struct seal_dns_server servers[] = {
	FIRST, SECOND, { V4(192, 0, 2, 1), 53 }, { V4(192, 0, 2, 2), 53 }
};
static uint8_t memory[128];
static struct seal_dns_resolver resolver;
static struct seal_dns_ask asked;
static uint64_t now_ms;
static uint16_t next_id;

static void
start_at(uint64_t ms, size_t num_servers, const char *name, uint16_t type)
{
	now_ms = ms;
	next_id = 0x0100;
	seal_dns_init(&resolver, memory, sizeof memory);
	seal_dns_set_servers(&resolver, servers, num_servers);
	CHECK_EQ(seal_dns_start(&resolver, dns_span_of(name), type, now_ms), SEAL_DNS_ASKING);
}

static void
dns_start(size_t num_servers)
{
	start_at(FAR, num_servers, "s.example", SEAL_DNS_TXT);
}

/* A question is due now: send it. */
static void
dns_ask(void)
{
	const uint8_t random[SEAL_DNS_RANDOM_LEN] = { (uint8_t)(next_id >> 8), (uint8_t)next_id, 0x12, 0x34 };

	CHECK(seal_dns_tick(&resolver, now_ms));
	seal_dns_ask(&resolver, random, &asked, now_ms);
	next_id++;
}

static void
wait_until_due(void)
{
	CHECK(!seal_dns_tick(&resolver, seal_dns_deadline_ms(&resolver) - 1));
	now_ms = seal_dns_deadline_ms(&resolver);
}

/* Begin to write an answer to the last question. */
static void
dns_answer(unsigned rcode, const char *name)
{
	dns_begin((uint16_t)(next_id - 1), 0x8180 | rcode);
	dns_question(name, SEAL_DNS_TXT);
}

static enum seal_dns_outcome
dns_deliver(void)
{
	CHECK(!out.overflow);
	return seal_dns_recv(&resolver, asked.server, seal_out_span(&out), now_ms);
}

static enum seal_dns_outcome
deliver_tcp(size_t step)
{
	enum seal_dns_outcome outcome = SEAL_DNS_ASKING;
	uint8_t stream[512];

	stream[0] = (uint8_t)(out.len >> 8);
	stream[1] = (uint8_t)out.len;
	memcpy(stream + 2, wire, out.len);
	for (size_t at = 0; at < out.len + 2; at += step)
		outcome = seal_dns_recv_tcp(&resolver, seal_span_first(seal_span(stream + at, out.len + 2 - at), step),
		                            now_ms);
	return outcome;
}

/* The joined text of the only record. */
static void
check_result(const char *want, uint32_t ttl_s)
{
	struct seal_dns_cursor cursor = seal_dns_results(&resolver);
	struct seal_dns_record r;
	uint8_t buf[64];
	struct seal_out text = seal_out(buf, sizeof buf);

	CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_FOUND);
	CHECK(seal_dns_result(&resolver, &cursor, &r) && seal_dns_text(&r, &text));
	CHECK_SPANS(seal_out_span(&text), dns_span_of(want));
	CHECK(!seal_dns_result(&resolver, &cursor, &r));
	CHECK_EQ(seal_dns_ttl_s(&resolver), ttl_s);
}

TEST(an_answer_ends_the_question)
{
	dns_start(2);
	dns_ask();
	CHECK(seal_ip_equal(&asked.server.address, &servers[0].address));
	CHECK_EQ(asked.server.port, 53);
	CHECK(!asked.tcp);
	CHECK_EQ(asked.local_port, 1024 + 0x1234);
	CHECK_SPAN(seal_span_first(asked.octets, 4), "\1\0\1\0");
	CHECK(!seal_dns_tick(&resolver, now_ms));
	dns_answer(0, "s.example");
	txt("s.example", 600, "hello");
	txt("t.example", 5, "nothing to do with it");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_result("hello", 600);
	CHECK(!seal_dns_tick(&resolver, now_ms + FAR));
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND); /* again: ignored */
	CHECK_EQ(resolver.ignored, 1);
	CHECK_EQ(seal_dns_failed(&resolver, now_ms), SEAL_DNS_FOUND);
}

TEST(source_ports_are_never_privileged)
{
	for (unsigned high = 0; high < 256; high++) {
		const uint8_t random[SEAL_DNS_RANDOM_LEN] = { 0, 0, (uint8_t)high, 0xFF };

		dns_start(1);
		CHECK(seal_dns_tick(&resolver, now_ms));
		seal_dns_ask(&resolver, random, &asked, now_ms);
		CHECK(asked.local_port >= 1024);
	}
}

TEST(a_question_without_servers_or_name_fails)
{
	seal_dns_init(&resolver, NULL, 0);
	CHECK_EQ(seal_dns_start(&resolver, SEAL_SPAN("a"), SEAL_DNS_A, 0), SEAL_DNS_FAILED);
	seal_dns_set_servers(&resolver, servers, 4);
	CHECK_EQ(seal_dns_start(&resolver, SEAL_SPAN("a..b"), SEAL_DNS_A, 0), SEAL_DNS_FAILED);
	CHECK(!seal_dns_tick(&resolver, 0));
	CHECK_EQ(seal_dns_start(&resolver, SEAL_SPAN("a"), SEAL_DNS_A, 0), SEAL_DNS_ASKING);
	seal_dns_stop(&resolver);
	CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_FAILED);
	CHECK_EQ(seal_dns_start(&resolver, SEAL_SPAN("a"), SEAL_DNS_A, 0), SEAL_DNS_ASKING);
	seal_dns_set_servers(&resolver, servers, 1); /* other servers: begin again */
	CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_FAILED);
}

TEST(lost_questions_go_round_the_servers_and_end_in_failure)
{
	static const uint64_t waits[] = { 2000, 2000, 4000, 4000, 8000, 8000 };
	uint16_t id = 0;

	dns_start(2);
	for (size_t i = 0; i < 6; i++) {
		const uint64_t before = now_ms;

		dns_ask();
		CHECK(seal_ip_equal(&asked.server.address, &servers[i % 2].address));
		CHECK(asked.octets.ptr[1] != id || i == 0);
		id = asked.octets.ptr[1];
		wait_until_due();
		CHECK_EQ(now_ms - before, waits[i]);
	}
	CHECK(!seal_dns_tick(&resolver, now_ms));
	CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_FAILED);
	CHECK_EQ(resolver.timeouts, 6);
	CHECK_EQ(resolver.questions, 6);
}

TEST(the_clock_may_wrap_while_waiting)
{
	start_at(UINT64_MAX - 1000, 1, "s.example", SEAL_DNS_TXT);
	dns_ask();
	CHECK_EQ(seal_dns_deadline_ms(&resolver), 999);
	CHECK(!seal_dns_tick(&resolver, UINT64_MAX));
	CHECK(!seal_dns_tick(&resolver, 998));
	CHECK(seal_dns_tick(&resolver, 999));
}

TEST(a_late_answer_is_ignored)
{
	dns_start(1);
	dns_ask();
	dns_answer(3, "s.example"); /* the first server denies it, too late */
	now_ms = seal_dns_deadline_ms(&resolver);
	CHECK(seal_dns_tick(&resolver, now_ms));
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING); /* before the next one leaves */
	dns_ask();
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING); /* and after: another id */
	CHECK_EQ(resolver.ignored, 2);
	dns_answer(0, "s.example");
	txt("s.example", 1, "x");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
}

TEST(forged_answers_are_ignored_and_counted)
{
	const struct seal_dns_server elsewhere = SECOND;
	const struct seal_dns_server other_port = { V4(192, 0, 2, 53), 54 };

	dns_start(2);
	dns_ask();
	dns_answer(0, "s.example");
	txt("s.example", 1, "forged");
	CHECK_EQ(seal_dns_recv(&resolver, elsewhere, seal_out_span(&out), now_ms), SEAL_DNS_ASKING);
	CHECK_EQ(seal_dns_recv(&resolver, other_port, seal_out_span(&out), now_ms), SEAL_DNS_ASKING);
	wire[1] ^= 1;
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	wire[1] ^= 1;
	wire[2] &= 0x7F;
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	dns_answer(0, "t.example");
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	CHECK_EQ(seal_dns_recv(&resolver, asked.server, seal_span(NULL, 0), now_ms), SEAL_DNS_ASKING);
	CHECK_EQ(resolver.ignored, 6);
	dns_answer(0, "s.example");
	txt("s.example", 1, "true");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_result("true", 1);
}

TEST(under_a_flood_of_forged_answers_tcp_is_used)
{
	dns_start(1);
	dns_ask();
	for (unsigned i = 0; i < SEAL_DNS_IGNORED_MAX; i++) {
		CHECK(!seal_dns_tick(&resolver, now_ms));
		dns_begin((uint16_t)i, 0x8180);
		dns_deliver();
	}
	dns_ask();
	CHECK(asked.tcp);
	CHECK(seal_ip_equal(&asked.server.address, &servers[0].address));
	for (unsigned i = 0; i < 1000; i++)
		CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	dns_answer(0, "s.example");
	txt("s.example", 1, "x");
	CHECK_EQ(deliver_tcp(1000), SEAL_DNS_FOUND);
}

TEST(wrong_answers_to_several_questions_are_no_flood)
{
	dns_start(1);
	for (unsigned i = 0; i < SEAL_DNS_ROUNDS; i++) {
		dns_ask();
		CHECK(!asked.tcp);
		for (unsigned k = 1; k < SEAL_DNS_IGNORED_MAX; k++) {
			dns_begin((uint16_t)k, 0x8180);
			dns_deliver();
		}
		wait_until_due();
	}
}

TEST(octets_of_a_lost_connection_are_forgotten)
{
	dns_start(1);
	for (unsigned i = 0; i < 2; i++) {
		dns_ask();
		dns_answer(0, "s.example");
		wire[2] |= 2;
		dns_deliver();
		dns_ask();
		dns_answer(0, "s.example");
		txt("s.example", 1, "x");
		if (i == 0) {
			CHECK_EQ(seal_dns_recv_tcp(&resolver, SEAL_SPAN("\0\x40" "abc"), now_ms), SEAL_DNS_ASKING);
			CHECK_EQ(seal_dns_failed(&resolver, now_ms), SEAL_DNS_ASKING);
			wait_until_due();
		}
	}
	CHECK_EQ(deliver_tcp(7), SEAL_DNS_FOUND);
}

TEST(a_truncated_answer_is_asked_for_over_tcp_in_any_cut)
{
	for (size_t step = 1; step < 60; step++) {
		dns_start(2);
		dns_ask();
		dns_answer(0, "s.example");
		wire[2] |= 2;
		CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
		CHECK(!seal_dns_wants_tcp(&resolver));
		dns_ask();
		CHECK(asked.tcp && seal_dns_wants_tcp(&resolver));
		CHECK(seal_ip_equal(&asked.server.address, &servers[0].address));
		CHECK_EQ(asked.octets.len, 2u + asked.octets.ptr[1]);
		CHECK_EQ(asked.octets.ptr[3], 1); /* another id */
		dns_answer(0, "s.example");
		txt("s.example", 7, "over tcp");
		CHECK_EQ(deliver_tcp(step), SEAL_DNS_FOUND);
		CHECK(!seal_dns_wants_tcp(&resolver));
		check_result("over tcp", 7);
	}
}

TEST(when_tcp_fails_the_next_server_is_asked)
{
	enum { LOST, LATE, TRUNCATED, TOO_LONG, NOT_OURS, NUM };

	for (unsigned what = 0; what < NUM; what++) {
		dns_start(2);
		dns_ask();
		dns_answer(0, "s.example");
		wire[2] |= 2;
		dns_deliver();
		dns_ask();
		dns_answer(0, "s.example");
		if (what == LOST) {
			CHECK_EQ(seal_dns_failed(&resolver, now_ms), SEAL_DNS_ASKING);
		} else if (what == LATE) {
			wait_until_due();
		} else if (what == TRUNCATED) {
			wire[2] |= 2;
			CHECK_EQ(deliver_tcp(9), SEAL_DNS_ASKING);
		} else if (what == TOO_LONG) {
			txt("s.example", 1, L63 L63);
			CHECK_EQ(deliver_tcp(9), SEAL_DNS_ASKING);
		} else {
			wire[0] ^= 1;
			CHECK_EQ(deliver_tcp(9), SEAL_DNS_ASKING);
		}
		dns_ask();
		CHECK(!asked.tcp);
		CHECK(seal_ip_equal(&asked.server.address, &servers[1].address));
	}
}

TEST(a_server_that_refuses_or_sends_nonsense_decides_nothing)
{
	enum { SERVFAIL, REFUSED, NOTIMP, BADVERS, MALFORMED, REFERRAL, CONTRADICTION, UNREACHABLE, NUM };

	for (unsigned what = 0; what < NUM; what++) {
		dns_start(2);
		for (unsigned i = 0; i < 6; i++) {
			static const uint8_t rcodes[] = { 2, 5, 4, 0, 0, 0, 3, 0 };

			CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_ASKING);
			if (i == 2 || i == 4)
				wait_until_due(); /* a pause between rounds */
			dns_ask();
			CHECK(seal_ip_equal(&asked.server.address, &servers[i % 2].address));
			dns_answer(rcodes[what], "s.example");
			if (what == BADVERS)
				opt(1);
			if (what == MALFORMED)
				seal_out_octet(&out, 0);
			if (what == REFERRAL)
				end_data(record(NS, "example", SEAL_DNS_NS, 1));
			if (what == CONTRADICTION)
				txt("s.example", 1, "x");
			if (what == UNREACHABLE)
				seal_dns_failed(&resolver, now_ms);
			else
				dns_deliver();
		}
		CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_FAILED);
	}
}

TEST(a_server_without_edns_is_asked_without_it)
{
	dns_start(1);
	dns_ask();
	CHECK_EQ(asked.octets.ptr[11], 1);
	dns_begin((uint16_t)(next_id - 1), 0x8181);
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	dns_ask();
	CHECK_EQ(asked.octets.ptr[11], 0);
	CHECK(seal_ip_equal(&asked.server.address, &servers[0].address));
	dns_answer(0, "s.example");
	txt("s.example", 1, "x");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	dns_start(1); /* endless FORMERR ends */
	for (unsigned i = 0; i < 2 * SEAL_DNS_ROUNDS; i++) {
		if (i > 0 && i % 2 == 0)
			wait_until_due();
		dns_ask();
		dns_begin((uint16_t)(next_id - 1), 0x8181);
		dns_deliver();
	}
	CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_FAILED);
}

/* --- no such record ------------------------------------------------------- */

TEST(no_such_name_and_no_such_record_are_distinguished_and_have_their_ttl)
{
	static const struct {
		unsigned rcode;
		const char *zone; /* NULL: no SOA */
		uint32_t ttl_s, minimum_s;
		enum seal_dns_outcome want;
		uint32_t want_ttl_s, want_minimum_s;
	} rows[] = {
		{ 3, "example", 3600, 300, SEAL_DNS_NXDOMAIN, 300, 300 },
		{ 3, "example", 60, 300, SEAL_DNS_NXDOMAIN, 60, 300 },
		{ 0, "example", 3600, 300, SEAL_DNS_NODATA, 300, 300 },
		{ 0, "EXAMPLE", 0, 300, SEAL_DNS_NODATA, 0, 300 },
		{ 0, "s.example", 30, 300, SEAL_DNS_NODATA, 30, 300 },
		{ 0, "", 86400, 86400, SEAL_DNS_NODATA, 86400, 86400 },
		{ 3, "example", 604800, 604800, SEAL_DNS_NXDOMAIN, SEAL_DNS_NEGATIVE_MAX_S, SEAL_DNS_NEGATIVE_MAX_S },
		{ 3, "example", 0x80000000, 300, SEAL_DNS_NXDOMAIN, 0, 300 },
		{ 3, "other", 3600, 300, SEAL_DNS_NXDOMAIN, 0, 0 },  /* proves nothing about ours */
		{ 3, NULL, 0, 0, SEAL_DNS_NXDOMAIN, 0, 0 },
		{ 0, NULL, 0, 0, SEAL_DNS_NODATA, 0, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		dns_start(1);
		dns_ask();
		dns_answer(rows[i].rcode, "s.example");
		if (rows[i].zone != NULL)
			soa(rows[i].zone, rows[i].ttl_s, rows[i].minimum_s);
		CHECK_EQ(dns_deliver(), rows[i].want);
		CHECK_EQ(seal_dns_ttl_s(&resolver), rows[i].want_ttl_s);
		CHECK_EQ(seal_dns_minimum_s(&resolver), rows[i].want_minimum_s);
	}
}

TEST(name_servers_next_to_a_soa_are_no_referral)
{
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	end_data(record(NS, "example", SEAL_DNS_NS, 1));
	soa("example", 300, 300);
	CHECK_EQ(dns_deliver(), SEAL_DNS_NODATA);
	CHECK_EQ(seal_dns_ttl_s(&resolver), 300);
}

/* --- addresses of hosts -------------------------------------------------------- */

static void
start_for_address(const char *name, uint16_t type, size_t memory_len)
{
	start_at(FAR, 1, name, type);
	seal_dns_init(&resolver, memory_len > 0 ? memory : NULL, memory_len);
	seal_dns_set_servers(&resolver, servers, 1);
	CHECK_EQ(seal_dns_start(&resolver, dns_span_of(name), type, now_ms), SEAL_DNS_ASKING);
}

/* Begin to write an answer to the last question, for `type`. */
static void
answer_address(const char *name, uint16_t type)
{
	dns_begin((uint16_t)(next_id - 1), 0x8180);
	dns_question(name, type);
}

static void
address(const char *name, uint32_t ttl_s, const char *text)
{
	struct seal_ip ip;
	size_t at;

	CHECK(seal_ip_read(dns_span_of(text), &ip));
	at = record(AN, name, seal_ip_is_v4(&ip) ? SEAL_DNS_A : SEAL_DNS_AAAA, ttl_s);
	seal_out_span_put(&out, seal_ip_is_v4(&ip) ? seal_span(ip.octets + 12, 4) : seal_span(ip.octets, 16));
	end_data(at);
}

static void
check_address(const char *want, uint32_t ttl_s)
{
	const struct seal_ip ip = seal_dns_found_address(&resolver);
	uint8_t buf[SEAL_IP_TEXT_MAX];
	struct seal_out text = seal_out(buf, sizeof buf);

	CHECK_EQ(seal_dns_outcome(&resolver), SEAL_DNS_FOUND);
	seal_ip_put(&text, &ip);
	CHECK_SPANS(seal_out_span(&text), dns_span_of(want));
	CHECK_EQ(seal_dns_ttl_s(&resolver), ttl_s);
}

TEST(the_first_address_of_a_host_is_kept_when_the_answer_is_gone)
{
	start_for_address("mx.example", SEAL_DNS_A, 0);
	dns_ask();
	CHECK_EQ(asked.octets.ptr[11], 0); /* no OPT: 512 octets at most */
	answer_address("mx.example", SEAL_DNS_A);
	address("other.example", 5, "192.0.2.9");
	address("mx.example", 600, "192.0.2.1");
	address("mx.example", 300, "192.0.2.2");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	memset(wire, 0, sizeof wire);
	check_address("192.0.2.1", 300);
	start_for_address("mx.example", SEAL_DNS_AAAA, 0);
	dns_ask();
	CHECK_EQ(asked.octets.ptr[11], 0);
	answer_address("mx.example", SEAL_DNS_AAAA);
	address("mx.example", 60, "192.0.2.1"); /* of another type */
	address("mx.example", 60, "2001:db8::1");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_address("2001:db8::1", 60);
}

TEST(aliases_lead_to_an_address_in_one_answer_and_over_several)
{
	start_for_address("mx.example", SEAL_DNS_A, 0);
	dns_ask();
	answer_address("mx.example", SEAL_DNS_A);
	cname("mx.example", 60, "a.example");
	cname("a.example", 20, "b.example");
	address("b.example", 40, "192.0.2.1");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_address("192.0.2.1", 20);
	start_for_address("mx.example", SEAL_DNS_A, 0);
	dns_ask();
	answer_address("mx.example", SEAL_DNS_A);
	cname("mx.example", 60, "a.example");
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	dns_ask();
	answer_address("a.example", SEAL_DNS_A);
	address("a.example", 40, "192.0.2.3");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_address("192.0.2.3", 40);
}

TEST(text_that_is_no_address_is_not_found)
{
	start_for_address("mx.example", SEAL_DNS_A, 0);
	dns_ask();
	answer_address("mx.example", SEAL_DNS_A);
	end_data(record(AN, "mx.example", SEAL_DNS_A, 60));
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING); /* that server is broken: again, or the next one */
	wait_until_due();
	dns_ask();
	CHECK_EQ(asked.octets.ptr[11], 0);
	answer_address("mx.example", SEAL_DNS_A);
	end_data(record(AN, "mx.example", SEAL_DNS_A, 60));
	address("mx.example", 60, "192.0.2.4");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_address("192.0.2.4", 60);
	start_for_address("mx.example", SEAL_DNS_A, 0);
	dns_ask();
	answer_address("mx.example", SEAL_DNS_A);
	CHECK_EQ(dns_deliver(), SEAL_DNS_NODATA);
}

/* Without own memory, the answer is held in place of the question. */
TEST(an_address_comes_over_tcp_without_memory)
{
	for (size_t step = 1; step < 60; step++) {
		start_for_address("mx.example", SEAL_DNS_A, 0);
		dns_ask();
		answer_address("mx.example", SEAL_DNS_A);
		wire[2] |= 2;
		CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
		dns_ask();
		CHECK(asked.tcp);
		answer_address("mx.example", SEAL_DNS_A);
		address("mx.example", 60, "192.0.2.5");
		CHECK_EQ(deliver_tcp(step), SEAL_DNS_FOUND);
		check_address("192.0.2.5", 60);
	}
	start_for_address("mx.example", SEAL_DNS_A, 0);
	dns_ask();
	answer_address("mx.example", SEAL_DNS_A);
	wire[2] |= 2;
	dns_deliver();
	dns_ask();
	answer_address("mx.example", SEAL_DNS_A);
	for (unsigned i = 0; i < 10; i++)
		address("mx.example", 60, "192.0.2.5"); /* more than a question takes */
	CHECK(out.len > SEAL_DNS_QUESTION_MAX);
	CHECK_EQ(deliver_tcp(9), SEAL_DNS_ASKING);
	wait_until_due();
	dns_ask();
	CHECK(!asked.tcp);
}

/* --- aliases -------------------------------------------------------------- */

TEST(aliases_are_followed_within_the_answer_in_any_order)
{
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	txt("c.example", 500, "end");
	cname("B.example", 400, "C.example");
	cname("s.example", 600, "b.example");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_result("end", 400);
}

TEST(aliases_are_followed_by_new_questions)
{
	const struct seal_dns_name want = name_of("b.other");

	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	cname("s.example", 100, "b.other");
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	dns_ask();
	CHECK_SPANS(seal_span_first(seal_span_from(asked.octets, 12), want.len), seal_span(want.wire, want.len));
	dns_answer(0, "s.example"); /* the question before */
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	dns_answer(0, "b.other");
	txt("b.other", 300, "x");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	check_result("x", 100);
}

TEST(a_chain_of_aliases_may_end_without_records)
{
	dns_start(1);
	dns_ask();
	dns_answer(3, "s.example");
	cname("s.example", 100, "b.other");
	soa("other", 3600, 300);
	CHECK_EQ(dns_deliver(), SEAL_DNS_NXDOMAIN);
	CHECK_EQ(seal_dns_ttl_s(&resolver), 100);
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	cname("s.example", 1000, "b.other");
	soa("other", 3600, 300);
	CHECK_EQ(dns_deliver(), SEAL_DNS_NODATA);
	CHECK_EQ(seal_dns_ttl_s(&resolver), 300);
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	cname("s.example", 1000, "b.other");
	soa("example", 3600, 300); /* not the zone at the end */
	CHECK_EQ(dns_deliver(), SEAL_DNS_ASKING);
	dns_ask();
	dns_answer(3, "b.other");
	CHECK_EQ(dns_deliver(), SEAL_DNS_NXDOMAIN);
}

TEST(loops_of_aliases_fail)
{
	char name[] = "a.example";

	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	cname("s.example", 1, "s.example");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FAILED);
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	cname("s.example", 1, "t.example");
	cname("t.example", 1, "s.example");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FAILED);
	for (unsigned num = SEAL_DNS_ALIASES_MAX; num <= SEAL_DNS_ALIASES_MAX + 1; num++) {
		start_at(FAR, 1, "a.example", SEAL_DNS_TXT); /* a long chain, one per question */
		for (unsigned i = 0; i < num; i++) {
			char next[] = "a.example";

			name[0] = (char)('a' + (char)i);
			next[0] = (char)('a' + (char)(i + 1));
			dns_ask();
			dns_answer(0, name);
			cname(name, 1, next);
			CHECK_EQ(dns_deliver(), i == SEAL_DNS_ALIASES_MAX ? SEAL_DNS_FAILED : SEAL_DNS_ASKING);
		}
	}
}

TEST(a_question_for_an_alias_is_answered_by_it)
{
	struct seal_dns_cursor cursor;
	struct seal_dns_record r;

	start_at(FAR, 1, "s.example", SEAL_DNS_CNAME);
	dns_ask();
	dns_begin((uint16_t)(next_id - 1), 0x8180);
	dns_question("s.example", SEAL_DNS_CNAME);
	cname("s.example", 9, "t.example");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	cursor = seal_dns_results(&resolver);
	CHECK(seal_dns_result(&resolver, &cursor, &r));
	CHECK_EQ(r.type, SEAL_DNS_CNAME);
}

TEST(the_least_ttl_counts_up_to_a_week)
{
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	txt("s.example", 600, "a");
	txt("s.example", 60, "b");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	CHECK_EQ(seal_dns_ttl_s(&resolver), 60);
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	txt("s.example", 0x7FFFFFFF, "a");
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
	CHECK_EQ(seal_dns_ttl_s(&resolver), SEAL_DNS_TTL_MAX_S);
}

TEST(records_of_another_class_do_not_count)
{
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	txt("s.example", 600, "a");
	wire[out.len - 9] = 3; /* class CHAOS; TTL, length and "\1a" follow */
	CHECK_EQ(wire[out.len - 11], 16);
	CHECK_EQ(dns_deliver(), SEAL_DNS_NODATA);
}

TEST(any_answer_with_any_bit_flipped_leaves_the_resolver_in_order)
{
	dns_start(1);
	dns_ask();
	dns_answer(0, "s.example");
	cname("s.example", 60, "t.example");
	txt("t.example", 60, "x");
	soa("example", 60, 60);
	for (size_t i = 0; i < 8 * out.len; i++) {
		const struct seal_dns_resolver before = resolver;
		const uint16_t id = next_id;

		wire[i / 8] ^= (uint8_t)(1u << i % 8);
		if (dns_deliver() == SEAL_DNS_ASKING && !resolver.waiting) {
			now_ms = seal_dns_deadline_ms(&resolver);
			dns_ask();
		}
		wire[i / 8] ^= (uint8_t)(1u << i % 8);
		resolver = before;
		next_id = id;
	}
	CHECK_EQ(dns_deliver(), SEAL_DNS_FOUND);
}

const struct test_case test_dns_cases[] = {
	CASE(a_name_is_set_from_text_within_its_limits),
	CASE(a_name_becomes_text_only_when_it_is_the_same_name_again),
	CASE(names_compare_by_labels_and_without_case),
	CASE(a_question_is_one_question_with_rd_and_edns),
	CASE(the_strings_of_a_txt_record_are_joined),
	CASE(only_an_answer_to_our_question_is_ours),
	CASE(a_truncated_answer_has_no_records_wherever_it_is_cut),
	CASE(a_name_that_does_not_end_or_is_too_long_is_malformed),
	CASE(a_chain_of_pointers_ends),
	CASE(a_pointer_to_a_pointer_leads_backwards_too),
	CASE(a_name_in_data_ends_there),
	CASE(counts_and_lengths_that_lie_are_malformed),
	CASE(octets_after_the_last_record_are_malformed),
	CASE(opt_extends_the_rcode_and_occurs_once),
	CASE(a_ttl_with_its_highest_bit_is_zero),
	CASE(data_must_be_exactly_what_its_type_demands),
	CASE(an_aaaa_record_has_an_ipv6_address),
	CASE(an_mx_has_a_preference),
	CASE(an_answer_cut_anywhere_is_no_good_answer),
	CASE(an_answer_with_any_bit_flipped_can_be_read_to_its_end),
	CASE(an_answer_ends_the_question),
	CASE(source_ports_are_never_privileged),
	CASE(a_question_without_servers_or_name_fails),
	CASE(lost_questions_go_round_the_servers_and_end_in_failure),
	CASE(the_clock_may_wrap_while_waiting),
	CASE(a_late_answer_is_ignored),
	CASE(forged_answers_are_ignored_and_counted),
	CASE(under_a_flood_of_forged_answers_tcp_is_used),
	CASE(wrong_answers_to_several_questions_are_no_flood),
	CASE(octets_of_a_lost_connection_are_forgotten),
	CASE(a_truncated_answer_is_asked_for_over_tcp_in_any_cut),
	CASE(when_tcp_fails_the_next_server_is_asked),
	CASE(a_server_that_refuses_or_sends_nonsense_decides_nothing),
	CASE(a_server_without_edns_is_asked_without_it),
	CASE(no_such_name_and_no_such_record_are_distinguished_and_have_their_ttl),
	CASE(name_servers_next_to_a_soa_are_no_referral),
	CASE(the_first_address_of_a_host_is_kept_when_the_answer_is_gone),
	CASE(aliases_lead_to_an_address_in_one_answer_and_over_several),
	CASE(text_that_is_no_address_is_not_found),
	CASE(an_address_comes_over_tcp_without_memory),
	CASE(aliases_are_followed_within_the_answer_in_any_order),
	CASE(aliases_are_followed_by_new_questions),
	CASE(a_chain_of_aliases_may_end_without_records),
	CASE(loops_of_aliases_fail),
	CASE(a_question_for_an_alias_is_answered_by_it),
	CASE(the_least_ttl_counts_up_to_a_week),
	CASE(records_of_another_class_do_not_count),
	CASE(any_answer_with_any_bit_flipped_leaves_the_resolver_in_order),
	CASE_END
};
