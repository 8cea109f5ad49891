/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/dkim.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/bounds.h"
#include "tools/mailseal/records/taglist.h"
#include "tools/mailseal/records/verifiers.h"

#define SHOWN_MAX 80u /* characters of a value */

bool
dkim_name(char name[DNS_NAME_SIZE], const char *selector, const char *domain)
{
	char below[DNS_NAME_SIZE];

	name[0] = '\0';
	return name_join(below, "_domainkey", domain) && name_join(name, selector, below);
}

char *
dkim_value(struct seal_span public_key)
{
	const size_t cap = SEAL_BASE64_LEN(public_key.len);
	struct seal_out out = seal_out(malloc(cap + 1), cap);
	char *value;

	if (out.ptr == NULL)
		abort();
	seal_base64_put(&out, public_key);
	value = text_format("v=DKIM1; k=rsa; p=%.*s", (int)out.len, (const char *)out.ptr);
	free(out.ptr);
	return value;
}

bool
dkim_is_meant(struct seal_span text)
{
	struct seal_span value;

	while (text.len > 0 && (text.ptr[0] == '"' || text.ptr[0] == '\\' || seal_is_wsp(text.ptr[0])))
		text = seal_span_from(text, 1);
	if (seal_span_starts_nocase(text, SEAL_SPAN("v=")))
		return seal_span_starts_nocase(text, SEAL_SPAN("v=DKIM"));
	return taglist_find(text, "p", &value);
}

static char *
shown(struct seal_span text)
{
	char *visible = text_visible(seal_span_first(text, SHOWN_MAX));

	if (text.len > SHOWN_MAX)
		text_append(&visible, "... (%zu characters)", text.len);
	return visible;
}

static char *
expected_value(const struct dkim_expect *expect)
{
	return expect->public_key.len > 0 ? dkim_value(expect->public_key)
	                                  : text_format("v=DKIM1; k=rsa; p=...");
}

/* True for text such as "selector1._domainkey.example.net", which is a host name and not a record. */
static bool
is_host_name(struct seal_span text)
{
	unsigned dots = 0;

	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = text.ptr[i];

		dots += c == '.';
		if (!seal_is_let_dig(c) && c != '-' && c != '_' && c != '.')
			return false;
	}
	return dots > 0;
}

static bool
has_octet(struct seal_span text, uint8_t octet)
{
	return seal_span_find(text, octet) < text.len;
}

/* --- the verdict ------------------------------------------------------------------------ */

static void
hash(struct seal_span der, uint8_t digest[SEAL_SHA256_LEN])
{
	struct seal_sha256 sha256;

	seal_sha256_init(&sha256);
	seal_sha256_update(&sha256, der.ptr, der.len);
	seal_sha256_final(&sha256, digest);
}

/* The hash of the key in the record, in the form that the gateway would store. False: the gateway cannot use it. */
static bool
hash_own(struct seal_span text, uint8_t digest[SEAL_SHA256_LEN])
{
	uint8_t buf[PUBKEY_MAX + 64];
	struct seal_out der = seal_out(buf, sizeof buf);
	struct seal_keyrec rec;
	struct pubkey key;

	if (seal_keyrec_read(&rec, text) != SEAL_KEYREC_FINE || pubkey_read(&key, rec.key) != PUBKEY_FINE ||
	    key.rsa.len == 0 || key.bits < SEAL_KEY_BITS_MIN)
		return false;
	pubkey_put(&key, &der);
	hash(seal_out_span(&der), digest);
	return !der.overflow;
}

struct seal_keyring_verdict
dkim_verdict(const struct dns_answer *answer, const struct dkim_expect *expect)
{
	struct seal_keyring_answer seen = { .outcome = SEAL_DNS_NODATA, .num_records = answer->num_records };
	struct seal_keyring_wanted wanted = { .identity_below = expect->identity_below };
	uint8_t digest[SEAL_SHA256_LEN];

	if (answer->num_records > 0) {
		seen.outcome = SEAL_DNS_FOUND;
		seen.text = answer->records[0].data;
	}
	if (expect->public_key.len > 0) {
		hash(expect->public_key, digest);
		wanted.digest = digest;
	} else if (hash_own(seen.text, digest)) {
		wanted.digest = digest;
	}
	return seal_keyring_judge(&wanted, &seen);
}

