/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_list.c - list the domains of a configuration.
 */
#include "tools/mailseal/commands/domain_list.h"

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/site/site.h"

static const struct option_row options[] = {
	OPTION_CONFIG_FILE(struct domain_list_request, config, "The configuration."),
	OPTIONS_END
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
print_words(FILE *to, const json_t *list, const char *member)
{
	const char *separator = "";

	if (json_array_size(list) == 0)
		fputc('-', to);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		fprintf(to, "%s%s", separator,
		        json_string_value(member == NULL ? item : json_object_get(item, member)));
		if (member != NULL)
			fprintf(to, " (%s)", json_string_value(json_object_get(item, "state")));
		separator = ", ";
	}
}

static void
print_domains(FILE *to, const json_t *domains)
{
	for (size_t i = 0; i < json_array_size(domains); i++) {
		const json_t *domain = json_array_get(domains, i);

		fprintf(to, "%s  keys: ", json_string_value(json_object_get(domain, "domain")));
		print_words(to, json_object_get(domain, "keys"), "selector");
		fputs("  clients: ", to);
		print_words(to, json_object_get(domain, "clients"), NULL);
		fputc('\n', to);
	}
}

int
domain_list(const struct domain_list_request *r, struct result *result)
{
	json_t *domains = NULL;
	struct site site;
	const int code = site_open(&site, r->config, SITE_READ);

	if (code == TOOL_OK) {
		domains = domains_json(&site);
		print_domains(result->text, domains);
	}
	result_set(result, json_pack("{s:o}", "domains", domains != NULL ? domains : json_null()));
	site_close(&site);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return domain_list(request, result);
}

const struct tool_command tool_domain_list = {
	.name = "domain list", .summary = "List the domains of a configuration",
	.options = options, .request_size = sizeof(struct domain_list_request), .start = start,
	.help =
		"Errors of the configuration are warnings: the list has all that can be read. Exit code 3:\n"
		"nothing can be read.\n",
	.json = "{ domains: [ { domain, keys: [ { selector, state } ], clients: [ NAME ] } ] }\n"
};
