/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/remove_domain.h"

/* Removes the domain from the first list that has it; false: no list has it. */
static bool
remove_permission(struct site *s, const char *domain)
{
	struct document *const d = &s->file.document;
	const struct document_section *client = NULL;
	struct document_entry from;
	struct seal_span item;

	while ((client = document_next(d, "client", client)) != NULL) {
		if (!site_client_has(s, client, domain, true, &item) || !document_find(d, client, "from", &from))
			continue;
		document_remove_item(d, &from, item);
		return true;
	}
	return false;
}

/* False (reported for each such client): a list would be empty. */
static bool
lists_survive(const struct site *s, const char *domain)
{
	const struct document *const d = &s->file.document;
	const struct document_section *client = NULL;
	bool ok = true;

	while ((client = document_next(d, "client", client)) != NULL) {
		struct document_entry from;
		struct seal_span item;
		bool has_domain = false;
		bool has_another = false;

		if (!document_find(d, client, "from", &from))
			continue;
		while (seal_span_split(&from.value, ',', &item)) {
			const bool below = seal_span_starts_nocase(item, SEAL_SPAN("*."));
			const bool is_domain = site_is(seal_span_from(item, below ? 2 : 0), domain);

			has_domain = has_domain || is_domain;
			has_another = has_another || (item.len > 0 && !is_domain);
		}
		if (!has_domain || has_another)
			continue;
		ok = false;
		tool_error("%s:%zu: [client %.*s] may send only as %s; change its from or remove the section first",
		           s->path, from.line + 1, (int)client->name.len, (const char *)client->name.ptr, domain);
	}
	return ok;
}

int
remove_domain(struct site *s, const char *domain)
{
	const struct document_section *section;
	bool found = false;

	if (!lists_survive(s, domain))
		return TOOL_CONFIG;
	while ((section = site_next_section(s, domain, NULL)) != NULL) {
		document_remove_section(&s->file.document, section);
		found = true;
	}
	while (remove_permission(s, domain))
		found = true;
	if (found)
		return site_settle(s);
	tool_error("%s: no section [domain %s] exists, and no client may send as it", s->path, domain);
	return TOOL_CONFIG;
}
