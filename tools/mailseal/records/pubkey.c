/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/pubkey.h"

#include "engine/base/ascii.h"

#define TAG_INTEGER    0x02u
#define TAG_BIT_STRING 0x03u
#define TAG_SEQUENCE   0x30u

#define HEX_MIN 16u /* fewer hexadecimal digits say nothing */

/* rsaEncryption, 1.2.840.113549.1.1.1, with its NULL or without (RFC 3279 2.3.1) */
static const uint8_t oid_rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };

static bool
is_blank(uint8_t c)
{
	return seal_is_wsp(c) || c == '\r' || c == '\n';
}

static int
sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (seal_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool
is_hex(struct seal_span text)
{
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = seal_lower(text.ptr[i]);

		if (!seal_is_digit(c) && (c < 'a' || c > 'f') && c != ':' && !is_blank(c))
			return false;
	}
	return text.len >= HEX_MIN;
}

/* Final bits that fill no octet are dropped: the DER then says whether something is missing. */
static enum pubkey_fault
decode(struct pubkey *key, struct seal_span text)
{
	uint32_t bits = 0;
	unsigned num_bits = 0, padding = 0;

	for (size_t i = 0; i < text.len; i++) {
		const int value = sextet(text.ptr[i]);

		if (is_blank(text.ptr[i])) {
			key->has_blanks = true;
			continue;
		}
		padding += text.ptr[i] == '=';
		if (text.ptr[i] == '=' && padding <= 2)
			continue;
		if (value < 0 || padding > 0 || key->der_len == PUBKEY_MAX)
			return PUBKEY_NOT_BASE64;
		bits = bits << 6 | (uint32_t)value;
		num_bits += 6;
		if (num_bits >= 8) {
			num_bits -= 8;
			key->der[key->der_len++] = (uint8_t)(bits >> num_bits);
		}
	}
	return PUBKEY_FINE;
}

enum der_status {
	DER_FINE,
	DER_TRUNCATED,
	DER_WRONG
};

/* Take one element with this tag off the front of *rest. */
static enum der_status
der_take(struct seal_span *rest, uint8_t tag, struct seal_span *value)
{
	size_t len, at = 2, num;

	if (rest->len > 0 && rest->ptr[0] != tag)
		return DER_WRONG;
	if (rest->len < 2)
		return DER_TRUNCATED;
	len = rest->ptr[1];
	if (len >= 0x80) {
		num = len & 0x7fu;
		if (num == 0 || num > 3)
			return DER_WRONG;
		if (rest->len < 2 + num)
			return DER_TRUNCATED;
		for (len = 0; num > 0; num--)
			len = len << 8 | rest->ptr[at++];
	}
	if (len > rest->len - at)
		return DER_TRUNCATED;
	*value = seal_span_first(seal_span_from(*rest, at), len);
	*rest = seal_span_from(*rest, at + len);
	return DER_FINE;
}

static bool
is_rsa_algorithm(struct seal_span algorithm)
{
	return seal_span_equal(seal_span_first(algorithm, sizeof oid_rsa), seal_span(oid_rsa, sizeof oid_rsa));
}

struct seal_span
pubkey_rsa(struct seal_span der)
{
	const struct seal_span none = { der.ptr, 0 };
	struct seal_span outer, element, rest = der;

	if (der_take(&rest, TAG_SEQUENCE, &outer) != DER_FINE)
		return none;
	if (outer.len > 0 && outer.ptr[0] == TAG_INTEGER)
		return der;
	if (der_take(&outer, TAG_SEQUENCE, &element) != DER_FINE || !is_rsa_algorithm(element) ||
	    der_take(&outer, TAG_BIT_STRING, &element) != DER_FINE)
		return none;
	return seal_span_from(element, 1);
}

/* Significant bits of the modulus; 0: this is no RSAPublicKey. */
static unsigned
modulus_bits(struct seal_span rsa)
{
	struct seal_span sequence, modulus, exponent;
	unsigned bits;

	if (der_take(&rsa, TAG_SEQUENCE, &sequence) != DER_FINE ||
	    der_take(&sequence, TAG_INTEGER, &modulus) != DER_FINE ||
	    der_take(&sequence, TAG_INTEGER, &exponent) != DER_FINE)
		return 0;
	while (modulus.len > 0 && modulus.ptr[0] == 0)
		modulus = seal_span_from(modulus, 1);
	if (modulus.len == 0)
		return 0;
	bits = (unsigned)modulus.len * 8;
	for (uint8_t top = modulus.ptr[0]; (top & 0x80u) == 0; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static enum pubkey_fault
read_der(struct pubkey *key)
{
	const struct seal_span der = seal_span(key->der, key->der_len);
	struct seal_span outer, rest = der;
	const enum der_status status = der_take(&rest, TAG_SEQUENCE, &outer);

	if (status != DER_FINE)
		return status == DER_TRUNCATED && der.len > 0 ? PUBKEY_TRUNCATED : PUBKEY_NOT_A_KEY;
	key->rsa = pubkey_rsa(der);
	key->form = key->rsa.len == 0 ? PUBKEY_OTHER : key->rsa.ptr == key->der ? PUBKEY_PKCS1 : PUBKEY_SPKI;
	if (key->form == PUBKEY_OTHER)
		return PUBKEY_FINE;
	key->bits = modulus_bits(key->rsa);
	return key->bits > 0 ? PUBKEY_FINE : PUBKEY_NOT_A_KEY;
}

enum pubkey_fault
pubkey_read(struct pubkey *key, struct seal_span text)
{
	*key = (struct pubkey){ .form = PUBKEY_OTHER };
	if (is_hex(text))
		return PUBKEY_HEX;
	return decode(key, text) == PUBKEY_FINE ? read_der(key) : PUBKEY_NOT_BASE64;
}
