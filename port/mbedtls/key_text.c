/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/internal.h"

#include <string.h>

#include "mbedtls/asn1.h"
#include "mbedtls/base64.h"
#include "mbedtls/oid.h"
#include "port/mbedtls/arena.h"

static const uint8_t DASHES[] = "-----";

/* Offset of `what` in `s`, or s.len. */
static size_t
find(struct seal_span s, struct seal_span what)
{
	for (size_t i = 0; i + what.len <= s.len; i++)
		if (memcmp(s.ptr + i, what.ptr, what.len) == 0)
			return i;
	return s.len;
}

static bool
contains(struct seal_span s, struct seal_span what)
{
	return find(s, what) < s.len;
}

bool
seal_pem_next(struct seal_span *rest, struct seal_span *label, struct seal_span *body)
{
	const struct seal_span begin = SEAL_SPAN("-----BEGIN ");
	const struct seal_span dashes = SEAL_SPAN(DASHES);
	const size_t at = find(*rest, begin);
	size_t len;

	if (at == rest->len)
		return false;
	*rest = seal_span_from(*rest, at + begin.len);
	len = find(*rest, dashes);
	*label = seal_span_first(*rest, len);
	*rest = seal_span_from(*rest, len + dashes.len);
	len = find(*rest, SEAL_SPAN("-----END "));
	*body = seal_span_first(*rest, len);
	*rest = seal_span_from(*rest, len);
	return true;
}

static enum seal_key_fault
judge_label(struct seal_span label, struct seal_span body)
{
	if (seal_span_equal(label, SEAL_SPAN("ENCRYPTED PRIVATE KEY")) ||
	    contains(body, SEAL_SPAN("Proc-Type: 4,ENCRYPTED"))) /* RFC 1421 4.6.1.1 */
		return SEAL_KEY_ENCRYPTED;
	if (seal_span_equal(label, SEAL_SPAN("OPENSSH PRIVATE KEY")))
		return SEAL_KEY_OPENSSH;
	if (seal_span_equal(label, SEAL_SPAN("PRIVATE KEY")) ||
	    seal_span_equal(label, SEAL_SPAN("RSA PRIVATE KEY")) ||
	    seal_span_equal(label, SEAL_SPAN("EC PRIVATE KEY"))) /* RFC 5915 4; for TLS */
		return SEAL_KEY_FINE;
	return SEAL_KEY_UNKNOWN;
}

static enum seal_key_fault
allocate(struct seal_key_der *d, size_t len)
{
	d->der = seal_arena_calloc(1, len);
	d->len = len;
	return d->der == NULL ? SEAL_KEY_NO_MEMORY : SEAL_KEY_FINE;
}

static enum seal_key_fault
decode_key(struct seal_key_der *d, struct seal_span base64)
{
	size_t len = 0;
	enum seal_key_fault fault;

	if (mbedtls_base64_decode(NULL, 0, &len, base64.ptr, base64.len) !=
	        MBEDTLS_ERR_BASE64_BUFFER_TOO_SMALL || len == 0)
		return SEAL_KEY_DAMAGED;
	fault = allocate(d, len);
	if (fault == SEAL_KEY_FINE &&
	    mbedtls_base64_decode(d->der, d->len, &d->len, base64.ptr, base64.len) != 0)
		fault = SEAL_KEY_DAMAGED;
	return fault;
}

/* The first block that is a private key of any kind decides. */
static enum seal_key_fault
read_pem(struct seal_key_der *d, struct seal_span text)
{
	struct seal_span rest = text, label, body;
	enum seal_key_fault fault = SEAL_KEY_NOT_A_KEY;

	while (seal_pem_next(&rest, &label, &body)) {
		if (seal_span_ends_nocase(label, SEAL_SPAN("PUBLIC KEY")) ||
		    seal_span_ends_nocase(label, SEAL_SPAN("CERTIFICATE")))
			fault = SEAL_KEY_PUBLIC;
		if (!seal_span_ends_nocase(label, SEAL_SPAN("PRIVATE KEY")))
			continue;
		fault = judge_label(label, body);
		if (fault != SEAL_KEY_FINE)
			return fault;
		return rest.len == 0 ? SEAL_KEY_DAMAGED : decode_key(d, body);
	}
	return fault;
}

