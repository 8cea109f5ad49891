/* SPDX-License-Identifier: Apache-2.0
 *
 * redact.h - texts without what nobody else may see: secrets of a configuration, and addresses.
 *
 *	init -> learn, or add_... -> config, text, log in any order -> free
 *
 * It works on the text of a configuration and not on what the parser makes of it, for a bundle is
 * wanted most when there is an error in it: only what is known to be harmless stays. Whatever was
 * learned of secrets is removed wherever else it stands.
 */
#ifndef TOOLS_BUNDLE_REDACT_H
#define TOOLS_BUNDLE_REDACT_H

#include <stdio.h>

#include "tools/mailseal/base/tool.h"

struct redact_secret {
	uint8_t *ptr;
	size_t len;
};

struct redact {
	const char *directory;            /* of the configuration                            */
	struct redact_secret *secrets;    /* octets that must not be seen                    */
	size_t num_secrets;
	/* what was taken out so far */
	size_t num_logins, num_commands, num_comments, num_lines, num_found, num_masked;
};

/* `directory` is where names of files in the configuration begin; lent. redact_free in any case. */
void redact_init(struct redact *r, const char *directory);
void redact_free(struct redact *r);

/* Remember what a configuration names: the lines of private keys, passwords and tokens, hashes of
 * passwords, commands. Files that cannot be read are passed over. */
void redact_learn(struct redact *r, struct seal_span config);

/* The configuration. Values of login lose all but the user, secret-helper its value, comments
 * everything but the notes of mailseal; what is no known key goes as a whole. */
void redact_config(struct redact *r, FILE *to, struct seal_span config);

/* Any other text, line by line: what was learned, hashes of passwords and private keys of others are
 * removed; octets that are not printable ASCII become "?", long lines are cut. With `mask` the
 * local part of every address is hidden: a***@example.com. */
enum redact_addresses {
	REDACT_KEEP,
	REDACT_MASK
};
void redact_text(struct redact *r, FILE *to, struct seal_span text, enum redact_addresses addresses);

#endif
