/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_remove.c - remove a domain from a configuration and, if requested, its key files from the disk.
 */
#include "tools/mailseal/commands/domain_remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/site/remove_domain.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct domain_remove_request, domain), "DOMAIN",
	  .text = "The domain to remove.", .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE(struct domain_remove_request, config, "The configuration to change."),
	{ "delete-keys", 0, OPT_FLAG, offsetof(struct domain_remove_request, delete_keys), NULL,
	  .text = "Delete its key files too, unless another section uses them; this cannot be undone." },
	{ "dry-run", 'n', OPT_FLAG, offsetof(struct domain_remove_request, dry_run), NULL,
	  .text = "Show what would be done, and do nothing." },
	OPTIONS_END
};

/* The key files of the domain, whether they can be read or not. */
static json_t *
list_files(const struct site *s, const char *domain)
{
	json_t *const files = json_array();
	const struct seal_config_domain *key = NULL;

	while ((key = site_next_key(s, domain, key)) != NULL) {
		char *const path = config_file_path(&s->file, key->key);

		if (!seal_config_key_is_on_device(key))
			json_array_append_new(files, json_string(path));
		free(path);
	}
	return files;
}

static bool
is_same_file(const char *path, const char *other)
{
	struct stat a, b;

	return strcmp(path, other) == 0 ||
	       (stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* Any key of what is left of the configuration has it as its value. */
static bool
is_still_used(const struct site *s, const char *path)
{
	const struct document *const d = &s->file.document;
	struct document_entry e;
	bool used = false;

	for (size_t i = 0; i < d->num_lines && !used; i++) {
		if (d->lines[i].kind == DOCUMENT_KEY && document_entry_at(d, i, &e)) {
			char *const other = config_file_path(&s->file, e.value);

			used = is_same_file(path, other);
			free(other);
		}
	}
	return used;
}

/* What happened to the file. */
static const char *
delete_file(const struct site *s, const struct domain_remove_request *r, const char *path)
{
	if (!r->delete_keys)
		return "kept";
	if (is_still_used(s, path)) {
		tool_warning(path, "not deleted: another section uses this key");
		return "kept";
	}
	if (r->dry_run)
		return "to be deleted";
	if (unlink(path) == 0)
		return "deleted";
	tool_warning(path, "cannot be deleted: %s", strerror(errno));
	return "not deleted";
}

static void
delete_files(const struct site *s, const struct domain_remove_request *r, const char *domain, json_t *files,
             struct result *result)
{
	bool all = r->delete_keys && !r->dry_run;

	for (size_t i = 0; i < json_array_size(files); i++) {
		const char *const path = json_string_value(json_array_get(files, i));
		const char *const done = delete_file(s, r, path);

		fprintf(result->text, "%s  %s\n", path, done);
		all = all && strcmp(done, "kept") != 0;
	}
	result_set(result, json_pack("{s:s, s:s, s:b, s:b, s:O}", "domain", domain, "configuration", r->config,
	                             "dry_run", r->dry_run, "keys_deleted", all, "key_files", files));
}

static int
remove_from(struct site *s, const struct domain_remove_request *r, const char *domain, struct result *result)
{
	json_t *const files = list_files(s, domain);
	int code = remove_domain(s, domain);

	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK)
		delete_files(s, r, domain, files, result);
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
