/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_keys.c - the keys of a configuration: list them, approve or revoke one.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/site/inventory.h"

enum {
	OPT_JSON = 256
};

struct request {
	const char *config;
	bool json, dry_run;
	struct site_name domain;   /* "": all */
	const char *selector;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ .config = SITE_CONFIG };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == '?')
			return false;
		r->json = r->json || option == OPT_JSON;
		r->dry_run = r->dry_run || option == 'n';
		r->config = option == 'c' ? optarg : r->config;
	}
	return true;
}

static bool
read_domain(struct request *r, const char *given)
{
	r->domain = site_name(given, "DOMAIN");
	return r->domain.text[0] != '\0';
}

/* --- key list ----------------------------------------------------------- */

static int
list_json(const struct inventory *inv)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < inv->num_keys; i++)
		json_array_append_new(keys, inventory_json(&inv->keys[i]));
	return inventory_print(json_pack("{s:o}", "keys", keys));
}

static int
list_text(const struct inventory *inv)
{
	int domain_width = 6;
	int selector_width = 8;

	for (size_t i = 0; i < inv->num_keys; i++) {
		const int domain = (int)strlen(inv->keys[i].domain);
		const int selector = (int)strlen(inv->keys[i].selector);

		domain_width = domain > domain_width ? domain : domain_width;
		selector_width = selector > selector_width ? selector : selector_width;
	}
	if (inv->num_keys > 0)
		printf("%-*s  %-*s  %-8s  %5s  %8s  %s\n", domain_width, "DOMAIN", selector_width, "SELECTOR", "STATE",
		       "BITS", "AGE", "FILE");
	for (size_t i = 0; i < inv->num_keys; i++) {
		const struct inventory_key *key = &inv->keys[i];
		char bits[16] = "-";
		char age[32] = "-";

		if (key->bits > 0)
			(void)snprintf(bits, sizeof bits, "%lu", (unsigned long)key->bits);
		if (key->made_s > 0)
			(void)snprintf(age, sizeof age, "%lld d", (long long)(site_now() - key->made_s) / 86400);
		printf("%-*s  %-*s  %-8s  %5s  %8s  %s\n", domain_width, key->domain, selector_width, key->selector,
		       site_state_text(key->state), bits, age, key->file != NULL ? key->file : "-");
	}
	return tool_finish_output();
}

static int
run_list(int argc, char **argv)
{
	struct request r;
	struct site site;
	struct inventory inv = { NULL, 0 };
	int printed;
	int code;

	if (!read_options(argc, argv, &r) || (argc - optind == 1 && !read_domain(&r, argv[optind])) ||
	    (argc - optind > 1 && !tool_arguments(argc, 1, "at most one domain")))
		return TOOL_USAGE;
	code = site_open(&site, r.config, SITE_READ);
	if (code == TOOL_OK) {
		code = inventory_take(&inv, &site, r.domain.text[0] != '\0' ? r.domain.text : NULL);
		printed = r.json ? list_json(&inv) : list_text(&inv);
		code = printed == TOOL_OK ? code : printed;
	}
	inventory_free(&inv);
	site_close(&site);
	return code;
}

/* --- one key ------------------------------------------------------------ */

/* The section of r->selector, NULL: reported; and how many keys the domain has. */
static const struct seal_config_domain *
find_section(const struct site *s, const struct request *r, size_t *num_keys)
{
	const struct seal_config_domain *section = NULL;
	const struct seal_config_domain *key = NULL;

	*num_keys = 0;
	while ((key = site_next_key(s, r->domain.text, key)) != NULL) {
		(*num_keys)++;
		if (seal_span_equal_nocase(key->selector, seal_span_text(r->selector)))
			section = key;
	}
	if (section == NULL)
		tool_error("%s: %s has no key with the selector %s; see: mailseal key list", s->path, r->domain.text,
		           r->selector);
	return section;
}

/* The command line of a change to one key, and the change itself. */
static int
run_change(int argc, char **argv, int (*change)(struct site *s, const struct request *r))
{
	struct request r;
	struct site site;
	int code;

	if (!read_options(argc, argv, &r) || !tool_arguments(argc, 2, "a domain and a selector") ||
	    !read_domain(&r, argv[optind]))
		return TOOL_USAGE;
	r.selector = argv[optind + 1];
	code = site_open(&site, r.config, r.dry_run ? SITE_READ : SITE_CHANGE);
	if (code == TOOL_OK)
		code = change(&site, &r);
	site_close(&site);
	return code;
}

/* --- key approve -------------------------------------------------------- */

/* The value of `activation` in the section, which has that key. */
static struct seal_span
find_activation(struct seal_span section)
{
	struct seal_span line;

	for (;; section = seal_span_from(section, line.len + 1)) {
		const size_t equals = seal_span_find(section, '=');

		line = seal_span_first(section, seal_span_find(section, '\n'));
		if (equals < line.len && seal_span_equal(seal_span_trim(seal_span_first(line, equals)),
		                                         SEAL_SPAN("activation")))
			break;
	}
	line = seal_span_from(line, seal_span_find(line, '=') + 1);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return seal_span_trim(line);
}

