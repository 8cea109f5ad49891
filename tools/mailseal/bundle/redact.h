/* SPDX-License-Identifier: Apache-2.0
 *
 * redact.h - texts without what others must not see: secrets of a configuration, and addresses.
 *
 *	init -> learn, or add_... -> config, text, log in any order -> free
 *
 * It works on the configuration as a document, not on what the engine reads, because a bundle is most wanted when the
 * configuration has an error: only what is known to be harmless stays. A secret that was learned is removed wherever
 * else it is found.
 */
#ifndef TOOLS_BUNDLE_REDACT_H
#define TOOLS_BUNDLE_REDACT_H

#include <stdio.h>

#include "tools/mailseal/base/document.h"

struct redact_secret {
	uint8_t *ptr;
	size_t len;
};

struct redact {
	const char *directory;            /* of the configuration                            */
	struct redact_secret *secrets;    /* bytes that must not be seen                     */
	size_t num_secrets;
	/* removed so far */
	size_t num_logins, num_commands, num_comments, num_lines, num_found, num_masked;
};

/* `directory` is where names of files in the configuration begin; lent. redact_free in any case. */
void redact_init(struct redact *r, const char *directory);
void redact_free(struct redact *r);

/* Remember what a configuration names: the lines of private keys, passwords and tokens, hashes of passwords, commands.
 * Files that cannot be read are skipped. */
void redact_learn(struct redact *r, const struct document *config);

/* The configuration. login loses all but the users, secret-helper its value, comments everything but the notes of
 * mailseal; a line with an unknown key is removed. */
void redact_config(struct redact *r, FILE *to, const struct document *config);

/* Any other text, line by line: what was learned, hashes of passwords and private keys of others are removed; bytes
 * that are not printable ASCII become "?", long lines are cut. With `mask` the local part of every address is hidden:
 * a***@example.com. */
enum redact_addresses {
	REDACT_KEEP,
	REDACT_MASK
};
void redact_text(struct redact *r, FILE *to, struct seal_span text, enum redact_addresses addresses);

#endif
