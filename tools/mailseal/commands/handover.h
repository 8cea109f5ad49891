/* SPDX-License-Identifier: Apache-2.0
 *
 * handover.h - write the sheet for those who manage a customer's DNS.
 */
#ifndef TOOLS_COMMANDS_HANDOVER_H
#define TOOLS_COMMANDS_HANDOVER_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/sheet/sheet.h"

struct handover_request {
	struct sheet_request sheet;
	unsigned format, reader;   /* words of --format and --for */
	const char *output;        /* NULL: standard output       */
	bool force, dry_run;
};

/* The exit code; the result has the sheet, or where it was written. */
int handover(const struct handover_request *r, struct result *result);

#endif
