/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/permit_client.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "tools/mailseal/base/config_advice.h"
#include "tools/mailseal/base/suggest.h"
#include "tools/mailseal/records/text.h"

bool
permit_client_check(const struct client_request *r)
{
	const char *name = r->name == NULL ? "" : r->name;
	const char *network = r->network == NULL ? "" : r->network;

	if (r->name == NULL && r->network != NULL) {
		tool_error("--network needs --from-client NAME");
		return false;
	}
	while (seal_is_let_dig((uint8_t)*name) || (*name != '\0' && strchr("-_.", *name) != NULL))
		name++;
	if (*name != '\0' || (r->name != NULL && r->name[0] == '\0')) {
		tool_error("--from-client: expected letters, digits, hyphens, underscores and dots, found %s", r->name);
		return false;
	}
	while (*network >= ' ' && *network <= '~')
		network++;
	if (*network != '\0')
		tool_error("--network: expected networks, A.B.C.D/LEN");
	return *network == '\0';
}

bool
permit_client_may(const struct site *s, const char *client, const char *domain)
{
	const struct document_section *const section = site_find_client(s, client);

	return section != NULL && site_client_has(s, section, domain, false, NULL);
}

static void
add_domain(struct site *s, const struct document_section *client, const char *domain)
{
	struct document *const d = &s->file.document;
	struct document_entry from;
	char *line;

	if (document_find(d, client, "from", &from)) {
		document_add_item(d, &from, domain);
		return;
	}
	line = text_format("from = %s\n", domain);
	document_insert(d, client->end, line);
	free(line);
}

/* Adds it after the last section that is not a domain. */
static void
add_client(struct site *s, const struct client_request *r, const char *domain)
{
	struct document *const d = &s->file.document;
	const struct document_section *after = NULL;
	char *const lines = text_format("[client %s]\nnetwork = %s\nfrom = %s\n", r->name, r->network, domain);

	for (size_t i = 0; i < d->num_sections; i++) {
		if (!seal_span_equal(d->sections[i].word, SEAL_SPAN("domain")))
			after = &d->sections[i];
	}
	document_add_section(d, after, lines);
	free(lines);
}

/* The first section with a network decides; another one with the same network would have no effect. */
static bool
has_free_network(const struct site *s, const char *network)
{
	const struct document *const d = &s->file.document;
	const struct document_section *client = NULL;
	struct document_entry entry;
	struct seal_network shared;

	while ((client = document_next(d, "client", client)) != NULL) {
		if (!document_find(d, client, "network", &entry) ||
		    !networks_share(seal_span_text(network), entry.value, &shared))
			continue;
		tool_error("%s: network %s is already in [client %.*s]; add the domain there: --from-client %.*s",
		           s->path, network_text(&shared).text, (int)client->name.len, (const char *)client->name.ptr,
		           (int)client->name.len, (const char *)client->name.ptr);
		return false;
	}
	return true;
}

/* True also if the request names no network. */
static bool
has_network(const struct site *s, const struct document_section *client, const char *network)
{
	struct document_entry entry;

	return network == NULL || (document_find(&s->file.document, client, "network", &entry) &&
	                           seal_span_equal(entry.value, seal_span_text(network)));
}

/* The list under a key of the section on one line; free() it. */
static char *
list_text(const struct site *s, const struct document_section *client, const char *key)
{
	struct document_entry entry;
	struct seal_span item;
	char *text = text_format("%s", "");

	if (!document_find(&s->file.document, client, key, &entry))
		return text;
	while (seal_span_split(&entry.value, ',', &item)) {
		char *const longer = text_format("%s%s%.*s", text, text[0] == '\0' ? "" : ", ", (int)item.len,
		                                 (const char *)item.ptr);

		free(text);
		text = longer;
	}
	return text;
}

static void
report_no_client(const struct site *s, const char *name)
{
	const struct document_section *client = NULL;
	struct suggestion best = suggestion(name);
	char *kept = NULL, *meant;

	while ((client = document_next(&s->file.document, "client", client)) != NULL) {
		char *const known = text_format("%.*s", (int)client->name.len, (const char *)client->name.ptr);

		suggest_word(&best, known);
		free(best.best == known ? kept : known);
		kept = best.best == known ? known : kept;
	}
	meant = suggest_text(&best, "");
	tool_error("%s: no section [client %s] exists%s", s->path, name, best.best != NULL ? meant
	           : "; to create it, add --network CIDR with its addresses");
	free(meant);
	free(kept);
}

static void
report_other_network(const struct site *s, const struct document_section *client)
{
	char *const network = list_text(s, client, "network");

	tool_error("%s: [client %.*s] already exists with network = %s; change it there, or run the command without "
	           "--network", s->path, (int)client->name.len, (const char *)client->name.ptr, network);
	free(network);
}

int
permit_client(struct site *s, const struct client_request *r, const char *domain)
{
	const struct document_section *const client = r->name == NULL ? NULL : site_find_client(s, r->name);

	if (r->name == NULL || permit_client_may(s, r->name, domain))
		return TOOL_OK;
	if (client == NULL && r->network == NULL) {
		report_no_client(s, r->name);
		return TOOL_CONFIG;
	}
	if (client != NULL && !has_network(s, client, r->network)) {
		report_other_network(s, client);
		return TOOL_CONFIG;
	}
	if (client == NULL && !has_free_network(s, r->network))
		return TOOL_CONFIG;
	if (client != NULL)
		add_domain(s, client, domain);
	else
		add_client(s, r, domain);
	return TOOL_OK;
}

void
permit_client_print(const struct site *s, const struct client_request *r, const char *end, FILE *to)
{
	const struct document_section *const client = site_find_client(s, r->name);
	char *const network = list_text(s, client, "network");
	char *const from = list_text(s, client, "from");

	fprintf(to, "[client %s]  network = %s  from = %s%s\n", r->name, network, from, end);
	if (r->network != NULL) {
		networks_note_single(seal_span_text(network), r->name);
		networks_warn_of_all(seal_span_text(network), s->path, seal_span_text(r->name));
	}
	free(network);
	free(from);
}

bool
permit_client_advise(const struct site *s, const char *domain)
{
	const struct document *const d = &s->file.document;
	const struct document_section *client = NULL;
	const struct document_section *first = NULL;
	size_t num_clients = 0;

	while ((client = document_next(d, "client", client)) != NULL) {
		if (site_client_has(s, client, domain, false, NULL))
			return false;
		first = first == NULL ? client : first;
		num_clients++;
	}
	if (num_clients == 1)
		tool_note(NULL, "no client may send as %s yet; next: mailseal domain add %s -c %s --from-client %.*s",
		          domain, domain, s->path, (int)first->name.len, (const char *)first->name.ptr);
	else
		tool_note(NULL, "no client may send as %s yet; next: mailseal domain add %s -c %s --from-client NAME%s",
		          domain, domain, s->path, num_clients == 0 ? " --network CIDR" : "");
	return true;
}
