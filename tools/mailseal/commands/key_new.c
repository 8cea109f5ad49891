/* SPDX-License-Identifier: Apache-2.0
 *
 * key_new.c - make a private key and its DNS record.
 */
#include "tools/mailseal/checks/key_file.h"

struct request {
	const char *domain, *selector;
	struct key_file file;
	uint64_t bits;
	bool weak, json, dry_run;
	struct tool_heard heard;
};

static bool
take_option(struct request *r, int option)
{
	switch (option) {
	case 'd': r->domain = optarg; return true;
	case 's': r->selector = optarg; return true;
	case 'o': r->file.path = optarg; return true;
	case 'w': r->weak = true; return true;
	case 'j': r->json = true; return true;
	case 'n': r->dry_run = true; return true;
	case 'b': return tool_number(optarg, "--bits", 0, UINT32_MAX, &r->bits);
	default: return false;
	}
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "output", required_argument, NULL, 'o' },
		{ "bits", required_argument, NULL, 'b' },
		{ "weak", no_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ .bits = SEAL_KEY_BITS_GOOD };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(r, option))
			return false;
	}
	return tool_required(r->domain, "--domain D") && tool_required(r->selector, "--selector S") &&
	       key_file_set_name(&r->file, r->selector, r->domain) && tool_required(r->file.path, "-o FILE") &&
	       tool_arguments(argc, 0, "") && record_bits_ok(r->bits, r->weak);
}

static int
print_json(const struct request *r, uint64_t bits, const char *value)
{
	json_t *record = key_file_json(&r->file, bits, value);
	const struct seal_span domain = key_file_domain(&r->file);

	json_object_set_new(record, "domain", json_stringn((const char *)domain.ptr, domain.len));
	json_object_set_new(record, "selector", json_string(r->selector));
	json_object_set_new(record, "dry_run", json_boolean(r->dry_run));
	json_object_set(record, "warnings", r->heard.warnings);
	return tool_print_json(record);
}

static void
print_section(const struct request *r)
{
	const struct seal_span domain = key_file_domain(&r->file);

	printf("For the configuration:\n;\t[domain %.*s]\n;\tselector = %s\n;\tkey = %s\n", (int)domain.len,
	       (const char *)domain.ptr, r->selector, r->file.path);
}

static int
plan(const struct request *r)
{
	const int code = tool_may_write(r->file.path, TOOL_NEVER_REPLACE);

	if (code != TOOL_OK)
		return code;
	if (r->json)
		return print_json(r, r->bits, NULL);
	printf("; A private key of %llu bits would be made in %s (not made). ", (unsigned long long)r->bits,
	       r->file.path);
	print_section(r);
	printf("; DNS would have to publish it before that:\n; name:  %.*s\n; type:  TXT\n", (int)r->file.name_len,
	       (const char *)r->file.name);
	return tool_finish_output();
}

static int
make(const struct request *r)
{
	struct record_value value;
	uint32_t bits;
	int code = record_make_key((unsigned)r->bits, r->file.path);

	if (code != TOOL_OK)
		return code;
	if (!r->json) {
		printf("; The private key is in %s. ", r->file.path);
		print_section(r);
		printf("; To be published in DNS before that:\n");
	}
	code = key_file_read(&r->file, &bits, &value);
	if (code != TOOL_OK)
		return code;
	if (r->json)
		return print_json(r, bits, value.text);
	key_file_print(&r->file, value.text);
	return tool_finish_output();
}

static int
run(int argc, char **argv)
{
	struct request r;
	int code;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	if (r.json)
		tool_hear(&r.heard);
	code = r.dry_run ? plan(&r) : make(&r);
	tool_hear_end(&r.heard);
	return code;
}

const struct tool_command tool_key_new = {
	"key new", "--domain D --selector S -o FILE [--bits N [--weak]] [--dry-run] [--json]",
	"Make a private key and its DNS record",
	"  --domain D         the domain that signs (d=)\n"
	"  --selector S       the key's name in DNS (s=): a new one for every key\n"
	"  -o, --output FILE  for the private key (RSA, PKCS#8 in PEM), readable for its owner\n"
	"                     alone; a file that exists is never overwritten\n"
	"  --bits N           2048 unless given; up to 4096\n"
	"  --weak             allow 1024 to 2047, where DNS cannot hold more\n"
	"  -n, --dry-run      say what would be made, and make nothing\n"
	"  --json             { name, type, value, strings, file, bits, domain, selector, dry_run,\n"
	"                     warnings }; with --dry-run value and strings are null\n"
	"\n"
	"Prints what to write into the configuration and into DNS, as for: mailseal help key dns\n",
	.run = run
};
