/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/parcel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/ct.h"
#include "engine/base/sha256.h"
#include "port/mbedtls/keygen.h"

/* --- what goes in ------------------------------------------------------------------------------------------------ */

static const struct piece *
find_piece(const struct parcel *parcel, struct seal_span name)
{
	size_t i = 0;

	while (i < parcel->num_pieces && !seal_span_equal(parcel->pieces[i].name, name))
		i++;
	return i < parcel->num_pieces ? &parcel->pieces[i] : NULL;
}

/* A file can be stored in one form only, and a chain has another form than a key. */
static bool
is_same_piece(const struct piece *piece, const char *path, struct seal_span data)
{
	if (!seal_span_equal(piece->data, data))
		tool_error("%s: an image stores certificates and keys in different forms; use separate files", path);
	return seal_span_equal(piece->data, data);
}

static bool
add_piece(struct parcel *parcel, const char *path, struct seal_span name, struct seal_span data)
{
	const struct piece *piece = find_piece(parcel, name);

	if (name.len > SEAL_IMAGE_NAME_MAX)
		tool_error("%s: file name is longer than %u bytes; use a shorter one", path, SEAL_IMAGE_NAME_MAX);
	else if (seal_span_equal(name, SEAL_SPAN("config")))
		tool_error("%s: the name config is reserved for the configuration; rename this file", path);
	else if (piece != NULL)
		return is_same_piece(piece, path, data);
	else if (parcel->num_pieces == SEAL_IMAGE_ENTRIES_MAX)
		tool_error("%s: an image holds at most %u files", path, SEAL_IMAGE_ENTRIES_MAX - 1u);
	else {
		parcel->pieces[parcel->num_pieces++] = (struct piece){ name, data };
		return true;
	}
	return false;
}

static void
free_key(struct tool_text *key)
{
	seal_wipe(key->ptr, key->len);
	free(key->ptr);
}

/* Stores the key in the form that `put` writes. The keys were checked before. */
static bool
add_key(struct parcel *parcel, const char *path, struct seal_span name, struct seal_span text,
        enum seal_key_fault (*put)(struct seal_span text, struct seal_out *out))
{
	const size_t num_pieces = parcel->num_pieces;
	struct tool_text der = { tool_allocate(text.len), text.len };
	struct seal_out out = seal_out(der.ptr, der.len);
	const enum seal_key_fault fault = put(text, &out);
	bool ok = fault == SEAL_KEY_FINE;

	if (ok)
		ok = add_piece(parcel, path, name, seal_out_span(&out));
	else
		tool_error("%s: %s", path, seal_key_fault_text(fault));
	if (parcel->num_pieces > num_pieces)
		parcel->keys[parcel->num_keys++] = der;
	else
		free_key(&der);
	return ok;
}

/* TLS can read only this form of its key. */
static bool
is_of_tls(const struct seal_config *config, struct seal_span name)
{
	return seal_span_equal(config->gateway.certificate_key, name);
}

static int
add_keys(struct parcel *parcel, struct keyring *ring)
{
	const struct seal_config *config = &ring->file->config;
	int code = TOOL_OK;

	for (size_t i = 0; i < config->num_domains; i++) {
		const struct seal_config_domain *domain = &config->domains[i];
		const struct keyring_key *key;

		if (domain->key.len == 0 || seal_config_key_is_on_device(domain))
			continue;
		key = keyring_check(ring, domain);
		if (key == NULL)
			code = TOOL_KEY;
		else if (!add_key(parcel, key->path, domain->key, tool_span(key->text),
		                  is_of_tls(config, domain->key) ? seal_key_put_der : seal_key_put_short))
			code = TOOL_CONFIG;
	}
	return code;
}

static int
add_tls(struct parcel *parcel, const struct tls_files *tls)
{
	for (size_t i = 0; i < TLS_NUM_FILES; i++) {
		const struct tls_file *file = &tls->files[i];
		const struct seal_span data = tool_span(file->der.len != 0 ? file->der : file->text);

		if (file->path == NULL)
			continue;
		if (i == TLS_CERTIFICATE_KEY ? !add_key(parcel, file->path, file->name, data, seal_key_put_der)
		                             : !add_piece(parcel, file->path, file->name, data))
			return TOOL_CONFIG;
	}
	return TOOL_OK;
}

static int
read_seed(struct parcel *parcel, const char *path)
{
	struct tool_text text = { NULL, 0 };
	struct stat st;
	bool ok = tool_read_file(path, SEAL_IMAGE_SEED_LEN, &text);

	if (ok && stat(path, &st) == 0 && keyring_mode_is_open((uint32_t)st.st_mode & 07777u)) {
		tool_error("%s: seed file is readable by other users; run: chmod 600 %s", path, path);
		ok = false;
	}
	if (ok && text.len != SEAL_IMAGE_SEED_LEN) {
		tool_error("%s: expected %u bytes, found %zu", path, SEAL_IMAGE_SEED_LEN, text.len);
		ok = false;
	}
	if (ok)
		memcpy(parcel->seed, text.ptr, SEAL_IMAGE_SEED_LEN);
	if (text.ptr != NULL)
		seal_wipe(text.ptr, text.len);
	free(text.ptr);
	return ok ? TOOL_OK : TOOL_IO;
}

