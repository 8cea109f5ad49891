/* SPDX-License-Identifier: Apache-2.0
 *
 * keyring.h - which key signs now: what DNS publishes decides (activation = dns, or manual).
 *
 *	init -> set_key ... -> { next_question -> name -> (dns/resolver) -> read -> answer }...
 *	                       prefers, may_sign at any time        next_event after each answer
 *
 * A function of configuration, observations and monotonic time (it may wrap): no clock, no
 * flash. The keys of a name are its sections with a key, oldest first.
 *
 * A key is eligible while the TXT record at its selector holds exactly our public key, allows
 * what we sign with, and is alone there; with activation = manual never, but its record is
 * watched too, and what is seen there is told. It is held once it was eligible without interruption
 * for the hold time: `hold`, 24 h, and at least the record's TTL and the TTL of what was seen
 * there before, for so long may others remember that. Of the keys of a name signs:
 *
 *	1. the newest that is held; else
 *	2. of those eligible, the one that is known for longest; what was there at the start
 *	   counts as longest, and of several such the oldest key; else
 *	3. the oldest of which nothing is known, since no answer has come yet; else
 *	4. none: the name is unpublished.
 *
 * So to publish the next key's record is all that a rotation takes, and to withdraw a record
 * retires its key. Rule 2 is what a restart needs. After it, nobody knows for how long records
 * have been there: with the newest one there, a power cut in an hour after the publication
 * would make us sign with a key that half of the world cannot see yet. The older one is seen
 * by everybody, and signing with it again, until the hold time has run once more, hurts
 * nobody, as long as its record is there; when that goes, the next one follows at once. The
 * price: a device that never runs for `hold` without a restart changes to a newer key only
 * when the older record is withdrawn, so it wants a shorter `hold`; and an old record may be
 * deleted only when SEAL_KEYRING_SAFE_TO_DELETE was said since the last start, by every device
 * that has the key.
 *
 * An observation is an answer: records, or that there are none. While DNS does not answer,
 * nothing changes, however long; hold time only ends with an answer after it. One answer alone
 * takes no eligible key away: it is asked again after SEAL_KEYRING_CONFIRM_S, and the second
 * counts. A forger can thus delay a key or choose among our own, and must lie twice to do more.
 */
#ifndef SEAL_GATEWAY_KEYRING_H
#define SEAL_GATEWAY_KEYRING_H

#include "engine/config/config.h"
#include "engine/dkim/keyrec.h"
#include "engine/dns/resolver.h"

#define SEAL_KEYRING_LOOK_S     3600u   /* the longest between two looks at a record ...      */
#define SEAL_KEYRING_OURS_S     300u    /* ... the shortest, while it is ours ...             */
#define SEAL_KEYRING_ABSENT_S   60u     /* ... and while it is not; between them, its TTL     */
#define SEAL_KEYRING_CONFIRM_S  60u     /* until an answer against an eligible key is doubted
                                         * no more                                            */
#define SEAL_KEYRING_RETRY_S    30u     /* after no answer, then twice as long each time ...  */
#define SEAL_KEYRING_RETRY_MAX_S 900u   /* ... up to this                                     */
#define SEAL_KEYRING_SILENT_S   3600u   /* without an answer: an event                        */
#define SEAL_KEYRING_RETIRE_S   604800u /* mail signed with a key is on its way for so long   */

#define SEAL_KEYRING_TEXT_TYPICAL 1024u /* a record of a 4096-bit key, and more; longer ones are
                                         * malformed                                          */

/* What was last seen at a selector. */
enum seal_keyring_seen {
	SEAL_KEYRING_UNKNOWN,   /* no answer since the start                      */
	SEAL_KEYRING_OURS,      /* eligible                                       */
	SEAL_KEYRING_OTHER,     /* another key                                    */
	SEAL_KEYRING_REVOKED,   /* p= is empty                                    */
	SEAL_KEYRING_ABSENT,    /* no TXT record, or no such name                 */
	SEAL_KEYRING_MALFORMED, /* or does not allow our signatures: `fault`      */
	SEAL_KEYRING_SEVERAL    /* several TXT records (RFC 6376 3.6.2.2)         */
};

