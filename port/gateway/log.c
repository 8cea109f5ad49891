/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/log.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/ip.h"
#include "engine/gateway/trace.h"

static const struct seal_span CUT = { (const uint8_t *)"...", 3 };

/* Octets of a value before it is cut, by what they hold. */
#define NAME_MAX 80u
#define ADDRESS_MAX SEAL_PATH_MAX
#define LIST_MAX 384u
#define TEXT_MAX 256u

static bool
is_bare(uint8_t c)
{
	return seal_is_vchar(c) && c != '"' && c != '\\';
}

static bool
needs_quotes(struct seal_span s)
{
	size_t i = 0;

	while (i < s.len && is_bare(s.ptr[i]))
		i++;
	return i < s.len || s.len == 0;
}

static void
escaped(struct seal_out *out, uint8_t c)
{
	if (c == '"' || c == '\\') {
		seal_out_octet(out, '\\');
		seal_out_octet(out, c);
	} else if (c == '\n') {
		seal_out_text(out, "\\n");
	} else if (is_bare(c) || c == ' ') {
		seal_out_octet(out, c);
	} else {
		seal_out_text(out, "\\x");
		seal_out_hex(out, seal_span(&c, 1));
	}
}

/* " key=value". A pair that does not fit the line is left out as a whole, and the overflow stays
 * noted in `out`. */
static void
put_value(struct seal_out *out, struct seal_span key, struct seal_span value, size_t max)
{
	const bool cut = value.len > max;
	const size_t before = out->len;
	bool quotes;

	if (out->overflow)
		return;
	value = seal_span_first(value, max);
	quotes = needs_quotes(value);
	if (before > 0)
		seal_out_octet(out, ' ');
	seal_out_span_put(out, key);
	seal_out_octet(out, '=');
	if (quotes)
		seal_out_octet(out, '"');
	for (size_t i = 0; i < value.len; i++)
		escaped(out, value.ptr[i]);
	if (cut)
		seal_out_span_put(out, CUT);
	if (quotes)
		seal_out_octet(out, '"');
	if (out->overflow)
		out->len = before;
}

static void
put_number(struct seal_out *out, struct seal_span key, uint64_t value)
{
	uint8_t digits[20];
	struct seal_out number = seal_out(digits, sizeof digits);

	seal_out_u64(&number, value);
	put_value(out, key, seal_out_span(&number), sizeof digits);
}

#define PUT(out, key, value, max) put_value((out), SEAL_SPAN(key), (value), (max))
#define PUT_NUMBER(out, key, value) put_number((out), SEAL_SPAN(key), (value))

/* The part of `s` that is one address, or lies between two: it ends before the first octet that
 * no address has outside of quotes. */
static size_t
word_len(struct seal_span s)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < s.len; i++) {
		const uint8_t c = s.ptr[i];

		if (c == '"')
			quoted = !quoted;
		else if (c == '\\' && quoted)
			i++;
		else if (!quoted && (c == ' ' || c == '<' || c == '>' || c == ',' || c == ';' ||
		                     c == '(' || c == ')' || seal_is_ctl(c)))
			break;
	}
	return i < s.len ? i : s.len;
}

static void
mask_word(struct seal_out *out, struct seal_span word)
{
	size_t at = word.len;

	while (at > 0 && word.ptr[at - 1] != '@')
		at--;
	if (at == 0) {
		seal_out_span_put(out, word);
		return;
	}
	if (at > 1 && is_bare(word.ptr[0]))
		seal_out_octet(out, word.ptr[0]);
	seal_out_text(out, "***@");
	seal_out_span_put(out, seal_span_from(word, at));
}

/* Hide the local part of every address in `s`, until `out` is full. A quote without an end hides
 * all up to the last "@". */
static void
mask(struct seal_out *out, struct seal_span s)
{
	while (s.len > 0 && !out->overflow) {
		const size_t len = word_len(s);

		mask_word(out, seal_span_first(s, len));
		s = seal_span_from(s, len);
		if (s.len > 0)
			seal_out_octet(out, s.ptr[0]);
		s = seal_span_from(s, 1);
	}
}

static void
put_addresses(struct seal_out *out, struct seal_span key, struct seal_span value, size_t max,
              enum seal_log_addresses addresses)
{
	uint8_t masked[LIST_MAX];
	struct seal_out text = seal_out(masked, sizeof masked - CUT.len);

	if (addresses == SEAL_LOG_MASKED) {
		mask(&text, value);
		value = seal_out_span(&text);
	}
	if (text.overflow) {
		memcpy(masked + text.len, CUT.ptr, CUT.len);
		value.len += CUT.len;
	}
	put_value(out, key, value, max);
}

/* "<a@example.com> <b@example.com>", cut between two addresses if the list is long. noinline: its
 * buffer must not be on the stack while other values are written. */
