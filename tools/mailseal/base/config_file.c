/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/config_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/out.h"
#include "tools/mailseal/base/config_keys.h"

#define TEXT_MAX ((size_t)1 << 20)
#define NOTE "# mailseal: "

/* Every section starts with "[". */
static size_t
count_sections(struct seal_span text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '[';
	return count;
}

static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const size_t len = slash == NULL ? 0 : (size_t)(slash - path) + (slash == path);
	char *directory = tool_allocate(len + 1);

	memcpy(directory, path, len);
	directory[len] = '\0';
	return directory;
}

static bool
is_line_end(uint8_t c)
{
	return c == '\n' || c == '\r';
}

/* The line that holds the error, which the parser counts from 1. */
static struct seal_span
line_of(struct seal_span text, uint32_t number)
{
	struct seal_span line;
	size_t len = 0;

	for (; number > 1; number--)
		text = seal_span_from(text, seal_span_find(text, '\n') + 1);
	if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
		text = seal_span_from(text, 3);
	while (len < text.len && !is_line_end(text.ptr[len]))
		len++;
	line = seal_span_first(text, len);
	return line;
}

/* What is no control character, and "?" for each that is. */
static void
print_span(struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++)
		fputc(s.ptr[i] == '\t' || (s.ptr[i] >= 32 && s.ptr[i] != 127) ? s.ptr[i] : '?', stderr);
}

static void
explain(const char *path, struct seal_span text, const struct seal_config_error *e)
{
	const struct seal_span line = line_of(text, e->line);
	const size_t cap = CONFIG_FILE_EXPECTED_MAX + e->found.len;
	struct seal_out out = seal_out(tool_allocate(cap), cap);
	char *meant = NULL;

	seal_config_explain(e, &out);
	if (e->section != NULL)
		meant = config_keys_suggest(e->section, e->found);
	fprintf(stderr, "%s:%.*s%s", path, (int)out.len, (const char *)out.ptr, meant == NULL ? "" : meant);
	free(meant);
	free(out.ptr);
	fputs("\n  ", stderr);
	print_span(line);
	fputs("\n  ", stderr);
	for (uint32_t i = 1; i < e->column; i++)
		fputc(i <= line.len && line.ptr[i - 1] == '\t' ? '\t' : ' ', stderr);
	fputs("^\n", stderr);
}

int
config_file_take(struct config_file *f, const char *path, struct tool_text text)
{
	const size_t num_sections = count_sections(tool_span(text));

	*f = (struct config_file){ .directory = directory_of(path), .text = text };
	f->config.clients = tool_allocate(num_sections * sizeof *f->config.clients);
	f->config.domains = tool_allocate(num_sections * sizeof *f->config.domains);
	f->config.clients_cap = num_sections;
	f->config.domains_cap = num_sections;
	if (seal_config_parse(&f->config, tool_span(f->text), &f->error) == SEAL_OK)
		return TOOL_OK;
	explain(path, tool_span(f->text), &f->error);
	return TOOL_CONFIG;
}

char *
config_file_path(const struct config_file *f, struct seal_span name)
{
	char *text = tool_allocate(name.len + 1);
	char *path;

	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	path = tool_path(f->directory, text);
	free(text);
	return path;
}

int
config_file_load(struct config_file *f, const char *path)
{
	struct tool_text text;

	*f = (struct config_file){ .directory = NULL };
	if (tool_read_file(path, TEXT_MAX, &text))
		return config_file_take(f, path, text);
	free(text.ptr);
	return TOOL_IO;
}

struct seal_span
config_file_section(const struct config_file *f, struct seal_span name)
{
	const struct seal_span text = tool_span(f->text);
	size_t start = (size_t)(name.ptr - text.ptr);
	size_t end;
	size_t at;

	while (text.ptr[start] != '[')
		start--;
	at = end = start;
	while (at < text.len && (at == start || text.ptr[at] != '[')) {
		const struct seal_span rest = seal_span_from(text, at);
		const struct seal_span line = seal_span_first(rest, seal_span_find(rest, '\n') + 1);
		struct seal_span bare = seal_span_trim(line);

		while (bare.len > 0 && (bare.ptr[bare.len - 1] == '\n' || bare.ptr[bare.len - 1] == '\r'))
			bare.len--;
		at += line.len;
		if (seal_span_trim(bare).len > 0 && line.ptr[0] != '#' && line.ptr[0] != ';')
			end = at;
	}
	return seal_span(text.ptr + start, end - start);
}

struct seal_span
config_file_note(struct seal_span text, const char *key, size_t *from)
{
	const struct seal_span wanted = seal_span_text(key);

	while (*from < text.len) {
		struct seal_span line = seal_span_from(text, *from);
		const size_t len = seal_span_find(line, '\n');
		const struct seal_span mark = SEAL_SPAN(NOTE);

		line = seal_span_first(line, len);
		*from += len + 1;
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!seal_span_starts_nocase(line, mark))
			continue;
		line = seal_span_from(line, mark.len);
		if (seal_span_starts_nocase(line, wanted) && seal_span_find(line, '=') <= wanted.len + 1)
			return seal_span_trim(seal_span_from(line, seal_span_find(line, '=') + 1));
	}
	return seal_span(text.ptr, 0);
}

void
config_file_warn(const struct config_file *f, const char *path)
{
	const struct seal_config_next_hop *hop = &f->config.next_hop;
	const unsigned port = f->config.gateway.next_hop.port;

	if (hop->tls == SEAL_SMTPC_TLS_NONE && (port == 465 || port == 587))
		tool_warning(path, "next-hop has port %u, where TLS is spoken, but there is no [next-hop] with "
		             "tls = %s", port, port == 465 ? "implicit" : "starttls");
	if (hop->pin.len != 0 && hop->ca.len != 0)
		tool_warning(path, "ca counts for nothing beside pin");
	if (f->config.num_clients == 0)
		tool_warning(path, "no [client] section, so nobody may send");
}

void
config_file_free(struct config_file *f)
{
	free(f->config.clients);
	free(f->config.domains);
	free(f->text.ptr);
	free(f->directory);
}
