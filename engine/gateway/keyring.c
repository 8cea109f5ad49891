/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/keyring.h"

#include <string.h>

static const char *const SEEN_TEXTS[] = {
	[SEAL_KEYRING_UNKNOWN] = "unknown",
	[SEAL_KEYRING_OURS] = "published",
	[SEAL_KEYRING_OTHER] = "another-key",
	[SEAL_KEYRING_REVOKED] = "revoked",
	[SEAL_KEYRING_ABSENT] = "absent",
	[SEAL_KEYRING_MALFORMED] = "malformed",
	[SEAL_KEYRING_SEVERAL] = "several-records",
};
_Static_assert(sizeof SEEN_TEXTS / sizeof SEEN_TEXTS[0] == SEAL_KEYRING_SEVERAL + 1u, "no text");

static const struct {
	const char *word, *text;
} EVENTS[] = {
	[SEAL_KEYRING_PUBLISHED] = { "published", "published" },
	[SEAL_KEYRING_ROTATING] = { "rotating", "published, will sign after the hold time" },
	[SEAL_KEYRING_SWITCHED] = { "switched", "signs from now on" },
	[SEAL_KEYRING_SAFE_TO_DELETE] = { "safe-to-delete", "has not signed for a week, the record may be deleted" },
	[SEAL_KEYRING_RETIRED] = { "retired", "withdrawn, the section may be deleted" },
	[SEAL_KEYRING_ANSWERS_AGAIN] = { "answers-again", "DNS answers again" },
	[SEAL_KEYRING_WAITS] = { "waits", "published, waits for approval (activation = dns)" },
	[SEAL_KEYRING_GONE] = { "gone", "the record no longer exists" },
	[SEAL_KEYRING_REVOKED_NOW] = { "revoked", "the key is revoked, p= is empty" },
	[SEAL_KEYRING_CHANGED] = { "changed", "the record holds another key" },
	[SEAL_KEYRING_BAD_RECORD] = { "bad-record", "the record is malformed or forbids our signatures" },
	[SEAL_KEYRING_SEVERAL_NOW] = { "several-records", "several TXT records exist" },
	[SEAL_KEYRING_TESTING] = { "testing", "t=y, verifiers may ignore failures" },
	[SEAL_KEYRING_UNPUBLISHED] = { "unpublished", "no key of this domain is published, nothing is signed" },
	[SEAL_KEYRING_SILENT] = { "silent", "DNS does not answer, the last decision is kept" },
};
#define NUM_EVENTS (sizeof EVENTS / sizeof EVENTS[0])
_Static_assert(NUM_EVENTS == SEAL_KEYRING_SILENT + 1u, "an event without text");
_Static_assert(NUM_EVENTS <= 16, "more events than bits");

const char *
seal_keyring_seen_text(enum seal_keyring_seen seen)
{
	return SEEN_TEXTS[seen];
}

const char *
seal_keyring_event_text(enum seal_keyring_event_kind kind)
{
	return EVENTS[kind].text;
}

const char *
seal_keyring_event_word(enum seal_keyring_event_kind kind)
{
	return EVENTS[kind].word;
}

/* True if the time has come. Half of all times lie ahead, because the clock may wrap. */
static bool
is_reached(uint64_t time_ms, uint64_t now_ms)
{
	return now_ms - time_ms <= UINT64_MAX / 2u;
}

static uint64_t
in_seconds_ms(uint64_t seconds, uint64_t now_ms)
{
	return now_ms + seconds * 1000u;
}

static const struct seal_config_domain *
section_of(const struct seal_keyring *k, const struct seal_keyring_entry *e)
{
	return &k->config->domains[e - k->entries];
}

static void
raise_event(struct seal_keyring_entry *e, enum seal_keyring_event_kind kind)
{
	e->events |= (uint16_t)(1u << kind);
}

/* --- deciding ------------------------------------------------------------- */

