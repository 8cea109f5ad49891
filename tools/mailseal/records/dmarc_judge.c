/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_judge.c - the tree walk (RFC 9989 4.10), and findings about its results.
 */
#include <string.h>

#include "tools/mailseal/records/dmarc.h"

static void
take_step(struct dns_lookup lookup, const char *domain, struct dmarc_walk *walk)
{
	struct dmarc_step *const step = &walk->steps[walk->num_steps++];
	char name[DNS_NAME_SIZE];

	*step = (struct dmarc_step){ .domain = domain };
	(void)name_join(name, "_dmarc", domain);
	step->answer = dns_lookup_ask(lookup, name, DNS_TXT);
	walk->unknown = walk->unknown || dns_is_unknown(step->answer);
	for (size_t i = 0; i < step->answer->num_records; i++) {
		if (!dmarc_is_record(step->answer->records[i].data))
			continue;
		step->text = step->answer->records[i].data;
		step->num_records++;
	}
	if (step->num_records == 1)
		dmarc_parse(step->text, &step->record, name, NULL);
}

static bool
is_stop(const struct dmarc_step *step)
{
	return step->num_records == 1 && step->record.psd != 'u';
}

/* The part of `start` that is one label longer than `domain`. */
static const char *
one_below(const char *start, const char *domain)
{
	while (name_parent(start) != domain)
		start = name_parent(start);
	return start;
}

/* 4.10.2 */
static const char *
select_organization(const struct dmarc_walk *walk)
{
	const char *organization = walk->start;

	for (unsigned i = 0; i < walk->num_steps; i++) {
		const struct dmarc_step *const step = &walk->steps[i];

		if (step->num_records != 1)
			continue;
		if (step->record.psd == 'n')
			return step->domain;
		if (step->record.psd == 'y' && i > 0)
			return one_below(walk->start, step->domain);
		organization = step->domain;
	}
	return organization;
}

/* 4.10.1: the record of the domain, else of the organization, else of the registry. */
static const struct dmarc_step *
select_policy(const struct dmarc_walk *walk)
{
	const struct dmarc_step *registry = NULL;

	for (unsigned i = 0; i < walk->num_steps; i++) {
		const struct dmarc_step *const step = &walk->steps[i];

		if (step->num_records != 1)
			continue;
		if (i == 0 || step->domain == walk->organization)
			return step;
		if (step->record.psd == 'y')
			registry = step;
	}
	return registry;
}

void
dmarc_walk(struct dns_lookup lookup, const char *domain, struct dmarc_walk *walk)
{
	const char *name;

	*walk = (struct dmarc_walk){ .num_steps = 0 };
	(void)name_copy(walk->start, seal_span_text(domain));
	name = walk->start;
	take_step(lookup, name, walk);
	while (!is_stop(&walk->steps[walk->num_steps - 1]) && name_parent(name)[0] != '\0' &&
	       walk->num_steps < DMARC_WALK_MAX) {
		do
			name = name_parent(name);
		while (name_labels(name) >= DMARC_WALK_MAX);
		take_step(lookup, name, walk);
	}
	walk->organization = select_organization(walk);
	walk->policy = select_policy(walk);
}

bool
dmarc_aligned(struct dns_lookup lookup, const char *domain, const char *from, bool strict)
{
	struct dmarc_walk ours, theirs;

	if (name_equal(domain, from))
		return true;
	if (strict)
		return false;
	dmarc_walk(lookup, domain, &ours);
	dmarc_walk(lookup, from, &theirs);
	return name_equal(ours.organization, theirs.organization);
}

/* --- findings ---------------------------------------------------------------- */

static bool
find_meant(struct dns_lookup lookup, const char *name, struct seal_span *text)
{
	const struct dns_answer *const answer = dns_lookup_ask(lookup, name, DNS_TXT);

	for (size_t i = 0; i < answer->num_records; i++) {
		if (dmarc_is_meant(answer->records[i].data)) {
			*text = answer->records[i].data;
			return true;
		}
	}
	return false;
}

