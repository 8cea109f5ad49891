/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dkim/keyrec.h"

#include "engine/base/ascii.h"

static const char *const TEXTS[] = {
	[SEAL_KEYREC_FINE] = "fine",
	[SEAL_KEYREC_SYNTAX] = "not a list of tag=value; check for stray quotes, backslashes and missing semicolons",
	[SEAL_KEYREC_TWICE] = "a tag occurs twice; are two records joined into one?",
	[SEAL_KEYREC_VERSION] = "v= must come first and be DKIM1",
	[SEAL_KEYREC_KEY_TYPE] = "k= must be rsa",
	[SEAL_KEYREC_HASH] = "h= must include sha256, or be left out",
	[SEAL_KEYREC_SERVICE] = "s= must include email or *, or be left out",
	[SEAL_KEYREC_NO_KEY] = "p= is missing; is this a key record?",
	[SEAL_KEYREC_BASE64] = "p= is not complete base64; was it cut or changed when it was copied?",
	[SEAL_KEYREC_IDENTITY] = "t=s forbids an identity below the domain",
	[SEAL_KEYREC_LONG] = "the record is too long for the gateway; shorten n= and other notes",
};
_Static_assert(sizeof TEXTS / sizeof TEXTS[0] == SEAL_KEYREC_LONG + 1u, "a fault without text");

const char *
seal_keyrec_fault_text(enum seal_keyrec_fault fault)
{
	return TEXTS[fault];
}

/* --- tags (RFC 6376 3.2) -------------------------------------------------- */

struct tag {
	struct seal_span name, value;
};

static bool
is_fws(uint8_t c)
{
	return seal_is_wsp(c) || c == '\r' || c == '\n';
}

static bool
is_tag_name(struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!seal_is_alpha(s.ptr[i]) && (i == 0 || (!seal_is_digit(s.ptr[i]) && s.ptr[i] != '_')))
			return false;
	}
	return s.len > 0;
}

static bool
is_tag_value(struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!seal_is_vchar(s.ptr[i]) && !is_fws(s.ptr[i]))
			return false;
	}
	return true;
}

static bool
read_tag(struct seal_span spec, struct tag *tag)
{
	const size_t equals = seal_span_find(spec, '=');
	struct seal_span rest = seal_span_first(spec, equals);

	*tag = (struct tag){ .name = { NULL, 0 } };
	if (equals == spec.len || !seal_span_split(&rest, '=', &tag->name))
		return false;
	rest = seal_span_from(spec, equals + 1);
	tag->value = seal_span(rest.ptr, 0);
	seal_span_split(&rest, ';', &tag->value);
	return is_tag_name(tag->name) && is_tag_value(tag->value);
}

/* Tag names are case-sensitive. */
static bool
is_named_before(struct seal_span before, struct seal_span name)
{
	struct seal_span spec;
	struct tag tag;

	while (seal_span_split(&before, ';', &spec)) {
		if (read_tag(spec, &tag) && seal_span_equal(tag.name, name))
			return true;
	}
	return false;
}

static bool
names(struct seal_span list, struct seal_span word)
{
	struct seal_span item;

	while (seal_span_split(&list, ':', &item)) {
		if (seal_span_equal(item, word))
			return true;
	}
	return false;
}

/* --- the record (RFC 6376 3.6.1) ------------------------------------------ */

