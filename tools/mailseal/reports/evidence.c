/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/reports/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/num.h"

#define SLACK_S INT64_C(3600) /* some receivers end their day a second or some minutes early */

struct period {
	int64_t begin_s, end_s; /* the end is exclusive */
};

/* One record of one report. */
struct row {
	const struct aggregate_record *record;
	int64_t end_s;
	bool passed, ours, forwarded;
};

bool
evidence_sender_parse(const char *text, struct evidence_sender *sender)
{
	struct seal_span rest = seal_span_text(text);
	const size_t slash = seal_span_find(rest, '/');
	uint64_t prefix;

	if (!spf_address_parse(seal_span_first(rest, slash), &sender->network))
		return false;
	prefix = sender->network.v6 ? 128 : 32;
	sender->prefix = (unsigned)prefix;
	if (slash == rest.len)
		return true;
	if (!seal_num_u64(seal_span_from(rest, slash + 1), &prefix) || prefix > sender->prefix)
		return false;
	sender->prefix = (unsigned)prefix;
	return true;
}

/* --- which reports count ---------------------------------------------------------- */

static bool
read_seconds(const char *text, int64_t *seconds)
{
	uint64_t value;

	if (!seal_num_u64(seal_span_text(text), &value) || value == 0 || value > INT64_MAX / 2)
		return false;
	*seconds = (int64_t)value;
	return true;
}

/* Reports come from strangers, so the period can be any number. */
static bool
read_period(const struct aggregate *a, int64_t now_s, struct period *p)
{
	if (!read_seconds(a->begin, &p->begin_s) || !read_seconds(a->end, &p->end_s))
		return false;
	p->end_s++;
	return p->begin_s < p->end_s && p->end_s - p->begin_s <= EVIDENCE_PERIOD_MAX_S &&
	       p->end_s <= now_s + EVIDENCE_DAY_S;
}

/* t=y lowers the policy by one level (RFC 9989 4.7). */
static bool
is_enforced(const struct aggregate *a)
{
	const bool testing = name_equal(a->testing, "y");

	return name_equal(a->policy, "reject") || (name_equal(a->policy, "quarantine") && !testing);
}

static enum evidence_use
use_of(const struct aggregate *a, bool repeated, const struct evidence_request *r, struct period *p)
{
	if (!name_equal(a->domain, r->domain))
		return EVIDENCE_OTHER_DOMAIN;
	if (repeated)
		return EVIDENCE_REPEATED;
	if (!read_period(a, r->now_s, p))
		return EVIDENCE_BAD_PERIOD;
	if (p->begin_s < r->since_s)
		return EVIDENCE_TOO_OLD;
	return r->enforced && !is_enforced(a) ? EVIDENCE_OTHER_POLICY : EVIDENCE_COUNTS;
}

/* --- days ------------------------------------------------------------------------- */

static int
compare_periods(const void *one, const void *other)
{
	const struct period *const a = one, *const b = other;

	return (a->begin_s > b->begin_s) - (a->begin_s < b->begin_s);
}

/* Gaps between reports are not covered, and time that several reports cover counts once. */
static void
count_days(struct evidence *e, struct period *periods, size_t num)
{
	int64_t covered_s = 0;

	if (num == 0)
		return;
	qsort(periods, num, sizeof *periods, compare_periods);
	e->begin_s = periods[0].begin_s;
	e->end_s = periods[0].begin_s;
	for (size_t i = 0; i < num; i++) {
		const int64_t gap_s = periods[i].begin_s - e->end_s;
		const int64_t from_s = gap_s > SLACK_S ? periods[i].begin_s : e->end_s;

		if (periods[i].end_s <= e->end_s)
			continue;
		covered_s += periods[i].end_s - from_s;
		e->end_s = periods[i].end_s;
	}
	e->days = (unsigned)((covered_s + SLACK_S) / EVIDENCE_DAY_S);
}

/* --- sources ---------------------------------------------------------------------- */

/* The receiver reports that the message was forwarded (RFC 9990; RFC 7489 appendix C). */
static bool
is_forwarded(const struct aggregate_record *r)
{
	return strcmp(r->reason, "forwarded") == 0 || strcmp(r->reason, "trusted_forwarder") == 0 ||
	       strcmp(r->reason, "mailing_list") == 0;
}

static struct row
add_record(struct evidence *e, const struct aggregate_record *r, int64_t end_s, const struct summary_keys *keys)
{
	struct row row = { .record = r, .end_s = end_s, .passed = aggregate_passed(r), .forwarded = is_forwarded(r) };
	bool good;

	row.ours = summary_signed(r, keys, &good);
	e->messages += r->count;
	e->passed += row.passed ? r->count : 0;
	e->ours += row.ours ? r->count : 0;
	e->ours_passed += good ? r->count : 0;
	e->ours_failed += row.ours && !row.passed && !row.forwarded ? r->count : 0;
	return row;
}