enum standing {
	STANDING_NONE,
	STANDING_UNKNOWN,
	STANDING_ELIGIBLE,
	STANDING_HELD
};

static enum standing
standing_of(const struct seal_keyring *k, const struct seal_config_domain *d)
{
	const struct seal_keyring_entry *e;

	if (d->activation == SEAL_ACTIVATION_MANUAL)
		return STANDING_NONE;
	if (k == NULL || d->activation == SEAL_ACTIVATION_IMMEDIATE)
		return STANDING_HELD;
	e = &k->entries[d - k->config->domains];
	if (e->seen == SEAL_KEYRING_UNKNOWN)
		return STANDING_UNKNOWN;
	if (e->seen != SEAL_KEYRING_OURS)
		return STANDING_NONE;
	return e->held ? STANDING_HELD : STANDING_ELIGIBLE;
}

bool
seal_keyring_may_sign(const struct seal_keyring *k, const struct seal_config_domain *domain)
{
	return standing_of(k, domain) != STANDING_NONE;
}

bool
seal_keyring_is_eligible(const struct seal_keyring *k, const struct seal_config_domain *domain)
{
	return standing_of(k, domain) >= STANDING_ELIGIBLE;
}

/* Rule 2, for two eligible keys: `a` has been known for longer, or as long and is older. */
static bool
is_known_longer(const struct seal_keyring *k, const struct seal_config_domain *a,
                const struct seal_config_domain *b)
{
	const struct seal_keyring_entry *at_a = &k->entries[a - k->config->domains];
	const struct seal_keyring_entry *at_b = &k->entries[b - k->config->domains];

	if (at_a->from_start != at_b->from_start)
		return at_a->from_start;
	if (at_a->from_start || at_a->since_ms == at_b->since_ms)
		return a < b;
	return is_reached(at_a->since_ms, at_b->since_ms);
}

bool
seal_keyring_prefers(const struct seal_keyring *k, const struct seal_config_domain *a,
                     const struct seal_config_domain *b)
{
	const enum standing standing = standing_of(k, a);

	if (standing != standing_of(k, b))
		return standing > standing_of(k, b);
	if (standing == STANDING_ELIGIBLE)
		return is_known_longer(k, a, b);
	return standing == STANDING_UNKNOWN ? a < b : a > b;
}

/* The key that should sign for the name whose first section is `first`; NULL: none. */
static struct seal_keyring_entry *
best(const struct seal_keyring *k, uint16_t first)
{
	struct seal_keyring_entry *found = NULL;

	for (size_t i = first; i < k->config->num_domains; i++) {
		struct seal_keyring_entry *e = &k->entries[i];
		const struct seal_config_domain *d = section_of(k, e);

		if (e->first != first || d->key.len == 0 || !seal_keyring_may_sign(k, d))
			continue;
		if (found == NULL || seal_keyring_prefers(k, d, section_of(k, found)))
			found = e;
	}
	return found;
}

/* The key that has signed for the name until now; NULL: none. */
static struct seal_keyring_entry *
signer(const struct seal_keyring *k, uint16_t first)
{
	for (size_t i = first; i < k->config->num_domains; i++) {
		if (k->entries[i].first == first && k->entries[i].signs)
			return &k->entries[i];
	}
	return NULL;
}

static struct seal_keyring_entry *
newest(const struct seal_keyring *k, uint16_t first)
{
	size_t i = k->config->num_domains - 1;

	while (k->entries[i].first != first || k->config->domains[i].key.len == 0)
		i--;
	return &k->entries[i];
}

/* Choose the signing key of the name after an answer for `e`. */
static void
decide(struct seal_keyring *k, const struct seal_keyring_entry *e, uint64_t now_ms)
{
	struct seal_keyring_entry *before = signer(k, e->first);
	struct seal_keyring_entry *now = best(k, e->first);
	const bool sign_off = section_of(k, e)->sign_off;

	if (before == now)
		return;
	if (before != NULL) {
		before->signs = false;
		before->signed_ms = now_ms;
	}
	if (now != NULL) {
		now->signs = true;
		now->safe_reported = false;
	}
	if (!sign_off && now != NULL)
		raise_event(now, SEAL_KEYRING_SWITCHED);
	if (!sign_off && now == NULL)
		raise_event(newest(k, e->first), SEAL_KEYRING_UNPUBLISHED);
}

