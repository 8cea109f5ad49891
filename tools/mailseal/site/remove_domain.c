/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/remove_domain.h"

#include <stdio.h>
#include <stdlib.h>

/* `item` with one comma before or after it in `list`, which has other items too. */
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

/* It is the domain, or all that is below it. */
static bool
names_domain(struct seal_span item, const char *domain)
{
	if (seal_span_starts_nocase(item, SEAL_SPAN("*.")))
		item = seal_span_from(item, 2);
	return site_is(item, domain);
}

/* The next mention of the domain in the list of a client, which keeps another item. */
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

/* With the empty lines after it. */
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
cut_sections(struct site *s, const char *domain)
{
	const struct seal_span text = tool_span(s->file.text);
	const struct seal_config *config = &s->file.config;
	char *rest = NULL;
	size_t len = 0;
	size_t at = 0;
	FILE *to = open_memstream(&rest, &len);
	struct tool_text left;

	for (size_t i = 0; to != NULL && i < config->num_domains; i++) {
		const struct seal_span name = config->domains[i].name;
		struct seal_span section;
		size_t start;

		if (!site_is(name, domain))
			continue;
		section = section_with_gap(s, name);
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
cut_permissions(struct site *s, const char *domain)
{
	struct seal_span cut;
	int code = find_permission(s, domain, &cut);

	while (code == TOOL_OK && cut.len > 0) {
		code = cut_out(s, cut);
		if (code == TOOL_OK)
			code = find_permission(s, domain, &cut);
	}
	return code;
}

int
remove_domain(struct site *s, const char *domain)
{
	const size_t before = s->file.config.num_domains;
	int code = cut_permissions(s, domain);

	if (code == TOOL_OK)
		code = cut_sections(s, domain);
	if (code == TOOL_OK && s->file.config.num_domains == before) {
		tool_error("%s: there is no section [domain %s]", s->path, domain);
		return TOOL_CONFIG;
	}
	return code;
}
