/* SPDX-License-Identifier: Apache-2.0
 *
 * key_revoke.c - take a key out of a configuration and print what DNS must publish of it.
 */
#include <stdio.h>

#include "tools/mailseal/commands/key_change.h"
#include "tools/mailseal/site/revoke_key.h"

static int
print(const struct key_change *c, const struct inventory_key *revoked)
{
	struct inventory_key key = *revoked;
	struct inventory_name name;

	key.state = SITE_REVOKED;
	(void)snprintf(key.value.text, sizeof key.value.text, "%s", RECORD_REVOKED);
	name = key.delegated != NULL ? inventory_target(&key) : inventory_name(&key);
	if (c->json)
		return tool_print_json(json_pack("{s:s, s:b, s:o}", "configuration", c->config, "dry_run", c->dry_run,
		                                 "key", inventory_json(&key)));
	printf("; name:  %s\n; type:  TXT\n; value: %s\n%s. IN TXT \"%s\"\n", name.text, key.value.text, name.text,
	       key.value.text);
	return tool_finish_output();
}

static int
revoke(struct site *s, const struct key_change *c)
{
	struct inventory inv;
	const struct inventory_key *key;
	int code = revoke_key(s, c->domain.text, c->selector, &inv, &key);

	if (code == TOOL_OK && !c->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK)
		code = print(c, key);
	if (code == TOOL_OK)
		tool_error("note: replace the record in DNS by this one, do not only delete it; %s%s",
		           key->on_device ? "the key stays on the device" : "the key file is kept: ",
		           key->on_device ? "" : key->file);
	inventory_free(&inv);
	return code;
}

static int
run(int argc, char **argv)
{
	return key_change_run(argc, argv, revoke);
}

const struct tool_command tool_key_revoke = {
	"key revoke", "DOMAIN SELECTOR [-c CONF] [--dry-run] [--json]",
	"Take a key out and print what DNS is to say of it",
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { configuration, dry_run, key: { as for: key list } }\n"
	"\n"
	"The section goes, a note stays in its place. The record with an empty p= tells verifiers\n"
	"that the key was withdrawn (RFC 6376 3.6.1). The key file stays. Exit code 3: there is no\n"
	"such key, or it is the only one of the domain.\n",
	.run = run
};
