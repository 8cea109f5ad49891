/* SPDX-License-Identifier: Apache-2.0
 *
 * bundle.c - create a support bundle: one file without secrets.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/bundle/pack.h"
#include "tools/mailseal/bundle/redact.h"
#include "tools/mailseal/bundle/tail.h"
#include "tools/mailseal/commands/check.h"
#include "tools/mailseal/commands/key_list.h"
#include "tools/mailseal/commands/version.h"
#include "tools/mailseal/site/site.h"

#define FOLDER      "mailseal-bundle/"
#define LINES       "1000"
#define LINES_MAX   100000u
#define CONFIG_MAX  ((size_t)1 << 20)
#define FILES_MAX   6u

struct request {
	const char *config, *output, *log;
	uint64_t num_lines;
	bool dry_run;
};

static const struct option_row options[] = {
	OPTION_CONFIG_FILE(struct request, config, "The configuration, which may have errors."),
	{ "output", 'o', OPT_STRING, offsetof(struct request, output), "FILE.tar.gz",
	  .text = "A new file, readable by its owner only.", .flags = OPT_REQUIRED },
	{ "log", 0, OPT_STRING, offsetof(struct request, log), "FILE",
	  .text = "The gateway's log, or - for standard input. Its last lines are packed." },
	{ "lines", 0, OPT_NUMBER, offsetof(struct request, num_lines), "N",
	  .text = "The number of lines of the log to pack, at most 4 MB.", .fallback = LINES, .min = 1,
	  .max = LINES_MAX },
	{ "dry-run", 'n', OPT_FLAG, offsetof(struct request, dry_run),
	  .text = "Show what would be packed, and write nothing." },
	OPTIONS_END
};

struct file {
	const char *name;
	char *text;
	size_t len;
};

struct bundle {
	const struct request *request;
	struct redact redact;
	struct document config;
	FILE *spooled;                     /* a log from standard input          */
	char log_path[32];                 /* of it                             */
	struct tail tail;
	struct file files[FILES_MAX];
	size_t num_files;
};

/* --- files of the bundle --------------------------------------------------- */

static FILE *
open_file(struct bundle *b, const char *name)
{
	struct file *const file = &b->files[b->num_files++];
	FILE *to;

	*file = (struct file){ .name = name };
	to = open_memstream(&file->text, &file->len);
	if (to == NULL) {
		tool_error("no memory for %s", name);
		exit(TOOL_IO);
	}
	return to;
}

static int
close_file(FILE *to)
{
	if (fclose(to) == 0)
		return TOOL_OK;
	tool_error("no memory for the bundle");
	return TOOL_IO;
}

static void
free_files(struct bundle *b)
{
	for (size_t i = 0; i < b->num_files; i++)
		free(b->files[i].text);
}

static int
add_version(struct bundle *b)
{
	FILE *const to = open_file(b, FOLDER "version.txt");
	struct result found;
	size_t len;
	char *text;

	result_begin(&found, "version");
	(void)version(&found);
	result_end(&found);
	text = result_output(&found, &len);
	redact_text(&b->redact, to, seal_span((const uint8_t *)text, len), REDACT_KEEP);
	free(text);
	result_free(&found);
	return close_file(to);
}

static int
add_config(struct bundle *b)
{
	FILE *const to = open_file(b, FOLDER "gateway.conf");

	redact_config(&b->redact, to, &b->config);
	return close_file(to);
}

/* Of "PATH:LINE:COLUMN: KEY: expected ..., found ..." and two lines that begin with spaces: what was found may be
 * anything. */
static struct seal_span
without_what_was_found(struct seal_span line)
{
	const struct seal_span found = SEAL_SPAN(", found ");

	if (seal_span_starts_nocase(line, SEAL_SPAN("  ")))
		return seal_span_first(line, 0);
	for (size_t i = 0; i + found.len <= line.len; i++) {
		if (memcmp(line.ptr + i, found.ptr, found.len) == 0)
			return seal_span_first(line, i);
	}
	return line;
}

static void
put_remarks(struct bundle *b, FILE *to, int code, struct seal_span text)
{
	while (code == TOOL_CONFIG && text.len > 0) {
		const struct seal_span line = seal_span_first(text, seal_span_find(text, '\n'));

		redact_text(&b->redact, to, without_what_was_found(line), REDACT_MASK);
		text = seal_span_from(text, line.len + 1);
	}
	redact_text(&b->redact, to, text, REDACT_MASK);
}

