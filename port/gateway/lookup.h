/* SPDX-License-Identifier: Apache-2.0
 *
 * lookup.h - the address of a host that is used again and again: next hop, time, log.
 *
 *	{ lookup until not ASKING }...
 *
 * An answer counts for as long as its records may be kept, and for at least a second. A failure
 * counts for a second.
 */
#ifndef PORT_GATEWAY_LOOKUP_H
#define PORT_GATEWAY_LOOKUP_H

#include "port/gateway/ask.h"

enum seal_lookup_answer {
	SEAL_LOOKUP_FOUND,
	SEAL_LOOKUP_ASKING,     /* call again, with the same arguments */
	SEAL_LOOKUP_NOT_FOUND   /* no such name, no server, no answer  */
};

/* Zeroed before first use, except `question.urgent`; the rest is opaque. It must not move, and
 * lives as long as the program. */
struct seal_lookup {
	struct seal_ask_question question;
	struct seal_ip address;     /* of the last answer; "::": it had none */
	uint64_t until_ms;          /* when to ask again                     */
	bool asking;
	bool fresh;                 /* answered, and not yet returned        */
};

/* The address of `host`, which is an address or a domain name and is lent for good. */
enum seal_lookup_answer seal_lookup(struct seal_lookup *l, struct seal_ask *ask, struct seal_span host,
                                    struct seal_ip *address);

#endif
