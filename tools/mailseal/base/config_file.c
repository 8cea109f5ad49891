/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/base/result.h"

#define MORE_ERRORS "%s: more than %u errors; the others are not shown"

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

/* --- errors ------------------------------------------------------------------------------------------------------- */

/* "?" for each control character. */
static void
put_printable(FILE *to, struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++)
		fputc(s.ptr[i] == '\t' || (s.ptr[i] >= 32 && s.ptr[i] != 127) ? s.ptr[i] : '?', to);
}

static void
explain_error(const struct config_file *f, const char *path, const struct reading_fault *fault)
{
	const struct seal_config_error *const e = &fault->error;
	struct seal_span line = seal_span(NULL, 0);
	FILE *const aside = result_aside();

	if (e->line <= f->document.num_lines)
		line = f->document.lines[e->line - 1].text;
	tool_error_at(path, e->line, e->column, fault->text);
	fputs("  ", aside);
	put_printable(aside, line);
	fputs("\n  ", aside);
	for (uint32_t i = 1; i < e->column; i++)
		fputc(i <= line.len && line.ptr[i - 1] == '\t' ? '\t' : ' ', aside);
	fputs("^\n", aside);
}

void
config_file_show_unreadable(const struct reading *r, const char *path)
{
	if (r->num_faults == READING_FAULTS_MAX)
		tool_error("%s: more than %u errors; it is not read further", path, READING_FAULTS_MAX);
	else
		tool_error("%s: cannot be read further because of the error above", path);
}

static size_t
num_shown(const struct reading *r)
{
	return r->num_faults < READING_SHOWN_MAX ? r->num_faults : READING_SHOWN_MAX;
}

static int
report_errors(const struct config_file *f, const char *path)
{
	for (size_t i = 0; i < num_shown(&f->reading); i++)
		explain_error(f, path, &f->reading.faults[i]);
	if (f->reading.num_faults > READING_SHOWN_MAX)
		tool_error(MORE_ERRORS, path, READING_SHOWN_MAX);
	if (!f->reading.readable)
		config_file_show_unreadable(&f->reading, path);
	return f->reading.num_faults == 0 ? TOOL_OK : TOOL_CONFIG;
}

static int
report_unreadable(const struct config_file *f, const char *path)
{
	if (f->reading.readable)
		return TOOL_OK;
	config_file_show_unreadable(&f->reading, path);
	return TOOL_CONFIG;
}

void
config_file_show_warnings(const struct reading *r, const char *path)
{
	for (size_t i = 0; i < num_shown(r); i++) {
		const struct reading_fault *const fault = &r->faults[i];
		char *place = NULL;

		if (asprintf(&place, "%s:%lu:%lu", path, (unsigned long)fault->error.line,
		             (unsigned long)fault->error.column) < 0)
			place = NULL;
		tool_warning(place == NULL ? path : place, "%s", fault->text);
		free(place);
	}
	if (r->num_faults > READING_SHOWN_MAX)
		tool_warning(NULL, MORE_ERRORS, path, READING_SHOWN_MAX);
}

static int
report_warnings(const struct config_file *f, const char *path)
{
	config_file_show_warnings(&f->reading, path);
	return report_unreadable(f, path);
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

void
config_file_take(struct config_file *f, const char *path, struct tool_text text)
{
	*f = (struct config_file){ .directory = directory_of(path) };
	document_read(&f->document, text);
	reading_make(&f->reading, &f->document, &f->config);
}

void
config_file_advise_first(const char *path)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		tool_note(NULL, "to begin, copy docs/examples/gateway.conf, which make install puts into "
		          "/etc/mailseal");
}

static int
load(struct config_file *f, const char *path, int (*report)(const struct config_file *f, const char *path))
{
	struct tool_text text;

	*f = (struct config_file){ .directory = NULL };
	if (!tool_read_file(path, CONFIG_FILE_MAX, &text)) {
		config_file_advise_first(path);
		free(text.ptr);
		return TOOL_IO;
	}
	config_file_take(f, path, text);
	return report(f, path);
}

int
config_file_load(struct config_file *f, const char *path)
{
	return load(f, path, report_errors);
}

int
config_file_load_readable(struct config_file *f, const char *path)
{
	return load(f, path, report_warnings);
}

int
config_file_load_again(struct config_file *f, const char *path)
{
	return load(f, path, report_unreadable);
}

void
config_file_free(struct config_file *f)
{
	reading_free(&f->reading);
	document_free(&f->document);
	free(f->config.clients);
	free(f->config.domains);
	free(f->directory);
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

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

const struct document_section *
config_file_section(const struct config_file *f, struct seal_span name)
{
	const struct seal_span place = reading_place(&f->reading, &f->document, name);
	const size_t offset = (size_t)(place.ptr - f->document.text.ptr);

	return document_section_of(&f->document, document_line_at(&f->document, offset));
}

struct seal_span
config_file_note(const struct config_file *f, struct seal_span name, const char *note)
{
	struct seal_span value = seal_span(NULL, 0);
	size_t line = 0;

	(void)document_note(&f->document, config_file_section(f, name), note, &line, &value);
	return value;
}