/* --- the start ------------------------------------------------------------ */

static uint16_t
first_of_name(const struct seal_config *config, size_t index)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	uint8_t other[SEAL_DOMAIN_MAX + 1];
	const struct seal_span name = seal_config_name(config->domains[index].name, buf);
	size_t i = 0;

	while (!seal_span_equal(seal_config_name(config->domains[i].name, other), name))
		i++;
	return (uint16_t)i;
}

void
seal_keyring_init(struct seal_keyring *k, const struct seal_config *config,
                  struct seal_keyring_entry *entries, uint64_t now_ms)
{
	*k = (struct seal_keyring){ .config = config, .entries = entries };
	for (size_t i = 0; i < config->num_domains; i++) {
		entries[i] = (struct seal_keyring_entry){
			.since_ms = now_ms, .next_ms = now_ms, .signed_ms = now_ms,
			.first = first_of_name(config, i),
		};
	}
	for (size_t i = 0; i < config->num_domains; i++) {
		struct seal_keyring_entry *e = best(k, entries[i].first);

		if (e != NULL)
			e->signs = true;
	}
}

void
seal_keyring_set_key(struct seal_keyring *k, size_t index, struct seal_span public_key)
{
	struct seal_keyring_entry *e = &k->entries[index];
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, public_key.ptr, public_key.len);
	seal_sha256_final(&hash, e->digest);
	e->has_key = true;
}

/* --- asking --------------------------------------------------------------- */

bool
seal_keyring_next_question(const struct seal_keyring *k, uint64_t now_ms, size_t *index)
{
	const struct seal_keyring_entry *found = NULL;

	for (size_t i = 0; i < k->config->num_domains; i++) {
		const struct seal_keyring_entry *e = &k->entries[i];

		if (!seal_config_is_watched(&k->config->domains[i]) || !is_reached(e->next_ms, now_ms))
			continue;
		if (found == NULL || now_ms - e->next_ms > now_ms - found->next_ms)
			found = e;
	}
	if (found != NULL)
		*index = (size_t)(found - k->entries);
	return found != NULL;
}

uint64_t
seal_keyring_deadline_ms(const struct seal_keyring *k, uint64_t now_ms)
{
	uint64_t deadline_ms = in_seconds_ms(SEAL_KEYRING_LOOK_S, now_ms);

	for (size_t i = 0; i < k->config->num_domains; i++) {
		if (seal_config_is_watched(&k->config->domains[i]) && is_reached(k->entries[i].next_ms, deadline_ms))
			deadline_ms = k->entries[i].next_ms;
	}
	return deadline_ms;
}

void
seal_keyring_name(const struct seal_config_domain *domain, struct seal_out *out)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];

	seal_out_span_put(out, domain->selector);
	seal_out_text(out, "._domainkey.");
	seal_out_span_put(out, seal_config_name(domain->name, buf));
}

bool
seal_keyring_is_settled(const struct seal_keyring *k)
{
	for (size_t i = 0; i < k->config->num_domains; i++) {
		const struct seal_keyring_entry *e = &k->entries[i];

		if (seal_config_is_watched(&k->config->domains[i]) && e->seen == SEAL_KEYRING_UNKNOWN &&
		    e->num_failures == 0)
			return false;
	}
	return true;
}

/* --- answers -------------------------------------------------------------- */

