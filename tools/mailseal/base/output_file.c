/* SPDX-License-Identifier: Apache-2.0
 *
 * output_file.c - files that a command writes: complete and on the disk, or not created.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/mailseal/base/tool.h"

static unsigned holds;
static sigset_t mask_before;

void
tool_hold_signals(void)
{
	sigset_t set;

	if (holds++ > 0)
		return;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &set, &mask_before);
}

void
tool_release_signals(void)
{
	if (--holds == 0)
		(void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

#define MODE_SECRET 0600u
#define MODE_ANY    0666u /* reduced by the umask */

static int
create(const char *path, struct seal_span s, mode_t mode)
{
	const char *const advice = mode == MODE_SECRET ? "" : " (use --force)";
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0 && errno == EEXIST)
		tool_error("%s: already exists; not overwritten%s", path, advice);
	else if (fd < 0)
		tool_error("%s: cannot be created: %s", path, strerror(errno));
	if (fd < 0)
		return TOOL_IO;
	if (tool_write_and_close(fd, path, s))
		return TOOL_OK;
	unlink(path);
	return TOOL_IO;
}

static int
write_new(const char *path, struct seal_span s, mode_t mode)
{
	int code;

	tool_hold_signals();
	code = create(path, s, mode);
	tool_release_signals();
	return code;
}

/* Errors are ignored, because some file systems do not support it. */
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

/* Only root can keep the owner. */
static bool
keep_mode(int fd, const struct stat *old)
{
	const bool kept_owner = fchown(fd, old->st_uid, old->st_gid) == 0;

	return fchmod(fd, old->st_mode & (kept_owner ? 07777u : 0777u)) == 0;
}

/* Writes a temporary file in the same folder and renames it. `old` is the file to replace; NULL: its mode is not
 * kept. */
static int
replace_file(const char *path, struct seal_span s, const struct stat *old)
{
	static const char suffix[] = ".XXXXXX";
	const size_t cap = strlen(path) + sizeof suffix;
	char *part = tool_allocate(cap);
	bool ok;
	int fd;

	(void)snprintf(part, cap, "%s%s", path, suffix);
	fd = mkostemp(part, O_CLOEXEC);
	ok = fd >= 0 && (old == NULL || keep_mode(fd, old));
	if (!ok)
		tool_error("%s: cannot be created: %s", path, strerror(errno));
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

/* A device or a pipe would be replaced by a file of its name. */
static bool
is_replaceable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return true;
	if (S_ISDIR(st.st_mode))
		tool_error("%s: cannot be replaced: %s", path, strerror(EISDIR));
	else
		tool_error("%s: is no regular file; not replaced", path);
	return false;
}

static int
write_over(const char *path, struct seal_span s, const struct stat *old)
{
	int code = TOOL_IO;

	tool_hold_signals();
	if (is_replaceable(path))
		code = replace_file(path, s, old);
	tool_release_signals();
	return code;
}

int
tool_write_secret(const char *path, struct seal_span s, enum tool_replace replace)
{
	return replace == TOOL_REPLACE ? write_over(path, s, NULL) : write_new(path, s, MODE_SECRET);
}

int
tool_write_file(const char *path, struct seal_span s, enum tool_replace replace)
{
	struct stat old;

	return replace == TOOL_REPLACE && stat(path, &old) == 0 ? write_over(path, s, &old)
	                                                        : write_new(path, s, MODE_ANY);
}

int
tool_may_write(const char *path, enum tool_replace replace)
{
	const char *const slash = strrchr(path, '/');
	char *const folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	struct stat st;
	const bool exists = lstat(path, &st) == 0;
	int code = TOOL_IO;

	if (folder == NULL || access(folder, W_OK | X_OK) != 0)
		tool_error("%s: could not be created: %s", path, strerror(errno));
	else if (exists && replace == TOOL_NEVER_REPLACE)
		tool_error("%s: already exists; would not be overwritten", path);
	else if (is_replaceable(path))
		code = TOOL_OK;
	free(folder);
	return code;
}
