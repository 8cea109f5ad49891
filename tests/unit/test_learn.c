/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/out.h"
#include "engine/gateway/learn.h"
#include "tests/unit/test.h"

#define CAP 3u

static struct seal_learn_entry entries[CAP];
static struct seal_learn table;

static void
learn_note(const char *domain, uint32_t address, unsigned times, uint64_t now_ms)
{
	const struct seal_ip ip = seal_ip_v4(address);

	while (times-- > 0)
		seal_learn_note(&table, seal_span((const uint8_t *)domain, strlen(domain)), &ip, now_ms);
}

/* "domain address count " of each, in the order of the report. */
static void
check_report(const char *want)
{
	const struct seal_learn_entry *e = NULL;
	uint8_t buf[128];
	struct seal_out out = seal_out(buf, sizeof buf);

	for (size_t i = 0; i <= CAP && (e = seal_learn_next(&table, e)) != NULL; i++) {
		seal_out_span_put(&out, seal_learn_domain(e));
		seal_out_octet(&out, ' ');
		seal_out_u64(&out, seal_ip_to_v4(&e->address));
		seal_out_octet(&out, ' ');
		seal_out_u64(&out, e->count);
		seal_out_octet(&out, ' ');
	}
	CHECK(e == NULL);
	CHECK_SPANS(seal_out_span(&out), seal_span((const uint8_t *)want, strlen(want)));
}

TEST(pairs_are_counted_and_reported_most_frequent_first)
{
	seal_learn_init(&table, entries, CAP);
	check_report("");
	learn_note("a.example", 1, 1, 10);
	learn_note("a.example", 2, 5, 20);
	learn_note("A.example", 1, 1, 30);
	learn_note("", 9, 2, 40);
	check_report("a.example 2 5 a.example 1 2  9 2 ");
	CHECK_EQ(entries[0].last_ms, 30);
	CHECK_EQ(table.replaced, 0);
}

TEST(the_least_frequent_pair_is_replaced_first_then_the_oldest)
{
	seal_learn_init(&table, entries, CAP);
	learn_note("a", 1, 2, UINT64_MAX - 5);
	learn_note("b", 1, 1, UINT64_MAX); /* the clock wraps between b and c */
	learn_note("c", 1, 1, 3);
	learn_note("d", 1, 1, 4);
	check_report("a 1 2 d 1 1 c 1 1 ");
	learn_note("e", 1, 1, 5);
	check_report("a 1 2 d 1 1 e 1 1 ");
	CHECK_EQ(table.replaced, 2);
}

TEST(frequent_pairs_stay_under_any_flood)
{
	char name[] = "aaa";

	seal_learn_init(&table, entries, CAP);
	learn_note("printer", 1, 2, 0);
	learn_note("scanner", 2, 3, 0);
	for (unsigned i = 0; i < 26 * 26; i++) {
		name[0] = (char)('a' + (char)(i / 26));
		name[1] = (char)('a' + (char)(i % 26));
		learn_note(name, i, 1, i);
	}
	check_report("scanner 2 3 printer 1 2 zza 675 1 ");
}

TEST(a_count_stays_at_its_greatest_and_a_long_name_is_only_counted)
{
	static const char longest[] = "abcdefghij" "abcdefghij" "abcdefghij" "abcdefghij" "abcdefghij"
	                              "abcdefghij" "abcdefghij" "abcdefghij" "abcdefghij" "abcdefghij" "x";

	seal_learn_init(&table, entries, CAP);
	learn_note(longest + 1, 1, 1, 0);
	CHECK_EQ(entries[0].domain_len, SEAL_LEARN_DOMAIN_MAX);
	learn_note(longest, 1, 2, 0);
	CHECK_EQ(table.num, 1);
	CHECK_EQ(table.too_long, 2);
	entries[0].count = UINT32_MAX;
	learn_note(longest + 1, 1, 1, 0);
	CHECK_EQ(entries[0].count, UINT32_MAX);
}

TEST(the_table_may_be_missing)
{
	seal_learn_init(&table, NULL, 0);
	learn_note("a", 1, 3, 0);
	CHECK(seal_learn_next(&table, NULL) == NULL);
	CHECK_EQ(table.replaced, 0);
}

const struct test_case test_learn_cases[] = {
	CASE(pairs_are_counted_and_reported_most_frequent_first),
	CASE(the_least_frequent_pair_is_replaced_first_then_the_oldest),
	CASE(frequent_pairs_stay_under_any_flood),
	CASE(a_count_stays_at_its_greatest_and_a_long_name_is_only_counted),
	CASE(the_table_may_be_missing),
	CASE_END
};
