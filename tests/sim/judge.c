/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/judge.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/hop.h"
#include "tests/sim/verify.h"
#include "tests/sim/world.h"

#define SLACK_MS 3000u
#define MAILS_MAX (CLIENTS_MAX * CLIENT_LETTERS)

/* When MAIL was sent, and accepted, by section. */
static struct {
	uint64_t sent[MAILS_MAX], accepted[MAILS_MAX];
	unsigned num_sent, num_accepted;
} mails[SECTIONS + 1];

void
judge_clear(void)
{
	memset(mails, 0, sizeof mails);
}

/* --- greeting and EHLO ---------------------------------------------------------------------------- */

/* A client without a section is refused, by its address. */
void
judge_greeting(const struct client *c, unsigned code, const char *text)
{
	char refusal[80];

	(void)snprintf(refusal, sizeof refusal, "5.7.1 Relaying denied for client %u.%u.%u.%u", c->address >> 24,
	               c->address >> 16 & 255u, c->address >> 8 & 255u, c->address & 255u);
	EXPECT((code == 554) == (c->section == SECTION_NONE && code != 421), "client %u is greeted with %u", c->number,
	       code);
	EXPECT(code != 554 || strcmp(text, refusal) == 0, "client %u is refused: %s", c->number, text);
}

static uint64_t
size_limit(bool is_mirrored)
{
	const uint64_t own = machine_max_size();
	const uint64_t hop = world.setting.hop_size > SEAL_ADDED_MAX ? world.setting.hop_size - SEAL_ADDED_MAX : 1;

	return is_mirrored && world.setting.hop_size > 0 && hop < own ? hop : own;
}

static void
judge_offers(const struct client *c)
{
	const struct setting *s = &world.setting;
	const bool is_sure = world.is_quiet && s->offers == s->later_offers &&
	                     c->hello_given_ms < c->hello_taken_ms + SEAL_HELLO_WAIT_MS;
	const bool is_private = c->was_secured;

	EXPECT((c->offers & ~(s->offers | s->later_offers)) == 0, "client %u is offered what the next hop does not",
	       c->number);
	EXPECT(!is_sure || c->offers == s->offers, "client %u is not offered what the next hop does", c->number);
	EXPECT(c->size_offered == size_limit(true) || (!is_sure && c->size_offered == size_limit(false)),
	       "client %u is offered SIZE %llu", c->number, (unsigned long long)c->size_offered);
	if (c->section != SECTION_NONE)
		EXPECT(c->offers_tls == (s->sections[c->section].tls != SEAL_SMTPD_HIDDEN && !is_private),
		       "client %u: STARTTLS is offered or not", c->number);
}

void
judge_hello_reply(struct client *c, unsigned code)
{
	if (code != 250)
		return;
	EXPECT(c->section != SECTION_NONE, "client %u is unknown, and EHLO is accepted", c->number);
	if (c->extended)
		judge_offers(c);
	if (c->hello_taken_ms != 0)
		EXPECT(c->hello_given_ms <= c->hello_taken_ms + SEAL_HELLO_WAIT_MS + SLACK_MS,
		       "client %u waits %llu ms for EHLO",
		       c->number, (unsigned long long)(c->hello_given_ms - c->hello_taken_ms));
	EXPECT(!world.is_quiet || c->hello_given_ms < c->hello_taken_ms + SEAL_HELLO_WAIT_MS,
	       "client %u waits for EHLO until its time is over", c->number);
	EXPECT(c->hello_sent_ms <= world.drained_ms, "client %u: EHLO is accepted in a drain", c->number);
}

void
judge_auth_reply(struct client *c, unsigned code)
{
	const struct section *s = &world.setting.sections[c->section];

	if (code == 334)
		return;
	c->num_refused_logins += code == 535;
	EXPECT(code != 235 || c->login != LOGIN_WRONG || s->auth == 1, "client %u is logged in with a wrong password",
	       c->number);
	EXPECT(code != 535 || (c->login == LOGIN_WRONG && s->auth != 1), "client %u: its correct login is refused",
	       c->number);
	EXPECT(code != 454 || !world.is_quiet, "client %u: 454 without a reason", c->number);
	c->is_in |= code == 235;
}

