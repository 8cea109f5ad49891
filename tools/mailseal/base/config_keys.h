/* SPDX-License-Identifier: Apache-2.0
 *
 * config_keys.h - all keys of the configuration with their documentation, made from the rows of the parser's tables.
 */
#ifndef TOOLS_BASE_CONFIG_KEYS_H
#define TOOLS_BASE_CONFIG_KEYS_H

#include <stddef.h>

#include "engine/config/config_keys.h"

struct config_key {
	const char *name;
	const char *words;         /* of a choice: "a|b|c"; else NULL                         */
	const char *default_value; /* NULL: see `unset`                                       */
	const char *expected;
	const char *unset;         /* effect of a missing key; "": it is required or has a default */
	const char *meaning;       /* sentences; `...` marks literal text                     */
	enum seal_config_section_number section;
	unsigned flags;            /* enum seal_config_key_flags                              */
};

/* In the order of the rows; num_config_keys of them. */
extern const struct config_key config_keys[];
extern const size_t num_config_keys;

/* "[client NAME]". */
const char *config_section_heading(enum seal_config_section_number section);

/* "; did you mean NAME?" if the word is similar to the word of a heading, or to a key of the section, else ""; the
 * caller frees it. */
char *config_keys_suggest_section(struct seal_span word);
char *config_keys_suggest(const struct seal_config_section *section, struct seal_span word);

/* mailseal help config [KEY], as text or as a JSON document; returns the exit code. */
int config_help(int argc, char **argv, bool json);

#endif
