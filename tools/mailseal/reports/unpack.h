/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack.h - the XML of a report file: plain, in gzip, or as the one file in a zip archive.
 * Strangers mail these files, so what comes out is bounded.
 */
#ifndef TOOLS_REPORTS_UNPACK_H
#define TOOLS_REPORTS_UNPACK_H

#include "tools/mailseal/base/tool.h"

#define UNPACK_PACKED_MAX  ((size_t)32 << 20)
#define UNPACK_XML_MAX     ((size_t)64 << 20)
#define UNPACK_RATIO_MAX   250u               /* out to in; reports have 10 to 60 */
#define UNPACK_RATIO_FROM  ((size_t)1 << 20)  /* below, the ratio is not looked at */

/* TOOL_OK; TOOL_IO: the file cannot be read; TOOL_REFUSED: it is not what is expected, or too
 * much: reported. Free the text in any case. */
int unpack_file(const char *path, struct tool_text *xml);

#endif
