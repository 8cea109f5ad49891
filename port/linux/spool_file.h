/* SPDX-License-Identifier: Apache-2.0
 *
 * spool_file.h - a spool in files of a directory. The files have no names, so nothing is left over
 * however the process ends. The octets are as private as the directory's file system; if that
 * matters on a disk, use a tmpfs.
 */
#ifndef PORT_LINUX_SPOOL_FILE_H
#define PORT_LINUX_SPOOL_FILE_H

#include <sys/types.h>

#include "engine/gateway/spool.h"

#define SEAL_SPOOL_FILE_PIECE 16384u

struct seal_spool_file_slot {
	int fd;                     /* negative: free                 */
	off_t at;                   /* the next octet to write or read */
	uint8_t piece[SEAL_SPOOL_FILE_PIECE];
};

struct seal_spool_file {
	struct seal_spool spool;    /* first */
	const char *directory;
	struct seal_spool_file_slot *slots;
	uint32_t num_slots;
	uint64_t capacity;
};

/* `directory` (NUL-ended) and `slots` are lent for good. Tries whether a file can be created:
 * returns 0 or an errno. */
int seal_spool_file_init(struct seal_spool_file *s, const char *directory,
                         struct seal_spool_file_slot *slots, uint32_t num_slots);

#endif
