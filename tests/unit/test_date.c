/* SPDX-License-Identifier: Apache-2.0 */
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
		{ 253402300799, "Fri, 31 Dec 9999 23:59:59 +0000" }
	};

	for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++) {
		uint8_t memory[48];
		struct seal_out out = seal_out(memory, sizeof memory);

		seal_date_put(&out, VECTORS[i].unix_s);
		CHECK_SPANS(seal_out_span(&out), seal_span_text(VECTORS[i].date));
	}
}

const struct test_case test_date_cases[] = {
	CASE(dates_are_those_of_rfc_5322),
	CASE_END
};
