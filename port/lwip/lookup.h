/* SPDX-License-Identifier: Apache-2.0
 *
 * lookup.h - addresses of servers that mail does not wait for: time and log.
 *
 * They ask one after the other, so the next hop's name (net.h) always has a place in lwIP's
 * table of questions.
 */
#ifndef PORT_LWIP_LOOKUP_H
#define PORT_LWIP_LOOKUP_H

#include "engine/base/span.h"

enum seal_lookup_answer {
	SEAL_LOOKUP_FOUND,
	SEAL_LOOKUP_ASKING,     /* call again, with the same arguments      */
	SEAL_LOOKUP_NOT_FOUND
};

/* Opaque; zeroed before its first use. It never moves, and lives as long as the program. */
struct seal_lookup {
	uint32_t address;
	bool asking;
	bool answered;
};

/* The address, host byte order, of `name`: a dotted quad or a domain name. dns_server is the
 * configured one, 0: what DHCP says. */
enum seal_lookup_answer seal_lookup(struct seal_lookup *l, struct seal_span name, uint32_t dns_server,
                                    uint32_t *address);

#endif
