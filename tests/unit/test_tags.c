/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/bounds.h"
#include "engine/dkim/tags.h"
#include "tests/unit/test.h"

TEST(tags_share_a_line_until_it_is_full)
{
	uint8_t memory[512];
	struct seal_out out = seal_out(memory, sizeof memory);
	struct seal_tags t;

	seal_tags_begin(&t, &out, SEAL_SPAN("DKIM-Signature"));
	seal_tags_put(&t, SEAL_SPAN("v"), SEAL_SPAN("1"));
	seal_tags_put(&t, SEAL_SPAN("d"), SEAL_SPAN("a-name-that-needs-thirty-octets.example"));
	seal_tags_put(&t, SEAL_SPAN("s"), SEAL_SPAN("s1"));
	seal_tags_put_u64(&t, SEAL_SPAN("t"), 1234567890);
	CHECK_SPAN(seal_out_span(&out),
	           "DKIM-Signature: v=1; d=a-name-that-needs-thirty-octets.example; s=s1;\r\n t=1234567890;");
}

static void
longest_line(struct seal_span text, size_t *longest)
{
	size_t column = 0;

	*longest = 0;
	for (size_t i = 0; i < text.len; i++) {
		column = text.ptr[i] == '\n' ? 0 : column + 1u;
		*longest = column > *longest ? column : *longest;
	}
}

/* Tags of every length, one after the other, at every start column. */
TEST(no_line_passes_78_columns)
{
	for (size_t len = 1; len < 64; len++) {
		uint8_t memory[2048];
		uint8_t value[64];
		struct seal_out out = seal_out(memory, sizeof memory);
		struct seal_tags t;
		size_t longest;

		memset(value, 'x', sizeof value);
		seal_tags_begin(&t, &out, SEAL_SPAN("X"));
		for (unsigned i = 0; i < 5; i++) {
			seal_tags_put(&t, SEAL_SPAN("ab"), seal_span(value, len));
			seal_tags_tag(&t, SEAL_SPAN("h"));
			seal_tags_token(&t, seal_span(value, len));
			seal_tags_colon(&t);
			seal_tags_token(&t, seal_span(value, len / 2u));
			seal_tags_end_tag(&t);
			seal_tags_tag(&t, SEAL_SPAN("b"));
			seal_tags_octets(&t, seal_span(value, len));
			seal_tags_octets(&t, seal_span(value, sizeof value));
			seal_tags_end_tag(&t);
		}
		longest_line(seal_out_span(&out), &longest);
		CHECK(longest <= SEAL_COLUMN_MAX + 1u); /* CR is no column */
		CHECK(!out.overflow);
	}
}

TEST(a_token_longer_than_a_line_stays_whole)
{
	uint8_t memory[512];
	uint8_t value[200];
	struct seal_out out = seal_out(memory, sizeof memory);
	struct seal_tags t;

	memset(value, 'x', sizeof value);
	seal_tags_begin(&t, &out, SEAL_SPAN("X"));
	seal_tags_put(&t, SEAL_SPAN("d"), seal_span(value, sizeof value));
	seal_tags_put(&t, SEAL_SPAN("s"), SEAL_SPAN("y"));
	CHECK_EQ(out.len, 2u + 3u + 2u + sizeof value + 1u + 3u + 4u);
	CHECK_SPAN(seal_span_from(seal_out_span(&out), out.len - 9u), "x;\r\n s=y;");
}

const struct test_case test_tags_cases[] = {
	CASE(tags_share_a_line_until_it_is_full),
	CASE(no_line_passes_78_columns),
	CASE(a_token_longer_than_a_line_stays_whole),
	CASE_END
};
