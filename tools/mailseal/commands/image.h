/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h - pack a configuration and the files that it names for a board.
 */
#ifndef TOOLS_COMMANDS_IMAGE_H
#define TOOLS_COMMANDS_IMAGE_H

#include <stdint.h>

#include "tools/mailseal/base/result.h"

struct image_request {
	const char *argument;          /* NULL: `config` */
	const char *config, *file;
	const char *seed_file;         /* NULL: from the operating system */
	uint64_t max;                  /* bytes; 0: no limit              */
	bool force, dry_run;
};

/* The exit code; the result has what is in the image. */
int image_make(const struct image_request *r, struct result *result);

#endif
