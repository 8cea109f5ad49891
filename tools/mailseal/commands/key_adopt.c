/* SPDX-License-Identifier: Apache-2.0
 *
 * key_adopt.c - adopt the public keys that a device has created.
 */
#include "tools/mailseal/commands/key_adopt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/site/adopt_keys.h"

#define LOG_MAX ((size_t)16 << 20)

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct key_adopt_request, log), "LOG",
	  .text = "What the console of the device printed at a start, or - for standard input.",
	  .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE(struct key_adopt_request, config, "The configuration to change."),
	{ "force", 0, OPT_FLAG, offsetof(struct key_adopt_request, force), NULL,
	  .text = "Even if the device now has another key than the one that was adopted before." },
	{ "dry-run", 'n', OPT_FLAG, offsetof(struct key_adopt_request, dry_run), NULL,
	  .text = "Show what would be done, and do nothing." },
	OPTIONS_END
};

static void
put_keys(const struct key_adopt_request *r, const struct adoption *a, struct result *result)
{
	for (size_t i = 0; i < json_array_size(a->keys); i++) {
		const json_t *key = json_array_get(a->keys, i);

		fprintf(result->text, "%s  %s\n", json_string_value(json_object_get(key, "name")),
		        json_is_true(json_object_get(key, "new")) ? "adopted" : "known already");
	}
	result_set(result, json_pack("{s:s, s:b, s:O}", "configuration", r->config, "dry_run", r->dry_run, "keys",
	                             a->keys));
}

static int
adopt(const struct key_adopt_request *r, struct adoption *a, struct site *s, struct result *result)
{
	int code = adopt_keys(a, s);

	if (code != TOOL_OK)
		return code;
	if (a->num_on_device == 0) {
		tool_error("%s: no section has key = device", r->config);
		return TOOL_CONFIG;
	}
	if (json_array_size(a->keys) == 0) {
		tool_error("%s: no device-key of this configuration found", r->log);
		return TOOL_IO;
	}
	if (a->num_missing > 0)
		tool_warning(r->log, "keys that it does not have: %zu", a->num_missing);
	code = r->dry_run ? TOOL_OK : site_commit(s);
	if (code == TOOL_OK)
		put_keys(r, a, result);
	return code;
}

static bool
read_log(const char *path, struct adoption *a)
{
	if (strcmp(path, "-") != 0)
		return tool_read_file(path, LOG_MAX, &a->log);
	if (!tool_read_fd(STDIN_FILENO, "standard input", LOG_MAX, &a->log))
		return false;
	if (a->log.len > LOG_MAX)
		tool_error("standard input: too large for a log");
	return a->log.len <= LOG_MAX;
}

int
key_adopt(const struct key_adopt_request *r, struct result *result)
{
	struct adoption a = { .force = r->force, .keys = json_array() };
	struct site site = { .shown = true, .lock = -1 };
	int code = TOOL_IO;

	put_keys(r, &a, result);
	if (read_log(r->log, &a))
		code = site_open(&site, r->config, r->dry_run ? SITE_PLAN : SITE_CHANGE);
	if (code == TOOL_OK)
		code = adopt(r, &a, &site, result);
	site_close(&site);
	free(a.log.ptr);
	json_decref(a.keys);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return key_adopt(request, result);
}

const struct tool_command tool_key_adopt = {
	.name = "key adopt", .summary = "Adopt the public keys that a device has created",
	.options = options, .request_size = sizeof(struct key_adopt_request), .start = start,
	.help =
		"A section with key = device has no key file: the board creates the key at its first start,\n"
		"keeps it on its medium, encrypted with the seed of its image, and prints the DNS record on its\n"
		"console at every start. This command notes the record in the section; then handover, verify\n"
		"and key list know it. Each image for the board needs the same --seed-file. Exit codes: 4\n"
		"another key, or no complete record, 5 the log has none of these keys.\n",
	.json = "{ configuration, dry_run, keys: [ { name, value, new } ] }\n"
};
