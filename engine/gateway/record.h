/* SPDX-License-Identifier: Apache-2.0
 *
 * record.h - one record of the log: a message or a refusal. The counters follow from the records.
 */
#ifndef SEAL_GATEWAY_RECORD_H
#define SEAL_GATEWAY_RECORD_H

#include "engine/gateway/stats.h"
#include "engine/gateway/transaction.h"

/* Spans are valid during the call only. */
struct seal_record {
	struct seal_span id;            /* transaction id                                 */
	struct seal_ip client_address;
	const struct seal_config_client *client; /* NULL: unknown client                  */
	struct seal_span sender;        /* reverse-path                                   */
	const struct seal_envelope *envelope; /* with the accepted recipients; may be NULL */
	uint32_t num_recipients;
	uint64_t size;                  /* octets of content                              */
	struct seal_span author_domain;
	const struct seal_config_domain *const *signers;
	size_t num_signers;
	uint64_t signing_ms;            /* from the final dot to the last signature       */
	struct seal_span message_id;
	struct seal_reply reply;        /* to the client; code 0: the client is gone      */
	bool from_next_hop;             /* the reply is the next hop's                    */
	bool in_doubt;                  /* RFC 1047                                       */
	bool alarm;                     /* for the administrator: key, spool, TLS or login with
	                                 * the next hop failed                            */
	struct seal_span protocol;      /* as in Received: "ESMTPSA"; empty before EHLO   */
	struct seal_span why;           /* why TLS with the client failed; else empty     */
};

/* Fill in what is known of `t`: envelope, content, author, signers. Returns true if MAIL had
 * SMTPUTF8. */
bool seal_record_transaction(struct seal_record *record, const struct seal_transaction *t);

/* Count it as delivered, refused by the next hop or by us, deferred, aborted or in doubt. A record
 * about a connection counts like one about a message. */
void seal_record_count(const struct seal_record *record, struct seal_stats *stats);

#endif