bool
dkim_read(struct seal_span text, struct pubkey *key)
{
	const struct dns_record record = { .data = text };
	const struct dns_answer answer = { .status = DNS_FOUND, .records = &record, .num_records = 1, .zone = "",
	                                   .alias = "" };
	struct seal_keyrec rec;

	return dkim_verdict(&answer, &(struct dkim_expect){ { NULL, 0 }, false }).seen == SEAL_KEYRING_OURS &&
	       seal_keyrec_read(&rec, text) == SEAL_KEYREC_FINE && pubkey_read(key, rec.key) == PUBKEY_FINE;
}

/* --- explanations ------------------------------------------------------------------------- */

struct case_of {
	const struct dns_answer *answer;
	struct seal_span text;             /* of the first record           */
	const char *name;
	const struct dkim_expect *expect;
	struct pubkey signer;              /* rsa is empty: not known       */
	struct findings *f;
};

static void
read_signer(struct case_of *c)
{
	c->signer = (struct pubkey){ .der_len = c->expect->public_key.len };
	if (c->signer.der_len == 0 || c->signer.der_len > sizeof c->signer.der)
		return;
	memcpy(c->signer.der, c->expect->public_key.ptr, c->signer.der_len);
	(void)pubkey_read_der(&c->signer);
}

static unsigned
refused_by(const struct case_of *c)
{
	return verifiers_refuse(c->text, c->signer.rsa.len > 0 ? &c->signer : NULL, c->expect->identity_below);
}

/* `expected` and `found` are those of findings_add. The reason consists of `rule` and the results of the verifiers. */
static void
add(const struct case_of *c, enum finding_code code, char *expected, char *found, const char *rule)
{
	const unsigned refused = refused_by(c);
	char *const verifiers = verifiers_text(refused);

	findings_add(c->f, code, c->name, expected, found);
	findings_explain(c->f, text_format("%s; %s", rule, verifiers), (int)refused);
	free(verifiers);
}

static struct seal_span
value_of(const struct case_of *c, const char *tag)
{
	struct seal_span value = { c->text.ptr, 0 };

	(void)taglist_find(c->text, tag, &value);
	return value;
}

/* --- good records --------------------------------------------------------------------------- */

/* Adds only warnings and notes, because the gateway signs. */
static void
explain_good(const struct case_of *c, bool testing)
{
	const struct seal_span p = value_of(c, "p");
	struct seal_span value;
	struct pubkey key;

	(void)pubkey_read(&key, p);
	if (!taglist_find(c->text, "v", &value))
		findings_add(c->f, FINDING_DKIM_NO_VERSION, c->name, text_format("v=DKIM1"), NULL);
	if (testing)
		findings_add(c->f, FINDING_DKIM_TESTING, c->name, text_format("no t=y"), shown(value_of(c, "t")));
	if (key.has_blanks)
		findings_add(c->f, FINDING_DKIM_BLANKS, c->name, expected_value(c->expect), shown(p));
	if (key.bits < SEAL_KEY_BITS_GOOD)
		findings_add(c->f, FINDING_DKIM_KEY_WEAK, c->name, text_format("%u bits or more", SEAL_KEY_BITS_GOOD),
		             text_format("%u bits", key.bits));
	if (refused_by(c) != 0)
		add(c, FINDING_DKIM_VERIFIERS, expected_value(c->expect), shown(c->text),
		    "RFC 6376 3.6.1 allows this record");
}

/* --- malformed records ---------------------------------------------------------------------- */

static bool
is_tag_name(struct seal_span name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (!seal_is_let_dig(name.ptr[i]) && name.ptr[i] != '_')
			return false;
	}
	return name.len > 0 && seal_is_alpha(name.ptr[0]);
}