__attribute__((noinline))
static void
put_recipients(struct seal_out *out, const struct seal_envelope *envelope, enum seal_log_addresses addresses)
{
	uint8_t list[LIST_MAX];
	struct seal_out text = seal_out(list, sizeof list - CUT.len);
	struct seal_path_command command;
	size_t at = 0;

	(void)seal_envelope_next(envelope, &at, &command); /* MAIL */
	while (seal_envelope_next(envelope, &at, &command)) {
		const size_t before = text.len;

		if (before > 0)
			seal_out_octet(&text, ' ');
		seal_out_octet(&text, '<');
		if (addresses == SEAL_LOG_MASKED)
			mask(&text, command.path);
		else
			seal_out_span_put(&text, command.path);
		seal_out_octet(&text, '>');
		if (text.overflow) {
			text = (struct seal_out){ list, sizeof list, before, false };
			seal_out_span_put(&text, CUT);
			break;
		}
	}
	put_value(out, SEAL_SPAN("to"), seal_out_span(&text), sizeof list);
}

/* What became of the message, as one word. */
static struct seal_span
verdict(const struct seal_record *record)
{
	if (record->in_doubt)
		return SEAL_SPAN("in-doubt");
	if (record->reply.code == 0)
		return SEAL_SPAN("aborted");
	if (record->reply.code < 400)
		return SEAL_SPAN("delivered");
	return record->reply.code < 500 ? SEAL_SPAN("deferred") : SEAL_SPAN("refused");
}

/* The keys are repeated for each signature. */
static void
put_signers(struct seal_out *out, const struct seal_record *record)
{
	for (size_t i = 0; i < record->num_signers; i++) {
		PUT(out, "domain", record->signers[i]->name, SEAL_DOMAIN_MAX);
		PUT(out, "selector", record->signers[i]->selector, SEAL_SELECTOR_MAX);
	}
	if (record->num_signers > 0)
		PUT_NUMBER(out, "signing-ms", record->signing_ms);
}

/* Not inlined, so that its text is not on the stack while other values are written. */
__attribute__((noinline))
static void
put_client(struct seal_out *out, const struct seal_record *record)
{
	uint8_t text[SEAL_IP_TEXT_MAX];
	struct seal_out address = seal_out(text, sizeof text);

	seal_ip_put(&address, &record->client_address);
	PUT(out, "client", seal_out_span(&address), sizeof text);
	if (record->client != NULL)
		PUT(out, "client-name", record->client->name, NAME_MAX);
}

void
seal_log_record(struct seal_out *out, const struct seal_record *record,
                enum seal_log_addresses addresses)
{
	/* Room for the mark of a line that did not fit. */
	struct seal_out line = seal_out(out->ptr, out->cap < 4 ? 0 : out->cap - 4);

	PUT(&line, "id", record->id, NAME_MAX);
	PUT(&line, "verdict", verdict(record), NAME_MAX);
	if (record->alarm)
		PUT(&line, "alarm", SEAL_SPAN("yes"), NAME_MAX);
	if (record->reply.code != 0) {
		PUT_NUMBER(&line, "code", record->reply.code);
		PUT(&line, "by", record->from_next_hop ? SEAL_SPAN("next-hop") : SEAL_SPAN("gateway"), NAME_MAX);
	}
	put_client(&line, record);
	if (record->protocol.len > 0)
		PUT(&line, "protocol", record->protocol, NAME_MAX);
	PUT_NUMBER(&line, "size", record->size);
	put_signers(&line, record);
	put_addresses(&line, SEAL_SPAN("from"), record->sender, ADDRESS_MAX, addresses);
	if (record->author_domain.len > 0)
		PUT(&line, "author-domain", record->author_domain, SEAL_DOMAIN_MAX);
	if (record->message_id.len > 0)
		PUT(&line, "message-id", record->message_id, SEAL_MESSAGE_ID_MAX);
	if (record->reply.code != 0)
		put_addresses(&line, SEAL_SPAN("text"), record->reply.text, TEXT_MAX, addresses);
	if (record->why.len > 0)
		PUT(&line, "why", record->why, TEXT_MAX);
	PUT_NUMBER(&line, "recipients", record->num_recipients);
	if (record->num_recipients > 0)
		put_recipients(&line, record->envelope, addresses);

	out->len = line.len;
	if (line.overflow)
		seal_out_text(out, " ...");
}

