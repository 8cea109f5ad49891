/* SPDX-License-Identifier: Apache-2.0
 *
 * relay_parts.h - what the three parts of the relay share; only for them.
 *
 *	relay.c           the client's events, and the public functions
 *	relay_next_hop.c  the dialogue with the next hop
 *	relay_verdict.c   one transaction, one verdict: its begin and end, its reply and its record
 */
#ifndef SEAL_GATEWAY_RELAY_PARTS_H
#define SEAL_GATEWAY_RELAY_PARTS_H

#include "engine/gateway/relay.h"
#include "engine/gateway/trace.h"

struct seal_outcome {
	struct seal_reply reply;        /* code 0: the client went away                           */
	bool from_next_hop, in_doubt, alarm;
	struct seal_span why;
};

static inline struct seal_spool *
seal_relay_spool(const struct seal_relay *r)
{
	return r->gateway->spool;
}

static inline struct seal_stats *
seal_relay_stats(const struct seal_relay *r)
{
	return &r->gateway->stats;
}

static inline enum seal_phase
seal_relay_phase(const struct seal_relay *r)
{
	return r->transaction == NULL ? SEAL_PHASE_IDLE : (enum seal_phase)r->transaction->phase;
}

static inline bool
seal_relay_is_greeted(const struct seal_relay *r)
{
	return r->link != NULL && seal_link_is_greeted(r->link);
}

/* --- relay_verdict.c ------------------------------------------------------------------------ */

/* Append the id of the current transaction; at most SEAL_RELAY_ID_MAX octets. */
void seal_relay_put_id(const struct seal_relay *r, struct seal_out *out);

/* The largest message, in octets, that we accept: the smallest limit of configuration, spool and
 * next hop. */
uint64_t seal_relay_size_limit(const struct seal_relay *r, const struct seal_extensions *next_hop);

/* The protocol, for "with" of Received. Constant. */
struct seal_span seal_relay_protocol_of(const struct seal_relay *r, bool utf8);

/* Write one record to the log; a mere warning is not `counted`. */
void seal_relay_record(struct seal_relay *r, const struct seal_outcome *outcome, bool counted);
void seal_relay_report(struct seal_relay *r, const struct seal_outcome *outcome); /* counted */

/* Take a transaction; false: all are taken. It is given back when no key works for it any longer;
 * until then the relay is `pending`. */
bool seal_relay_take_transaction(struct seal_relay *r);
void seal_relay_give_transaction(struct seal_relay *r);
void seal_relay_end_transaction(struct seal_relay *r);

/* A need for the next hop begins: take a link; false: all are taken. It is given back when the port
 * knows that the connection is over, and no need is left. */
bool seal_relay_take_link(struct seal_relay *r);
void seal_relay_give_link(struct seal_relay *r);
void seal_relay_abort_link(struct seal_relay *r);
bool seal_relay_needs_link(const struct seal_relay *r);

/* Send the verdict on the message to the client and to the log; the transaction is over. _local: a
 * reply of our own. _alarm: one that the administrator must see. _in_doubt: RFC 1047. */
void seal_relay_conclude(struct seal_relay *r, const struct seal_outcome *outcome, uint64_t now_ms);
void seal_relay_conclude_local(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms);
void seal_relay_conclude_alarm(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms);
void seal_relay_conclude_in_doubt(struct seal_relay *r, uint64_t now_ms);

/* Refuse a MAIL or RCPT, likewise. */
void seal_relay_refuse_command(struct seal_relay *r, struct seal_reply reply, bool from_next_hop,
                               uint64_t now_ms);

/* Answer EHLO with what is known about the next hop. */
void seal_relay_answer_hello(struct seal_relay *r, uint64_t now_ms);

/* The next hop is not available for the current need: answer EHLO, or give `reply` to the waiting
 * command or message. */
void seal_relay_fail_need(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms);

/* --- relay_next_hop.c ----------------------------------------------------------------------- */

/* Handle one event of the link; give it one task. Each returns false if there was nothing to do. */
bool seal_relay_step_link_event(struct seal_relay *r, uint64_t now_ms);
bool seal_relay_step_link_task(struct seal_relay *r, uint64_t now_ms);

#endif
