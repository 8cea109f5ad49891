/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - records and counters as lines of "key=value".
 *
 * One record is one line whatever the mail held: a value with anything but visible
 * ASCII in it, or with a quote or backslash, is quoted, and what is not printable
 * becomes \xHH. What is too long ends in "...". There is no line end in the output.
 */
#ifndef PORT_LOG_H
#define PORT_LOG_H

#include "engine/base/out.h"
#include "engine/gateway/relay.h"

#define SEAL_LOG_LINE_MAX 1536u /* octets of one line; what does not fit ends it with " ..." */

enum seal_log_addresses {
	SEAL_LOG_FULL,
	SEAL_LOG_MASKED     /* alice@example.com becomes a***@example.com, in replies too */
};

/* id, verdict, code, client, from, to, size... of one message or refusal. The verdict is
 * delivered, refused (5yz), deferred (4yz), aborted (the client left without a reply) or
 * in-doubt (RFC 1047: ask the next hop for the message-id). Values that are not known
 * are left out. */
void seal_log_record(struct seal_out *out, const struct seal_record *record,
                     enum seal_log_addresses addresses);

/* All counters, in the order of stats.h. */
void seal_log_stats(struct seal_out *out, const struct seal_stats *stats);

#endif
