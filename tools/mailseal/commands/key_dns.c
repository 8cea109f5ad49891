/* SPDX-License-Identifier: Apache-2.0
 *
 * key_dns.c - print the DNS record of a private key.
 */
#include "tools/mailseal/commands/key_dns.h"

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/checks/key_file.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct key_dns_request, file), "FILE", .text = "The private key.",
	  .flags = OPT_REQUIRED },
	{ "domain", 0, OPT_STRING, offsetof(struct key_dns_request, domain), "DOMAIN",
	  .text = "The domain that signs (d=).", .flags = OPT_REQUIRED },
	{ "selector", 0, OPT_STRING, offsetof(struct key_dns_request, selector), "SELECTOR",
	  .text = "The name of the key in DNS (s=).", .flags = OPT_REQUIRED },
	OPTIONS_END
};

int
key_dns(const struct key_dns_request *r, struct result *result)
{
	struct key_file file = { .path = r->file };
	struct record_value value;
	uint32_t bits;
	int code;

	if (!key_file_set_name(&file, r->selector, r->domain))
		return TOOL_USAGE;
	code = key_file_read(&file, &bits, &value);
	result_set(result, key_file_json(&file, code == TOOL_OK ? bits : 0, code == TOOL_OK ? value.text : NULL));
	if (code == TOOL_OK)
		key_file_print(result->text, &file, value.text);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return key_dns(request, result);
}

const struct tool_command tool_key_dns = {
	.name = "key dns", .summary = "Print the DNS record of a private key",
	.options = options, .request_size = sizeof(struct key_dns_request), .start = start,
	.help =
		"Prints lines for a zone file, in strings of at most 255 bytes as DNS requires. The comments\n"
		"before them have name and value in one piece each, for web forms.\n",
	.json = "{ name, type, value, strings, file, bits }\n"
};
