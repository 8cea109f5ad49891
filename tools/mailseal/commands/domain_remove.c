/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_remove.c - remove a domain from a configuration and, if requested, its key files from the disk.
 */
#include "tools/mailseal/commands/domain_remove.h"

#include <unistd.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/site/inventory.h"
#include "tools/mailseal/site/remove_domain.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct domain_remove_request, domain), "DOMAIN",
	  .text = "The domain to remove.", .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE(struct domain_remove_request, config, "The configuration to change."),
	{ "delete-keys", 0, OPT_FLAG, offsetof(struct domain_remove_request, delete_keys), NULL,
	  .text = "Delete its key files too; this cannot be undone." },
	{ "dry-run", 'n', OPT_FLAG, offsetof(struct domain_remove_request, dry_run), NULL,
	  .text = "Show what would be done, and do nothing." },
	OPTIONS_END
};

/* The key files of the domain, which no section will name any longer. */
static json_t *
list_files(const struct site *s, const char *domain)
{
	json_t *const files = json_array();
	struct inventory inv;

	(void)inventory_take(&inv, s, domain);
	for (size_t i = 0; i < inv.num_keys; i++) {
		if (inv.keys[i].file != NULL && inv.keys[i].state != SITE_REVOKED)
			json_array_append_new(files, json_string(inv.keys[i].file));
	}
	inventory_free(&inv);
	return files;
}

static void
delete_files(const json_t *files)
{
	for (size_t i = 0; i < json_array_size(files); i++) {
		const char *path = json_string_value(json_array_get(files, i));

		if (unlink(path) != 0)
			tool_warning(path, "cannot be deleted");
	}
}

static void
put_removal(const struct domain_remove_request *r, const char *domain, json_t *files, struct result *result)
{
	for (size_t i = 0; i < json_array_size(files); i++)
		fprintf(result->text, "%s  %s\n", json_string_value(json_array_get(files, i)),
		        !r->delete_keys ? "kept" : r->dry_run ? "to be deleted" : "deleted");
	result_set(result, json_pack("{s:s, s:s, s:b, s:b, s:O}", "domain", domain, "configuration", r->config,
	                             "dry_run", r->dry_run, "keys_deleted", r->delete_keys && !r->dry_run, "key_files",
	                             files));
}

static int
remove_from(struct site *s, const struct domain_remove_request *r, const char *domain, struct result *result)
{
	json_t *const files = list_files(s, domain);
	int code = remove_domain(s, domain);

	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK && !r->dry_run && r->delete_keys)
		delete_files(files);
	if (code == TOOL_OK)
		put_removal(r, domain, files, result);
	if (code == TOOL_OK && r->dry_run)
		fprintf(result->text, "%s  (not changed)\n", r->config);
	if (code == TOOL_OK && !r->dry_run) {
		site_advise_restart(s);
		tool_note(NULL, "delete the records in DNS after a week, when no message that was signed with them "
		          "is on its way any longer");
	}
	json_decref(files);
	return code;
}

int
domain_remove(const struct domain_remove_request *r, struct result *result)
{
	const struct site_name domain = site_name(r->domain, "DOMAIN");
	struct site site;
	int code;

	if (domain.text[0] == '\0')
		return TOOL_USAGE;
	result_set(result, json_pack("{s:s, s:s, s:b, s:b, s:[]}", "domain", domain.text, "configuration", r->config,
	                             "dry_run", r->dry_run, "keys_deleted", false, "key_files"));
	code = site_open(&site, r->config, r->dry_run ? SITE_PLAN : SITE_CHANGE);
	if (code == TOOL_OK)
		code = remove_from(&site, r, domain.text, result);
	site_close(&site);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return domain_remove(request, result);
}

const struct tool_command tool_domain_remove = {
	.name = "domain remove", .summary = "Remove a domain from the configuration",
	.options = options, .request_size = sizeof(struct domain_remove_request), .start = start,
	.help =
		"Its sections are removed, and its name from the clients' from lists. Key files stay. A client\n"
		"that may send only as this domain is named, and nothing is changed: remove its section first,\n"
		"or give it another domain. A name that remains in from lists alone is removed too. Exit code\n"
		"3: no such domain exists, such a client exists, or the change would cause an error in the\n"
		"configuration.\n",
	.json = "{ domain, configuration, dry_run, keys_deleted, key_files: [ PATH ] }\n"
};
