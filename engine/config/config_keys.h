/* SPDX-License-Identifier: Apache-2.0
 *
 * config_keys.h - the keys of each section, as tables. Inside of config.c; tools read flags and words.
 */
#ifndef SEAL_CONFIG_CONFIG_KEYS_H
#define SEAL_CONFIG_CONFIG_KEYS_H

#include "engine/config/config.h"

enum seal_config_key_flags {
	SEAL_CONFIG_REQUIRED = 1,
	SEAL_CONFIG_LIST = 2,         /* may continue in indented lines             */
	SEAL_CONFIG_MAY_BE_EMPTY = 4,
	/* What the value names or is: a support archive must not hold secrets. */
	SEAL_CONFIG_FILE = 8,
	SEAL_CONFIG_KEY_FILE = 16,    /* a file with a private key                  */
	SEAL_CONFIG_SECRET_FILE = 32, /* a file with a password or token            */
	SEAL_CONFIG_SECRET = 64,      /* the value itself is secret                 */
	SEAL_CONFIG_COMMAND = 128
};

struct seal_config_key;

/* Read `value` into `member`. False: it is not what key->expected names. Where only part of
 * it is wrong, error->found is narrowed to that. */
typedef bool seal_config_reader(void *member, const struct seal_config_key *key, struct seal_span value,
                                struct seal_config_error *error);

struct seal_config_key {
	const char *name;
	seal_config_reader *read;
	const char *expected;
	const char *detail;     /* of a choice: its words, "a|b|c" in the order of its numbers; of an
	                         * endpoint: the port that may be left out; else NULL            */
	const char *default_value; /* as it would be written; NULL: the member stays zero        */
	uint16_t offset;        /* of `member` in the section's structure                        */
	uint8_t flags;
};

struct seal_config_section {
	char word[9];
	uint8_t num_keys;       /* fewer than 32 */
	const struct seal_config_key *keys;
};

enum seal_config_section_number {
	SEAL_CONFIG_GATEWAY,
	SEAL_CONFIG_NEXT_HOP,
	SEAL_CONFIG_CLIENT,
	SEAL_CONFIG_DOMAIN,
	SEAL_CONFIG_NUM_SECTIONS
};

extern const struct seal_config_section seal_config_sections[SEAL_CONFIG_NUM_SECTIONS];

/* The number of the key in its section, or num_keys. */
size_t seal_config_find_key(const struct seal_config_section *section, struct seal_span name);

/* The word of that number in "a|b|c". */
struct seal_span seal_config_word(const char *words, unsigned number);

/* `s` is exactly the NUL-ended `word`. */
bool seal_config_is(struct seal_span s, const char *word);

/* A domain name, U-labels included, that cannot be mistaken for an IPv4 address. */
bool seal_config_is_domain(struct seal_span s);

#endif
