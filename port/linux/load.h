/* SPDX-License-Identifier: Apache-2.0
 *
 * load.h - the configuration and what it names, out of files.
 */
#ifndef PORT_LINUX_LOAD_H
#define PORT_LINUX_LOAD_H

#include "engine/config/config.h"
#include "engine/gateway/signer.h"
#include "port/mbedtls/key_mbedtls.h"

/* Exit codes of mailseald, the same as of mailseal. */
enum {
	EXIT_DONE,
	EXIT_CUT_OFF,   /* transactions were cut off at the end */
	EXIT_USAGE,
	EXIT_CONFIG,
	EXIT_KEY,
	EXIT_IO
};

struct seal_loaded {
	struct seal_config config;  /* spans into text                               */
	struct seal_rsa_key *keys;  /* one for each domain section; bits 0: it has none */
	uint8_t *text;
	char *directory;            /* that names in the text are relative to        */

	/* Of TLS and logins; what is not named is empty. */
	struct seal_span certificate, certificate_key;  /* as in their files         */
	struct seal_span authorities;  /* DER certificates, one behind the other     */
	struct seal_span pins;         /* SEAL_CONFIG_PIN_LEN octets each            */
	struct seal_span secret;       /* the first line; empty with a secret-helper */
};

/* Read and check `path`. EXIT_DONE, or another one: it was reported to stderr. Lives as
 * long as the process; never freed. */
int seal_load_config(struct seal_loaded *loaded, const char *path);

/* Read all keys. A file that others may read is refused. After seal_signers_start. */
int seal_load_keys(struct seal_loaded *loaded, struct seal_rsa_runner runner);

/* Read the files of TLS and logins. Without ca and pin, the CA certificates of this host are
 * the authorities of a next hop with TLS. */
int seal_load_tls(struct seal_loaded *loaded);

/* For the gateway; lent for as long. */
struct seal_key_source seal_load_key_source(struct seal_loaded *loaded);

#endif