static const char *
rule_of_tag(struct seal_span tag)
{
	struct seal_span name;

	if (tag.len == 0)
		return "a tag is empty: two semicolons in a row, or one at the beginning of the record (RFC 6376 3.2)";
	if (!has_octet(tag, '='))
		return "a tag has no \"=\" (RFC 6376 3.2)";
	name = seal_span_trim(seal_span_first(tag, seal_span_find(tag, '=')));
	if (!is_tag_name(name))
		return "a tag name may contain only letters, digits and \"_\" (RFC 6376 3.2)";
	return "a value contains bytes that are not printable ASCII; n= needs quoted-printable (RFC 6376 3.2, 3.6.1)";
}

static bool
is_plain(struct seal_span tag)
{
	for (size_t i = 0; i < tag.len; i++) {
		if (!seal_is_vchar(tag.ptr[i]) && !seal_is_wsp(tag.ptr[i]) && tag.ptr[i] != '\r' && tag.ptr[i] != '\n')
			return false;
	}
	return true;
}

static void
explain_syntax(const struct case_of *c)
{
	struct seal_span rest = c->text, tag = rest;

	while (seal_span_split(&rest, ';', &tag)) {
		const size_t equals = seal_span_find(tag, '=');

		if (equals == tag.len || !is_tag_name(seal_span_trim(seal_span_first(tag, equals))) || !is_plain(tag))
			break;
	}
	add(c, FINDING_DKIM_SYNTAX, text_format("name=value, each name once"), shown(tag.len > 0 ? tag : c->text),
	    rule_of_tag(tag));
}

static void
explain_twice(const struct case_of *c)
{
	struct seal_span rest = c->text;
	struct taglist_tag tag;

	while (taglist_next(&rest, &tag) && !taglist_is_double(c->text, tag.name))
		;
	add(c, FINDING_DKIM_SYNTAX, text_format("name=value, each name once"), shown(tag.text),
	    "a tag occurs twice, which makes the whole list invalid (RFC 6376 3.2)");
}

static enum finding_code
code_of_key(struct seal_span p)
{
	struct pubkey key;

	switch (pubkey_read(&key, p)) {
	case PUBKEY_HEX:
		return FINDING_DKIM_HEX;
	case PUBKEY_TRUNCATED:
		return FINDING_DKIM_TRUNCATED;
	case PUBKEY_NOT_A_KEY:
		return FINDING_DKIM_NOT_A_KEY;
	case PUBKEY_FINE:
	case PUBKEY_NOT_BASE64:
		break;
	}
	return FINDING_DKIM_NOT_BASE64;
}

/* Explains traces of a web form or a zone file in the text. */
static bool
explain_form(const struct case_of *c)
{
	if (is_host_name(c->text))
		add(c, FINDING_DKIM_ALIAS_AS_TEXT, text_format("CNAME %.*s", (int)c->text.len,
		                                               (const char *)c->text.ptr), shown(c->text),
		    "a host name is not a list of tags (RFC 6376 3.2)");
	else if (has_octet(c->text, '"') || has_octet(c->text, '\\'))
		add(c, FINDING_DKIM_QUOTES, expected_value(c->expect), shown(c->text),
		    "quotation marks and backslashes are not allowed in this record (RFC 6376 3.2, 3.6.1)");
	else
		return false;
	return true;
}

static void
explain_value(const struct case_of *c, enum finding_code code, const char *tag, const char *expected,
              const char *rule)
{
	const struct seal_span value = value_of(c, tag);
	char *const visible = shown(value);

	add(c, code, text_format("%s", expected), text_format("%s=%s", tag, visible), rule);
	free(visible);
}