struct seal_keyring_answer
seal_keyring_read(const struct seal_dns_resolver *r, struct seal_out *out)
{
	struct seal_keyring_answer answer = { .outcome = seal_dns_outcome(r), .ttl_s = seal_dns_ttl_s(r),
	                                      .minimum_s = seal_dns_minimum_s(r) };
	struct seal_dns_cursor cursor = seal_dns_results(r);
	struct seal_dns_record record;
	const size_t start = out->len;

	while (seal_dns_result(r, &cursor, &record)) {
		if (answer.num_records++ == 0 && seal_dns_text(&record, out))
			answer.text = seal_span(out->ptr + start, out->len - start);
	}
	answer.is_long = out->overflow;
	return answer;
}

bool
seal_keyring_identity_below(const struct seal_config_domain *d)
{
	const struct seal_span domain = seal_span_from(d->identity, seal_span_find(d->identity, '@') + 1);
	uint8_t identity[SEAL_DOMAIN_MAX + 1];
	uint8_t name[SEAL_DOMAIN_MAX + 1];

	return d->identity.len > 0 &&
	       !seal_span_equal(seal_config_name(domain, identity), seal_config_name(d->name, name));
}

static struct seal_keyring_verdict
malformed(enum seal_keyrec_fault fault, bool testing)
{
	return (struct seal_keyring_verdict){ SEAL_KEYRING_MALFORMED, fault, testing };
}

static struct seal_keyring_verdict
judge_record(const struct seal_keyring_wanted *wanted, struct seal_span text)
{
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_keyrec rec;
	const enum seal_keyrec_fault fault = seal_keyrec_read(&rec, text);
	enum seal_keyring_seen seen = SEAL_KEYRING_OURS;

	if (fault != SEAL_KEYREC_FINE)
		return malformed(fault, rec.testing);
	if (rec.key.len == 0)
		seen = SEAL_KEYRING_REVOKED;
	else if (!seal_keyrec_digest(&rec, digest))
		return malformed(SEAL_KEYREC_BASE64, rec.testing);
	else if (wanted->digest == NULL || memcmp(digest, wanted->digest, sizeof digest) != 0)
		seen = SEAL_KEYRING_OTHER;
	else if (rec.strict && wanted->identity_below)
		return malformed(SEAL_KEYREC_IDENTITY, rec.testing);
	return (struct seal_keyring_verdict){ seen, SEAL_KEYREC_FINE, rec.testing };
}

struct seal_keyring_verdict
seal_keyring_judge(const struct seal_keyring_wanted *wanted, const struct seal_keyring_answer *answer)
{
	if (answer->outcome != SEAL_DNS_FOUND || answer->num_records == 0)
		return (struct seal_keyring_verdict){ SEAL_KEYRING_ABSENT, SEAL_KEYREC_FINE, false };
	if (answer->num_records > 1)
		return (struct seal_keyring_verdict){ SEAL_KEYRING_SEVERAL, SEAL_KEYREC_FINE, false };
	if (answer->is_long || answer->text.len > SEAL_KEYRING_TEXT_TYPICAL)
		return malformed(SEAL_KEYREC_LONG, false);
	return judge_record(wanted, answer->text);
}

static uint32_t
most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint64_t
hold_ms(const struct seal_keyring *k, const struct seal_keyring_entry *e)
{
	return UINT64_C(1000) * most(section_of(k, e)->hold_s, most(e->ttl_s, e->other_ttl_s));
}

static void
fail(struct seal_keyring_entry *e, uint64_t now_ms)
{
	uint32_t wait_s = SEAL_KEYRING_RETRY_S;

	if (e->num_failures == 0)
		e->failing_ms = now_ms;
	for (unsigned i = 0; i < e->num_failures && wait_s < SEAL_KEYRING_RETRY_MAX_S; i++)
		wait_s *= 2u;
	if (wait_s > SEAL_KEYRING_RETRY_MAX_S)
		wait_s = SEAL_KEYRING_RETRY_MAX_S;
	if (e->num_failures < UINT16_MAX)
		e->num_failures++;
	e->next_ms = in_seconds_ms(wait_s, now_ms);
	if (!e->silence_reported && now_ms - e->failing_ms >= SEAL_KEYRING_SILENT_S * UINT64_C(1000)) {
		e->silence_reported = true;
		raise_event(e, SEAL_KEYRING_SILENT);
	}
}