enum seal_key_fault
seal_key_der_read(struct seal_key_der *d, struct seal_span text)
{
	const uint8_t sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
	enum seal_key_fault fault;

	*d = (struct seal_key_der){ NULL, 0 };
	if (text.len == 0 || text.ptr[0] != sequence) {
		fault = read_pem(d, text);
	} else {
		fault = allocate(d, text.len);
		if (fault == SEAL_KEY_FINE)
			memcpy(d->der, text.ptr, text.len);
	}
	return fault;
}

enum seal_key_fault
seal_key_put_der(struct seal_span text, struct seal_out *out)
{
	struct seal_key_der d;
	enum seal_key_fault fault = seal_key_der_read(&d, text);

	if (fault == SEAL_KEY_FINE)
		seal_out_span_put(out, seal_span(d.der, d.len));
	seal_key_der_release(&d);
	return fault == SEAL_KEY_FINE && out->overflow ? SEAL_KEY_NO_MEMORY : fault;
}

void
seal_key_der_release(struct seal_key_der *d)
{
	seal_arena_free(d->der);
}

/* Step into a SEQUENCE. */
static bool
enter(uint8_t **p, const uint8_t **end)
{
	size_t len;

	if (mbedtls_asn1_get_tag(p, *end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0)
		return false;
	*end = *p + len;
	return true;
}

static bool
at_tag(const uint8_t *p, const uint8_t *end, int tag)
{
	return p < end && *p == tag;
}

/* A structure that starts with an AlgorithmIdentifier. In an encrypted PKCS#8 key an OCTET STRING
 * follows, in a SubjectPublicKeyInfo a BIT STRING. */
static enum seal_key_fault
judge_no_version(uint8_t *p, const uint8_t *end)
{
	size_t len;

	if (mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0)
		return SEAL_KEY_DAMAGED;
	p += len;
	return at_tag(p, end, MBEDTLS_ASN1_OCTET_STRING) ? SEAL_KEY_ENCRYPTED : SEAL_KEY_PUBLIC;
}

/* Split a PKCS#8 structure (RFC 5208 5), beginning after its version. */
static enum seal_key_fault
split_pkcs8(uint8_t *p, const uint8_t *end, struct seal_span *oid, struct seal_span *own)
{
	mbedtls_asn1_buf algorithm, params;
	size_t len;

	if (mbedtls_asn1_get_alg(&p, end, &algorithm, &params) != 0)
		return SEAL_KEY_DAMAGED;
	*oid = seal_span(algorithm.p, algorithm.len);
	if (mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_OCTET_STRING) == 0)
		*own = seal_span(p, len);
	return SEAL_KEY_FINE;
}

enum seal_key_fault
seal_key_der_split(const struct seal_key_der *d, struct seal_span *oid, struct seal_span *own)
{
	uint8_t *p = d->der;
	const uint8_t *end = d->der + d->len;
	int version;

	*own = seal_span(NULL, 0);
	if (!enter(&p, &end) || end != d->der + d->len)
		return SEAL_KEY_DAMAGED;
	if (at_tag(p, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE))
		return judge_no_version(p, end);
	if (mbedtls_asn1_get_int(&p, end, &version) != 0)
		return SEAL_KEY_DAMAGED;
	if (at_tag(p, end, MBEDTLS_ASN1_OCTET_STRING)) /* RFC 5915 3 */
		return SEAL_KEY_UNKNOWN;
	if (at_tag(p, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE))
		return split_pkcs8(p, end, oid, own);
	*oid = seal_span((const uint8_t *)MBEDTLS_OID_PKCS1_RSA, sizeof MBEDTLS_OID_PKCS1_RSA - 1);
	*own = seal_span(d->der, d->len);
	return SEAL_KEY_FINE;
}
