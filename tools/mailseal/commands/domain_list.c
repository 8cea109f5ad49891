/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_list.c - list the domains of a configuration.
 */
#include <stdio.h>

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/site/site.h"

enum {
	OPT_JSON = 256
};

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
run(int argc, char **argv)
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

const struct tool_command tool_domain_list = {
	"domain list", "[-c CONF] [--json]", "List the domains of a configuration",
	"  -c, --config CONF  default: gateway.conf\n"
	"  --json             { domains: [ { domain, keys: [ { selector, state } ], clients: [ NAME ] } ] }\n",
	.run = run
};