/* A client that waits for nothing gets 421 at a drain without asking. */
void
judge_drain(const struct client *c)
{
	const bool is_idle = c->num_awaited == 0 && !c->in_transaction && c->wire->in_len == 0;
	const uint64_t since_ms = c->last_ms > world.drained_ms ? c->last_ms : world.drained_ms;
	const bool knows = c->saw_421 || world.now_ms < since_ms || world.now_ms - since_ms < SLACK_MS;

	EXPECT(!is_idle || knows, "client %u gets no 421 at the drain", c->number);
}

/* --- MAIL ---------------------------------------------------------------------------------------- */

void
judge_mail_sent(const struct client *c, struct letter *l)
{
	mails[c->section].sent[mails[c->section].num_sent++] = world.now_ms;
	l->mail_sent_ms = world.now_ms;
}

static unsigned
count_since(const uint64_t *times, unsigned num, uint64_t since)
{
	unsigned count = 0;

	for (unsigned i = 0; i < num; i++)
		count += times[i] >= since;
	return count;
}

/* A full bucket, and the messages that were added since then. */
static void
judge_rate(const struct client *c)
{
	const struct section *s = &world.setting.sections[c->section];
	const unsigned num = mails[c->section].num_accepted;

	for (unsigned i = 0; i < num; i++) {
		const uint64_t since = mails[c->section].accepted[i];
		const uint64_t more = (world.now_ms - since + SLACK_MS) * s->rate_count / (s->rate_period_s * 1000u);

		EXPECT(count_since(mails[c->section].accepted, num, since) <= s->rate_count + more + 1,
		       "client %u: more messages than its rate", c->number);
	}
}

static void
judge_mail_accepted(const struct client *c, const struct letter *l)
{
	const struct section *s = &world.setting.sections[c->section];

	EXPECT(c->section != SECTION_NONE, "%s: MAIL of an unknown client is accepted", l->id);
	EXPECT(!letter_sender_is_theft(l), "%s: MAIL in the name of another client's domain is accepted", l->id);
	EXPECT(l->size_param != SIZE_TOO_LARGE || !c->extended, "%s: MAIL with SIZE=99999999 is accepted", l->id);
	EXPECT(s->tls != SEAL_SMTPD_REQUIRED || c->was_secured, "%s: MAIL without TLS is accepted", l->id);
	EXPECT(s->auth != 3 || c->is_in, "%s: MAIL without login is accepted", l->id);
	EXPECT(l->mail_sent_ms <= world.drained_ms, "%s: MAIL is accepted in a drain", l->id);
	mails[c->section].accepted[mails[c->section].num_accepted++] = l->mail_sent_ms;
	judge_rate(c);
}

/* Without trouble there is no other reason to refuse it. */
static bool
may_refuse_mail(const struct client *c, const struct letter *l)
{
	const struct section *s = &world.setting.sections[c->section];

	return !world.is_quiet || letter_sender_is_theft(l) || l->size_param != SIZE_NONE || l->mail_code == 452 ||
	       (s->tls == SEAL_SMTPD_REQUIRED && !c->was_secured) || (s->auth == 3 && !c->is_in) ||
	       strncmp(l->mail_text, "4.7.1 Message rate", 18) == 0 || c->section == SECTION_NONE;
}

/* The connection to the next hop was lost after its greeting. */
static bool
is_lost(const char *text)
{
	return strncmp(text, "4.4.2 Next hop ", 15) == 0 && strstr(text, ": connection lost") != NULL;
}

