/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - a folder of messages: NNNNNN.eml, byte for byte, and its envelope in NNNNNN.env. A name appears only when
 * the complete file is on the disk.
 *
 *	store_open, then for each message: begin -> envelope, write ... -> commit or abort
 */
#ifndef TOOLS_BASE_STORE_H
#define TOOLS_BASE_STORE_H

#include "engine/base/span.h"

struct store {
	const char *directory;
	int fd;                  /* of the folder                       */
	unsigned long next;      /* number to try next                  */
	unsigned long next_part; /* for names of unfinished files       */
};

struct store_message {
	int fd;                  /* -1: none                            */
	bool failed;
	uint64_t size;
	uint8_t *envelope;
	size_t envelope_len, envelope_cap;
	char part[32];           /* name while unfinished               */
	char name[32];           /* without suffix, after commit        */
};

/* Creates the folder if it does not exist. Returns false on an error (reported). */
bool store_open(struct store *s, const char *directory);
void store_close(struct store *s);

void store_begin(struct store_message *m);

/* Adds a line to the envelope, also before store_create. */
void store_envelope(struct store_message *m, struct seal_span line);

/* Creates the file. Returns false on an error (reported once); the message is then lost. */
bool store_create(struct store *s, struct store_message *m);
void store_write(struct store_message *m, struct seal_span octets);

/* True: the message is on the disk, and m->name is its name. */
bool store_commit(struct store *s, struct store_message *m);

/* Discards the message; has no effect after store_commit. */
void store_abort(struct store *s, struct store_message *m);

#endif
