/* SPDX-License-Identifier: Apache-2.0
 *
 * config_file.h - a configuration text out of a file, for the commands.
 */
#ifndef TOOLS_CONFIG_FILE_H
#define TOOLS_CONFIG_FILE_H

#include "engine/gateway/config.h"
#include "tools/tool.h"

struct config_file {
	struct seal_config config;  /* spans into text                               */
	struct tool_text text;
	char *directory;            /* of the file: names in it are relative to that */
};

/* TOOL_OK, or TOOL_IO or TOOL_CONFIG: reported. config_file_free in any case. */
int config_file_load(struct config_file *f, const char *path);

/* The same for a text that is in memory, as if it were in the file; takes it over. */
int config_file_take(struct config_file *f, const char *path, struct tool_text text);
void config_file_free(struct config_file *f);

/* Where the file of that name is; free() it. */
char *config_file_path(const struct config_file *f, struct seal_span name);

/* Report what is no error and yet hardly meant. */
void config_file_warn(const struct config_file *f, const char *path);

#endif
