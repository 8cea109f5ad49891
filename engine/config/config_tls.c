/* SPDX-License-Identifier: Apache-2.0
 *
 * config_tls.c - pins and secrets of a configuration, for other folders.
 */
#include "engine/base/base64.h"
#include "engine/config/config.h"

/* "sha256/BASE64" as in RFC 7469 2.1.1, after the name of the algorithm. */
static bool
put_pin(struct seal_span item, struct seal_out *out)
{
	const struct seal_span algorithm = SEAL_SPAN("sha256/");
	const size_t before = out->len;

	return seal_span_equal(seal_span_first(item, algorithm.len), algorithm) &&
	       seal_base64_get(out, seal_span_from(item, algorithm.len)) &&
	       out->len - before == SEAL_CONFIG_PIN_LEN;
}

size_t
seal_config_pins(struct seal_span pin, uint8_t *out, size_t cap)
{
	struct seal_out pins = seal_out(out, cap);
	struct seal_span item;

	while (seal_span_split(&pin, ',', &item)) {
		if (!put_pin(item, &pins))
			return 0;
	}
	return pins.len;
}

_Static_assert(SEAL_CONFIG_SECRET_MAX == 8192, "the text below holds 8192");

const char *
seal_config_secret(struct seal_span text, struct seal_span *secret)
{
	struct seal_span line = seal_span_first(text, seal_span_find(text, '\n'));

	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	*secret = line;
	if (line.len == 0)
		return "the first line is empty: a secret is expected there";
	if (line.len > SEAL_CONFIG_SECRET_MAX)
		return "the first line is too long: a secret has at most 8192 bytes";
	return seal_span_find(line, '\0') < line.len ? "the first line holds NUL: that is no secret" : NULL;
}
