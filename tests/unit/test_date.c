/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/num.h"
#include "engine/mail/date.h"
#include "tests/unit/test.h"

/* With GNU date: `date -u -R -d @SECONDS` */
TEST(dates_are_those_of_rfc_5322)
{
	static const struct {
		uint64_t unix_s;
		const char *date;
	} VECTORS[] = {
		{ 0, "Thu, 1 Jan 1970 00:00:00 +0000" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 +0000" },
		{ 951868799, "Tue, 29 Feb 2000 23:59:59 +0000" },
		{ 951868800, "Wed, 1 Mar 2000 00:00:00 +0000" },
		{ 1763773200, "Sat, 22 Nov 2025 01:00:00 +0000" },
		{ 2147483648, "Tue, 19 Jan 2038 03:14:08 +0000" },
		{ 4107542400, "Mon, 1 Mar 2100 00:00:00 +0000" },
		{ 4294967296, "Sun, 7 Feb 2106 06:28:16 +0000" },
		{ 253402300799, "Fri, 31 Dec 9999 23:59:59 +0000" },
		{ 253402300800, "Fri, 31 Dec 9999 23:59:59 +0000" },
		{ UINT64_MAX, "Fri, 31 Dec 9999 23:59:59 +0000" }
	};

	for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++) {
		uint8_t memory[48];
		struct seal_out out = seal_out(memory, sizeof memory);

		seal_date_put(&out, VECTORS[i].unix_s);
		CHECK_SPANS(seal_out_span(&out), seal_span_text(VECTORS[i].date));
	}
}

/* With GNU date: `date -u -d DATE +%s`, over 86400 */
TEST(a_date_is_a_number_of_days)
{
	static const struct {
		const char *date;
		uint32_t days; /* 0: none */
	} VECTORS[] = {
		{ "1970-01-02", 1 }, { "1970-03-01", 59 }, { "1972-02-29", 789 }, { "1999-12-31", 10956 },
		{ "2000-02-29", 11016 }, { "2000-03-01", 11017 }, { "2026-11-28", 20785 }, { "2038-01-19", 24855 },
		{ "2100-02-28", 47540 }, { "2100-03-01", 47541 }, { "9999-12-31", 2932896 },
		{ "1970-01-01", 0 }, { "1969-12-31", 0 }, { "2100-02-29", 0 }, { "2026-02-29", 0 },
		{ "2026-04-31", 0 }, { "2026-00-10", 0 }, { "2026-13-10", 0 }, { "2026-10-00", 0 },
		{ "2026-10-32", 0 }, { "2026-1-01", 0 }, { "2026/10/10", 0 }, { "2026-10-1 ", 0 },
		{ "+026-10-10", 0 }, { "2026-10-10 ", 0 }, { "2026-10-1", 0 }, { "", 0 }
	};

	for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++) {
		uint32_t days = 0;
		const bool ok = seal_date_day(seal_span_text(VECTORS[i].date), &days);

		if (!CHECK_EQ(ok, VECTORS[i].days != 0) || (ok && !CHECK_EQ(days, VECTORS[i].days)))
			CHECK_SPANS(seal_span_text(VECTORS[i].date), seal_span_text("is the one"));
	}
}

/* Each reads what the other writes. */
TEST(every_day_is_read_as_it_is_written)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (uint32_t day = 1; day < 150000; day++) {
		uint8_t memory[48], iso[10];
		struct seal_out out = seal_out(memory, sizeof memory);
		struct seal_out text = seal_out(iso, sizeof iso);
		struct seal_span rest;
		uint64_t of_month = 0, month = 0;
		uint32_t found = 0;

		seal_date_put(&out, day * UINT64_C(86400));
		rest = seal_span_from(seal_out_span(&out), 5);
		(void)seal_num_u64(seal_span_first(rest, seal_span_find(rest, ' ')), &of_month);
		rest = seal_span_from(rest, seal_span_find(rest, ' ') + 1);
		while (memcmp(names + 3u * month, rest.ptr, 3) != 0)
			month++;
		seal_out_span_put(&text, seal_span(rest.ptr + 4, 4));
		seal_out_text(&text, "-");
		seal_out_u64_padded(&text, month + 1u, 2);
		seal_out_text(&text, "-");
		seal_out_u64_padded(&text, of_month, 2);
		if (!seal_date_day(seal_out_span(&text), &found) || found != day)
			CHECK_EQ(found, day);
	}
	CHECK(true);
}

const struct test_case test_date_cases[] = {
	CASE(dates_are_those_of_rfc_5322),
	CASE(a_date_is_a_number_of_days),
	CASE(every_day_is_read_as_it_is_written),
	CASE_END
};
