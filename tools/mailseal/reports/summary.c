/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/reports/summary.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/records/text.h"

/* --- own signatures ------------------------------------------------------------- */

static bool
is_key_of(const struct seal_config_domain *section, const struct aggregate_auth *auth)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];

	return section->selector.len > 0 &&
	       seal_span_equal_nocase(section->selector, seal_span_text(auth->selector)) &&
	       seal_span_equal_nocase(seal_config_name(section->name, buf), seal_span_text(auth->domain));
}

static bool
is_ours(const struct summary_keys *keys, const struct aggregate_auth *auth)
{
	if (keys == NULL || strcmp(auth->method, "dkim") != 0)
		return false;
	if (keys->selector != NULL && name_equal(keys->selector, auth->selector) &&
	    name_equal(keys->domain, auth->domain))
		return true;
	for (size_t i = 0; keys->config != NULL && i < keys->config->num_domains; i++) {
		if (is_key_of(&keys->config->domains[i], auth))
			return true;
	}
	return false;
}

bool
summary_signed(const struct aggregate_record *r, const struct summary_keys *keys, bool *passed)
{
	bool ours = false;

	*passed = false;
	for (size_t i = 0; i < r->num_auths; i++) {
		const bool own = is_ours(keys, &r->auths[i]);

		ours = ours || own;
		*passed = *passed || (own && strcmp(r->auths[i].result, "pass") == 0);
	}
	return ours;
}

/* --- rows ----------------------------------------------------------------------- */

static int
compare_auths(const struct aggregate_record *a, const struct aggregate_record *b)
{
	int order = (a->num_auths > b->num_auths) - (a->num_auths < b->num_auths);

	for (size_t i = 0; order == 0 && i < a->num_auths; i++) {
		const struct aggregate_auth *const x = &a->auths[i], *const y = &b->auths[i];

		order = strcmp(x->method, y->method);
		order = order != 0 ? order : strcmp(x->domain, y->domain);
		order = order != 0 ? order : strcmp(x->selector, y->selector);
		order = order != 0 ? order : strcmp(x->result, y->result);
	}
	return order;
}

static int
compare_records(const void *one, const void *other)
{
	const struct aggregate_record *const a = ((const struct summary_row *)one)->record;
	const struct aggregate_record *const b = ((const struct summary_row *)other)->record;
	const char *const pairs[][2] = {
		{ a->source_ip, b->source_ip }, { a->header_from, b->header_from },
		{ a->disposition, b->disposition }, { a->dkim, b->dkim }, { a->spf, b->spf },
		{ a->envelope_from, b->envelope_from }, { a->reason, b->reason }
	};
	int order = 0;

	for (size_t i = 0; order == 0 && i < sizeof pairs / sizeof pairs[0]; i++)
		order = strcmp(pairs[i][0], pairs[i][1]);
	return order != 0 ? order : compare_auths(a, b);
}

static int
compare_rows(const void *one, const void *other)
{
	const struct summary_row *const a = one, *const b = other;
	const int order = (a->count < b->count) - (a->count > b->count);

	return order != 0 ? order : compare_records(one, other);
}

/* Merges equal rows, which are adjacent. */
static void
merge_rows(struct summary *s)
{
	size_t num = 0;

	if (s->num_rows == 0)
		return;
	qsort(s->rows, s->num_rows, sizeof *s->rows, compare_records);
	for (size_t i = 1; i < s->num_rows; i++) {
		if (compare_records(&s->rows[num], &s->rows[i]) == 0)
			s->rows[num].count += s->rows[i].count;
		else
			s->rows[++num] = s->rows[i];
	}
	s->num_rows = num + 1;
	qsort(s->rows, s->num_rows, sizeof *s->rows, compare_rows);
}

/* --- selectors ------------------------------------------------------------------- */

static int
compare_selectors(const void *one, const void *other)
{
	const struct summary_selector *const a = one, *const b = other;
	const int order = strcmp(a->domain, b->domain);

	return order != 0 ? order : strcmp(a->selector, b->selector);
}

static int
compare_use(const void *one, const void *other)
{
	const struct summary_selector *const a = one, *const b = other;
	const int order = (a->count < b->count) - (a->count > b->count);

	return order != 0 ? order : compare_selectors(one, other);
}

static void
merge_selectors(struct summary *s)
{
	size_t num = 0;

	if (s->num_selectors == 0)
		return;
	qsort(s->selectors, s->num_selectors, sizeof *s->selectors, compare_selectors);
	for (size_t i = 1; i < s->num_selectors; i++) {
		if (compare_selectors(&s->selectors[num], &s->selectors[i]) == 0) {
			s->selectors[num].count += s->selectors[i].count;
			s->selectors[num].passed += s->selectors[i].passed;
		} else {
			s->selectors[++num] = s->selectors[i];
		}
	}
	s->num_selectors = num + 1;
	qsort(s->selectors, s->num_selectors, sizeof *s->selectors, compare_use);
}

/* --- sums -------------------------------------------------------------------------- */

static void
count_record(struct summary *s, const struct aggregate_record *r)
{
	s->count += r->count;
	s->passed += aggregate_passed(r) ? r->count : 0;
	s->dkim += strcmp(r->dkim, "pass") == 0 ? r->count : 0;
	s->spf += strcmp(r->spf, "pass") == 0 ? r->count : 0;
	if (strcmp(r->disposition, "quarantine") == 0)
		s->quarantined += r->count;
	else if (strcmp(r->disposition, "reject") == 0)
		s->rejected += r->count;
	else
		s->accepted += r->count;
}

static void
take_record(struct summary *s, const struct aggregate_record *r, const struct summary_keys *keys)
{
	bool passed;
	const bool ours = summary_signed(r, keys, &passed);

	for (size_t i = 0; i < r->num_auths; i++) {
		const struct aggregate_auth *const auth = &r->auths[i];

		if (strcmp(auth->method, "dkim") == 0)
			s->selectors[s->num_selectors++] = (struct summary_selector){
				auth->domain, auth->selector, r->count,
				strcmp(auth->result, "pass") == 0 ? r->count : 0, is_ours(keys, auth)
			};
	}
	s->rows[s->num_rows++] = (struct summary_row){ r, r->count, ours };
	s->ours += ours ? r->count : 0;
	s->ours_passed += passed ? r->count : 0;
	count_record(s, r);
}

void
summary_make(struct summary *s, const struct aggregate *reports, const bool *repeated, size_t num,
             const struct summary_keys *keys)
{
	size_t num_records = 0, num_auths = 0;

	for (size_t i = 0; i < num; i++) {
		for (size_t k = 0; !repeated[i] && k < reports[i].num_records; k++) {
			num_records++;
			num_auths += reports[i].records[k].num_auths;
		}
	}
	*s = (struct summary){ .num_rows = 0 };
	s->rows = tool_allocate(num_records * sizeof *s->rows);
	s->selectors = tool_allocate(num_auths * sizeof *s->selectors);
	for (size_t i = 0; i < num; i++) {
		for (size_t k = 0; !repeated[i] && k < reports[i].num_records; k++)
			take_record(s, &reports[i].records[k], keys);
	}
	merge_rows(s);
	merge_selectors(s);
}

void
summary_free(struct summary *s)
{
	free(s->rows);
	free(s->selectors);
}

unsigned
summary_per_mille(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : (unsigned)(part * 1000u / whole);
}
