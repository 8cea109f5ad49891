/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/num.h"

bool
tool_number(const char *text, const char *what, uint64_t min, uint64_t max, uint64_t *value)
{
	if (seal_num_u64(seal_span_text(text), value) && *value >= min && *value <= max)
		return true;
	tool_error("%s: expected a number from %llu to %llu, found %s", what, (unsigned long long)min,
	           (unsigned long long)max, text);
	return false;
}

void *
tool_allocate(size_t len)
{
	void *ptr = malloc(len > 0 ? len : 1);

	if (ptr == NULL) {
		fprintf(stderr, "mailseal: no memory for %zu bytes\n", len);
		exit(TOOL_IO);
	}
	return ptr;
}

char *
tool_path(const char *directory, const char *name)
{
	const bool plain = name[0] == '/' || directory[0] == '\0';
	const size_t cap = strlen(directory) + 1 + strlen(name) + 1;
	char *path = tool_allocate(cap);

	(void)snprintf(path, cap, "%s%s%s", plain ? "" : directory, plain ? "" : "/", name);
	return path;
}

/* Reads until the end, or until `text` holds `cap` bytes. */
static bool
fill(int fd, struct tool_text *text, size_t cap)
{
	while (text->len < cap) {
		const ssize_t n = read(fd, text->ptr + text->len, cap - text->len);

		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			text->len += (size_t)n;
	}
	return true;
}

static void
grow(struct tool_text *text, size_t *cap, size_t max)
{
	uint8_t *larger;

	*cap = *cap == 0 ? 16384 : *cap * 2;
	if (*cap > max)
		*cap = max;
	larger = tool_allocate(*cap);
	if (text->len > 0)
		memcpy(larger, text->ptr, text->len);
	free(text->ptr);
	text->ptr = larger;
}

bool
tool_read_fd(int fd, const char *name, size_t max, struct tool_text *text)
{
	size_t cap = 0;
	bool ok;

	*text = (struct tool_text){ NULL, 0 };
	do {
		grow(text, &cap, max + 1);
		ok = fill(fd, text, cap);
	} while (ok && text->len == cap && cap <= max);
	if (ok)
		return true;
	tool_error("%s: cannot be read: %s", name, strerror(errno));
	free(text->ptr);
	*text = (struct tool_text){ NULL, 0 };
	return false;
}

bool
tool_read_file(const char *path, size_t max, struct tool_text *text)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0;

	*text = (struct tool_text){ NULL, 0 };
	if (!ok)
		tool_error("%s: cannot be opened: %s", path, strerror(errno));
	ok = ok && tool_read_fd(fd, path, max, text);
	if (fd >= 0)
		close(fd);
	if (ok && text->len > max)
		tool_error("%s: larger than %zu bytes", path, max);
	return ok && text->len <= max;
}

bool
tool_write_fd(int fd, const char *name, struct seal_span s)
{
	while (s.len > 0) {
		const ssize_t n = write(fd, s.ptr, s.len);

		if (n < 0 && errno != EINTR) {
			tool_error("%s: cannot be written: %s", name, strerror(errno));
			return false;
		}
		if (n > 0)
			s = seal_span_from(s, (size_t)n);
	}
	return true;
}

bool
tool_write_and_close(int fd, const char *path, struct seal_span s)
{
	bool ok = tool_write_fd(fd, path, s);

	if (ok && fsync(fd) != 0) {
		tool_error("%s: cannot be written: %s", path, strerror(errno));
		ok = false;
	}
	close(fd);
	return ok;
}

int
tool_finish_output(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return TOOL_OK;
	tool_error("standard output: cannot be written: %s", strerror(errno));
	return TOOL_IO;
}
