/* SPDX-License-Identifier: Apache-2.0
 *
 * keyrec.c - key records, judged by a gateway and explained by the tool. Promised: the key lies in the
 * record; the tool finds an error if and only if the gateway does not sign.
 */
#include "tests/fuzz/fuzz.h"
#include "tools/mailseal/records/dkim.h"

#define RECORDS_MAX 3u

static const char *const CONFIGS[] = {
	"[gateway]\nhostname=a.example\nnext-hop=b.example\n[domain a.example]\nselector=s\nkey=k\nactivation=dns\n",
	"[gateway]\nhostname=a.example\nnext-hop=b.example\n[domain a.example]\nselector=s\nkey=k\nactivation=dns\n"
	"identity=@b.a.example\n"
};

/* The decision of a gateway with this public key. */
static enum seal_keyring_seen
ask_gateway(const struct dns_answer *answer, struct seal_span public_key, bool identity_below)
{
	static struct seal_config_domain domain;
	struct seal_config config = { .domains = &domain, .domains_cap = 1 };
	struct seal_config_error error;
	struct seal_keyring_entry entry;
	struct seal_keyring ring;
	const struct seal_keyring_answer found = {
		.outcome = SEAL_DNS_FOUND, .num_records = answer->num_records, .text = answer->records[0].data
	};

	REQUIRE(seal_config_parse(&config, seal_span_text(CONFIGS[identity_below]), &error) == SEAL_OK);
	seal_keyring_init(&ring, &config, &entry, 0);
	if (public_key.len > 0)
		seal_keyring_set_key(&ring, 0, public_key);
	seal_keyring_answer(&ring, 0, &found, 0);
	return (enum seal_keyring_seen)entry.seen;
}

static void
judge(const struct dns_answer *answer, const struct dkim_expect *expect)
{
	const enum seal_keyring_seen seen = ask_gateway(answer, expect->public_key, expect->identity_below);
	struct findings findings = { NULL, 0, 0 };

	REQUIRE(expect->public_key.len == 0 || dkim_verdict(answer, expect).seen == seen);
	REQUIRE(seen != SEAL_KEYRING_OURS || expect->public_key.len > 0);
	dkim_explain(answer, "s._domainkey.a.example", expect, &findings);
	for (size_t i = 0; i < findings.num; i++) {
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].found)));
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].expected)));
		REQUIRE(!fuzz_has_control(seal_span_text(findings.list[i].reason)));
	}
	REQUIRE(findings_count(&findings, 0, SEVERITY_ERROR) ==
	        (dkim_verdict(answer, expect).seen != SEAL_KEYRING_OURS));
	findings_free(&findings);
}

/* Our key is the key in the record, so that most records are valid apart from their other tags. */
static void
judge_as_own(const struct dns_answer *answer, bool identity_below)
{
	uint8_t buf[PUBKEY_MAX + 64];
	struct seal_out der = seal_out(buf, sizeof buf);
	struct dkim_expect expect = { { NULL, 0 }, identity_below };
	struct seal_span text = answer->records[0].data;
	struct pubkey key;
	size_t at = 0;

	while (at + 2 < text.len && memcmp(text.ptr + at, "p=", 2) != 0)
		at++;
	text = seal_span_from(text, at + 2);
	if (pubkey_read(&key, seal_span_first(text, seal_span_find(text, ';'))) == PUBKEY_FINE && key.rsa.len > 0) {
		pubkey_put(&key, &der);
		expect.public_key = seal_out_span(&der);
	}
	judge(answer, &expect);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal_span rest = seal_span(data, len);
	const unsigned choice = fuzz_choice(&rest);
	struct dns_record records[RECORDS_MAX];
	struct dns_answer answer = { .status = DNS_FOUND, .records = records, .zone = "", .alias = "" };
	const struct dkim_expect expect = { { NULL, 0 }, choice >> 7 != 0 };
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_keyrec rec;

	answer.num_records = (choice & 0x60u) == 0x60u ? 1 + choice % RECORDS_MAX : 1;
	for (size_t i = 0; i < answer.num_records; i++)
		records[i].data = fuzz_piece(&rest, i + 1 == answer.num_records ? rest.len : rest.len / 2);
	if (seal_keyrec_read(&rec, records[0].data) == SEAL_KEYREC_FINE) {
		REQUIRE(fuzz_within(rec.key, records[0].data));
		REQUIRE(!seal_keyrec_digest(&rec, digest) || rec.key.len > 0);
	}
	judge(&answer, &expect);
	judge_as_own(&answer, expect.identity_below);
	for (size_t i = 0; i < answer.num_records; i++)
		fuzz_free(records[i].data);
	return 0;
}
