/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/permit_client.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
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

/* True also if the request names no network. */
static bool
has_network(const struct site *s, const struct document_section *client, const char *network)
{
	struct document_entry entry;

	return network == NULL || (document_find(&s->file.document, client, "network", &entry) &&
	                           seal_span_equal(entry.value, seal_span_text(network)));
}

int
permit_client(struct site *s, const struct client_request *r, const char *domain)
{
	const struct document_section *const client = r->name == NULL ? NULL : site_find_client(s, r->name);

	if (r->name == NULL || permit_client_may(s, r->name, domain))
		return TOOL_OK;
	if (client == NULL && r->network == NULL) {
		tool_error("%s: no section [client %s] exists; to create it, add --network CIDR with its addresses",
		           s->path, r->name);
		return TOOL_CONFIG;
	}
	if (client != NULL && !has_network(s, client, r->network)) {
		tool_error("%s: [client %s] already exists with another network; run the command without --network",
		           s->path, r->name);
		return TOOL_CONFIG;
	}
	if (client != NULL)
		add_domain(s, client, domain);
	else
		add_client(s, r, domain);
	return TOOL_OK;
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
