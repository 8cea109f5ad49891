/* SPDX-License-Identifier: Apache-2.0
 *
 * key_adopt.c - take over the public keys that a device has made.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/site/adopt_keys.h"

#define LOG_MAX ((size_t)16 << 20)

enum {
	OPT_JSON = 256,
	OPT_FORCE
};

struct request {
	const char *config, *log;
	bool json, dry_run, force;
};

static int
report(const struct request *r, const struct adoption *a)
{
	if (r->json)
		return tool_print_json(json_pack("{s:s, s:b, s:O}", "configuration", r->config, "dry_run", r->dry_run,
		                                 "keys", a->keys));
	for (size_t i = 0; i < json_array_size(a->keys); i++) {
		const json_t *key = json_array_get(a->keys, i);

		printf("%s  %s\n", json_string_value(json_object_get(key, "name")),
		       json_is_true(json_object_get(key, "new")) ? "adopted" : "known already");
	}
	return tool_finish_output();
}

static int
adopt(const struct request *r, struct adoption *a, struct site *s)
{
	int code = adopt_keys(a, s);

	if (code != TOOL_OK)
		return code;
	if (a->num_on_device == 0) {
		tool_error("%s: no section has key = device", r->config);
		return TOOL_CONFIG;
	}
	if (json_array_size(a->keys) == 0) {
		tool_error("%s: there is no device-key of this configuration", r->log);
		return TOOL_IO;
	}
	if (a->num_missing > 0)
		tool_warning(NULL, "keys of which the log says nothing: %zu", a->num_missing);
	code = r->dry_run ? TOOL_OK : site_commit(s);
	return code == TOOL_OK ? report(r, a) : code;
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

static int
run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "force", no_argument, NULL, OPT_FORCE },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	struct request r = { .config = SITE_CONFIG };
	struct adoption a = { .keys = NULL };
	struct site site = { .lock = -1 };
	int option;
	int code = TOOL_IO;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == '?')
			return TOOL_USAGE;
		r.json = r.json || option == OPT_JSON;
		r.dry_run = r.dry_run || option == 'n';
		r.force = r.force || option == OPT_FORCE;
		r.config = option == 'c' ? optarg : r.config;
	}
	if (!tool_arguments(argc, 1, "the log of a device, or - for standard input"))
		return TOOL_USAGE;
	r.log = argv[optind];
	a.force = r.force;
	a.keys = json_array();
	if (read_log(r.log, &a))
		code = site_open(&site, r.config, r.dry_run ? SITE_PLAN : SITE_CHANGE);
	if (code == TOOL_OK)
		code = adopt(&r, &a, &site);
	site_close(&site);
	free(a.log.ptr);
	json_decref(a.keys);
	return code;
}

const struct tool_command tool_key_adopt = {
	"key adopt", "LOG [-c CONF] [--force] [--dry-run] [--json]",
	"Take over the public keys that a device has made",
	"  LOG                what its console said at a start, or - for standard input\n"
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  --force            even if the device has another key now than was taken over before\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { configuration, dry_run, keys: [ { name, value, new } ] }\n"
	"\n"
	"A section with key = device has no key file: the board makes the key at its first start, keeps\n"
	"it on its medium, encrypted with the seed of its image, and says the DNS record on its console\n"
	"at every start. The record is noted in the section, and from then on handover, verify and key\n"
	"list know it. Its image needs the same --seed-file each time. Exit code 4: there is another\n"
	"key, or no whole record; 5: the log has none of these keys.\n",
	.run = run
};
