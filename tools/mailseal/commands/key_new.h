/* SPDX-License-Identifier: Apache-2.0
 *
 * key_new.h - create a private key and its DNS record.
 */
#ifndef TOOLS_COMMANDS_KEY_NEW_H
#define TOOLS_COMMANDS_KEY_NEW_H

#include <stdint.h>

#include "tools/mailseal/base/result.h"

struct key_new_request {
	const char *domain, *selector, *file;
	uint64_t bits;
	bool weak, dry_run;
};

/* The exit code; the result has the record. */
int key_new(const struct key_new_request *r, struct result *result);

#endif
