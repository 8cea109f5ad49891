/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/gateway_log.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/num.h"

#define TIME_END_S UINT64_C(253402300800) /* the year 10000 */
#define BIT(alarm) (1u << (alarm))

/* Alarms about the record itself: at most one is on. */
#define OF_RECORD (BIT(SEAL_KEYRING_REVOKED_NOW) | BIT(SEAL_KEYRING_GONE) | BIT(SEAL_KEYRING_CHANGED) | \
                   BIT(SEAL_KEYRING_BAD_RECORD) | BIT(SEAL_KEYRING_SEVERAL_NOW))

void
gateway_log_init(struct gateway_log *log, struct gateway_log_key *keys, size_t num_keys)
{
	*log = (struct gateway_log){ .keys = keys, .num_keys = num_keys };
	for (size_t i = 0; i < num_keys; i++) {
		struct gateway_log_key key = { .signs = GATEWAY_LOG_UNKNOWN };

		memcpy(key.name, keys[i].name, sizeof key.name);
		keys[i] = key;
	}
}

/* --- one line ----------------------------------------------------------------- */

/* NAME=VALUE; the value may be quoted, and then a backslash precedes each quote and backslash in it. */
struct pair {
	struct seal_span name, value;
};

static size_t
value_len(struct seal_span s)
{
	size_t i = 1;

	if (s.len == 0 || s.ptr[0] != '"')
		return seal_span_find(s, ' ');
	while (i < s.len && s.ptr[i] != '"')
		i += s.ptr[i] == '\\' ? 2 : 1;
	return i < s.len ? i + 1 : s.len;
}

static bool
next_pair(struct seal_span *rest, struct pair *pair)
{
	size_t equals;
	size_t len;

	while (rest->len > 0 && seal_is_wsp(rest->ptr[0]))
		*rest = seal_span_from(*rest, 1);
	equals = seal_span_find(*rest, '=');
	if (equals == rest->len || seal_span_find(*rest, ' ') < equals)
		return false;
	pair->name = seal_span_first(*rest, equals);
	*rest = seal_span_from(*rest, equals + 1);
	len = value_len(*rest);
	pair->value = seal_span_first(*rest, len);
	*rest = seal_span_from(*rest, len);
	return true;
}

static bool
is_named(const struct pair *pair, const char *name)
{
	return seal_span_equal(pair->name, seal_span_text(name));
}

static bool
is_word(struct seal_span s, const char *word)
{
	return seal_span_equal(s, seal_span_text(word));
}

/* The value of `name`; empty if the line does not have it. */
static struct seal_span
find_value(struct seal_span words, const char *name)
{
	struct pair pair;

	while (next_pair(&words, &pair)) {
		if (is_named(&pair, name))
			return pair.value;
	}
	return seal_span(NULL, 0);
}

static struct gateway_log_key *
find_key(struct gateway_log *log, struct seal_span words)
{
	char name[DNS_NAME_SIZE];

	if (!name_copy(name, find_value(words, "name")) || name[0] == '\0')
		return NULL;
	for (size_t i = 0; i < log->num_keys; i++) {
		if (strcmp(log->keys[i].name, name) == 0)
			return &log->keys[i];
	}
	return NULL;
}

static enum gateway_log_answer
answer_of(struct seal_span words, const char *name)
{
	const struct seal_span value = find_value(words, name);

	return is_word(value, "yes") ? GATEWAY_LOG_YES : is_word(value, "no") ? GATEWAY_LOG_NO : GATEWAY_LOG_UNKNOWN;
}

static void
set_alarm(struct gateway_log_key *key, enum seal_keyring_event_kind alarm, bool on)
{
	key->alarms = on ? key->alarms | BIT(alarm) : key->alarms & ~BIT(alarm);
}

/* The key is now the first of its domain: no other key is, and the domain is not unpublished. */
static void
note_signing(struct gateway_log *log, struct gateway_log_key *key)
{
	const char *const domain = strstr(key->name, "._domainkey.");

	for (size_t i = 0; domain != NULL && i < log->num_keys; i++) {
		const char *const other = strstr(log->keys[i].name, "._domainkey.");

		if (other == NULL || strcmp(other, domain) != 0)
			continue;
		set_alarm(&log->keys[i], SEAL_KEYRING_UNPUBLISHED, false);
		if (log->keys[i].signs == GATEWAY_LOG_YES)
			log->keys[i].signs = GATEWAY_LOG_NO;
	}
	key->signs = GATEWAY_LOG_YES;
	key->reported_safe = key->retired = key->waits = key->rotating = false;
}

