/* SPDX-License-Identifier: Apache-2.0
 *
 * test_log_queue.c - lines that wait for the log server, and their headers (RFC 5424).
 */
#include "port/gateway/log_queue.h"
#include "tests/unit/test.h"

static enum seal_log_severity
severity_of(const char *line)
{
	return seal_log_severity_of(seal_span_text(line));
}

TEST(the_verdict_decides_the_severity)
{
	CHECK_EQ(severity_of("id=1 verdict=delivered code=250"), SEAL_LOG_INFO);
	CHECK_EQ(severity_of("id=1 verdict=aborted"), SEAL_LOG_INFO);
	CHECK_EQ(severity_of("id=1 verdict=refused code=550"), SEAL_LOG_NOTICE);
	CHECK_EQ(severity_of("id=1 verdict=deferred code=451"), SEAL_LOG_WARNING);
	CHECK_EQ(severity_of("id=1 verdict=in-doubt code=451"), SEAL_LOG_WARNING);
	CHECK_EQ(severity_of("id=1 verdict=deferred alarm=yes code=451"), SEAL_LOG_ALERT);
	CHECK_EQ(severity_of("alarm=yes"), SEAL_LOG_ALERT);
	CHECK_EQ(severity_of("alarm=yes spool=\"no card\""), SEAL_LOG_ALERT);
	CHECK_EQ(severity_of("stats connections=1"), SEAL_LOG_INFO);
	CHECK_EQ(severity_of(""), SEAL_LOG_INFO);
	CHECK_EQ(severity_of(" "), SEAL_LOG_INFO);
}

TEST(a_peer_does_not_decide_the_verdict)
{
	CHECK_EQ(severity_of("id=1 verdict=refused text=\"x alarm=yes \""), SEAL_LOG_NOTICE);
	CHECK_EQ(severity_of("id=1 verdict=delivered from=alarm=yes"), SEAL_LOG_INFO);
	CHECK_EQ(severity_of("id=1 verdict=delivered from=verdict=refused"), SEAL_LOG_INFO);
	CHECK_EQ(severity_of("id=1 verdict=delivered text=\"\" alarm=yes"), SEAL_LOG_INFO);
	CHECK_EQ(severity_of("id=1 xalarm=yes alarm=yess"), SEAL_LOG_INFO);
}

static struct seal_span
header_of(const struct seal_log_entry *entry)
{
	static uint8_t text[SEAL_LOG_HEADER_MAX(14)];
	struct seal_out out = seal_out(text, sizeof text);

	seal_log_header(&out, entry, SEAL_SPAN("gw.example.com"));
	CHECK(!out.overflow);
	return seal_out_span(&out);
}

TEST(a_header_is_of_rfc_5424)
{
	struct seal_log_entry entry = { .now_s = 1795310163, .severity = SEAL_LOG_INFO };

	CHECK_SPAN(header_of(&entry), "<22>1 2026-11-22T01:16:03Z gw.example.com mailseal - - - ");
	entry.severity = SEAL_LOG_ALERT;
	CHECK_SPAN(header_of(&entry), "<17>1 2026-11-22T01:16:03Z gw.example.com mailseal - - - ");
	entry.severity = SEAL_LOG_WARNING;
	entry.num_lost = 12;
	CHECK_SPAN(header_of(&entry), "<20>1 2026-11-22T01:16:03Z gw.example.com mailseal - - - lost-lines=12 ");
}

TEST(without_a_clock_no_date_is_added)
{
	const struct seal_log_entry entry = { .severity = SEAL_LOG_NOTICE };

	CHECK_SPAN(header_of(&entry), "<21>1 - gw.example.com mailseal - - - ");
}

