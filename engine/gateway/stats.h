/* SPDX-License-Identifier: Apache-2.0
 *
 * stats.h - counters of a gateway since its start. They never decrease.
 */
#ifndef SEAL_GATEWAY_STATS_H
#define SEAL_GATEWAY_STATS_H

#include <stdint.h>

struct seal_stats {
	uint64_t connections;
	uint64_t delivered;        /* the next hop replied 250                              */
	uint64_t signatures;
	uint64_t unsigned_passed;  /* delivered unsigned, as the domain's policy allows     */
	uint64_t refused;          /* by us, 5yz                                            */
	uint64_t deferred;         /* by us, 4yz                                            */
	uint64_t next_hop_refused; /* 4yz and 5yz of the next hop, any verb                 */
	uint64_t aborted;          /* the client left or sent RSET inside a transaction     */
	uint64_t in_doubt;         /* RFC 1047: the reply to the final dot was lost         */
	uint64_t reopened;         /* new connections to the next hop after DATA of a client */
	uint64_t long_lines;       /* lines over SEAL_LINE_MAX that were signed             */
	uint64_t normalized;       /* bare LFs that became CRLF                             */
	uint64_t key_alarms;       /* a signature failed or did not verify                  */
	uint64_t spool_alarms;     /* the spool failed or returned other octets             */
	uint64_t link_alarms;      /* TLS or login with the next hop failed                 */
	uint64_t logins_refused;   /* AUTH of clients, 535                                  */
};

/* The use of one key: delivered messages with its signature. */
struct seal_key_use {
	uint64_t last_s;           /* seconds since 1970 UTC, 0: not known                  */
	uint32_t count;
};

#endif
