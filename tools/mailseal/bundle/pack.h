/* SPDX-License-Identifier: Apache-2.0
 *
 * pack.h - files in memory as one .tar.gz.
 */
#ifndef TOOLS_BUNDLE_PACK_H
#define TOOLS_BUNDLE_PACK_H

#include "tools/mailseal/base/tool.h"

struct pack_file {
	const char *name;
	struct seal_span text;
};

/* All files have the time `now_s`, no owner's name, and are readable by their owner only. TOOL_OK, or TOOL_IO:
 * reported. Free the archive in any case. */
int pack(const struct pack_file *files, size_t num_files, int64_t now_s, struct tool_text *archive);

#endif