static int
approve(struct site *s, const struct request *r)
{
	size_t num_keys;
	const struct seal_config_domain *section = find_section(s, r, &num_keys);
	struct seal_span value;
	int code;

	if (section == NULL)
		return TOOL_CONFIG;
	if (section->activation != SEAL_ACTIVATION_MANUAL) {
		tool_error("%s: %s of %s does not wait for approval", s->path, r->selector, r->domain.text);
		return TOOL_CONFIG;
	}
	value = find_activation(config_file_section(&s->file, section->name));
	code = site_edit(s, &(struct site_edit){ (size_t)(value.ptr - s->file.text.ptr), value.len, "dns" });
	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code != TOOL_OK)
		return code;
	if (r->json)
		return inventory_print(json_pack("{s:s, s:b, s:s, s:s}", "configuration", r->config, "dry_run",
		                                 r->dry_run, "domain", r->domain.text, "selector", r->selector));
	printf("%s  %s  approved\n", r->domain.text, r->selector);
	return tool_finish_output();
}

static int
run_approve(int argc, char **argv)
{
	return run_change(argc, argv, approve);
}

/* --- key revoke --------------------------------------------------------- */

/* The section of a key that may go. */
static const struct seal_config_domain *
find_revocable(const struct site *s, const struct request *r)
{
	size_t num_keys;
	const struct seal_config_domain *section = find_section(s, r, &num_keys);

	if (section != NULL && num_keys == 1)
		tool_error("%s: this is the only key of %s, whose mail would be refused without it; make another "
		           "first: mailseal key next %s", s->path, r->domain.text, r->domain.text);
	return num_keys > 1 ? section : NULL;
}

/* A note stays in the section's place. */
static int
take_out(struct site *s, const struct seal_config_domain *section, const struct request *r)
{
	const struct seal_span cut = config_file_section(&s->file, section->name);
	char *note = NULL;
	int code;

	if (asprintf(&note, "# mailseal: revoked = %s %.*s %s %.*s\n", r->domain.text, (int)section->selector.len,
	             (const char *)section->selector.ptr, site_date(site_now()).dashed, (int)section->key.len,
	             (const char *)section->key.ptr) < 0) {
		tool_error("no memory for the new configuration");
		return TOOL_IO;
	}
	code = site_edit(s, &(struct site_edit){ (size_t)(cut.ptr - s->file.text.ptr), cut.len, note });
	free(note);
	return code;
}

static int
report(const struct request *r, const struct inventory_key *revoked)
{
	struct inventory_key key = *revoked;
	struct inventory_name name;

	key.state = SITE_REVOKED;
	(void)snprintf(key.value.text, sizeof key.value.text, "%s", RECORD_REVOKED);
	name = key.delegated != NULL ? inventory_target(&key) : inventory_name(&key);
	if (r->json)
		return inventory_print(json_pack("{s:s, s:b, s:o}", "configuration", r->config, "dry_run", r->dry_run,
		                                 "key", inventory_json(&key)));
	printf("; name:  %s\n; type:  TXT\n; value: %s\n%s. IN TXT \"%s\"\n", name.text, key.value.text, name.text,
	       key.value.text);
	return tool_finish_output();
}

static int
revoke(struct site *s, const struct request *r)
{
	struct inventory inv;
	const struct seal_config_domain *section = find_revocable(s, r);
	const struct inventory_key *key = NULL;
	int code = TOOL_CONFIG;

	if (section == NULL)
		return code;
	/* A key file that is gone is no reason to keep a key. */
	(void)inventory_take(&inv, s, r->domain.text);
	for (size_t i = 0; i < inv.num_keys && key == NULL; i++) {
		if (strcasecmp(inv.keys[i].selector, r->selector) == 0)
			key = &inv.keys[i];
	}
	if (key != NULL)
		code = take_out(s, section, r);
	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK)
		code = report(r, key);
	if (code == TOOL_OK)
		tool_error("note: replace the record in DNS by this one, do not only delete it; %s%s",
		           key->on_device ? "the key stays on the device" : "the key file is kept: ",
		           key->on_device ? "" : key->file);
	inventory_free(&inv);
	return code;
}

static int
run_revoke(int argc, char **argv)
{
	return run_change(argc, argv, revoke);
}

const struct tool_command tool_key_list = {
	"key list", "[DOMAIN] [-c CONF] [--json]", "List the keys of a configuration",
	"  -c, --config CONF  default: gateway.conf\n"
	"  --json             { keys: [ { domain, selector, state, file, bits, made, age_days,\n"
	"                     record: { name, type, value, cname } } ] }; unknown is null\n"
	"\n"
	"The state is what the configuration tells: signing; waiting: for key approve; next: handed\n"
	"over and held back; retiring: an older key, whose record is needed for a week more; revoked.\n"
	"The age is counted from made, or it is that of the file. A key that was made on a device has\n"
	"no file. Exit code 4: a key file could not be read; the list is complete all the same.\n",
	run_list
};

const struct tool_command tool_key_approve = {
	"key approve", "DOMAIN SELECTOR [-c CONF] [--dry-run] [--json]", "Let a key sign that waited for it",
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { configuration, dry_run, domain, selector }\n"
	"\n"
	"A key with activation = manual does not sign, however its record looks; the gateway says in its\n"
	"log when it is there. This makes it activation = dns: start the gateway anew with it. Exit code\n"
	"3: there is no such key, or it does not wait.\n",
	run_approve
};

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
	run_revoke
};
