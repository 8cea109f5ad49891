/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/bundle/redact.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/base/ct.h"
#include "tools/mailseal/base/config_keys.h"

#define GONE        "(removed)"
#define LINE_MAX_LEN 4096u
#define FILE_MAX     ((size_t)65536)
#define BASE64_MIN   16u   /* a shorter line reveals nothing on its own   */
#define SECRET_MIN   4u    /* a shorter one would match in many places    */

/* --- lines and words ------------------------------------------------------ */

static bool
next_line(struct seal_span *rest, struct seal_span *line)
{
	const size_t len = seal_span_find(*rest, '\n');

	if (rest->len == 0)
		return false;
	*line = seal_span_first(*rest, len);
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	*rest = seal_span_from(*rest, len + 1);
	return true;
}

static void
put(FILE *to, struct seal_span s)
{
	if (s.len > 0)
		(void)fwrite(s.ptr, 1, s.len, to);
}

/* The position of `what` in `s`; s.len: not found. */
static size_t
find(struct seal_span s, struct seal_span what)
{
	const uint8_t *const at = s.len == 0 ? NULL : memmem(s.ptr, s.len, what.ptr, what.len);

	return at == NULL ? s.len : (size_t)(at - s.ptr);
}

static bool
has(struct seal_span s, const char *what)
{
	return find(s, seal_span_text(what)) < s.len;
}

/* --- secrets -------------------------------------------------------------- */

void
redact_init(struct redact *r, const char *directory)
{
	*r = (struct redact){ .directory = directory };
}

void
redact_free(struct redact *r)
{
	for (size_t i = 0; i < r->num_secrets; i++) {
		seal_wipe(r->secrets[i].ptr, r->secrets[i].len);
		free(r->secrets[i].ptr);
	}
	free(r->secrets);
}

static void
add_secret(struct redact *r, struct seal_span s, size_t min)
{
	struct redact_secret *secret;

	if (s.len < min)
		return;
	r->secrets = realloc(r->secrets, (r->num_secrets + 1) * sizeof *r->secrets);
	if (r->secrets == NULL) {
		tool_error("no memory for the secrets to remove");
		exit(TOOL_IO);
	}
	secret = &r->secrets[r->num_secrets++];
	*secret = (struct redact_secret){ tool_allocate(s.len), s.len };
	memcpy(secret->ptr, s.ptr, s.len);
}

static char *
path_of(const struct redact *r, struct seal_span name)
{
	char *const text = tool_allocate(name.len + 1);
	char *path;

	if (name.len > 0)
		memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	path = tool_path(r->directory, text);
	free(text);
	return path;
}

