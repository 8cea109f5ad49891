/* SPDX-License-Identifier: Apache-2.0
 *
 * gateway_log.h - what a gateway's log reports about the keys of a configuration.
 *
 *	init -> read ... -> end, then look at the keys
 *
 * Bytes come in pieces of any size, from a file, a syslog or a serial line. What precedes a line's own words (times,
 * host names, an RFC 5424 header) is skipped. Nothing is trusted: a line counts up to GATEWAY_LOG_LINE_MAX bytes; the
 * rest of it, lines that are not ours and keys that are not wanted are ignored. A value that a client chose cannot pass
 * for a line, because a "=" precedes it.
 *
 * Later lines override earlier ones. If several gateways write into one log, the last line of any of them counts.
 */
#ifndef TOOLS_SITE_GATEWAY_LOG_H
#define TOOLS_SITE_GATEWAY_LOG_H

#include "engine/gateway/keyring.h"
#include "tools/mailseal/records/text.h"

#define GATEWAY_LOG_LINE_MAX 2048u

enum gateway_log_answer {
	GATEWAY_LOG_UNSAID,
	GATEWAY_LOG_NO,
	GATEWAY_LOG_YES
};

struct gateway_log_key {
	char name[DNS_NAME_SIZE];        /* SELECTOR._domainkey.DOMAIN, set before init   */

	bool reported;                   /* a line about it was found                     */
	enum gateway_log_answer signs, held;
	bool has_seen;                   /* of a key with activation = dns                */
	enum seal_keyring_seen seen;
	bool has_used;
	uint64_t used;                   /* since the gateway's last start                */
	int64_t last_used_s;             /* since 1970, the latest of all; 0: not known   */
	unsigned alarms;                 /* a bit for each seal_keyring_event_kind        */
	bool told_safe;                  /* the record may be deleted, and nothing since
	                                  * speaks against it                             */
	bool retired;                    /* an older key whose record is gone             */
	bool waits;                      /* for approval: activation = manual             */
	bool rotating;                   /* will sign when the hold time is over          */
	bool old;                        /* older than rotate-after                       */
};

struct gateway_log {
	struct gateway_log_key *keys;
	size_t num_keys;
	uint8_t line[GATEWAY_LOG_LINE_MAX];
	size_t len;
};

/* `keys` are lent until the end is reached; all of them but the name is set here. */
void gateway_log_init(struct gateway_log *log, struct gateway_log_key *keys, size_t num_keys);

void gateway_log_read(struct gateway_log *log, struct seal_span octets);

/* A last line without an end counts too. */
void gateway_log_end(struct gateway_log *log);

/* The word of the gateway's event; NULL: no alarm is on. */
const char *gateway_log_alarm(const struct gateway_log_key *key);

/* The gateway logged so, and the key has not signed in the week before `now_s`. */
bool gateway_log_is_safe_to_delete(const struct gateway_log_key *key, int64_t now_s);

/* What one should know about the key in a few words; "": nothing. */
const char *gateway_log_note(const struct gateway_log_key *key, int64_t now_s);

#endif