/* One word, NUL-ended. */
const char *seal_keyring_seen_text(enum seal_keyring_seen seen);

/* One per section; those that seal_config_is_watched is not true of are never asked for.
 * To be read: the first eight. */
struct seal_keyring_entry {
	uint8_t seen;           /* enum seal_keyring_seen                                   */
	uint8_t fault;          /* enum seal_keyrec_fault, when it is malformed             */
	bool signs;             /* first for its name                                       */
	bool held;
	bool testing;           /* t=y in the record                                        */
	bool doubted;           /* the last answer said otherwise                           */
	uint64_t since_ms;      /* when it was first seen as it is                          */
	uint64_t next_ms;       /* when to look again                                       */

	uint64_t signed_ms;     /* when it last stopped to sign, or the start               */
	uint64_t failing_ms;    /* the first of num_failures                                */
	uint32_t ttl_s;         /* the largest TTL seen while it was ours                   */
	uint32_t other_ttl_s;   /* and while it was not, before that                        */
	uint16_t num_failures;  /* in a row                                                 */
	uint16_t events;        /* a bit for each that waits                                */
	uint16_t first;         /* index of the first section of its name                   */
	bool from_start;        /* while it is ours: it was in the first answer of all      */
	bool has_key;
	bool silence_reported, safe_reported;
	uint8_t digest[SEAL_SHA256_LEN]; /* of our public key                               */
};

struct seal_keyring {
	const struct seal_config *config;
	struct seal_keyring_entry *entries; /* config->num_domains of them */
};

/* `config` and `entries` are lent for good; the start is now. Every record is due at once. */
void seal_keyring_init(struct seal_keyring *k, const struct seal_config *config,
                       struct seal_keyring_entry *entries, uint64_t now_ms);

/* Our public key of section `index`: DER SubjectPublicKeyInfo, read before return. Before it no
 * record is taken for ours. */
void seal_keyring_set_key(struct seal_keyring *k, size_t index, struct seal_span public_key);

/* --- observing ------------------------------------------------------------ */

/* The section whose record is longest overdue, of equals the oldest; false: none is due. */
bool seal_keyring_next_question(const struct seal_keyring *k, uint64_t now_ms, size_t *index);
uint64_t seal_keyring_deadline_ms(const struct seal_keyring *k, uint64_t now_ms);

/* Append the name to ask for, TXT: SELECTOR._domainkey.DOMAIN (RFC 6376 3.6.2.1). */
void seal_keyring_name(const struct seal_config_domain *domain, struct seal_out *out);

struct seal_keyring_answer {
	enum seal_dns_outcome outcome;
	uint32_t ttl_s;         /* of the records, or of there being none: what is left of it      */
	uint32_t minimum_s;     /* of there being none: all of it, as the zone says                */
	size_t num_records;     /* TXT records                            */
	struct seal_span text;  /* of the only one, its strings joined    */
	bool is_long;           /* the text did not fit, and is empty     */
};

/* The answer of a resolver that has done; the text is written to `out`, whose memory must last
 * until _answer. A text that does not fit is malformed. */
struct seal_keyring_answer seal_keyring_read(const struct seal_dns_resolver *r, struct seal_out *out);

/* --- judging ---------------------------------------------------------------
 *
 * The one judge of key records: seal_keyring_answer acts on its verdict, and the tool reports it. */

struct seal_keyring_wanted {
	const uint8_t *digest;  /* SHA-256 of our public key; NULL: without one no record is ours  */
	bool identity_below;    /* our i= is below d=                                              */
};

struct seal_keyring_verdict {
	enum seal_keyring_seen seen;    /* never SEAL_KEYRING_UNKNOWN     */
	enum seal_keyrec_fault fault;   /* when seen is malformed         */
	bool testing;                   /* t=y                            */
};

