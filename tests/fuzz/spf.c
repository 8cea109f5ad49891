/* SPDX-License-Identifier: Apache-2.0
 *
 * spf.c - SPF records, in a DNS made from the input. Promised: a malformed record is a permanent error,
 * work is bounded, and records that we write are well formed.
 */
#include "tests/fuzz/answers.h"
#include "tools/mailseal/records/spf_judge.h"

static struct answers answers;

static void
step(void *ctx, const struct spf_step *s)
{
	(void)ctx;
	REQUIRE(s->depth <= SPF_DEPTH_MAX && s->lookups <= SPF_COUNT_MAX && s->target != NULL);
}

static void
merge(struct seal_span record)
{
	static const char *const terms[] = { "ip4:192.0.2.1", "include:_spf.example.net" };
	char *merged = NULL, *again = NULL;
	struct seal_span wrong;
	const char *why;

	if (spf_merge(record, terms, 2, &merged, &wrong, &why) == SPF_MERGED) {
		REQUIRE(spf_check_syntax(seal_span_text(merged), &wrong, &why));
		REQUIRE(spf_merge(seal_span_text(merged), terms, 2, &again, &wrong, &why) == SPF_MERGE_SAME);
	}
	free(merged);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct findings findings = { NULL, 0, 0 };
	struct spf_address address;
	struct spf_sender sender;
	struct spf_verdict verdict;
	struct seal_span record, wrong;
	const char *why;
	char *flat;
	unsigned choice;

	answers.in = seal_span(data, len);
	choice = fuzz_choice(&answers.in);
	record = answers_line(&answers.in);
	REQUIRE(spf_address_parse(choice & 1u ? SEAL_SPAN("192.0.2.1") : SEAL_SPAN("2001:db8::1"), &address));
	REQUIRE(spf_sender_parse("192.0.2.7", &sender));

	const struct spf_query query = {
		.lookup = { answers_ask, &answers },
		.domain = "example.com",
		.sender = choice & 2u ? "user+x@example.com" : NULL,
		.helo = choice & 4u ? "mail.example.com" : NULL,
		.address = choice & 8u ? &address : NULL,
		.record = record,
		.visit = step,
	};

	verdict = spf_check(&query);
	REQUIRE(verdict.why != NULL && spf_result_text(verdict.result)[0] != '\0');
	REQUIRE(verdict.lookups <= SPF_COUNT_MAX + 1);
	if (spf_is_record(record)) {
		if (!spf_check_syntax(record, &wrong, &why)) {
			REQUIRE(fuzz_within(wrong, record) && why != NULL);
			REQUIRE(verdict.result == SPF_PERMERROR);
		}
		merge(record);
	}
	spf_judge(&query, &sender, 1, &findings);
	flat = spf_flatten(query.lookup, "example.com", &findings);
	if (flat != NULL)
		REQUIRE(spf_check_syntax(seal_span_text(flat), &wrong, &why));
	free(flat);
	for (size_t i = 0; i < findings.num; i++)
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].found)));
	findings_free(&findings);
	answers_free(&answers);
	fuzz_free(record);
	return 0;
}
