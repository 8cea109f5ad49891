/* SPDX-License-Identifier: Apache-2.0
 *
 * tail.h - the end of a log of any size.
 */
#ifndef TOOLS_BUNDLE_TAIL_H
#define TOOLS_BUNDLE_TAIL_H

#include "tools/mailseal/base/tool.h"

#define TAIL_MAX ((size_t)4 << 20) /* octets that are kept at most */

struct tail {
	struct tool_text text;  /* whole lines, but for a last one without end; free it */
	uint64_t num_lines;     /* of all of the log                                    */
	uint64_t num_kept;
};

/* The last `num_lines` lines of what is read from `fd`, or as many as TAIL_MAX has room for. False:
 * reported, with `name`. */
bool tail_read(struct tail *t, int fd, const char *name, uint64_t num_lines);

#endif
