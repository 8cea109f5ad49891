/* SPDX-License-Identifier: Apache-2.0
 *
 * config_file.h - a configuration text out of a file, for the commands.
 *
 * Notes are comments that only the commands read: "# mailseal: KEY = VALUE". Within a section:
 *	cname   the zone that holds its record, where the customer's name is a CNAME to
 *	record  what DNS is to publish of a key that was made on a device
 * and anywhere:
 *	revoked DOMAIN SELECTOR DATE FILE of a key that was taken out
 */
#ifndef TOOLS_BASE_CONFIG_FILE_H
#define TOOLS_BASE_CONFIG_FILE_H

#include "engine/config/config.h"
#include "tools/mailseal/base/tool.h"

#define CONFIG_FILE_EXPECTED_MAX 512u /* bytes of an explained error, without what was found */

struct config_file {
	struct seal_config config;  /* spans into text                               */
	struct tool_text text;
	char *directory;            /* of the file: names in it are relative to that */
	struct seal_config_error error; /* after TOOL_CONFIG                         */
};

/* TOOL_OK, or TOOL_IO or TOOL_CONFIG: reported. config_file_free in any case. */
int config_file_load(struct config_file *f, const char *path);

/* The same for a text that is in memory, as if it were in the file; takes it over. */
int config_file_take(struct config_file *f, const char *path, struct tool_text text);
void config_file_free(struct config_file *f);

/* Where the file of that name is; free() it. */
char *config_file_path(const struct config_file *f, struct seal_span name);

/* A section: from the "[" of its heading to behind its last key; comments and empty lines
 * after that belong to what follows. */
struct seal_span config_file_section(const struct config_file *f, struct seal_span name);

/* The value of a note within `text`, the first one after *from, which moves behind it;
 * an empty span: none. */
struct seal_span config_file_note(struct seal_span text, const char *key, size_t *from);

/* Report what is no error and yet hardly meant. */
void config_file_warn(const struct config_file *f, const char *path);

#endif
