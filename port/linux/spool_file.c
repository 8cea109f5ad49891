/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct seal_spool_file *
of(struct seal_spool *spool)
{
	return (struct seal_spool_file *)(void *)spool;
}

/* Create a file without a name; -1 and errno: failed. */
static int
make_file(const char *directory)
{
	char path[PATH_MAX];
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	/* a file system without unnamed files: create one and unlink it at once */
	if (snprintf(path, sizeof path, "%s/mailseal-XXXXXX", directory) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0 && unlink(path) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Room may come back; every other error needs the administrator. */
static enum seal_status
status_of(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EMFILE || error == ENFILE
	               ? SEAL_E_LIMIT : SEAL_E_SPOOL;
}

static uint64_t
free_octets(const char *directory)
{
	struct statvfs fs;

	if (statvfs(directory, &fs) != 0)
		return 0;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

static enum seal_status
file_open(struct seal_spool *spool, uint64_t size, uint32_t *slot)
{
	struct seal_spool_file *s = of(spool);
	uint32_t i = 0;

	while (i < s->num_slots && s->slots[i].fd >= 0)
		i++;
	if (i == s->num_slots || size > free_octets(s->directory))
		return SEAL_E_LIMIT;
	s->slots[i].fd = make_file(s->directory);
	if (s->slots[i].fd < 0)
		return status_of(errno);
	s->slots[i].at = 0;
	*slot = i;
	return SEAL_OK;
}

static size_t
file_room(struct seal_spool *spool, uint32_t slot)
{
	(void)spool;
	(void)slot;
	return SIZE_MAX;
}

static enum seal_status
file_append(struct seal_spool *spool, uint32_t slot_, const uint8_t *data, size_t len)
{
	struct seal_spool_file_slot *slot = &of(spool)->slots[slot_];

	while (len > 0) {
		const ssize_t n = pwrite(slot->fd, data, len, slot->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return status_of(errno);
		slot->at += n;
		data += n;
		len -= (size_t)n;
	}
	return SEAL_OK;
}

static enum seal_status
file_rewind(struct seal_spool *spool, uint32_t slot)
{
	of(spool)->slots[slot].at = 0;
	return SEAL_OK;
}

static enum seal_status
file_read(struct seal_spool *spool, uint32_t slot_, struct seal_span *piece)
{
	struct seal_spool_file_slot *slot = &of(spool)->slots[slot_];
	ssize_t n;

	do
		n = pread(slot->fd, slot->piece, sizeof slot->piece, slot->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return SEAL_E_SPOOL;
	slot->at += n;
	*piece = seal_span(slot->piece, (size_t)n);
	return SEAL_OK;
}

static void
file_close(struct seal_spool *spool, uint32_t slot)
{
	close(of(spool)->slots[slot].fd);
	of(spool)->slots[slot].fd = -1;
}

static uint64_t
file_capacity(struct seal_spool *spool)
{
	return of(spool)->capacity;
}

static const struct seal_spool_ops OPS = {
	.open = file_open,
	.room = file_room,
	.append = file_append,
	.rewind = file_rewind,
	.read = file_read,
	.close = file_close,
	.capacity = file_capacity,
};

int
seal_spool_file_init(struct seal_spool_file *s, const char *directory,
                     struct seal_spool_file_slot *slots, uint32_t num_slots)
{
	const int fd = make_file(directory);

	if (fd < 0)
		return errno;
	close(fd);
	*s = (struct seal_spool_file){ { &OPS }, directory, slots, num_slots, free_octets(directory) };
	for (uint32_t i = 0; i < num_slots; i++)
		slots[i].fd = -1;
	return 0;
}