static void
dmarc_judge_absent(struct dns_lookup lookup, const struct dmarc_walk *walk, const char *name, struct findings *f)
{
	char doubled[DNS_NAME_SIZE];
	struct seal_span text;
	const char *elsewhere = NULL;

	if (find_meant(lookup, name, &text)) {
		findings_add(f, FINDING_DMARC_NOT_DMARC1, name, text_format("v=DMARC1 as the first tag"),
		             text_visible(text));
		return;
	}
	if (name_join(doubled, name, walk->start) && find_meant(lookup, doubled, &text))
		elsewhere = doubled;
	else if (find_meant(lookup, walk->start, &text))
		elsewhere = walk->start;
	if (elsewhere != NULL)
		findings_add(f, FINDING_DMARC_WRONG_NAME, name, text_format("TXT record at %s", name),
		             text_format("TXT record at %s", elsewhere));
	else if (walk->policy == NULL)
		findings_add(f, FINDING_DMARC_MISSING, name, text_format("v=DMARC1; p=none; rua=mailto:..."), NULL);
	else
		findings_add(f, FINDING_DMARC_INHERITED, name, NULL,
		             text_format("the record at _dmarc.%s", walk->policy->domain));
}

static void
judge_policies(const struct dmarc_walk *walk, const struct dmarc_record *record, const char *name,
               struct findings *f)
{
	const struct dmarc_step *const step = walk->policy;
	const enum dmarc_policy self = dmarc_policy_self(record), sub = dmarc_policy_sub(record);

	if (record->psd == 'y')
		findings_add(f, FINDING_DMARC_PSD, name, NULL, text_format("psd=y"));
	if ((step->domain == walk->start ? self : sub) == DMARC_NONE)
		findings_add(f, FINDING_DMARC_NONE, name, NULL, NULL);
	else if (record->testing)
		findings_add(f, FINDING_DMARC_TESTING, name, NULL, NULL);
	if (step->domain != walk->organization && (record->sp != DMARC_ABSENT || record->np != DMARC_ABSENT))
		findings_add(f, FINDING_DMARC_SP_IGNORED, name, NULL,
		             text_format("the organizational domain is %s", walk->organization));
	else if (sub < self)
		findings_add(f, FINDING_DMARC_SP_WEAKER, name, text_format("sp=%s, or no sp", dmarc_policy_text(self)),
		             text_format("sp=%s", dmarc_policy_text(sub)));
}

/* RFC 9990 4: the other organization must publish that it accepts the reports. */
static void
judge_reports(struct dns_lookup lookup, const struct dmarc_walk *walk, struct seal_span list, struct findings *f)
{
	const char *const owner = walk->policy->domain;
	char domain[DNS_NAME_SIZE], below[DNS_NAME_SIZE], name[DNS_NAME_SIZE];
	struct seal_span uri;

	while (dmarc_next_uri(&list, &uri, domain)) {
		const struct dns_answer *answer;
		bool agrees = false;

		if (domain[0] == '\0' || dmarc_aligned(lookup, domain, owner, false))
			continue;
		(void)name_join(below, "_report._dmarc", domain);
		(void)name_join(name, owner, below);
		answer = dns_lookup_ask(lookup, name, DNS_TXT);
		for (size_t i = 0; i < answer->num_records; i++)
			agrees = agrees || dmarc_is_record(answer->records[i].data);
		if (!agrees && !findings_add_unknown(f, name, answer))
			findings_add(f, FINDING_DMARC_REPORT_REFUSED, name, text_format("v=DMARC1;"),
			             text_visible(uri));
	}
}

void
dmarc_judge(struct dns_lookup lookup, const char *domain, struct dmarc_walk *walk, struct findings *f)
{
	char name[DNS_NAME_SIZE];
	struct dmarc_record record;

	dmarc_walk(lookup, domain, walk);
	(void)name_join(name, "_dmarc", walk->start);
	for (unsigned i = 0; i < walk->num_steps; i++) {
		if (findings_add_unknown(f, i == 0 ? name : walk->steps[i].domain, walk->steps[i].answer))
			return;
	}
	if (walk->steps[0].num_records > 1) {
		findings_add(f, FINDING_DMARC_SEVERAL, name, text_format("one record"),
		             text_format("%u records", walk->steps[0].num_records));
		return;
	}
	if (walk->steps[0].num_records == 0)
		dmarc_judge_absent(lookup, walk, name, f);
	if (walk->policy == NULL)
		return;
	(void)name_join(name, "_dmarc", walk->policy->domain);
	dmarc_parse(walk->policy->text, &record, name, f);
	judge_policies(walk, &record, name, f);
	judge_reports(lookup, walk, record.rua, f);
	judge_reports(lookup, walk, record.ruf, f);
}
