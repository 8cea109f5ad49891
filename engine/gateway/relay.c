/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/relay_parts.h"

#include <string.h>

#include "engine/base/ct.h"

/* All links or transactions are taken. */
#define NO_ROOM SEAL_REPLY(452, "4.3.1 Too many messages in progress, try again later")

/* --- the client's commands ------------------------------------------------------- */

/* If no link is free, EHLO is answered as if the next hop could not be reached. */
static void
on_hello(struct seal_relay *r, uint64_t now_ms)
{
	if (r->draining) {
		(void)seal_smtpd_answer(&r->smtpd, SEAL_REPLY(421, "4.3.2 Service shutting down"), now_ms);
		return;
	}
	r->waiting = SEAL_SMTPD_HELLO;
	r->hello_until_ms = now_ms + SEAL_HELLO_WAIT_MS;
	if (!seal_relay_take_link(r) || seal_relay_is_greeted(r))
		seal_relay_answer_hello(r, now_ms);
}

/* --- privacy and login of the client ------------------------------------------- */

static void
on_starttls(struct seal_relay *r, uint64_t now_ms)
{
	const struct seal_reply reply = r->draining ? SEAL_REPLY(421, "4.3.2 Service shutting down")
	                                            : SEAL_REPLY(220, "2.0.0 Ready to start TLS");

	(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
}

static void
refuse_auth(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct seal_outcome refused = { .reply = reply };

	r->waiting = SEAL_SMTPD_NONE;
	(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
	seal_relay_report(r, &refused);
}

static void
answer_auth(struct seal_relay *r, bool is_right, uint64_t now_ms)
{
	if (!is_right) {
		seal_relay_stats(r)->logins_refused++;
		refuse_auth(r, SEAL_REPLY(535, "5.7.8 Authentication credentials invalid"), now_ms);
		return;
	}
	r->waiting = SEAL_SMTPD_NONE;
	(void)seal_smtpd_answer(&r->smtpd, SEAL_REPLY(235, "2.7.0 Authentication successful"), now_ms);
}

static void
on_auth(struct seal_relay *r, const struct seal_smtpd_login *login, uint64_t now_ms)
{
	r->waiting = SEAL_SMTPD_AUTH;
	if (r->client->any_login)
		answer_auth(r, true, now_ms);
	else
		seal_login_begin(&r->login, r->client, login->user, login->secret);
}

static bool
step_login(struct seal_relay *r, uint64_t now_ms)
{
	enum seal_status status;

	if (r->waiting != SEAL_SMTPD_AUTH)
		return false;
	status = seal_login_run(&r->login, r->gateway->login_rounds);
	r->working = status == SEAL_PENDING;
	if (!r->working)
		answer_auth(r, status == SEAL_OK, now_ms);
	return !r->working;
}

/* --- MAIL to DATA -------------------------------------------------------------------- */

/* Our own judgement of a MAIL; code 0: accepted. The rate comes last, because a message that is
 * refused for another reason must not use up the client's rate. */
static struct seal_reply
judge_mail(struct seal_relay *r, const struct seal_path_command *mail, uint64_t now_ms)
{
	const struct seal_config *config = r->gateway->config;
	const struct seal_extensions none = { .size_max = 0 };
	struct seal_bucket *bucket = &r->gateway->buckets[r->client - config->clients];

	if (r->draining)
		return SEAL_REPLY(421, "4.3.2 Service shutting down");
	if (!seal_policy_may_bounce_to(config, r->client, mail->domain))
		return SEAL_REPLY(550, "5.7.1 Envelope sender domain not allowed for this client");
	if (mail->size > seal_relay_size_limit(r, seal_relay_is_greeted(r) ? &r->link->smtpc.extensions : &none))
		return SEAL_REPLY(552, "5.3.4 Message too large");
	if (seal_next_hop_outlasts(&r->gateway->next_hop, mail->size, r->client->patience_s))
		return SEAL_REPLY(452, "4.3.1 Next hop too slow for a message of this size");
	if (!seal_policy_rate(bucket, r->client, now_ms))
		return SEAL_REPLY(451, "4.7.1 Message rate limit exceeded, try again later");
	return (struct seal_reply){ 0 };
}

/* Transaction and link are taken first, so that a MAIL that is accepted can be finished; then come
 * our own rules, before any room in the spool is reserved. */
static void
on_mail(struct seal_relay *r, const struct seal_path_command *mail, uint64_t now_ms)
{
	struct seal_reply refusal;

	r->num_transactions++;
	r->waiting = SEAL_SMTPD_MAIL;
	if (!seal_relay_take_transaction(r) || !seal_relay_take_link(r)) {
		const struct seal_outcome full = { .reply = NO_ROOM };

		(void)seal_smtpd_answer(&r->smtpd, full.reply, now_ms);
		seal_relay_report(r, &full);
		seal_relay_end_transaction(r);
		return;
	}
	r->transaction->phase = SEAL_PHASE_ENVELOPE;
	refusal = judge_mail(r, mail, now_ms);
	if (refusal.code == 0)
		refusal = seal_transaction_open(r->transaction, seal_relay_spool(r), mail->size);
	seal_relay_stats(r)->spool_alarms += r->transaction->held.failed;
	/* even if it is refused: the record of the refusal names the sender */
	if (seal_envelope_add(&r->transaction->envelope, mail) != SEAL_OK && refusal.code == 0)
		refusal = SEAL_REPLY(452, "4.5.3 Envelope sender address too long");
	if (refusal.code != 0)
		seal_relay_refuse_command(r, refusal, false, now_ms);
}

static void
on_rcpt(struct seal_relay *r, const struct seal_path_command *rcpt, uint64_t now_ms)
{
	struct seal_transaction *t = r->transaction;

	r->waiting = SEAL_SMTPD_RCPT;
	t->pending_at = t->envelope.len;
	if (!seal_relay_take_link(r))
		seal_relay_refuse_command(r, NO_ROOM, false, now_ms);
	else if (seal_envelope_add(&t->envelope, rcpt) != SEAL_OK)
		seal_relay_refuse_command(r, SEAL_REPLY(452, "4.5.3 Too many recipients"), false, now_ms);
}

static void
on_data(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_transaction *t = r->transaction;
	struct seal_path_command mail = { .size = 0 };
	size_t at = 0;
	struct seal_intake_rules rules = {
		.config = r->gateway->config,
		.client = r->client,
		.keyring = r->gateway->keyring,
		.bare_lf = r->client->bare_lf,
		.size_max = seal_relay_size_limit(r, &t->mirror),
		.refuse_long_lines = r->client->refuse_long_lines,
		.eight_bit = t->mirror.eight_bit_mime
	};

	(void)seal_envelope_next(&t->envelope, &at, &mail);
	rules.utf8_header = mail.smtputf8 || r->client->pass_8bit_header;
	seal_message_begin(&t->message, &rules);
	t->phase = SEAL_PHASE_CONTENT;
	(void)seal_smtpd_answer(&r->smtpd, SEAL_REPLY(354, "End data with <CR><LF>.<CR><LF>"), now_ms);
}

/* The message is complete: it is refused, or all of our own fields except the signatures are made. */
static enum seal_status
end_message(struct seal_relay *r, uint64_t now_s)
{
	struct seal_transaction *t = r->transaction;
	uint8_t id[SEAL_RELAY_ID_MAX];
	struct seal_out id_out = seal_out(id, sizeof id);
	struct seal_path_command command = { .size = 0 };
	size_t at = 0;
	struct seal_trace trace = {
		.hello = seal_smtpd_hello(&r->smtpd),
		.client_address = r->client_address,
		.hostname = r->gateway->config->gateway.hostname,
		.now_s = now_s
	};

	seal_relay_put_id(r, &id_out);
	trace.id = seal_out_span(&id_out);
	(void)seal_envelope_next(&t->envelope, &at, &command);
	trace.utf8 = command.smtputf8;
	trace.protocol = seal_relay_protocol_of(r, trace.utf8);
	if (t->envelope.num == 2 && seal_envelope_next(&t->envelope, &at, &command))
		trace.recipient = command.path;
	return seal_message_end(&t->message, &trace);
}

static void
learn(struct seal_relay *r, struct seal_span domain, uint64_t now_ms)
{
	if (r->gateway->learn != NULL)
		seal_learn_note(r->gateway->learn, domain, &r->client_address, now_ms);
}

/* Note an author domain that is not configured, or not for this client. A domain whose key is merely
 * not published yet is configured. */
static void
learn_refused(struct seal_relay *r, uint64_t now_ms)
{
	const struct seal_intake *in = &r->transaction->message.intake;

	if (in->fault == SEAL_INTAKE_POLICY && in->verdict.author != SEAL_POLICY_UNPUBLISHED)
		learn(r, seal_intake_domain(in), now_ms);
}

/* Trouble with the spool comes before the verdict on the content, because the content was not held
 * completely. Patience counts from here: 90 % of it, so that our reply arrives in time. */
static void
on_end(struct seal_relay *r, uint64_t now_ms, uint64_t now_s)
{
	struct seal_transaction *t = r->transaction;
	const struct seal_lines *lines = &t->message.intake.lines;
	struct seal_out room;

	seal_relay_stats(r)->long_lines += lines->long_lines;
	seal_relay_stats(r)->normalized += lines->normalized;
	r->waiting = SEAL_SMTPD_END;
	t->end_ms = now_ms;
	t->answer_by_ms = now_ms + (uint64_t)r->client->patience_s * 900u;
	if (t->trouble.code != 0) {
		const struct seal_outcome outcome = { .reply = t->trouble, .alarm = t->held.failed || r->link_failed };

		seal_relay_conclude(r, &outcome, now_ms);
		return;
	}
	switch (end_message(r, now_s)) {
	case SEAL_OK:
		t->phase = SEAL_PHASE_SIGNING;
		break;
	case SEAL_E_PEER:
		learn_refused(r, now_ms);
		room = seal_message_reply_room(&t->message);
		seal_relay_conclude_local(r, seal_intake_refusal(&t->message.intake, &room), now_ms);
		break;
	case SEAL_E_LIMIT:
	case SEAL_E_KEY:
	case SEAL_E_SPOOL:
	case SEAL_E_CALLER:
	case SEAL_PENDING:
		seal_relay_conclude_local(r, SEAL_REPLY(552, "5.3.4 Header fields to sign are too long"), now_ms);
		break;
	}
}

static void
on_abort(struct seal_relay *r)
{
	const struct seal_outcome outcome = { .reply = { 0 } };

	if (seal_relay_phase(r) == SEAL_PHASE_IDLE)
		return;
	if (r->link != NULL && seal_link_has_content(r->link))
		seal_relay_abort_link(r);
	seal_relay_report(r, &outcome);
	seal_relay_end_transaction(r);
}

/* The protocol's own rules closed the connection: too many errors, a timeout, not SMTP. */
static void
on_close(struct seal_relay *r)
{
	const struct seal_outcome outcome = { .reply = seal_smtpd_closing_reply(&r->smtpd) };

	if (outcome.reply.code >= 400)
		seal_relay_report(r, &outcome);
}

/* The client is gone, so its command is over. Only a message whose final dot was sent goes on: the
 * next hop may accept it, so its reply is awaited for the log. */
static void
on_lost(struct seal_relay *r)
{
	if (r->waiting == SEAL_SMTPD_AUTH)
		seal_wipe(&r->login, sizeof r->login);
	if (seal_relay_phase(r) == SEAL_PHASE_DELIVERING && seal_link_in_doubt(r->link))
		return;
	on_abort(r);
	r->waiting = SEAL_SMTPD_NONE;
}

/* Handle one event of the client. Returns false if there was none, or it already waits. */
static bool
step_client_event(struct seal_relay *r, const struct seal_smtpd_info *info, uint64_t now_ms, uint64_t now_s)
{
	const enum seal_smtpd_event event = r->down_gone ? SEAL_SMTPD_NONE : seal_smtpd_next(&r->smtpd);

	if (event == (enum seal_smtpd_event)r->waiting && event != SEAL_SMTPD_NONE)
		return false; /* it waits for its answer */
	switch (event) {
	case SEAL_SMTPD_HELLO:
		on_hello(r, now_ms);
		return true;
	case SEAL_SMTPD_MAIL:
		on_mail(r, &info->command, now_ms);
		return true;
	case SEAL_SMTPD_RCPT:
		on_rcpt(r, &info->command, now_ms);
		return true;
	case SEAL_SMTPD_STARTTLS:
		on_starttls(r, now_ms);
		return true;
	case SEAL_SMTPD_AUTH:
		on_auth(r, &info->login, now_ms);
		return true;
	case SEAL_SMTPD_DATA:
		on_data(r, now_ms);
		return true;
	case SEAL_SMTPD_CONTENT:
		if (!seal_transaction_hold(r->transaction, seal_relay_spool(r), info->content))
			seal_relay_stats(r)->spool_alarms += r->transaction->held.failed;
		return true;
	case SEAL_SMTPD_END:
		on_end(r, now_ms, now_s);
		return true;
	case SEAL_SMTPD_ABORT:
		on_abort(r);
		return true;
	case SEAL_SMTPD_CLOSE:
		on_close(r);
		return true;
	case SEAL_SMTPD_NONE:
		break;
	}
	return false;
}

/* --- signing ------------------------------------------------------------------------ */

/* Signing has ended: deliver the message or refuse it. */
static void
on_signed(struct seal_relay *r, enum seal_status status, uint64_t now_ms)
{
	if (status == SEAL_OK) {
		r->transaction->phase = SEAL_PHASE_DELIVERING;
		if (!seal_relay_take_link(r))
			seal_relay_conclude_local(r, NO_ROOM, now_ms);
	} else if (status == SEAL_E_LIMIT) {
		seal_relay_conclude_local(r, SEAL_REPLY(552, "5.3.4 DKIM signatures are too long"), now_ms);
	} else {
		seal_relay_stats(r)->key_alarms++;
		seal_relay_conclude_alarm(r, SEAL_REPLY(451, "4.7.5 DKIM signing failed, try again later"), now_ms);
	}
}

static bool
step_signing(struct seal_relay *r, uint64_t now_ms, uint64_t now_s)
{
	struct seal_transaction *t = r->transaction;
	enum seal_status status;

	if (t != NULL && t->phase == SEAL_PHASE_IDLE)
		seal_relay_give_transaction(r);
	if (seal_relay_phase(r) != SEAL_PHASE_SIGNING)
		return false;
	status = seal_message_sign(&t->message, r->gateway->keys, now_s);
	if (status == SEAL_PENDING) {
		r->pending = true;
		return false;
	}
	t->signing_ms = now_ms - t->end_ms;
	on_signed(r, status, now_ms);
	return true;
}

/* --- public functions ------------------------------------------------------------------ */

/* No client section has the address. */
static void
refuse_client(struct seal_relay *r, uint64_t now_ms)
{
	uint8_t text[sizeof "5.7.1 Relaying denied for client " + SEAL_IP_TEXT_MAX];
	struct seal_out out = seal_out(text, sizeof text);
	struct seal_outcome refused = { .reply = { .code = 554 } };

	seal_out_text(&out, "5.7.1 Relaying denied for client ");
	seal_ip_put(&out, &r->client_address);
	refused.reply.text = seal_out_span(&out);
	seal_smtpd_refuse(&r->smtpd, refused.reply);
	learn(r, seal_span(NULL, 0), now_ms);
	seal_relay_report(r, &refused);
}

void
seal_relay_init(struct seal_relay *r, struct seal_gateway *gateway, const struct seal_ip *client_address,
                uint64_t id, bool is_private, uint64_t now_ms)
{
	memset(r, 0, sizeof *r);
	r->gateway = gateway;
	r->client_address = *client_address;
	r->id = id;
	r->client = seal_policy_client(gateway->config, client_address);
	seal_smtpd_init(&r->smtpd, now_ms);
	if (is_private)
		seal_smtpd_secured(&r->smtpd, now_ms);
	seal_relay_stats(r)->connections++;
	if (r->client != NULL) {
		const struct seal_smtpd_access access = {
			.tls = r->client->tls,
			.login = r->client->auth,
			.clear_login = r->client->clear_login || r->client->any_login
		};

		seal_smtpd_set_access(&r->smtpd, access);
		seal_smtpd_greet(&r->smtpd, gateway->config->gateway.hostname);
	} else {
		refuse_client(r, now_ms);
	}
}

/* Go around until nothing moves. The client's event comes first, because content must be held before
 * recv takes more. The link's event comes before its task: a reply or a loss decides the next
 * command. The link is given back only at the end: a task may still need it. */
static void
step_with(struct seal_relay *r, const struct seal_smtpd_info *info, uint64_t now_ms, uint64_t now_s)
{
	bool moved = true;

	r->pending = false;
	r->working = false;
	while (moved) {
		moved = step_client_event(r, info, now_ms, now_s);
		moved |= step_login(r, now_ms);
		moved |= step_signing(r, now_ms, now_s);
		moved |= seal_relay_step_link_event(r, now_ms);
		moved |= seal_relay_step_link_task(r, now_ms);
	}
	seal_relay_give_link(r);
}

void
seal_relay_step(struct seal_relay *r, uint64_t now_ms, uint64_t now_s)
{
	/* commands and content are handled where they arrive, in seal_relay_down_recv */
	static const struct seal_smtpd_info NOTHING = { .content = { NULL, 0 } };

	step_with(r, &NOTHING, now_ms, now_s);
}

static size_t
room(const struct seal_relay *r)
{
	return r->transaction == NULL ? SIZE_MAX : seal_transaction_room(r->transaction, seal_relay_spool(r));
}

size_t
seal_relay_down_recv(struct seal_relay *r, const uint8_t *data, size_t len, uint64_t now_ms, uint64_t now_s)
{
	size_t taken = 0;
	bool more = true;
	bool waits = false;

	while (more) {
		const size_t left = len - taken;
		const size_t limit = room(r);
		struct seal_smtpd_info info = { .content = { NULL, 0 } };
		const size_t n = seal_smtpd_recv(&r->smtpd, data + taken, left < limit ? left : limit, now_ms, &info);

		taken += n;
		waits = limit == 0 && taken < len;
		step_with(r, &info, now_ms, now_s);
		more = n > 0 && taken < len;
	}
	r->pending |= waits; /* even if the spool has room again by now */
	return taken;
}

void
seal_relay_down_closed(struct seal_relay *r)
{
	seal_smtpd_peer_closed(&r->smtpd);
}

/* A reply of the next hop that came before the loss counts, so events are handled first. */
void
seal_relay_down_lost(struct seal_relay *r, uint64_t now_ms)
{
	if (r->down_gone)
		return;
	while (seal_relay_step_link_event(r, now_ms))
		;
	r->down_gone = true;
	seal_smtpd_peer_closed(&r->smtpd);
	on_lost(r);
}

struct seal_span
seal_relay_down_view(const struct seal_relay *r)
{
	return r->down_gone ? (struct seal_span){ NULL, 0 } : seal_smtpd_send_view(&r->smtpd);
}

void
seal_relay_down_sent(struct seal_relay *r, size_t len, uint64_t now_ms)
{
	seal_smtpd_sent(&r->smtpd, len, now_ms);
}

bool
seal_relay_down_closing(const struct seal_relay *r)
{
	return seal_smtpd_closing(&r->smtpd);
}

bool
seal_relay_down_wants_tls(const struct seal_relay *r)
{
	return !r->down_gone && seal_smtpd_wants_tls(&r->smtpd);
}

void
seal_relay_down_secured(struct seal_relay *r, uint64_t now_ms)
{
	seal_smtpd_secured(&r->smtpd, now_ms);
}

void
seal_relay_down_insecure(struct seal_relay *r, const char *why, uint64_t now_ms)
{
	const struct seal_outcome outcome = { .reply = { 0 }, .why = seal_span_text(why) };

	if (!r->down_gone)
		seal_relay_report(r, &outcome);
	seal_relay_down_lost(r, now_ms);
}

struct seal_link *
seal_relay_link(struct seal_relay *r)
{
	return r->link;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
seal_relay_deadline_ms(const struct seal_relay *r)
{
	uint64_t deadline = seal_smtpd_deadline_ms(&r->smtpd);

	if (r->transaction != NULL)
		deadline = earlier(deadline, r->transaction->answer_by_ms);
	if (r->link != NULL)
		deadline = earlier(deadline, seal_link_deadline_ms(r->link));
	if (r->waiting == SEAL_SMTPD_HELLO)
		deadline = earlier(deadline, r->hello_until_ms);
	return deadline;
}

bool
seal_relay_up_is_idle(const struct seal_relay *r)
{
	return seal_relay_phase(r) == SEAL_PHASE_IDLE && r->waiting == SEAL_SMTPD_NONE && r->link != NULL &&
	       seal_link_exists(r->link);
}

bool
seal_relay_pending(const struct seal_relay *r)
{
	return r->pending;
}

bool
seal_relay_working(const struct seal_relay *r)
{
	return r->working;
}

/* The client's patience ends: it gets its reply now. After the final dot the message is in doubt;
 * before it the connection is aborted, so that the next hop does not get the message. */
static void
give_up_message(struct seal_relay *r, uint64_t now_ms)
{
	if (r->link != NULL && seal_link_in_doubt(r->link)) {
		seal_relay_conclude_in_doubt(r, now_ms);
		return;
	}
	if (r->link != NULL && seal_link_has_content(r->link))
		seal_relay_abort_link(r);
	seal_relay_conclude_local(r, SEAL_REPLY(451, "4.4.1 Next hop too slow, message not delivered"), now_ms);
}

void
seal_relay_tick(struct seal_relay *r, uint64_t now_ms)
{
	seal_smtpd_tick(&r->smtpd, now_ms);
	if (r->link != NULL)
		seal_link_tick(r->link, now_ms);
	if (r->waiting == SEAL_SMTPD_HELLO && now_ms >= r->hello_until_ms)
		seal_relay_answer_hello(r, now_ms);
	if (r->transaction != NULL && now_ms >= r->transaction->answer_by_ms)
		give_up_message(r, now_ms);
}

bool
seal_relay_done(const struct seal_relay *r)
{
	return r->down_gone && r->link == NULL && r->transaction == NULL;
}

void
seal_relay_drain(struct seal_relay *r)
{
	r->draining = true;
	if (seal_relay_phase(r) == SEAL_PHASE_IDLE && r->waiting == SEAL_SMTPD_NONE && !seal_smtpd_closing(&r->smtpd))
		seal_smtpd_refuse(&r->smtpd, SEAL_REPLY(421, "4.3.2 Service shutting down"));
}
