/* SPDX-License-Identifier: Apache-2.0
 *
 * key_dns.c - print the DNS record of a private key.
 */
#include "tools/mailseal/checks/key_file.h"

static int
print(const struct key_file *f, bool json)
{
	struct record_value value;
	uint32_t bits;
	const int code = key_file_read(f, &bits, &value);

	if (code != TOOL_OK)
		return code;
	if (json)
		return tool_print_json(key_file_json(f, bits, value.text));
	key_file_print(f, value.text);
	return tool_finish_output();
}

static int
run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "selector", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	const char *domain = NULL, *selector = NULL;
	struct key_file file;
	bool json = false;
	int option;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == '?')
			return TOOL_USAGE;
		domain = option == 'd' ? optarg : domain;
		selector = option == 's' ? optarg : selector;
		json = json || option == 'j';
	}
	if (!tool_required(domain, "--domain D") || !tool_required(selector, "--selector S") ||
	    !key_file_set_name(&file, selector, domain) || !tool_arguments(argc, 1, "a key file"))
		return TOOL_USAGE;
	file.path = argv[optind];
	return print(&file, json);
}

const struct tool_command tool_key_dns = {
	"key dns", "FILE --domain D --selector S [--json]", "Print the DNS record of a private key",
	"  --json  { name, type, value, strings, file, bits }\n"
	"\n"
	"Prints lines for a zone file, in strings of at most 255 octets as DNS wants them. The\n"
	"comments before them hold name and value in one piece each, for web forms.\n",
	.run = run
};