/* The outcome is neither SEAL_DNS_FAILED nor SEAL_DNS_ASKING. */
struct seal_keyring_verdict seal_keyring_judge(const struct seal_keyring_wanted *wanted,
                                               const struct seal_keyring_answer *answer);

/* The section writes an i= below its d=, which t=s forbids (RFC 6376 3.6.1). */
bool seal_keyring_identity_below(const struct seal_config_domain *domain);

/* The question for section `index` was answered so. */
void seal_keyring_answer(struct seal_keyring *k, size_t index, const struct seal_keyring_answer *answer,
                         uint64_t now_ms);

/* Every record was asked for at least once, whatever came of it. Before it, rule 3 may sign
 * with a key that is withdrawn: do not listen yet. */
bool seal_keyring_is_settled(const struct seal_keyring *k);

/* --- deciding ------------------------------------------------------------- */

/* For policy. `k` may be NULL, and is as if activation = dns were immediate: such a key is
 * always held. Both sections are of one name and have keys. */
bool seal_keyring_prefers(const struct seal_keyring *k, const struct seal_config_domain *a,
                          const struct seal_config_domain *b);

/* The best of a name signs if this is true; another one may sign beside it (sign-with = all)
 * if it is older and seal_keyring_is_eligible. */
bool seal_keyring_may_sign(const struct seal_keyring *k, const struct seal_config_domain *domain);
bool seal_keyring_is_eligible(const struct seal_keyring *k, const struct seal_config_domain *domain);

/* --- telling -------------------------------------------------------------- */

enum seal_keyring_event_kind {
	SEAL_KEYRING_PUBLISHED,      /* the record is there now                               */
	SEAL_KEYRING_ROTATING,       /* a newer key than the one that signs is eligible: it
	                              * will sign in `in_s`                                   */
	SEAL_KEYRING_SWITCHED,       /* this key signs from now on                            */
	SEAL_KEYRING_SAFE_TO_DELETE, /* older than the one that signs, and has not signed for
	                              * SEAL_KEYRING_RETIRE_S                                 */
	SEAL_KEYRING_RETIRED,        /* an older key's record is gone or revoked              */
	SEAL_KEYRING_ANSWERS_AGAIN,
	SEAL_KEYRING_WAITS,          /* published, and activation = manual                    */
	/* alarms */
	SEAL_KEYRING_GONE,           /* the record is not there any more                      */
	SEAL_KEYRING_REVOKED_NOW,
	SEAL_KEYRING_CHANGED,        /* there is another key at our selector                  */
	SEAL_KEYRING_BAD_RECORD,     /* malformed, or does not allow our signatures           */
	SEAL_KEYRING_SEVERAL_NOW,    /* several records                                       */
	SEAL_KEYRING_TESTING,        /* t=y                                                   */
	SEAL_KEYRING_UNPUBLISHED,    /* no key of this name is published; of its newest       */
	SEAL_KEYRING_SILENT          /* no answer for SEAL_KEYRING_SILENT_S                   */
};

struct seal_keyring_event {
	enum seal_keyring_event_kind kind;
	size_t index;           /* the section                                            */
	uint64_t in_s;          /* of ROTATING, at least: it is seen when it is asked for */
};

/* Take the next event, section by section; of two of a kind about one section the first is
 * lost. False: none waits. */
bool seal_keyring_next_event(struct seal_keyring *k, uint64_t now_ms, struct seal_keyring_event *event);

/* The event in one word, as logs have it, NUL-ended. */
const char *seal_keyring_event_word(enum seal_keyring_event_kind kind);

/* Of one more event in logs, which is no keyring's: the key is older than rotate-after. */
#define SEAL_KEYRING_OLD_WORD "old"

/* What has happened to the key, NUL-ended, for "SELECTOR._domainkey.DOMAIN: %s". */
const char *seal_keyring_event_text(enum seal_keyring_event_kind kind);

/* An alarm about the record itself stands. */
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
