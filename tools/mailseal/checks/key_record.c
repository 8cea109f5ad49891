/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/key_record.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/ct.h"

bool
record_selector_ok(struct seal_span selector)
{
	struct seal_span label;
	bool ok = selector.len > 0 && selector.len <= SEAL_SELECTOR_MAX &&
	          selector.ptr[selector.len - 1] != '.';

	while (ok && seal_span_split(&selector, '.', &label)) {
		ok = label.len > 0 && label.len <= SEAL_LABEL_MAX && seal_is_let_dig(label.ptr[0]) &&
		     seal_is_let_dig(label.ptr[label.len - 1]);
		for (size_t i = 0; i < label.len; i++)
			ok = ok && (seal_is_let_dig(label.ptr[i]) || label.ptr[i] == '-');
	}
	return ok;
}

bool
record_value(const struct keyring_public *key, struct record_value *value)
{
	struct seal_out out = seal_out((uint8_t *)value->text, sizeof value->text - 1);

	seal_out_text(&out, "v=DKIM1; k=");
	seal_out_span_put(&out, seal_span_text(key->type));
	seal_out_text(&out, "; p=");
	seal_base64_put(&out, seal_span(key->der, key->len));
	value->text[out.len] = '\0';
	return !out.overflow;
}

void
record_put_strings(FILE *to, const char *value, const char *between)
{
	struct seal_span rest = seal_span_text(value);

	do {
		const struct seal_span piece = seal_span_first(rest, RECORD_STRING_MAX);

		fprintf(to, "\"%.*s\"", (int)piece.len, (const char *)piece.ptr);
		rest = seal_span_from(rest, piece.len);
		fputs(rest.len > 0 ? between : "", to);
	} while (rest.len > 0);
}

json_t *
record_strings_json(const char *value)
{
	json_t *const strings = json_array();

	while (*value != '\0') {
		const size_t len = strnlen(value, RECORD_STRING_MAX);

		json_array_append_new(strings, json_stringn(value, len));
		value += len;
	}
	return strings;
}

bool
record_bits_ok(uint64_t bits, bool weak)
{
	if (bits < SEAL_KEY_BITS_MIN || bits > SEAL_KEY_BITS_MAX)
		tool_error("--bits: expected %u to %u, found %llu", SEAL_KEY_BITS_MIN, SEAL_KEY_BITS_MAX,
		           (unsigned long long)bits);
	else if (bits % 16 != 0)
		tool_error("--bits: expected a multiple of 16, found %llu", (unsigned long long)bits);
	else if (bits < SEAL_KEY_BITS_GOOD && !weak)
		tool_error("--bits: fewer than %u bits are weak (RFC 8301); to create the key anyway, add --weak",
		           SEAL_KEY_BITS_GOOD);
	else
		return true;
	return false;
}

static enum seal_key_fault
generate(unsigned bits, struct seal_out *pem)
{
	struct seal_random random;
	struct seal_key_private key;
	enum seal_key_fault fault = SEAL_KEY_NO_RANDOM;

	keyring_arena();
	if (seal_random_init(&random, keyring_entropy()) == SEAL_OK)
		fault = seal_key_generate(bits, &random, pem);
	seal_random_release(&random);
	if (fault == SEAL_KEY_FINE)
		fault = seal_key_open(&key, seal_out_span(pem), (struct seal_key_runner){ NULL, NULL });
	return fault;
}

int
record_make_key(unsigned bits, struct record_key *key)
{
	struct seal_out pem = seal_out(key->text, sizeof key->text);
	const enum seal_key_fault fault = generate(bits, &pem);

	key->len = pem.len;
	if (fault != SEAL_KEY_FINE)
		tool_error("the key was not created: %s", seal_key_fault_text(fault));
	else if (bits < SEAL_KEY_BITS_GOOD)
		tool_warning(NULL, "a key of %u bits is weak (RFC 8301)", bits);
	return fault == SEAL_KEY_FINE ? TOOL_OK : TOOL_KEY;
}

int
record_write_key(const struct record_key *key, const char *path)
{
	return tool_write_secret(path, seal_span(key->text, key->len), TOOL_NEVER_REPLACE);
}

void
record_wipe_key(struct record_key *key)
{
	seal_wipe(key->text, sizeof key->text);
}
