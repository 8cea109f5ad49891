/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/num.h"
#include "engine/mail/addr.h"


/* --- opening and writing ------------------------------------------------ */

/* True if `path` still names the locked file. */
static bool
is_same_file(int fd, const char *path)
{
	struct stat locked;
	struct stat named;

	return fstat(fd, &locked) == 0 && stat(path, &named) == 0 && locked.st_dev == named.st_dev &&
	       locked.st_ino == named.st_ino;
}

/* Each change replaces the file. A command that waited for the lock has then locked the old file, so it tries again. */
static bool
lock_file(struct site *s)
{
	for (;;) {
		s->lock = open(s->target, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (s->lock < 0 || flock(s->lock, LOCK_EX) != 0)
			break;
		if (is_same_file(s->lock, s->target))
			return true;
		close(s->lock);
	}
	tool_error("%s: cannot be locked: %s", s->path, strerror(errno));
	return false;
}

/* A device, which root could replace by a file, or a pipe is no configuration to change. */
static bool
is_changeable(const struct site *s)
{
	struct stat st;
	const bool known = stat(s->target, &st) == 0;

	if (known && !S_ISREG(st.st_mode))
		tool_error("%s: is no regular file; not changed", s->path);
	else if (!known || access(s->target, W_OK) != 0)
		tool_error("%s: cannot be changed: %s", s->path, strerror(errno));
	else
		return tool_may_write(s->target, TOOL_REPLACE) == TOOL_OK;
	return false;
}

static void
keep_text(struct site *s)
{
	const struct tool_text text = s->file.document.text;

	s->before = (struct tool_text){ tool_allocate(text.len), text.len };
	if (text.len > 0)
		memcpy(s->before.ptr, text.ptr, text.len);
}

int
site_open(struct site *s, const char *path, enum site_use use)
{
	int code;

	*s = (struct site){ .path = path, .lock = -1 };
	s->target = realpath(path, NULL);
	if (s->target == NULL) {
		tool_error("%s: cannot be opened: %s; use -c to name another configuration", path, strerror(errno));
		config_file_advise_first(path);
		return TOOL_IO;
	}
	if (use != SITE_READ && !is_changeable(s))
		return TOOL_IO;
	if (use == SITE_CHANGE && !lock_file(s))
		return TOOL_IO;
	s->shown = use == SITE_READ;
	code = s->shown ? config_file_load_readable(&s->file, path) : config_file_load_again(&s->file, path);
	keep_text(s);
	return code;
}

static void
show_errors(struct site *s, const struct reading *r)
{
	if (!s->shown)
		config_file_show_warnings(r, s->path);
	s->shown = true;
}

void
site_close(struct site *s)
{
	show_errors(s, &s->file.reading);
	config_file_free(&s->file);
	free(s->before.ptr);
	free(s->target);
	if (s->lock >= 0)
		close(s->lock);
}

/* The lock keeps only our own commands away, no editor. */
static bool
is_as_read(const struct site *s)
{
	struct tool_text now;
	const bool same = tool_read_file(s->target, CONFIG_FILE_MAX, &now) &&
	                  seal_span_equal(tool_span(now), tool_span(s->before));

	free(now.ptr);
	if (!same)
		tool_error("%s: not changed: another program has changed it meanwhile; run the command again", s->path);
	return same;
}

int
site_commit(struct site *s)
{
	return !is_as_read(s) ? TOOL_IO : tool_write_file(s->target, tool_span(s->file.document.text), TOOL_REPLACE);
}

void
site_advise_restart(const struct site *s)
{
	tool_note(NULL, "restart the gateway; a running one does not use the change of %s", s->path);
}

int
site_settle(struct site *s)
{
	struct config_file *const f = &s->file;
	struct reading old = f->reading;
	const struct reading_fault *fault;
	size_t at = 0;
	int code = TOOL_OK;

	free(f->config.clients);
	free(f->config.domains);
	reading_make(&f->reading, &f->document, &f->config);
	while ((fault = reading_next_new(&f->reading, &old, &at)) != NULL) {
		tool_error_at(s->path, fault->error.line, fault->error.column, fault->text);
		code = TOOL_CONFIG;
	}
	if (!f->reading.readable) {
		config_file_show_unreadable(&f->reading, s->path);
		code = TOOL_CONFIG;
	} else if (code != TOOL_OK) {
		tool_error("%s: not changed: the change would cause the error above", s->path);
		code = TOOL_CONFIG;
	} else if (f->document.text.len > CONFIG_FILE_MAX) {
		tool_error("%s: not changed: it would be larger than %zu bytes", s->path, CONFIG_FILE_MAX);
		code = TOOL_CONFIG;
	}
	show_errors(s, code == TOOL_OK ? &f->reading : &old);
	reading_free(&old);
	return code;
}

/* --- names and states --------------------------------------------------- */

struct site_name
site_name(const char *given, const char *what)
{
	struct site_name name = { "" };
	struct seal_out out = seal_out((uint8_t *)name.text, SEAL_DOMAIN_MAX);

	if (seal_addr_domain_normalize(seal_span_text(given), &out) == SEAL_OK) {
		name.text[out.len] = '\0';
		return name;
	}
	tool_error("%s: expected a domain name, found %s", what, given);
	return (struct site_name){ "" };
}

bool
site_is(struct seal_span written, const char *name)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];

	return seal_span_equal(seal_config_name(written, buf), seal_span_text(name));
}

