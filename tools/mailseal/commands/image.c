/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_image.c - pack a configuration and the files it names for a board (engine/config/image.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/ct.h"
#include "engine/base/num.h"
#include "engine/base/sha256.h"
#include "engine/config/image.h"
#include "tools/mailseal/base/json.h"
#include "tools/mailseal/checks/tls_files.h"
#include "tools/mailseal/checks/keyring.h"

struct request {
	const char *config, *file, *seed_file;
	uint64_t max;            /* octets; 0: no bound */
	enum tool_replace replace;
	bool json, dry_run;
	struct tool_heard heard;
};

struct piece {
	struct seal_span name, data;
};

/* What is to be packed: "config", then each file once. */
struct parcel {
	struct piece pieces[SEAL_IMAGE_ENTRIES_MAX];
	size_t num_pieces;
	uint8_t seed[SEAL_IMAGE_SEED_LEN];
};

/* --- what goes in ------------------------------------------------------------------------------------------------ */

static const struct piece *
find(const struct parcel *parcel, struct seal_span name)
{
	size_t i = 0;

	while (i < parcel->num_pieces && !seal_span_equal(parcel->pieces[i].name, name))
		i++;
	return i < parcel->num_pieces ? &parcel->pieces[i] : NULL;
}

/* A name stands for one thing only: a chain is stored in another form than a key. */
static bool
is_there(const struct piece *piece, const char *path, struct seal_span data)
{
	if (!seal_span_equal(piece->data, data))
		tool_error("%s: an image holds certificates in another form than keys; make a file for each", path);
	return seal_span_equal(piece->data, data);
}

static bool
add(struct parcel *parcel, const char *path, struct seal_span name, struct seal_span data)
{
	const struct piece *piece = find(parcel, name);

	if (name.len > SEAL_IMAGE_NAME_MAX)
		tool_error("%s: the name has over %u octets; give the file a shorter one", path, SEAL_IMAGE_NAME_MAX);
	else if (seal_span_equal(name, SEAL_SPAN("config")))
		tool_error("%s: in an image, config is the configuration; give the file another name", path);
	else if (piece != NULL)
		return is_there(piece, path, data);
	else if (parcel->num_pieces == SEAL_IMAGE_ENTRIES_MAX)
		tool_error("%s: an image holds at most %u files", path, SEAL_IMAGE_ENTRIES_MAX - 1u);
	else {
		parcel->pieces[parcel->num_pieces++] = (struct piece){ name, data };
		return true;
	}
	return false;
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
		else if (!add(parcel, key->path, domain->key, tool_span(key->text)))
			code = TOOL_CONFIG;
	}
	return code;
}

/* With another seed the device could not read the keys that it has made. */
static bool
has_lasting_seed(const struct request *r, const struct seal_config *config)
{
	for (size_t i = 0; r->seed_file == NULL && i < config->num_domains; i++) {
		if (!seal_config_key_is_on_device(&config->domains[i]))
			continue;
		tool_error("%s: key = device: each image for the device needs the same --seed-file FILE; make it once, "
		           "with: (umask 077; head -c %u /dev/urandom > FILE)", r->config, SEAL_IMAGE_SEED_LEN);
		return false;
	}
	return true;
}

/* What a board cannot do. */
static bool
fits_a_board(const struct seal_config_next_hop *hop, const char *path)
{
	if (hop->secret_helper.len != 0)
		tool_error("%s: secret-helper: a board has no programs; name a file with secret =", path);
	else if (hop->tls != SEAL_SMTPC_TLS_NONE && hop->ca.len == 0 && hop->pin.len == 0)
		tool_error("%s: [next-hop]: a board has no CA certificates of its own: name a file with ca =", path);
	else
		return true;
	return false;
}

