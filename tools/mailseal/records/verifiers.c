/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/verifiers.h"

#include <stdlib.h>

#include "engine/base/ascii.h"
#include "engine/base/bounds.h"
#include "tools/mailseal/records/text.h"

/* --- words ------------------------------------------------------------------------------- */

static const char *const names[] = { "dkimpy", "Mail::DKIM", "OpenDKIM" };

#define NUM_NAMES (sizeof names / sizeof names[0])

const char *
verifiers_name(unsigned index)
{
	return index < NUM_NAMES ? names[index] : NULL;
}

/* The names whose bits are set: "A", "A and B". */
static char *
list(unsigned set)
{
	char *text = NULL;

	for (unsigned i = 0; i < NUM_NAMES; i++) {
		if ((set >> i & 1u) != 0)
			text_append(&text, "%s%s", text == NULL ? "" : " and ", names[i]);
	}
	return text;
}

char *
verifiers_text(unsigned refused)
{
	const unsigned others = VERIFIERS_ALL & ~refused;
	char *const bad = list(refused), *const good = list(others);
	char *text;

	if (refused == 0)
		text = text_format("dkimpy, Mail::DKIM and OpenDKIM accept it; other verifiers may not");
	else if (others == 0)
		text = text_format("dkimpy, Mail::DKIM and OpenDKIM reject it");
	else
		text = text_format("%s %s it, %s %s not", bad, (refused & (refused - 1)) == 0 ? "rejects" : "reject",
		                   good, (others & (others - 1)) == 0 ? "does" : "do");
	free(bad);
	free(good);
	return text;
}

/* --- shared functions ---------------------------------------------------------------------- */

static bool
is_space(uint8_t c)
{
	return seal_is_wsp(c) || (c >= '\n' && c <= '\r');
}