static enum seal_keyrec_fault
take_tag(struct seal_keyrec *rec, const struct tag *tag, bool is_first)
{
	const struct seal_span value = tag->value;

	if (seal_span_equal(tag->name, SEAL_SPAN("v")))
		return is_first && seal_span_equal(value, SEAL_SPAN("DKIM1")) ? SEAL_KEYREC_FINE : SEAL_KEYREC_VERSION;
	if (seal_span_equal(tag->name, SEAL_SPAN("k")))
		return seal_span_equal(value, SEAL_SPAN("rsa")) ? SEAL_KEYREC_FINE : SEAL_KEYREC_KEY_TYPE;
	if (seal_span_equal(tag->name, SEAL_SPAN("h")))
		return names(value, SEAL_SPAN("sha256")) ? SEAL_KEYREC_FINE : SEAL_KEYREC_HASH;
	if (seal_span_equal(tag->name, SEAL_SPAN("s")))
		return names(value, SEAL_SPAN("*")) || names(value, SEAL_SPAN("email")) ? SEAL_KEYREC_FINE
		                                                                        : SEAL_KEYREC_SERVICE;
	if (seal_span_equal(tag->name, SEAL_SPAN("p")))
		rec->key = value;
	if (seal_span_equal(tag->name, SEAL_SPAN("t"))) {
		rec->testing = names(value, SEAL_SPAN("y"));
		rec->strict = names(value, SEAL_SPAN("s"));
	}
	return SEAL_KEYREC_FINE;
}

/* Work grows with the square of the number of tags; a record of a few kilobytes has few. */
enum seal_keyrec_fault
seal_keyrec_read(struct seal_keyrec *rec, struct seal_span text)
{
	struct seal_span rest = text;
	struct seal_span spec;
	bool is_first = true;

	*rec = (struct seal_keyrec){ .key = { NULL, 0 } };
	while (rest.len > 0 && is_fws(rest.ptr[rest.len - 1]))
		rest.len--;             /* white space after the last tag, with or without a final ";" */
	while (seal_span_split(&rest, ';', &spec)) {
		const struct seal_span before = seal_span_first(text, (size_t)(spec.ptr - text.ptr));
		enum seal_keyrec_fault fault;
		struct tag tag;

		if (!read_tag(spec, &tag))
			return SEAL_KEYREC_SYNTAX;
		if (is_named_before(before, tag.name))
			return SEAL_KEYREC_TWICE;
		fault = take_tag(rec, &tag, is_first);
		if (fault != SEAL_KEYREC_FINE)
			return fault;
		is_first = false;
	}
	return rec->key.ptr == NULL ? SEAL_KEYREC_NO_KEY : SEAL_KEYREC_FINE;
}

/* --- p= ------------------------------------------------------------------- */

#define NO_DIGIT 64u

static uint32_t
digit_of(uint8_t c) /* RFC 4648 4 */
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 0u;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26u;
	if (seal_is_digit(c))
		return c - '0' + 52u;
	if (c == '+')
		return 62u;
	return c == '/' ? 63u : NO_DIGIT;
}

struct decoder {
	struct seal_sha256 hash;
	uint32_t bits;          /* of this group */
	unsigned num_digits;    /* of this group */
	unsigned num_pads;
};

/* Hash the octets of a group. Surplus bits of its last digit must be zero. */
static bool
end_group(struct decoder *d)
{
	const uint32_t bits = d->bits << 6u * d->num_pads;
	const uint8_t octets[3] = { (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits };
	const size_t len = 3u - d->num_pads;

	for (size_t i = len; i < sizeof octets; i++) {
		if (octets[i] != 0)
			return false;
	}
	seal_sha256_update(&d->hash, octets, len);
	d->bits = 0;
	d->num_digits = 0;
	return true;
}

static bool
take_character(struct decoder *d, uint8_t c)
{
	const uint32_t digit = digit_of(c);

	if (c == '=') {
		if (d->num_digits < 2 || ++d->num_pads + d->num_digits > 4)
			return false;
	} else {
		if (digit == NO_DIGIT || d->num_pads > 0)
			return false;
		d->bits = d->bits << 6 | digit;
		d->num_digits++;
	}
	return d->num_digits + d->num_pads < 4 || end_group(d);
}

bool
seal_keyrec_digest(const struct seal_keyrec *rec, uint8_t digest[SEAL_SHA256_LEN])
{
	struct decoder d = { .bits = 0 };

	seal_sha256_init(&d.hash);
	for (size_t i = 0; i < rec->key.len; i++) {
		if (!is_fws(rec->key.ptr[i]) && !take_character(&d, rec->key.ptr[i]))
			return false;
	}
	if (d.num_digits != 0 || d.hash.total == 0)
		return false;
	seal_sha256_final(&d.hash, digest);
	return true;
}
