/* SPDX-License-Identifier: Apache-2.0
 *
 * parcel.h - the parts of a configuration that a board needs, packed as an image (engine/config/image.h).
 */
#ifndef TOOLS_SITE_PARCEL_H
#define TOOLS_SITE_PARCEL_H

#include "engine/config/image.h"
#include "tools/mailseal/checks/keyring.h"
#include "tools/mailseal/checks/tls_files.h"

struct piece {
	struct seal_span name, data;
};

/* "config", then each file; a file that is named twice is stored once. */
struct parcel {
	struct piece pieces[SEAL_IMAGE_ENTRIES_MAX];
	size_t num_pieces;
	struct tool_text keys[SEAL_IMAGE_ENTRIES_MAX]; /* memory of the pieces that are private keys */
	size_t num_keys;
	uint8_t seed[SEAL_IMAGE_SEED_LEN];
	struct keyring ring;      /* holds the texts of the keys */
};

/* False (reported, with `path`): a setting that no board supports, or no seed file although keys are on the device. */
bool parcel_is_possible(const struct config_file *config, const char *path, const char *seed_file);

/* Collects the files of a checked configuration. The seed is read from the file, or new if it is NULL. The parcel
 * borrows from `config` and `tls` and must not move. Returns TOOL_OK, or an exit code (reported). Call parcel_free in
 * either case. */
int parcel_fill(struct parcel *p, const struct config_file *config, const struct tls_files *tls,
                const char *seed_file);
void parcel_free(struct parcel *p);

size_t parcel_image_len(const struct parcel *p);
void parcel_put_image(const struct parcel *p, struct seal_out *out);

#endif
