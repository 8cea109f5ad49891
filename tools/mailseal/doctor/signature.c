/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/signature.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/num.h"
#include "port/mbedtls/key_public.h"
#include "tools/mailseal/checks/keyring.h"
#include "tools/mailseal/records/dkim.h"
#include "tools/mailseal/records/taglist.h"

/* --- reading the field -------------------------------------------------------------- */

static bool
read_canon(struct seal_span text, enum seal_canon *canon)
{
	*canon = seal_span_equal(text, SEAL_SPAN("relaxed")) ? SEAL_CANON_RELAXED : SEAL_CANON_SIMPLE;
	return *canon == SEAL_CANON_RELAXED || seal_span_equal(text, SEAL_SPAN("simple"));
}

/* The default for the body is simple (3.5). */
static bool
read_canons(struct signature *s, struct seal_span text)
{
	const size_t slash = seal_span_find(text, '/');

	return read_canon(seal_span_first(text, slash), &s->header_canon) &&
	       (slash == text.len || read_canon(seal_span_from(text, slash + 1), &s->body_canon));
}

static bool
has_item(struct seal_span list, struct seal_span name)
{
	struct seal_span item;

	while (seal_span_split(&list, ':', &item)) {
		if (seal_span_equal_nocase(item, name))
			return true;
	}
	return false;
}

static const char *
read_form(struct seal_span tags)
{
	struct seal_span rest = tags;
	struct taglist_tag tag;

	while (taglist_next(&rest, &tag)) {
		if (!tag.valid)
			return "a tag is not name=value";
		if (taglist_is_double(tags, tag.name))
			return "a tag occurs twice";
	}
	return NULL;
}

/* The name will be printed and looked up. */
static bool
read_name(char out[DNS_NAME_SIZE], struct seal_span value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (!seal_is_vchar(value.ptr[i]))
			return false;
	}
	return value.len > 0 && name_copy(out, value);
}

static const char *
read_names(struct signature *s, struct seal_span tags)
{
	struct seal_span value;
	size_t at;

	if (!taglist_find(tags, "d", &value) || !read_name(s->domain, value))
		return "d= is missing or not a valid name";
	if (!taglist_find(tags, "s", &value) || !read_name(s->selector, value))
		return "s= is missing or not a valid name";
	if (!taglist_find(tags, "i", &value))
		return NULL;
	at = seal_span_find(value, '@');
	s->identity = text_visible(seal_span_from(value, at + 1));
	return name_within(s->identity, s->domain) ? NULL : "i= is not within d=";
}

static const char *
read_numbers(struct signature *s, struct seal_span tags)
{
	struct seal_span value;

	if (taglist_find(tags, "t", &value) && !seal_num_u64(value, &s->signed_at_s))
		return "t= is not a number";
	if (taglist_find(tags, "x", &value) && (!seal_num_u64(value, &s->expires_s) || s->expires_s < s->signed_at_s))
		return "x= is not a number, or before t=";
	s->has_length = taglist_find(tags, "l", &value);
	return s->has_length && !seal_num_u64(value, &s->length) ? "l= is not a number" : NULL;
}

static const char *
read_tags(struct signature *s, struct seal_span tags)
{
	struct seal_span value;
	const char *problem = read_form(tags);

	if (problem != NULL)
		return problem;
	if (!taglist_find(tags, "v", &value) || !seal_span_equal(value, SEAL_SPAN("1")))
		return "v=1 is missing";
	if (!taglist_find(tags, "a", &value))
		return "a= is missing";
	free(s->algorithm);
	s->algorithm = text_visible(value);
	if (!taglist_find(tags, "b", &s->b) || !taglist_find(tags, "bh", &s->bh))
		return "b= or bh= is missing";
	if (!taglist_find(tags, "h", &s->h) || !has_item(s->h, SEAL_SPAN("From")))
		return "h= does not contain From";
	if (taglist_find(tags, "c", &value) && !read_canons(s, value))
		return "c= is not known";
	if (taglist_find(tags, "q", &value) && !has_item(value, SEAL_SPAN("dns/txt")))
		return "q= is not dns/txt";
	problem = read_names(s, tags);
	return problem != NULL ? problem : read_numbers(s, tags);
}

void
signature_read(struct signature *s, struct seal_span field)
{
	*s = (struct signature){ .field = field, .result = SIGNATURE_PERMERROR, .key = "unknown" };
	s->tags = message_unfold(field);
	s->algorithm = text_format("%s", "");
	s->problem = read_tags(s, seal_span_text(s->tags));
}

void
signature_free(struct signature *s)
{
	free(s->tags);
	free(s->algorithm);
	free(s->identity);
	free(s->subject_tag);
}

bool
signature_covers(const struct signature *s, struct seal_span name)
{
	return has_item(s->h, name);
}

/* --- base64 ------------------------------------------------------------------------- */

