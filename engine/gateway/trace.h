/* SPDX-License-Identifier: Apache-2.0
 *
 * trace.h - fields that the gateway adds: Received (RFC 5321 4.4), and Date and
 * Message-ID if they are missing and the client's section wants them (RFC 6409 8).
 */
#ifndef SEAL_GATEWAY_TRACE_H
#define SEAL_GATEWAY_TRACE_H

#include "engine/base/ip.h"

struct seal_trace {
	struct seal_span hello;      /* the client's name in EHLO; may be empty. It is repeated
	                              * only if it is a domain name or address literal */
	struct seal_ip client_address;
	struct seal_span hostname;
	struct seal_span id;         /* transaction id                              */
	struct seal_span recipient;  /* the only one, without brackets; empty if there are
	                              * several, which must not be disclosed (Bcc)  */
	struct seal_span protocol;   /* "with": seal_trace_protocol                 */
	bool utf8;                   /* SMTPUTF8                                    */
	uint64_t now_s;              /* seconds since 1970; 0: no trusted clock, no date */
};

/* "SMTP", "ESMTP" after EHLO, "UTF8SMTP" with SMTPUTF8; then "S" with TLS and "A" after AUTH
 * (RFC 3848, RFC 6531 4.3). Constant. */
struct seal_span seal_trace_protocol(bool extended, bool utf8, bool is_private, bool authenticated);

/* Append "Received: ..." with its final CRLF, folded to SEAL_COLUMN_MAX columns unless a single
 * name is longer. It is never folded right after the colon, because some readers fail there. */
void seal_trace_received(struct seal_out *out, const struct seal_trace *trace);

/* Append "Date: ...CRLF"; now_s must be trusted. */
void seal_trace_date(struct seal_out *out, uint64_t now_s);

/* Append "Message-ID: <ID.TIME@HOSTNAME>CRLF", in one line. It is as unique as ID and TIME
 * together: without a trusted clock (now_s 0, ".TIME" left out) ids must not restart with
 * each start. */
void seal_trace_message_id(struct seal_out *out, struct seal_span id, uint64_t now_s,
                           struct seal_span hostname);

#endif
