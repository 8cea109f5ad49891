/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/key_file.h"

bool
key_file_set_name(struct key_file *f, const char *selector, const char *domain)
{
	struct seal_out name = seal_out(f->name, sizeof f->name);

	if (!record_selector_ok(seal_span_text(selector))) {
		tool_error("--selector: expected letters, digits and inner hyphens, labels joined by dots, found %s",
		           selector);
		return false;
	}
	seal_out_span_put(&name, seal_span_text(selector));
	seal_out_text(&name, "._domainkey.");
	f->domain_at = name.len;
	if (seal_addr_domain_normalize(seal_span_text(domain), &name) != SEAL_OK) {
		tool_error("--domain: expected a domain name, found %s", domain);
		return false;
	}
	f->name_len = name.len;
	if (f->name_len > RECORD_NAME_MAX)
		tool_error("%.*s: a DNS name has at most %u octets; use a shorter selector", (int)f->name_len,
		           (const char *)f->name, RECORD_NAME_MAX);
	return f->name_len <= RECORD_NAME_MAX;
}

struct seal_span
key_file_domain(const struct key_file *f)
{
	return seal_span(f->name + f->domain_at, f->name_len - f->domain_at);
}

int
key_file_read(const struct key_file *f, uint32_t *bits, struct record_value *value)
{
	struct keyring_public public = { .len = 0 };
	struct keyring_key key;
	int code = TOOL_KEY;

	keyring_arena();
	if (keyring_read(&key, tool_path("", f->path), (struct seal_key_runner){ NULL, NULL })) {
		if (keyring_public_of(&key.private, &public) && record_value(&public, value))
			code = TOOL_OK;
		else
			tool_error("%s: the public key does not fit", f->path);
	}
	if (code == TOOL_OK)
		*bits = public.bits;
	keyring_key_free(&key);
	return code;
}

json_t *
key_file_json(const struct key_file *f, uint64_t bits, const char *value)
{
	return json_pack("{s:o, s:s, s:s?, s:o, s:o, s:I}", "name",
	                 json_stringn((const char *)f->name, f->name_len), "type", "TXT", "value", value, "strings",
	                 value == NULL ? json_null() : record_strings_json(value), "file",
	                 tool_json_span(seal_span_text(f->path)), "bits", (json_int_t)bits);
}

void
key_file_print(FILE *to, const struct key_file *f, const char *value)
{
	fprintf(to, "; name:  %.*s\n; type:  TXT\n; value: %s\n%.*s. IN TXT (\n\t", (int)f->name_len,
	       (const char *)f->name, value, (int)f->name_len, (const char *)f->name);
	record_put_strings(to, value, "\n\t");
	fputs(" )\n", to);
}
