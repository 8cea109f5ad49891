/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack.h - the XML text of a report file, which may be plain, compressed with gzip, or the only file in a zip
 * archive. Such files come from strangers by mail, so the size of the result is limited.
 */
#ifndef TOOLS_REPORTS_UNPACK_H
#define TOOLS_REPORTS_UNPACK_H

#include "tools/mailseal/base/tool.h"

#define UNPACK_PACKED_MAX  ((size_t)32 << 20)
#define UNPACK_XML_MAX     ((size_t)64 << 20)
#define UNPACK_RATIO_MAX   250u               /* unpacked to packed; reports have 10 to 60 */
#define UNPACK_RATIO_FROM  ((size_t)1 << 20)  /* the ratio is not checked below this size  */

/* Returns TOOL_OK, TOOL_IO if the file cannot be read, or TOOL_REFUSED if it is in another format or too large; errors
 * are reported. Free the text in any case. */
int unpack_file(const char *path, struct tool_text *xml);

#endif
