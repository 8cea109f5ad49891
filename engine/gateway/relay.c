/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/relay.h"

#include <string.h>

#include "engine/base/crc32.h"
#include "engine/base/ct.h"
#include "engine/gateway/trace.h"

/* The transaction with the client. */
enum phase {
	PHASE_IDLE,
	PHASE_ENVELOPE,   /* a MAIL is being judged or was accepted              */
	PHASE_CONTENT,    /* 354 was said                                        */
	PHASE_SIGNING,    /* the final dot has come                              */
	PHASE_DELIVERING  /* signed; the next hop is to have it                  */
};

/* The connection to the next hop. */
enum link {
	LINK_NONE,
	LINK_OPENING,     /* connecting, greeting, EHLO                          */
	LINK_READY,       /* no transaction                                      */
	LINK_STALE,       /* a transaction that is no longer wanted: RSET first  */
	LINK_OPEN,        /* it has the envelope up to `told`                    */
	LINK_CONTENT,     /* DATA was given                                      */
	LINK_QUITTING
};

/* What goes out: our own fields (enum seal_added_piece), then the spool. */
enum {
	PIECE_SPOOL = SEAL_ADDED_PIECES,
	PIECE_END
};

#define SPOOL_FAILED SEAL_REPLY(452, "4.3.0 Spool failed, try again later")

#define BIG_MESSAGE 1000000u /* octets from which a transfer time is worth a forecast */

/* --- small helpers ------------------------------------------------------ */

static struct seal_spool *
spool_of(const struct seal_relay *r)
{
	return r->gateway->spool;
}

