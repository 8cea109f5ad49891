/* SPDX-License-Identifier: Apache-2.0
 *
 * gateway_log.h - what a gateway's log reports about the keys of a configuration.
 *
 *	init -> read ... -> end, then read the members of the keys
 *
 * The bytes come in pieces of any size, as found in a file, in a syslog or on a serial line. Everything before the
 * gateway's own part of a line is skipped (times, host names, an RFC 5424 header). Nothing is trusted: only the first
 * GATEWAY_LOG_LINE_MAX bytes of a line count, and other lines and other keys are ignored. A value that a client chose
 * cannot pass for a line, because a "=" precedes it.
 *
 * Later lines override earlier ones. If several gateways write into one log, the gateway that wrote last counts.
 */
#ifndef TOOLS_SITE_GATEWAY_LOG_H
#define TOOLS_SITE_GATEWAY_LOG_H

#include "engine/gateway/keyring.h"
#include "tools/mailseal/records/text.h"

#define GATEWAY_LOG_LINE_MAX 2048u

enum gateway_log_answer {
	GATEWAY_LOG_UNKNOWN,
	GATEWAY_LOG_NO,
	GATEWAY_LOG_YES
};

struct gateway_log_key {
	char name[DNS_NAME_SIZE];        /* SELECTOR._domainkey.DOMAIN, set before init    */

	bool reported;                   /* the log has a line about it                    */
	enum gateway_log_answer signs, held;
	bool has_seen;                   /* only with activation = dns                     */
	enum seal_keyring_seen seen;
	bool has_used;
	uint64_t used;                   /* signatures since the gateway's last start      */
	int64_t last_used_s;             /* seconds since 1970, the latest; 0: not known   */
	unsigned alarms;                 /* a bit for each seal_keyring_event_kind         */
	bool reported_safe;              /* the record may be deleted, and no later line
	                                  * contradicts                                    */
	bool retired;                    /* an older key whose record no longer exists     */
	bool waits;                      /* for approval: activation = manual              */
	bool rotating;                   /* will sign when its hold time ends              */
	bool old;                        /* older than rotate-after                        */
};

struct gateway_log {
	struct gateway_log_key *keys;
	size_t num_keys;
	uint8_t line[GATEWAY_LOG_LINE_MAX];
	size_t len;
};

/* Borrows `keys` until gateway_log_end returns; sets every member except the name. */
void gateway_log_init(struct gateway_log *log, struct gateway_log_key *keys, size_t num_keys);

void gateway_log_read(struct gateway_log *log, struct seal_span bytes);

/* A last line without a line end counts too. */
void gateway_log_end(struct gateway_log *log);

/* The name of the gateway's event, one word; NULL: no alarm. */
const char *gateway_log_alarm(const struct gateway_log_key *key);

/* The gateway reported that the record may be deleted, and the key has not signed in the week before `now_s`. */
bool gateway_log_is_safe_to_delete(const struct gateway_log_key *key, int64_t now_s);

/* A note of a few words about the key; "": none. */
const char *gateway_log_note(const struct gateway_log_key *key, int64_t now_s);

#endif
