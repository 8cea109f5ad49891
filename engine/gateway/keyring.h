/* SPDX-License-Identifier: Apache-2.0
 *
 * keyring.h - which key signs now: decided by what DNS publishes (activation = dns, or manual).
 *
 *	init -> set_key ... -> { next_question -> name -> (dns/resolver) -> read -> answer }...
 *	                       prefers, may_sign at any time        next_event after each answer
 *
 * It is a function of configuration, observations and monotonic time (which may wrap): no clock,
 * no flash. The keys of a name are its sections with a key, oldest first.
 *
 * A key is eligible while its selector has a single TXT record that holds exactly our public key
 * and allows our signatures. With activation = manual a key is never eligible, but its record is
 * watched and reported too. A key is held once it has been eligible without interruption for the
 * hold time: `hold` (default 24 h), and at least the TTL of the record and of its predecessor,
 * because resolvers may remember the predecessor for that long. The signing key of a name is
 * chosen as follows:
 *
 *	1. the newest held key; else
 *	2. the eligible key that has been known for longest; keys published at the start count as
 *	   known for longest, and among them the oldest signs; else
 *	3. the oldest key that is still unknown, because no answer has come yet; else
 *	4. none: the name is unpublished.
 *
 * So a rotation only needs the next key's record to be published, and withdrawing a record
 * retires its key. Rule 2 is for restarts: after one, it is not known how long the records have
 * been published. If the newest one signed, a power cut in the hour after its publication would
 * make us sign with a key that half of the world cannot see yet. Everyone can see the older one.
 * Signing with it until the hold time has passed again does no harm while its record is published;
 * when that is withdrawn, the next key follows at once. The price: a device that never runs for
 * `hold` without a restart changes to a newer key only when the older record is withdrawn, so it
 * needs a shorter `hold`; and an old record may be deleted only after every device that has the
 * key has reported SEAL_KEYRING_SAFE_TO_DELETE since its last start.
 *
 * An observation is an answer: records, or their absence. While DNS does not answer, nothing
 * changes, for any length of time; hold time ends only with an answer after it. A single answer
 * does not take an eligible key away: the question is repeated after SEAL_KEYRING_CONFIRM_S, and
 * the second answer counts. So a forger can delay a key or choose among our keys, and must lie
 * twice to do more.
 */
#ifndef SEAL_GATEWAY_KEYRING_H
#define SEAL_GATEWAY_KEYRING_H

#include "engine/config/config.h"
#include "engine/dkim/keyrec.h"
#include "engine/dns/resolver.h"

/* seconds */
#define SEAL_KEYRING_LOOK_S     3600u   /* the longest interval between two looks at a record */
#define SEAL_KEYRING_OURS_S     300u    /* the shortest one while it is ours                  */
#define SEAL_KEYRING_ABSENT_S   60u     /* the shortest one otherwise; between them: its TTL  */
#define SEAL_KEYRING_CONFIRM_S  60u     /* until an answer against an eligible key is checked
                                         * by a second one                                    */
#define SEAL_KEYRING_RETRY_S    30u     /* after no answer; doubled each time ...             */
#define SEAL_KEYRING_RETRY_MAX_S 900u   /* ... up to this                                     */
#define SEAL_KEYRING_SILENT_S   3600u   /* without an answer: an event                        */
#define SEAL_KEYRING_RETIRE_S   604800u /* mail may be in transit and unverified for this long */

#define SEAL_KEYRING_TEXT_TYPICAL 1024u /* octets; more than a record of a 4096-bit key needs,
                                         * longer ones are malformed                          */

/* The last observation at a selector. */
enum seal_keyring_seen {
	SEAL_KEYRING_UNKNOWN,   /* no answer since the start                      */
	SEAL_KEYRING_OURS,      /* eligible                                       */
	SEAL_KEYRING_OTHER,     /* another key                                    */
	SEAL_KEYRING_REVOKED,   /* p= is empty                                    */
	SEAL_KEYRING_ABSENT,    /* no TXT record, or no such name                 */
	SEAL_KEYRING_MALFORMED, /* invalid, or forbids our signatures: `fault`    */
	SEAL_KEYRING_SEVERAL    /* several TXT records (RFC 6376 3.6.2.2)         */
};

