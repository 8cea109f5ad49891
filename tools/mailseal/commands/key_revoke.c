/* SPDX-License-Identifier: Apache-2.0
 *
 * key_revoke.c - revoke a key: remove it from a configuration, and print what DNS must publish.
 */
#include "tools/mailseal/commands/key_revoke.h"

#include "tools/mailseal/site/revoke_key.h"

static const struct option_row options[] = {
	KEY_CHANGE_ROWS,
	OPTIONS_END
};

static void
put_document(const struct key_change_request *r, json_t *key, struct result *result)
{
	result_set(result, json_pack("{s:s, s:b, s:o}", "configuration", r->config, "dry_run", r->dry_run, "key", key));
}

static void
put_record(const struct key_change_request *r, const struct inventory_key *revoked, struct result *result)
{
	struct inventory_key key = *revoked;
	struct inventory_name name;

	key.state = SITE_REVOKED;
	(void)snprintf(key.value.text, sizeof key.value.text, "%s", RECORD_REVOKED);
	name = key.delegated != NULL ? inventory_target(&key) : inventory_name(&key);
	put_document(r, inventory_json(&key), result);
	fprintf(result->text, "; name:  %s\n; type:  TXT\n; value: %s\n%s. IN TXT \"%s\"\n", name.text,
	        key.value.text, name.text, key.value.text);
}

static int
revoke(struct site *s, const struct key_change_request *r, const char *domain, struct result *result)
{
	struct inventory inv;
	const struct inventory_key *key;
	int code = revoke_key(s, domain, r->selector, &inv, &key);

	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK)
		put_record(r, key, result);
	if (code == TOOL_OK && !site_has_signing_key(s, domain))
		tool_warning(domain, "no key signs then; let one sign: remove its hold or run mailseal key "
		             "approve, see: mailseal key list %s -c %s", domain, s->path);
	if (code == TOOL_OK && r->dry_run)
		fprintf(result->text, "; %s  (not changed)\n", r->config);
	if (code == TOOL_OK && !r->dry_run) {
		tool_note(NULL, "replace the record in DNS by this one, do not only delete it; %s%s",
		          key->on_device ? "the key stays on the device" : "the key file is kept: ",
		          key->on_device ? "" : key->file);
		if (!key->on_device)
			site_advise_restart(s);
	}
	inventory_free(&inv);
	return code;
}

int
key_revoke(const struct key_change_request *r, struct result *result)
{
	put_document(r, json_null(), result);
	return key_change(r, result, revoke);
}

static int
start(const void *request, struct result *result)
{
	return key_revoke(request, result);
}

const struct tool_command tool_key_revoke = {
	.name = "key revoke", .summary = "Revoke a key, and print what DNS must publish",
	.options = options, .request_size = sizeof(struct key_change_request), .start = start,
	.help =
		"A note replaces the section. The record with an empty p= tells verifiers that the key was\n"
		"revoked (RFC 6376 3.6.1). The key file stays. Exit code 3: no such key exists, or it is the\n"
		"only one of the domain.\n",
	.json = "{ configuration, dry_run, key: { as for: mailseal help key list } }\n"
};
