/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/dmarc.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "tools/mailseal/records/taglist.h"

static const char *const policies[] = { "absent", "none", "quarantine", "reject", "invalid" };

const char *
dmarc_policy_text(enum dmarc_policy policy)
{
	return policies[policy];
}

bool
dmarc_is_record(struct seal_span text)
{
	struct taglist_tag tag;

	return taglist_next(&text, &tag) && tag.valid && seal_span_equal_nocase(tag.name, SEAL_SPAN("v")) &&
	       seal_span_equal(tag.value, SEAL_SPAN("DMARC1"));
}

bool
dmarc_is_meant(struct seal_span text)
{
	for (; text.len >= 6; text = seal_span_from(text, 1)) {
		if (seal_span_starts_nocase(text, SEAL_SPAN("DMARC1")))
			return true;
	}
	return false;
}

/* --- one record ------------------------------------------------------------- */

static enum dmarc_policy
policy_of(struct seal_span value)
{
	for (enum dmarc_policy p = DMARC_NONE; p <= DMARC_REJECT; p++) {
		if (seal_span_equal_nocase(value, seal_span_text(policies[p])))
			return p;
	}
	return DMARC_INVALID;
}

/* The value, if it is one of the letters in `allowed`; otherwise adds a finding and returns 0. */
static char
letter_of(const struct taglist_tag *tag, const char *allowed, const char *name, struct findings *f)
{
	const uint8_t letter = tag->value.len == 1 ? seal_lower(tag->value.ptr[0]) : 0;

	if (letter != 0 && strchr(allowed, letter) != NULL)
		return (char)letter;
	findings_add(f, FINDING_DMARC_VALUE, name,
	             text_format("%.*s= and one of the letters %s", (int)tag->name.len,
	                         (const char *)tag->name.ptr, allowed),
	             text_visible(tag->text));
	return 0;
}

/* Letters 0, 1, d and s, separated by colons; 0 and 1 exclude each other. */
static void
judge_fo(const struct taglist_tag *tag, const char *name, struct findings *f)
{
	static const char letters[] = "01ds";
	struct seal_span rest = tag->value, item;
	unsigned seen[sizeof letters] = { 0 };
	bool good = tag->value.len > 0;

	while (seal_span_split(&rest, ':', &item)) {
		const uint8_t letter = item.len == 1 ? seal_lower(item.ptr[0]) : 0;
		const char *const at = letter != 0 ? memchr(letters, letter, sizeof letters) : NULL;

		good = good && at != NULL && ++seen[at - letters] == 1;
	}
	if (!good || (seen[0] > 0 && seen[1] > 0))
		findings_add(f, FINDING_DMARC_VALUE, name, text_format("fo= and 0 or 1, d, s, separated by colons"),
		             text_visible(tag->text));
}

bool
dmarc_next_uri(struct seal_span *list, struct seal_span *uri, char domain[DNS_NAME_SIZE])
{
	struct seal_span address;
	size_t at;

	domain[0] = '\0';
	if (!seal_span_split(list, ',', uri))
		return false;
	if (!seal_span_starts_nocase(*uri, SEAL_SPAN("mailto:")))
		return true;
	address = seal_span_from(*uri, 7);
	address = seal_span_first(address, seal_span_find(address, '?'));
	address = seal_span_first(address, seal_span_find(address, '!'));
	at = seal_span_find(address, '@');
	for (size_t i = 0; i < address.len; i++) {
		const uint8_t c = address.ptr[i];

		if (!seal_is_vchar(c) || (i > at && !seal_is_let_dig(c) && c != '-' && c != '.' && c != '_'))
			return true;
	}
	if (at > 0 && at + 1 < address.len)
		(void)name_copy(domain, seal_span_from(address, at + 1));
	return true;
}

static bool
is_other_scheme(struct seal_span uri)
{
	const size_t colon = seal_span_find(uri, ':');

	for (size_t i = 0; i < colon; i++) {
		if (!seal_is_let_dig(uri.ptr[i]))
			return false;
	}
	return colon > 0 && colon + 1 < uri.len && !seal_span_starts_nocase(uri, SEAL_SPAN("mailto:"));
}

/* True if at least one of the addresses is usable. */
static bool
judge_uris(const struct taglist_tag *tag, const char *name, struct findings *f)
{
	struct seal_span rest = tag->value, uri;
	char domain[DNS_NAME_SIZE];
	bool usable = false;

	if (tag->value.len == 0)
		findings_add(f, FINDING_DMARC_URI, name, text_format("mailto:USER@DOMAIN"), text_visible(tag->text));
	while (dmarc_next_uri(&rest, &uri, domain)) {
		usable = usable || domain[0] != '\0';
		if (domain[0] == '\0' && !is_other_scheme(uri))
			findings_add(f, FINDING_DMARC_URI, name, text_format("mailto:USER@DOMAIN"), text_visible(uri));
		else if (seal_span_find(uri, '!') < uri.len)
			findings_add(f, FINDING_DMARC_URI_SIZE, name, NULL, text_visible(uri));
	}
	return usable;
}

