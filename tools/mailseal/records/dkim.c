/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/dkim.h"

#include <stdlib.h>

#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/bounds.h"
#include "tools/mailseal/records/pubkey.h"
#include "tools/mailseal/records/taglist.h"

#define SHOWN_MAX 80u /* of a long value */

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

/* "selector1._domainkey.example.net" where a record should be. */
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

/* One item of a list between colons. */
static bool
list_has(struct seal_span list, const char *item)
{
	struct seal_span one;

	while (seal_span_split(&list, ':', &one)) {
		if (seal_span_equal_nocase(one, seal_span_text(item)))
			return true;
	}
	return false;
}

/* False: it makes no sense to read on. */
static bool
judge_form(struct seal_span text, const char *name, const struct dkim_expect *expect, struct findings *f)
{
	enum finding_code code;

	if (is_host_name(text))
		code = FINDING_DKIM_ALIAS_AS_TEXT;
	else if (has_octet(text, '"') || has_octet(text, '\\'))
		code = FINDING_DKIM_QUOTES;
	else
		return true;
	findings_add(f, code, name,
	             code == FINDING_DKIM_ALIAS_AS_TEXT ? text_format("CNAME %.*s", (int)text.len,
	                                                              (const char *)text.ptr)
	                                                : expected_value(expect), shown(text));
	return false;
}

static bool
judge_tags(struct seal_span text, const char *name, struct findings *f)
{
	struct seal_span rest = text;
	struct taglist_tag tag;
	bool good = true;

	for (size_t i = 0; taglist_next(&rest, &tag); i++) {
		if (!tag.valid || taglist_is_double(text, tag.name)) {
			findings_add(f, FINDING_DKIM_SYNTAX, name, text_format("name=value, each name once"),
			             shown(tag.text));
			return false;
		}
		if (!seal_span_equal(tag.name, SEAL_SPAN("v")))
			continue;
		if (i == 0 && seal_span_equal(tag.value, SEAL_SPAN("DKIM1")))
			continue;
		findings_add(f, FINDING_DKIM_NOT_DKIM1, name, text_format("v=DKIM1 as the first tag"),
		             shown(tag.text));
		good = false;
	}
	return good;
}

static void
judge_flags(struct seal_span text, const char *name, const struct dkim_expect *expect, struct findings *f)
{
	struct seal_span value;

	if (!taglist_find(text, "v", &value))
		findings_add(f, FINDING_DKIM_NO_VERSION, name, text_format("v=DKIM1"), NULL);
	if (taglist_find(text, "h", &value) && !list_has(value, "sha256"))
		findings_add(f, FINDING_DKIM_HASH, name, text_format("no h=, or h=sha256"), shown(value));
	if (taglist_find(text, "s", &value) && !list_has(value, "email") && !list_has(value, "*"))
		findings_add(f, FINDING_DKIM_SERVICE, name, text_format("no s=, s=* or s=email"), shown(value));
	if (!taglist_find(text, "t", &value))
		return;
	if (list_has(value, "y"))
		findings_add(f, FINDING_DKIM_TESTING, name, text_format("no t=y"), shown(value));
	if (list_has(value, "s") && expect->identity_below)
		findings_add(f, FINDING_DKIM_IDENTITY, name, text_format("no t=s"), shown(value));
}

static void
judge_bits(const struct pubkey *key, const char *name, struct findings *f)
{
	if (key->bits < SEAL_KEY_BITS_MIN)
		findings_add(f, FINDING_DKIM_KEY_SHORT, name, text_format("%u bits or more", SEAL_KEY_BITS_GOOD),
		             text_format("%u bits", key->bits));
	else if (key->bits < SEAL_KEY_BITS_GOOD)
		findings_add(f, FINDING_DKIM_KEY_WEAK, name, text_format("%u bits or more", SEAL_KEY_BITS_GOOD),
		             text_format("%u bits", key->bits));
}

static enum finding_code
code_of(enum pubkey_fault fault)
{
	switch (fault) {
	case PUBKEY_HEX:
		return FINDING_DKIM_HEX;
	case PUBKEY_NOT_BASE64:
		return FINDING_DKIM_NOT_BASE64;
	case PUBKEY_TRUNCATED:
		return FINDING_DKIM_TRUNCATED;
	case PUBKEY_FINE:
	case PUBKEY_NOT_A_KEY:
		break;
	}
	return FINDING_DKIM_NOT_A_KEY;
}

