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
#include "tools/mailseal/bundle/capture.h"
#include "tools/mailseal/bundle/pack.h"
#include "tools/mailseal/bundle/redact.h"
#include "tools/mailseal/bundle/tail.h"
#include "tools/mailseal/commands/key_list.h"
#include "tools/mailseal/site/site.h"

#define FOLDER      "mailseal-bundle/"
#define LINES       1000u
#define LINES_MAX   100000u
#define CONFIG_MAX  ((size_t)1 << 20)
#define FILES_MAX   6u

enum {
	OPT_LOG = 256,
	OPT_LINES,
	OPT_JSON
};

struct request {
	const char *config, *output, *log;
	uint64_t num_lines;
	bool json, dry_run;
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
	FILE *spooled;                     /* a log that came by standard input */
	char log_path[32];                 /* of it                             */
	struct tail tail;
	struct file files[FILES_MAX];
	size_t num_files;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{ "log", required_argument, NULL, OPT_LOG },
		{ "lines", required_argument, NULL, OPT_LINES },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ .config = SITE_CONFIG, .num_lines = LINES };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == 'c')
			r->config = optarg;
		else if (option == 'o')
			r->output = optarg;
		else if (option == OPT_LOG)
			r->log = optarg;
		else if (option == 'n')
			r->dry_run = true;
		else if (option == OPT_JSON)
			r->json = true;
		else if (option != OPT_LINES || !tool_number(optarg, "--lines", 1, LINES_MAX, &r->num_lines))
			return false;
	}
	return tool_required(r->output, "-o FILE.tar.gz") && tool_arguments(argc, 0, "");
}

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
	char *arguments[] = { strdup("version"), NULL };
	struct captured c;
	int code = capture(&tool_version, arguments, &c);

	if (code == TOOL_OK) {
		FILE *const to = open_file(b, FOLDER "version.txt");

		redact_text(&b->redact, to, tool_span(c.output), REDACT_KEEP);
		code = close_file(to);
	}
	captured_free(&c);
	free(arguments[0]);
	return code;
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
put_messages(struct bundle *b, FILE *to, const struct captured *c)
{
	struct seal_span text = tool_span(c->messages);

	while (c->code == TOOL_CONFIG && text.len > 0) {
		const struct seal_span line = seal_span_first(text, seal_span_find(text, '\n'));

		redact_text(&b->redact, to, without_what_was_found(line), REDACT_MASK);
		text = seal_span_from(text, line.len + 1);
	}
	redact_text(&b->redact, to, text, REDACT_MASK);
}

static int
add_check(struct bundle *b)
{
	char *arguments[] = { strdup("check"), strdup(b->request->config), NULL };
	struct captured c;
	int code = capture(&tool_check, arguments, &c);

	if (code == TOOL_OK) {
		FILE *const to = open_file(b, FOLDER "check.txt");

		fprintf(to, "exit code %d\n", c.code);
		redact_text(&b->redact, to, tool_span(c.output), REDACT_MASK);
		put_messages(b, to, &c);
		code = close_file(to);
	}
	captured_free(&c);
	free(arguments[0]);
	free(arguments[1]);
	return code;
}

/* Without its messages: what they found may be anything. */
static int
add_keys(struct bundle *b)
{
	const struct key_list_request request = {
		.config = b->request->config, .log = b->spooled != NULL ? b->log_path : b->request->log
	};
	FILE *const to = open_file(b, FOLDER "keys.json");
	struct result result;
	char *keys;

	result_begin(&result, "key list");
	(void)key_list(&request, &result);
	result_end(&result);
	keys = json_dumps(result.document, JSON_INDENT(2));
	redact_text(&b->redact, to, seal_span_text(keys == NULL ? "{ \"keys\": null }" : keys), REDACT_KEEP);
	free(keys);
	result_free(&result);
	return close_file(to);
}

/* --- the log ---------------------------------------------------------------- */

