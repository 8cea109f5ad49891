/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/commands/key_change.h"

enum {
	OPT_JSON = 256
};

int
key_change_run(int argc, char **argv, int (*change)(struct site *s, const struct key_change *c))
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	struct key_change c = { .config = SITE_CONFIG };
	struct site site;
	int option;
	int code;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == '?')
			return TOOL_USAGE;
		c.config = option == 'c' ? optarg : c.config;
		c.dry_run = c.dry_run || option == 'n';
		c.json = c.json || option == OPT_JSON;
	}
	if (!tool_arguments(argc, 2, "a domain and a selector"))
		return TOOL_USAGE;
	c.domain = site_name(argv[optind], "DOMAIN");
	if (c.domain.text[0] == '\0')
		return TOOL_USAGE;
	c.selector = argv[optind + 1];
	code = site_open(&site, c.config, c.dry_run ? SITE_PLAN : SITE_CHANGE);
	if (code == TOOL_OK)
		code = change(&site, &c);
	site_close(&site);
	return code;
}
