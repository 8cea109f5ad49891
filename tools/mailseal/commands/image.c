/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c - pack a configuration and the files that it names for a board (engine/config/image.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ct.h"
#include "engine/base/num.h"
#include "tools/mailseal/base/json.h"
#include "tools/mailseal/site/parcel.h"

struct request {
	const char *config, *file, *seed_file;
	uint64_t max;            /* octets; 0: no bound */
	enum tool_replace replace;
	bool json, dry_run;
	struct tool_heard heard;
};

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
	const size_t len = parcel_image_len(parcel);
	struct seal_out out;
	int code;

	if (r->max != 0 && len > r->max) {
		tool_error("%s: the image would have %zu octets, --max allows %llu", r->file, len,
		           (unsigned long long)r->max);
		return TOOL_CONFIG;
	}
	out = seal_out(tool_allocate(len), len);
	parcel_put_image(parcel, &out);
	code = write_image(r, parcel, seal_out_span(&out));
	seal_wipe(out.ptr, len);
	free(out.ptr);
	return code;
}

static int
pack_with_keys(const struct request *r, const struct config_file *config, const struct tls_files *tls)
{
	struct parcel parcel;
	int code = parcel_fill(&parcel, config, tls, r->seed_file);

	if (code == TOOL_OK)
		code = pack(r, &parcel);
	parcel_free(&parcel);
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
		code = parcel_is_possible(&config, r->config, r->seed_file) ? pack_all(r, &config) : TOOL_CONFIG;
	}
	config_file_free(&config);
	return code;
}

/* --- options ----------------------------------------------------------------------------------------------------- */

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
	"Configuration and files are checked as by: mailseal help check. Certificates are packed as\n"
	"DER, keys of domains in a form that is shorter still. A board has no programs, so\n"
	"secret-helper is refused; and no CA certificates of its own, so a next hop with TLS needs ca\n"
	"or pin: of a large bundle give it the one file that is needed. Make an image for each device:\n"
	"two with the same seed make the same random numbers.\n",
	.run = run
};