static void
take_seen(struct gateway_log_key *key, struct seal_span value)
{
	key->has_seen = false;
	for (int i = SEAL_KEYRING_UNKNOWN; i <= SEAL_KEYRING_SEVERAL; i++) {
		if (!is_word(value, seal_keyring_seen_text((enum seal_keyring_seen)i)))
			continue;
		key->has_seen = true;
		key->seen = (enum seal_keyring_seen)i;
	}
	if (key->has_seen && key->seen == SEAL_KEYRING_OURS)
		key->alarms &= ~OF_RECORD;
}

/* A "key" line has the present state of a key. It has no field for an alarm that has ended. */
static void
take_status(struct gateway_log *log, struct gateway_log_key *key, struct seal_span words)
{
	uint64_t number;

	take_seen(key, find_value(words, "seen"));
	key->signs = answer_of(words, "signs");
	key->held = answer_of(words, "held");
	key->has_used = seal_num_u64(find_value(words, "used"), &key->used);
	if (seal_num_u64(find_value(words, "last-used"), &number) && number < TIME_END_S &&
	    (int64_t)number > key->last_used_s)
		key->last_used_s = (int64_t)number;
	set_alarm(key, SEAL_KEYRING_TESTING, is_word(find_value(words, "testing"), "yes"));
	if (find_value(words, "no-answers").len == 0)
		set_alarm(key, SEAL_KEYRING_SILENT, false);
	if (key->signs == GATEWAY_LOG_YES)
		note_signing(log, key);
}

static void
take_alarm(struct gateway_log_key *key, enum seal_keyring_event_kind alarm)
{
	if ((BIT(alarm) & OF_RECORD) != 0) {
		key->alarms &= ~OF_RECORD;
		key->rotating = false;
	}
	set_alarm(key, alarm, true);
}

/* A "keyring" line has an event. */
static void
take_event(struct gateway_log *log, struct gateway_log_key *key, enum seal_keyring_event_kind event)
{
	switch (event) {
	case SEAL_KEYRING_PUBLISHED:
		key->alarms &= ~(OF_RECORD | BIT(SEAL_KEYRING_SILENT));
		key->retired = false;
		break;
	case SEAL_KEYRING_ROTATING:
		key->rotating = true;
		break;
	case SEAL_KEYRING_SWITCHED:
		key->alarms &= ~OF_RECORD;
		note_signing(log, key);
		break;
	case SEAL_KEYRING_SAFE_TO_DELETE:
		key->reported_safe = true;
		key->signs = GATEWAY_LOG_NO;
		break;
	case SEAL_KEYRING_RETIRED:
		key->reported_safe = false;
		key->retired = true;
		key->alarms &= ~OF_RECORD;
		break;
	case SEAL_KEYRING_ANSWERS_AGAIN:
		set_alarm(key, SEAL_KEYRING_SILENT, false);
		break;
	case SEAL_KEYRING_WAITS:
		key->waits = true;
		break;
	case SEAL_KEYRING_GONE:
	case SEAL_KEYRING_REVOKED_NOW:
	case SEAL_KEYRING_CHANGED:
	case SEAL_KEYRING_BAD_RECORD:
	case SEAL_KEYRING_SEVERAL_NOW:
	case SEAL_KEYRING_TESTING:
	case SEAL_KEYRING_UNPUBLISHED:
	case SEAL_KEYRING_SILENT:
		take_alarm(key, event);
		break;
	}
}

/* The event of this name; other words are ignored. */
static void
take_event_word(struct gateway_log *log, struct gateway_log_key *key, struct seal_span word)
{
	key->old = key->old || is_word(word, SEAL_KEYRING_OLD_WORD);
	for (int i = 0; i <= SEAL_KEYRING_SILENT; i++) {
		if (is_word(word, seal_keyring_event_word((enum seal_keyring_event_kind)i)))
			take_event(log, key, (enum seal_keyring_event_kind)i);
	}
}

