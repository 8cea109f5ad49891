/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - DMARC aggregate reports, which anyone can mail. Promised: texts are printable, also in
 * messages, and the totals are right.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/without_tool.h"
#include "tools/mailseal/reports/evidence.h"

static void
check_text(const char *text)
{
	REQUIRE(text != NULL);
	for (; *text != '\0'; text++)
		REQUIRE(*text >= 0x20 && *text <= 0x7E);
}

static void
report_check_record(const struct aggregate_record *r)
{
	check_text(r->source_ip);
	check_text(r->disposition);
	check_text(r->dkim);
	check_text(r->spf);
	check_text(r->header_from);
	check_text(r->envelope_from);
	check_text(r->reason);
	REQUIRE(r->num_auths <= AGGREGATE_AUTHS_MAX);
	for (size_t i = 0; i < r->num_auths; i++) {
		check_text(r->auths[i].method);
		check_text(r->auths[i].domain);
		check_text(r->auths[i].selector);
		check_text(r->auths[i].result);
	}
}

static void
check_evidence(struct aggregate *reports, bool *repeated, size_t num)
{
	const struct collection c = { .list = reports, .repeated = repeated, .num = num };
	const struct evidence_request request = {
		.domain = reports[0].domain, .days_wanted = 14, .now_s = INT64_C(1800000000)
	};
	struct evidence e;
	uint64_t failed = 0;

	evidence_make(&e, &c, &request);
	for (size_t i = 0; i < e.num_failing; i++) {
		REQUIRE(e.failing[i].failed > 0 && e.failing[i].failed <= e.failing[i].count);
		failed += e.failing[i].failed;
	}
	REQUIRE(e.num_reports < num && failed == e.messages - e.passed && e.ours == 0);
	REQUIRE(e.days <= 8 && e.begin_s <= e.end_s);
	REQUIRE((e.lacks & EVIDENCE_LACKS_DAYS) != 0);
	evidence_free(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct aggregate a;

	if (aggregate_read(&a, "report.xml", seal_span(data, len)) == TOOL_OK) {
		struct aggregate reports[] = { a, a, a };
		bool repeated[] = { false, true, false };
		struct summary s;
		uint64_t count = 0;

		check_text(a.organization);
		check_text(a.report_id);
		check_text(a.begin);
		check_text(a.end);
		check_text(a.domain);
		check_text(a.policy);
		check_text(a.testing);
		REQUIRE(a.num_records <= AGGREGATE_RECORDS_MAX);
		for (size_t i = 0; i < a.num_records; i++)
			report_check_record(&a.records[i]);
		summary_make(&s, reports, repeated, 3, NULL);
		for (size_t i = 0; i < s.num_rows; i++)
			count += s.rows[i].count;
		REQUIRE(count == s.count && s.ours == 0);
		REQUIRE(s.passed <= s.count && s.dkim <= s.passed && s.spf <= s.passed);
		REQUIRE(summary_per_mille(s.passed, s.count) <= 1000);
		summary_free(&s);
		check_evidence(reports, repeated, 3);
	}
	aggregate_free(&a);
	return 0;
}
