/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/relay_parts.h"

#define OFFERS_LESS   SEAL_REPLY(451, "4.4.0 Next hop no longer offers a needed extension")
#define CHANGED_REPLY SEAL_REPLY(451, "4.4.2 Next hop changed its reply on a new connection")

/* --- its replies ---------------------------------------------------------------------------- */

/* True if a new connection still offers everything that the transaction relies on. */
static bool
still_offered(const struct seal_relay *r)
{
	const struct seal_extensions *before = &r->transaction->mirror;
	const struct seal_extensions *now = &r->link->smtpc.extensions;

	return (now->eight_bit_mime || !before->eight_bit_mime) && (now->smtputf8 || !before->smtputf8) &&
	       (now->dsn || !before->dsn);
}

static void
on_link_greeted(struct seal_relay *r, uint64_t now_ms)
{
	if (r->waiting == SEAL_SMTPD_HELLO)
		seal_relay_answer_hello(r, now_ms);
	if (seal_relay_phase(r) == SEAL_PHASE_IDLE || r->transaction->envelope.num <= 1 || still_offered(r))
		return;
	seal_relay_abort_link(r);
	seal_relay_fail_need(r, OFFERS_LESS, now_ms);
}

/* The verdict on one command of the envelope, sent for the first time or again on a new connection.
 * Only a first verdict goes to the client. A command that is sent again must get the same verdict,
 * because the client already has the first one. */
