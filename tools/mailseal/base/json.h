/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - documents as every command prints them with --json.
 */
#ifndef TOOLS_BASE_JSON_H
#define TOOLS_BASE_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "tools/mailseal/base/tool.h"

/* Write it and release it; NULL is one that could not be made. False: reported. */
bool tool_put_json(FILE *to, json_t *document);

/* The same to stdout: TOOL_OK, or TOOL_IO: reported. */
int tool_print_json(json_t *document);

/* A text that may be any bytes: what is not UTF-8 becomes "?". Empty: null. */
json_t *tool_json_span(struct seal_span s);

#endif
