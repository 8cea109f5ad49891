/* SPDX-License-Identifier: Apache-2.0
 *
 * relay_parts.h - what the three parts of the relay know of each other; for them alone.
 *
 *	relay.c           the client's events, and the public face
 *	relay_next_hop.c  the dialogue with the next hop
 *	relay_verdict.c   one transaction, one verdict: how it begins and ends, its reply and its record
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

/* The id of the transaction at hand. */
void seal_relay_put_id(const struct seal_relay *r, struct seal_out *out);

/* What may be sent to us: the smallest of configuration, spool and next hop. */
uint64_t seal_relay_size_limit(const struct seal_relay *r, const struct seal_extensions *next_hop);

/* "with" of Received. */
struct seal_span seal_relay_protocol_of(const struct seal_relay *r, bool utf8);

/* One line of the log; where it is only a warning, it is not counted. */
void seal_relay_record(struct seal_relay *r, const struct seal_outcome *outcome, bool counted);
void seal_relay_report(struct seal_relay *r, const struct seal_outcome *outcome); /* counted */

/* False: all are taken. Given back when no key works for it any more; else `pending`. */
bool seal_relay_take_transaction(struct seal_relay *r);
void seal_relay_give_transaction(struct seal_relay *r);
void seal_relay_end_transaction(struct seal_relay *r);

/* A need for the next hop begins. False: all links are taken. Given back when the port knows that
 * the connection is over and no need is left. */
bool seal_relay_take_link(struct seal_relay *r);
void seal_relay_give_link(struct seal_relay *r);
void seal_relay_abort_link(struct seal_relay *r);
bool seal_relay_needs_link(const struct seal_relay *r);

/* The verdict on the message goes to the client and to the log, and the transaction is over. */
void seal_relay_conclude(struct seal_relay *r, const struct seal_outcome *outcome, uint64_t now_ms);
void seal_relay_conclude_local(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms);
void seal_relay_conclude_alarm(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms);
void seal_relay_conclude_in_doubt(struct seal_relay *r, uint64_t now_ms);

/* The one on a MAIL or RCPT, likewise. */
void seal_relay_refuse_command(struct seal_relay *r, struct seal_reply reply, bool from_next_hop,
                               uint64_t now_ms);

/* EHLO, with what is known of the next hop. */
void seal_relay_answer_hello(struct seal_relay *r, uint64_t now_ms);

/* What was waited for is not available: whichever of the above it is. */
void seal_relay_fail_need(struct seal_relay *r, struct seal_reply reply, uint64_t now_ms);

/* --- relay_next_hop.c ----------------------------------------------------------------------- */

/* One event of the link, or one task for it. False: there was none. */
bool seal_relay_step_link_event(struct seal_relay *r, uint64_t now_ms);
bool seal_relay_step_link_task(struct seal_relay *r, uint64_t now_ms);

#endif
