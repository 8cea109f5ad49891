/* SPDX-License-Identifier: Apache-2.0
 *
 * keyring.h - the key files of a configuration, and the worker that computes with them.
 */
#ifndef TOOLS_CHECKS_KEYRING_H
#define TOOLS_CHECKS_KEYRING_H

#include "engine/base/sha256.h"
#include "port/mbedtls/key_store.h"
#include "tools/mailseal/base/config_file.h"

struct keyring_key {
	char *path;
	struct tool_text text;
	uint32_t mode;            /* permission bits of the file */
	bool tried, open;
	struct seal_key_private private;
	bool known;
	uint8_t digest[SEAL_SHA256_LEN]; /* if known: of the public key */
};

/* One key per domain section, by its index; Mbed TLS allows one keyring at a time. */
struct keyring {
	const struct config_file *file;
	struct keyring_key *keys;
	struct seal_key_worker worker;
};

/* False: reported. Does not read a key yet. keyring_free in any case. `ring` must not move. */
bool keyring_init(struct keyring *ring, const struct config_file *file);
void keyring_free(struct keyring *ring);

/* The key of a section that has one, read when it is asked for first; NULL: reported, as one is
 * that was made on a device. */
struct keyring_key *keyring_open(struct keyring *ring, const struct seal_config_domain *domain);

/* The same for a key that is to be used from now on: one that others may read is refused, and
 * a weak one, or one that a section before has too, is warned of (the first such section is named). */
struct keyring_key *keyring_check(struct keyring *ring, const struct seal_config_domain *domain);

/* What is public of a key, as p= has it in base64: of RSA DER SubjectPublicKeyInfo. */
struct keyring_public {
	const char *type;         /* the k= tag of its record */
	uint8_t der[SEAL_KEY_PUBLIC_MAX];
	size_t len;
	uint32_t bits;
};

/* Of a section with a key: out of its file or, for one that was made on a device, out of the note
 * that `key adopt` has left. False: reported. */
bool keyring_public(struct keyring *ring, const struct seal_config_domain *domain, struct keyring_public *public);
bool keyring_public_of(const struct seal_key_private *key, struct keyring_public *public);

/* There is such a note. */
bool keyring_is_adopted(const struct config_file *file, const struct seal_config_domain *domain);

/* Read one key file on its own; keyring_key_free in any case. */
bool keyring_read(struct keyring_key *key, char *path, struct seal_key_runner runner);
void keyring_key_free(struct keyring_key *key);

/* Octets of the operating system's randomness. */
struct seal_entropy keyring_entropy(void);

/* Mbed TLS's memory: the largest key, or making one. */
void keyring_arena(void);

/* Files of this mode can be read by others than their owner. */
bool keyring_mode_is_open(uint32_t mode);

#endif
