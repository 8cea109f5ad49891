/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/ct.h"
#include "port/mbedtls/arena.h"
#include "tools/mailseal/records/dkim.h"

#define KEY_TEXT_MAX ((size_t)65536)

static uint8_t arena[SEAL_KEY_ARENA(SEAL_KEY_BITS_MAX)];

void
keyring_arena(void)
{
	seal_arena_init(arena, sizeof arena, (struct seal_arena_lock){ NULL, NULL, NULL });
}

static bool
get_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	return getrandom(out, len, 0) == (ssize_t)len;
}

struct seal_entropy
keyring_entropy(void)
{
	return (struct seal_entropy){ get_random, NULL };
}

bool
keyring_mode_is_open(uint32_t mode)
{
	return (mode & 077u) != 0;
}

bool
keyring_init(struct keyring *ring, const struct config_file *file)
{
	const size_t size = (file->config.num_domains + 1) * sizeof *ring->keys;
	enum seal_key_fault fault;

	ring->file = file;
	ring->keys = tool_allocate(size);
	memset(ring->keys, 0, size);
	keyring_arena();
	fault = seal_key_worker_init(&ring->worker, keyring_entropy(), SEAL_KEY_KEEP);
	if (fault != SEAL_KEY_FINE)
		tool_error("%s", seal_key_fault_text(fault));
	return fault == SEAL_KEY_FINE;
}

void
keyring_free(struct keyring *ring)
{
	/* It may still hold one of the keys. */
	seal_key_worker_release(&ring->worker);
	for (size_t i = 0; i < ring->file->config.num_domains; i++)
		keyring_key_free(&ring->keys[i]);
	free(ring->keys);
}

void
keyring_key_free(struct keyring_key *key)
{
	if (key->text.ptr != NULL)
		seal_wipe(key->text.ptr, key->text.len);
	free(key->text.ptr);
	free(key->path);
}

static bool
read_text(struct keyring_key *key)
{
	const int fd = open(key->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool ok = fd >= 0 && fstat(fd, &st) == 0;

	if (!ok)
		tool_error("%s: key cannot be opened: %s", key->path, strerror(errno));
	else
		key->mode = (uint32_t)st.st_mode & 07777u;
	ok = ok && tool_read_fd(fd, key->path, KEY_TEXT_MAX, &key->text);
	if (fd >= 0)
		close(fd);
	if (ok && key->text.len > KEY_TEXT_MAX)
		tool_error("%s: too large for a key", key->path);
	return ok && key->text.len <= KEY_TEXT_MAX;
}

bool
keyring_read(struct keyring_key *key, char *path, struct seal_key_runner runner)
{
	enum seal_key_fault fault;

	*key = (struct keyring_key){ .path = path, .tried = true };
	if (!read_text(key))
		return false;
	fault = seal_key_open(&key->private, tool_span(key->text), runner);
	if (fault != SEAL_KEY_FINE)
		tool_error("%s: %s", path, seal_key_fault_text(fault));
	key->open = fault == SEAL_KEY_FINE;
	return key->open;
}

struct keyring_key *
keyring_open(struct keyring *ring, const struct seal_config_domain *domain)
{
	struct keyring_key *key = &ring->keys[domain - ring->file->config.domains];

	if (seal_config_key_is_on_device(domain)) {
		tool_error("%.*s, selector %.*s: the key was created on a device and cannot be read from it",
		           (int)domain->name.len, (const char *)domain->name.ptr, (int)domain->selector.len,
		           (const char *)domain->selector.ptr);
		return NULL;
	}
	if (!key->tried)
		keyring_read(key, config_file_path(ring->file, domain->key), seal_key_synchronous(&ring->worker));
	return key->open ? key : NULL;
}

/* --- public keys ------------------------------------------------------------------------- */

bool
keyring_public_of(const struct seal_key_private *key, struct keyring_public *public)
{
	struct seal_out out = seal_out(public->der, sizeof public->der);

	public->bits = key->bits;
	public->type = seal_key_type(key);
	if (seal_key_public(key, &out) != SEAL_OK) {
		tool_error("no memory for the public key");
		return false;
	}
	public->len = out.len;
	return true;
}

bool
keyring_is_adopted(const struct config_file *file, const struct seal_config_domain *domain)
{
	return config_file_note(file, domain->name, "record").len > 0;
}

static bool
read_record(const struct config_file *file, const struct seal_config_domain *domain, struct keyring_public *public)
{
	const struct seal_span record = config_file_note(file, domain->name, "record");
	struct pubkey key;

	if (record.len == 0)
		tool_error("%.*s, selector %.*s: the key was created on a device, and its record is not known yet; "
		           "see: mailseal help key adopt", (int)domain->name.len, (const char *)domain->name.ptr,
		           (int)domain->selector.len, (const char *)domain->selector.ptr);
	else if (!dkim_read(record, &key) || key.der_len > sizeof public->der)
		tool_error("%.*s, selector %.*s: the note \"# mailseal: record\" is not a DKIM record",
		           (int)domain->name.len, (const char *)domain->name.ptr, (int)domain->selector.len,
		           (const char *)domain->selector.ptr);
	else {
		public->type = "rsa"; /* a device creates no other type */
		memcpy(public->der, key.der, key.der_len);
		public->len = key.der_len;
		public->bits = key.bits;
		return true;
	}
	return false;
}

bool
keyring_public(struct keyring *ring, const struct seal_config_domain *domain, struct keyring_public *public)
{
	const struct keyring_key *key;

	if (seal_config_key_is_on_device(domain))
		return read_record(ring->file, domain, public);
	key = keyring_open(ring, domain);
	return key != NULL && keyring_public_of(&key->private, public);
}

/* --- checking ---------------------------------------------------------------------------- */

/* True if both files hold the same key, also in different formats. */
static bool
know_digest(struct keyring_key *key)
{
	struct keyring_public public;
	struct seal_sha256 hash;

	if (!key->known && key->open && keyring_public_of(&key->private, &public)) {
		seal_sha256_init(&hash);
		seal_sha256_update(&hash, public.der, public.len);
		seal_sha256_final(&hash, key->digest);
		key->known = true;
	}
	return key->known;
}

static void
warn_of_twin(const struct keyring *ring, struct keyring_key *key)
{
	const struct seal_config_domain *domain = ring->file->config.domains;

	if (!know_digest(key))
		return;
	for (struct keyring_key *other = ring->keys; other != key; other++, domain++) {
		if (!know_digest(other) || memcmp(key->digest, other->digest, sizeof key->digest) != 0)
			continue;
		tool_warning(key->path, "same key as for %.*s (%s); create a separate key with: mailseal key new",
		             (int)domain->name.len, (const char *)domain->name.ptr, other->path);
		return;
	}
}

struct keyring_key *
keyring_check(struct keyring *ring, const struct seal_config_domain *domain)
{
	struct keyring_key *key = keyring_open(ring, domain);

	if (key == NULL)
		return NULL;
	warn_of_twin(ring, key);
	if (seal_key_is_weak(&key->private))
		tool_warning(key->path, "a key of %lu bits is weak (RFC 8301); create one of %u bits with: mailseal "
		             "key new", (unsigned long)key->private.bits, SEAL_KEY_BITS_GOOD);
	if (!keyring_mode_is_open(key->mode))
		return key;
	tool_error("%s: key file is readable by other users (mode %04lo); run: chmod 600 %s", key->path,
	           (unsigned long)key->mode, key->path);
	return NULL;
}
