/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/mail_records.h"

#include <errno.h>
#include <time.h>

#include "tools/mailseal/checks/waiting.h"

#define ZONE_TIMEOUT_S 2u    /* the zone's servers may be unreachable, which is no error */

static void
judge_spf(struct mail_records *m)
{
	const struct spf_query query = {
		.lookup = dns_lookup(&m->dns), .domain = m->envelope, .visit = tree_visit, .ctx = &m->tree
	};
	const bool strict = m->walk.policy != NULL && m->walk.policy->record.strict_spf;

	m->spf = spf_judge(&query, m->senders, m->num_senders, &m->findings);
	if (!dmarc_aligned(query.lookup, m->envelope, m->domain, strict))
		findings_add(&m->findings, FINDING_DMARC_SPF_UNALIGNED, m->envelope,
		             text_format("%s%s", m->domain, strict ? " (aspf=s)" : ""), text_format("%s", m->envelope));
}

/* While DKIM is wrong, quarantine and reject make receivers reject mail. */
static void
judge_order(struct mail_records *m)
{
	const struct dmarc_step *const step = m->walk.policy;
	enum dmarc_policy policy;
	char name[DNS_NAME_SIZE];

	if (step == NULL || m->dkim.num_judged == 0 || m->dkim.num_good > 0)
		return;
	policy = step->domain == m->walk.start ? dmarc_policy_self(&step->record) : dmarc_policy_sub(&step->record);
	(void)name_join(name, "_dmarc", step->domain);
	if (policy == DMARC_QUARANTINE || policy == DMARC_REJECT)
		findings_add(&m->findings, FINDING_DMARC_BEFORE_DKIM, name, text_format("p=none"),
		             text_format("p=%s", dmarc_policy_text(policy)));
}

static int
judge(struct mail_records *m)
{
	const struct dns_lookup lookup = dns_lookup(&m->dns);
	const struct dns_answer *const domain = dns_lookup_ask(lookup, m->domain, DNS_TXT);
	int code;

	m->dkim.records = json_array();
	if (findings_add_unknown(&m->findings, m->domain, domain))
		return TOOL_OK;
	if (domain->status == DNS_NXDOMAIN) {
		findings_add(&m->findings, FINDING_DNS_NO_DOMAIN, m->domain, NULL, NULL);
		return TOOL_OK;
	}
	dmarc_judge(lookup, m->domain, &m->walk, &m->findings);
	m->keys.domain = m->domain;
	m->keys.strict = m->walk.policy != NULL && m->walk.policy->record.strict_dkim;
	json_decref(m->dkim.records);
	code = keys_judge(&m->keys, lookup, &m->dkim, &m->findings);
	if (code != TOOL_OK)
		return code;
	judge_spf(m);
	judge_order(m);
	report_complete(&m->findings, &m->dns);
	return TOOL_OK;
}

int
mail_records_look(struct mail_records *m)
{
	return report_open(&m->request, &m->dns) ? judge(m) : TOOL_USAGE;
}

void
mail_records_free(struct mail_records *m)
{
	json_decref(m->dkim.records);
	tree_free(&m->tree);
	findings_free(&m->findings);
	dns_free(&m->dns);
}

/* --- waiting ---------------------------------------------------------------------- */

static uint64_t
mail_records_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
sleep_until(uint64_t time_ms)
{
	const struct timespec t = { .tv_sec = (time_t)(time_ms / 1000), .tv_nsec = (long)(time_ms % 1000) * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* Asks the zones' own servers the same questions, because no cache hides their answers. */
static uint64_t
judge_wait(const struct mail_records *asked, struct mail_records *m)
{
	struct mail_records zone = *asked;
	uint64_t seconds;

	if (m->dns.authoritative)
		return waiting_judge(&m->findings, &m->findings, &m->dns);
	zone.request.authoritative = true;
	if (zone.request.timeout_s > ZONE_TIMEOUT_S)
		zone.request.timeout_s = ZONE_TIMEOUT_S;
	(void)mail_records_look(&zone);
	seconds = waiting_judge(&m->findings, &zone.findings, &m->dns);
	mail_records_free(&zone);
	return seconds;
}

int
mail_records_wait(const struct mail_records *asked, struct mail_records *m, uint64_t wait_s)
{
	const uint64_t end_ms = mail_records_now_ms() + wait_s * 1000;

	for (;;) {
		const int code = mail_records_look(m);
		uint64_t sleep_ms, now, next;

		if (code != TOOL_OK || findings_count(&m->findings, 0, SEVERITY_ERROR) == 0)
			return code;
		sleep_ms = judge_wait(asked, m) * 1000;
		now = mail_records_now_ms();
		if (sleep_ms == 0 || now >= end_ms) {
			tool_note(NULL, "%s", sleep_ms == 0 ? "waiting does not help; correct the errors below"
			                                    : "the time limit was reached");
			return TOOL_OK;
		}
		next = now + sleep_ms < end_ms ? now + sleep_ms : end_ms;
		tool_note(NULL, "asking again in %llu s, for %llu s at most",
		          (unsigned long long)(next - now + 999) / 1000,
		          (unsigned long long)(end_ms - now + 999) / 1000);
		mail_records_free(m);
		*m = *asked;
		sleep_until(next);
	}
}
