/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/result.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/progress.h"

static struct result *current;

const char *
result_command(void)
{
	return current == NULL ? "" : current->command;
}

FILE *
result_aside(void)
{
	return current == NULL ? stderr : current->aside;
}

static _Noreturn void
out_of_memory(void)
{
	fputs("mailseal: out of memory\n", stderr);
	exit(TOOL_IO);
}

/* --- pieces ------------------------------------------------------------------------- */

static void
append(struct result *r, enum result_kind kind, const char *s, size_t len)
{
	struct result_piece *piece = r->num_pieces == 0 ? NULL : &r->pieces[r->num_pieces - 1];
	char *larger;

	if (piece == NULL || piece->kind != kind) {
		r->pieces = realloc(r->pieces, (r->num_pieces + 1) * sizeof *r->pieces);
		if (r->pieces == NULL)
			out_of_memory();
		piece = &r->pieces[r->num_pieces++];
		*piece = (struct result_piece){ .kind = kind };
	}
	larger = realloc(piece->ptr, piece->len + len + 1);
	if (larger == NULL)
		out_of_memory();
	memcpy(larger + piece->len, s, len);
	piece->ptr = larger;
	piece->len += len;
	larger[piece->len] = '\0';
}

static ssize_t
write_text(void *ctx, const char *s, size_t len)
{
	append(ctx, RESULT_TEXT, s, len);
	return (ssize_t)len;
}

static ssize_t
write_aside(void *ctx, const char *s, size_t len)
{
	struct result *const r = ctx;

	(void)fflush(r->text);
	append(r, RESULT_ASIDE, s, len);
	return (ssize_t)len;
}

static bool
goes_to(const struct result_piece *piece, FILE *to)
{
	return (piece->kind == RESULT_TEXT) == (to == stdout);
}

/* Flushes standard output first, so that a terminal shows all pieces in the right order. */
static void
print_pieces(struct result *r)
{
	for (size_t i = 0; i < r->num_pieces; i++) {
		const struct result_piece *const piece = &r->pieces[i];
		FILE *const to = piece->kind == RESULT_TEXT ? stdout : stderr;

		if (r->json && piece->kind != RESULT_MESSAGE)
			continue;
		if (to == stderr)
			(void)fflush(stdout);
		(void)fwrite(piece->ptr, 1, piece->len, to);
	}
}

static void
free_pieces(struct result *r)
{
	for (size_t i = 0; i < r->num_pieces; i++)
		free(r->pieces[i].ptr);
	free(r->pieces);
	r->pieces = NULL;
	r->num_pieces = 0;
}

static char *
join_pieces(struct result *r, FILE *of, size_t *len)
{
	char *all = NULL;
	FILE *const to = open_memstream(&all, len);

	if (to == NULL)
		out_of_memory();
	if (!r->direct)
		(void)fflush(r->text);
	for (size_t i = 0; i < r->num_pieces; i++) {
		if (goes_to(&r->pieces[i], of))
			(void)fwrite(r->pieces[i].ptr, 1, r->pieces[i].len, to);
	}
	if (fclose(to) != 0)
		out_of_memory();
	return all;
}

char *
result_output(struct result *r, size_t *len)
{
	return join_pieces(r, stdout, len);
}

char *
result_remarks(struct result *r, size_t *len)
{
	return join_pieces(r, stderr, len);
}

/* --- messages ------------------------------------------------------------------------ */

static void
keep_message(struct result *r, enum tool_severity severity, char *text)
{
	r->messages = realloc(r->messages, (r->num_messages + 1) * sizeof *r->messages);
	if (r->messages == NULL)
		out_of_memory();
	r->messages[r->num_messages++] = (struct result_message){ .severity = severity, .text = text };
}

static void
put_message(const char *line)
{
	struct result *const r = current;

	if (r == NULL || r->live) {
		(void)fflush(stdout);
		progress_clear();
		fputs(line, stderr);
		return;
	}
	(void)fflush(r->text);
	append(r, RESULT_MESSAGE, line, strlen(line));
}

/* `line` is for the terminal, `text` for the result, which takes ownership of it. */
static void
deliver(enum tool_severity severity, const char *line, char *text)
{
	put_message(line);
	if (current != NULL)
		keep_message(current, severity, text);
	else
		free(text);
}

void
result_soften(bool soft)
{
	if (current != NULL)
		current->soft = soft;
}

