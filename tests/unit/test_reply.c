/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/smtp/reply.h"
#include "tests/unit/test.h"

static struct seal_span
put(uint8_t *buffer, size_t cap, struct seal_reply reply, bool *overflow)
{
	struct seal_out out = seal_out(buffer, cap);

	seal_reply_put(&out, reply);
	*overflow = out.overflow;
	return seal_out_span(&out);
}

TEST(one_line_is_written_with_a_space)
{
	uint8_t buffer[64];
	bool overflow;

	CHECK_SPAN(put(buffer, sizeof buffer, SEAL_REPLY(250, "2.0.0 OK"), &overflow), "250 2.0.0 OK\r\n");
	CHECK_SPAN(put(buffer, sizeof buffer, SEAL_REPLY(354, ""), &overflow), "354 \r\n");
	CHECK(!overflow);
}

TEST(many_lines_are_written_with_hyphens_but_the_last)
{
	uint8_t buffer[64];
	bool overflow;

	CHECK_SPAN(put(buffer, sizeof buffer, SEAL_REPLY(550, "5.1.1 a\n5.1.1 b\n5.1.1 c"), &overflow),
	           "550-5.1.1 a\r\n550-5.1.1 b\r\n550 5.1.1 c\r\n");
	CHECK_SPAN(put(buffer, sizeof buffer, SEAL_REPLY(550, "a\n\nb"), &overflow), "550-a\r\n550-\r\n550 b\r\n");
	CHECK_SPAN(put(buffer, sizeof buffer, SEAL_REPLY(550, "a\n"), &overflow), "550 a\r\n");
}

/* A whole reply is CRLF-ended, and only its last line has a space. */
static bool
is_valid(struct seal_span s)
{
	bool last = false;

	while (s.len > 0 && !last) {
		const size_t end = seal_span_find(s, '\n');

		if (end < 5 || end == s.len || s.ptr[end - 1] != '\r')
			return false;
		if (s.ptr[3] != ' ' && s.ptr[3] != '-')
			return false;
		last = s.ptr[3] == ' ';
		s = seal_span_from(s, end + 1);
	}
	return last && s.len == 0;
}

TEST(a_reply_cut_to_any_room_stays_a_valid_reply)
{
	uint8_t buffer[64];
	bool overflow;

	for (size_t cap = 0; cap <= sizeof buffer; cap++) {
		const struct seal_span got =
			put(buffer, cap, SEAL_REPLY(550, "first line\nsecond line\nthird line"), &overflow);

		CHECK_EQ(overflow, cap < 6);
		CHECK(overflow ? got.len == 0 : is_valid(got));
	}
}

TEST(a_line_is_cut_at_512_octets)
{
	static uint8_t text[SEAL_REPLY_TEXT_MAX];
	static uint8_t buffer[1024];
	bool overflow;

	memset(text, 'x', sizeof text);
	for (size_t len = 505; len <= 507; len++) {
		const struct seal_reply reply = { 250, { text, len } };

		CHECK_EQ(put(buffer, sizeof buffer, reply, &overflow).len, len < 506 ? len + 6 : 512);
	}
}

/* --- reading ---------------------------------------------------------------------- */

struct got {
	enum seal_status status;
	uint16_t code;
	size_t text_len;
	uint8_t text[SEAL_REPLY_TEXT_MAX];
	size_t taken;
	unsigned num_lines;
};

static struct got
read_in_pieces(struct seal_span s, size_t first, size_t piece)
{
	struct seal_reply_reader r;
	struct seal_reply reply;
	struct seal_span line;
	struct got got;
	size_t end = first;

	memset(&got, 0, sizeof got);
	seal_reply_reader_init(&r);
	while (got.taken < s.len && seal_reply_reader_status(&r) == SEAL_PENDING) {
		const size_t len = end > got.taken && end < s.len ? end - got.taken : s.len - got.taken;

		got.taken += seal_reply_reader_recv(&r, s.ptr + got.taken, len, &line);
		if (got.taken >= end)
			end = piece > 0 ? got.taken + piece : s.len;
	}
	reply = seal_reply_reader_reply(&r);
	got.status = seal_reply_reader_status(&r);
	got.code = reply.code;
	got.num_lines = r.num_lines;
	got.text_len = reply.text.len;
	memcpy(got.text, reply.text.ptr, reply.text.len);
	return got;
}

