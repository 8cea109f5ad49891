/* SPDX-License-Identifier: Apache-2.0
 *
 * steps.c - judges each step: its state, who must act next, and how.
 */
#include "tools/mailseal/status/status.h"

#include <string.h>

#define DAY_S 86400

/* In the order of words_steps. */
enum step { KEY, RECORD, SIGNS, SPF, DMARC, TEST, NEXT, AGE, OLD };

_Static_assert(OLD + 1u == WORDS_NUM_STEPS, "each step has a name");

static struct status_step
state(enum status_state is, const char *who, const char *text)
{
	return (struct status_step){ .state = is, .who = who, .text = text, .key = STATUS_NO_KEY };
}

static struct status_step
of_key(struct status_step step, size_t key)
{
	step.key = key;
	return step;
}

static struct status_step
with(struct status_step step, const char *argument)
{
	(void)snprintf(step.argument, sizeof step.argument, "%s", argument);
	return step;
}

/* --- keys ----------------------------------------------------------------- */

/* The signing key; if none is known, the first key that is not revoked. */
static size_t
first_key(const struct status *s)
{
	for (size_t i = 0; i < s->inventory.num_keys; i++) {
		if (s->inventory.keys[i].section != NULL)
			return s->signing != STATUS_NO_KEY ? s->signing : i;
	}
	return STATUS_NO_KEY;
}

static struct status_step
judge_made(const struct status *s)
{
	const size_t key = first_key(s);

	if (key == STATUS_NO_KEY)
		return state(STATUS_TODO, "you", "status.key.todo");
	if (s->inventory.keys[key].bits == 0)
		return of_key(state(STATUS_WRONG, "you", "status.key.wrong"), key);
	return of_key(state(STATUS_DONE, "you", NULL), key);
}

/* Judges the record of a key. `todo` is the text for a missing record, `wrong` the one for a wrong record. */
static struct status_step
judge_record(const struct status *s, size_t key, const char *todo, const char *wrong)
{
	const struct observed_record *const record = &s->observed.records[key];
	struct status_step step = state(STATUS_WRONG, "dns", wrong);

	if (record->seen == SEAL_KEYRING_OURS && !record->testing)
		step = state(STATUS_DONE, "dns", NULL);
	else if (record->seen == SEAL_KEYRING_UNKNOWN && s->inventory.keys[key].bits > 0)
		step = state(STATUS_UNKNOWN, "you", "status.unanswered");
	else if (record->seen == SEAL_KEYRING_UNKNOWN)
		step = state(STATUS_WAITS, "you", "status.later");
	else if (record->seen == SEAL_KEYRING_ABSENT)
		step = state(STATUS_TODO, "dns", todo);
	if (step.state == STATUS_WRONG)
		step = with(step, record->seen == SEAL_KEYRING_OURS ? "testing" : observed_dns_text(&s->observed, key));
	return of_key(step, key);
}

static struct status_step
judge_published(const struct status *s)
{
	const size_t key = first_key(s);

	if (key == STATUS_NO_KEY)
		return state(STATUS_WAITS, "dns", "status.later");
	return judge_record(s, key, "status.record.todo", "status.record.wrong");
}

static struct status_step
judge_log(const struct status *s, size_t key)
{
	const struct gateway_log_key *const log = &s->observed.gateway[key];
	const char *const alarm = gateway_log_alarm(log);

	if (log->signs == GATEWAY_LOG_YES && alarm == NULL)
		return state(STATUS_DONE, "you", NULL);
	if (alarm != NULL)
		return with(state(STATUS_WRONG, "you", "status.signs.wrong"), alarm);
	if (log->waits)
		return state(STATUS_TODO, "you", "status.signs.approve");
	return log->reported ? state(STATUS_WAITS, "you", "status.signs.waits")
	                      : state(STATUS_UNKNOWN, "you", "status.signs.unsaid");
}

static struct status_step
judge_signs(const struct status *s)
{
	const size_t key = first_key(s);

	if (s->steps[RECORD].state == STATUS_TODO || s->steps[RECORD].state == STATUS_WAITS)
		return of_key(state(STATUS_WAITS, "you", "status.later"), key);
	if (s->observed.gateway == NULL || key == STATUS_NO_KEY)
		return of_key(state(STATUS_UNKNOWN, "you", "status.signs.unknown"), key);
	return of_key(judge_log(s, key), key);
}

static struct status_step
judge_next(const struct status *s)
{
	if (first_key(s) == STATUS_NO_KEY)
		return state(STATUS_WAITS, "you", "status.later");
	if (s->next == STATUS_NO_KEY)
		return state(STATUS_TODO, "you", "status.next.make");
	return judge_record(s, s->next, "status.next.todo", "status.next.wrong");
}

static struct status_step
judge_age(const struct status *s)
{
	const size_t key = first_key(s);
	struct status_step step;
	int64_t days, most;
	char number[24];

	if (key == STATUS_NO_KEY)
		return state(STATUS_WAITS, "you", "status.later");
	if (s->inventory.keys[key].made_s == 0)
		return of_key(state(STATUS_UNKNOWN, "you", "status.age.unknown"), key);
	days = (site_now() - s->inventory.keys[key].made_s) / DAY_S;
	(void)snprintf(number, sizeof number, "%lld", (long long)days);
	most = s->inventory.keys[key].section->rotate_after_s / DAY_S;
	if (days < most)
		step = state(STATUS_DONE, "you", NULL);
	else if (s->steps[NEXT].state == STATUS_DONE)
		step = state(STATUS_TODO, "dns", "status.age.todo");
	else
		step = state(STATUS_WAITS, "you", "status.age.next");
	return of_key(with(step, number), key);
}

