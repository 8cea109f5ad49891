/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_remove.c - take a domain out of a configuration, and its key files off the disk if asked.
 */
#include <stdio.h>
#include <unistd.h>

#include "tools/mailseal/site/inventory.h"
#include "tools/mailseal/site/remove_domain.h"

enum {
	OPT_DELETE = 256,
	OPT_JSON
};

struct removal {
	const char *config;
	struct site_name domain;
	bool dry_run, json, delete_keys;
	json_t *files;      /* paths of the keys that are no longer named */
};

/* The key files of the domain, which no section will name any longer. */
static void
list_files(const struct site *s, struct removal *r)
{
	struct inventory inv;

	(void)inventory_take(&inv, s, r->domain.text);
	for (size_t i = 0; i < inv.num_keys; i++) {
		if (inv.keys[i].file != NULL && inv.keys[i].state != SITE_REVOKED)
			json_array_append_new(r->files, json_string(inv.keys[i].file));
	}
	inventory_free(&inv);
}

static void
delete_files(const struct removal *r)
{
	for (size_t i = 0; i < json_array_size(r->files); i++) {
		const char *path = json_string_value(json_array_get(r->files, i));

		if (unlink(path) != 0)
			tool_warning(NULL, "%s was not deleted", path);
	}
}

static int
report_removal(const struct removal *r)
{
	if (r->json)
		return tool_print_json(json_pack("{s:s, s:s, s:b, s:b, s:O}", "domain", r->domain.text, "configuration",
		                                 r->config, "dry_run", r->dry_run, "keys_deleted",
		                                 r->delete_keys && !r->dry_run, "key_files", r->files));
	for (size_t i = 0; i < json_array_size(r->files); i++)
		printf("%s  %s\n", json_string_value(json_array_get(r->files, i)),
		       !r->delete_keys ? "kept" : r->dry_run ? "to be deleted" : "deleted");
	return tool_finish_output();
}

static int
remove_from(struct site *s, struct removal *r)
{
	int code;

	list_files(s, r);
	code = remove_domain(s, r->domain.text);
	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK && !r->dry_run && r->delete_keys)
		delete_files(r);
	if (code == TOOL_OK)
		code = report_removal(r);
	if (code == TOOL_OK)
		tool_error("note: the records in DNS may go when no message signed with them is on its way any more: "
		           "after a week");
	return code;
}

static int
run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "delete-keys", no_argument, NULL, OPT_DELETE },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	struct removal r = { .config = SITE_CONFIG };
	struct site site;
	int option;
	int code;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == '?')
			return TOOL_USAGE;
		r.json = r.json || option == OPT_JSON;
		r.dry_run = r.dry_run || option == 'n';
		r.delete_keys = r.delete_keys || option == OPT_DELETE;
		r.config = option == 'c' ? optarg : r.config;
	}
	if (!tool_arguments(argc, 1, "a domain"))
		return TOOL_USAGE;
	r.domain = site_name(argv[optind], "DOMAIN");
	if (r.domain.text[0] == '\0')
		return TOOL_USAGE;
	r.files = json_array();
	code = site_open(&site, r.config, r.dry_run ? SITE_PLAN : SITE_CHANGE);
	if (code == TOOL_OK)
		code = remove_from(&site, &r);
	site_close(&site);
	json_decref(r.files);
	return code;
}

const struct tool_command tool_domain_remove = {
	"domain remove", "DOMAIN [-c CONF] [--delete-keys] [--dry-run] [--json]",
	"Take a domain out of the configuration",
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  --delete-keys      delete its key files too; there is no way back\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { domain, configuration, dry_run, keys_deleted, key_files: [ PATH ] }\n"
	"\n"
	"Its sections go, and its name out of the clients' from lists. Key files stay.\n",
	.run = run
};
