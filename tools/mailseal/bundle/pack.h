/* SPDX-License-Identifier: Apache-2.0
 *
 * pack.h - packs texts in memory as files of one .tar.gz.
 */
#ifndef TOOLS_BUNDLE_PACK_H
#define TOOLS_BUNDLE_PACK_H

#include "tools/mailseal/base/tool.h"

struct pack_file {
	const char *name;
	struct seal_span text;
};

/* All files get the time `now_s` and mode 0600, and no owner. Returns TOOL_OK, or TOOL_IO (reported). Free the archive
 * in either case. */
int pack(const struct pack_file *files, size_t num_files, int64_t now_s, struct tool_text *archive);

#endif