static int
add_check(struct bundle *b)
{
	const struct check_request request = { .config = b->request->config };
	FILE *const to = open_file(b, FOLDER "check.txt");
	struct result found;
	char *text, *remarks;
	size_t len, remarks_len;
	int code;

	result_begin(&found, "check");
	code = check(&request, &found);
	result_end(&found);
	text = result_output(&found, &len);
	remarks = result_remarks(&found, &remarks_len);
	fprintf(to, "exit code %d\n", code);
	redact_text(&b->redact, to, seal_span((const uint8_t *)text, len), REDACT_MASK);
	put_remarks(b, to, code, seal_span((const uint8_t *)remarks, remarks_len));
	free(text);
	free(remarks);
	result_free(&found);
	return close_file(to);
}

/* Without its messages: what they found may be anything. */
static int
add_keys(struct bundle *b)
{
	const struct key_list_request request = {
		.config = b->request->config, .log = b->spooled != NULL ? b->log_path : b->request->log
	};
	FILE *const to = open_file(b, FOLDER "keys.json");
	struct result found;
	json_t *document;
	char *text;

	result_begin(&found, "key list");
	(void)key_list(&request, &found);
	result_end(&found);
	document = tool_json_document(json_pack("{s:O?}", "keys", json_object_get(found.document, "keys")));
	text = json_dumps(document, JSON_INDENT(2));
	if (text != NULL)
		redact_text(&b->redact, to, seal_span_text(text), REDACT_KEEP);
	free(text);
	json_decref(document);
	result_free(&found);
	return close_file(to);
}

/* --- the log ---------------------------------------------------------------- */

/* The log is read twice, so standard input is kept in a file without a name. */
static int
spool(struct bundle *b)
{
	uint8_t buf[65536];
	ssize_t n;
	bool ok;

	b->spooled = tmpfile();
	ok = b->spooled != NULL;
	while (ok && (n = read(STDIN_FILENO, buf, sizeof buf)) != 0) {
		if (n > 0)
			ok = fwrite(buf, 1, (size_t)n, b->spooled) == (size_t)n;
		else
			ok = errno == EINTR;
	}
	if (ok && fflush(b->spooled) == 0) {
		(void)snprintf(b->log_path, sizeof b->log_path, "/proc/self/fd/%d", fileno(b->spooled));
		return TOOL_OK;
	}
	tool_error("the log cannot be kept: %s", strerror(errno));
	return TOOL_IO;
}

static int
add_log(struct bundle *b)
{
	const char *const path = b->spooled != NULL ? b->log_path : b->request->log;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0;
	FILE *to;

	if (!ok)
		tool_error("%s: the log cannot be opened: %s", path, strerror(errno));
	ok = ok && tail_read(&b->tail, fd, b->request->log, b->request->num_lines);
	if (fd >= 0)
		close(fd);
	if (!ok)
		return TOOL_IO;
	to = open_file(b, FOLDER "log.txt");
	redact_text(&b->redact, to, tool_span(b->tail.text), REDACT_MASK);
	return close_file(to);
}

/* --- what is inside --------------------------------------------------------- */

static void
put_contents(const struct bundle *b, FILE *to)
{
	const struct redact *const r = &b->redact;

	fprintf(to, "version.txt   the version of mailseal and what it was built from\n"
	        "gateway.conf  the configuration. Removed: %zu passwords of login, %zu commands of secret-helper, "
	        "%zu comments, %zu other lines\n"
	        "check.txt     the report of mailseal check\n"
	        "keys.json     mailseal key list: public keys, states, names of files\n",
	        r->num_logins, r->num_commands, r->num_comments, r->num_lines);
	if (b->request->log != NULL)
		fprintf(to, "log.txt       the last %llu of %llu lines of the log\n",
		        (unsigned long long)b->tail.num_kept, (unsigned long long)b->tail.num_lines);
	fprintf(to, "contents.txt  this list\n"
	        "Hidden: the local parts of %zu addresses. Secrets found elsewhere and removed: %zu.\n"
	        "Not in it: private keys, certificates, passwords, tokens, and the files with them.\n",
	        r->num_masked, r->num_found);
}

static json_t *
contains_json(const struct bundle *b)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < b->num_files; i++)
		json_array_append_new(list, json_pack("{s:s, s:I}", "name", b->files[i].name + strlen(FOLDER), "octets",
		                                      (json_int_t)b->files[i].len));
	return list;
}

static json_t *
removed_json(const struct redact *r)
{
	const struct {
		const char *what;
		size_t count;
	} removed[] = {
		{ "login", r->num_logins }, { "secret-helper", r->num_commands }, { "comment", r->num_comments },
		{ "line", r->num_lines }, { "address", r->num_masked }, { "secret", r->num_found }
	};
	json_t *const list = json_array();

	for (size_t i = 0; i < sizeof removed / sizeof removed[0]; i++)
		json_array_append_new(list, json_pack("{s:s, s:I}", "what", removed[i].what, "count",
		                                      (json_int_t)removed[i].count));
	return list;
}

