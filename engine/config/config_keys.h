/* SPDX-License-Identifier: Apache-2.0
 *
 * config_keys.h - the keys of each section, as tables. Inside of config.c.
 */
#ifndef SEAL_CONFIG_CONFIG_KEYS_H
#define SEAL_CONFIG_CONFIG_KEYS_H

#include "engine/config/config.h"

enum seal_config_key_flags {
	SEAL_CONFIG_REQUIRED = 1,
	SEAL_CONFIG_LIST = 2,      /* may go on in indented lines     */
	SEAL_CONFIG_MAY_BE_EMPTY = 4
};

struct seal_config_key;

/* Read `value` into `member`. False: it is not what key->expected says. Where only part of
 * it is wrong, error->found is narrowed to that. */
typedef bool seal_config_reader(void *member, const struct seal_config_key *key, struct seal_span value,
                                struct seal_config_error *error);

struct seal_config_key {
	char name[17];
	uint8_t flags;
	uint16_t port;          /* of an endpoint that leaves it out; 0: it may not    */
	uint16_t offset;        /* of `member` in the section's structure              */
	seal_config_reader *read;
	const char *expected;
	const char *words;      /* of a choice, "a|b|c" in the order of its numbers     */
};

/* Ended by a key without name; fewer than 32. */
extern const struct seal_config_key seal_config_gateway_keys[];
extern const struct seal_config_key seal_config_next_hop_keys[];
extern const struct seal_config_key seal_config_client_keys[];
extern const struct seal_config_key seal_config_domain_keys[];

/* `s` is exactly the NUL-ended `word`. */
bool seal_config_is(struct seal_span s, const char *word);

/* A domain name, U-labels included, that nobody can take for an IPv4 address. */
bool seal_config_is_domain(struct seal_span s);

#endif
