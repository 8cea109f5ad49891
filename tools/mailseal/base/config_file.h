/* SPDX-License-Identifier: Apache-2.0
 *
 * config_file.h - a configuration from a file, both as the engine reads it and as a document to edit.
 */
#ifndef TOOLS_BASE_CONFIG_FILE_H
#define TOOLS_BASE_CONFIG_FILE_H

#include "tools/mailseal/base/reading.h"

#define CONFIG_FILE_MAX ((size_t)1 << 20) /* bytes that are read */
#define CONFIG_FILE_EXPECTED_MAX 512u /* bytes of an explained error, without the part after "found" */

struct config_file {
	struct seal_config config;  /* the readable part                             */
	struct document document;
	struct reading reading;     /* with all errors                               */
	char *directory;            /* of the file; file names in it are relative to this */
};

/* For commands that need a valid configuration. Returns TOOL_OK, or TOOL_IO or TOOL_CONFIG (reported, each error with
 * its line). Call config_file_free in any case. */
int config_file_load(struct config_file *f, const char *path);

/* For commands that can work with the readable part: all errors are warnings. Returns TOOL_OK, TOOL_IO, or TOOL_CONFIG
 * if there are too many errors; failures are reported. */
int config_file_load_readable(struct config_file *f, const char *path);

/* The same without the warnings, which are shown earlier or later. */
int config_file_load_again(struct config_file *f, const char *path);
void config_file_show_warnings(const struct reading *r, const char *path);

/* Why the reading is not `readable`. */
void config_file_show_unreadable(const struct reading *r, const char *path);

/* Reads `text` as if it were in the file, and reports nothing. Takes ownership of the text. */
void config_file_take(struct config_file *f, const char *path, struct tool_text text);
void config_file_free(struct config_file *f);

/* The path of a file that the configuration names; the caller frees it. */
char *config_file_path(const struct config_file *f, struct seal_span name);

/* The section of the document to which this name in the configuration belongs. */
const struct document_section *config_file_section(const struct config_file *f, struct seal_span name);

/* The value of a note in the section of `name`; empty: none. */
struct seal_span config_file_note(const struct config_file *f, struct seal_span name, const char *note);

/* Warns about settings that are valid, but probably not intended. */
void config_file_warn(const struct config_file *f, const char *path);

/* Notes where to begin if no file `path` exists. */
void config_file_advise_first(const char *path);

/* Notes that the listen address needs a TAP device on Linux. A fixed `address` shows that one is meant, or a board. */
void config_file_note_listen(const struct config_file *f, const char *path);

#endif