struct read_case {
	const char *octets;
	enum seal_status status;
	uint16_t code;
	const char *text;
};

static const struct read_case READ_CASES[] = {
	{ "250 OK\r\n", SEAL_OK, 250, "OK" },
	{ "250\r\n", SEAL_OK, 250, "" },
	{ "250 \r\n", SEAL_OK, 250, "" },
	{ "250 OK\n", SEAL_OK, 250, "OK" },
	{ "250\tOK\r\n", SEAL_OK, 250, "OK" },
	{ "250-a\r\n250-b\r\n250 c\r\n", SEAL_OK, 250, "a\nb\nc" },
	{ "250-a\r\n250\r\n", SEAL_OK, 250, "a" },
	{ "250-\r\n250 b\r\n", SEAL_OK, 250, "b" },
	{ "250-a\r\n250-\r\n250 b\r\n", SEAL_OK, 250, "a\n\nb" },
	{ "250-a\r\n550 b\r\n", SEAL_OK, 550, "a\nb" },
	{ "599 x\r\n", SEAL_OK, 599, "x" },
	{ "200 x\r\n", SEAL_OK, 200, "x" },
	{ "250 a\rb\r\n", SEAL_OK, 250, "a?b" },
	{ "250 a\r\r\n", SEAL_OK, 250, "a?" },
	{ "250 a\x01\x7f\xc3\xbc\r\n", SEAL_OK, 250, "a????" },
	{ "250 a\tb\r\n", SEAL_OK, 250, "a\tb" },
	{ "25", SEAL_PENDING, 0, "" },
	{ "250", SEAL_PENDING, 0, "" },
	{ "250 OK", SEAL_PENDING, 0, "" },
	{ "250 OK\r", SEAL_PENDING, 0, "" },
	{ "250-OK\r\n", SEAL_PENDING, 0, "" },
	{ "199 x\r\n", SEAL_E_PEER, 0, "" },
	{ "600 x\r\n", SEAL_E_PEER, 0, "" },
	{ "000 x\r\n", SEAL_E_PEER, 0, "" },
	{ "25 x\r\n", SEAL_E_PEER, 0, "" },
	{ "2500 x\r\n", SEAL_E_PEER, 0, "" },
	{ "250x\r\n", SEAL_E_PEER, 0, "" },
	{ "250\rx\r\n", SEAL_E_PEER, 0, "" },
	{ "250\r-x\r\n250 x\r\n", SEAL_E_PEER, 0, "" },
	{ "2\r50 x\r\n", SEAL_E_PEER, 0, "" },
	{ "\r\n", SEAL_E_PEER, 0, "" },
	{ "\n", SEAL_E_PEER, 0, "" },
	{ "250-a\r\n\r\n", SEAL_E_PEER, 0, "" },
	{ "HTTP/1.1 400\r\n", SEAL_E_PEER, 0, "" },
	{ "\x15\x03\x01", SEAL_E_PEER, 0, "" },
};

static void
check_got(const struct got *got, const struct read_case *c)
{
	CHECK_EQ(got->status, c->status);
	CHECK_EQ(got->code, c->code);
	CHECK_SPANS(seal_span(got->text, got->text_len),
	            seal_span((const uint8_t *)c->text, strlen(c->text)));
}

TEST(replies_of_any_sanity_are_read_at_any_cut)
{
	for (size_t i = 0; i < sizeof READ_CASES / sizeof READ_CASES[0]; i++) {
		const struct read_case *c = &READ_CASES[i];
		const struct seal_span s = { (const uint8_t *)c->octets, strlen(c->octets) };
		struct got got = read_in_pieces(s, 1, 1);

		check_got(&got, c);
		for (size_t cut = 0; cut <= s.len; cut++) {
			got = read_in_pieces(s, cut, 0);
			check_got(&got, c);
		}
	}
}

TEST(nothing_is_taken_after_a_reply)
{
	const struct got got = read_in_pieces(SEAL_SPAN("250-a\r\n250 b\r\n220 next\r\n"), 0, 0);

	CHECK_EQ(got.taken, 14);
	CHECK_EQ(got.num_lines, 2);
}

