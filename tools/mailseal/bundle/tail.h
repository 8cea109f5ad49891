/* SPDX-License-Identifier: Apache-2.0
 *
 * tail.h - the end of a log of any size.
 */
#ifndef TOOLS_BUNDLE_TAIL_H
#define TOOLS_BUNDLE_TAIL_H

#include "tools/mailseal/base/tool.h"

#define TAIL_MAX ((size_t)4 << 20) /* bytes that are kept at most */

struct tail {
	struct tool_text text;  /* complete lines, except perhaps the last; free it     */
	uint64_t num_lines;     /* in the whole log                                     */
	uint64_t num_kept;
};

/* Reads `fd` to its end and keeps the last `num_lines` lines, or fewer if they exceed TAIL_MAX. Returns false on an
 * error (reported, with `name`). */
bool tail_read(struct tail *t, int fd, const char *name, uint64_t num_lines);

#endif