static int
make_seed(struct parcel *parcel)
{
	const struct seal_entropy entropy = keyring_entropy();

	if (entropy.get(entropy.ctx, parcel->seed, sizeof parcel->seed))
		return TOOL_OK;
	tool_error("the operating system returned no random bytes");
	return TOOL_IO;
}

int
parcel_fill(struct parcel *parcel, const struct config_file *config, const struct tls_files *tls,
            const char *seed_file)
{
	int code;

	parcel->num_pieces = 0;
	parcel->num_keys = 0;
	parcel->pieces[parcel->num_pieces++] = (struct piece){ SEAL_SPAN("config"), tool_span(config->document.text) };
	code = keyring_init(&parcel->ring, config) ? add_keys(parcel, &parcel->ring) : TOOL_KEY;
	if (code == TOOL_OK)
		code = add_tls(parcel, tls);
	if (code == TOOL_OK)
		code = seed_file == NULL ? make_seed(parcel) : read_seed(parcel, seed_file);
	return code;
}

void
parcel_free(struct parcel *parcel)
{
	seal_wipe(parcel->seed, sizeof parcel->seed);
	while (parcel->num_keys > 0)
		free_key(&parcel->keys[--parcel->num_keys]);
	keyring_free(&parcel->ring);
}

/* A device cannot decrypt the keys that it created before if its seed changes. */
static bool
has_lasting_seed(const struct seal_config *config, const char *path, const char *seed_file)
{
	for (size_t i = 0; seed_file == NULL && i < config->num_domains; i++) {
		if (!seal_config_key_is_on_device(&config->domains[i]))
			continue;
		tool_error("%s: key = device: every image for this device needs the same --seed-file FILE; create it "
		           "once: (umask 077; head -c %u /dev/urandom > FILE)", path, SEAL_IMAGE_SEED_LEN);
		return false;
	}
	return true;
}

/* Reports settings that no board supports. */
static bool
fits_a_board(const struct seal_config_next_hop *hop, const char *path)
{
	if (hop->secret_helper.len != 0)
		tool_error("%s: secret-helper: a board cannot run programs; use secret = FILE", path);
	else if (hop->tls != SEAL_SMTPC_TLS_NONE && hop->ca.len == 0 && hop->pin.len == 0)
		tool_error("%s: [next-hop]: a board has no CA certificates; add ca = FILE", path);
	else
		return true;
	return false;
}

bool
parcel_is_possible(const struct config_file *config, const char *path, const char *seed_file)
{
	return fits_a_board(&config->config.next_hop, path) && has_lasting_seed(&config->config, path, seed_file);
}

/* --- the image --------------------------------------------------------------------------------------------------- */

static void
put_u32(struct seal_out *out, size_t value)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		seal_out_octet(out, (uint8_t)(value >> shift));
}

static size_t
aligned(size_t len)
{
	return (len + SEAL_IMAGE_ALIGN - 1u) / SEAL_IMAGE_ALIGN * SEAL_IMAGE_ALIGN;
}

size_t
parcel_image_len(const struct parcel *parcel)
{
	size_t len = SEAL_IMAGE_HEADER_LEN + parcel->num_pieces * SEAL_IMAGE_ENTRY_LEN;

	for (size_t i = 0; i < parcel->num_pieces; i++)
		len += aligned(parcel->pieces[i].name.len) + aligned(parcel->pieces[i].data.len);
	return len;
}

static void
put_table(struct seal_out *out, const struct parcel *parcel)
{
	size_t at = SEAL_IMAGE_HEADER_LEN + parcel->num_pieces * SEAL_IMAGE_ENTRY_LEN;

	for (size_t i = 0; i < parcel->num_pieces; i++) {
		const struct piece *piece = &parcel->pieces[i];

		put_u32(out, at);
		put_u32(out, piece->name.len);
		at += aligned(piece->name.len);
		put_u32(out, at);
		put_u32(out, piece->data.len);
		at += aligned(piece->data.len);
	}
}

static void
put_padded(struct seal_out *out, struct seal_span s)
{
	seal_out_span_put(out, s);
	while (out->len % SEAL_IMAGE_ALIGN != 0)
		seal_out_octet(out, 0);
}

void
parcel_put_image(const struct parcel *parcel, struct seal_out *out)
{
	static const uint8_t no_digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;

	seal_out_text(out, "SEALIMG\x1a");
	put_u32(out, SEAL_IMAGE_VERSION);
	put_u32(out, parcel_image_len(parcel));
	seal_out_span_put(out, seal_span(no_digest, sizeof no_digest));
	seal_out_span_put(out, seal_span(parcel->seed, sizeof parcel->seed));
	put_u32(out, parcel->num_pieces);
	put_u32(out, 0);
	put_table(out, parcel);
	for (size_t i = 0; i < parcel->num_pieces; i++) {
		put_padded(out, parcel->pieces[i].name);
		put_padded(out, parcel->pieces[i].data);
	}
	seal_sha256_init(&hash);
	seal_sha256_update(&hash, out->ptr + SEAL_IMAGE_SEED_AT, out->len - SEAL_IMAGE_SEED_AT);
	seal_sha256_final(&hash, out->ptr + SEAL_IMAGE_DIGEST_AT);
}