/* "250 xxx...CRLF" with `len` octets in all, then status. */
static enum seal_status
status_of_line(size_t len)
{
	static uint8_t line[SEAL_REPLY_LINE_MAX + 2];

	memset(line, 'x', sizeof line);
	memcpy(line, "250 ", 4);
	memcpy(line + len - 2, "\r\n", 2);
	return read_in_pieces(seal_span(line, len), 0, 0).status;
}

TEST(a_line_is_endured_up_to_its_limit)
{
	CHECK_EQ(status_of_line(SEAL_REPLY_LINE_MAX - 1), SEAL_OK);
	CHECK_EQ(status_of_line(SEAL_REPLY_LINE_MAX), SEAL_OK);
	CHECK_EQ(status_of_line(SEAL_REPLY_LINE_MAX + 1), SEAL_E_PEER);
}

static enum seal_status
status_of_lines(unsigned num_lines)
{
	struct seal_reply_reader r;
	struct seal_span line;

	seal_reply_reader_init(&r);
	for (unsigned i = 1; i < num_lines; i++)
		seal_reply_reader_recv(&r, (const uint8_t *)"250-x\r\n", 7, &line);
	seal_reply_reader_recv(&r, (const uint8_t *)"250 x\r\n", 7, &line);
	return seal_reply_reader_status(&r);
}

TEST(lines_are_endured_up_to_their_limit)
{
	CHECK_EQ(status_of_lines(SEAL_REPLY_LINES_MAX - 1), SEAL_OK);
	CHECK_EQ(status_of_lines(SEAL_REPLY_LINES_MAX), SEAL_OK);
	CHECK_EQ(status_of_lines(SEAL_REPLY_LINES_MAX + 1), SEAL_E_PEER);
}

TEST(text_over_its_limit_is_cut)
{
	struct seal_reply_reader r;
	struct seal_span line;
	struct seal_reply reply;

	seal_reply_reader_init(&r);
	for (unsigned i = 0; i < 100; i++)
		seal_reply_reader_recv(&r, (const uint8_t *)"550-0123456789\r\n", 16, &line);
	CHECK_EQ(line.len, 0);
	seal_reply_reader_recv(&r, (const uint8_t *)"550 end\r\n", 9, &line);
	reply = seal_reply_reader_reply(&r);
	CHECK_EQ(reply.code, 550);
	CHECK_EQ(reply.text.len, SEAL_REPLY_TEXT_MAX);
}

TEST(each_line_is_given_when_it_ends)
{
	struct seal_reply_reader r;
	struct seal_span line;

	seal_reply_reader_init(&r);
	seal_reply_reader_recv(&r, (const uint8_t *)"250-gw\r\n", 8, &line);
	CHECK_SPAN(line, "gw");
	seal_reply_reader_recv(&r, (const uint8_t *)"250-SI", 6, &line);
	CHECK_SPAN(line, "");
	seal_reply_reader_forget(&r);
	seal_reply_reader_recv(&r, (const uint8_t *)"ZE 5\r\n", 6, &line);
	CHECK_SPAN(line, "SIZE 5");
	seal_reply_reader_forget(&r);
	seal_reply_reader_recv(&r, (const uint8_t *)"250 DSN\r\n", 9, &line);
	CHECK_SPAN(line, "DSN");
	CHECK_SPAN(seal_reply_reader_reply(&r).text, "DSN");
}

const struct test_case test_reply_cases[] = {
	CASE(one_line_is_written_with_a_space),
	CASE(many_lines_are_written_with_hyphens_but_the_last),
	CASE(a_reply_cut_to_any_room_stays_a_valid_reply),
	CASE(a_line_is_cut_at_512_octets),
	CASE(replies_of_any_sanity_are_read_at_any_cut),
	CASE(nothing_is_taken_after_a_reply),
	CASE(a_line_is_endured_up_to_its_limit),
	CASE(lines_are_endured_up_to_their_limit),
	CASE(text_over_its_limit_is_cut),
	CASE(each_line_is_given_when_it_ends),
	CASE_END
};