const struct document_section *
site_next_section(const struct site *s, const char *name, const struct document_section *last)
{
	do
		last = document_next(&s->file.document, "domain", last);
	while (last != NULL && !site_is(last->name, name));
	return last;
}

const struct document_section *
site_find_client(const struct site *s, const char *name)
{
	const struct document_section *client = NULL;

	do
		client = document_next(&s->file.document, "client", client);
	while (client != NULL && !seal_span_equal_nocase(client->name, seal_span_text(name)));
	return client;
}

bool
site_client_has(const struct site *s, const struct document_section *client, const char *domain, bool below,
                struct seal_span *item)
{
	struct document_entry from;
	struct seal_span one;

	if (!document_find(&s->file.document, client, "from", &from))
		return false;
	while (seal_span_split(&from.value, ',', &one)) {
		const bool is_below = seal_span_starts_nocase(one, SEAL_SPAN("*."));

		if ((is_below && !below) || !site_is(seal_span_from(one, is_below ? 2 : 0), domain))
			continue;
		if (item != NULL)
			*item = one;
		return true;
	}
	return false;
}

const struct seal_config_domain *
site_next_key(const struct site *s, const char *name, const struct seal_config_domain *last)
{
	const struct seal_config *config = &s->file.config;

	for (size_t i = last == NULL ? 0 : (size_t)(last - config->domains) + 1; i < config->num_domains; i++) {
		if (config->domains[i].key.len > 0 && site_is(config->domains[i].name, name))
			return &config->domains[i];
	}
	return NULL;
}

const struct seal_config_domain *
site_find_key(const struct site *s, const char *domain, const char *selector, size_t *num_keys)
{
	const struct seal_config_domain *found = NULL;
	const struct seal_config_domain *key = NULL;

	*num_keys = 0;
	while ((key = site_next_key(s, domain, key)) != NULL) {
		(*num_keys)++;
		if (seal_span_equal_nocase(key->selector, seal_span_text(selector)))
			found = key;
	}
	if (found == NULL)
		tool_error("%s: %s has no key with the selector %s; see: mailseal key list -c %s", s->path, domain,
		           selector, s->path);
	return found;
}

enum site_state
site_state(const struct site *s, const struct seal_config_domain *section)
{
	const struct seal_config_domain *newest = NULL;
	const struct seal_config_domain *d = NULL;
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span name = seal_config_name(section->name, buf);
	const bool has_hold = seal_config_domain_has(section, "hold");
	bool others = false;

	buf[name.len] = '\0';
	while ((d = site_next_key(s, (const char *)buf, d)) != NULL) {
		others = others || d != section;
		if (!seal_config_domain_has(d, "hold") && d->activation != SEAL_ACTIVATION_MANUAL)
			newest = d;
	}
	if (has_hold && others)
		return SITE_NEXT;
	if (section->activation == SEAL_ACTIVATION_MANUAL)
		return SITE_WAITING;
	if (has_hold)
		return SITE_SIGNING;
	return section == newest || section->all_keys ? SITE_SIGNING : SITE_RETIRING;
}

bool
site_has_signing_key(const struct site *s, const char *domain)
{
	const struct seal_config_domain *key = NULL;

	while ((key = site_next_key(s, domain, key)) != NULL) {
		if (site_state(s, key) == SITE_SIGNING)
			return true;
	}
	return false;
}

const char *
site_state_text(enum site_state state)
{
	static const char *const texts[] = {
		[SITE_SIGNING] = "signing", [SITE_WAITING] = "waiting", [SITE_NEXT] = "next",
		[SITE_RETIRING] = "retiring", [SITE_REVOKED] = "revoked"
	};

	return texts[state];
}

int64_t
site_now(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	if (epoch != NULL && seal_num_u64(seal_span_text(epoch), &seconds) && seconds < 253402300800u)
		return (int64_t)seconds;
	return (int64_t)time(NULL);
}

struct site_date
site_date(int64_t seconds)
{
	const time_t t = (time_t)seconds;
	struct site_date date = { "", "" };
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL) {
		if (strftime(date.dashed, sizeof date.dashed, "%Y-%m-%d", &tm) == 0 ||
		    strftime(date.plain, sizeof date.plain, "%Y%m%d", &tm) == 0)
			date = (struct site_date){ "", "" };
	}
	return date;
}
