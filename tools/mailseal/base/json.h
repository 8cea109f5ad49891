/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - JSON documents, as all commands print them with --json.
 */
#ifndef TOOLS_BASE_JSON_H
#define TOOLS_BASE_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "tools/mailseal/base/tool.h"

/* A document with "format" and then the members, which it takes over. Returns NULL if `members` is NULL. */
json_t *tool_json_document(json_t *members);

/* Writes the document and releases it. Returns false on an error, or if it is NULL (reported). */
bool tool_put_json(FILE *to, json_t *document);

/* The same to standard output. Returns TOOL_OK, or TOOL_IO (reported). */
int tool_print_json(json_t *document);

/* A text of any bytes as a JSON string, with "?" for bytes that are not UTF-8; null if it is empty. */
json_t *tool_json_span(struct seal_span s);

#endif
