/* SPDX-License-Identifier: Apache-2.0
 *
 * redact.h - removes secrets and addresses from texts that others will read.
 *
 *	init -> learn -> config and text, in any order -> free
 *
 * It works on the configuration as a document, not on what the engine reads, because users need a bundle most when the
 * configuration has errors. Only parts that are known to be harmless are kept. A secret that was learned is removed
 * wherever it occurs.
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
	struct redact_secret *secrets;    /* bytes that must be removed                      */
	size_t num_secrets;
	/* numbers of removed things */
	size_t num_logins, num_commands, num_comments, num_lines, num_found, num_masked;
};

/* File names in the configuration are relative to `directory`, which is borrowed. Call redact_free in any case. */
void redact_init(struct redact *r, const char *directory);
void redact_free(struct redact *r);

/* Learns the secrets that a configuration names: lines of private keys, passwords, tokens, hashes of passwords, and
 * commands. Skips files that cannot be read. */
void redact_learn(struct redact *r, const struct document *config);

/* Writes the configuration. Of login, only the users are kept; of secret-helper, nothing; of comments, only mailseal's
 * notes. A line with an unknown key is removed. */
void redact_config(struct redact *r, FILE *to, const struct document *config);

/* Writes any other text, line by line. Removes learned secrets, hashes of passwords, and other private keys; replaces
 * bytes that are not printable ASCII by "?"; shortens long lines. With REDACT_MASK, it also hides the local part of
 * every address: a***@example.com. */
enum redact_addresses {
	REDACT_KEEP,
	REDACT_MASK
};
void redact_text(struct redact *r, FILE *to, struct seal_span text, enum redact_addresses addresses);

#endif