static int
compare_addresses(const void *one, const void *other)
{
	const struct row *const a = one, *const b = other;
	const int order = strcmp(a->record->source_ip, b->record->source_ip);

	if (order != 0 || a->passed != b->passed)
		return order != 0 ? order : a->passed - b->passed;
	return (a->record->count < b->record->count) - (a->record->count > b->record->count);
}

static bool
is_sender(const char *address_text, const struct evidence_request *r)
{
	struct spf_address address;

	if (!spf_address_parse(seal_span_text(address_text), &address))
		return false;
	for (size_t i = 0; i < r->num_senders; i++) {
		if (spf_address_within(&address, &r->senders[i].network, r->senders[i].prefix))
			return true;
	}
	return false;
}

static void
add_row(struct evidence_source *s, const struct row *row)
{
	const uint64_t count = row->record->count;

	s->count += count;
	if (row->passed)
		return;
	s->failed += count;
	s->ours_failed += row->ours && !row->forwarded ? count : 0;
	s->ours = s->ours || row->ours;
	s->forwarded = s->forwarded || row->forwarded;
	s->last_s = row->end_s > s->last_s ? row->end_s : s->last_s;
}

/* The rows of one address are adjacent, failed ones first. */
static void
make_sources(struct evidence *e, struct row *rows, size_t num, const struct evidence_request *r)
{
	if (num > 0)
		qsort(rows, num, sizeof *rows, compare_addresses);
	e->failing = tool_allocate(num * sizeof *e->failing);
	for (size_t i = 0, next; i < num; i = next) {
		struct evidence_source source = { .record = rows[i].record };
		const char *const address = source.record->source_ip;

		for (next = i; next < num && strcmp(rows[next].record->source_ip, address) == 0; next++)
			add_row(&source, &rows[next]);
		source.sender = is_sender(address, r);
		if (source.failed > 0)
			e->failing[e->num_failing++] = source;
	}
}

/* --- the verdict ------------------------------------------------------------------ */

static bool
is_too_many(uint64_t failed, uint64_t count)
{
	return failed > count / EVIDENCE_FAIL_SHARE;
}

static int
compare_sources(const void *one, const void *other)
{
	const struct evidence_source *const a = one, *const b = other;

	if (a->blocks != b->blocks)
		return b->blocks - a->blocks;
	if (a->failed != b->failed)
		return (a->failed < b->failed) - (a->failed > b->failed);
	return strcmp(a->record->source_ip, b->record->source_ip);
}

static void
decide(struct evidence *e, const struct evidence_request *r)
{
	const bool knows_keys = r->keys.config != NULL || r->keys.selector != NULL;

	if (e->days < r->days_wanted)
		e->lacks |= EVIDENCE_LACKS_DAYS;
	if (e->num_reports > 0 && e->end_s < r->now_s - EVIDENCE_RECENT_S)
		e->lacks |= EVIDENCE_LACKS_RECENT;
	if (e->num_reports > 0 && knows_keys && e->ours == 0)
		e->lacks |= EVIDENCE_LACKS_OURS;
	if (is_too_many(e->ours_failed, e->ours))
		e->lacks |= EVIDENCE_LACKS_PASS;
	for (size_t i = 0; i < e->num_failing; i++) {
		struct evidence_source *const s = &e->failing[i];
		const bool sender_fails = s->sender && is_too_many(s->failed, s->count);

		s->blocks = sender_fails || ((e->lacks & EVIDENCE_LACKS_PASS) != 0 && s->ours_failed > 0);
		e->lacks |= sender_fails ? EVIDENCE_LACKS_SENDER : 0;
	}
	if (e->num_failing > 0)
		qsort(e->failing, e->num_failing, sizeof *e->failing, compare_sources);
}

void
evidence_make(struct evidence *e, const struct collection *c, const struct evidence_request *r)
{
	struct period *const periods = tool_allocate(c->num * sizeof *periods);
	struct row *rows;
	size_t num_records = 0, num_rows = 0;

	*e = (struct evidence){ .num_reports = 0 };
	e->uses = tool_allocate(c->num * sizeof *e->uses);
	for (size_t i = 0; i < c->num; i++)
		num_records += c->list[i].num_records;
	rows = tool_allocate(num_records * sizeof *rows);
	for (size_t i = 0; i < c->num; i++) {
		struct period *const period = &periods[e->num_reports];

		e->uses[i] = use_of(&c->list[i], c->repeated[i], r, period);
		if (e->uses[i] != EVIDENCE_COUNTS)
			continue;
		e->num_reports++;
		for (size_t k = 0; k < c->list[i].num_records; k++)
			rows[num_rows++] = add_record(e, &c->list[i].records[k], period->end_s, &r->keys);
	}
	count_days(e, periods, e->num_reports);
	make_sources(e, rows, num_rows, r);
	decide(e, r);
	free(rows);
	free(periods);
}

void
evidence_free(struct evidence *e)
{
	free(e->failing);
	free(e->uses);
}
