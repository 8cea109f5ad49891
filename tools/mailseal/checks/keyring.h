/* SPDX-License-Identifier: Apache-2.0
 *
 * keyring.h - the key files of a configuration, and the worker that signs with them.
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

/* One key per domain section, in the same order; Mbed TLS allows one keyring at a time. */
struct keyring {
	const struct config_file *file;
	struct keyring_key *keys;
	struct seal_key_worker worker;
};

/* Reads no key yet. Returns false on an error (reported). Call keyring_free in any case. `ring` must not move. */
bool keyring_init(struct keyring *ring, const struct config_file *file);
void keyring_free(struct keyring *ring);

/* Returns the key of a section that has one; the first call reads it. NULL (reported): it cannot be read, or it was
 * created on a device. */
struct keyring_key *keyring_open(struct keyring *ring, const struct seal_config_domain *domain);

/* The same for a key that will be used from now on. Rejects a key file that other users can read; warns about a weak
 * key and about one that an earlier section uses too. */
struct keyring_key *keyring_check(struct keyring *ring, const struct seal_config_domain *domain);

/* The public key as in p=, but not in base64; for RSA a SubjectPublicKeyInfo in DER. */
struct keyring_public {
	const char *type;         /* the k= tag of its record */
	uint8_t der[SEAL_KEY_PUBLIC_MAX];
	size_t len;
	uint32_t bits;
};

/* The public key of a section, from its key file or, for a key that was created on a device, from the note that `key
 * adopt` wrote. Returns false on an error (reported). */
bool keyring_public(struct keyring *ring, const struct seal_config_domain *domain, struct keyring_public *public);
bool keyring_public_of(const struct seal_key_private *key, struct keyring_public *public);

/* True if such a note exists. */
bool keyring_is_adopted(const struct config_file *file, const struct seal_config_domain *domain);

/* Reads one key file without a keyring. Call keyring_key_free in any case. */
bool keyring_read(struct keyring_key *key, char *path, struct seal_key_runner runner);
void keyring_key_free(struct keyring_key *key);

/* Random bytes from the operating system. */
struct seal_entropy keyring_entropy(void);

/* Sets up the memory of Mbed TLS: enough for the largest key, and for the creation of one. */
void keyring_arena(void);

/* True if other users than the owner can read files with these permission bits. */
bool keyring_mode_is_open(uint32_t mode);

#endif