static void
put_result(const struct bundle *b, struct result *result)
{
	const struct request *const r = b->request;

	result_set(result, json_pack("{s:o, s:o, s:o, s:b}", "file", tool_json_span(seal_span_text(r->output)),
	                             "contains", contains_json(b), "removed", removed_json(&b->redact), "dry_run",
	                             r->dry_run));
	fprintf(result->text, "%s%s:\n", r->output, r->dry_run ? " (not written)" : "");
	put_contents(b, result->text);
	if (!r->dry_run)
		fprintf(result->text, "Look through it before you send it: tar xzf %s\n", r->output);
}

static int
write_archive(const struct bundle *b, struct seal_span archive)
{
	return b->request->dry_run ? tool_may_write(b->request->output, TOOL_NEVER_REPLACE)
	                           : tool_write_secret(b->request->output, archive, TOOL_NEVER_REPLACE);
}

static int
write_bundle(struct bundle *b, struct result *result)
{
	struct pack_file files[FILES_MAX];
	struct tool_text archive = { NULL, 0 };
	FILE *const to = open_file(b, FOLDER "contents.txt");
	int code;

	put_contents(b, to);
	code = close_file(to);
	for (size_t i = 0; i < b->num_files; i++)
		files[i] = (struct pack_file){
			b->files[i].name, seal_span((const uint8_t *)b->files[i].text, b->files[i].len)
		};
	if (code == TOOL_OK)
		code = pack(files, b->num_files, site_now(), &archive);
	if (code == TOOL_OK)
		code = write_archive(b, tool_span(archive));
	free(archive.ptr);
	if (code == TOOL_OK)
		put_result(b, result);
	return code;
}

static int
collect(struct bundle *b, struct result *result)
{
	struct tool_text config;
	int code = TOOL_OK;

	if (!tool_read_file(b->request->config, CONFIG_MAX, &config)) {
		free(config.ptr);
		return TOOL_IO;
	}
	document_read(&b->config, config);
	redact_learn(&b->redact, &b->config);
	if (b->request->log != NULL && strcmp(b->request->log, "-") == 0)
		code = spool(b);
	if (code == TOOL_OK)
		code = add_version(b);
	if (code == TOOL_OK)
		code = add_config(b);
	if (code == TOOL_OK)
		code = add_check(b);
	if (code == TOOL_OK)
		code = add_keys(b);
	if (code == TOOL_OK && b->request->log != NULL)
		code = add_log(b);
	return code == TOOL_OK ? write_bundle(b, result) : code;
}

static char *
folder_of(const char *path)
{
	const char *const slash = strrchr(path, '/');

	return strndup(path, slash == NULL ? 0 : (size_t)(slash - path) + (slash == path));
}

static int
start(const void *request, struct result *result)
{
	const struct request *const r = request;
	struct bundle b = { .request = r };
	char *const folder = folder_of(r->config);
	int code;

	redact_init(&b.redact, folder != NULL ? folder : "");
	code = collect(&b, result);
	redact_free(&b.redact);
	free_files(&b);
	document_free(&b.config);
	free(b.tail.text.ptr);
	if (b.spooled != NULL)
		(void)fclose(b.spooled);
	free(folder);
	return code;
}

const struct tool_command tool_bundle = {
	.name = "bundle", .summary = "Create a support bundle (no secrets)",
	.options = options, .request_size = sizeof(struct request), .start = start,
	.help =
		"Packs version.txt, gateway.conf, check.txt (mailseal check), keys.json (mailseal key list), log.txt\n"
		"and contents.txt, which is also printed. In the configuration, passwords of login and\n"
		"secret-helper are replaced; comments, and lines that are not understood, are removed; names of\n"
		"key files stay. In the log and all other files, local parts of addresses are hidden\n"
		"(a***@example.com) and bytes that are not printable become \"?\". The contents of the key and\n"
		"secret files that the configuration names are removed wherever they occur; these files are\n"
		"never packed.\n"
		"Exit codes: 0 done, also if the configuration has errors, 2 usage, 5 input or output.\n"
		"\n"
		"  mailseal bundle -c gateway.conf --log gateway.log -o support.tar.gz\n",
	.json =
		"{ file, contains: [ { name, octets } ], removed: [ { what, count } ], dry_run }\n"
		"what is login, secret-helper, comment or line: removed from the configuration; address: hidden;\n"
		"or secret: found elsewhere.\n"
};
