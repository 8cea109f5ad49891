/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/certificate.h"

#include <time.h>

#include "engine/base/ascii.h"

#define TAG_INTEGER          0x02u
#define TAG_UTC_TIME         0x17u
#define TAG_GENERALIZED_TIME 0x18u
#define TAG_SEQUENCE         0x30u
#define TAG_VERSION          0xa0u

/* Takes the element at the front off *rest, and returns its contents (X.690 8.1). */
static bool
take(struct seal_span *rest, uint8_t *tag, struct seal_span *contents)
{
	size_t at = 2;
	size_t len;

	if (rest->len < at)
		return false;
	*tag = rest->ptr[0];
	len = rest->ptr[1];
	if (len > 0x80u && len <= 0x83u) {
		size_t digits = len - 0x80u;

		for (len = 0; digits > 0 && at < rest->len; digits--)
			len = len << 8 | rest->ptr[at++];
	} else if (len >= 0x80u) {
		return false;
	}
	if (len > rest->len - at)
		return false;
	*contents = seal_span(rest->ptr + at, len);
	*rest = seal_span_from(*rest, at + len);
	return true;
}

static bool
take_sequence(struct seal_span *rest, struct seal_span *contents)
{
	uint8_t tag;

	return take(rest, &tag, contents) && tag == TAG_SEQUENCE;
}

static bool
number(struct seal_span *digits, size_t len, int *value)
{
	*value = 0;
	for (size_t i = 0; i < len; i++) {
		if (i >= digits->len || !seal_is_digit(digits->ptr[i]))
			return false;
		*value = *value * 10 + (digits->ptr[i] - '0');
	}
	*digits = seal_span_from(*digits, len);
	return true;
}

/* YYMMDDHHMMSSZ up to 2049, YYYYMMDDHHMMSSZ from 2050 on (RFC 5280 4.1.2.5). */
static bool
take_time(struct seal_span *rest, uint64_t *seconds)
{
	struct tm tm = { .tm_isdst = 0 };
	struct seal_span s;
	uint8_t tag;
	time_t time;

	if (!take(rest, &tag, &s) || (tag != TAG_UTC_TIME && tag != TAG_GENERALIZED_TIME) ||
	    !number(&s, tag == TAG_UTC_TIME ? 2 : 4, &tm.tm_year) || !number(&s, 2, &tm.tm_mon) ||
	    !number(&s, 2, &tm.tm_mday) || !number(&s, 2, &tm.tm_hour) || !number(&s, 2, &tm.tm_min) ||
	    !number(&s, 2, &tm.tm_sec) || !seal_span_equal(s, SEAL_SPAN("Z")))
		return false;
	if (tag == TAG_GENERALIZED_TIME)
		tm.tm_year -= 1900;
	else if (tm.tm_year < 50)
		tm.tm_year += 100;
	tm.tm_mon--;
	time = timegm(&tm);
	*seconds = time < 0 ? 0 : (uint64_t)time;
	return true;
}

bool
certificate_take(struct seal_span *rest, struct certificate *c)
{
	struct seal_span certificate, tbs, skipped, validity;
	uint8_t tag;

	if (!take_sequence(rest, &certificate) || !take_sequence(&certificate, &tbs) || !take(&tbs, &tag, &skipped))
		return false;
	if (tag == TAG_VERSION && !take(&tbs, &tag, &skipped))
		return false;
	/* serial number, signature, issuer */
	return tag == TAG_INTEGER && take_sequence(&tbs, &skipped) && take_sequence(&tbs, &skipped) &&
	       take_sequence(&tbs, &validity) && take_time(&validity, &c->begins_s) &&
	       take_time(&validity, &c->expires_s);
}