static void
note_answer(struct seal_keyring_entry *e)
{
	if (e->silence_reported)
		raise_event(e, SEAL_KEYRING_ANSWERS_AGAIN);
	e->silence_reported = false;
	e->num_failures = 0;
}

/* The record of `e` is ours, again or still. */
static void
note_ours(struct seal_keyring *k, struct seal_keyring_entry *e, uint32_t ttl_s, uint64_t now_ms)
{
	if (e->seen != SEAL_KEYRING_OURS) {
		e->from_start = e->seen == SEAL_KEYRING_UNKNOWN;
		e->since_ms = now_ms;
		e->seen = SEAL_KEYRING_OURS;
		e->ttl_s = 0;
		if (section_of(k, e)->activation == SEAL_ACTIVATION_MANUAL)
			raise_event(e, SEAL_KEYRING_WAITS);
		else if (!e->from_start)
			raise_event(e, SEAL_KEYRING_PUBLISHED);
	}
	e->ttl_s = most(e->ttl_s, ttl_s);
	if (now_ms - e->since_ms >= hold_ms(k, e))
		e->held = true;
}

static enum seal_keyring_event_kind
event_of(enum seal_keyring_seen seen)
{
	static const uint8_t kinds[] = {
		[SEAL_KEYRING_OTHER] = SEAL_KEYRING_CHANGED,
		[SEAL_KEYRING_REVOKED] = SEAL_KEYRING_REVOKED_NOW,
		[SEAL_KEYRING_ABSENT] = SEAL_KEYRING_GONE,
		[SEAL_KEYRING_MALFORMED] = SEAL_KEYRING_BAD_RECORD,
		[SEAL_KEYRING_SEVERAL] = SEAL_KEYRING_SEVERAL_NOW,
	};

	return (enum seal_keyring_event_kind)kinds[seen];
}

/* The record of `e` is not ours. A record that does not exist yet, or no longer, is no fault unless
 * the key was in use; a wrong record always is. */
static void
note_not_ours(struct seal_keyring *k, struct seal_keyring_entry *e, enum seal_keyring_seen seen,
              uint32_t ttl_s, uint64_t now_ms)
{
	const struct seal_keyring_entry *signs = signer(k, e->first);
	const bool withdrawn = seen == SEAL_KEYRING_ABSENT || seen == SEAL_KEYRING_REVOKED;
	const bool was_ours = e->seen == SEAL_KEYRING_OURS;

	if (was_ours && withdrawn && signs != NULL && signs > e)
		raise_event(e, SEAL_KEYRING_RETIRED);
	else if (was_ours || (!withdrawn && e->seen != seen))
		raise_event(e, event_of(seen));
	e->other_ttl_s = was_ours ? ttl_s : most(e->other_ttl_s, ttl_s);
	if (e->seen != seen)
		e->since_ms = now_ms;
	e->seen = (uint8_t)seen;
	e->held = false;
	e->safe_reported = false;
}

/* Raise the events that depend on the signing key, for a published key: it rotates in, or its record
 * may be deleted. */
static void
raise_place_events(const struct seal_keyring *k, struct seal_keyring_entry *e, bool is_new, uint64_t now_ms)
{
	const struct seal_keyring_entry *signs = signer(k, e->first);

	if (signs == NULL || signs == e || section_of(k, e)->sign_off ||
	    section_of(k, e)->activation == SEAL_ACTIVATION_MANUAL)
		return;
	if (signs < e && is_new)
		raise_event(e, SEAL_KEYRING_ROTATING);
	if (signs < e || e->safe_reported || section_of(k, signs)->all_keys)
		return;
	if (now_ms - e->signed_ms >= SEAL_KEYRING_RETIRE_S * UINT64_C(1000)) {
		e->safe_reported = true;
		raise_event(e, SEAL_KEYRING_SAFE_TO_DELETE);
	}
}

