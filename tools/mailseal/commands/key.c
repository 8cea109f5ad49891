/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_key.c - make a key, and say what DNS is to publish of one (RFC 6376 3.6.1).
 */
#include <stdio.h>

#include "engine/mail/addr.h"
#include "tools/mailseal/checks/key_record.h"
#include "tools/mailseal/checks/keyring.h"

struct request {
	const char *domain, *selector, *file;
	uint64_t bits;
	bool weak, json, dry_run;
	uint8_t name[SEAL_DOMAIN_MAX + SEAL_SELECTOR_MAX + 16]; /* SELECTOR._domainkey.DOMAIN */
	size_t name_len;
	size_t domain_at;   /* in name */
	struct tool_heard heard;
};

static bool
make_name(struct request *r)
{
	struct seal_out name = seal_out(r->name, sizeof r->name);

	if (!record_selector_ok(seal_span_text(r->selector))) {
		tool_error("--selector: expected letters, digits and inner hyphens, labels joined by dots, found %s",
		           r->selector);
		return false;
	}
	seal_out_span_put(&name, seal_span_text(r->selector));
	seal_out_text(&name, "._domainkey.");
	r->domain_at = name.len;
	if (seal_addr_domain_normalize(seal_span_text(r->domain), &name) != SEAL_OK) {
		tool_error("--domain: expected a domain name, found %s", r->domain);
		return false;
	}
	r->name_len = name.len;
	if (r->name_len > RECORD_NAME_MAX)
		tool_error("%.*s: a DNS name has at most %u octets; take a shorter selector", (int)r->name_len,
		           (const char *)r->name, RECORD_NAME_MAX);
	return r->name_len <= RECORD_NAME_MAX;
}

static bool
read_options(int argc, char **argv, const struct option *options, struct request *r)
{
	int option;

	*r = (struct request){ .bits = SEAL_KEY_BITS_GOOD };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == 'd')
			r->domain = optarg;
		else if (option == 's')
			r->selector = optarg;
		else if (option == 'o')
			r->file = optarg;
		else if (option == 'w')
			r->weak = true;
		else if (option == 'j')
			r->json = true;
		else if (option == 'n')
			r->dry_run = true;
		else if (option != 'b' || !tool_number(optarg, "--bits", 0, UINT32_MAX, &r->bits))
			return false;
	}
	return tool_required(r->domain, "--domain D") && tool_required(r->selector, "--selector S") && make_name(r);
}

/* A record that is not known yet, for its key was not made, has no value. */
static json_t *
record_json(const struct request *r, uint64_t bits, const char *value)
{
	return json_pack("{s:o, s:s, s:s?, s:o, s:o, s:I}", "name",
	                 json_stringn((const char *)r->name, r->name_len), "type", "TXT", "value", value, "strings",
	                 value == NULL ? json_null() : record_strings_json(value), "file",
	                 tool_json_span(seal_span_text(r->file)), "bits", (json_int_t)bits);
}

/* With what `key new` has to say besides. */
static int
print_json(const struct request *r, json_t *record)
{
	if (r->heard.warnings != NULL) {
		json_object_set_new(record, "domain", json_stringn((const char *)r->name + r->domain_at,
		                                                   r->name_len - r->domain_at));
		json_object_set_new(record, "selector", json_string(r->selector));
		json_object_set_new(record, "dry_run", json_boolean(r->dry_run));
		json_object_set(record, "warnings", r->heard.warnings);
	}
	return tool_print_json(record);
}

/* Lines of a zone file (RFC 1035 5.1); the comments hold what web forms ask for. */
static int
print_record(const struct request *r, const struct seal_rsa_key *key)
{
	struct keyring_public public;
	struct record_value value;

	if (!keyring_public_of(key, &public) || !record_value(&public, &value)) {
		tool_error("%s: the public key does not fit", r->file);
		return TOOL_KEY;
	}
	if (r->json)
		return print_json(r, record_json(r, public.bits, value.text));
	printf("; name:  %.*s\n; type:  TXT\n; value: %s\n%.*s. IN TXT (\n\t", (int)r->name_len,
	       (const char *)r->name, value.text, (int)r->name_len, (const char *)r->name);
	record_put_strings(stdout, value.text, "\n\t");
	fputs(" )\n", stdout);
	return tool_finish_output();
}

/* Read a key file and print its record. */
static int
print_record_of(const struct request *r)
{
	struct keyring_key key;
	int code = TOOL_KEY;

	keyring_arena();
	if (keyring_read(&key, tool_path("", r->file), (struct seal_rsa_runner){ NULL, NULL }))
		code = print_record(r, &key.rsa);
	keyring_key_free(&key);
	return code;
}

static void
print_section(const struct request *r)
{
	printf("For the configuration:\n;\t[domain %.*s]\n;\tselector = %s\n;\tkey = %s\n",
	       (int)(r->name_len - r->domain_at), (const char *)r->name + r->domain_at, r->selector, r->file);
}

static int
plan(const struct request *r)
{
	const int code = tool_may_write(r->file, TOOL_NEVER_REPLACE);

	if (code != TOOL_OK)
		return code;
	if (r->json)
		return print_json(r, record_json(r, r->bits, NULL));
	printf("; A private key of %llu bits would be made in %s (not made). ", (unsigned long long)r->bits, r->file);
	print_section(r);
	printf("; DNS would have to publish it before that:\n; name:  %.*s\n; type:  TXT\n", (int)r->name_len,
	       (const char *)r->name);
	return tool_finish_output();
}

static int
make(const struct request *r)
{
	const int code = record_make_key((unsigned)r->bits, r->file);

	if (code != TOOL_OK)
		return code;
	if (!r->json) {
		printf("; The private key is in %s. ", r->file);
		print_section(r);
		printf("; To be published in DNS before that:\n");
	}
	return print_record_of(r);
}

static int
run_new(int argc, char **argv)
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
	struct request r;
	int code;

	if (!read_options(argc, argv, options, &r) || !tool_required(r.file, "-o FILE") ||
	    !tool_arguments(argc, 0, "") || !record_bits_ok(r.bits, r.weak))
		return TOOL_USAGE;
	if (r.json)
		tool_hear(&r.heard);
	code = r.dry_run ? plan(&r) : make(&r);
	tool_hear_end(&r.heard);
	return code;
}

static int
run_dns(int argc, char **argv)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	struct request r;

	if (!read_options(argc, argv, options, &r) || !tool_arguments(argc, 1, "a key file"))
		return TOOL_USAGE;
	r.file = argv[optind];
	return print_record_of(&r);
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
	run_new
};

const struct tool_command tool_key_dns = {
	"key dns", "FILE --domain D --selector S [--json]", "Print the DNS record of a private key",
	"  --json  { name, type, value, strings, file, bits }\n"
	"\n"
	"Prints lines for a zone file, in strings of at most 255 octets as DNS wants them. The\n"
	"comments before them hold name and value in one piece each, for web forms.\n",
	run_dns
};