static void
explain_malformed(const struct case_of *c, enum seal_keyrec_fault fault)
{
	switch (fault) {
	case SEAL_KEYREC_TWICE:
		explain_twice(c);
		return;
	case SEAL_KEYREC_KEY_TYPE:
		explain_value(c, FINDING_DKIM_KEY_TYPE, "k", "k=rsa",
		              "k= must be exactly rsa, in lower case (RFC 6376 3.2, 3.6.1)");
		return;
	case SEAL_KEYREC_HASH:
		explain_value(c, FINDING_DKIM_HASH, "h", "no h=, or h=sha256",
		              "h= must list sha256, in lower case (RFC 6376 3.2, 3.6.1)");
		return;
	case SEAL_KEYREC_SERVICE:
		explain_value(c, FINDING_DKIM_SERVICE, "s", "no s=, s=* or s=email",
		              "s= must list email or *, in lower case (RFC 6376 3.2, 3.6.1)");
		return;
	case SEAL_KEYREC_IDENTITY:
		explain_value(c, FINDING_DKIM_IDENTITY, "t", "no t=s",
		              "with t=s, i= and d= must have the same domain (RFC 6376 3.6.1)");
		return;
	case SEAL_KEYREC_LONG:
		add(c, FINDING_DKIM_LONG, text_format("%u characters at most", SEAL_KEYRING_TEXT_TYPICAL),
		    shown(c->text), "the gateway does not read longer records; small boards read only 624 characters");
		return;
	case SEAL_KEYREC_VERSION:
		if (!explain_form(c))
			explain_value(c, FINDING_DKIM_NOT_DKIM1, "v", "v=DKIM1 as the first tag",
			              "v= must be the first tag and exactly DKIM1 (RFC 6376 3.6.1)");
		return;
	case SEAL_KEYREC_NO_KEY:
		if (!explain_form(c))
			add(c, FINDING_DKIM_NO_P, expected_value(c->expect), shown(c->text),
			    "p= is required, in lower case (RFC 6376 3.2, 3.6.1)");
		return;
	case SEAL_KEYREC_BASE64:
		if (!explain_form(c))
			add(c, code_of_key(value_of(c, "p")), expected_value(c->expect), shown(value_of(c, "p")),
			    "p= must be base64 with exactly the necessary padding (RFC 6376 2.10, RFC 4648 4)");
		return;
	case SEAL_KEYREC_SYNTAX:
	case SEAL_KEYREC_FINE:
		break;
	}
	if (!explain_form(c))
		explain_syntax(c);
}

/* --- another key, or another encoding ---------------------------------------------------------- */

static const char *
rule_of_form(const struct pubkey *key)
{
	if (key->form == PUBKEY_PKCS1)
		return "RFC 6376 3.6.1 allows a bare RSAPublicKey, but in practice p= is a SubjectPublicKeyInfo";
	if (!key->has_null)
		return "the algorithm in p= has no NULL parameters (RFC 3279 2.3.1)";
	return "p= is not the DER encoding of the key (X.690 10): some bytes differ or are superfluous";
}

static void
explain_other(const struct case_of *c)
{
	const struct seal_span p = value_of(c, "p");
	const bool is_known = c->signer.rsa.len > 0;
	struct pubkey key;
	char *const expected = expected_value(c->expect);

	if (pubkey_read(&key, p) != PUBKEY_FINE)
		add(c, code_of_key(p), expected, shown(p), "p= must be the base64 of a public key (RFC 6376 3.6.1)");
	else if (key.form == PUBKEY_OTHER || key.form == PUBKEY_PSS)
		add(c, FINDING_DKIM_KEY_TYPE, expected, shown(p),
		    "with k=rsa, p= must be an RSA key (RFC 6376 3.6.1, RFC 3279 2.3.1)");
	else if (is_known && !pubkey_equal(&key, &c->signer))
		add(c, FINDING_DKIM_OTHER_KEY, expected, shown(p), "this is not the public key of the gateway's key");
	else if (key.bits >= SEAL_KEY_BITS_MIN)
		add(c, FINDING_DKIM_KEY_FORM, expected, shown(p), rule_of_form(&key));
	else {
		free(expected);
		add(c, FINDING_DKIM_KEY_SHORT, text_format("%u bits or more", SEAL_KEY_BITS_GOOD),
		    text_format("%u bits", key.bits), "signatures need a key of 1024 bits or more (RFC 8301 3.2)");
	}
}

/* --- several records ---------------------------------------------------------------------- */

static void
explain_several(const struct case_of *c)
{
	const size_t num = c->answer->num_records;
	size_t meant = 0;

	for (size_t i = 0; i < num; i++)
		meant += dkim_is_meant(c->answer->records[i].data);
	findings_add(c->f, meant > 1 ? FINDING_DKIM_SEVERAL : FINDING_DKIM_OTHER_TXT, c->name,
	             text_format("one TXT record"), meant > 1 ? text_format("%zu DKIM records", meant)
	                                                      : text_format("%zu TXT records", num));
	findings_explain(c->f, text_format("verifiers use any one of several records, or none (RFC 6376 3.6.2.2); "
	                                   "OpenDKIM rejects them, dkimpy and Mail::DKIM use the first one that they "
	                                   "receive"), (int)VERIFIERS_OPENDKIM);
}

