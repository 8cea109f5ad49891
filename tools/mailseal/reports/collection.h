/* SPDX-License-Identifier: Apache-2.0
 *
 * collection.h - the aggregate reports in many files, for example from a mailbox.
 */
#ifndef TOOLS_REPORTS_COLLECTION_H
#define TOOLS_REPORTS_COLLECTION_H

#include "tools/mailseal/reports/aggregate.h"

struct collection {
	struct aggregate *list;
	bool *repeated;   /* the same report as an earlier one: not counted */
	size_t num;       /* number of files; in their order                */
};

/* Reads all files, so that all errors are reported at once. Returns TOOL_OK, or the worst exit code of unpack_file and
 * aggregate_read (reported). Call collection_free in any case. */
int collection_read(struct collection *c, const char *const *files, size_t num);
void collection_free(struct collection *c);

#endif
