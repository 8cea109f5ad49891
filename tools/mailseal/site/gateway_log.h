/* SPDX-License-Identifier: Apache-2.0
 *
 * gateway_log.h - what a gateway's log says of the keys of a configuration.
 *
 *	init -> read ... -> end, then look at the keys
 *
 * Octets come in pieces of any size, as they stand in a file, a syslog or on a serial line:
 * what stands in front of a line's own words (times, host names, an RFC 5424 header) is
 * skipped. Nothing is trusted: a line counts up to GATEWAY_LOG_LINE_MAX octets, what is
 * behind them and what is no line of ours is passed over, and so are keys that are not asked
 * for. A value that a client chose cannot pass for a line, because it stands behind a "=".
 *
 * Later lines count against earlier ones. When several gateways write into one log, the last
 * one that spoke does.
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

/* Each is a bit of `alarms`; the first one that is set is the one to tell. */
enum gateway_log_alarm {
	GATEWAY_LOG_REVOKED,
	GATEWAY_LOG_GONE,
	GATEWAY_LOG_CHANGED,
	GATEWAY_LOG_BAD_RECORD,
	GATEWAY_LOG_SEVERAL,
	GATEWAY_LOG_UNPUBLISHED,
	GATEWAY_LOG_TESTING,
	GATEWAY_LOG_SILENT,
	GATEWAY_LOG_NUM_ALARMS
};

struct gateway_log_key {
	char name[DNS_NAME_SIZE];        /* SELECTOR._domainkey.DOMAIN, set before init   */

	bool reported;                   /* there was a line about it                     */
	enum gateway_log_answer signs, held;
	bool has_seen;                   /* of a key with activation = dns                */
	enum seal_keyring_seen seen;
	bool has_used;
	uint64_t used;                   /* since the gateway's last start                */
	int64_t last_used_s;             /* since 1970, the latest of all; 0: not known   */
	unsigned alarms;
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

/* One word, as the gateway's event is called; NULL: no alarm stands. */
const char *gateway_log_alarm(const struct gateway_log_key *key);

/* The gateway said so, and the key has not signed in the week before `now_s`. */
bool gateway_log_is_safe_to_delete(const struct gateway_log_key *key, int64_t now_s);

/* What is to be known of the key in a few words; "" when there is nothing. */
const char *gateway_log_note(const struct gateway_log_key *key, int64_t now_s);

#endif
