/* SPDX-License-Identifier: Apache-2.0
 *
 * stats.h - counters of a gateway since it started. They only grow.
 */
#ifndef SEAL_GATEWAY_STATS_H
#define SEAL_GATEWAY_STATS_H

#include <stdint.h>

struct seal_stats {
	uint64_t connections;
	uint64_t delivered;        /* the next hop said 250                                 */
	uint64_t signatures;
	uint64_t unsigned_passed;  /* sent unsigned because the domain's policy says pass   */
	uint64_t refused;          /* by us, 5yz                                            */
	uint64_t deferred;         /* by us, 4yz                                            */
	uint64_t next_hop_refused; /* 4yz and 5yz of the next hop, any verb                 */
	uint64_t aborted;          /* the client went away or reset inside a transaction    */
	uint64_t in_doubt;         /* RFC 1047: the reply to the final dot was lost         */
	uint64_t reopened;         /* next hop connections opened again for a transaction   */
	uint64_t long_lines;       /* lines over SEAL_LINE_MAX that were signed             */
	uint64_t normalized;       /* bare LFs made CRLF                                    */
	uint64_t key_alarms;       /* a signature failed or did not verify                  */
	uint64_t spool_alarms;     /* the spool failed or gave back other octets            */
	uint64_t link_alarms;      /* no TLS with the next hop, or it refused our login     */
	uint64_t logins_refused;   /* AUTH of clients, 535                                  */
};

/* Of one key: messages that the next hop took with its signature on them. */
struct seal_key_use {
	uint64_t last_s;           /* seconds since 1970 UTC, 0: not known                  */
	uint32_t count;
};

#endif