static struct seal_span
strip(struct seal_span s)
{
	while (s.len > 0 && is_space(s.ptr[0]))
		s = seal_span_from(s, 1);
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* The same as seal_span_split, except that white space is kept. */
static bool
cut(struct seal_span *rest, uint8_t separator, struct seal_span *item)
{
	const size_t at = seal_span_find(*rest, separator);

	if (rest->len == 0)
		return false;
	*item = seal_span_first(*rest, at);
	*rest = seal_span_from(*rest, at + 1);
	return true;
}

static bool
is_text(struct seal_span s, const char *text)
{
	return seal_span_equal(s, seal_span_text(text));
}

/* True if an item between colons is equal to one of the two. */
static bool
list_has(struct seal_span items, const char *one, const char *other)
{
	struct seal_span item;

	while (cut(&items, ':', &item)) {
		if (is_text(item, one) || is_text(item, other))
			return true;
	}
	return false;
}

/* Values of the relevant tags; ptr is NULL if the tag is missing. The last one of several counts. */
struct values {
	struct seal_span v, k, h, s, p, t, g;
};

static void
note(struct values *values, struct seal_span name, struct seal_span value)
{
	struct seal_span *const places[] = { &values->v, &values->k, &values->h, &values->s, &values->p, &values->t,
	                                     &values->g };

	for (size_t i = 0; name.len == 1 && i < sizeof places / sizeof places[0]; i++) {
		if (name.ptr[0] == (uint8_t)"vkhsptg"[i])
			*places[i] = value;
	}
}

static int
digit_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (seal_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct decoder {
	struct pubkey key;
	uint32_t bits;
	unsigned num_digits;
};

static void
take_digit(struct decoder *d, int digit)
{
	d->bits = d->bits << 6 | (uint32_t)digit;
	if (++d->num_digits % 4 != 1 && d->key.der_len < PUBKEY_MAX)
		d->key.der[d->key.der_len++] = (uint8_t)(d->bits >> (8 - d->num_digits % 4 * 2) % 8);
}

static bool
is_other_key(const struct pubkey *key, const struct pubkey *signer)
{
	return signer != NULL && !pubkey_equal(key, signer);
}

/* --- dkimpy ------------------------------------------------------------------------------- */

static bool
dkimpy_reads(struct seal_span text, struct values *values)
{
	struct seal_span rest = strip(text), spec;

	if (rest.len == 0)
		return false;
	while (cut(&rest, ';', &spec)) {
		const struct seal_span before = seal_span(text.ptr, (size_t)(spec.ptr - text.ptr));
		const struct seal_span name = strip(seal_span_first(spec, seal_span_find(spec, '=')));
		struct seal_span earlier = before, other;

		if (seal_span_find(spec, '=') == spec.len || name.len == 0 || !seal_is_alpha(name.ptr[0]))
			return false;
		while (cut(&earlier, ';', &other)) {
			if (seal_span_equal(strip(seal_span_first(other, seal_span_find(other, '='))), name))
				return false;
		}
		note(values, name, strip(seal_span_from(spec, seal_span_find(spec, '=') + 1)));
	}
	return true;
}

/* Ignores other characters; padding that completes a group ends the text. */
static bool
dkimpy_decodes(struct decoder *d, struct seal_span p)
{
	unsigned num_pads = 0;

	for (size_t i = 0; i < p.len; i++) {
		const int digit = digit_of(p.ptr[i]);

		if (p.ptr[i] == '=' && d->num_digits % 4 >= 2 && d->num_digits % 4 + ++num_pads >= 4)
			return true;
		if (digit >= 0) {
			take_digit(d, digit);
			num_pads = 0;
		}
	}
	return d->num_digits % 4 == 0;
}

static bool
dkimpy_accepts(struct seal_span text, const struct pubkey *signer)
{
	struct decoder d = { .bits = 0 };
	struct values values = { .v = { NULL, 0 } };

	if (!dkimpy_reads(text, &values) || values.p.ptr == NULL ||
	    (values.v.ptr != NULL && !is_text(values.v, "DKIM1")) ||
	    (values.k.ptr != NULL && !is_text(values.k, "rsa")) ||
	    (values.s.ptr != NULL && !is_text(values.s, "*") && !is_text(values.s, "email")))
		return false;
	return dkimpy_decodes(&d, values.p) && pubkey_read_der(&d.key) == PUBKEY_FINE &&
	       (d.key.form == PUBKEY_PKCS1 || (d.key.form == PUBKEY_SPKI && d.key.has_null)) &&
	       d.key.bits >= SEAL_KEY_BITS_MIN && !is_other_key(&d.key, signer);
}

/* --- Mail::DKIM ----------------------------------------------------------------------------- */

static bool
maildkim_reads(struct seal_span text, struct values *values)
{
	struct seal_span spec;

	while (cut(&text, ';', &spec)) {
		spec = strip(spec);
		if (spec.len == 0)
			continue;
		if (seal_span_find(spec, '=') == spec.len)
			return false;
		note(values, strip(seal_span_first(spec, seal_span_find(spec, '='))),
		     strip(seal_span_from(spec, seal_span_find(spec, '=') + 1)));
	}
	return true;
}

/* Removes white space and quotation marks; OpenSSL reads the rest. */
static bool
maildkim_decodes(struct decoder *d, struct seal_span p)
{
	unsigned num_pads = 0;

	for (size_t i = 0; i < p.len; i++) {
		const int digit = digit_of(p.ptr[i]);

		if (p.ptr[i] == '"' || seal_is_wsp(p.ptr[i]) || p.ptr[i] == '\r' || p.ptr[i] == '\n')
			continue;
		if (p.ptr[i] != '=' && (digit < 0 || num_pads > 0))
			return false;
		num_pads += p.ptr[i] == '=';
		if (digit >= 0)
			take_digit(d, digit);
	}
	return num_pads <= 2 && (d->num_digits + num_pads) % 4 == 0;
}

/* An empty value counts as a missing one. */
static bool
maildkim_allows(const struct values *v, bool identity_below)
{
	return (v->v.len == 0 || is_text(v->v, "DKIM1")) && (v->k.len == 0 || is_text(v->k, "rsa")) &&
	       (v->h.len == 0 || list_has(v->h, "sha256", "sha256")) &&
	       (v->s.len == 0 || list_has(v->s, "*", "email")) && (v->g.ptr == NULL || is_text(v->g, "*")) &&
	       !(identity_below && list_has(v->t, "s", "s"));
}

static bool
maildkim_accepts(struct seal_span text, const struct pubkey *signer, bool identity_below)
{
	struct decoder d = { .bits = 0 };
	struct values values = { .v = { NULL, 0 } };

	return maildkim_reads(text, &values) && values.p.len > 0 && maildkim_allows(&values, identity_below) &&
	       maildkim_decodes(&d, values.p) && pubkey_read_der(&d.key) == PUBKEY_FINE &&
	       (d.key.form == PUBKEY_SPKI || d.key.form == PUBKEY_PSS) && !is_other_key(&d.key, signer);
}

/* --- OpenDKIM ------------------------------------------------------------------------------- */

#define OPENDKIM_MAX 1024u /* characters of a record, the size of its buffer */

/* Names begin with a letter or digit and contain no white space; each is followed by "=". */
static bool
opendkim_is_name(struct seal_span spec)
{
	const struct seal_span name = strip(seal_span_first(spec, seal_span_find(spec, '=')));

	for (size_t i = 0; i < name.len; i++) {
		if (is_space(name.ptr[i]))
			return false;
	}
	return seal_span_find(spec, '=') < spec.len && name.len > 0 && seal_is_let_dig(name.ptr[0]);
}

/* Only the last tag may be empty. */
static bool
opendkim_reads(struct seal_span text, struct values *values)
{
	const uint8_t *const end = text.ptr + text.len;
	struct seal_span spec;

	for (size_t i = 0; i < text.len; i++) {
		if (!seal_is_vchar(text.ptr[i]) && !is_space(text.ptr[i]))
			return false;
	}
	while (cut(&text, ';', &spec)) {
		if (strip(spec).len == 0 && text.len == 0)
			return spec.ptr + spec.len == end;
		if (!opendkim_is_name(spec))
			return false;
		note(values, strip(seal_span_first(spec, seal_span_find(spec, '='))),
		     seal_span_from(spec, seal_span_find(spec, '=') + 1));
	}
	return true;
}

/* White space in a value is ignored everywhere. */
static bool
opendkim_is(struct seal_span s, const char *text, bool nocase)
{
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = nocase ? seal_lower(s.ptr[i]) : s.ptr[i];

		if (!is_space(c) && (*text == '\0' || c != (uint8_t)*text++))
			return false;
	}
	return *text == '\0';
}

static bool
opendkim_has(struct seal_span items, const char *one, const char *other)
{
	struct seal_span item;

	while (cut(&items, ':', &item)) {
		if (opendkim_is(item, one, true) || opendkim_is(item, other, true))
			return true;
	}
	return false;
}

static bool
opendkim_allows(const struct values *v, bool identity_below)
{
	return (v->v.ptr == NULL || opendkim_is(v->v, "DKIM1", false)) &&
	       (v->k.ptr == NULL || opendkim_is(v->k, "rsa", true) || opendkim_is(v->k, "ed25519", true)) &&
	       (v->h.ptr == NULL || opendkim_has(v->h, "sha256", "sha256")) &&
	       (v->s.ptr == NULL || opendkim_has(v->s, "*", "email")) &&
	       !(identity_below && opendkim_has(v->t, "s", "s"));
}

/* Ignores other characters; "=" ends the text. */
static bool
opendkim_decodes(struct decoder *d, struct seal_span p)
{
	for (size_t i = 0; i < p.len && p.ptr[i] != '='; i++) {
		const int digit = digit_of(p.ptr[i]);

		if (digit >= 0)
			take_digit(d, digit);
	}
	return d->num_digits % 4 != 1;
}

static bool
opendkim_accepts(struct seal_span text, const struct pubkey *signer, bool identity_below)
{
	struct decoder d = { .bits = 0 };
	struct values values = { .v = { NULL, 0 } };

	text = seal_span_first(text, seal_span_find(text, '\0'));
	return text.len <= OPENDKIM_MAX && opendkim_reads(text, &values) && values.p.len > 0 &&
	       opendkim_allows(&values, identity_below) && opendkim_decodes(&d, values.p) &&
	       pubkey_read_der(&d.key) == PUBKEY_FINE && (d.key.form == PUBKEY_SPKI || d.key.form == PUBKEY_PSS) &&
	       d.key.bits >= SEAL_KEY_BITS_MIN && !is_other_key(&d.key, signer);
}

unsigned
verifiers_refuse(struct seal_span text, const struct pubkey *key, bool identity_below)
{
	return (dkimpy_accepts(text, key) ? 0 : VERIFIERS_DKIMPY) |
	       (maildkim_accepts(text, key, identity_below) ? 0 : VERIFIERS_MAILDKIM) |
	       (opendkim_accepts(text, key, identity_below) ? 0 : VERIFIERS_OPENDKIM);
}
