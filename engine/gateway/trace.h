/* SPDX-License-Identifier: Apache-2.0
 *
 * trace.h - fields that the gateway adds: Received (RFC 5321 4.4), and Date and
 * Message-ID where they are missing and the client's section asks (RFC 6409 8).
 */
#ifndef SEAL_GATEWAY_TRACE_H
#define SEAL_GATEWAY_TRACE_H

#include "engine/base/ip.h"

struct seal_trace {
	struct seal_span hello;      /* what the client called itself; may be empty. What is
	                              * no domain name or address literal is not repeated */
	struct seal_ip client_address;
	struct seal_span hostname;
	struct seal_span id;         /* transaction id                              */
	struct seal_span recipient;  /* the only one, without brackets, else empty: never
	                              * more (Bcc)                                  */
	struct seal_span protocol;   /* "with": seal_trace_protocol                 */
	bool utf8;                   /* SMTPUTF8                                    */
	uint64_t now_s;              /* 0: no trusted clock: the date is left out   */
};

/* "SMTP", "ESMTP" after EHLO, "UTF8SMTP" with SMTPUTF8; "S" is for TLS, "A" for AUTH
 * (RFC 3848, RFC 6531 4.3). Constant. */
struct seal_span seal_trace_protocol(bool extended, bool utf8, bool is_private, bool authenticated);

/* "Received: ..." with final CRLF, folded to SEAL_COLUMN_MAX columns but where a single
 * name is longer, and never right behind the colon: readers stumble over that. */
void seal_trace_received(struct seal_out *out, const struct seal_trace *trace);

/* "Date: ...CRLF"; now_s must be trusted. */
void seal_trace_date(struct seal_out *out, uint64_t now_s);

/* "Message-ID: <ID.TIME@HOSTNAME>CRLF", in one line. It is as unique as ID and TIME are
 * together: where no clock is trusted (now_s 0, ".TIME" left out), ids must not begin
 * anew with each start. */
void seal_trace_message_id(struct seal_out *out, struct seal_span id, uint64_t now_s,
                           struct seal_span hostname);

#endif
