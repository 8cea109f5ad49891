/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_adopt.c - take over the public keys that a device has made, out of what it said at its
 * start: "device-key name=SELECTOR._domainkey.DOMAIN record="v=DKIM1; k=rsa; p=..."".
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/records/dkim.h"
#include "tools/mailseal/records/text.h"
#include "tools/mailseal/site/inventory.h"

#define LOG_MAX ((size_t)16 << 20)

enum {
	OPT_JSON = 256,
	OPT_FORCE
};

struct request {
	const char *config, *log;
	bool json, dry_run, force;
};

struct adoption {
	const struct request *request;
	struct site site;
	struct tool_text log;
	json_t *adopted;
	size_t num_missing;
};

/* --- the log ------------------------------------------------------------ */

/* What follows `what` on the line; false: it is not there. */
static bool
find_behind(struct seal_span *line, struct seal_span what)
{
	for (size_t i = 0; i + what.len <= line->len; i++) {
		if (memcmp(line->ptr + i, what.ptr, what.len) == 0) {
			*line = seal_span_from(*line, i + what.len);
			return true;
		}
	}
	return false;
}

/* The last record that the log has for the name, as a device may have been told to make its keys
 * anew; empty: none. */
static struct seal_span
find_record(struct seal_span log, const char *name)
{
	struct seal_span record = seal_span(log.ptr, 0);

	while (log.len > 0) {
		struct seal_span line = seal_span_first(log, seal_span_find(log, '\n'));
		const size_t len = line.len;

		if (find_behind(&line, SEAL_SPAN("device-key name=")) &&
		    seal_span_equal_nocase(seal_span_first(line, seal_span_find(line, ' ')), seal_span_text(name)) &&
		    find_behind(&line, SEAL_SPAN(" record=\"")) && seal_span_find(line, '"') < line.len)
			record = seal_span_first(line, seal_span_find(line, '"'));
		log = seal_span_from(log, len + 1);
	}
	return record;
}

static bool
is_record(struct seal_span record, const char *name)
{
	struct pubkey key;

	if (dkim_read(record, &key) && key.bits >= SEAL_KEY_BITS_GOOD)
		return true;
	tool_error("%s: the log has no whole record for it; copy the line again", name);
	return false;
}

/* --- the configuration -------------------------------------------------- */

/* In the first line of the section, or in place of the note that is there. */
static int
put_note(struct site *s, const struct seal_config_domain *section, struct seal_span record)
{
	const struct seal_span all = config_file_section(&s->file, section->name);
	size_t at = 0;
	const struct seal_span old = config_file_note(all, "record", &at);
	const struct seal_span place = old.len > 0 ? old : seal_span(all.ptr + seal_span_find(all, '\n') + 1, 0);
	char *text = old.len > 0 ? text_format("%.*s", (int)record.len, (const char *)record.ptr)
	                         : text_format("# mailseal: record = %.*s\n", (int)record.len,
	                                       (const char *)record.ptr);
	const int code = site_edit(s, &(struct site_edit){ (size_t)(place.ptr - s->file.text.ptr), place.len, text });

	free(text);
	return code;
}

static int
adopt_section(struct adoption *a, size_t index)
{
	const struct seal_config_domain *section = &a->site.file.config.domains[index];
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span domain = seal_config_name(section->name, buf);
	char *name = text_format("%.*s._domainkey.%.*s", (int)section->selector.len,
	                         (const char *)section->selector.ptr, (int)domain.len, (const char *)domain.ptr);
	const struct seal_span record = find_record(tool_span(a->log), name);
	size_t at = 0;
	const struct seal_span old = config_file_note(config_file_section(&a->site.file, section->name), "record", &at);
	int code = TOOL_OK;

	if (record.len == 0) {
		a->num_missing += old.len == 0;
	} else if (!is_record(record, name)) {
		code = TOOL_KEY;
	} else if (old.len > 0 && !seal_span_equal(old, record) && !a->request->force) {
		tool_error("%s: the device has another key than the one that was adopted: was its medium exchanged, "
		           "or its seed? To take the new one, which DNS does not know: --force", name);
		code = TOOL_KEY;
	} else {
		json_array_append_new(a->adopted, json_pack("{s:s, s:s%, s:b}", "name", name, "value", record.ptr,
		                                            record.len, "new", !seal_span_equal(old, record)));
		if (!seal_span_equal(old, record))
			code = put_note(&a->site, section, record);
	}
	free(name);
	return code;
}

/* --- the command -------------------------------------------------------- */

static int
report(const struct adoption *a)
{
	const struct request *r = a->request;

	if (r->json)
		return tool_print_json(json_pack("{s:s, s:b, s:O}", "configuration", r->config, "dry_run", r->dry_run,
		                                 "keys", a->adopted));
	for (size_t i = 0; i < json_array_size(a->adopted); i++) {
		const json_t *key = json_array_get(a->adopted, i);

		printf("%s  %s\n", json_string_value(json_object_get(key, "name")),
		       json_is_true(json_object_get(key, "new")) ? "adopted" : "known already");
	}
	return tool_finish_output();
}

static int
adopt(struct adoption *a)
{
	size_t num_on_device = 0;
	int code = TOOL_OK;

	for (size_t i = 0; code == TOOL_OK && i < a->site.file.config.num_domains; i++) {
		if (!seal_config_key_is_on_device(&a->site.file.config.domains[i]))
			continue;
		num_on_device++;
		code = adopt_section(a, i);
	}
	if (code != TOOL_OK)
		return code;
	if (num_on_device == 0) {
		tool_error("%s: no section has key = device", a->request->config);
		return TOOL_CONFIG;
	}
	if (json_array_size(a->adopted) == 0) {
		tool_error("%s: there is no device-key of this configuration", a->request->log);
		return TOOL_IO;
	}
	if (a->num_missing > 0)
		tool_warning(NULL, "keys of which the log says nothing: %zu", a->num_missing);
	code = a->request->dry_run ? TOOL_OK : site_commit(&a->site);
	return code == TOOL_OK ? report(a) : code;
}

static bool
read_log(struct adoption *a)
{
	const char *path = a->request->log;

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
	struct adoption a = { .request = &r, .site = { .lock = -1 } };
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
	a.adopted = json_array();
	if (read_log(&a))
		code = site_open(&a.site, r.config, r.dry_run ? SITE_READ : SITE_CHANGE);
	if (code == TOOL_OK)
		code = adopt(&a);
	site_close(&a.site);
	free(a.log.ptr);
	json_decref(a.adopted);
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
	run
};