/* One word for it: constant, NUL-ended. */
const char *seal_keyring_seen_text(enum seal_keyring_seen seen);

/* One per domain section. Records are looked up only for sections with seal_config_is_watched. The
 * first eight members may be read. */
struct seal_keyring_entry {
	uint8_t seen;           /* enum seal_keyring_seen                                   */
	uint8_t fault;          /* enum seal_keyrec_fault, if it is malformed               */
	bool signs;             /* it is the signing key of its name                        */
	bool held;
	bool testing;           /* t=y in the record                                        */
	bool doubted;           /* the last answer contradicts `seen`, and is being checked */
	uint64_t since_ms;      /* when the record was first seen in this state             */
	uint64_t next_ms;       /* when to look again                                       */

	uint64_t signed_ms;     /* when it last stopped signing, or the start               */
	uint64_t failing_ms;    /* time of the first of num_failures                        */
	uint32_t ttl_s;         /* the largest TTL while it was ours                        */
	uint32_t other_ttl_s;   /* the largest TTL before that, while it was not            */
	uint16_t num_failures;  /* in a row                                                 */
	uint16_t events;        /* a bit for each waiting event                             */
	uint16_t first;         /* index of the first section of its name                   */
	bool from_start;        /* while it is ours: it already was in the first answer     */
	bool has_key;
	bool silence_reported, safe_reported;
	uint8_t digest[SEAL_SHA256_LEN]; /* of our public key                               */
};

struct seal_keyring {
	const struct seal_config *config;
	struct seal_keyring_entry *entries; /* config->num_domains of them */
};

/* Start now; every record is due at once. `config` and `entries` are lent for the life of the
 * keyring. */
void seal_keyring_init(struct seal_keyring *k, const struct seal_config *config,
                       struct seal_keyring_entry *entries, uint64_t now_ms);

/* Set our public key of section `index`: DER SubjectPublicKeyInfo, read before return. Without it no
 * record counts as ours. */
void seal_keyring_set_key(struct seal_keyring *k, size_t index, struct seal_span public_key);

/* --- observing ------------------------------------------------------------ */

/* Find the section whose record is longest overdue, the oldest of equal ones; false: none is due.
 * deadline_ms is when the next one is due, at most SEAL_KEYRING_LOOK_S from now. */
bool seal_keyring_next_question(const struct seal_keyring *k, uint64_t now_ms, size_t *index);
uint64_t seal_keyring_deadline_ms(const struct seal_keyring *k, uint64_t now_ms);

/* Append the name of a key's TXT record: SELECTOR._domainkey.DOMAIN (RFC 6376 3.6.2.1). */
void seal_keyring_name(const struct seal_config_domain *domain, struct seal_out *out);

struct seal_keyring_answer {
	enum seal_dns_outcome outcome;
	uint32_t ttl_s;         /* remaining time of the records, or of their absence              */
	uint32_t minimum_s;     /* full time of their absence, as the zone sets it                 */
	size_t num_records;     /* TXT records                            */
	struct seal_span text;  /* of the only one, its strings joined    */
	bool is_long;           /* the text did not fit, and is empty     */
};

/* Get the answer from a resolver that has finished. The text is appended to `out`, whose memory must
 * last until seal_keyring_answer. A text that does not fit is malformed. */
struct seal_keyring_answer seal_keyring_read(const struct seal_dns_resolver *r, struct seal_out *out);

/* --- judging ---------------------------------------------------------------
 *
 * The only judge of key records: seal_keyring_answer acts on its verdict, and the tool reports it. */

struct seal_keyring_wanted {
	const uint8_t *digest;  /* SHA-256 of our public key; NULL: no record is ours              */
	bool identity_below;    /* our i= is below d=                                              */
};

struct seal_keyring_verdict {
	enum seal_keyring_seen seen;    /* never SEAL_KEYRING_UNKNOWN     */
	enum seal_keyrec_fault fault;   /* if `seen` is malformed         */
	bool testing;                   /* t=y                            */
};

/* Judge an answer, whose outcome must be neither SEAL_DNS_FAILED nor SEAL_DNS_ASKING. */
struct seal_keyring_verdict seal_keyring_judge(const struct seal_keyring_wanted *wanted,
                                               const struct seal_keyring_answer *answer);