static void
on_envelope_reply(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	struct seal_transaction *t = r->transaction;
	const bool first_time = r->link->accepted == t->pending_at &&
	                        (r->waiting == SEAL_SMTPD_MAIL || r->waiting == SEAL_SMTPD_RCPT);
	const bool positive = seal_reply_is_positive(reply);
	struct seal_path_command command;

	if (positive && r->link->accepted == 0)
		t->mirror = r->link->smtpc.extensions;
	if (first_time && !positive) {
		seal_relay_refuse_command(r, reply, true, now_ms);
		return;
	}
	if (!positive) {
		seal_relay_abort_link(r);
		r->link->may_open = false; /* a third connection would not know better */
		seal_relay_fail_need(r, CHANGED_REPLY, now_ms);
		return;
	}
	(void)seal_envelope_next(&t->envelope, &r->link->accepted, &command);
	if (first_time) {
		(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
		r->waiting = SEAL_SMTPD_NONE;
	}
}

/* The next hop's verdict on the message is ours. */
static void
on_message_reply(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct seal_outcome outcome = { .reply = reply, .from_next_hop = true };
	const struct seal_transaction *t = r->transaction;

	if (seal_reply_is_positive(reply))
		seal_next_hop_learn(&r->gateway->next_hop, t->message.intake.octets, now_ms - t->sending_ms);
	seal_relay_conclude(r, &outcome, now_ms);
}

/* The order matters: doubt comes first, because after the final dot nothing may be tried again; the
 * failure is read before the link is aborted, which forgets it; a refusal is a verdict and never
 * opens another connection. */
static void
on_link_failed(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_link *l = r->link;
	const bool again = !seal_link_has_content(l) && l->may_open;
	const bool refused = seal_link_refused_content(l);
	struct seal_reply reply = { .code = 0 };

	if (seal_link_in_doubt(l)) {
		seal_relay_conclude_in_doubt(r, now_ms);
		return;
	}
	if (seal_link_login_refused(l))
		seal_next_hop_refused_login(&r->gateway->next_hop, now_ms);
	r->link_failed = seal_link_needs_attention(l);
	seal_relay_stats(r)->link_alarms += r->link_failed;
	if (seal_relay_needs_link(r) && !again)
		reply = seal_link_failure(l, &r->gateway->config->gateway.next_hop);
	seal_relay_abort_link(r);
	if (refused) { /* in mid-content: it counts as a refusal after the dot does */
		on_message_reply(r, seal_link_reply(l), now_ms);
		return;
	}
	if (r->link_failed && r->waiting == SEAL_SMTPD_HELLO) { /* EHLO is still answered positively */
		const struct seal_outcome alarm = { .reply = reply, .alarm = true };

		seal_relay_record(r, &alarm, false);
	}
	if (reply.code != 0)
		seal_relay_fail_need(r, reply, now_ms);
}

/* --- content to the next hop -------------------------------------------------- */

/* The spool did not return the content that was written. */
static void
fail_replay(struct seal_relay *r, uint64_t now_ms)
{
	seal_relay_stats(r)->spool_alarms++;
	seal_relay_abort_link(r);
	seal_relay_conclude_alarm(r, r->transaction->trouble, now_ms);
}

static void
feed(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_span piece;
	const enum seal_status status = seal_transaction_next(r->transaction, seal_relay_spool(r), &piece);

	if (status == SEAL_PENDING)
		r->pending = true;
	else if (status != SEAL_OK)
		fail_replay(r, now_ms);
	else if (piece.len > 0)
		seal_link_content(r->link, piece);
	else
		seal_link_end(r->link, now_ms);
}

bool
seal_relay_step_link_event(struct seal_relay *r, uint64_t now_ms)
{
	switch (r->link == NULL ? SEAL_LINK_NOTHING : seal_link_next(r->link)) {
	case SEAL_LINK_GREETED:
		on_link_greeted(r, now_ms);
		return true;
	case SEAL_LINK_ENVELOPE_REPLY:
		on_envelope_reply(r, seal_link_reply(r->link), now_ms);
		return true;
	case SEAL_LINK_MESSAGE_REPLY:
		on_message_reply(r, seal_link_reply(r->link), now_ms);
		return true;
	case SEAL_LINK_WANTS:
		feed(r, now_ms);
		return !r->pending;
	case SEAL_LINK_FAILED:
		on_link_failed(r, now_ms);
		return true;
	case SEAL_LINK_NOTHING:
		break;
	}
	return false;
}

/* --- the next task of the link -------------------------------------------------- */

static void
send_envelope(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_path_command command;
	size_t at = r->link->accepted;

	if (!seal_envelope_next(&r->transaction->envelope, &at, &command))
		return;
	if (command.smtputf8 && !r->link->smtpc.extensions.smtputf8) { /* RFC 6531 3.2: never without it */
		seal_relay_fail_need(r, OFFERS_LESS, now_ms);
		return;
	}
	if (r->link->accepted > 0) {
		seal_link_rcpt(r->link, &command, now_ms);
		return;
	}
	/* our own fields are added to the size that the client declared (RFC 1870 6.1) */
	if (command.size > 0)
		command.size += SEAL_ADDED_MAX;
	seal_link_mail(r->link, &command, now_ms);
}

static void
start_content(struct seal_relay *r, uint64_t now_ms)
{
	const enum seal_status status = seal_transaction_rewind(r->transaction, seal_relay_spool(r));

	if (status == SEAL_PENDING) {
		r->pending = true;
		return;
	}
	if (status != SEAL_OK) {
		fail_replay(r, now_ms);
		return;
	}
	r->transaction->sending_ms = now_ms;
	seal_link_data(r->link, now_ms);
}

static void
wait_for_login(struct seal_relay *r, uint64_t now_ms)
{
	r->link_failed = true;
	seal_relay_fail_need(r, SEAL_REPLY(451, "4.7.0 Next hop: authentication refused, retry in a minute"), now_ms);
}

static bool
give_command(struct seal_relay *r, uint64_t now_ms)
{
	if (r->transaction == NULL)
		return false; /* EHLO, which was answered when the link was greeted */
	/* The whole envelope before DATA: after a loss its commands are sent again first. */
	if (r->link->accepted < r->transaction->envelope.len)
		send_envelope(r, now_ms);
	else if (seal_relay_phase(r) == SEAL_PHASE_DELIVERING)
		start_content(r, now_ms);
	else
		return false;
	return !r->pending;
}

static void
on_link_opening(struct seal_relay *r)
{
	r->link_failed = false;
	if (seal_relay_phase(r) >= SEAL_PHASE_CONTENT)
		seal_relay_stats(r)->reopened++;
}

/* Returns true if the link was given a task. */
bool
seal_relay_step_link_task(struct seal_relay *r, uint64_t now_ms)
{
	const bool leaving = r->down_gone || seal_smtpd_closing(&r->smtpd);

	if (r->link == NULL)
		return false;
	if (leaving && seal_relay_phase(r) == SEAL_PHASE_IDLE)
		seal_link_leave(r->link, now_ms);
	switch (seal_link_turn(r->link, &r->gateway->next_hop, seal_relay_needs_link(r), now_ms)) {
	case SEAL_LINK_MOVED:
		if (r->link->state == SEAL_LINK_OPENING)
			on_link_opening(r);
		return true;
	case SEAL_LINK_YOURS:
		return give_command(r, now_ms);
	case SEAL_LINK_LOCKED:
		wait_for_login(r, now_ms);
		return true;
	case SEAL_LINK_WAITS:
		break;
	}
	return false;
}
