/* SPDX-License-Identifier: Apache-2.0
 *
 * collection.h - the aggregate reports of many files, as they lie in a mailbox.
 */
#ifndef TOOLS_REPORTS_COLLECTION_H
#define TOOLS_REPORTS_COLLECTION_H

#include "tools/mailseal/reports/aggregate.h"

struct collection {
	struct aggregate *list;
	bool *repeated;   /* the same report again: not to be counted */
	size_t num;       /* of files, in their order                 */
};

/* Read all files, so that all that is wrong is said at once. TOOL_OK, or the worst of what
 * unpack_file and aggregate_read answer: reported. collection_free in any case. */
int collection_read(struct collection *c, const char *const *files, size_t num);
void collection_free(struct collection *c);

#endif
