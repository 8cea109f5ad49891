/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/out.h"
#include "mbedtls/base64.h"
#include "port/mbedtls/internal.h"
#include "port/mbedtls/tls_internal.h"

#define SEQUENCE 0x30
#define VERSION  0xa0 /* [0] of RFC 5280 4.1 */

/* Take a header of a definite length (X.690 8.1) off the start of *rest. */
static bool
take_header(struct seal_span *rest, uint8_t *tag, size_t *len)
{
	size_t octets = 0;

	if (rest->len < 2)
		return false;
	*tag = rest->ptr[0];
	*len = rest->ptr[1];
	*rest = seal_span_from(*rest, 2);
	if (*len >= 0x80) {
		octets = *len - 0x80u;
		*len = 0;
	}
	if (octets > 3 || octets > rest->len)
		return false;
	for (size_t i = 0; i < octets; i++)
		*len = *len << 8 | rest->ptr[i];
	*rest = seal_span_from(*rest, octets);
	return *len <= rest->len;
}

/* Take an element off the start of *rest. */
static bool
take_element(struct seal_span *rest, uint8_t *tag, struct seal_span *whole, struct seal_span *content)
{
	struct seal_span after = *rest;
	size_t len;

	if (!take_header(&after, tag, &len))
		return false;
	*content = seal_span_first(after, len);
	*whole = seal_span_first(*rest, rest->len - after.len + len);
	*rest = seal_span_from(after, len);
	return true;
}

/* tbsCertificate up to the subject (RFC 5280 4.1): version, serialNumber, signature, issuer,
 * validity. */
bool
seal_tls_certificate_next(struct seal_span *rest, struct seal_tls_certificate *c)
{
	struct seal_span whole, content, fields, ignored;
	unsigned before_subject = 4;
	uint8_t tag;

	if (!take_element(rest, &tag, &c->der, &content) || tag != SEQUENCE ||
	    !take_element(&content, &tag, &whole, &fields) || tag != SEQUENCE)
		return false;
	if (fields.len > 0 && fields.ptr[0] == VERSION)
		before_subject++;
	while (before_subject-- > 0)
		if (!take_element(&fields, &tag, &whole, &ignored))
			return false;
	return take_element(&fields, &tag, &c->subject, &ignored) && tag == SEQUENCE;
}

static bool
decode_certificate(struct seal_out *out, struct seal_span base64)
{
	struct seal_tls_certificate c;
	struct seal_span der;
	size_t len = 0;

	if (mbedtls_base64_decode(out->ptr + out->len, out->cap - out->len, &len, base64.ptr, base64.len) != 0) {
		out->overflow = out->overflow || len > out->cap - out->len;
		return false;
	}
	der = seal_span(out->ptr + out->len, len);
	if (!seal_tls_certificate_next(&der, &c) || der.len > 0)
		return false;
	out->len += len;
	return true;
}

size_t
seal_tls_bundle_der(struct seal_span pem, struct seal_out *out)
{
	struct seal_span rest = pem, label, body;
	size_t num = 0;

	while (seal_pem_next(&rest, &label, &body)) {
		if (!seal_span_equal(label, SEAL_SPAN("CERTIFICATE")))
			continue;
		if (rest.len == 0 || !decode_certificate(out, body))
			return 0;
		num++;
	}
	return num;
}