/* A restarted gateway does not know how long a key has been published, so an older key may sign again. */
static void
take_start(struct gateway_log *log)
{
	for (size_t i = 0; i < log->num_keys; i++) {
		log->keys[i].reported_safe = log->keys[i].rotating = false;
		log->keys[i].has_used = false;
	}
}

static bool
stands_at(struct seal_span line, size_t at, const char *words)
{
	const bool begins = at == 0 || seal_is_wsp(line.ptr[at - 1]) || line.ptr[at - 1] == ':';
	const size_t len = strlen(words);

	return begins && line.len - at >= len && memcmp(line.ptr + at, words, len) == 0;
}

static void
take_words(struct gateway_log *log, struct seal_span words, bool is_event)
{
	struct gateway_log_key *const key = find_key(log, words);

	if (key == NULL)
		return;
	key->reported = true;
	if (is_event)
		take_event_word(log, key, find_value(words, "event"));
	else
		take_status(log, key, words);
}

/* The length of the structured data (RFC 5424) that begins at `at`; 0: none does. */
static size_t
brackets_len(struct seal_span line, size_t at)
{
	bool quoted = false;

	if (line.ptr[at] != '[' || (at > 0 && !seal_is_wsp(line.ptr[at - 1]) && line.ptr[at - 1] != ']'))
		return 0;
	for (size_t i = at + 1; i < line.len; i++) {
		if (line.ptr[i] == '"')
			quoted = !quoted;
		else if (line.ptr[i] == '\\' && quoted)
			i++;
		else if (line.ptr[i] == ']' && !quoted)
			return i + 1 - at;
	}
	return 0;
}

/* No "=" precedes the gateway's own part of a line, except in structured data. */
static void
take_line(struct gateway_log *log, struct seal_span line)
{
	for (size_t i = 0; i < line.len; i++) {
		const size_t skip = brackets_len(line, i);

		if (stands_at(line, i, "key name=")) {
			take_words(log, seal_span_from(line, i + 4), false);
			return;
		}
		if (stands_at(line, i, "keyring event=")) {
			take_words(log, seal_span_from(line, i + 8), true);
			return;
		}
		if (stands_at(line, i, "mailseald: listening on ") || stands_at(line, i, "start number ")) {
			take_start(log);
			return;
		}
		if (skip > 0)
			i += skip - 1;
		else if (line.ptr[i] == '=' || line.ptr[i] == '"')
			return;
	}
}

/* --- lines -------------------------------------------------------------------- */

static void
end_line(struct gateway_log *log)
{
	struct seal_span line = seal_span(log->line, log->len);

	while (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	take_line(log, line);
	log->len = 0;
}

void
gateway_log_read(struct gateway_log *log, struct seal_span bytes)
{
	while (bytes.len > 0) {
		const size_t len = seal_span_find(bytes, '\n');
		const size_t room = sizeof log->line - log->len;
		const size_t taken = len < room ? len : room;

		if (taken > 0)
			memcpy(log->line + log->len, bytes.ptr, taken);
		log->len += taken;
		if (len < bytes.len)
			end_line(log);
		bytes = seal_span_from(bytes, len + 1);
	}
}

void
gateway_log_end(struct gateway_log *log)
{
	end_line(log);
}

/* --- results ------------------------------------------------------------------ */

const char *
gateway_log_alarm(const struct gateway_log_key *key)
{
	for (int i = 0; i <= SEAL_KEYRING_SILENT; i++) {
		if ((key->alarms & BIT(i)) != 0)
			return seal_keyring_event_word((enum seal_keyring_event_kind)i);
	}
	return NULL;
}

bool
gateway_log_is_safe_to_delete(const struct gateway_log_key *key, int64_t now_s)
{
	return key->reported_safe &&
	       (key->last_used_s == 0 || now_s - key->last_used_s >= (int64_t)SEAL_KEYRING_RETIRE_S);
}

const char *
gateway_log_note(const struct gateway_log_key *key, int64_t now_s)
{
	const char *const alarm = gateway_log_alarm(key);

	if (alarm != NULL)
		return alarm;
	if (gateway_log_is_safe_to_delete(key, now_s))
		return "safe to delete";
	if (key->waits)
		return "waits for approval";
	if (key->retired)
		return seal_keyring_event_word(SEAL_KEYRING_RETIRED);
	if (key->old)
		return SEAL_KEYRING_OLD_WORD;
	return key->rotating ? "will sign" : "";
}
