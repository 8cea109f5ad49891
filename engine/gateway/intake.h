/* SPDX-License-Identifier: Apache-2.0
 *
 * intake.h - an incoming message: judged, normalized if configured, and hashed.
 *
 *	init -> recv ... -> finish -> verdict
 *
 * The order is the promise: line ends, NUL, length, header and author policy are judged
 * here, and only octets that passed are handed on (to the spool) and hashed. A message
 * that is already refused is still read to its end, because the reply belongs there; it
 * is no longer hashed or handed on.
 */
#ifndef SEAL_GATEWAY_INTAKE_H
#define SEAL_GATEWAY_INTAKE_H

#include "engine/dkim/body_hash.h"
#include "engine/gateway/policy.h"
#include "engine/mail/addr.h"
#include "engine/mail/header.h"
#include "engine/mail/lines.h"

/* Why a message is refused; the first fault counts. */
enum seal_intake_fault {
	SEAL_INTAKE_FINE,
	SEAL_INTAKE_BARE_CR,
	SEAL_INTAKE_BARE_LF,
	SEAL_INTAKE_NUL,
	SEAL_INTAKE_TOO_LARGE,      /* over size_max                                      */
	SEAL_INTAKE_HEADER,         /* header.fault names the rule                        */
	SEAL_INTAKE_LONG_LINE,
	SEAL_INTAKE_UTF8_HEADER,    /* 8-bit header without SMTPUTF8                       */
	SEAL_INTAKE_8BIT,           /* 8-bit content, and the next hop has no 8BITMIME    */
	SEAL_INTAKE_LOOP,           /* over SEAL_RECEIVED_MAX Received fields             */
	SEAL_INTAKE_NO_FROM,
	SEAL_INTAKE_TWO_FROM,
	SEAL_INTAKE_AUTHOR,         /* author_fault names what is wrong with From         */
	SEAL_INTAKE_POLICY          /* verdict.refusal is the reply                       */
};

/* The rules for this message; lent until finish. */
struct seal_intake_rules {
	const struct seal_config *config;
	const struct seal_config_client *client; /* NULL: no client (command line)              */
	const struct seal_keyring *keyring;      /* NULL: every key counts as published         */
	enum seal_bare_lf bare_lf;
	bool refuse_long_lines;
	bool utf8_header;           /* MAIL had SMTPUTF8, or 8-bit headers may pass             */
	bool eight_bit;             /* the next hop offers 8BITMIME                             */
	uint64_t size_max;
};

struct seal_intake {
	struct seal_intake_rules rules;
	struct seal_lines lines;
	struct seal_header header;
	struct seal_policy_verdict verdict;
	struct seal_body_hash body;
	uint64_t octets;            /* of content that were handed on                           */
	uint8_t fault;              /* enum seal_intake_fault                                   */
	uint8_t author_fault;       /* enum seal_addr_fault                                     */
	bool header_done;
	uint8_t domain_len;
	uint8_t domain[SEAL_DOMAIN_MAX]; /* author domain, normalized                           */
};

/* Begin a message. `work` is the memory for header fields: lent until the message is over. */
void seal_intake_init(struct seal_intake *in, const struct seal_intake_rules *rules,
                      uint8_t *work, size_t work_cap);

/* Take content without dot-stuffing, in any cut. Returns how many octets were taken (at least
 * one). *run is their normalized form, to be kept: empty once the message is refused, valid until
 * the next call, at most one octet longer than the octets taken. */
size_t seal_intake_recv(struct seal_intake *in, const uint8_t *data, size_t len,
                        struct seal_span *run);

/* True if the whole header section has been read and nothing is wrong so far: fields may be added
 * (seal_header_add) before more content. */
bool seal_intake_header_done(const struct seal_intake *in);

/* The message is over. SEAL_OK: sign it, or pass it unsigned if verdict.num_signers is 0.
 * SEAL_E_PEER: refused; seal_intake_refusal has the reply. */
enum seal_status seal_intake_finish(struct seal_intake *in);

/* The reply for a refused message; its text is constant or lies in `scratch`, which should
 * have room for SEAL_REPLY_TEXT_MAX octets. */
struct seal_reply seal_intake_refusal(const struct seal_intake *in, struct seal_out *scratch);

/* True if two readers could disagree about the end of this message: its connection must be
 * closed after the reply. */
bool seal_intake_is_hostile(const struct seal_intake *in);

/* The author domain, normalized; empty if it is not known. It lies in `in`. */
struct seal_span seal_intake_domain(const struct seal_intake *in);

/* The value of Message-ID, trimmed; empty if it is missing or was not held. */
struct seal_span seal_intake_message_id(const struct seal_intake *in);

#endif
