/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/header.h"
#include "tests/unit/split.h"
#include "tests/unit/test.h"

static bool
wants_short_list(const void *ctx, struct seal_span name)
{
	(void)ctx;
	return seal_span_equal_nocase(name, SEAL_SPAN("From")) ||
	       seal_span_equal_nocase(name, SEAL_SPAN("Subject")) ||
	       seal_span_equal_nocase(name, SEAL_SPAN("Received"));
}

static const struct seal_header_wanted WANTED = { wants_short_list, NULL };

/* Held fields, each after its index, then the rest of the body and the fault. */
static void
read_header(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	uint8_t work[256];
	struct seal_header h;
	size_t body = 0;

	seal_header_init(&h, work, sizeof work);
	for (unsigned i = 0; i < 3; i++) {
		const struct seal_span piece = split_piece(input, first, second, i);

		body += piece.len - seal_header_recv(&h, WANTED, piece.ptr, piece.len);
	}
	seal_header_finish(&h);
	for (uint32_t i = 0; i < h.num_held; i++) {
		seal_out_u64(out, i);
		seal_out_span_put(out, seal_header_field(&h, i));
	}
	seal_out_octet(out, '|');
	seal_out_u64(out, h.num_fields);
	seal_out_octet(out, '|');
	seal_out_u64(out, body);
	if (h.fault != SEAL_HEADER_FINE) {
		seal_out_text(out, "|fault");
		seal_out_u64(out, h.fault);
		seal_out_octet(out, '@');
		seal_out_u64(out, h.fault_line);
	}
}

static void
check_header(struct seal_span input, struct seal_span want, int line)
{
	uint8_t memory[512];
	struct seal_out out = seal_out(memory, sizeof memory);

	read_header(input, input.len, input.len, &out);
	test_check_span(seal_out_span(&out), want, "header", __FILE__, line);
	split_check(read_header, input, __FILE__, line);
}

#define HEADER(input, want) check_header(SEAL_SPAN(input), SEAL_SPAN(want), __LINE__)

TEST(wanted_fields_are_held_as_they_came)
{
	HEADER("From: a@b\r\nX-Junk: 1\r\nSUBJECT :\r\n x\r\n\ty\r\n\r\nbody\r\n",
	       "0From: a@b\r\n1SUBJECT :\r\n x\r\n\ty\r\n|3|6");
	HEADER("Subject:\r\nFrom:\r\n \r\n\r\n", "0Subject:\r\n1From:\r\n \r\n|2|0");
}

TEST(a_message_may_be_all_header)
{
	HEADER("From: a@b\r\n", "0From: a@b\r\n|1|0");
	HEADER("", "|0|0");
	HEADER("\r\nbody", "|0|4");
	HEADER("X: 1\r\n folded\r\n", "|1|0");
}

TEST(lines_that_are_no_fields_are_named_with_their_number)
{
	HEADER("From: a@b\r\nno colon here\r\n\r\n", "0From: a@b\r\n|2|0|fault1@2");
	HEADER("From x@y Mon Jan 1\r\nFrom: a@b\r\n\r\n", "|2|0|fault1@1");
	HEADER("nocolon\r\n\r\n", "|1|0|fault1@1");
	HEADER("caf\xc3\xa9: 1\r\n\r\n", "|1|0|fault2@1");
	HEADER(": 1\r\n\r\n", "|1|0|fault2@1");
	HEADER(" folded first\r\n\r\n", "|0|0|fault3@1");
	HEADER("X: 1\r\nFrom : a@b\r\n\r\n", "|2|0|fault4@2");
	HEADER("X: a\x01\r\n\r\n", "|1|0|fault5@1");
	HEADER("X: a\x0b\r\n\r\n", "|1|0|fault5@1");
	HEADER("X: unended", "|1|0|fault6@1");
	HEADER("X", "|1|0|fault6@1");
}

TEST(iso_2022_text_may_stand_in_a_field)
{
	HEADER("Subject: \x1b$B\x1b(B\r\n\r\n", "0Subject: \x1b$B\x1b(B\r\n|1|0");
}

TEST(long_names_are_checked_but_never_held)
{
	uint8_t text[128];
	struct seal_header h;
	uint8_t work[64];

	memset(text, 'x', sizeof text);
	memcpy(text + 100, ": 1\r\n\r\n", 7);
	seal_header_init(&h, work, sizeof work);
	CHECK_EQ(seal_header_recv(&h, WANTED, text, 107), 107);
	CHECK(seal_header_ended(&h));
	CHECK_EQ(seal_header_status(&h), SEAL_OK);
	CHECK_EQ(h.num_held, 0);
}