static int
add_tls(struct parcel *parcel, const struct tls_files *tls)
{
	for (size_t i = 0; i < TLS_NUM_FILES; i++) {
		const struct tls_file *file = &tls->files[i];
		const struct seal_span data = tool_span(file->der.len != 0 ? file->der : file->text);

		if (file->path != NULL && !add(parcel, file->path, file->name, data))
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
		tool_error("%s: others than the owner can read this seed; run: chmod 600 %s", path, path);
		ok = false;
	}
	if (ok && text.len != SEAL_IMAGE_SEED_LEN) {
		tool_error("%s: expected %u octets, found %zu", path, SEAL_IMAGE_SEED_LEN, text.len);
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
	tool_error("the operating system gives no random octets");
	return TOOL_IO;
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

static size_t
image_len(const struct parcel *parcel)
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

static void
put_image(struct seal_out *out, const struct parcel *parcel)
{
	static const uint8_t no_digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;

	seal_out_text(out, "SEALIMG\x1a");
	put_u32(out, SEAL_IMAGE_VERSION);
	put_u32(out, image_len(parcel));
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

static json_t *
image_json(const struct request *r, const struct parcel *parcel, size_t len)
{
	json_t *entries = json_array();

	for (size_t i = 0; i < parcel->num_pieces; i++)
		json_array_append_new(entries, json_pack("{s:o, s:I}", "name", tool_json_span(parcel->pieces[i].name),
		                                         "octets", (json_int_t)parcel->pieces[i].data.len));
	return json_pack("{s:o, s:I, s:o, s:o, s:b, s:O}", "file", tool_json_span(seal_span_text(r->file)), "octets",
	                 (json_int_t)len, "seed",
	                 tool_json_span(seal_span_text(r->seed_file == NULL ? "" : r->seed_file)), "entries",
	                 entries, "dry_run", r->dry_run, "warnings", r->heard.warnings);
}

static void
describe(const struct request *r, const struct parcel *parcel, size_t len)
{
	printf("image ok: %s, %zu octets, seed from %s%s\n", r->file, len,
	       r->seed_file == NULL ? "the operating system" : r->seed_file,
	       r->dry_run ? " (not written)" : "");
	for (size_t i = 0; i < parcel->num_pieces; i++)
		printf("%8zu %.*s\n", parcel->pieces[i].data.len, (int)parcel->pieces[i].name.len,
		       (const char *)parcel->pieces[i].name.ptr);
}

/* What no board would accept is not written. */
static int
write_image(const struct request *r, const struct parcel *parcel, struct seal_span octets)
{
	struct seal_image image;
	const enum seal_image_fault fault = seal_image_open(&image, octets);
	int code;

	if (fault != SEAL_IMAGE_FINE) {
		tool_error("%s: no image was made: %s", r->file, seal_image_fault_text(fault));
		return TOOL_CONFIG;
	}
	code = r->dry_run ? tool_may_write(r->file, r->replace) : tool_write_secret(r->file, octets, r->replace);
	if (code == TOOL_OK && r->json)
		return tool_print_json(image_json(r, parcel, octets.len));
	if (code == TOOL_OK)
		describe(r, parcel, octets.len);
	return code;
}

static int
pack(const struct request *r, const struct parcel *parcel)
{
	const size_t len = image_len(parcel);
	struct seal_out out;
	int code;

	if (r->max != 0 && len > r->max) {
		tool_error("%s: the image would have %zu octets, --max allows %llu", r->file, len,
		           (unsigned long long)r->max);
		return TOOL_CONFIG;
	}
	out = seal_out(tool_allocate(len), len);
	put_image(&out, parcel);
	code = write_image(r, parcel, seal_out_span(&out));
	seal_wipe(out.ptr, len);
	free(out.ptr);
	return code;
}

static int
pack_with_keys(const struct request *r, const struct config_file *config, const struct tls_files *tls)
{
	struct parcel parcel = { .num_pieces = 0 };
	struct keyring ring;
	int code = keyring_init(&ring, config) ? TOOL_OK : TOOL_KEY;

	parcel.pieces[parcel.num_pieces++] = (struct piece){ SEAL_SPAN("config"), tool_span(config->text) };
	if (code == TOOL_OK)
		code = add_keys(&parcel, &ring);
	if (code == TOOL_OK)
		code = add_tls(&parcel, tls);
	if (code == TOOL_OK)
		code = r->seed_file == NULL ? make_seed(&parcel) : read_seed(&parcel, r->seed_file);
	if (code == TOOL_OK)
		code = pack(r, &parcel);
	seal_wipe(parcel.seed, sizeof parcel.seed);
	keyring_free(&ring);
	return code;
}

static int
pack_all(const struct request *r, const struct config_file *config)
{
	struct tls_files tls;
	int code = tls_files_load(&tls, config);

	if (code == TOOL_OK)
		code = pack_with_keys(r, config, &tls);
	tls_files_free(&tls);
	return code;
}

static int
make_image(const struct request *r)
{
	struct config_file config;
	int code = config_file_load(&config, r->config);

	if (code == TOOL_OK) {
		config_file_warn(&config, r->config);
		code = fits_a_board(&config.config.next_hop, r->config) && has_lasting_seed(r, &config.config)
		       ? pack_all(r, &config) : TOOL_CONFIG;
	}
	config_file_free(&config);
	return code;
}

/* --- the command ------------------------------------------------------------------------------------------------- */

/* As in the configuration: octets, with K or M. */
static bool
read_size(const char *text, uint64_t *size)
{
	const size_t len = strlen(text);
	const char unit = len > 0 ? text[len - 1] : '\0';
	const uint64_t factor = unit == 'K' ? 1024u : unit == 'M' ? 1024u * 1024u : 1u;
	const struct seal_span digits = seal_span_first(seal_span_text(text), factor > 1 ? len - 1 : len);

	if (seal_num_u64(digits, size) && *size > 0 && *size <= UINT32_MAX / factor) {
		*size *= factor;
		return true;
	}
	tool_error("--max: expected octets, with K or M for more, found %s", text);
	return false;
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "seed-file", required_argument, NULL, 's' },
		{ "max", required_argument, NULL, 'm' },
		{ "force", no_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ .replace = TOOL_NEVER_REPLACE };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == 'o')
			r->file = optarg;
		else if (option == 's')
			r->seed_file = optarg;
		else if (option == 'f')
			r->replace = TOOL_REPLACE;
		else if (option == 'n')
			r->dry_run = true;
		else if (option == 'j')
			r->json = true;
		else if (option != 'm' || !read_size(optarg, &r->max))
			return false;
	}
	return tool_arguments(argc, 1, "a configuration file") && tool_required(r->file, "-o FILE");
}

