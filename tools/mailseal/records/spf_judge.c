/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/spf_judge.h"

#include <string.h>

#define LONG_RECORD  450u /* bytes; RFC 7208 3.4 */
#define CLOSE_TO_MAX   9u /* lookups              */

struct watch {
	const struct spf_query *query;
	const struct spf_sender *senders;
	size_t num_senders;
	bool included[16];      /* senders that are included */
	char ptr_at[DNS_NAME_SIZE];
};

bool
spf_sender_parse(const char *text, struct spf_sender *sender)
{
	*sender = (struct spf_sender){ .text = text, .is_next_hop = strcmp(text, SPF_NEXT_HOP) == 0 };
	if (sender->is_next_hop)
		return true;
	if (strncmp(text, "include:", 8) == 0)
		return name_copy(sender->include, seal_span_text(text + 8)) && strchr(sender->include, '.') != NULL;
	sender->is_address = spf_address_parse(seal_span_text(text), &sender->address);
	return sender->is_address;
}

static void
watch_step(void *ctx, const struct spf_step *step)
{
	struct watch *const w = ctx;
	const enum spf_kind kind = step->term->kind;
	const bool allows = (kind == SPF_INCLUDE && step->term->qualifier == '+') || kind == SPF_REDIRECT;

	if (step->term->kind == SPF_PTR)
		(void)name_copy(w->ptr_at, seal_span_text(step->domain));
	for (size_t i = 0; allows && i < w->num_senders && i < sizeof w->included; i++)
		w->included[i] = w->included[i] ||
		                 (!w->senders[i].is_address && name_equal(step->target, w->senders[i].include));
	if (w->query->visit != NULL)
		w->query->visit(w->query->ctx, step);
}

static void
judge_problem(const struct spf_verdict *v, struct findings *f)
{
	static const enum finding_code codes[] = {
		[SPF_SYNTAX] = FINDING_SPF_SYNTAX, [SPF_SEVERAL] = FINDING_SPF_SEVERAL,
		[SPF_MANY_LOOKUPS] = FINDING_SPF_LOOKUPS, [SPF_MANY_VOIDS] = FINDING_SPF_VOID,
		[SPF_MANY_MX] = FINDING_SPF_MX_MANY, [SPF_NO_RECORD] = FINDING_SPF_INCLUDE,
		[SPF_RECURSION] = FINDING_SPF_LOOP, [SPF_NO_ANSWER] = FINDING_SPF_TEMPORARY
	};
	char *expected = NULL;

	if (v->problem == SPF_FINE)
		return;
	if (v->problem == SPF_SYNTAX)
		expected = text_format("%s", v->why);
	else if (v->problem == SPF_SEVERAL)
		expected = text_format("one SPF record");
	else if (v->problem == SPF_MANY_LOOKUPS)
		expected = text_format("%u or fewer", SPF_LOOKUPS_MAX);
	else if (v->problem == SPF_MANY_VOIDS)
		expected = text_format("%u or fewer", SPF_VOIDS_MAX);
	findings_add(f, codes[v->problem], v->where, expected,
	             v->problem == SPF_MANY_LOOKUPS ? text_format("%u", v->lookups)
	             : v->problem == SPF_MANY_VOIDS ? text_format("%u", v->voids) : text_visible(v->text));
}

/* Judges the end of the record (5.1, 6.1). */
static void
judge_end(struct seal_span record, const char *domain, struct findings *f)
{
	struct seal_span rest = spf_terms(record);
	struct spf_term term, all = { .kind = SPF_UNKNOWN };
	bool redirect = false;
	const char *why;

	while (spf_next(&rest, &term, &why) == SPF_NEXT_TERM) {
		redirect = redirect || term.kind == SPF_REDIRECT;
		if (spf_is_joined(&term)) {
			findings_add(f, FINDING_SPF_JOINED, domain, text_format("v=spf1 once"), text_visible(record));
			return;
		}
		if (all.kind == SPF_ALL && term.kind < SPF_EXP)
			findings_add(f, FINDING_SPF_AFTER_ALL, domain, NULL, text_visible(term.text));
		else if (term.kind == SPF_ALL)
			all = term;
	}
	if (all.kind != SPF_ALL && !redirect)
		findings_add(f, FINDING_SPF_NO_ALL, domain, text_format("~all or -all"), NULL);
	else if (all.kind == SPF_ALL && all.qualifier == '+')
		findings_add(f, FINDING_SPF_PASSES_ALL, domain, text_format("~all or -all"), text_visible(all.text));
	else if (all.kind == SPF_ALL && all.qualifier == '?')
		findings_add(f, FINDING_SPF_NEUTRAL_ALL, domain, text_format("~all or -all"), text_visible(all.text));
	if (record.len > LONG_RECORD)
		findings_add(f, FINDING_SPF_LONG, domain, text_format("%u bytes or fewer", LONG_RECORD),
		             text_format("%zu", record.len));
}

