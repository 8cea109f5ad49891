/* SPDX-License-Identifier: Apache-2.0
 *
 * key_new.c - create a private key and its DNS record.
 */
#include "tools/mailseal/commands/key_new.h"

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/checks/key_file.h"

static const struct option_row options[] = {
	{ "domain", 0, OPT_STRING, offsetof(struct key_new_request, domain), "DOMAIN",
	  .text = "The domain that signs (d=).", .flags = OPT_REQUIRED },
	{ "selector", 0, OPT_STRING, offsetof(struct key_new_request, selector), "SELECTOR",
	  .text = "The name of the key in DNS (s=): a new one for every key.", .flags = OPT_REQUIRED },
	{ "output", 'o', OPT_STRING, offsetof(struct key_new_request, file), "FILE",
	  .text = "The file for the private key (RSA, PKCS#8 in PEM), readable only by its owner. A file that exists "
	          "is never overwritten.", .flags = OPT_REQUIRED },
	{ "bits", 0, OPT_NUMBER, offsetof(struct key_new_request, bits), "N",
	  .text = "The size of the key, up to 4096.", .fallback = "2048", .min = SEAL_KEY_BITS_MIN,
	  .max = SEAL_KEY_BITS_MAX },
	{ "weak", 0, OPT_FLAG, offsetof(struct key_new_request, weak), NULL,
	  .text = "Allow 1024 to 2047 bits, if DNS cannot hold more." },
	{ "dry-run", 'n', OPT_FLAG, offsetof(struct key_new_request, dry_run), NULL,
	  .text = "Show what would be created, and create nothing." },
	OPTIONS_END
};

/* Without a value: the key does not exist. */
static void
put_document(const struct key_new_request *r, const struct key_file *f, uint64_t bits, const char *value,
             struct result *result)
{
	json_t *record = key_file_json(f, bits, value);
	const struct seal_span domain = key_file_domain(f);

	json_object_set_new(record, "domain", json_stringn((const char *)domain.ptr, domain.len));
	json_object_set_new(record, "selector", json_string(r->selector));
	json_object_set_new(record, "dry_run", json_boolean(r->dry_run));
	result_set(result, record);
}

static void
put_section(const struct key_new_request *r, const struct key_file *f, FILE *to)
{
	const struct seal_span domain = key_file_domain(f);

	fprintf(to, "For the configuration:\n;\t[domain %.*s]\n;\tselector = %s\n;\tkey = %s\n", (int)domain.len,
	        (const char *)domain.ptr, r->selector, f->path);
}

static int
plan(const struct key_new_request *r, const struct key_file *f, struct result *result)
{
	const int code = tool_may_write(f->path, TOOL_NEVER_REPLACE);

	if (code != TOOL_OK)
		return code;
	fprintf(result->text, "; A private key of %llu bits would be created in %s (not created). ",
	        (unsigned long long)r->bits, f->path);
	put_section(r, f, result->text);
	fprintf(result->text, "; Before that, DNS would have to publish:\n; name:  %.*s\n; type:  TXT\n",
	        (int)f->name_len, (const char *)f->name);
	return TOOL_OK;
}

static int
create(const struct key_new_request *r, const struct key_file *f, struct result *result)
{
	struct record_value value;
	struct record_key key;
	uint32_t bits;
	int code = record_make_key((unsigned)r->bits, &key);

	if (code == TOOL_OK)
		code = record_write_key(&key, f->path);
	record_wipe_key(&key);
	if (code == TOOL_OK)
		code = key_file_read(f, &bits, &value);
	if (code != TOOL_OK)
		return code;
	put_document(r, f, bits, value.text, result);
	fprintf(result->text, "; The private key is in %s. ", f->path);
	put_section(r, f, result->text);
	fputs("; Before that, publish in DNS:\n", result->text);
	key_file_print(result->text, f, value.text);
	return TOOL_OK;
}

int
key_new(const struct key_new_request *r, struct result *result)
{
	struct key_file file = { .path = r->file };

	if (!key_file_set_name(&file, r->selector, r->domain) || !record_bits_ok(r->bits, r->weak))
		return TOOL_USAGE;
	put_document(r, &file, r->bits, NULL, result);
	return r->dry_run ? plan(r, &file, result) : create(r, &file, result);
}

static int
start(const void *request, struct result *result)
{
	return key_new(request, result);
}

const struct tool_command tool_key_new = {
	.name = "key new", .summary = "Create a private key and its DNS record",
	.options = options, .request_size = sizeof(struct key_new_request), .start = start,
	.help =
		"Prints what to write into the configuration and into DNS, as for: mailseal help key dns\n",
	.json =
		"{ name, type, value, strings, file, bits, domain, selector, dry_run }\n"
		"With --dry-run value and strings are null.\n"
};