static void report_message(enum tool_severity severity, const char *about, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void
report_message(enum tool_severity severity, const char *about, const char *format, va_list arguments)
{
	static const char *const words[] = { "", "warning: ", "note: " };
	const char *const command = result_command();
	const char *const name = about == NULL ? "" : about;
	const char *const colon = name[0] != '\0' ? ": " : "";
	char *text = NULL, *all = NULL, *line = NULL;

	if (severity == TOOL_ERROR && current != NULL && current->soft)
		severity = TOOL_WARNING;
	if (vasprintf(&text, format, arguments) < 0 || asprintf(&all, "%s%s%s", name, colon, text) < 0 ||
	    asprintf(&line, "mailseal%s%s: %s%s%s%s\n", command[0] != '\0' ? " " : "", command, name, colon,
	             words[severity], text) < 0)
		out_of_memory();
	deliver(severity, line, all);
	free(line);
	free(text);
}

void
tool_error_at(const char *path, unsigned long number, unsigned long column, const char *text)
{
	char *line = NULL, *all = NULL;

	if (asprintf(&all, "%s:%lu:%lu: %s", path, number, column, text) < 0 || asprintf(&line, "%s\n", all) < 0)
		out_of_memory();
	deliver(TOOL_ERROR, line, all);
	free(line);
}

void
tool_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_message(TOOL_ERROR, NULL, format, arguments);
	va_end(arguments);
}

void
tool_warning(const char *about, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_message(TOOL_WARNING, about, format, arguments);
	va_end(arguments);
}

void
tool_note(const char *about, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_message(TOOL_NOTE, about, format, arguments);
	va_end(arguments);
}

json_t *
result_take_messages(struct result *r, enum tool_severity severity, size_t from)
{
	json_t *const list = json_array();

	for (size_t i = from; i < r->num_messages; i++) {
		struct result_message *const m = &r->messages[i];

		if (m->severity != severity || m->taken)
			continue;
		json_array_append_new(list, tool_json_span(seal_span_text(m->text)));
		m->taken = true;
	}
	return list;
}

/* --- one result ---------------------------------------------------------------------- */

void
result_begin(struct result *r, const char *command)
{
	static const cookie_io_functions_t text = { .write = write_text }, aside = { .write = write_aside };

	*r = (struct result){ .command = command, .outer = current };
	r->text = fopencookie(r, "w", text);
	r->aside = fopencookie(r, "w", aside);
	if (r->text == NULL || r->aside == NULL)
		out_of_memory();
	(void)setvbuf(r->aside, NULL, _IONBF, 0);
	current = r;
}

void
result_end(struct result *r)
{
	if (!r->direct)
		(void)fflush(r->text);
	if (current == r)
		current = r->outer;
}

static void
close_streams(struct result *r)
{
	if (r->direct || r->text == NULL)
		return;
	(void)fclose(r->text);
	(void)fclose(r->aside);
	r->text = r->aside = NULL;
}

void
result_free(struct result *r)
{
	result_end(r);
	close_streams(r);
	free_pieces(r);
	for (size_t i = 0; i < r->num_messages; i++)
		free(r->messages[i].text);
	free(r->messages);
	json_decref(r->document);
	*r = (struct result){ .command = "" };
}

void
result_set(struct result *r, json_t *document)
{
	json_decref(r->document);
	r->document = document;
	r->document_failed = document == NULL;
}

void
result_flush(struct result *r)
{
	if (!r->direct)
		(void)fflush(r->text);
	progress_clear();
	print_pieces(r);
	free_pieces(r);
	(void)fflush(stdout);
}

void
result_live(struct result *r)
{
	result_flush(r);
	r->live = true;
	if (r->json)
		return;
	close_streams(r);
	r->direct = true;
	r->text = stdout;
	r->aside = stderr;
}

/* "format", and the messages that the command has not put into the document itself. */
static json_t *
complete_document(struct result *r)
{
	static const struct {
		const char *name;
		enum tool_severity severity;
	} lists[] = { { "errors", TOOL_ERROR }, { "warnings", TOOL_WARNING }, { "notes", TOOL_NOTE } };
	json_t *const all = tool_json_document(r->document != NULL ? json_incref(r->document) : json_object());

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		if (json_object_get(all, lists[i].name) == NULL)
			json_object_set_new(all, lists[i].name, result_take_messages(r, lists[i].severity, 0));
	}
	return all;
}

int
result_print(struct result *r, int code)
{
	if (r->json && r->document_failed && code == TOOL_OK) {
		tool_error("the JSON document cannot be made");
		code = TOOL_IO;
	}
	result_flush(r);
	if (r->json && !tool_put_json(stdout, complete_document(r)))
		code = TOOL_IO;
	result_end(r);
	return tool_finish_output() == TOOL_OK ? code : TOOL_IO;
}
