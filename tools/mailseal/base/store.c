/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/mailseal/base/tool.h"

static void
fail(struct store_message *m, const char *what)
{
	if (!m->failed)
		tool_error("%s: cannot be stored: %s", what, strerror(errno));
	m->failed = true;
}

/* One more than the highest number in use. */
static unsigned long
first_free(int fd)
{
	DIR *dir = fdopendir(dup(fd));
	const struct dirent *entry;
	unsigned long next = 1;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *end;
		const unsigned long number = strtoul(entry->d_name, &end, 10);

		if (end != entry->d_name && end[0] == '.' && number >= next && number < 999999)
			next = number + 1;
	}
	if (dir != NULL)
		closedir(dir);
	return next;
}

bool
store_open(struct store *s, const char *directory)
{
	*s = (struct store){ .directory = directory };
	if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
		tool_error("%s: cannot be created: %s", directory, strerror(errno));
		return false;
	}
	s->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0) {
		tool_error("%s: cannot be opened: %s", directory, strerror(errno));
		return false;
	}
	s->next = first_free(s->fd);
	return true;
}

void
store_close(struct store *s)
{
	close(s->fd);
}

void
store_begin(struct store_message *m)
{
	*m = (struct store_message){ .fd = -1 };
}

void
store_envelope(struct store_message *m, struct seal_span line)
{
	if (m->envelope_len + line.len > m->envelope_cap) {
		const size_t cap = (m->envelope_len + line.len) * 2;
		uint8_t *larger = tool_allocate(cap);

		if (m->envelope_len > 0)
			memcpy(larger, m->envelope, m->envelope_len);
		free(m->envelope);
		m->envelope = larger;
		m->envelope_cap = cap;
	}
	memcpy(m->envelope + m->envelope_len, line.ptr, line.len);
	m->envelope_len += line.len;
}

bool
store_create(struct store *s, struct store_message *m)
{
	(void)snprintf(m->part, sizeof m->part, ".%ld-%lu", (long)getpid(), s->next_part++);
	m->fd = openat(s->fd, m->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (m->fd < 0)
		fail(m, s->directory);
	return m->fd >= 0;
}

void
store_write(struct store_message *m, struct seal_span octets)
{
	if (!m->failed && !tool_write_fd(m->fd, m->part, octets))
		m->failed = true;
	m->size += octets.len;
}

/* Creates NNNNNN.env, which reserves the number. It comes first, so that every .eml has an envelope. */
static bool
write_envelope(struct store *s, struct store_message *m)
{
	char name[sizeof m->name + 8];
	int fd;
	bool ok;

	do {
		(void)snprintf(m->name, sizeof m->name, "%06lu", s->next++);
		(void)snprintf(name, sizeof name, "%s.env", m->name);
		fd = openat(s->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	} while (fd < 0 && errno == EEXIST);
	if (fd < 0)
		return false;
	ok = tool_write_fd(fd, name, seal_span(m->envelope, m->envelope_len)) && fsync(fd) == 0;
	close(fd);
	if (!ok)
		unlinkat(s->fd, name, 0);
	return ok;
}

bool
store_commit(struct store *s, struct store_message *m)
{
	char name[sizeof m->name + 8];
	bool ok = !m->failed && m->fd >= 0 && fsync(m->fd) == 0 && write_envelope(s, m);

	(void)snprintf(name, sizeof name, "%s.eml", m->name);
	ok = ok && renameat(s->fd, m->part, s->fd, name) == 0 && fsync(s->fd) == 0;
	if (!ok) {
		fail(m, s->directory);
		return false;
	}
	close(m->fd);
	m->fd = -1;
	return true;
}

void
store_abort(struct store *s, struct store_message *m)
{
	if (m->fd >= 0) {
		close(m->fd);
		unlinkat(s->fd, m->part, 0);
	}
	free(m->envelope);
	store_begin(m);
}
