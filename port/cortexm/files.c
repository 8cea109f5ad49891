/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/files.h"

#include "engine/base/ascii.h"
#include "engine/config/image.h"
#include "port/cortexm/board.h"

/* Of sections.ld; only their addresses count. */
extern const uint8_t seal_ld_image_start[], seal_ld_image_end[];

#define NAME_MAX 64u

static struct seal_image image;

struct seal_span
seal_files_seed(void)
{
	return image.seed;
}

static struct seal_span
image_memory(void)
{
	if (seal_board.image != NULL)
		return seal_board.image();
	return seal_span(seal_ld_image_start, (size_t)((uintptr_t)seal_ld_image_end - (uintptr_t)seal_ld_image_start));
}

static bool
open_image(struct seal_span *config, struct seal_out *why)
{
	const struct seal_span memory = image_memory();
	const enum seal_image_fault fault = seal_image_open(&image, memory);

	*config = image.config;
	if (memory.len == 0) {
		seal_out_text(why, "image: its flash does not respond");
		return false;
	}
	if (fault == SEAL_IMAGE_FINE)
		return true;
	seal_out_text(why, "image: ");
	seal_out_span_put(why, seal_span_text(seal_image_fault_text(fault)));
	return false;
}

void
seal_files_put_name(void *ctx, enum seal_file file, struct seal_span name, struct seal_out *out)
{
	static const char *const words[] = {
		[SEAL_FILE_CONFIG] = "config",
		[SEAL_FILE_KEY] = "key ",
		[SEAL_FILE_CERTIFICATE] = "certificate ",
		[SEAL_FILE_CERTIFICATE_KEY] = "certificate-key ",
		[SEAL_FILE_CA] = "ca ",
		[SEAL_FILE_SECRET] = "secret ",
	};

	(void)ctx;
	name = seal_span_first(name, NAME_MAX);
	seal_out_span_put(out, seal_span_text(words[file]));
	for (size_t i = 0; i < name.len; i++)
		seal_out_octet(out, seal_is_ctl(name.ptr[i]) ? '?' : name.ptr[i]);
}

/* A board has no built-in CA certificates. */
bool
seal_files_find(void *ctx, enum seal_file file, struct seal_span name, struct seal_span *octets,
                struct seal_out *why)
{
	if (file == SEAL_FILE_CONFIG)
		return open_image(octets, why);
	if (name.len == 0) {
		seal_out_text(why, "next-hop: tls needs ca or pin on a board");
		return false;
	}
	if (seal_image_find(&image, name, octets))
		return true;
	seal_files_put_name(ctx, file, name, why);
	seal_out_text(why, ": not in the image");
	return false;
}