static int
run(int argc, char **argv)
{
	struct request r;
	int code;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	r.config = argv[optind];
	if (r.json)
		tool_hear(&r.heard);
	code = make_image(&r);
	tool_hear_end(&r.heard);
	return tool_finish_output() == TOOL_OK ? code : TOOL_IO;
}

const struct tool_command tool_image = {
	"image", "CONF -o FILE [--max SIZE] [--seed-file FILE] [--force] [--dry-run] [--json]",
	"Pack a configuration and the files that it names for a board",
	"  -o, --output FILE  for the image, readable for its owner alone: it holds private keys\n"
	"  --max SIZE         refuse to make one of more octets (1024 with K, 1048576 with M):\n"
	"                     the place that the board has for it\n"
	"  --seed-file FILE   32 octets that nobody can guess, of which the board makes its random\n"
	"                     numbers; from the operating system unless given. Needed with key = device,\n"
	"                     and the same each time: the keys on the device are encrypted with it\n"
	"  --force            replace a file that exists\n"
	"  -n, --dry-run      check everything, say how large it would be, and write nothing\n"
	"  --json             { file, octets, seed, entries: [ { name, octets } ], dry_run, warnings };\n"
	"                     seed is the file of --seed-file, or null\n"
	"\n"
	"Configuration and files are checked as by: mailseal help check. Certificates are packed\n"
	"as DER. A board has no programs, so secret-helper is refused; and no CA certificates of\n"
	"its own, so a next hop with TLS needs ca or pin: of a large bundle give it the one file\n"
	"that is needed. Make an image for each device: two with the same seed make the same\n"
	"random numbers.\n",
	run
};