/* It is read twice: what comes by standard input is kept in a file that has no name. */
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

	fprintf(to, "version.txt   which mailseal, and what it was built from\n"
	        "gateway.conf  the configuration. Removed: %zu passwords of login, %zu commands of secret-helper, "
	        "%zu comments, %zu other lines\n"
	        "check.txt     what mailseal check says of it\n"
	        "keys.json     mailseal key list: public keys, states, names of files\n",
	        r->num_logins, r->num_commands, r->num_comments, r->num_lines);
	if (b->request->log != NULL)
		fprintf(to, "log.txt       the last %llu of %llu lines of the log\n",
		        (unsigned long long)b->tail.num_kept, (unsigned long long)b->tail.num_lines);
	fprintf(to, "contents.txt  this list\n"
	        "Hidden: the local parts of %zu addresses. Secrets that were found elsewhere and removed: %zu.\n"
	        "Not in it: private keys, certificates, passwords and tokens, nor the files that hold them.\n",
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

static int
tell(const struct bundle *b)
{
	const struct request *const r = b->request;

	if (r->json)
		return tool_print_json(json_pack("{s:o, s:o, s:o, s:b}", "file",
		                                 tool_json_span(seal_span_text(r->output)), "contains",
		                                 contains_json(b), "removed", removed_json(&b->redact), "dry_run",
		                                 r->dry_run));
	printf("%s%s:\n", r->output, r->dry_run ? " (not written)" : "");
	put_contents(b, stdout);
	if (!r->dry_run)
		printf("Look through it before you send it: tar xzf %s\n", r->output);
	return tool_finish_output();
}

static int
write_archive(const struct bundle *b, struct seal_span archive)
{
	return b->request->dry_run ? tool_may_write(b->request->output, TOOL_NEVER_REPLACE)
	                           : tool_write_secret(b->request->output, archive, TOOL_NEVER_REPLACE);
}

static int
write_bundle(struct bundle *b)
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
	return code == TOOL_OK ? tell(b) : code;
}

static int
collect(struct bundle *b)
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
	return code == TOOL_OK ? write_bundle(b) : code;
}

static char *
folder_of(const char *path)
{
	const char *const slash = strrchr(path, '/');

	return strndup(path, slash == NULL ? 0 : (size_t)(slash - path) + (slash == path));
}

static int
run(int argc, char **argv)
{
	struct request r;
	struct bundle b = { .request = &r };
	char *folder;
	int code;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	folder = folder_of(r.config);
	redact_init(&b.redact, folder != NULL ? folder : "");
	code = collect(&b);
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
	"bundle", "-o FILE.tar.gz [-c CONF] [--log FILE] [--lines N] [--dry-run] [--json]",
	"Pack what somebody who helps needs to see, without secrets",
	"  -c, --config CONF  default: gateway.conf; may have errors\n"
	"  -o, --output FILE  a new file, readable for its owner alone\n"
	"  --log FILE         the gateway's log, or - for standard input: its last lines go in\n"
	"  --lines N          so many; 1000 unless given, and 4 MB at most\n"
	"  -n, --dry-run      say what would be in it, and write nothing\n"
	"  --json             { file, contains: [ { name, octets } ], removed: [ { what, count } ],\n"
	"                     dry_run }; what: login, secret-helper, comment or line of the\n"
	"                     configuration; address: hidden; secret: one that was found elsewhere\n"
	"\n"
	"Inside are version.txt, gateway.conf, check.txt (mailseal check), keys.json (mailseal key list),\n"
	"log.txt and contents.txt, which is also printed. In the configuration, passwords of login and\n"
	"secret-helper are replaced, comments removed, and so are lines that are not understood; names\n"
	"of key files stay. In the log and all else, local parts of addresses are hidden\n"
	"(a***@example.com), octets that are not printable become \"?\", and what stands in the key and\n"
	"secret files that the configuration names, is removed wherever it is found. Nothing of those\n"
	"files is packed. Exit codes: 5 input or output; an error in the configuration is none.\n"
	"\n"
	"  mailseal bundle -c gateway.conf --log gateway.log -o support.tar.gz\n",
	.run = run
};