static bool
contains_version(struct seal_span text)
{
	for (; text.len >= 6; text = seal_span_from(text, 1)) {
		if (seal_span_starts_nocase(text, SEAL_SPAN("v=spf1")))
			return true;
	}
	return false;
}

static bool
find_text(struct dns_lookup lookup, const char *name, struct seal_span *text)
{
	const struct dns_answer *const answer = dns_lookup_ask(lookup, name, DNS_TXT);

	for (size_t i = 0; i < answer->num_records; i++) {
		*text = answer->records[i].data;
		if (contains_version(*text))
			return true;
	}
	return false;
}

static void
spf_judge_absent(const struct spf_query *query, struct findings *f)
{
	static const char *const fronts[] = { "_spf", "spf", "_dmarc", "www", "@" };
	char name[DNS_NAME_SIZE];
	struct seal_span text;
	bool there;

	if (find_text(query->lookup, query->domain, &text)) {
		findings_add(f, FINDING_SPF_NOT_RECOGNIZED, query->domain, text_format("v=spf1 ..."),
		             text_visible(text));
		return;
	}
	there = name_join(name, query->domain, query->domain) && find_text(query->lookup, name, &text);
	for (size_t i = 0; !there && i < sizeof fronts / sizeof fronts[0]; i++)
		there = name_join(name, fronts[i], query->domain) && find_text(query->lookup, name, &text);
	if (there)
		findings_add(f, FINDING_SPF_WRONG_NAME, query->domain, text_format("TXT record at %s", query->domain),
		             text_format("TXT record at %s", name));
	else
		findings_add(f, FINDING_SPF_MISSING, query->domain, text_format("v=spf1 ... ~all"), NULL);
}

static void
judge_sender(const struct watch *w, size_t i, struct findings *f)
{
	const struct spf_sender *const sender = &w->senders[i];
	struct spf_query query = *w->query;
	const char *const family = !sender->is_address ? "" : sender->address.v6 ? "ip6:" : "ip4:";
	bool good = w->included[i];

	if (sender->is_address) {
		query.address = &sender->address;
		query.visit = NULL;
		good = spf_check(&query).result == SPF_PASS;
	}
	if (!good)
		findings_add(f, FINDING_SPF_SENDER, query.domain,
		             text_format("%s%s", family, sender->text), NULL);
}

static bool
find_record(const struct spf_query *query, struct seal_span *record, struct findings *f)
{
	const struct dns_answer *answer;
	size_t num;

	*record = query->record;
	if (record->len > 0)
		return true;
	answer = dns_lookup_ask(query->lookup, query->domain, DNS_TXT);
	if (findings_add_unknown(f, query->domain, answer))
		return false;
	if (spf_record_of(answer, record, &num))
		return true;
	if (num > 1)
		findings_add(f, FINDING_SPF_SEVERAL, query->domain, text_format("one SPF record"),
		             text_format("%zu SPF records", num));
	else
		spf_judge_absent(query, f);
	return false;
}

struct spf_verdict
spf_judge(const struct spf_query *query, const struct spf_sender *senders, size_t num_senders, struct findings *f)
{
	struct watch w = { .query = query, .senders = senders, .num_senders = num_senders };
	struct spf_query worst = *query;
	struct spf_verdict v = { .result = SPF_NONE, .why = "" };
	struct seal_span record;

	if (!find_record(query, &record, f))
		return v;
	worst.address = NULL;
	worst.visit = watch_step;
	worst.ctx = &w;
	v = spf_check(&worst);
	judge_problem(&v, f);
	if (v.problem == SPF_FINE && v.lookups >= CLOSE_TO_MAX)
		findings_add(f, FINDING_SPF_LOOKUPS_CLOSE, query->domain, text_format("%u at most", SPF_LOOKUPS_MAX),
		             text_format("%u", v.lookups));
	if (w.ptr_at[0] != '\0')
		findings_add(f, FINDING_SPF_PTR, w.ptr_at, NULL, text_format("ptr"));
	if (v.problem == SPF_SYNTAX)
		return v;
	judge_end(record, query->domain, f);
	for (size_t i = 0; i < num_senders && i < sizeof w.included; i++)
		judge_sender(&w, i, f);
	return v;
}