static int
base64_digit(uint8_t c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *const at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* White space may occur anywhere (3.5); the first other character that is not base64 ends the value. */
static void
read_base64(struct seal_span text, struct seal_out *out)
{
	uint32_t bits = 0;
	unsigned num = 0;

	for (size_t i = 0; i < text.len; i++) {
		const int digit = base64_digit(text.ptr[i]);

		if (seal_is_wsp(text.ptr[i]))
			continue;
		if (digit < 0)
			return;
		bits = bits << 6 | (uint32_t)digit;
		num += 6;
		if (num >= 8) {
			num -= 8;
			seal_out_octet(out, (uint8_t)(bits >> num));
		}
	}
}

/* --- the body's hash ------------------------------------------------------------------ */

struct body {
	struct seal_canon_body canon;
	struct seal_sha256 hash;
	uint64_t left;             /* bytes that l= still covers */
};

static void
write_body(void *ctx, const uint8_t *ptr, size_t len)
{
	struct body *const body = ctx;

	if (len > body->left)
		len = (size_t)body->left;
	body->left -= len;
	seal_sha256_update(&body->hash, ptr, len);
}

/* Finishes a copy of the hash; the original continues. */
static bool
body_is(const struct body *so_far, struct seal_span wanted)
{
	struct body body = *so_far;
	uint8_t digest[SEAL_SHA256_LEN];

	if (seal_canon_body_finish(&body.canon, (struct seal_sink){ write_body, &body }) != SEAL_OK)
		return false;
	seal_sha256_final(&body.hash, digest);
	return seal_span_equal(wanted, seal_span(digest, sizeof digest));
}

static void
body_init(struct body *body, const struct signature *s)
{
	seal_canon_body_init(&body->canon, s->body_canon);
	seal_sha256_init(&body->hash);
	body->left = s->has_length ? s->length : UINT64_MAX;
}

/* The longest beginning of the body that matches bh= is the body without an appended footer. */
static void
find_footer(struct signature *s, struct seal_span whole, struct seal_span wanted)
{
	struct seal_span rest = whole;
	struct body body;
	size_t lines = 0;

	body_init(&body, s);
	do {
		const size_t len = seal_span_find(rest, '\n') + 1;
		const struct seal_span line = seal_span_first(rest, len);

		if (body_is(&body, wanted)) {
			s->footer = rest;
			lines = 0;
		}
		lines++;
		(void)seal_canon_body_update(&body.canon, (struct seal_sink){ write_body, &body }, line.ptr, line.len);
		rest = seal_span_from(rest, line.len);
	} while (rest.len > 0);
	s->footer_lines = s->footer.len > 0 ? lines : 0;
}

static void
check_body(struct signature *s, const struct message *m)
{
	uint8_t buf[SEAL_SHA256_LEN + 3];
	struct seal_out wanted = seal_out(buf, sizeof buf);
	struct body body;
	bool good;

	read_base64(s->bh, &wanted);
	body_init(&body, s);
	good = seal_canon_body_update(&body.canon, (struct seal_sink){ write_body, &body }, m->body.ptr,
	                              m->body.len) == SEAL_OK && body_is(&body, seal_out_span(&wanted));
	s->body = good ? SIGNATURE_GOOD : SIGNATURE_BAD;
	if (!good && m->body.len > 0)
		find_footer(s, m->body, seal_out_span(&wanted));
}

/* --- the header's hash ---------------------------------------------------------------- */

static void
write_hash(void *ctx, const uint8_t *ptr, size_t len)
{
	seal_sha256_update(ctx, ptr, len);
}

static bool
is_line_blank(uint8_t c)
{
	return seal_is_wsp(c) || c == '\r' || c == '\n';
}

/* Sets where the value of b= begins and ends in the raw field, because it is not hashed (3.7). */
static bool
find_b(struct seal_span field, size_t *from, size_t *to)
{
	size_t at = seal_span_find(field, ':') + 1;

	while (at < field.len) {
		const size_t end = at + seal_span_find(seal_span_from(field, at), ';');
		const size_t equals = at + seal_span_find(seal_span_from(field, at), '=');
		size_t first = at, last = equals;

		while (first < last && is_line_blank(field.ptr[first]))
			first++;
		while (last > first && is_line_blank(field.ptr[last - 1]))
			last--;
		if (equals < end && last - first == 1 && field.ptr[first] == 'b') {
			*from = equals + 1;
			*to = end;
			return true;
		}
		at = end + 1;
	}
	return false;
}

static void
hash_own_field(const struct signature *s, struct seal_sha256 *hash)
{
	const struct seal_span field = seal_span_first(s->field, s->field.len - 2);
	uint8_t *const bare = tool_allocate(field.len);
	size_t from = field.len, to = field.len;

	(void)find_b(field, &from, &to);
	memcpy(bare, field.ptr, from);
	memcpy(bare + from, field.ptr + to, field.len - to);
	seal_canon_field(s->header_canon, seal_span(bare, from + field.len - to),
	                 (struct seal_sink){ write_hash, hash });
	free(bare);
}

/* How many times the name of this entry occurs earlier in h=. */
static uint32_t
count_before(struct seal_span h, struct seal_span item)
{
	struct seal_span other;
	uint32_t count = 0;

	while (seal_span_split(&h, ':', &other) && other.ptr != item.ptr)
		count += seal_span_equal_nocase(other, item);
	return count;
}

/* A `subject` that is not empty replaces that of the message. */
static void
hash_header(const struct signature *s, const struct message *m, struct seal_span subject,
            uint8_t digest[SEAL_SHA256_LEN])
{
	struct seal_span rest = s->h, item, field;
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	while (seal_span_split(&rest, ':', &item)) {
		if (!message_field_up(m, item, count_before(s->h, item), &field))
			continue;
		if (subject.len > 0 && seal_span_equal_nocase(item, SEAL_SPAN("Subject")))
			field = subject;
		seal_canon_field(s->header_canon, seal_span_first(field, field.len - 2),
		                 (struct seal_sink){ write_hash, &hash });
		seal_sha256_update(&hash, (const uint8_t *)"\r\n", 2);
	}
	hash_own_field(s, &hash);
	seal_sha256_final(&hash, digest);
}

static bool
header_is_signed(const struct signature *s, const struct message *m, const struct pubkey *key,
                 struct seal_span subject)
{
	uint8_t digest[SEAL_SHA256_LEN], buf[SEAL_SIGNATURE_MAX];
	struct seal_out signature = seal_out(buf, sizeof buf);

	read_base64(s->b, &signature);
	hash_header(s, m, subject, digest);
	keyring_arena();
	return !signature.overflow &&
	       seal_key_public_verify(SEAL_SPAN("rsa"), key->rsa, digest, seal_out_span(&signature)) == SEAL_KEY_FINE;
}

/* Tries whether "Subject: [list] hello" was "Subject: hello" when it was signed. */
static void
try_subject(struct signature *s, const struct message *m, const struct pubkey *key)
{
	struct seal_span field, tag;
	uint8_t *copy;
	size_t open, close;

	if (!message_field_up(m, SEAL_SPAN("Subject"), 0, &field) || !signature_covers(s, SEAL_SPAN("Subject")))
		return;
	open = seal_span_find(field, '[');
	close = seal_span_find(field, ']');
	if (close >= field.len - 2 || open >= close)
		return;
	tag = seal_span_first(seal_span_from(field, open), close + 1 - open);
	for (close++; close < field.len && seal_is_wsp(field.ptr[close]); close++)
		;
	copy = tool_allocate(field.len);
	memcpy(copy, field.ptr, open);
	memcpy(copy + open, field.ptr + close, field.len - close);
	if (header_is_signed(s, m, key, seal_span(copy, open + field.len - close)))
		s->subject_tag = text_visible(tag);
	free(copy);
}

/* --- everything together -------------------------------------------------------------- */

static bool
is_about_dns(enum finding_code code)
{
	return code == FINDING_DNS_TIMEOUT || code == FINDING_DNS_SERVFAIL || code == FINDING_DNS_LOOP;
}

/* False: no key to verify with; s->result has the reason. */
static bool
fetch_key(struct signature *s, struct dns_lookup lookup, struct pubkey *key, struct findings *f)
{
	const struct dkim_expect expect = {
		.identity_below = s->identity != NULL && !name_equal(s->identity, s->domain)
	};
	const size_t before = f->num;
	const bool good = dkim_judge(lookup, s->domain, s->selector, &expect, f);
	char name[DNS_NAME_SIZE];

	(void)dkim_name(name, s->selector, s->domain);
	s->result = SIGNATURE_PERMERROR;
	for (size_t i = before; i < f->num; i++) {
		if (is_about_dns(f->list[i].code))
			s->result = SIGNATURE_TEMPERROR;
	}
	s->key = good ? "ok" : s->result == SIGNATURE_TEMPERROR ? "unknown" : "bad";
	return good && dkim_read(dns_lookup_ask(lookup, name, DNS_TXT)->records[0].data, key);
}

void
signature_verify(struct signature *s, const struct message *m, struct dns_lookup lookup, uint64_t now_s,
                 struct findings *f)
{
	static struct pubkey key;

	if (s->problem != NULL)
		return;
	if (strcmp(s->algorithm, "rsa-sha256") != 0) {
		s->result = SIGNATURE_NEUTRAL;
		return;
	}
	check_body(s, m);
	s->expired = s->expires_s != 0 && s->expires_s < now_s;
	if (!fetch_key(s, lookup, &key, f))
		return;
	s->header = header_is_signed(s, m, &key, seal_span(NULL, 0)) ? SIGNATURE_GOOD : SIGNATURE_BAD;
	if (s->header == SIGNATURE_BAD)
		try_subject(s, m, &key);
	s->result = s->expired || s->body != SIGNATURE_GOOD || s->header != SIGNATURE_GOOD ? SIGNATURE_FAIL
	                                                                                   : SIGNATURE_PASS;
}

const char *
signature_result_text(enum signature_result result)
{
	static const char *const texts[] = { "pass", "fail", "neutral", "permerror", "temperror" };

	return texts[result];
}

const char *
signature_check_text(enum signature_check check)
{
	static const char *const texts[] = { "unchecked", "good", "bad" };

	return texts[check];
}
