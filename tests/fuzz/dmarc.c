/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc.c - DMARC records, in a DNS made from the input. Promised: values lie in the record, the walk is
 * bounded, and a record with a changed policy has that policy.
 */
#include "tests/fuzz/answers.h"
#include "tools/mailseal/records/dmarc.h"

static struct answers answers;

static void
fuzz_record(struct seal_span text)
{
	struct dmarc_record record, again;
	struct findings findings = { NULL, 0, 0 };
	struct seal_span list, uri;
	char domain[DNS_NAME_SIZE];
	char *value;

	dmarc_is_meant(text);
	if (!dmarc_is_record(text))
		return;
	dmarc_parse(text, &record, "_dmarc.example.com", &findings);
	REQUIRE(fuzz_within(record.rua, text) && fuzz_within(record.ruf, text));
	list = record.rua;
	while (dmarc_next_uri(&list, &uri, domain))
		REQUIRE(fuzz_within(uri, record.rua) && strlen(domain) <= DNS_NAME_MAX);
	for (size_t i = 0; i < findings.num; i++)
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].found)));
	value = dmarc_value_with(text, DMARC_QUARANTINE, true);
	REQUIRE(dmarc_is_record(seal_span_text(value)));
	dmarc_parse(seal_span_text(value), &again, "_dmarc.example.com", NULL);
	REQUIRE(again.p == DMARC_QUARANTINE && again.testing);
	free(value);
	findings_free(&findings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct dns_lookup lookup = { answers_ask, &answers };
	struct findings findings = { NULL, 0, 0 };
	struct dmarc_walk walk;
	struct seal_span record;

	answers.in = seal_span(data, len);
	record = answers_line(&answers.in);
	fuzz_record(record);
	fuzz_free(record);
	dmarc_judge(lookup, "a.b.c.d.e.f.g.h.i.example.com", &walk, &findings);
	REQUIRE(walk.num_steps <= DMARC_WALK_MAX && walk.organization != NULL);
	dmarc_aligned(lookup, "mail.example.com", "www.example.com", false);
	for (size_t i = 0; i < findings.num; i++)
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].found)));
	findings_free(&findings);
	answers_free(&answers);
	return 0;
}
