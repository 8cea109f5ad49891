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
void config_file_free(struct config_file *f);

/* Report what is no error and yet hardly meant. */
void config_file_warn(const struct config_file *f, const char *path);

#endif