static enum seal_status
status_with_room(size_t room)
{
	static const char MESSAGE[] = "X-Long: 0123456789012345678901234567890123456789\r\nFrom: a@b\r\n\r\n";
	uint8_t work[64];
	struct seal_header h;

	seal_header_init(&h, work, room);
	(void)seal_header_recv(&h, WANTED, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1u);
	CHECK(seal_header_ended(&h));
	return seal_header_status(&h);
}

TEST(only_wanted_fields_need_room)
{
	const size_t need = sizeof "From: a@b\r\n" - 1u + 8u;

	CHECK_EQ(status_with_room(need), SEAL_OK);
	for (size_t room = 0; room < need; room++)
		CHECK_EQ(status_with_room(room), SEAL_E_LIMIT);
}

TEST(fields_and_octets_are_limited)
{
	uint8_t work[16];
	struct seal_header h;

	seal_header_init(&h, work, sizeof work);
	for (unsigned i = 0; i < SEAL_FIELDS_MAX; i++)
		(void)seal_header_recv(&h, WANTED, (const uint8_t *)"X: 1\r\n", 6);
	CHECK_EQ(seal_header_status(&h), SEAL_OK);
	(void)seal_header_recv(&h, WANTED, (const uint8_t *)"X: 1\r\n\r\n", 8);
	CHECK_EQ(h.fault, SEAL_HEADER_TOO_MANY);

	seal_header_init(&h, work, sizeof work);
	(void)seal_header_recv(&h, WANTED, (const uint8_t *)"X: ", 3);
	for (unsigned i = 0; i < SEAL_HEADER_MAX / 8u; i++)
		(void)seal_header_recv(&h, WANTED, (const uint8_t *)"12345678", 8);
	CHECK_EQ(h.fault, SEAL_HEADER_TOO_LONG);
}

TEST(fields_are_found_bottom_up)
{
	static const char MESSAGE[] = "Received: 1\r\nFrom: a@b\r\nreceived: 2\r\nRECEIVED: 3\r\n\r\n";
	uint8_t work[128];
	struct seal_header h;
	uint32_t i;

	seal_header_init(&h, work, sizeof work);
	(void)seal_header_recv(&h, WANTED, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1u);
	CHECK_EQ(h.num_received, 3);
	CHECK_EQ(h.num_from, 1);
	i = h.num_held;
	CHECK(seal_header_find_up(&h, SEAL_SPAN("Received"), &i));
	CHECK_SPAN(seal_field_value(seal_header_field(&h, i)), " 3");
	CHECK(seal_header_find_up(&h, SEAL_SPAN("Received"), &i));
	CHECK_SPAN(seal_field_value(seal_header_field(&h, i)), " 2");
	CHECK(seal_header_find_up(&h, SEAL_SPAN("Received"), &i));
	CHECK_SPAN(seal_field_name(seal_header_field(&h, i)), "Received");
	CHECK(!seal_header_find_up(&h, SEAL_SPAN("Received"), &i));
}

TEST(a_field_of_ours_is_held_last)
{
	uint8_t work[64];
	struct seal_header h;
	uint32_t i;

	seal_header_init(&h, work, sizeof work);
	CHECK_EQ(seal_header_add(&h, SEAL_SPAN("Date: x\r\n")), SEAL_E_CALLER);
	(void)seal_header_recv(&h, WANTED, (const uint8_t *)"From: a@b\r\n\r\n", 13);
	CHECK_EQ(seal_header_add(&h, SEAL_SPAN("Date: x\r\n")), SEAL_OK);
	i = h.num_held;
	CHECK(seal_header_find_up(&h, SEAL_SPAN("date"), &i));
	CHECK_SPAN(seal_header_field(&h, i), "Date: x\r\n");
	CHECK_EQ(seal_header_add(&h, SEAL_SPAN("Subject: this no longer fits\r\n")), SEAL_E_LIMIT);
}

const struct test_case test_header_cases[] = {
	CASE(wanted_fields_are_held_as_they_came),
	CASE(a_message_may_be_all_header),
	CASE(lines_that_are_no_fields_are_named_with_their_number),
	CASE(iso_2022_text_may_stand_in_a_field),
	CASE(long_names_are_checked_but_never_held),
	CASE(only_wanted_fields_need_room),
	CASE(fields_and_octets_are_limited),
	CASE(fields_are_found_bottom_up),
	CASE(a_field_of_ours_is_held_last),
	CASE_END
};
