/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c - pack a configuration and the files that it names for a board (engine/config/image.h).
 */
#include "tools/mailseal/commands/image.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ct.h"
#include "engine/base/num.h"
#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/site/parcel.h"

/* As in the configuration: bytes, with K or M. */
static bool
take_size(const char *text, const char *what, void *member)
{
	uint64_t *const size = member;
	const size_t len = strlen(text);
	const char unit = len > 0 ? text[len - 1] : '\0';
	const uint64_t factor = unit == 'K' ? 1024u : unit == 'M' ? 1024u * 1024u : 1u;
	const struct seal_span digits = seal_span_first(seal_span_text(text), factor > 1 ? len - 1 : len);

	if (seal_num_u64(digits, size) && *size > 0 && *size <= UINT32_MAX / factor) {
		*size *= factor;
		return true;
	}
	tool_error("%s: expected a number of bytes, with or without K or M, found %s", what, text);
	return false;
}

#define AT(member) offsetof(struct image_request, member)

static const struct option_row options[] = {
	OPTION_CONFIG_ARGUMENT(struct image_request, argument),
	OPTION_CONFIG_FILE(struct image_request, config, "The configuration to pack."),
	{ "output", 'o', OPT_STRING, AT(file), "FILE",
	  .text = "The file for the image, readable only by its owner: it contains private keys.",
	  .flags = OPT_REQUIRED },
	{ "max", 0, OPT_VALUE, AT(max), "SIZE",
	  .text = "Refuse to make an image of more bytes (1024 with K, 1048576 with M): the room that the board has "
	          "for it.", .take = take_size },
	{ "seed-file", 0, OPT_STRING, AT(seed_file), "FILE",
	  .text = "32 unpredictable bytes, from which the board makes its random numbers. Default: from the operating "
	          "system. Needed with key = device, and the same each time: the keys on the device are encrypted with "
	          "it." },
	{ "force", 0, OPT_FLAG, AT(force), NULL, .text = "Replace a file that exists." },
	{ "dry-run", 'n', OPT_FLAG, AT(dry_run), NULL,
	  .text = "Check everything, show how large the image would be, and write nothing." },
	OPTIONS_END
};

static void
put_document(const struct image_request *r, json_t *entries, json_t *len, struct result *result)
{
	result_set(result, json_pack("{s:o, s:o, s:o, s:o, s:b}", "file", tool_json_span(seal_span_text(r->file)),
	                             "octets", len, "seed",
	                             tool_json_span(seal_span_text(r->seed_file == NULL ? "" : r->seed_file)),
	                             "entries", entries, "dry_run", r->dry_run));
}

static void
describe(const struct image_request *r, const struct parcel *parcel, size_t len, struct result *result)
{
	json_t *const entries = json_array();

	fprintf(result->text, "image ok: %s, %zu bytes, seed from %s%s\n", r->file, len,
	        r->seed_file == NULL ? "the operating system" : r->seed_file, r->dry_run ? " (not written)" : "");
	for (size_t i = 0; i < parcel->num_pieces; i++) {
		const struct piece *const piece = &parcel->pieces[i];

		fprintf(result->text, "%8zu %.*s\n", piece->data.len, (int)piece->name.len,
		        (const char *)piece->name.ptr);
		json_array_append_new(entries, json_pack("{s:o, s:I}", "name", tool_json_span(piece->name), "octets",
		                                         (json_int_t)piece->data.len));
	}
	put_document(r, entries, json_integer((json_int_t)len), result);
}

/* An image that no board would accept is not written. */
static int
write_image(const struct image_request *r, const struct parcel *parcel, struct seal_span bytes, struct result *result)
{
	const enum tool_replace replace = r->force ? TOOL_REPLACE : TOOL_NEVER_REPLACE;
	struct seal_image image;
	const enum seal_image_fault fault = seal_image_open(&image, bytes);
	int code;

	if (fault != SEAL_IMAGE_FINE) {
		tool_error("%s: no image was made: %s", r->file, seal_image_fault_text(fault));
		return TOOL_CONFIG;
	}
	code = r->dry_run ? tool_may_write(r->file, replace) : tool_write_secret(r->file, bytes, replace);
	if (code == TOOL_OK)
		describe(r, parcel, bytes.len, result);
	return code;
}

static int
pack(const struct image_request *r, const struct parcel *parcel, struct result *result)
{
	const size_t len = parcel_image_len(parcel);
	struct seal_out out;
	int code;

	if (r->max != 0 && len > r->max) {
		tool_error("%s: the image would have %zu bytes, but --max allows %llu", r->file, len,
		           (unsigned long long)r->max);
		return TOOL_CONFIG;
	}
	out = seal_out(tool_allocate(len), len);
	parcel_put_image(parcel, &out);
	code = write_image(r, parcel, seal_out_span(&out), result);
	seal_wipe(out.ptr, len);
	free(out.ptr);
	return code;
}

static int
pack_with_keys(const struct image_request *r, const struct config_file *config, const struct tls_files *tls,
               struct result *result)
{
	struct parcel parcel;
	int code = parcel_fill(&parcel, config, tls, r->seed_file);

	if (code == TOOL_OK)
		code = pack(r, &parcel, result);
	parcel_free(&parcel);
	return code;
}

static int
pack_all(const struct image_request *r, const struct config_file *config, struct result *result)
{
	struct tls_files tls;
	int code = tls_files_load(&tls, config);

	if (code == TOOL_OK)
		code = pack_with_keys(r, config, &tls, result);
	tls_files_free(&tls);
	return code;
}

int
image_make(const struct image_request *r, struct result *result)
{
	const char *const path = config_named(r->argument, r->config);
	struct config_file config;
	int code;

	put_document(r, json_array(), json_null(), result);
	code = config_file_load(&config, path);
	if (code == TOOL_OK) {
		config_file_warn(&config, path);
		code = parcel_is_possible(&config, path, r->seed_file) ? pack_all(r, &config, result)
		                                                            : TOOL_CONFIG;
	}
	config_file_free(&config);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return image_make(request, result);
}

const struct tool_command tool_image = {
	.name = "image", .summary = "Pack a configuration and the files that it names for a board",
	.options = options, .request_size = sizeof(struct image_request), .start = start,
	.help =
		"Configuration and files are checked as mailseal check does. Certificates are packed as DER, and\n"
		"keys of domains in an even shorter form. A board runs no programs, so secret-helper is\n"
		"rejected. It has no CA certificates either, so a next hop with TLS needs ca or pin; if ca is a\n"
		"large bundle, use a file with only the certificate that is needed. Create one image for each\n"
		"device: two devices with the same seed make the same random numbers.\n",
	.json =
		"{ file, octets, seed, entries: [ { name, octets } ], dry_run }\n"
		"seed is the file of --seed-file, or null.\n"
};
