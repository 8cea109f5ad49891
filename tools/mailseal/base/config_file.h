/* SPDX-License-Identifier: Apache-2.0
 *
 * config_file.h - a configuration from a file: as the engine reads it, and as a document to edit.
 */
#ifndef TOOLS_BASE_CONFIG_FILE_H
#define TOOLS_BASE_CONFIG_FILE_H

#include "tools/mailseal/base/reading.h"

#define CONFIG_FILE_EXPECTED_MAX 512u /* bytes of an explained error, without what was found */

struct config_file {
	struct seal_config config;  /* as far as it is readable                      */
	struct document document;
	struct reading reading;     /* with what is wrong                            */
	char *directory;            /* of the file: names in it are relative to that */
};

/* For what needs a valid configuration: TOOL_OK, or TOOL_IO or TOOL_CONFIG: reported, each error with its line.
 * config_file_free in any case. */
int config_file_load(struct config_file *f, const char *path);

/* For what works on what is readable: all errors are warnings. TOOL_OK, or TOOL_IO, or TOOL_CONFIG: there are too many;
 * reported. */
int config_file_load_readable(struct config_file *f, const char *path);

/* The same without the warnings, which come later or have been shown. */
int config_file_load_again(struct config_file *f, const char *path);
void config_file_show_warnings(const struct reading *r, const char *path);

/* Read `text` as if it were in the file, and report nothing; takes it over. */
void config_file_take(struct config_file *f, const char *path, struct tool_text text);
void config_file_free(struct config_file *f);

/* Where the file of that name is; free() it. */
char *config_file_path(const struct config_file *f, struct seal_span name);

/* The section in the document that has this name in the configuration. */
const struct document_section *config_file_section(const struct config_file *f, struct seal_span name);

/* The value of a note in it, or in the whole document without a name; empty: none. */
struct seal_span config_file_note(const struct config_file *f, struct seal_span name, const char *note);

/* Report what is no error and yet hardly meant. */
void config_file_warn(const struct config_file *f, const char *path);

/* Note it if its listen address cannot be used on Linux without a TAP device; a fixed `address` shows that one is meant,
 * or a board. */
void config_file_note_listen(const struct config_file *f, const char *path);

#endif
