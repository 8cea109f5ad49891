/* SPDX-License-Identifier: Apache-2.0
 *
 * options.h - the command line of mailseald.
 */
#ifndef PORT_LINUX_OPTIONS_H
#define PORT_LINUX_OPTIONS_H

#include "engine/config/config.h"

#define SEAL_SESSIONS_MAX 64u   /* the room in lwip/sizes_host.h */

struct seal_options {
	const char *config;
	const char *tap;            /* NULL: user-mode network       */
	const char *spool;          /* NULL: memory                  */
	struct seal_endpoint listen;    /* host empty: as configured */
	struct seal_endpoint listen_tls; /* likewise                 */
	struct seal_endpoint next_hop;  /* likewise                  */
	struct seal_endpoint dns_server; /* likewise                 */
	unsigned signers;
	unsigned sessions;
};

enum seal_options_result {
	SEAL_OPTIONS_FINE,
	SEAL_OPTIONS_HELP,      /* it was printed     */
	SEAL_OPTIONS_WRONG      /* reported to stderr */
};

/* Spans of *o lie in `argv`. */
enum seal_options_result seal_options_parse(struct seal_options *o, int argc, char **argv);

#endif
