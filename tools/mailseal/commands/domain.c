/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_domain.c - the domains of a configuration: add one with its keys, list, remove.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/site/inventory.h"
#include "tools/mailseal/site/newkey.h"

/* --- domain add, key next ----------------------------------------------- */

enum { /* options without a short form */
	OPT_SITE = 256,
	OPT_CLIENT,
	OPT_CNAME,
	OPT_MANUAL,
	OPT_ON_DEVICE,
	OPT_WEAK,
	OPT_JSON,
	OPT_DELETE
};

static bool
take_option(struct newkey_request *r, int option)
{
	switch (option) {
	case 'c': r->config = optarg; return true;
	case 's': r->selector = optarg; return true;
	case 'n': r->dry_run = true; return true;
	case OPT_SITE: r->site = optarg; return true;
	case OPT_CLIENT: r->client = optarg; return true;
	case OPT_CNAME: r->cname = optarg; return true;
	case OPT_MANUAL: r->manual = true; return true;
	case OPT_ON_DEVICE: r->on_device = true; return true;
	case OPT_WEAK: r->weak = true; return true;
	case OPT_JSON: r->json = true; return true;
	case 'b': return tool_number(optarg, "--bits", 0, UINT32_MAX, &r->bits);
	default: return false;
	}
}

static int
run_newkey(int argc, char **argv, enum newkey_what what)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "selector", required_argument, NULL, 's' },
		{ "bits", required_argument, NULL, 'b' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "site", required_argument, NULL, OPT_SITE },
		{ "from-client", required_argument, NULL, OPT_CLIENT },
		{ "cname", required_argument, NULL, OPT_CNAME },
		{ "manual", no_argument, NULL, OPT_MANUAL },
		{ "on-device", no_argument, NULL, OPT_ON_DEVICE },
		{ "weak", no_argument, NULL, OPT_WEAK },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	struct newkey_request r = { .config = SITE_CONFIG, .bits = SEAL_KEY_BITS_GOOD, .what = what };
	int option;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(&r, option))
			return TOOL_USAGE;
	}
	if (!tool_arguments(argc, 1, "a domain") || !record_bits_ok(r.bits, r.weak))
		return TOOL_USAGE;
	if (r.on_device && r.bits != SEAL_KEY_BITS_GOOD) {
		tool_error("--bits: a device makes keys of %u", SEAL_KEY_BITS_GOOD);
		return TOOL_USAGE;
	}
	r.domain = argv[optind];
	return newkey_run(&r);
}

static int
run_add(int argc, char **argv)
{
	return run_newkey(argc, argv, NEWKEY_FIRST);
}

static int
run_next(int argc, char **argv)
{
	return run_newkey(argc, argv, NEWKEY_NEXT);
}

/* --- domain list -------------------------------------------------------- */

/* The first section of each domain. */
static bool
is_first(const struct seal_config *config, size_t i, const char *name)
{
	for (size_t k = 0; k < i; k++) {
		if (site_is(config->domains[k].name, name))
			return false;
	}
	return true;
}

static json_t *
clients_json(const struct seal_config *config, const char *name)
{
	json_t *clients = json_array();

	for (size_t i = 0; i < config->num_clients; i++) {
		struct seal_span list = config->clients[i].from;
		struct seal_span item;

		while (seal_span_split(&list, ',', &item)) {
			if (site_is(item, name))
				json_array_append_new(clients, json_stringn((const char *)config->clients[i].name.ptr,
				                                            config->clients[i].name.len));
		}
	}
	return clients;
}

static json_t *
keys_json(const struct site *s, const char *name)
{
	const struct seal_config_domain *key = NULL;
	json_t *keys = json_array();

	while ((key = site_next_key(s, name, key)) != NULL)
		json_array_append_new(keys, json_pack("{s:s%, s:s}", "selector", key->selector.ptr, key->selector.len,
		                                      "state", site_state_text(site_state(s, key))));
	return keys;
}

static json_t *
domains_json(const struct site *s)
{
	const struct seal_config *config = &s->file.config;
	json_t *domains = json_array();

	for (size_t i = 0; i < config->num_domains; i++) {
		uint8_t buf[SEAL_DOMAIN_MAX + 1];
		const struct seal_span name = seal_config_name(config->domains[i].name, buf);

		buf[name.len] = '\0';
		if (is_first(config, i, (const char *)buf))
			json_array_append_new(domains, json_pack("{s:s, s:o, s:o}", "domain", buf, "keys",
			                                         keys_json(s, (const char *)buf), "clients",
			                                         clients_json(config, (const char *)buf)));
	}
	return domains;
}