static bool
is_file(const struct redact *r, struct seal_span name)
{
	char *const path = path_of(r, name);
	const bool there = name.len > 0 && access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Up to FILE_MAX bytes; empty if the file cannot be read, which mailseal check reports. */
static struct tool_text
read_quietly(const struct redact *r, struct seal_span name)
{
	struct tool_text text = { tool_allocate(FILE_MAX), 0 };
	char *const path = path_of(r, name);
	FILE *const f = fopen(path, "rb");

	if (f != NULL) {
		text.len = fread(text.ptr, 1, FILE_MAX, f);
		(void)fclose(f);
	}
	free(path);
	return text;
}

static void
learn_lines(struct redact *r, struct seal_span name)
{
	const struct tool_text text = read_quietly(r, name);
	struct seal_span rest = tool_span(text);
	struct seal_span line;

	while (next_line(&rest, &line)) {
		if (!has(line, "-----"))
			add_secret(r, seal_span_trim(line), BASE64_MIN);
	}
	seal_wipe(text.ptr, text.len);
	free(text.ptr);
}

static void
learn_first_line(struct redact *r, struct seal_span name)
{
	const struct tool_text text = read_quietly(r, name);
	struct seal_span rest = tool_span(text);
	struct seal_span line;

	if (next_line(&rest, &line))
		add_secret(r, line, SECRET_MIN);
	seal_wipe(text.ptr, text.len);
	free(text.ptr);
}

static void
learn_logins(struct redact *r, struct seal_span list)
{
	struct seal_span item;
	struct seal_span part;

	while (seal_span_split(&list, ',', &item)) {
		if (seal_span_find(item, ':') == item.len)
			add_secret(r, seal_span_trim(item), SECRET_MIN);
		item = seal_span_from(item, seal_span_find(item, ':') + 1);
		while (seal_span_split(&item, ':', &part)) {
			if (!seal_span_equal(part, SEAL_SPAN("pbkdf2-sha256")))
				add_secret(r, seal_span_trim(part), BASE64_MIN);
		}
	}
}

/* --- a configuration, line by line ---------------------------------------- */

enum handling {
	HANDLE_UNKNOWN,
	HANDLE_SHOW,
	HANDLE_KEY,       /* name of a file with a private key            */
	HANDLE_SECRET,    /* name of a file with a password               */
	HANDLE_LOGIN,
	HANDLE_COMMAND
};

/* Depends only on the name of the key, because it may be in the wrong section. */
static enum handling
handling_of(struct seal_span name)
{
	enum handling handling = HANDLE_UNKNOWN;

	for (size_t i = 0; i < num_config_keys; i++) {
		const unsigned flags = config_keys[i].flags;

		if (!seal_span_equal(name, seal_span_text(config_keys[i].name)))
			continue;
		if ((flags & SEAL_CONFIG_KEY_FILE) != 0)
			return HANDLE_KEY;
		if ((flags & SEAL_CONFIG_SECRET_FILE) != 0)
			return HANDLE_SECRET;
		if ((flags & SEAL_CONFIG_SECRET) != 0)
			return HANDLE_LOGIN;
		if ((flags & SEAL_CONFIG_COMMAND) != 0)
			return HANDLE_COMMAND;
		handling = HANDLE_SHOW;
	}
	return handling;
}

/* True if the heading may be shown. Other text in it may be a secret. */
static bool
is_heading(struct seal_span s)
{
	if (s.len < 2 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < s.len; i++) {
		if (!seal_is_let_dig(s.ptr[i]) && strchr("-_.* ", s.ptr[i]) == NULL)
			return false;
	}
	return true;
}

static void
learn_value(struct redact *r, enum handling handling, struct seal_span value)
{
	if (handling == HANDLE_KEY)
		learn_lines(r, value);
	else if (handling == HANDLE_SECRET && is_file(r, value))
		learn_first_line(r, value);
	else if (handling == HANDLE_LOGIN)
		learn_logins(r, value);
	else if (handling == HANDLE_SECRET || handling == HANDLE_COMMAND)
		add_secret(r, value, SECRET_MIN);
}

/* The file is the last word of "revoked = DOMAIN SELECTOR DATE FILE". */
static void
learn_revoked(struct redact *r, struct seal_span value)
{
	struct seal_span word;

	for (int i = 0; i < 3; i++) {
		if (!seal_span_split(&value, ' ', &word))
			return;
	}
	learn_lines(r, value);
}

void
redact_learn(struct redact *r, const struct document *config)
{
	enum handling handling = HANDLE_UNKNOWN;

	for (size_t i = 0; i < config->num_lines; i++) {
		const struct document_line *const line = &config->lines[i];

		if (line->kind == DOCUMENT_KEY)
			handling = handling_of(line->name);
		if (line->kind == DOCUMENT_KEY || line->kind == DOCUMENT_MORE)
			learn_value(r, handling, line->value);
		else if (line->kind == DOCUMENT_NOTE && seal_span_equal(line->name, SEAL_SPAN("revoked")))
			learn_revoked(r, line->value);
	}
}

/* --- any line -------------------------------------------------------------- */

static bool
ends_word(uint8_t c)
{
	return c <= ' ' || c > '~' || strchr("<>,;()\"", c) != NULL;
}

/* The length of "from=" before an address. Other words with a "=" may be a part of it. */
static size_t
key_len(struct seal_span word)
{
	const char *const keys[] = { "from=", "to=", "rcpt=", "sender=", "user=", "id=", "message-id=" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (seal_span_starts_nocase(word, seal_span_text(keys[i])))
			return strlen(keys[i]);
	}
	return 0;
}

/* Where the local part that ends at the "@" at `at` begins; `from` at the earliest. */
static size_t
local_part(struct seal_span s, size_t from, size_t at)
{
	size_t begin = at;
	struct seal_span word;

	if (at > from && s.ptr[at - 1] == '"') {
		for (begin = at - 1; begin > from && s.ptr[begin - 1] != '"'; begin--)
			;
		return begin > from ? begin - 1 : from;
	}
	while (begin > from && !ends_word(s.ptr[begin - 1]))
		begin--;
	word = seal_span(s.ptr + begin, at - begin);
	return begin + key_len(word);
}

static void
put_masked(struct redact *r, FILE *to, struct seal_span s)
{
	size_t from = 0;

	for (size_t at = 0; at < s.len; at++) {
		size_t begin;

		if (s.ptr[at] != '@')
			continue;
		begin = local_part(s, from, at);
		put(to, seal_span(s.ptr + from, begin - from));
		if (begin < at && seal_is_let_dig(s.ptr[begin]))
			fputc(s.ptr[begin], to);
		fputs("***@", to);
		r->num_masked++;
		from = at + 1;
	}
	put(to, seal_span_from(s, from));
}

/* The position and length of the first secret in `s`; false: none. */
static bool
find_secret(const struct redact *r, struct seal_span s, size_t *at, size_t *len)
{
	const struct seal_span hash = SEAL_SPAN("pbkdf2-sha256:");

	*at = find(s, hash);
	*len = 0;
	if (*at < s.len) {
		while (*at + *len < s.len && s.ptr[*at + *len] > ' ' && s.ptr[*at + *len] != ',')
			++*len;
	}
	for (size_t i = 0; i < r->num_secrets; i++) {
		const size_t where = find(s, seal_span(r->secrets[i].ptr, r->secrets[i].len));

		if (where < *at || (where < s.len && where == *at && r->secrets[i].len > *len)) {
			*at = where;
			*len = r->secrets[i].len;
		}
	}
	return *at < s.len;
}

/* The line without secrets; the caller frees it. */
static struct tool_text
without_secrets(struct redact *r, struct seal_span s)
{
	char *text = NULL;
	struct tool_text cleaned;
	FILE *const to = open_memstream(&text, &cleaned.len);
	size_t at;
	size_t len;

	if (to == NULL) {
		tool_error("no memory for a line");
		exit(TOOL_IO);
	}
	while (find_secret(r, s, &at, &len)) {
		put(to, seal_span_first(s, at));
		fputs(GONE, to);
		s = seal_span_from(s, at + len);
		r->num_found++;
	}
	put(to, s);
	(void)fclose(to);
	cleaned.ptr = (uint8_t *)text;
	return cleaned;
}

static void
put_line(struct redact *r, FILE *to, struct seal_span line, enum redact_addresses addresses)
{
	struct tool_text cleaned = without_secrets(r, line);
	const bool cut = cleaned.len > LINE_MAX_LEN;

	if (cut)
		cleaned.len = LINE_MAX_LEN;
	for (size_t i = 0; i < cleaned.len; i++) {
		if ((cleaned.ptr[i] < ' ' && cleaned.ptr[i] != '\t') || cleaned.ptr[i] > '~')
			cleaned.ptr[i] = '?';
	}
	if (addresses == REDACT_MASK)
		put_masked(r, to, tool_span(cleaned));
	else
		put(to, tool_span(cleaned));
	fputs(cut ? " ...\n" : "\n", to);
	free(cleaned.ptr);
}

void
redact_text(struct redact *r, FILE *to, struct seal_span text, enum redact_addresses addresses)
{
	struct seal_span line;
	bool in_key = false;

	while (next_line(&text, &line)) {
		const bool begins = has(line, "-----BEGIN") && has(line, "PRIVATE KEY");

		if (begins)
			fputs(GONE "\n", to);
		r->num_found += begins;
		if (!in_key && !begins)
			put_line(r, to, line, addresses);
		in_key = (in_key || begins) && !has(line, "-----END");
	}
}

/* --- the configuration ------------------------------------------------------ */

static bool
is_visible(struct seal_span s)
{
	size_t i = 0;

	while (i < s.len && seal_is_vchar(s.ptr[i]))
		i++;
	return i == s.len;
}

/* Shows the user of USER:pbkdf2-sha256:...; shows nothing if the item has another form. */
static void
put_login(struct redact *r, FILE *to, struct seal_span item)
{
	const size_t colon = seal_span_find(item, ':');
	const bool is_login = seal_span_starts_nocase(seal_span_from(item, colon), SEAL_SPAN(":pbkdf2-sha256:"));

	if (is_login && is_visible(seal_span_first(item, colon)))
		put_masked(r, to, seal_span_first(item, colon + 1));
	fputs(GONE, to);
	r->num_logins++;
}

static void
put_logins(struct redact *r, FILE *to, struct seal_span list)
{
	const bool more = list.len > 0 && list.ptr[list.len - 1] == ',';
	struct seal_span item;

	for (size_t i = 0; seal_span_split(&list, ',', &item); i++) {
		item = seal_span_trim(item);
		if (item.len == 0)
			continue;
		fputs(i > 0 ? ", " : "", to);
		put_login(r, to, item);
	}
	fputs(more ? ",\n" : "\n", to);
}

/* True for a file name; any other value may be a secret itself. */
static bool
is_name(const struct redact *r, enum handling handling, struct seal_span value)
{
	const char *const ends[] = { ".pem", ".key" };

	if (is_file(r, value))
		return true;
	for (size_t i = 0; handling == HANDLE_KEY && i < sizeof ends / sizeof ends[0]; i++) {
		const struct seal_span end = seal_span_text(ends[i]);

		if (value.len > end.len && seal_span_equal(seal_span_from(value, value.len - end.len), end))
			return true;
	}
	return false;
}

static void
put_value(struct redact *r, FILE *to, enum handling handling, struct seal_span key, struct seal_span value)
{
	const bool is_identity = seal_span_equal(key, SEAL_SPAN("identity"));

	if (handling == HANDLE_LOGIN) {
		put_logins(r, to, value);
	} else if (handling == HANDLE_COMMAND) {
		r->num_commands++;
		fputs(GONE "\n", to);
	} else if (handling != HANDLE_SHOW && !is_name(r, handling, value)) {
		r->num_lines++;
		fputs(GONE ", because no such file exists\n", to);
	} else {
		put_line(r, to, value, is_identity ? REDACT_KEEP : REDACT_MASK);
	}
}

static void
put_removed_line(struct redact *r, FILE *to)
{
	fputs("# a line was removed\n", to);
	r->num_lines++;
}

static void
put_key(struct redact *r, FILE *to, const struct document_line *line, struct seal_span key)
{
	const enum handling handling = handling_of(key);

	if (handling == HANDLE_UNKNOWN) {
		put_removed_line(r, to);
		return;
	}
	if (line->kind == DOCUMENT_MORE)
		fputc('\t', to);
	else
		fprintf(to, "%.*s = ", (int)key.len, (const char *)key.ptr);
	put_value(r, to, handling, key, line->value);
}

static void
put_comment(struct redact *r, FILE *to, const struct document_line *line)
{
	const bool is_shown = line->kind == DOCUMENT_NOTE && (seal_span_equal(line->name, SEAL_SPAN("cname")) ||
	                                                      seal_span_equal(line->name, SEAL_SPAN("revoked")));

	if (is_shown) {
		put_line(r, to, line->text, REDACT_MASK);
		return;
	}
	fputs("# a comment was removed\n", to);
	r->num_comments++;
}

static void
put_heading(struct redact *r, FILE *to, const struct document_line *line)
{
	if (is_heading(seal_span_trim(line->text)))
		put_line(r, to, line->text, REDACT_KEEP);
	else
		put_removed_line(r, to);
}

void
redact_config(struct redact *r, FILE *to, const struct document *config)
{
	struct seal_span key = SEAL_SPAN("");

	for (size_t i = 0; i < config->num_lines; i++) {
		const struct document_line *const line = &config->lines[i];

		switch (line->kind) {
		case DOCUMENT_BLANK:
			fputc('\n', to);
			break;
		case DOCUMENT_COMMENT:
		case DOCUMENT_NOTE:
			put_comment(r, to, line);
			break;
		case DOCUMENT_HEADING:
			put_heading(r, to, line);
			break;
		case DOCUMENT_KEY:
			key = line->name;
			put_key(r, to, line, key);
			break;
		case DOCUMENT_MORE:
			put_key(r, to, line, key);
			break;
		case DOCUMENT_OTHER:
			put_removed_line(r, to);
			break;
		}
	}
}
