/* SPDX-License-Identifier: Apache-2.0
 *
 * capture.h - what another command of this program prints.
 */
#ifndef TOOLS_BUNDLE_CAPTURE_H
#define TOOLS_BUNDLE_CAPTURE_H

#include "tools/mailseal/base/tool.h"

#define CAPTURE_MAX ((size_t)8 << 20) /* octets of each stream that are kept */

struct captured {
	struct tool_text output, messages; /* standard output and error; free both */
	int code;
};

/* Runs the command in a process of its own; `arguments` end with NULL and begin with the last word
 * of its name. TOOL_OK, or TOOL_IO: it could not be run, reported. */
int capture(const struct tool_command *command, char **arguments, struct captured *c);
void captured_free(struct captured *c);

#endif