static void
judge_key(struct seal_span p, const char *name, const struct dkim_expect *expect, struct findings *f)
{
	const struct seal_span wanted = pubkey_rsa(expect->public_key);
	struct pubkey key;
	const enum pubkey_fault fault = pubkey_read(&key, p);

	if (fault != PUBKEY_FINE) {
		findings_add(f, code_of(fault), name, expected_value(expect), shown(p));
		return;
	}
	if (key.has_blanks)
		findings_add(f, FINDING_DKIM_BLANKS, name, expected_value(expect), shown(p));
	if (key.form == PUBKEY_OTHER) {
		findings_add(f, FINDING_DKIM_KEY_TYPE, name, expected_value(expect), shown(p));
		return;
	}
	if (key.form == PUBKEY_PKCS1)
		findings_add(f, FINDING_DKIM_KEY_FORM, name, expected_value(expect), shown(p));
	if (wanted.len > 0 && !seal_span_equal(wanted, key.rsa))
		findings_add(f, FINDING_DKIM_OTHER_KEY, name, expected_value(expect), shown(p));
	else
		judge_bits(&key, name, f);
}

void
dkim_judge_text(struct seal_span text, const char *name, const struct dkim_expect *expect, struct findings *f)
{
	struct seal_span p, k;

	text = seal_span_trim(text);
	if (!judge_form(text, name, expect, f) || !judge_tags(text, name, f))
		return;
	judge_flags(text, name, expect, f);
	if (taglist_find(text, "k", &k) && !seal_span_equal_nocase(k, SEAL_SPAN("rsa")))
		findings_add(f, FINDING_DKIM_KEY_TYPE, name, text_format("k=rsa"), shown(k));
	else if (!taglist_find(text, "p", &p))
		findings_add(f, FINDING_DKIM_NO_P, name, expected_value(expect), shown(text));
	else if (p.len == 0)
		findings_add(f, FINDING_DKIM_REVOKED, name, expected_value(expect), shown(text));
	else
		judge_key(p, name, expect, f);
}

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

/* Where the record lands when a form adds the domain, or the name was not read to its end. */
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
	bool there = false;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		there = there || (name_copy(found, seal_span_text(names[i])) && is_record_at(lookup, found));
		free(names[i]);
	}
	return there;
}

static void
judge_absent(struct dns_lookup lookup, const char *domain, const char *selector, const char *name,
             const struct dns_answer *answer, const struct dkim_expect *expect, struct findings *f)
{
	char elsewhere[DNS_NAME_SIZE];

	if (answer->alias[0] != '\0')
		findings_add(f, FINDING_DKIM_BROKEN_ALIAS, answer->alias, expected_value(expect),
		             text_format("CNAME %s, which has no TXT record", answer->alias));
	else if (find_elsewhere(lookup, domain, selector, elsewhere))
		findings_add(f, FINDING_DKIM_WRONG_NAME, name, text_format("TXT record at %s", name),
		             text_format("TXT record at %s", elsewhere));
	else
		findings_add(f, FINDING_DKIM_MISSING, name, expected_value(expect), NULL);
}

/* The records are all read by a verifier (RFC 6376 3.6.2.2). */
static void
judge_records(const struct dns_answer *answer, const char *name, const struct dkim_expect *expect,
              struct findings *f)
{
	size_t meant = 0, which = 0;

	for (size_t i = 0; i < answer->num_records; i++) {
		if (!dkim_is_meant(answer->records[i].data))
			continue;
		meant++;
		which = i;
	}
	if (meant > 1) {
		findings_add(f, FINDING_DKIM_SEVERAL, name, text_format("one TXT record"),
		             text_format("%zu DKIM records", meant));
		return;
	}
	if (answer->num_records > 1)
		findings_add(f, FINDING_DKIM_OTHER_TXT, name, text_format("one TXT record"),
		             text_format("%zu TXT records", answer->num_records));
	dkim_judge_text(answer->records[which].data, name, expect, f);
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
		judge_records(answer, name, expect, f);
	else if (!findings_add_unknown(f, name, answer))
		judge_absent(lookup, domain, selector, name, answer, expect, f);
	if (expect->public_key.len == 0)
		findings_add(f, FINDING_DKIM_NOT_COMPARED, name, NULL, NULL);
	return findings_count(f, before, SEVERITY_ERROR) == 0;
}
