/* SPDX-License-Identifier: Apache-2.0
 *
 * bundle.h - create a support bundle: one file without secrets.
 */
#ifndef TOOLS_COMMANDS_BUNDLE_H
#define TOOLS_COMMANDS_BUNDLE_H

#include <stdint.h>

#include "tools/mailseal/base/result.h"

struct bundle_request {
	const char *config, *output;
	const char *log;                  /* NULL: none; "-": standard input */
	uint64_t num_lines;
	bool dry_run;
};

/* The exit code; the result has what is in the bundle. */
int bundle(const struct bundle_request *r, struct result *result);

#endif