static uint32_t
between(uint32_t least, uint32_t value, uint32_t greatest)
{
	if (value < least)
		return least;
	return value < greatest ? value : greatest;
}

/* A look is also due at the end of the hold time, so that the key is held on time. */
static uint64_t
next_look_ms(const struct seal_keyring *k, const struct seal_keyring_entry *e, uint32_t ttl_s, uint64_t now_ms)
{
	const bool ours = e->seen == SEAL_KEYRING_OURS;
	const uint32_t shortest_s = ours ? SEAL_KEYRING_OURS_S : SEAL_KEYRING_ABSENT_S;
	const uint64_t look_ms = in_seconds_ms(between(shortest_s, ttl_s, SEAL_KEYRING_LOOK_S), now_ms);
	const uint64_t hold_end_ms = e->since_ms + hold_ms(k, e);

	return ours && !e->held && is_reached(hold_end_ms, look_ms) ? hold_end_ms : look_ms;
}

void
seal_keyring_answer(struct seal_keyring *k, size_t index, const struct seal_keyring_answer *answer,
                    uint64_t now_ms)
{
	struct seal_keyring_entry *e = &k->entries[index];
	const bool was_ours = e->seen == SEAL_KEYRING_OURS;
	const struct seal_keyring_wanted wanted = {
		e->has_key ? e->digest : NULL, seal_keyring_identity_below(section_of(k, e))
	};
	struct seal_keyring_verdict verdict;
	enum seal_keyring_seen seen;

	/* no answer proves nothing: the last decision stays */
	if (answer->outcome == SEAL_DNS_FAILED || answer->outcome == SEAL_DNS_ASKING) {
		fail(e, now_ms);
		return;
	}
	note_answer(e);
	verdict = seal_keyring_judge(&wanted, answer);
	seen = verdict.seen;
	e->fault = (uint8_t)verdict.fault;
	if (was_ours && seen != SEAL_KEYRING_OURS && !e->doubted) {
		e->doubted = true;
		e->next_ms = in_seconds_ms(SEAL_KEYRING_CONFIRM_S, now_ms);
		return;
	}
	e->doubted = false;
	if (verdict.testing && !e->testing)
		raise_event(e, SEAL_KEYRING_TESTING);
	e->testing = verdict.testing;
	if (seen == SEAL_KEYRING_OURS)
		note_ours(k, e, answer->ttl_s, now_ms);
	else
		note_not_ours(k, e, seen, most(answer->ttl_s, answer->minimum_s), now_ms);
	decide(k, e, now_ms); /* before the events about its place, which depend on the signing key */
	if (seen == SEAL_KEYRING_OURS)
		raise_place_events(k, e, !was_ours, now_ms);
	e->next_ms = next_look_ms(k, e, answer->ttl_s, now_ms);
}

/* --- reporting ------------------------------------------------------------ */

bool
seal_keyring_next_event(struct seal_keyring *k, uint64_t now_ms, struct seal_keyring_event *event)
{
	for (size_t i = 0; i < k->config->num_domains; i++) {
		struct seal_keyring_entry *e = &k->entries[i];
		const uint64_t end_ms = e->since_ms + hold_ms(k, e);
		unsigned kind = 0;

		if (e->events == 0)
			continue;
		while (((unsigned)e->events >> kind & 1u) == 0)
			kind++;
		e->events &= (uint16_t)(e->events - 1u);
		*event = (struct seal_keyring_event){ .kind = (enum seal_keyring_event_kind)kind, .index = i };
		if (kind == SEAL_KEYRING_ROTATING && !is_reached(end_ms, now_ms))
			event->in_s = (end_ms - now_ms + 999u) / 1000u;
		return true;
	}
	return false;
}