static struct status_step
judge_old(const struct status *s)
{
	const size_t key = s->old;
	struct status_step step;

	if (key == STATUS_NO_KEY)
		return state(STATUS_DONE, "dns", NULL);
	if (s->inventory.keys[key].section == NULL)
		step = state(STATUS_TODO, "dns", "status.old.revoked");
	else if (s->observed.records[key].seen == SEAL_KEYRING_ABSENT)
		step = state(STATUS_TODO, "you", "status.old.gone");
	else if (s->observed.gateway == NULL)
		step = state(STATUS_UNKNOWN, "you", "status.old.unknown");
	else if (gateway_log_is_safe_to_delete(&s->observed.gateway[key], site_now()))
		step = state(STATUS_TODO, "dns", "status.old.todo");
	else
		step = state(STATUS_WAITS, "dns", "status.old.waits");
	return of_key(step, key);
}

/* --- SPF and DMARC ---------------------------------------------------------- */

/* True, with the step, if DNS gave no usable answer, or returned that the domain does not exist, which is wrong. */
static bool
judge_unanswered(const struct status *s, const char *subject, struct status_step *step)
{
	const struct examination *const e = &s->examination;
	const struct finding *const error = examination_error(e, subject);
	const bool temporary = error != NULL && error->code == FINDING_SPF_TEMPORARY;

	if (e->answered && !temporary && (e->walk.num_steps == 0 || !e->walk.unknown || strcmp(subject, "dmarc") != 0))
		return false;
	if (findings_has(&e->findings, FINDING_DNS_NO_DOMAIN))
		*step = with(state(STATUS_WRONG, "you", "status.spf.wrong"), finding_kind(FINDING_DNS_NO_DOMAIN)->code);
	else
		*step = state(STATUS_UNKNOWN, "you", "status.unanswered");
	return true;
}

static struct status_step
judge_spf(const struct status *s)
{
	const struct finding *const error = examination_error(&s->examination, "spf");
	struct status_step step;

	if (judge_unanswered(s, "spf", &step))
		return step;
	if (error != NULL && (error->code == FINDING_SPF_MISSING || error->code == FINDING_SPF_SENDER))
		return with(state(STATUS_TODO, "dns", "status.spf.todo"), finding_kind(error->code)->code);
	if (error != NULL)
		return with(state(STATUS_WRONG, "dns", "status.spf.wrong"), finding_kind(error->code)->code);
	if (s->request->num_senders == 0)
		return state(STATUS_UNKNOWN, "you", "status.spf.unknown");
	return state(STATUS_DONE, "dns", NULL);
}

unsigned
status_dmarc_stage(const struct status *s, enum dmarc_policy *policy)
{
	const struct dmarc_walk *const walk = &s->examination.walk;

	*policy = DMARC_ABSENT;
	if (s->examination.answered && walk->policy != NULL)
		*policy = walk->policy->domain == walk->start ? dmarc_policy_self(&walk->policy->record)
		                                              : dmarc_policy_sub(&walk->policy->record);
	switch (*policy) {
	case DMARC_NONE:
		return 1;
	case DMARC_QUARANTINE:
		return 2;
	case DMARC_REJECT:
		return 3;
	case DMARC_ABSENT:
	case DMARC_INVALID:
		break;
	}
	return 0;
}

static struct status_step
judge_dmarc(const struct status *s)
{
	const struct finding *const error = examination_error(&s->examination, "dmarc");
	const struct dmarc_step *const found = s->examination.walk.policy;
	enum dmarc_policy policy;
	struct status_step step;
	unsigned stage;

	if (judge_unanswered(s, "dmarc", &step))
		return step;
	stage = status_dmarc_stage(s, &policy);
	if (error != NULL && error->code == FINDING_DMARC_MISSING)
		return state(STATUS_TODO, "dns", "status.dmarc.todo");
	if (error != NULL || stage == 0)
		return with(state(STATUS_WRONG, "dns", "status.dmarc.wrong"),
		            error != NULL ? finding_kind(error->code)->code : dmarc_policy_text(policy));
	if (!found->record.has_rua)
		return state(STATUS_TODO, "dns", "status.dmarc.reports");
	if (stage < 3 || found->record.testing)
		return with(state(STATUS_WAITS, "you", "status.dmarc.waits"), dmarc_policy_text(policy));
	return with(state(STATUS_DONE, "dns", NULL), dmarc_policy_text(policy));
}

void
status_judge(struct status *s)
{
	s->steps[KEY] = judge_made(s);
	s->steps[RECORD] = judge_published(s);
	s->steps[SIGNS] = judge_signs(s);
	s->steps[SPF] = judge_spf(s);
	s->steps[DMARC] = judge_dmarc(s);
	s->steps[TEST] = state(STATUS_UNKNOWN, "you", "status.test.unknown");
	s->steps[NEXT] = judge_next(s);
	s->steps[AGE] = judge_age(s);
	s->steps[OLD] = judge_old(s);
}
