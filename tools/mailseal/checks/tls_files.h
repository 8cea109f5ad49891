/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_files.h - the files that [gateway] and [next-hop] name, except the keys of domains.
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
	char *path;               /* NULL: the configuration names none                */
	struct tool_text text;
	struct tool_text der;     /* only for certificates, concatenated               */
	size_t num_certificates;
};

struct tls_files {
	struct tls_file files[TLS_NUM_FILES];
	uint64_t expires_s;       /* the gateway's certificate, seconds since 1970; 0: none */
};

/* Reads and checks all of them. Returns TOOL_OK, or TOOL_KEY (reported). Also warns about certificates that expire
 * soon. Call tls_files_free in any case. Uses the arena of Mbed TLS, so no keyring may exist. */
int tls_files_load(struct tls_files *f, const struct config_file *file);
void tls_files_free(struct tls_files *f);

/* Prints one line each about the certificate, the next hop and the login. */
void tls_files_describe(FILE *to, const struct tls_files *f, const struct seal_config *config);

/* Adds the same as members "certificate" and "next_hop" of `document`. */
void tls_files_json(const struct tls_files *f, const struct seal_config *config, json_t *document);

#endif
