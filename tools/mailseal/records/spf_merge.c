/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_merge.c - adds terms to an SPF record, because a domain may have only one record (RFC 7208 4.5).
 */
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/records/spf_judge.h"

/* Reads a mechanism that can be added: one that passes, but not for every client. */
static bool
read_addition(const char *text, struct spf_term *term, const char **why)
{
	struct seal_span rest = seal_span_text(text);

	*why = "one mechanism, such as include:NAME or ip4:ADDRESS";
	if (spf_next(&rest, term, why) != SPF_NEXT_TERM)
		return false;
	*why = "one mechanism, such as include:NAME or ip4:ADDRESS";
	if (rest.len > 0 || term->text.ptr != (const uint8_t *)text)
		return false;
	*why = "include, a, mx, ip4, ip6 or exists, without a qualifier or with +";
	return term->kind < SPF_REDIRECT && term->kind != SPF_ALL && term->kind != SPF_PTR && term->qualifier == '+';
}

/* True if `a` matches every client that `b` matches; qualifiers are ignored. */
static bool
covers(const struct spf_term *a, const struct spf_term *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == SPF_IP4)
		return a->prefix4 <= b->prefix4 && spf_address_within(&b->network, &a->network, a->prefix4);
	if (a->kind == SPF_IP6)
		return a->prefix6 <= b->prefix6 && spf_address_within(&b->network, &a->network, a->prefix6);
	return seal_span_equal_nocase(a->domain, b->domain) && a->prefix4 == b->prefix4 && a->prefix6 == b->prefix6;
}

/* The position for new mechanisms: before "all", else after the last mechanism. */
static size_t
insertion_point(struct seal_span record)
{
	struct seal_span rest = spf_terms(record);
	struct spf_term term;
	const char *why;
	size_t at = 6;

	while (spf_next(&rest, &term, &why) == SPF_NEXT_TERM) {
		const size_t start = (size_t)(term.text.ptr - record.ptr);

		if (term.kind == SPF_ALL)
			return start;
		if (term.kind < SPF_REDIRECT)
			at = start + term.text.len;
	}
	return at;
}

enum found {
	TERM_MISSING,
	TERM_EXISTS,
	TERM_CONFLICTS  /* exists with another qualifier */
};

static enum found
find_term(struct seal_span record, const struct spf_term *wanted)
{
	struct seal_span rest = spf_terms(record);
	struct spf_term term;
	const char *why;

	while (spf_next(&rest, &term, &why) == SPF_NEXT_TERM) {
		if (term.kind == SPF_ALL)
			break;
		if (covers(&term, wanted))
			return term.qualifier == '+' ? TERM_EXISTS : TERM_CONFLICTS;
	}
	return TERM_MISSING;
}

/* Existing blanks are kept; one is added on the side of the new term that has none. */
static void
insert(char **record, struct seal_span addition)
{
	const struct seal_span old = seal_span_text(*record);
	const size_t at = insertion_point(old);
	const bool before = at > 0 && old.ptr[at - 1] == ' ';
	char *merged = text_format("%.*s%s%.*s%s%s", (int)at, *record, before ? "" : " ", (int)addition.len,
	                           (const char *)addition.ptr, before ? " " : "", *record + at);

	free(*record);
	*record = merged;
}

static bool
is_one_record(struct seal_span record)
{
	struct seal_span rest = spf_terms(record);
	struct spf_term term;
	const char *why;

	while (spf_next(&rest, &term, &why) == SPF_NEXT_TERM) {
		if (spf_is_joined(&term))
			return false;
	}
	return spf_is_record(record);
}

enum spf_merge
spf_merge(struct seal_span record, const char *const *terms, size_t num, char **merged, struct seal_span *wrong,
          const char **why)
{
	enum spf_merge result = SPF_MERGE_SAME;

	*merged = record.len == 0 ? text_format("v=spf1 ~all")
	                          : text_format("%.*s", (int)record.len, (const char *)record.ptr);
	*wrong = record;
	*why = "one SPF record, v=spf1 ...";
	if (record.len > 0 && (!is_one_record(record) || !spf_check_syntax(record, wrong, why)))
		return SPF_MERGE_BAD_RECORD;
	for (size_t i = 0; i < num; i++) {
		struct spf_term term;
		enum found found;

		*wrong = seal_span_text(terms[i]);
		if (!read_addition(terms[i], &term, why))
			return SPF_MERGE_BAD_TERM;
		found = find_term(seal_span_text(*merged), &term);
		if (found == TERM_CONFLICTS)
			return SPF_MERGE_CONFLICT;
		if (found == TERM_EXISTS)
			continue;
		insert(merged, term.text);
		result = SPF_MERGED;
	}
	return result;
}
