/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/pubkey.h"

#include "engine/base/ascii.h"

#define TAG_INTEGER    0x02u
#define TAG_BIT_STRING 0x03u
#define TAG_SEQUENCE   0x30u

#define HEX_MIN 16u /* fewer hexadecimal digits are no evidence */

/* rsaEncryption, 1.2.840.113549.1.1.1, with or without its NULL (RFC 3279 2.3.1) */
static const uint8_t oid_rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
#define OID_PSS_LAST 0x0au /* id-RSASSA-PSS, 1.2.840.113549.1.1.10, differs in its last octet */
static const uint8_t null[] = { 0x05, 0x00 };

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

/* Drops final bits that do not fill an octet; the DER then shows whether octets are missing. */
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

/* Takes an element with this tag off *rest. */
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

static enum pubkey_form
form_of(struct seal_span algorithm)
{
	const size_t last = sizeof oid_rsa - 1;

	if (algorithm.len < sizeof oid_rsa ||
	    !seal_span_equal(seal_span_first(algorithm, last), seal_span(oid_rsa, last)))
		return PUBKEY_OTHER;
	return algorithm.ptr[last] == oid_rsa[last] ? PUBKEY_SPKI
	     : algorithm.ptr[last] == OID_PSS_LAST ? PUBKEY_PSS : PUBKEY_OTHER;
}

/* Sets form and has_null. Returns the RSAPublicKey, or an empty span. */
static struct seal_span
rsa_of(struct pubkey *key, struct seal_span der)
{
	const struct seal_span none = { der.ptr, 0 };
	struct seal_span outer, element, rest = der;

	key->form = PUBKEY_OTHER;
	if (der_take(&rest, TAG_SEQUENCE, &outer) != DER_FINE)
		return none;
	if (outer.len > 0 && outer.ptr[0] == TAG_INTEGER) {
		key->form = PUBKEY_PKCS1;
		return der;
	}
	if (der_take(&outer, TAG_SEQUENCE, &element) != DER_FINE)
		return none;
	key->form = form_of(element);
	key->has_null = seal_span_equal(seal_span_from(element, sizeof oid_rsa), seal_span(null, sizeof null));
	if (der_take(&outer, TAG_BIT_STRING, &element) != DER_FINE)
		key->form = PUBKEY_OTHER;
	return key->form == PUBKEY_OTHER ? none : seal_span_from(element, 1);
}

static struct seal_span
without_zeros(struct seal_span number)
{
	while (number.len > 0 && number.ptr[0] == 0)
		number = seal_span_from(number, 1);
	return number;
}

static bool
read_numbers(struct pubkey *key)
{
	struct seal_span rest = key->rsa, sequence;

	if (der_take(&rest, TAG_SEQUENCE, &sequence) != DER_FINE ||
	    der_take(&sequence, TAG_INTEGER, &key->modulus) != DER_FINE ||
	    der_take(&sequence, TAG_INTEGER, &key->exponent) != DER_FINE)
		return false;
	key->modulus = without_zeros(key->modulus);
	key->exponent = without_zeros(key->exponent);
	return key->modulus.len > 0 && key->exponent.len > 0;
}

static unsigned
num_bits(struct seal_span number)
{
	unsigned bits = (unsigned)number.len * 8;

	for (uint8_t top = number.ptr[0]; (top & 0x80u) == 0; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

enum pubkey_fault
pubkey_read_der(struct pubkey *key)
{
	const struct seal_span der = seal_span(key->der, key->der_len);
	struct seal_span outer, rest = der;
	const enum der_status status = der_take(&rest, TAG_SEQUENCE, &outer);

	if (status != DER_FINE)
		return status == DER_TRUNCATED && der.len > 0 ? PUBKEY_TRUNCATED : PUBKEY_NOT_A_KEY;
	key->rsa = rsa_of(key, der);
	if (key->form == PUBKEY_OTHER)
		return PUBKEY_FINE;
	if (!read_numbers(key))
		return PUBKEY_NOT_A_KEY;
	key->bits = num_bits(key->modulus);
	return PUBKEY_FINE;
}

enum pubkey_fault
pubkey_read(struct pubkey *key, struct seal_span text)
{
	*key = (struct pubkey){ .form = PUBKEY_OTHER };
	if (is_hex(text))
		return PUBKEY_HEX;
	return decode(key, text) == PUBKEY_FINE ? pubkey_read_der(key) : PUBKEY_NOT_BASE64;
}

bool
pubkey_equal(const struct pubkey *a, const struct pubkey *b)
{
	return seal_span_equal(a->modulus, b->modulus) && seal_span_equal(a->exponent, b->exponent);
}

/* --- writing ------------------------------------------------------------------- */

static size_t
header_len(size_t len)
{
	return len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
}

static void
put_header(struct seal_out *out, uint8_t tag, size_t len)
{
	seal_out_octet(out, tag);
	if (len >= 0x100) {
		seal_out_octet(out, 0x82);
		seal_out_octet(out, (uint8_t)(len >> 8));
	} else if (len >= 0x80) {
		seal_out_octet(out, 0x81);
	}
	seal_out_octet(out, (uint8_t)len);
}

/* A zero octet precedes a number whose highest bit is set, because it would be negative (X.690 8.3). */
static size_t
number_len(struct seal_span number)
{
	return number.len + (number.ptr[0] >= 0x80);
}

static void
put_number(struct seal_out *out, struct seal_span number)
{
	put_header(out, TAG_INTEGER, number_len(number));
	if (number.ptr[0] >= 0x80)
		seal_out_octet(out, 0);
	seal_out_span_put(out, number);
}

static size_t
element_len(size_t len)
{
	return header_len(len) + len;
}

void
pubkey_put(const struct pubkey *key, struct seal_out *out)
{
	const size_t algorithm = sizeof oid_rsa + sizeof null;
	const size_t numbers = element_len(number_len(key->modulus)) + element_len(number_len(key->exponent));
	const size_t bits = 1 + element_len(numbers);

	put_header(out, TAG_SEQUENCE, element_len(algorithm) + element_len(bits));
	put_header(out, TAG_SEQUENCE, algorithm);
	seal_out_span_put(out, seal_span(oid_rsa, sizeof oid_rsa));
	seal_out_span_put(out, seal_span(null, sizeof null));
	put_header(out, TAG_BIT_STRING, bits);
	seal_out_octet(out, 0);
	put_header(out, TAG_SEQUENCE, numbers);
	put_number(out, key->modulus);
	put_number(out, key->exponent);
}