void
judge_mail_reply(struct client *c, struct letter *l)
{
	const struct section *s = &world.setting.sections[c->section];

	if (l->mail_code == 250) {
		judge_mail_accepted(c, l);
		return;
	}
	if (is_lost(l->mail_text))
		EXPECT(hops_wanted_since(l->mail_sent_ms), "%s: the connection was lost, and no other is tried", l->id);
	EXPECT(may_refuse_mail(c, l), "%s: MAIL is refused: %u %s", l->id, l->mail_code, l->mail_text);
	if (strncmp(l->mail_text, "4.7.1 Message rate", 18) != 0)
		return;
	EXPECT(count_since(mails[c->section].sent, mails[c->section].num_sent,
	                   world.now_ms > s->rate_period_s * 1000u ? world.now_ms - s->rate_period_s * 1000u : 0) >
	       s->rate_count, "%s: the rate is not exceeded", l->id);
}

/* --- the verdict ----------------------------------------------------------------------------------- */

static void
judge_delivered(const struct letter *l)
{
	const struct visit *v = visit_read(l);

	EXPECT(v != NULL, "%s: 2yz to the client, but no 2yz of the next hop was read", l->id);
	if (v == NULL)
		return;
	EXPECT(v->is_early || (v->dot_arrived && v->read_code == l->dot_code && strcmp(l->dot_text,
	       "2.0.0 queued") == 0),
	       "%s: %u %s is not the next hop's reply", l->id, l->dot_code, l->dot_text);
	EXPECT(l->body_param != PARAM_SMTPUTF8 || (v->offers & OFFER_SMTPUTF8) != 0,
	       "%s: the next hop does not take SMTPUTF8",
	       l->id);
	EXPECT(!letter_is_bad(l, v->offers, UINT64_MAX, l->body_param == PARAM_SMTPUTF8),
	       "%s: is delivered, but should be refused",
	       l->id);
}

/* The gateway's own verdict. */
static void
judge_refused(const struct letter *l)
{
	const uint64_t until = l->dot_taken_ms + world.setting.sections[l->section].patience_s * 900u;
	const unsigned offers = world.is_quiet ? world.setting.offers & world.setting.later_offers : 0;
	const bool is_bad = letter_is_bad(l, offers, size_limit(true), l->body_param == PARAM_SMTPUTF8);

	const bool is_unpublished = setting_signers(&world.setting, l->author).code == 451;

	EXPECT(l->dot_code < 500 || !is_unpublished ||
	       letter_content_is_bad(l, offers, size_limit(true), l->body_param == PARAM_SMTPUTF8),
	       "%s: a key that is not published yet is no reason for %u", l->id, l->dot_code);
	EXPECT(l->dot_code < 500 || is_bad, "%s: a good message is refused: %u %s", l->id, l->dot_code, l->dot_text);
	EXPECT(!world.is_quiet || is_bad || l->kept_len > machine_max_size() - 200u || l->dot_code == 452 ||
	       l->dot_given_ms >= until,
	       "%s: is not delivered: %u %s", l->id, l->dot_code, l->dot_text);
	if (is_lost(l->dot_text))
		EXPECT(l->was_given_data || world.setting.hop_tls != 0 || hops_wanted_since(l->dot_taken_ms),
		       "%s: the connection was lost before DATA, and no other is tried", l->id);
	if (strncmp(l->dot_text, "4.4.1 Next hop too slow", 23) == 0)
		EXPECT(l->dot_given_ms >= until, "%s: given up %llu ms too early", l->id,
		       (unsigned long long)(until - l->dot_given_ms));
}

static bool
is_hops(const struct letter *l)
{
	for (unsigned i = 0; i < visits_count(); i++) {
		const struct visit *v = visits_at(i);

		if (v->letter == l && v->read_code != 0)
			return true;
	}
	return false;
}

void
judge_dot_reply(struct client *c, struct letter *l)
{
	const uint64_t until = l->dot_taken_ms + world.setting.sections[l->section].patience_s * 900u;

	(void)c;
	EXPECT(l->dot_given_ms <= until + SLACK_MS, "%s: answered %llu ms after the client's patience", l->id,
	       (unsigned long long)(l->dot_given_ms - until));
	EXPECT(l->data_code == 354, "%s: a verdict without content", l->id);
	if (l->dot_code / 100 == 2)
		judge_delivered(l);
	else if (!is_hops(l))
		judge_refused(l);
}