/* True if the section has an i= below its d=, which t=s forbids (RFC 6376 3.6.1). */
bool seal_keyring_identity_below(const struct seal_config_domain *domain);

/* Take the answer to the question for section `index`. */
void seal_keyring_answer(struct seal_keyring *k, size_t index, const struct seal_keyring_answer *answer,
                         uint64_t now_ms);

/* True once every record was looked up at least once, with any result. Before that, rule 3 may
 * choose a withdrawn key: do not listen yet. */
bool seal_keyring_is_settled(const struct seal_keyring *k);

/* --- deciding ------------------------------------------------------------- */

/* For policy: true if `a` is preferred to `b`. Both sections have the same name and keys. `k` may be
 * NULL: then activation = dns counts as immediate, and such keys are always held. */
bool seal_keyring_prefers(const struct seal_keyring *k, const struct seal_config_domain *a,
                          const struct seal_config_domain *b);

/* The preferred key of a name signs if may_sign is true. An older one may sign together with it
 * (sign-with = all) if is_eligible is true. */
bool seal_keyring_may_sign(const struct seal_keyring *k, const struct seal_config_domain *domain);
bool seal_keyring_is_eligible(const struct seal_keyring *k, const struct seal_config_domain *domain);

/* --- reporting ------------------------------------------------------------ */

enum seal_keyring_event_kind {
	SEAL_KEYRING_PUBLISHED,      /* the record is published now                           */
	SEAL_KEYRING_ROTATING,       /* a key newer than the signing one is eligible: it will
	                              * sign in `in_s`                                        */
	SEAL_KEYRING_SWITCHED,       /* this key signs from now on                            */
	SEAL_KEYRING_SAFE_TO_DELETE, /* older than the signing key, and has not signed for
	                              * SEAL_KEYRING_RETIRE_S                                 */
	SEAL_KEYRING_RETIRED,        /* an older key's record was withdrawn or revoked        */
	SEAL_KEYRING_ANSWERS_AGAIN,
	SEAL_KEYRING_WAITS,          /* published, and activation = manual                    */
	/* alarms */
	SEAL_KEYRING_GONE,           /* the record no longer exists                           */
	SEAL_KEYRING_REVOKED_NOW,
	SEAL_KEYRING_CHANGED,        /* our selector has another key                          */
	SEAL_KEYRING_BAD_RECORD,     /* malformed, or forbids our signatures                  */
	SEAL_KEYRING_SEVERAL_NOW,    /* several records                                       */
	SEAL_KEYRING_TESTING,        /* t=y                                                   */
	SEAL_KEYRING_UNPUBLISHED,    /* no key of this name is published; for its newest      */
	SEAL_KEYRING_SILENT          /* no answer for SEAL_KEYRING_SILENT_S                   */
};

struct seal_keyring_event {
	enum seal_keyring_event_kind kind;
	size_t index;           /* the section                                            */
	uint64_t in_s;          /* of ROTATING: at least; the next look decides           */
};

/* Take the next event, section by section; false: none waits. Of two events of one kind about one
 * section the first is lost. */
bool seal_keyring_next_event(struct seal_keyring *k, uint64_t now_ms, struct seal_keyring_event *event);

/* What happened to the key: constant, NUL-ended; written as "SELECTOR._domainkey.DOMAIN: %s". */
const char *seal_keyring_event_text(enum seal_keyring_event_kind kind);

/* The event as one word: constant, NUL-ended. The log writes it, and its readers look for it. */
const char *seal_keyring_event_word(enum seal_keyring_event_kind kind);

/* The word of the alarm about a key's age, which the log raises itself (rotate-after). */
#define SEAL_KEYRING_OLD_WORD "old"

/* True while the record itself is a reason for an alarm. */
static inline bool
seal_keyring_is_wrong(const struct seal_keyring_entry *entry)
{
	return entry->seen == SEAL_KEYRING_OTHER || entry->seen == SEAL_KEYRING_MALFORMED ||
	       entry->seen == SEAL_KEYRING_SEVERAL || entry->testing || entry->silence_reported;
}

static inline bool
seal_keyring_is_alarm(enum seal_keyring_event_kind kind)
{
	return kind >= SEAL_KEYRING_GONE;
}

#endif