TEST(dates_are_right)
{
	static const struct {
		uint64_t now_s;
		char text[21];
	} dates[] = {
		{ 1, "1970-01-01T00:00:01Z" },
		{ 951782399, "2000-02-28T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 951868800, "2000-03-01T00:00:00Z" },
		{ 1735689599, "2024-12-31T23:59:59Z" },
		{ 1735689600, "2025-01-01T00:00:00Z" },
		{ 1735693200, "2025-01-01T01:00:00Z" },
		{ 1767225599, "2025-12-31T23:59:59Z" },
		{ 1767225600, "2026-01-01T00:00:00Z" },
		{ 1772323199, "2026-02-28T23:59:59Z" },
		{ 1772323200, "2026-03-01T00:00:00Z" },
		{ 2085978496, "2036-02-07T06:28:16Z" },
		{ 4102444799, "2099-12-31T23:59:59Z" },
		{ 4107542399, "2100-02-28T23:59:59Z" },
		{ 4107542400, "2100-03-01T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
	};

	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		const struct seal_log_entry entry = { .now_s = dates[i].now_s, .severity = SEAL_LOG_INFO };

		CHECK_SPANS(seal_span(header_of(&entry).ptr + 6, 20), seal_span_text(dates[i].text));
	}
}

TEST(the_largest_header_fits)
{
	static uint8_t text[SEAL_LOG_HEADER_MAX(255)];
	static uint8_t name[255];
	const struct seal_log_entry entry = { .now_s = UINT64_MAX, .num_lost = UINT32_MAX,
	                                      .severity = SEAL_LOG_ALERT };
	struct seal_out out = seal_out(text, sizeof text);

	memset(name, 'n', sizeof name);
	seal_log_header(&out, &entry, seal_span(name, sizeof name));
	CHECK(!out.overflow);
}

/* Take the oldest line, in one piece, from the queue. */
static struct seal_span
next_line(struct seal_log_queue *q, uint8_t *text)
{
	struct seal_log_entry entry;

	if (!CHECK(seal_log_queue_first(q, &entry)))
		return seal_span(NULL, 0);
	memcpy(text, entry.pieces[0].ptr, entry.pieces[0].len);
	if (entry.pieces[1].len > 0)
		memcpy(text + entry.pieces[0].len, entry.pieces[1].ptr, entry.pieces[1].len);
	seal_log_queue_drop(q);
	return seal_span(text, entry.pieces[0].len + entry.pieces[1].len);
}

TEST(lines_come_out_as_they_went_in)
{
	uint8_t memory[100], text[100];
	struct seal_log_queue q;
	struct seal_log_entry entry;

	seal_log_queue_init(&q, memory, sizeof memory);
	CHECK(!seal_log_queue_first(&q, &entry));
	CHECK(seal_log_queue_put(&q, SEAL_SPAN("id=1 verdict=refused"), 0x0102030405060708u));
	CHECK(seal_log_queue_put(&q, SEAL_SPAN(""), 0));
	CHECK(seal_log_queue_put(&q, SEAL_SPAN("second"), 7));
	CHECK(seal_log_queue_first(&q, &entry));
	CHECK_EQ(entry.now_s, 0x0102030405060708u);
	CHECK_EQ(entry.severity, SEAL_LOG_NOTICE);
	CHECK_EQ(entry.num_lost, 0);
	CHECK_SPAN(next_line(&q, text), "id=1 verdict=refused");
	CHECK_SPAN(next_line(&q, text), "");
	CHECK(seal_log_queue_first(&q, &entry));
	CHECK_EQ(entry.now_s, 7);
	CHECK_EQ(entry.severity, SEAL_LOG_INFO);
	CHECK_SPAN(next_line(&q, text), "second");
	CHECK(!seal_log_queue_first(&q, &entry));
}

/* Every length at every place of rings of every size, filled until nothing fits. */
TEST(lines_survive_the_end_of_the_ring)
{
	uint8_t memory[64 + 1], text[64];

	for (size_t cap = 0; cap <= 64; cap++) {
		struct seal_log_queue q;
		uint8_t in = 0, out = 0;

		seal_log_queue_init(&q, memory, cap);
		memory[cap] = 0xa5;
		for (unsigned round = 0; round < 200; round++) {
			uint8_t line[16];
			struct seal_span got;

			memset(line, in, sizeof line);
			while (seal_log_queue_put(&q, seal_span(line, in % 16u), in)) {
				in++;
				memset(line, in, sizeof line);
			}
			if (in == out)
				break;      /* the ring is too small for the next line */
			got = next_line(&q, text);
			CHECK_EQ(got.len, out % 16u);
			for (size_t i = 0; i < got.len; i++)
				CHECK_EQ(got.ptr[i], out);
			out++;
		}
		CHECK_EQ(memory[cap], 0xa5);
	}
}

TEST(a_long_line_fills_the_ring_exactly)
{
	uint8_t memory[700 + SEAL_LOG_QUEUE_COST], line[701], text[700];
	struct seal_log_queue q;

	memset(line, 'l', sizeof line);
	seal_log_queue_init(&q, memory, sizeof memory);
	CHECK(!seal_log_queue_put(&q, seal_span(line, 701), 0));
	CHECK(seal_log_queue_put(&q, seal_span(line, 700), 0));
	CHECK_SPANS(next_line(&q, text), seal_span(line, 700));
	CHECK(seal_log_queue_put(&q, seal_span(line, 300), 0));
	CHECK_SPANS(next_line(&q, text), seal_span(line, 300));
	CHECK(seal_log_queue_put(&q, seal_span(line, 700), 0));     /* over the end of the memory */
	CHECK_SPANS(next_line(&q, text), seal_span(line, 700));
}

TEST(lost_lines_are_counted_until_they_are_reported)
{
	uint8_t memory[32], text[32];
	struct seal_log_queue q;
	struct seal_log_entry entry;

	seal_log_queue_init(&q, memory, sizeof memory);
	CHECK(seal_log_queue_put(&q, SEAL_SPAN("0123456789"), 1));
	CHECK(!seal_log_queue_put(&q, SEAL_SPAN("x"), 1));
	CHECK(!seal_log_queue_put(&q, SEAL_SPAN("y"), 1));
	CHECK(seal_log_queue_first(&q, &entry));
	CHECK_EQ(entry.num_lost, 2);
	CHECK(seal_log_queue_first(&q, &entry));
	CHECK_EQ(entry.num_lost, 2);
	CHECK_SPAN(next_line(&q, text), "0123456789");
	CHECK(seal_log_queue_put(&q, SEAL_SPAN("z"), 1));
	CHECK(seal_log_queue_first(&q, &entry));
	CHECK_EQ(entry.num_lost, 0);
}

TEST(a_queue_without_memory_only_counts)
{
	struct seal_log_queue q;
	struct seal_log_entry entry;

	seal_log_queue_init(&q, NULL, 0);
	CHECK(!seal_log_queue_put(&q, SEAL_SPAN(""), 0));
	CHECK_EQ(q.num_lost, 1);
	CHECK(!seal_log_queue_first(&q, &entry));
}

const struct test_case test_log_queue_cases[] = {
	CASE(the_verdict_decides_the_severity),
	CASE(a_peer_does_not_decide_the_verdict),
	CASE(a_header_is_of_rfc_5424),
	CASE(without_a_clock_no_date_is_added),
	CASE(dates_are_right),
	CASE(the_largest_header_fits),
	CASE(lines_come_out_as_they_went_in),
	CASE(lines_survive_the_end_of_the_ring),
	CASE(a_long_line_fills_the_ring_exactly),
	CASE(lost_lines_are_counted_until_they_are_reported),
	CASE(a_queue_without_memory_only_counts),
	CASE_END
};