static void
print_words(const json_t *list, const char *member)
{
	const char *separator = "";

	if (json_array_size(list) == 0)
		putchar('-');
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		printf("%s%s", separator, json_string_value(member == NULL ? item : json_object_get(item, member)));
		if (member != NULL)
			printf(" (%s)", json_string_value(json_object_get(item, "state")));
		separator = ", ";
	}
}

static int
print_domains(json_t *domains)
{
	for (size_t i = 0; i < json_array_size(domains); i++) {
		const json_t *domain = json_array_get(domains, i);

		printf("%s  keys: ", json_string_value(json_object_get(domain, "domain")));
		print_words(json_object_get(domain, "keys"), "selector");
		fputs("  clients: ", stdout);
		print_words(json_object_get(domain, "clients"), NULL);
		putchar('\n');
	}
	json_decref(domains);
	return tool_finish_output();
}

static int
run_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	const char *config = SITE_CONFIG;
	bool json = false;
	struct site site;
	int option;
	int code;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == '?')
			return TOOL_USAGE;
		json = json || option == OPT_JSON;
		config = option == 'c' ? optarg : config;
	}
	if (!tool_arguments(argc, 0, ""))
		return TOOL_USAGE;
	code = site_open(&site, config, SITE_READ);
	if (code == TOOL_OK && json)
		code = tool_print_json(json_pack("{s:o}", "domains", domains_json(&site)));
	else if (code == TOOL_OK)
		code = print_domains(domains_json(&site));
	site_close(&site);
	return code;
}

/* --- domain remove ------------------------------------------------------ */

struct removal {
	const char *config;
	struct site_name domain;
	bool dry_run, json, delete_keys;
	json_t *files;      /* paths of the keys that are no longer named */
};

