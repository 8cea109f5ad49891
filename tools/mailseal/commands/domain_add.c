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
		"overwritten; the configuration keeps its comments and order. If the domain has keys already,\n"
		"only --from-client takes effect. Errors elsewhere in the configuration are shown as warnings and\n"
		"do not stop the command.\n"
		"Exit codes: 0 done, 2 usage, 3 the domain has keys already, the client section does not exist,\n"
		"or the change would cause an error in the configuration, 4 a key could not be created, 5 input\n"
		"or output.\n"
		"\n"
		"  mailseal domain add example.com --from-client printers --network 192.0.2.0/24\n",
	.json = NEWKEY_JSON
};
