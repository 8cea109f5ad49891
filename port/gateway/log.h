/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - records and counters as lines of "key=value".
 *
 * One record is one line, whatever the mail contained. A value that contains anything but visible
 * ASCII, or a quote or backslash, is quoted, and what is not printable becomes \xHH. A value that
 * is too long ends in "...". There is no line end in the output.
 */
#ifndef PORT_GATEWAY_LOG_H
#define PORT_GATEWAY_LOG_H

#include "engine/base/out.h"
#include "engine/gateway/relay.h"

#define SEAL_LOG_LINE_MAX 1536u /* octets of one line; one that would be longer ends in " ..." */

enum seal_log_addresses {
	SEAL_LOG_FULL,
	SEAL_LOG_MASKED     /* alice@example.com becomes a***@example.com, in replies too */
};

/* id, verdict, code, client, from, to, size... of one message or refusal. The verdict is
 * delivered, refused (5yz), deferred (4yz), aborted (the client left without a reply) or
 * in-doubt (RFC 1047: look for the message-id in the next hop's log). Unknown values are
 * left out. */
void seal_log_record(struct seal_out *out, const struct seal_record *record,
                     enum seal_log_addresses addresses);

/* All counters, in the order of stats.h. */
void seal_log_stats(struct seal_out *out, const struct seal_stats *stats);

/* "keyring event=switched name=SELECTOR._domainkey.DOMAIN ...": what happened to the key of a
 * section, and what is known about it; with in-s and alarm=yes where the event has them. */
void seal_log_keyring(struct seal_out *out, const struct seal_config_domain *domain,
                      const struct seal_keyring_event *event, const struct seal_keyring_entry *entry);

/* What a line about a key reports. */
struct seal_log_key {
	const struct seal_keyring_entry *entry; /* NULL: it is not watched                    */
	const struct seal_key_use *use;
	bool signs;
	bool alarm;             /* its record is wrong, or no key of its name is published     */
};

/* "key name=SELECTOR._domainkey.DOMAIN seen=published signs=yes held=no used=3 last-used=...": the
 * state of a key. */
void seal_log_key(struct seal_out *out, const struct seal_config_domain *domain, const struct seal_log_key *key);

/* "keyring event=old name=... age-d=400 alarm=yes ...": a key that signs is older than rotate-after. */
void seal_log_old(struct seal_out *out, const struct seal_config_domain *domain, uint64_t age_days);

/* "unknown domain=... client=... count=...": one entry of learn.h; without domain, no client section
 * has the client. */
void seal_log_learned(struct seal_out *out, const struct seal_learn_entry *entry);

#endif
