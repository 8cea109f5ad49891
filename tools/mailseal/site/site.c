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

/* The file that `path` names is still the one that is locked. */
static bool
is_same_file(int fd, const char *path)
{
	struct stat locked;
	struct stat named;

	return fstat(fd, &locked) == 0 && stat(path, &named) == 0 && locked.st_dev == named.st_dev &&
	       locked.st_ino == named.st_ino;
}

/* A change replaces the file, so whoever waited has locked the old one and tries again. */
static bool
lock_file(struct site *s)
{
	for (;;) {
		s->lock = open(s->target, O_RDONLY | O_CLOEXEC);
		if (s->lock < 0 || flock(s->lock, LOCK_EX) != 0)
			break;
		if (is_same_file(s->lock, s->target))
			return true;
		close(s->lock);
	}
	tool_error("%s: cannot be locked: %s", s->path, strerror(errno));
	return false;
}

int
site_open(struct site *s, const char *path, enum site_use use)
{
	*s = (struct site){ .path = path, .lock = -1 };
	s->target = realpath(path, NULL);
	if (s->target == NULL) {
		tool_error("%s: cannot be opened: %s; -c names another configuration", path, strerror(errno));
		return TOOL_IO;
	}
	if (use == SITE_CHANGE && !lock_file(s))
		return TOOL_IO;
	return config_file_load(&s->file, path);
}

void
site_close(struct site *s)
{
	config_file_free(&s->file);
	free(s->target);
	if (s->lock >= 0)
		close(s->lock);
}

static int
write_new(const char *path, struct seal_span s)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0 && errno == EEXIST)
		tool_error("%s: already exists; not overwritten (use --force)", path);
	else if (fd < 0)
		tool_error("%s: cannot be made: %s", path, strerror(errno));
	if (fd < 0)
		return TOOL_IO;
	if (tool_write_and_close(fd, path, s))
		return TOOL_OK;
	unlink(path);
	return TOOL_IO;
}

/* So that the new name survives a loss of power; not every file system can. */
static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + (slash == path));
	const int fd = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

/* The mode is the point; the owner can only be kept by root. */
static bool
keep_mode(int fd, const struct stat *old)
{
	const bool kept_owner = fchown(fd, old->st_uid, old->st_gid) == 0;

	return fchmod(fd, old->st_mode & (kept_owner ? 07777u : 0777u)) == 0;
}

static int
write_over(const char *path, const struct stat *old, struct seal_span s)
{
	static const char suffix[] = ".XXXXXX";
	const size_t cap = strlen(path) + sizeof suffix;
	char *part = tool_allocate(cap);
	bool ok;
	int fd;

	(void)snprintf(part, cap, "%s%s", path, suffix);
	fd = mkostemp(part, O_CLOEXEC);
	ok = fd >= 0 && keep_mode(fd, old);
	if (!ok)
		tool_error("%s: cannot be made: %s", part, strerror(errno));
	if (fd >= 0 && !ok)
		close(fd);
	ok = ok && tool_write_and_close(fd, path, s);
	if (ok && rename(part, path) != 0) {
		tool_error("%s: cannot be replaced: %s", path, strerror(errno));
		ok = false;
	}
	if (!ok && fd >= 0)
		unlink(part);
	if (ok)
		sync_folder(path);
	free(part);
	return ok ? TOOL_OK : TOOL_IO;
}

int
site_write(const char *path, struct seal_span s, enum tool_replace replace)
{
	struct stat old;

	return replace == TOOL_REPLACE && stat(path, &old) == 0 ? write_over(path, &old, s)
	                                                         : write_new(path, s);
}

int
site_commit(struct site *s)
{
	return site_write(s->target, tool_span(s->file.text), TOOL_REPLACE);
}

/* --- editing ------------------------------------------------------------ */

static bool
has_crlf(struct seal_span text)
{
	const size_t end = seal_span_find(text, '\n');

	return end > 0 && end < text.len && text.ptr[end - 1] == '\r';
}

static void
put_lines(FILE *to, const char *lines, bool crlf)
{
	for (; *lines != '\0'; lines++) {
		if (*lines == '\n' && crlf)
			fputc('\r', to);
		fputc(*lines, to);
	}
}

static struct tool_text
edited(struct seal_span old, const struct site_edit *edit)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (to != NULL) {
		fwrite(old.ptr, 1, edit->at, to);
		put_lines(to, edit->text, has_crlf(old));
		fwrite(old.ptr + edit->at + edit->len, 1, old.len - edit->at - edit->len, to);
	}
	if (to == NULL || fclose(to) != 0) {
		tool_error("no memory for the new configuration");
		exit(TOOL_IO);
	}
	return (struct tool_text){ (uint8_t *)text, len };
}

int
site_take(struct site *s, struct tool_text text)
{
	int code;

	config_file_free(&s->file);
	code = config_file_take(&s->file, s->path, text);
	if (code != TOOL_OK)
		tool_error("%s is left as it is: after the change it would read as above", s->path);
	return code;
}

int
site_edit(struct site *s, const struct site_edit *edit)
{
	return site_take(s, edited(tool_span(s->file.text), edit));
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
		tool_error("%s: %s has no key with the selector %s; see: mailseal key list", s->path, domain,
		           selector);
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

const char *
site_state_text(enum site_state state)
{
	static const char *const texts[] = { "signing", "waiting", "next", "retiring", "revoked" };

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