void
dkim_explain(const struct dns_answer *answer, const char *name, const struct dkim_expect *expect, struct findings *f)
{
	const struct seal_keyring_verdict verdict = dkim_verdict(answer, expect);
	struct case_of c = { .answer = answer, .text = answer->records[0].data, .name = name, .expect = expect,
	                     .f = f };

	read_signer(&c);
	switch (verdict.seen) {
	case SEAL_KEYRING_OURS:
		explain_good(&c, verdict.testing);
		return;
	case SEAL_KEYRING_REVOKED:
		add(&c, FINDING_DKIM_REVOKED, expected_value(expect), shown(c.text),
		    "an empty p= revokes the key (RFC 6376 3.6.1)");
		return;
	case SEAL_KEYRING_MALFORMED:
		explain_malformed(&c, verdict.fault);
		return;
	case SEAL_KEYRING_OTHER:
		explain_other(&c);
		return;
	case SEAL_KEYRING_SEVERAL:
		explain_several(&c);
		return;
	case SEAL_KEYRING_UNKNOWN:
	case SEAL_KEYRING_ABSENT:
		break;
	}
}

/* --- no record ---------------------------------------------------------------------------- */

static bool
is_record_at(struct dns_lookup lookup, const char *name)
{
	const struct dns_answer *answer = dns_lookup_ask(lookup, name, DNS_TXT);

	for (size_t i = 0; i < answer->num_records; i++) {
		if (dkim_is_meant(answer->records[i].data))
			return true;
	}
	return false;
}

/* Names at which the record is published when a form appends the domain, or when the name was copied incompletely. */
static bool
find_elsewhere(struct dns_lookup lookup, const char *domain, const char *selector, char found[DNS_NAME_SIZE])
{
	char *const names[] = {
		text_format("%s._domainkey.%s.%s", selector, domain, domain),
		text_format("%s.domainkey.%s", selector, domain),
		text_format("_domainkey.%s", domain),
		text_format("%s.%s", selector, domain),
		text_format("%s", domain)
	};
	bool found_one = false;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		found_one = found_one || (name_copy(found, seal_span_text(names[i])) && is_record_at(lookup, found));
		free(names[i]);
	}
	return found_one;
}

static void
dkim_judge_absent(struct dns_lookup lookup, const char *domain, const char *selector, const char *name,
                  const struct dns_answer *answer, const struct dkim_expect *expect, struct findings *f)
{
	char elsewhere[DNS_NAME_SIZE];

	if (answer->alias[0] != '\0')
		findings_add(f, FINDING_DKIM_BROKEN_ALIAS, answer->alias, expected_value(expect),
		             text_format("CNAME %s, where no TXT record exists", answer->alias));
	else if (find_elsewhere(lookup, domain, selector, elsewhere))
		findings_add(f, FINDING_DKIM_WRONG_NAME, name, text_format("TXT record at %s", name),
		             text_format("TXT record at %s", elsewhere));
	else
		findings_add(f, FINDING_DKIM_MISSING, name, expected_value(expect), NULL);
}

bool
dkim_judge(struct dns_lookup lookup, const char *domain, const char *selector, const struct dkim_expect *expect,
           struct findings *f)
{
	const size_t before = f->num;
	const struct dns_answer *answer;
	char name[DNS_NAME_SIZE];

	(void)dkim_name(name, selector, domain);
	answer = dns_lookup_ask(lookup, name, DNS_TXT);
	if (answer->num_records > 0)
		dkim_explain(answer, name, expect, f);
	else if (!findings_add_unknown(f, name, answer))
		dkim_judge_absent(lookup, domain, selector, name, answer, expect, f);
	if (expect->public_key.len == 0)
		findings_add(f, FINDING_DKIM_NOT_COMPARED, name, NULL, NULL);
	return findings_count(f, before, SEVERITY_ERROR) == 0;
}