static struct seal_stats *
stats_of(const struct seal_relay *r)
{
	return &r->gateway->stats;
}

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
put_id(const struct seal_relay *r, struct seal_out *out)
{
	uint8_t octets[8];

	for (unsigned i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(r->id >> (56u - 8u * i));
	seal_out_hex(out, seal_span(octets, sizeof octets));
	seal_out_octet(out, '-');
	seal_out_u64(out, r->num_transactions);
}

/* What may be sent to us: the smallest of configuration, spool and next hop. */
static uint64_t
size_limit(const struct seal_relay *r, const struct seal_extensions *next_hop)
{
	const uint64_t own = min_u64(r->gateway->config->gateway.max_size,
	                             spool_of(r)->ops->capacity(spool_of(r)));

	if (next_hop->size_max == 0)
		return own;
	return min_u64(own, next_hop->size_max > SEAL_ADDED_MAX ? next_hop->size_max - SEAL_ADDED_MAX : 1u);
}

/* --- the log ------------------------------------------------------------ */

struct outcome {
	struct seal_reply reply;
	bool from_next_hop, in_doubt, alarm;
	struct seal_span why;
};

/* For the text of the reply that ends a transaction: the end of our own fields' memory. */
static struct seal_out
scratch_of(const struct seal_relay *r)
{
	const size_t len = r->added.cap < SEAL_REPLY_TEXT_MAX ? r->added.cap : SEAL_REPLY_TEXT_MAX;

	return seal_out(r->added.ptr + r->added.cap - len, len);
}

static struct seal_span
protocol_of(const struct seal_relay *r, bool utf8)
{
	return seal_trace_protocol(seal_smtpd_extended(&r->smtpd), utf8, seal_smtpd_is_private(&r->smtpd),
	                           seal_smtpd_is_authenticated(&r->smtpd));
}

static void
log_outcome(struct seal_relay *r, const struct outcome *outcome)
{
	uint8_t id[SEAL_RELAY_ID_MAX];
	struct seal_out id_out = seal_out(id, sizeof id);
	/* our own fields have gone out or never will: their memory is free, but for a reply */
	struct seal_out recipients = seal_out(r->added.ptr, r->added.cap - scratch_of(r).cap);
	struct seal_path_command mail = { .size = 0 };
	size_t at = 0;
	struct seal_record record = {
		.client_address = r->client_address,
		.client = r->client,
		.size = r->intake.octets,
		.author_domain = seal_intake_domain(&r->intake),
		.signers = r->intake.verdict.signers,
		.num_signers = r->intake.verdict.num_signers,
		.signing_ms = r->signing_ms,
		.message_id = seal_intake_message_id(&r->intake),
		.reply = outcome->reply,
		.from_next_hop = outcome->from_next_hop,
		.in_doubt = outcome->in_doubt,
		.alarm = outcome->alarm,
		.why = outcome->why
	};

	put_id(r, &id_out);
	(void)seal_envelope_next(&r->envelope, &at, &mail);
	seal_envelope_put_recipients(&r->envelope, &recipients);
	if (seal_smtpd_hello(&r->smtpd).len > 0)
		record.protocol = protocol_of(r, mail.smtputf8);
	record.id = seal_out_span(&id_out);
	record.sender = mail.path;
	record.recipients = seal_out_span(&recipients);
	record.num_recipients = r->envelope.num > 0 ? r->envelope.num - 1u : 0;
	r->gateway->log(r->gateway->log_ctx, &record);
}

static void
count_outcome(struct seal_relay *r, const struct outcome *outcome)
{
	struct seal_stats *stats = stats_of(r);

	if (outcome->in_doubt)
		stats->in_doubt++;
	if (outcome->from_next_hop && !seal_reply_is_positive(outcome->reply))
		stats->next_hop_refused++;
	else if (outcome->reply.code >= 500)
		stats->refused++;
	else if (outcome->reply.code >= 400)
		stats->deferred++;
	else if (outcome->reply.code == 0)
		stats->aborted++;
}

static void
report(struct seal_relay *r, const struct outcome *outcome)
{
	count_outcome(r, outcome);
	log_outcome(r, outcome);
}

/* --- the transaction ----------------------------------------------------- */

static void
close_spool(struct seal_relay *r)
{
	if (r->spool_open)
		spool_of(r)->ops->close(spool_of(r), r->slot);
	r->spool_open = false;
}

/* Forget everything of the transaction. A link that was told of it must be reset. */
static void
end_transaction(struct seal_relay *r)
{
	static const struct seal_intake_rules NO_RULES = { .config = NULL };

	close_spool(r);
	if (r->link == LINK_OPEN)
		r->link = LINK_STALE;
	r->signing_stale = r->signer.running;
	r->signing_begun = false;
	r->phase = PHASE_IDLE;
	r->waiting = SEAL_SMTPD_NONE;
	r->envelope.len = 0;
	r->envelope.num = 0;
	r->told = 0;
	r->added.len = 0;
	r->answer_by_ms = UINT64_MAX;
	r->signing_ms = 0;
	r->trouble.code = 0;
	r->spool_failed = false;
	seal_intake_init(&r->intake, &NO_RULES, r->work, r->work_cap);
}

/* Get rid of the link at once. The next hop sees no final dot: nothing partial counts. */
static void
abort_link(struct seal_relay *r)
{
	if (r->link != LINK_NONE)
		r->up_wanted = SEAL_UP_ABORT;
	r->link = LINK_NONE;
	r->link_busy = false;
	r->told = 0;
}

/* The verdict on the message goes to the client, and the transaction is over. */
static void
conclude(struct seal_relay *r, const struct outcome *outcome, uint64_t now_ms)
{
	if (seal_intake_is_hostile(&r->intake))
		(void)seal_smtpd_answer_close(&r->smtpd, outcome->reply, now_ms);
	else
		(void)seal_smtpd_answer(&r->smtpd, outcome->reply, now_ms);
	report(r, outcome);
	end_transaction(r);
}

static void
conclude_local(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct outcome outcome = { .reply = reply, .alarm = r->link_failed };

	conclude(r, &outcome, now_ms);
}

static void
conclude_alarm(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct outcome outcome = { .reply = reply, .alarm = true };

	conclude(r, &outcome, now_ms);
}

/* A MAIL or RCPT is refused: it leaves the envelope; a refused MAIL ends all. */
static void
refuse_command(struct seal_relay *r, struct seal_reply reply, bool from_next_hop, uint64_t now_ms)
{
	const struct outcome outcome = {
		.reply = reply, .from_next_hop = from_next_hop, .alarm = r->spool_failed || r->link_failed
	};

	(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
	report(r, &outcome);
	if (r->waiting == SEAL_SMTPD_MAIL) {
		end_transaction(r);
	} else if (r->envelope.len > r->pending_at) {
		seal_envelope_drop(&r->envelope, r->pending_at);
	}
	r->waiting = SEAL_SMTPD_NONE;
}

/* --- the link -------------------------------------------------------------- */

static void
open_link(struct seal_relay *r, uint64_t now_ms)
{
	if (r->phase >= PHASE_CONTENT)
		stats_of(r)->reopened++;
	r->may_open = false;
	r->link = LINK_OPENING;
	r->link_busy = false;
	r->told = 0;
	r->up_wanted = SEAL_UP_OPEN;
	r->up_why = NULL;
	r->link_failed = false;
	seal_smtpc_init(&r->smtpc, r->gateway->config->gateway.hostname, &r->gateway->needs, now_ms);
}

/* Somebody waits for something that only the next hop can say. */
static bool
needs_link(const struct seal_relay *r)
{
	return r->waiting == SEAL_SMTPD_HELLO || r->waiting == SEAL_SMTPD_MAIL ||
	       r->waiting == SEAL_SMTPD_RCPT || r->phase == PHASE_DELIVERING;
}

static void
hello_answer(struct seal_relay *r, uint64_t now_ms)
{
	const bool known = r->link > LINK_OPENING;
	struct seal_extensions offered = { .size_max = 0 };

	if (known)
		offered = r->smtpc.extensions;
	offered.size_max = size_limit(r, &offered);
	(void)seal_smtpd_answer_hello(&r->smtpd, r->gateway->config->gateway.hostname, &offered, now_ms);
	r->waiting = SEAL_SMTPD_NONE;
}

/* What the next hop said, in one line. */
static void
quote_reply(const struct seal_relay *r, struct seal_out *out)
{
	const struct seal_reply said = seal_smtpc_reply(&r->smtpc);

	seal_out_text(out, ": ");
	seal_out_u64(out, said.code);
	seal_out_octet(out, ' ');
	seal_out_span_put(out, seal_span_first(said.text, seal_span_find(said.text, '\n')));
}

/* "Next hop refused us: 554 5.7.1 go away" and the like. */
static struct seal_reply
failure_reply(const struct seal_relay *r, struct seal_out *out)
{
	const bool opening = r->link == LINK_OPENING;

	if (r->up_why != NULL) {
		seal_out_text(out, "4.7.5 No private connection to the next hop: ");
		seal_out_span_put(out, seal_span_text(r->up_why));
		return (struct seal_reply){ 451, seal_out_span(out) };
	}
	switch (seal_smtpc_failure(&r->smtpc)) {
	case SEAL_SMTPC_REFUSED:
		seal_out_text(out, "4.4.1 Next hop refused us");
		quote_reply(r, out);
		break;
	case SEAL_SMTPC_NO_TLS:
		seal_out_text(out, "4.7.5 Next hop does not offer TLS");
		break;
	case SEAL_SMTPC_TLS_REFUSED:
		seal_out_text(out, "4.7.5 Next hop refused TLS");
		quote_reply(r, out);
		break;
	case SEAL_SMTPC_NO_LOGIN:
		seal_out_text(out, "4.7.0 Next hop does not offer the configured way to log in");
		break;
	case SEAL_SMTPC_LOGIN_REFUSED:
		seal_out_text(out, "4.7.0 Next hop refused our login");
		quote_reply(r, out);
		break;
	case SEAL_SMTPC_TIMEOUT:
		seal_out_text(out, "4.4.1 Next hop does not answer");
		break;
	case SEAL_SMTPC_NONSENSE:
		seal_out_text(out, "4.5.0 Next hop does not speak SMTP");
		break;
	case SEAL_SMTPC_LOST:
	case SEAL_SMTPC_FINE:
		if (opening)
			seal_out_text(out, "4.4.1 Next hop cannot be reached");
		else
			seal_out_text(out, "4.4.2 Connection to the next hop was lost");
		break;
	}
	return (struct seal_reply){ 451, seal_out_span(out) };
}

/* What was waited for cannot be had. */
static void
fail_need(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	if (r->waiting == SEAL_SMTPD_HELLO)
		hello_answer(r, now_ms);
	else if (r->waiting == SEAL_SMTPD_MAIL || r->waiting == SEAL_SMTPD_RCPT)
		refuse_command(r, reply, false, now_ms);
	else if (r->phase == PHASE_DELIVERING)
		conclude_local(r, reply, now_ms);
}

/* RFC 1047: the final dot went out and no reply came back. */
static void
conclude_in_doubt(struct seal_relay *r, uint64_t now_ms)
{
	const struct outcome outcome = {
		.reply = SEAL_REPLY(451, "4.4.2 No reply of the next hop: the message may have been delivered"),
		.in_doubt = true
	};

	abort_link(r);
	conclude(r, &outcome, now_ms);
}

/* Everything that the transaction relies on is still on offer after a reopening. */
static bool
still_offered(const struct seal_relay *r)
{
	const struct seal_extensions *now = &r->smtpc.extensions;

	return (now->eight_bit_mime || !r->mirror.eight_bit_mime) &&
	       (now->smtputf8 || !r->mirror.smtputf8) && (now->dsn || !r->mirror.dsn);
}

static void
on_link_ready(struct seal_relay *r, uint64_t now_ms)
{
	r->link = LINK_READY;
	if (r->waiting == SEAL_SMTPD_HELLO)
		hello_answer(r, now_ms);
	if (r->envelope.num > 1 && !still_offered(r)) {
		abort_link(r);
		fail_need(r, SEAL_REPLY(451, "4.4.0 Next hop offers less than before"), now_ms);
	}
}

/* The verdict on one command of the envelope: said for the first time, or again. */
static void
on_envelope_reply(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const bool first_time = r->told == r->pending_at &&
	                        (r->waiting == SEAL_SMTPD_MAIL || r->waiting == SEAL_SMTPD_RCPT);
	const bool positive = seal_reply_is_positive(reply);
	struct seal_path_command command;

	if (positive && r->told == 0) {
		r->link = LINK_OPEN;
		r->mirror = r->smtpc.extensions;
	}
	if (first_time && !positive) {
		refuse_command(r, reply, true, now_ms);
		return;
	}
	if (!positive) {
		abort_link(r);
		r->may_open = false;
		fail_need(r, SEAL_REPLY(451, "4.4.2 Next hop was lost and decides otherwise now"), now_ms);
		return;
	}
	(void)seal_envelope_next(&r->envelope, &r->told, &command);
	if (first_time) {
		(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
		r->waiting = SEAL_SMTPD_NONE;
	}
}

static void
learn_uplink(struct seal_relay *r, uint64_t now_ms)
{
	const uint64_t took_ms = now_ms - r->sending_ms;
	uint64_t *known = &r->gateway->uplink_octets_per_s;
	const uint64_t seen = took_ms > 0 ? r->intake.octets * 1000u / took_ms : 0;

	if (took_ms >= 1000u && r->intake.octets >= BIG_MESSAGE)
		*known = *known == 0 ? seen : (*known * 3u + seen) / 4u;
}

/* The next hop's word on the message is ours. */
static void
on_message_reply(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct outcome outcome = { .reply = reply, .from_next_hop = true };

	if (seal_reply_is_positive(reply)) {
		stats_of(r)->delivered++;
		stats_of(r)->signatures += r->intake.verdict.num_signers;
		stats_of(r)->unsigned_passed += r->intake.verdict.num_signers == 0;
		learn_uplink(r, now_ms);
	}
	conclude(r, &outcome, now_ms);
}

/* Somebody has to mend it: our configuration, or the next hop. */
static bool
needs_attention(const struct seal_relay *r)
{
	const enum seal_smtpc_failure failure = seal_smtpc_failure(&r->smtpc);

	return r->up_why != NULL || failure == SEAL_SMTPC_NO_TLS || failure == SEAL_SMTPC_TLS_REFUSED ||
	       failure == SEAL_SMTPC_NO_LOGIN || failure == SEAL_SMTPC_LOGIN_REFUSED;
}

static void
on_link_failed(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_out out = scratch_of(r);
	struct seal_reply reply = { .code = 0 };
	const bool again = r->link != LINK_CONTENT && r->may_open;
	const bool refused = r->link == LINK_CONTENT && seal_smtpc_failure(&r->smtpc) == SEAL_SMTPC_REFUSED;

	if (seal_smtpc_in_doubt(&r->smtpc)) {
		conclude_in_doubt(r, now_ms);
		return;
	}
	if (seal_smtpc_failure(&r->smtpc) == SEAL_SMTPC_LOGIN_REFUSED)
		r->gateway->login_again_ms = now_ms + SEAL_LOGIN_AGAIN_MS;
	r->link_failed = needs_attention(r);
	stats_of(r)->link_alarms += r->link_failed;
	if (needs_link(r) && !again)
		reply = failure_reply(r, &out);
	abort_link(r);
	if (refused) { /* in mid-content: its word counts as it would after the dot */
		on_message_reply(r, seal_smtpc_reply(&r->smtpc), now_ms);
		return;
	}
	if (r->link_failed && r->waiting == SEAL_SMTPD_HELLO) { /* which is answered all the same */
		const struct outcome alarm = { .reply = reply, .alarm = true };

		log_outcome(r, &alarm);
	}
	if (reply.code != 0)
		fail_need(r, reply, now_ms);
}

static void
on_link_reply(struct seal_relay *r, uint64_t now_ms)
{
	const struct seal_reply reply = seal_smtpc_reply(&r->smtpc);
	const bool after_content = r->link == LINK_CONTENT && r->piece == PIECE_END;

	r->link_busy = false;
	if (r->link == LINK_QUITTING) {
		r->link = LINK_NONE;
		r->up_wanted = SEAL_UP_CLOSE;
	} else if (r->link == LINK_STALE) {
		r->link = LINK_READY; /* the reply to RSET */
	} else if (r->phase == PHASE_IDLE) {
		r->link = LINK_STALE; /* the verdict came after the client had gone */
	} else if (r->link == LINK_CONTENT) {
		/* a DATA that was refused leaves the transaction open */
		r->link = after_content ? LINK_READY : LINK_STALE;
		on_message_reply(r, reply, now_ms);
	} else {
		on_envelope_reply(r, reply, now_ms);
	}
}

/* --- content to the next hop -------------------------------------------------- */

static void
fail_replay(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	stats_of(r)->spool_alarms++;
	abort_link(r);
	conclude_alarm(r, reply, now_ms);
}

/* The spool is read to its end: it must be what was written. */
static void
end_content(struct seal_relay *r, uint64_t now_ms)
{
	if (r->replayed != r->intake.octets || r->replayed_crc != r->written_crc) {
		fail_replay(r, SEAL_REPLY(451, "4.3.0 Spool did not keep the message"), now_ms);
		return;
	}
	r->piece = PIECE_END;
	(void)seal_smtpc_end(&r->smtpc, now_ms);
}

static void
feed_spool(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_span piece;
	const enum seal_status status = spool_of(r)->ops->read(spool_of(r), r->slot, &piece);

	if (status == SEAL_PENDING) {
		r->pending = true;
	} else if (status != SEAL_OK) {
		fail_replay(r, SPOOL_FAILED, now_ms);
	} else if (piece.len == 0) {
		end_content(r, now_ms);
	} else {
		r->replayed += piece.len;
		r->replayed_crc = seal_crc32(r->replayed_crc, piece.ptr, piece.len);
		(void)seal_smtpc_content(&r->smtpc, piece);
	}
}

static void
feed(struct seal_relay *r, uint64_t now_ms)
{
	while (r->piece < PIECE_SPOOL) {
		const struct seal_span piece = seal_added_piece(&r->added, (enum seal_added_piece)r->piece);

		r->piece++;
		if (piece.len > 0) {
			(void)seal_smtpc_content(&r->smtpc, piece);
			return;
		}
	}
	feed_spool(r, now_ms);
}

static bool
step_link_event(struct seal_relay *r, uint64_t now_ms)
{
	const bool alive = r->link != LINK_NONE;

	switch (alive ? seal_smtpc_next(&r->smtpc) : SEAL_SMTPC_NONE) {
	case SEAL_SMTPC_READY:
		on_link_ready(r, now_ms);
		return true;
	case SEAL_SMTPC_STARTTLS:
		r->up_wanted = SEAL_UP_SECURE;
		return true;
	case SEAL_SMTPC_REPLY:
		on_link_reply(r, now_ms);
		return true;
	case SEAL_SMTPC_WANTS:
		feed(r, now_ms);
		return !r->pending;
	case SEAL_SMTPC_FAILED:
		on_link_failed(r, now_ms);
		return true;
	case SEAL_SMTPC_NONE:
		break;
	}
	return false;
}

/* --- what the link is to do next ------------------------------------------------ */

/* A command was given to the link, or could not be: then it is of no more use. */
static void
expect_reply(struct seal_relay *r, enum seal_status given, uint64_t now_ms)
{
	r->link_busy = given == SEAL_OK;
	if (given != SEAL_OK)
		on_link_failed(r, now_ms);
}

static void
tell_envelope(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_path_command command;
	size_t at = r->told;

	if (!seal_envelope_next(&r->envelope, &at, &command))
		return;
	if (r->told == 0) {
		/* our own fields come on top of what the client declared (RFC 1870 6.1) */
		if (command.size > 0)
			command.size += SEAL_ADDED_MAX;
		expect_reply(r, seal_smtpc_mail(&r->smtpc, &command, now_ms), now_ms);
	} else {
		expect_reply(r, seal_smtpc_rcpt(&r->smtpc, &command, now_ms), now_ms);
	}
}

static void
start_content(struct seal_relay *r, uint64_t now_ms)
{
	const enum seal_status status = spool_of(r)->ops->rewind(spool_of(r), r->slot);

	if (status == SEAL_PENDING) {
		r->pending = true;
		return;
	}
	if (status != SEAL_OK) {
		fail_replay(r, SPOOL_FAILED, now_ms);
		return;
	}
	r->piece = SEAL_ADDED_SIGNATURES;
	r->replayed = 0;
	r->replayed_crc = 0;
	r->sending_ms = now_ms;
	expect_reply(r, seal_smtpc_data(&r->smtpc, now_ms), now_ms);
	if (r->link_busy)
		r->link = LINK_CONTENT;
}

static bool
client_is_leaving(const struct seal_relay *r)
{
	return r->down_gone || seal_smtpd_closing(&r->smtpd);
}

/* No client any more: be polite to the next hop and go. */
static bool
leave_link(struct seal_relay *r, uint64_t now_ms)
{
	if (r->link == LINK_OPENING || r->link_busy) {
		abort_link(r);
	} else {
		r->link = LINK_QUITTING;
		expect_reply(r, seal_smtpc_quit(&r->smtpc, now_ms), now_ms);
	}
	return true;
}

static void
wait_for_login(struct seal_relay *r, uint64_t now_ms)
{
	r->may_open = false;
	r->link_failed = true;
	fail_need(r, SEAL_REPLY(451, "4.7.0 Next hop refused our login, it is tried again in a minute"), now_ms);
}

/* Answers whether the link was given something to do. */
static bool
step_link_task(struct seal_relay *r, uint64_t now_ms)
{
	if (r->phase == PHASE_IDLE && client_is_leaving(r) &&
	    r->link != LINK_NONE && r->link != LINK_QUITTING)
		return leave_link(r, now_ms);
	if (r->link_busy)
		return false;
	switch ((enum link)r->link) {
	case LINK_NONE:
		if (!needs_link(r) || !r->may_open)
			return false;
		if (now_ms < r->gateway->login_again_ms)
			wait_for_login(r, now_ms);
		else
			open_link(r, now_ms);
		return true;
	case LINK_STALE:
		expect_reply(r, seal_smtpc_rset(&r->smtpc, now_ms), now_ms);
		return true;
	case LINK_READY:
	case LINK_OPEN:
		if (!needs_link(r))
			return false;
		if (r->told < r->envelope.len)
			tell_envelope(r, now_ms);
		else if (r->phase == PHASE_DELIVERING)
			start_content(r, now_ms);
		else
			return false;
		return !r->pending;
	case LINK_OPENING:
	case LINK_CONTENT:
	case LINK_QUITTING:
		break;
	}
	return false;
}

/* --- the client's commands ------------------------------------------------------- */

static void
on_hello(struct seal_relay *r, uint64_t now_ms)
{
	if (r->draining) {
		(void)seal_smtpd_answer(&r->smtpd, SEAL_REPLY(421, "4.3.2 Shutting down"), now_ms);
		return;
	}
	r->waiting = SEAL_SMTPD_HELLO;
	r->may_open = true;
	r->hello_until_ms = now_ms + SEAL_HELLO_WAIT_MS;
	if (r->link > LINK_OPENING)
		hello_answer(r, now_ms);
}

/* --- privacy and login of the client ------------------------------------------- */

static void
on_starttls(struct seal_relay *r, uint64_t now_ms)
{
	const struct seal_reply reply = r->draining ? SEAL_REPLY(421, "4.3.2 Shutting down")
	                                            : SEAL_REPLY(220, "2.0.0 Ready to start TLS");

	(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
}

static void
refuse_auth(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct outcome refused = { .reply = reply };

	r->waiting = SEAL_SMTPD_NONE;
	(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
	report(r, &refused);
}

static void
answer_auth(struct seal_relay *r, bool is_right, uint64_t now_ms)
{
	if (!is_right) {
		stats_of(r)->logins_refused++;
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
	else if (r->signing_stale) /* its memory is the login's */
		refuse_auth(r, SEAL_REPLY(454, "4.7.0 Temporary authentication failure"), now_ms);
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

/* --- what a MAIL is judged by ----------------------------------------------------- */

/* The client would not wait for the reply as long as the way to the next hop takes. */
static bool
outlasts_patience(const struct seal_relay *r, uint64_t size)
{
	const uint64_t uplink = r->gateway->uplink_octets_per_s;

	return size >= BIG_MESSAGE && uplink > 0 && size / uplink > r->client->patience_s;
}

/* The envelope's sender is only judged against theft of another client's domain. */
static bool
may_send_from(const struct seal_relay *r, struct seal_span domain)
{
	uint8_t name[SEAL_DOMAIN_MAX];
	struct seal_out out = seal_out(name, sizeof name);

	return seal_addr_domain_normalize(domain, &out) != SEAL_OK ||
	       seal_policy_may_bounce_to(r->gateway->config, r->client, seal_out_span(&out));
}

/* Everything about a MAIL that we decide ourselves; code 0: nothing against it. */
static struct seal_reply
judge_mail(struct seal_relay *r, const struct seal_path_command *mail, uint64_t now_ms)
{
	const struct seal_config *config = r->gateway->config;
	const struct seal_extensions none = { .size_max = 0 };
	struct seal_bucket *bucket = &r->gateway->buckets[r->client - config->clients];

	if (r->draining)
		return SEAL_REPLY(421, "4.3.2 Shutting down");
	if (!may_send_from(r, mail->domain))
		return SEAL_REPLY(550, "5.7.1 Sender domain not allowed for this client");
	if (mail->size > size_limit(r, r->link > LINK_OPENING ? &r->smtpc.extensions : &none))
		return SEAL_REPLY(552, "5.3.4 Message too large");
	if (outlasts_patience(r, mail->size))
		return SEAL_REPLY(452, "4.3.1 Next hop is too slow for this size now");
	if (!seal_policy_rate(bucket, r->client, now_ms))
		return SEAL_REPLY(451, "4.7.1 Too many messages, try again later");
	return (struct seal_reply){ 0 };
}

static struct seal_reply
open_spool(struct seal_relay *r, uint64_t size)
{
	switch (spool_of(r)->ops->open(spool_of(r), size, &r->slot)) {
	case SEAL_OK:
		r->spool_open = true;
		return (struct seal_reply){ 0 };
	case SEAL_E_LIMIT:
		return SEAL_REPLY(452, "4.3.1 No room for a message, try again later");
	case SEAL_PENDING:
	case SEAL_E_PEER:
	case SEAL_E_KEY:
	case SEAL_E_SPOOL:
	case SEAL_E_CALLER:
		break;
	}
	stats_of(r)->spool_alarms++;
	r->spool_failed = true;
	return SPOOL_FAILED;
}

static void
on_mail(struct seal_relay *r, const struct seal_path_command *mail, uint64_t now_ms)
{
	struct seal_reply refusal;

	r->num_transactions++;
	r->phase = PHASE_ENVELOPE;
	r->waiting = SEAL_SMTPD_MAIL;
	r->may_open = true;
	r->pending_at = 0;
	refusal = judge_mail(r, mail, now_ms);
	if (refusal.code == 0)
		refusal = open_spool(r, mail->size);
	/* in any case: the log wants it */
	if (seal_envelope_add(&r->envelope, mail) != SEAL_OK && refusal.code == 0)
		refusal = SEAL_REPLY(452, "4.5.3 Sender address too long for this gateway");
	if (refusal.code != 0)
		refuse_command(r, refusal, false, now_ms);
}

static void
on_rcpt(struct seal_relay *r, const struct seal_path_command *rcpt, uint64_t now_ms)
{
	r->waiting = SEAL_SMTPD_RCPT;
	r->may_open = true;
	r->pending_at = r->envelope.len;
	if (seal_envelope_add(&r->envelope, rcpt) != SEAL_OK)
		refuse_command(r, SEAL_REPLY(452, "4.5.3 Too many recipients"), false, now_ms);
}

static void
on_data(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_path_command mail = { .size = 0 };
	size_t at = 0;
	struct seal_intake_rules rules = {
		.config = r->gateway->config,
		.client = r->client,
		.keyring = r->gateway->keyring,
		.bare_lf = r->client->bare_lf,
		.size_max = size_limit(r, &r->mirror),
		.refuse_long_lines = r->client->refuse_long_lines,
		.eight_bit = r->mirror.eight_bit_mime
	};

	(void)seal_envelope_next(&r->envelope, &at, &mail);
	rules.utf8_header = mail.smtputf8 || r->client->pass_8bit_header;
	seal_intake_init(&r->intake, &rules, r->work, r->work_cap);
	r->written_crc = 0;
	r->phase = PHASE_CONTENT;
	(void)seal_smtpd_answer(&r->smtpd, SEAL_REPLY(354, "End data with <CR><LF>.<CR><LF>"), now_ms);
}

static void
spool_run(struct seal_relay *r, struct seal_span run)
{
	const enum seal_status status = spool_of(r)->ops->append(spool_of(r), r->slot, run.ptr, run.len);

	if (status == SEAL_OK) {
		r->written_crc = seal_crc32(r->written_crc, run.ptr, run.len);
	} else if (status == SEAL_E_LIMIT) {
		r->trouble = SEAL_REPLY(452, "4.3.1 No room for the message, try again later");
	} else {
		stats_of(r)->spool_alarms++;
		r->spool_failed = true;
		r->trouble = SPOOL_FAILED;
	}
}

static void
on_content(struct seal_relay *r, struct seal_span content)
{
	while (content.len > 0) {
		struct seal_span run;

		content = seal_span_from(content, seal_intake_recv(&r->intake, content.ptr, content.len, &run));
		if (run.len > 0 && r->trouble.code == 0)
			spool_run(r, run);
	}
}

/* How many octets of content may come now: each may become two in the spool. */
static size_t
content_room(const struct seal_relay *r)
{
	size_t room;

	if (r->phase != PHASE_CONTENT || r->trouble.code != 0)
		return SIZE_MAX;
	room = spool_of(r)->ops->room(spool_of(r), r->slot);
	return room > 1 ? room / 2u : room;
}

/* Our own fields but the signatures. */
static enum seal_status
add_fields(struct seal_relay *r, uint64_t now_s)
{
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

	put_id(r, &id_out);
	trace.id = seal_out_span(&id_out);
	(void)seal_envelope_next(&r->envelope, &at, &command);
	trace.utf8 = command.smtputf8;
	trace.protocol = protocol_of(r, trace.utf8);
	if (r->envelope.num == 2 && seal_envelope_next(&r->envelope, &at, &command))
		trace.recipient = command.path;
	return seal_added_fields(&r->added, r->client, &trace, &r->intake.header);
}

static void
learn(struct seal_relay *r, struct seal_span domain, uint64_t now_ms)
{
	if (r->gateway->learn != NULL)
		seal_learn_note(r->gateway->learn, domain, &r->client_address, now_ms);
}

/* A From domain that is not configured, or not for this client; one whose key is only not yet
 * published is. */
static void
learn_refused(struct seal_relay *r, uint64_t now_ms)
{
	if (r->intake.fault == SEAL_INTAKE_POLICY && r->intake.verdict.author != SEAL_POLICY_UNPUBLISHED)
		learn(r, seal_intake_domain(&r->intake), now_ms);
}

static void
on_end(struct seal_relay *r, uint64_t now_ms, uint64_t now_s)
{
	struct seal_out scratch = scratch_of(r);

	stats_of(r)->long_lines += r->intake.lines.long_lines;
	stats_of(r)->normalized += r->intake.lines.normalized;
	r->waiting = SEAL_SMTPD_END;
	r->end_ms = now_ms;
	r->answer_by_ms = now_ms + (uint64_t)r->client->patience_s * 900u;
	if (r->spool_failed) {
		conclude_alarm(r, r->trouble, now_ms);
	} else if (r->trouble.code != 0) {
		conclude_local(r, r->trouble, now_ms);
	} else if (seal_intake_finish(&r->intake) != SEAL_OK) {
		learn_refused(r, now_ms);
		conclude_local(r, seal_intake_refusal(&r->intake, &scratch), now_ms);
	} else if (add_fields(r, now_s) != SEAL_OK) {
		conclude_local(r, SEAL_REPLY(552, "5.3.4 Header fields to be signed are too long"), now_ms);
	} else {
		r->phase = PHASE_SIGNING;
	}
}

static void
on_abort(struct seal_relay *r)
{
	const struct outcome outcome = { .reply = { 0 } };

	if (r->phase == PHASE_IDLE)
		return;
	if (r->link == LINK_CONTENT)
		abort_link(r);
	report(r, &outcome);
	end_transaction(r);
}

/* Closed by the protocol's own rules: too many errors, a timeout, no SMTP at all. */
static void
on_close(struct seal_relay *r)
{
	const struct outcome outcome = { .reply = seal_smtpd_last_words(&r->smtpd) };

	if (outcome.reply.code >= 400)
		report(r, &outcome);
}

/* One event of the client's side; answers whether there was one. */
static bool
step_client_event(struct seal_relay *r, const struct seal_smtpd_info *info, uint64_t now_ms, uint64_t now_s)
{
	const enum seal_smtpd_event event = seal_smtpd_next(&r->smtpd);

	if (event == (enum seal_smtpd_event)r->waiting && event != SEAL_SMTPD_NONE)
		return false; /* its answer is on the way */
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
		on_content(r, info->content);
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

/* Signed, or not to be: what becomes of the message. */
static void
on_signed(struct seal_relay *r, enum seal_status status, uint64_t now_ms)
{
	if (status == SEAL_OK) {
		r->phase = PHASE_DELIVERING;
		r->may_open = true;
	} else if (status == SEAL_E_LIMIT) {
		conclude_local(r, SEAL_REPLY(552, "5.3.4 Signatures do not fit"), now_ms);
	} else {
		stats_of(r)->key_alarms++;
		conclude_alarm(r, SEAL_REPLY(451, "4.7.5 Signing failed, try again later"), now_ms);
	}
}

static bool
step_signing(struct seal_relay *r, uint64_t now_ms, uint64_t now_s)
{
	struct seal_out out = seal_added_out(&r->added);
	enum seal_status status;

	if (r->phase != PHASE_SIGNING && !r->signing_stale)
		return false;
	if (!r->signing_begun && !r->signing_stale) {
		r->signing_begun = true;
		seal_signer_init(&r->signer, &out);
	}
	status = seal_signer_run(&r->signer, &r->intake, r->gateway->keys, now_s, &out);
	if (!r->signing_stale)
		seal_added_keep(&r->added, &out);
	if (status == SEAL_PENDING) {
		r->pending = true;
		return false;
	}
	if (r->signing_stale) {
		r->signing_stale = false;
		return true;
	}
	r->signing_ms = now_ms - r->end_ms;
	on_signed(r, status, now_ms);
	return true;
}

/* --- the public face ------------------------------------------------------------------ */

void
seal_relay_init(struct seal_relay *r, struct seal_gateway *gateway, const struct seal_relay_memory *memory,
                const struct seal_ip *client_address, uint64_t id, bool is_private, uint64_t now_ms)
{
	const struct outcome refused = { .reply = SEAL_REPLY(554, "5.7.1 No client section for your address") };

	memset(r, 0, sizeof *r);
	r->gateway = gateway;
	r->work = memory->work;
	r->work_cap = memory->work_cap;
	r->added.ptr = memory->added;
	r->added.cap = memory->added_cap;
	r->client_address = *client_address;
	r->id = id;
	r->client = seal_policy_client(gateway->config, client_address);
	r->envelope.ptr = memory->envelope;
	r->envelope.cap = memory->envelope_cap;
	end_transaction(r);
	seal_smtpd_init(&r->smtpd, now_ms);
	if (is_private)
		seal_smtpd_secured(&r->smtpd, now_ms);
	stats_of(r)->connections++;
	if (r->client != NULL) {
		const struct seal_smtpd_access access = {
			.tls = r->client->tls,
			.login = r->client->auth,
			.clear_login = r->client->clear_login || r->client->any_login
		};

		seal_smtpd_set_access(&r->smtpd, access);
		seal_smtpd_greet(&r->smtpd, gateway->config->gateway.hostname);
	} else {
		seal_smtpd_refuse(&r->smtpd, refused.reply);
		learn(r, seal_span(NULL, 0), now_ms);
		report(r, &refused);
	}
}

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
		moved |= step_link_event(r, now_ms);
		moved |= step_link_task(r, now_ms);
	}
}

void
seal_relay_step(struct seal_relay *r, uint64_t now_ms, uint64_t now_s)
{
	/* commands and content are dealt with where they arrive, in down_recv */
	static const struct seal_smtpd_info NOTHING = { .content = { NULL, 0 } };

	step_with(r, &NOTHING, now_ms, now_s);
}

size_t
seal_relay_down_recv(struct seal_relay *r, const uint8_t *data, size_t len, uint64_t now_ms, uint64_t now_s)
{
	size_t taken = 0;
	bool more = true;

	while (more) {
		const size_t offer = (size_t)min_u64(len - taken, content_room(r));
		struct seal_smtpd_info info = { .content = { NULL, 0 } };
		const size_t n = seal_smtpd_recv(&r->smtpd, data + taken, offer, now_ms, &info);

		taken += n;
		step_with(r, &info, now_ms, now_s);
		more = n > 0 && taken < len;
	}
	r->pending |= taken < len && content_room(r) == 0;
	return taken;
}

void
seal_relay_down_closed(struct seal_relay *r)
{
	seal_smtpd_peer_closed(&r->smtpd);
}

void
seal_relay_down_lost(struct seal_relay *r)
{
	r->down_gone = true;
	if (r->waiting == SEAL_SMTPD_AUTH) {
		r->waiting = SEAL_SMTPD_NONE;
		seal_wipe(&r->login, sizeof r->login);
	}
	seal_smtpd_peer_closed(&r->smtpd);
	/* after the final dot the message may still become the next hop's; before, it must not */
	if (!(r->phase == PHASE_DELIVERING && seal_smtpc_in_doubt(&r->smtpc)))
		on_abort(r);
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
seal_relay_down_insecure(struct seal_relay *r, const char *why)
{
	const struct outcome outcome = { .reply = { 0 }, .why = seal_span_text(why) };

	if (!r->down_gone)
		report(r, &outcome);
	seal_relay_down_lost(r);
}

enum seal_relay_up
seal_relay_up_wanted(struct seal_relay *r)
{
	const enum seal_relay_up wanted = (enum seal_relay_up)r->up_wanted;

	r->up_wanted = SEAL_UP_NONE;
	return wanted;
}

void
seal_relay_up_connected(struct seal_relay *r, struct seal_secrecy secrecy, uint64_t now_ms)
{
	seal_smtpc_connected(&r->smtpc, secrecy, now_ms);
}

void
seal_relay_up_secured(struct seal_relay *r, struct seal_secrecy secrecy, uint64_t now_ms)
{
	seal_smtpc_secured(&r->smtpc, secrecy, now_ms);
}

void
seal_relay_up_insecure(struct seal_relay *r, const char *why)
{
	r->up_why = why;
	seal_relay_up_closed(r);
}

size_t
seal_relay_up_recv(struct seal_relay *r, const uint8_t *data, size_t len, uint64_t now_ms)
{
	return r->link == LINK_NONE ? len : seal_smtpc_recv(&r->smtpc, data, len, now_ms);
}

void
seal_relay_up_closed(struct seal_relay *r)
{
	if (r->link != LINK_NONE)
		seal_smtpc_closed(&r->smtpc);
}

struct seal_span
seal_relay_up_view(struct seal_relay *r)
{
	return r->link == LINK_NONE ? (struct seal_span){ NULL, 0 } : seal_smtpc_send_view(&r->smtpc);
}

void
seal_relay_up_sent(struct seal_relay *r, size_t len, uint64_t now_ms)
{
	seal_smtpc_sent(&r->smtpc, len, now_ms);
}

uint64_t
seal_relay_deadline_ms(const struct seal_relay *r)
{
	uint64_t deadline = min_u64(seal_smtpd_deadline_ms(&r->smtpd), r->answer_by_ms);

	if (r->link != LINK_NONE)
		deadline = min_u64(deadline, seal_smtpc_deadline_ms(&r->smtpc));
	if (r->waiting == SEAL_SMTPD_HELLO)
		deadline = min_u64(deadline, r->hello_until_ms);
	return deadline;
}

bool
seal_relay_up_is_idle(const struct seal_relay *r)
{
	return r->phase == PHASE_IDLE && r->waiting == SEAL_SMTPD_NONE && r->link != LINK_NONE;
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

/* The client will not wait longer for its reply. */
static void
give_up_message(struct seal_relay *r, uint64_t now_ms)
{
	if (r->phase == PHASE_DELIVERING && r->link == LINK_CONTENT && seal_smtpc_in_doubt(&r->smtpc)) {
		conclude_in_doubt(r, now_ms);
		return;
	}
	if (r->link == LINK_CONTENT)
		abort_link(r);
	conclude_local(r, SEAL_REPLY(451, "4.4.1 Next hop was too slow"), now_ms);
}

void
seal_relay_tick(struct seal_relay *r, uint64_t now_ms)
{
	seal_smtpd_tick(&r->smtpd, now_ms);
	if (r->link != LINK_NONE)
		seal_smtpc_tick(&r->smtpc, now_ms);
	if (r->waiting == SEAL_SMTPD_HELLO && now_ms >= r->hello_until_ms)
		hello_answer(r, now_ms);
	if (now_ms >= r->answer_by_ms)
		give_up_message(r, now_ms);
}

bool
seal_relay_done(const struct seal_relay *r)
{
	return r->down_gone && r->link == LINK_NONE && r->phase == PHASE_IDLE && !r->signer.running;
}

void
seal_relay_drain(struct seal_relay *r)
{
	r->draining = true;
	if (r->phase == PHASE_IDLE && r->waiting == SEAL_SMTPD_NONE && !seal_smtpd_closing(&r->smtpd))
		seal_smtpd_refuse(&r->smtpd, SEAL_REPLY(421, "4.3.2 Shutting down"));
}