void
seal_log_stats(struct seal_out *out, const struct seal_stats *stats)
{
	PUT_NUMBER(out, "connections", stats->connections);
	PUT_NUMBER(out, "delivered", stats->delivered);
	PUT_NUMBER(out, "signatures", stats->signatures);
	PUT_NUMBER(out, "unsigned-passed", stats->unsigned_passed);
	PUT_NUMBER(out, "refused", stats->refused);
	PUT_NUMBER(out, "deferred", stats->deferred);
	PUT_NUMBER(out, "next-hop-refused", stats->next_hop_refused);
	PUT_NUMBER(out, "aborted", stats->aborted);
	PUT_NUMBER(out, "in-doubt", stats->in_doubt);
	PUT_NUMBER(out, "reopened", stats->reopened);
	PUT_NUMBER(out, "long-lines", stats->long_lines);
	PUT_NUMBER(out, "normalized", stats->normalized);
	PUT_NUMBER(out, "key-alarms", stats->key_alarms);
	PUT_NUMBER(out, "spool-alarms", stats->spool_alarms);
	PUT_NUMBER(out, "link-alarms", stats->link_alarms);
	PUT_NUMBER(out, "logins-refused", stats->logins_refused);
}

/* --- keys -------------------------------------------------------------------------------- */

/* A DNS name, of visible octets without quotes. */
static void
put_key_name(struct seal_out *out, const struct seal_config_domain *domain)
{
	seal_out_text(out, " name=");
	seal_keyring_name(domain, out);
}

static void
put_fault(struct seal_out *out, const struct seal_keyring_entry *entry)
{
	if (entry->seen == SEAL_KEYRING_MALFORMED)
		PUT(out, "fault", seal_span_text(seal_keyrec_fault_text((enum seal_keyrec_fault)entry->fault)),
		    TEXT_MAX);
}

void
seal_log_keyring(struct seal_out *out, const struct seal_config_domain *domain,
                 const struct seal_keyring_event *event, const struct seal_keyring_entry *entry)
{
	seal_out_text(out, "keyring");
	PUT(out, "event", seal_span_text(seal_keyring_event_word(event->kind)), NAME_MAX);
	put_key_name(out, domain);
	if (event->kind == SEAL_KEYRING_ROTATING)
		PUT_NUMBER(out, "in-s", event->in_s);
	if (seal_keyring_is_alarm(event->kind))
		PUT(out, "alarm", SEAL_SPAN("yes"), NAME_MAX);
	PUT(out, "text", seal_span_text(seal_keyring_event_text(event->kind)), TEXT_MAX);
	if (event->kind == SEAL_KEYRING_BAD_RECORD)
		put_fault(out, entry);
}

static struct seal_span
yes_or_no(bool yes)
{
	return yes ? SEAL_SPAN("yes") : SEAL_SPAN("no");
}

static void
put_seen(struct seal_out *out, const struct seal_keyring_entry *entry)
{
	PUT(out, "held", yes_or_no(entry->held), NAME_MAX);
	if (entry->testing)
		PUT(out, "testing", SEAL_SPAN("yes"), NAME_MAX);
	if (entry->num_failures > 0)
		PUT_NUMBER(out, "no-answers", entry->num_failures);
	put_fault(out, entry);
}

void
seal_log_key(struct seal_out *out, const struct seal_config_domain *domain, const struct seal_log_key *key)
{
	const struct seal_keyring_entry *entry = key->entry;

	seal_out_text(out, "key");
	put_key_name(out, domain);
	if (entry != NULL)
		PUT(out, "seen", seal_span_text(seal_keyring_seen_text((enum seal_keyring_seen)entry->seen)),
		    NAME_MAX);
	PUT(out, "signs", yes_or_no(key->signs), NAME_MAX);
	if (entry != NULL)
		put_seen(out, entry);
	PUT_NUMBER(out, "used", key->use->count);
	if (key->use->last_s > 0)
		PUT_NUMBER(out, "last-used", key->use->last_s);
	if (key->alarm)
		PUT(out, "alarm", SEAL_SPAN("yes"), NAME_MAX);
}

void
seal_log_old(struct seal_out *out, const struct seal_config_domain *domain, uint64_t age_days)
{
	seal_out_text(out, "keyring event=" SEAL_KEYRING_OLD_WORD);
	put_key_name(out, domain);
	PUT_NUMBER(out, "age-d", age_days);
	PUT(out, "alarm", SEAL_SPAN("yes"), NAME_MAX);
	PUT(out, "text", SEAL_SPAN("the key is older than rotate-after; let the next one sign"), TEXT_MAX);
}

void
seal_log_learned(struct seal_out *out, const struct seal_learn_entry *entry)
{
	uint8_t text[SEAL_IP_TEXT_MAX];
	struct seal_out address = seal_out(text, sizeof text);

	seal_ip_put(&address, &entry->address);
	seal_out_text(out, "unknown");
	if (entry->domain_len > 0)
		PUT(out, "domain", seal_learn_domain(entry), SEAL_DOMAIN_MAX);
	PUT(out, "client", seal_out_span(&address), sizeof text);
	PUT_NUMBER(out, "count", entry->count);
}