/* Where `item` and one comma beside it stand in `list`, which has others too. */
static struct seal_span
item_with_comma(struct seal_span list, struct seal_span item)
{
	const uint8_t *start = item.ptr;
	const uint8_t *end = item.ptr + item.len;

	if (start == list.ptr) {
		while (*end != ',')
			end++;
		end++;
		while (end < list.ptr + list.len && (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n'))
			end++;
	} else {
		while (*start != ',')
			start--;
	}
	return seal_span(start, (size_t)(end - start));
}

/* Is it the domain, or all that is below it? */
static bool
names_domain(struct seal_span item, const char *domain)
{
	if (seal_span_starts_nocase(item, SEAL_SPAN("*.")))
		item = seal_span_from(item, 2);
	return site_is(item, domain);
}

/* The next mention of the domain in a client's list, without which the list is still one. */
static int
find_permission(const struct site *s, const char *domain, struct seal_span *cut)
{
	const struct seal_config *config = &s->file.config;

	*cut = seal_span(NULL, 0);
	for (size_t i = 0; i < config->num_clients && cut->len == 0; i++) {
		const struct seal_config_client *client = &config->clients[i];
		struct seal_span list = client->from;
		struct seal_span item;

		while (cut->len == 0 && seal_span_split(&list, ',', &item)) {
			if (!names_domain(item, domain))
				continue;
			if (item.len == client->from.len) {
				tool_error("%s: [client %.*s] may send as %s only; remove that section first", s->path,
				           (int)client->name.len, (const char *)client->name.ptr, domain);
				return TOOL_CONFIG;
			}
			*cut = item_with_comma(client->from, item);
		}
	}
	return TOOL_OK;
}

static int
cut_out(struct site *s, struct seal_span what)
{
	const struct site_edit edit = { (size_t)(what.ptr - s->file.text.ptr), what.len, "" };

	return site_edit(s, &edit);
}

/* With the empty lines behind it. */
static struct seal_span
section_with_gap(const struct site *s, struct seal_span name)
{
	struct seal_span section = config_file_section(&s->file, name);
	const struct seal_span text = tool_span(s->file.text);
	const size_t start = (size_t)(section.ptr - text.ptr);

	while (start + section.len < text.len &&
	       (text.ptr[start + section.len] == '\n' || text.ptr[start + section.len] == '\r'))
		section.len++;
	return section;
}

/* All sections go in one edit: with half of them gone the rest might not be accepted. */
static int
cut_sections(struct site *s, struct removal *r)
{
	const struct seal_span text = tool_span(s->file.text);
	const struct seal_config *config = &s->file.config;
	char *rest = NULL;
	size_t len = 0;
	size_t at = 0;
	FILE *to = open_memstream(&rest, &len);
	struct tool_text left;

	for (size_t i = 0; to != NULL && i < config->num_domains; i++) {
		const struct seal_config_domain *domain = &config->domains[i];
		struct seal_span section;
		size_t start;

		if (!site_is(domain->name, r->domain.text))
			continue;
		section = section_with_gap(s, domain->name);
		start = (size_t)(section.ptr - text.ptr);
		fwrite(text.ptr + at, 1, start - at, to);
		at = start + section.len;
	}
	if (to == NULL || (fwrite(text.ptr + at, 1, text.len - at, to) < text.len - at) || fclose(to) != 0) {
		tool_error("no memory for the new configuration");
		free(rest);
		return TOOL_IO;
	}
	left = (struct tool_text){ (uint8_t *)rest, len };
	return site_take(s, left);
}

static int
remove_domain(struct site *s, struct removal *r)
{
	struct seal_span cut;
	int code = find_permission(s, r->domain.text, &cut);

	while (code == TOOL_OK && cut.len > 0) {
		code = cut_out(s, cut);
		if (code == TOOL_OK)
			code = find_permission(s, r->domain.text, &cut);
	}
	return code == TOOL_OK ? cut_sections(s, r) : code;
}

/* Files that no section names any more. */
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
	const size_t before = s->file.config.num_domains;
	int code;

	list_files(s, r);
	code = remove_domain(s, r);
	if (code == TOOL_OK && s->file.config.num_domains == before) {
		tool_error("%s: there is no section [domain %s]", r->config, r->domain.text);
		return TOOL_CONFIG;
	}
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
run_remove(int argc, char **argv)
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
	code = site_open(&site, r.config, r.dry_run ? SITE_READ : SITE_CHANGE);
	if (code == TOOL_OK)
		code = remove_from(&site, &r);
	site_close(&site);
	json_decref(r.files);
	return code;
}

/* --- what help says ----------------------------------------------------- */

#define NEWKEY_HELP \
	"  -c, --config CONF    the configuration to change; default: gateway.conf\n" \
	"  -s, --selector T     the key's name in DNS: text with {date}, {site}, {nn} or {n} (a\n" \
	"                       counter) and {rand} (32 digits that nobody guesses); two names\n" \
	"                       with a comma; default: s{date}, with --site {site}{nn}, with\n" \
	"                       --cname k{n}\n" \
	"  --site NAME          what {site} stands for\n" \
	"  --cname ZONE         the customer's name is to be a CNAME into this zone of yours\n" \
	"  --manual             it does not sign before: mailseal key approve\n" \
	"  --on-device          the board makes the key and it never leaves it; see: mailseal help\n" \
	"                       key adopt\n" \
	"  -b, --bits N         2048 unless given; up to 4096\n" \
	"  --weak               allow 1024 to 2047, where DNS cannot hold more\n" \
	"  -n, --dry-run        say what would be done, and do nothing\n" \
	"  --json               { domain, configuration, dry_run, client, keys: [ as for: key list ] }\n"

const struct tool_command tool_domain_add = {
	"domain add", "DOMAIN [-c CONF] [--selector T] [--from-client NAME] [--dry-run] ...",
	"Give a domain its keys and write both into the configuration",
	NEWKEY_HELP
	"  --from-client NAME   [client NAME] may send as DOMAIN from now on\n"
	"\n"
	"Makes two keys beside the configuration, DOMAIN.SELECTOR.pem, for their owner alone: the\n"
	"one that signs when DNS publishes it, and the next one, so that changing keys needs no\n"
	"second visit to DNS. The next one takes over when its record has been there for a year\n"
	"(hold = 365d) or the other one is gone, or when you take that line away. Nothing is\n"
	"overwritten; the configuration keeps its comments and order. Exit code 3: the domain has\n"
	"keys, or the change would not be accepted.\n",
	run_add
};

const struct tool_command tool_key_next = {
	"key next", "DOMAIN [-c CONF] [--selector T] [--dry-run] ...", "Make another key for a domain that has one",
	NEWKEY_HELP
	"\n"
	"The new key has the settings of the domain's newest one. It takes over when DNS has\n"
	"published it for a year, or sooner when you take the line hold = 365d away.\n",
	run_next
};

const struct tool_command tool_domain_list = {
	"domain list", "[-c CONF] [--json]", "List the domains of a configuration",
	"  -c, --config CONF  default: gateway.conf\n"
	"  --json             { domains: [ { domain, keys: [ { selector, state } ], clients: [ NAME ] } ] }\n",
	run_list
};

const struct tool_command tool_domain_remove = {
	"domain remove", "DOMAIN [-c CONF] [--delete-keys] [--dry-run] [--json]",
	"Take a domain out of the configuration",
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  --delete-keys      delete its key files too; there is no way back\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { domain, configuration, dry_run, keys_deleted, key_files: [ PATH ] }\n"
	"\n"
	"Its sections go, and its name out of the clients' from lists. Key files stay.\n",
	run_remove
};
