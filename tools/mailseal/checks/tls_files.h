/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_files.h - what [gateway] and [next-hop] name besides the keys of domains.
 */
#ifndef TOOLS_BASE_TLS_FILES_H
#define TOOLS_BASE_TLS_FILES_H

#include "tools/mailseal/base/config_file.h"
#include "tools/mailseal/base/json.h"

enum tls_role {
	TLS_CERTIFICATE,
	TLS_CERTIFICATE_KEY,
	TLS_CA,
	TLS_SECRET,
	TLS_NUM_FILES
};

struct tls_file {
	struct seal_span name;    /* in the configuration                              */
	char *path;               /* NULL: none is named                               */
	struct tool_text text;
	struct tool_text der;     /* of certificates: those, one after the other       */
	size_t num_certificates;
};

struct tls_files {
	struct tls_file files[TLS_NUM_FILES];
	uint64_t expires_s;       /* of our certificate, seconds since 1970; 0: none */
};

/* Read and check them all: TOOL_OK, or TOOL_KEY; faults are reported, and what is about to become one.
 * tls_files_free in any case. Uses the arena of Mbed TLS, so no keyring may exist. */
int tls_files_load(struct tls_files *f, const struct config_file *file);
void tls_files_free(struct tls_files *f);

/* Write what they mean. */
void tls_files_describe(FILE *to, const struct tls_files *f, const struct seal_config *config);

/* The same as members "certificate" and "next_hop" of `document`. */
void tls_files_json(const struct tls_files *f, const struct seal_config *config, json_t *document);

#endif