static bool
is_one_of(struct seal_span name, const char *names)
{
	struct seal_span rest = seal_span_text(names), one;

	while (seal_span_split(&rest, ' ', &one)) {
		if (seal_span_equal_nocase(name, one))
			return true;
	}
	return false;
}

static void
read_policy(const struct taglist_tag *tag, struct dmarc_record *record, const char *name, struct findings *f)
{
	const enum dmarc_policy policy = policy_of(tag->value);

	if (tag->name.len == 1)
		record->p = policy;
	else if (seal_lower(tag->name.ptr[0]) == 's')
		record->sp = policy;
	else
		record->np = policy;
	if (policy == DMARC_INVALID)
		findings_add(f, FINDING_DMARC_POLICY, name, text_format("none, quarantine or reject"),
		             text_visible(tag->text));
}

static void
read_tag(const struct taglist_tag *tag, struct dmarc_record *record, const char *name, struct findings *f)
{
	const struct seal_span n = tag->name;
	char letter;

	if (is_one_of(n, "p sp np")) {
		read_policy(tag, record, name, f);
	} else if (is_one_of(n, "adkim")) {
		record->strict_dkim = letter_of(tag, "rs", name, f) == 's';
	} else if (is_one_of(n, "aspf")) {
		record->strict_spf = letter_of(tag, "rs", name, f) == 's';
	} else if (is_one_of(n, "t")) {
		record->testing = letter_of(tag, "yn", name, f) == 'y';
	} else if (is_one_of(n, "psd")) {
		letter = letter_of(tag, "ynu", name, f);
		record->psd = letter == 0 ? 'u' : letter;
	} else if (is_one_of(n, "rua")) {
		record->rua = tag->value;
		record->has_rua = judge_uris(tag, name, f);
	} else if (is_one_of(n, "ruf")) {
		record->ruf = tag->value;
		(void)judge_uris(tag, name, f);
	} else if (is_one_of(n, "fo")) {
		judge_fo(tag, name, f);
	} else if (is_one_of(n, "pct rf ri")) {
		findings_add(f, FINDING_DMARC_REMOVED_TAG, name, NULL, text_visible(tag->text));
	} else if (!is_one_of(n, "v")) {
		findings_add(f, FINDING_DMARC_UNKNOWN_TAG, name, NULL, text_visible(tag->text));
	}
}

void
dmarc_parse(struct seal_span text, struct dmarc_record *record, const char *name, struct findings *f)
{
	struct seal_span rest = text, ignored;
	struct taglist_tag tag;

	*record = (struct dmarc_record){ .psd = 'u' };
	while (taglist_next(&rest, &tag)) {
		if (!tag.valid || taglist_is_double(text, tag.name))
			findings_add(f, FINDING_DMARC_SYNTAX, name, text_format("name=value, each name once"),
			             text_visible(tag.text));
		if (tag.valid)
			read_tag(&tag, record, name, f);
	}
	if (record->p == DMARC_ABSENT)
		findings_add(f, FINDING_DMARC_NO_POLICY, name, text_format("p=none"), NULL);
	if (!record->has_rua)
		findings_add(f, FINDING_DMARC_NO_RUA, name, text_format("rua=mailto:..."), NULL);
	if (taglist_find(text, "fo", &ignored) && record->ruf.len == 0)
		findings_add(f, FINDING_DMARC_FO_UNUSED, name, NULL, NULL);
}

/* 4.10.1: an invalid p, sp or np has the effect of p=none, or of no record if rua is missing. */
static enum dmarc_policy
effective(const struct dmarc_record *record, enum dmarc_policy policy)
{
	if (record->p == DMARC_INVALID || record->p == DMARC_ABSENT || record->sp == DMARC_INVALID ||
	    record->np == DMARC_INVALID)
		return record->has_rua || record->p == DMARC_ABSENT ? DMARC_NONE : DMARC_ABSENT;
	return policy;
}

enum dmarc_policy
dmarc_policy_self(const struct dmarc_record *record)
{
	return effective(record, record->p);
}

enum dmarc_policy
dmarc_policy_sub(const struct dmarc_record *record)
{
	return effective(record, record->sp != DMARC_ABSENT ? record->sp : record->p);
}

enum dmarc_policy
dmarc_policy_nonexistent(const struct dmarc_record *record)
{
	return record->np != DMARC_ABSENT ? effective(record, record->np) : dmarc_policy_sub(record);
}

/* --- writing ----------------------------------------------------------------- */

char *
dmarc_value_new(const char *rua)
{
	return text_format("v=DMARC1; p=none; rua=%s", rua);
}

char *
dmarc_value_with(struct seal_span text, enum dmarc_policy policy, bool testing)
{
	char *value = text_format("v=DMARC1; p=%s%s", policies[policy], testing ? "; t=y" : "");
	struct taglist_tag tag;

	while (taglist_next(&text, &tag)) {
		if (tag.valid && !is_one_of(tag.name, "v p t pct rf ri"))
			text_append(&value, "; %.*s=%.*s", (int)tag.name.len, (const char *)tag.name.ptr,
			            (int)tag.value.len, (const char *)tag.value.ptr);
	}
	return value;
}
