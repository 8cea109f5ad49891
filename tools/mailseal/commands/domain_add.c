/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_add.c - add a domain: create its keys, and let a client send as it.
 */
#include "tools/mailseal/commands/domain_add.h"

#include "tools/mailseal/commands/newkey_rows.h"

static const struct option_row options[] = {
	NEWKEY_ROWS("The domain whose mail is to be signed."),
	{ "from-client", 0, OPT_STRING, NEWKEY_AT(client.name), "NAME",
	  .text = "The client of the section [client NAME] may send as DOMAIN from now on." },
	{ "network", 0, OPT_STRING, NEWKEY_AT(client.network), "CIDR",
	  .text = "If this section does not exist yet, create it; the client sends from these addresses." },
	OPTIONS_END
};

int
domain_add(const struct newkey_request *r, struct result *result)
{
	return newkey_run(r, NEWKEY_FIRST, result);
}

static int
start(const void *request, struct result *result)
{
	return domain_add(request, result);
}

const struct tool_command tool_domain_add = {
	.name = "domain add", .summary = "Add a domain: create its keys",
	.options = options, .request_size = sizeof(struct newkey_request), .start = start,
	.help =
		"Two keys are created next to the configuration, DOMAIN.SELECTOR.pem, readable only by their\n"
		"owner: one that signs as soon as DNS publishes it, and the next one, so that a change of keys\n"
		"needs no second change of DNS. The next key takes over when its record has been published for\n"
		"a year (hold = 365d), when the first one is removed, or when you remove that line. Nothing is\n"
		"overwritten; the configuration keeps its comments and order. For a domain that has keys,\n"
		"--from-client alone takes effect. Errors of the configuration are shown, and stop nothing that\n"
		"they do not concern. Exit code 3: the domain has keys, no such client section exists, or the\n"
		"change would cause an error in the configuration.\n"
		"\n"
		"  mailseal domain add example.com --from-client printers --network 192.0.2.0/24\n",
	.json = NEWKEY_JSON
};
