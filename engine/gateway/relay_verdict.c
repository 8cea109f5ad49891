/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/relay_parts.h"

void
seal_relay_put_id(const struct seal_relay *r, struct seal_out *out)
{
	uint8_t octets[8];

	for (unsigned i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(r->id >> (56u - 8u * i));
	seal_out_hex(out, seal_span(octets, sizeof octets));
	seal_out_octet(out, '-');
	seal_out_u64(out, r->num_transactions);
}

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
seal_relay_size_limit(const struct seal_relay *r, const struct seal_extensions *next_hop)
{
	const uint64_t own = min_u64(r->gateway->config->gateway.max_size,
	                             seal_relay_spool(r)->ops->capacity(seal_relay_spool(r)));

	if (next_hop->size_max == 0)
		return own;
	return min_u64(own, next_hop->size_max > SEAL_ADDED_MAX ? next_hop->size_max - SEAL_ADDED_MAX : 1u);
}

/* --- the record ---------------------------------------------------------------------------- */

struct seal_span
seal_relay_protocol_of(const struct seal_relay *r, bool utf8)
{
	return seal_trace_protocol(seal_smtpd_extended(&r->smtpd), utf8, seal_smtpd_is_private(&r->smtpd),
	                           seal_smtpd_is_authenticated(&r->smtpd));
}

void
seal_relay_record(struct seal_relay *r, const struct seal_outcome *outcome, bool counted)
{
	uint8_t id[SEAL_RELAY_ID_MAX];
	struct seal_out id_out = seal_out(id, sizeof id);
	bool utf8 = false;
	struct seal_record record = {
		.client_address = r->client_address,
		.client = r->client,
		.reply = outcome->reply,
		.from_next_hop = outcome->from_next_hop,
		.in_doubt = outcome->in_doubt,
		.alarm = outcome->alarm,
		.why = outcome->why
	};

	seal_relay_put_id(r, &id_out);
	record.id = seal_out_span(&id_out);
	if (r->transaction != NULL)
		utf8 = seal_record_transaction(&record, r->transaction);
	if (seal_smtpd_hello(&r->smtpd).len > 0)
		record.protocol = seal_relay_protocol_of(r, utf8);
	if (counted)
		seal_record_count(&record, seal_relay_stats(r));
	r->gateway->log(r->gateway->log_ctx, &record);
}

void
seal_relay_report(struct seal_relay *r, const struct seal_outcome *outcome)
{
	seal_relay_record(r, outcome, true);
}

/* --- the transaction ----------------------------------------------------- */

/* If a key still works for the previous message, its transaction was kept and is used again. */
bool
seal_relay_take_transaction(struct seal_relay *r)
{
	struct seal_gateway *g = r->gateway;

	if (r->transaction == NULL)
		r->transaction = seal_transaction_take(g->transactions, g->num_transactions);
	return r->transaction != NULL;
}

void
seal_relay_give_transaction(struct seal_relay *r)
{
	if (seal_transaction_give(r->transaction))
		r->transaction = NULL;
	else
		r->pending = true;
}

/* Forget the transaction, also in the link: it sends RSET before the next one. */
void
seal_relay_end_transaction(struct seal_relay *r)
{
	r->waiting = SEAL_SMTPD_NONE;
	if (r->link != NULL)
		seal_link_forget(r->link);
	if (r->transaction == NULL)
		return;
	seal_transaction_end(r->transaction, seal_relay_spool(r));
	seal_relay_give_transaction(r);
}

void
seal_relay_abort_link(struct seal_relay *r)
{
	if (r->link != NULL)
		seal_link_abort(r->link);
}

/* Reply and record come before the end of the transaction, which frees the memory of both: the
 * reply's text may lie in it, and the record reads the envelope. */
void
seal_relay_conclude(struct seal_relay *r, const struct seal_outcome *outcome, uint64_t now_ms)
{
	if (seal_intake_is_hostile(&r->transaction->message.intake))
		(void)seal_smtpd_answer_close(&r->smtpd, outcome->reply, now_ms);
	else
		(void)seal_smtpd_answer(&r->smtpd, outcome->reply, now_ms);
	seal_relay_report(r, outcome);
	seal_relay_end_transaction(r);
}

void
seal_relay_conclude_local(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct seal_outcome outcome = { .reply = reply, .alarm = r->link_failed };

	seal_relay_conclude(r, &outcome, now_ms);
}

void
seal_relay_conclude_alarm(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	const struct seal_outcome outcome = { .reply = reply, .alarm = true };

	seal_relay_conclude(r, &outcome, now_ms);
}

/* RFC 1047: the final dot was sent and no reply came. */
void
seal_relay_conclude_in_doubt(struct seal_relay *r, uint64_t now_ms)
{
	const struct seal_outcome outcome = {
		.reply = SEAL_REPLY(451, "4.4.2 No reply from the next hop, the message may have been delivered"),
		.in_doubt = true
	};

	seal_relay_abort_link(r);
	seal_relay_conclude(r, &outcome, now_ms);
}

/* A refused RCPT is removed from the envelope; a refused MAIL ends the transaction. The record comes
 * before that, because it names the recipient. */
void
seal_relay_refuse_command(struct seal_relay *r, struct seal_reply reply, bool from_next_hop, uint64_t now_ms)
{
	struct seal_transaction *t = r->transaction;
	const struct seal_outcome outcome = {
		.reply = reply, .from_next_hop = from_next_hop, .alarm = t->held.failed || r->link_failed
	};

	(void)seal_smtpd_answer(&r->smtpd, reply, now_ms);
	seal_relay_report(r, &outcome);
	if (r->waiting == SEAL_SMTPD_MAIL)
		seal_relay_end_transaction(r);
	else if (t->envelope.len > t->pending_at)
		seal_envelope_drop(&t->envelope, t->pending_at);
	r->waiting = SEAL_SMTPD_NONE;
}

/* --- the link -------------------------------------------------------------- */

/* True while something waits that only the next hop can answer. */
bool
seal_relay_needs_link(const struct seal_relay *r)
{
	return r->waiting == SEAL_SMTPD_HELLO || r->waiting == SEAL_SMTPD_MAIL ||
	       r->waiting == SEAL_SMTPD_RCPT || seal_relay_phase(r) == SEAL_PHASE_DELIVERING;
}

bool
seal_relay_take_link(struct seal_relay *r)
{
	struct seal_gateway *g = r->gateway;

	for (size_t i = 0; i < g->num_links && r->link == NULL; i++) {
		if (!g->links[i].is_taken)
			r->link = &g->links[i];
	}
	if (r->link == NULL)
		return false;
	r->link->is_taken = true;
	seal_link_allow(r->link);
	return true;
}

/* The link must not go to another relay before the port has handled `wanted`: it would act on the
 * wrong connection. */
void
seal_relay_give_link(struct seal_relay *r)
{
	if (r->link == NULL || seal_link_exists(r->link) || r->link->wanted != SEAL_UP_NONE || seal_relay_needs_link(r))
		return;
	r->link->is_taken = false;
	r->link = NULL;
}

void
seal_relay_answer_hello(struct seal_relay *r, uint64_t now_ms)
{
	struct seal_extensions offered = { .size_max = 0 };

	if (seal_relay_is_greeted(r))
		offered = r->link->smtpc.extensions;
	offered.size_max = seal_relay_size_limit(r, &offered);
	(void)seal_smtpd_answer_hello(&r->smtpd, r->gateway->config->gateway.hostname, &offered, now_ms);
	r->waiting = SEAL_SMTPD_NONE;
}

void
seal_relay_fail_need(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms)
{
	if (r->waiting == SEAL_SMTPD_HELLO)
		seal_relay_answer_hello(r, now_ms);
	else if (r->waiting == SEAL_SMTPD_MAIL || r->waiting == SEAL_SMTPD_RCPT)
		seal_relay_refuse_command(r, reply, false, now_ms);
	else if (seal_relay_phase(r) == SEAL_PHASE_DELIVERING)
		seal_relay_conclude_local(r, reply, now_ms);
}
