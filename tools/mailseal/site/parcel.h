/* SPDX-License-Identifier: Apache-2.0
 *
 * parcel.h - what a board needs of a configuration, packed as an image (engine/config/image.h).
 */
#ifndef TOOLS_SITE_PARCEL_H
#define TOOLS_SITE_PARCEL_H

#include "engine/config/image.h"
#include "tools/mailseal/checks/keyring.h"
#include "tools/mailseal/checks/tls_files.h"

struct piece {
	struct seal_span name, data;
};

/* "config", then each file once. */
struct parcel {
	struct piece pieces[SEAL_IMAGE_ENTRIES_MAX];
	size_t num_pieces;
	struct tool_text keys[SEAL_IMAGE_ENTRIES_MAX]; /* of pieces that are private keys */
	size_t num_keys;
	uint8_t seed[SEAL_IMAGE_SEED_LEN];
	struct keyring ring;      /* holds the texts of the keys */
};

/* The configuration asks for what no board can do, or needs the same seed in each image: reported, with `path`. */
bool parcel_is_possible(const struct config_file *config, const char *path, const char *seed_file);

/* Collect the files of a checked configuration; the seed is that of the file, or with NULL a new one. The parcel
 * borrows from both arguments and must not move. TOOL_OK, or reported. parcel_free in any case. */
int parcel_fill(struct parcel *p, const struct config_file *config, const struct tls_files *tls,
                const char *seed_file);
void parcel_free(struct parcel *p);

size_t parcel_image_len(const struct parcel *p);
void parcel_put_image(const struct parcel *p, struct seal_out *out);

#endif
