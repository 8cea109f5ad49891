/* SPDX-License-Identifier: Apache-2.0
 *
 * keyrec.c - records of public keys, read by the gateway and judged by the tool. Promised: the key
 * lies in the record; a record without fault that holds a digest is no syntax error to the judge.
 */
#include "engine/dkim/keyrec.h"
#include "tests/fuzz/fuzz.h"
#include "tools/mailseal/records/dkim.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct seal_span text = seal_span(data, len);
	const struct dkim_expect expect = { { NULL, 0 }, false };
	struct findings findings = { NULL, 0, 0 };
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_keyrec rec;
	const enum seal_keyrec_fault fault = seal_keyrec_read(&rec, text);
	bool usable = false;

	REQUIRE(fault < SEAL_KEYREC_BASE64 && seal_keyrec_fault_text(fault)[0] != '\0');
	if (fault == SEAL_KEYREC_FINE) {
		REQUIRE(fuzz_within(rec.key, text));
		usable = seal_keyrec_digest(&rec, digest);
		REQUIRE(!usable || rec.key.len > 0);
	}
	dkim_judge_text(text, "s1._domainkey.example.com", &expect, &findings);
	for (size_t i = 0; i < findings.num; i++) {
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].found)));
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].expected)));
	}
	if (usable) {
		REQUIRE(!findings_has(&findings, FINDING_DKIM_SYNTAX));
		REQUIRE(!findings_has(&findings, FINDING_DKIM_NOT_BASE64));
		REQUIRE(!findings_has(&findings, FINDING_DKIM_REVOKED));
		REQUIRE(!findings_has(&findings, FINDING_DKIM_NO_P));
	}
	findings_free(&findings);
	return 0;
}
