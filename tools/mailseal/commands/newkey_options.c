/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/commands/newkey_options.h"

#include "tools/mailseal/checks/key_record.h"

enum { /* options without a short form */
	OPT_SITE = 256,
	OPT_CLIENT,
	OPT_NETWORK,
	OPT_CNAME,
	OPT_MANUAL,
	OPT_ON_DEVICE,
	OPT_WEAK,
	OPT_JSON
};

static bool
take_option(struct newkey_request *r, int option)
{
	switch (option) {
	case 'c': r->config = optarg; return true;
	case 's': r->selector = optarg; return true;
	case 'n': r->dry_run = true; return true;
	case OPT_SITE: r->site = optarg; return true;
	case OPT_CLIENT: r->client.name = optarg; return true;
	case OPT_NETWORK: r->client.network = optarg; return true;
	case OPT_CNAME: r->cname = optarg; return true;
	case OPT_MANUAL: r->manual = true; return true;
	case OPT_ON_DEVICE: r->on_device = true; return true;
	case OPT_WEAK: r->weak = true; return true;
	case OPT_JSON: r->json = true; return true;
	case 'b': return tool_number(optarg, "--bits", 0, UINT32_MAX, &r->bits);
	default: return false;
	}
}

int
newkey_options_run(int argc, char **argv, enum newkey_what what)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "selector", required_argument, NULL, 's' },
		{ "bits", required_argument, NULL, 'b' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "site", required_argument, NULL, OPT_SITE },
		{ "from-client", required_argument, NULL, OPT_CLIENT },
		{ "network", required_argument, NULL, OPT_NETWORK },
		{ "cname", required_argument, NULL, OPT_CNAME },
		{ "manual", no_argument, NULL, OPT_MANUAL },
		{ "on-device", no_argument, NULL, OPT_ON_DEVICE },
		{ "weak", no_argument, NULL, OPT_WEAK },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	struct newkey_request r = { .config = SITE_CONFIG, .bits = SEAL_KEY_BITS_GOOD, .what = what };
	int option;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(&r, option))
			return TOOL_USAGE;
	}
	if (!tool_arguments(argc, 1, "a domain") || !record_bits_ok(r.bits, r.weak))
		return TOOL_USAGE;
	if (r.on_device && r.bits != SEAL_KEY_BITS_GOOD) {
		tool_error("--bits: a device makes keys of %u", SEAL_KEY_BITS_GOOD);
		return TOOL_USAGE;
	}
	r.domain = argv[optind];
	return newkey_run(&r);
}
