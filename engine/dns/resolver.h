/* SPDX-License-Identifier: Apache-2.0
 *
 * resolver.h - one question at a time to a few recursive servers, without I/O.
 *
 *	init -> start -> { tick -> ask -> recv ... }... -> outcome -> result ...
 *
 * Addresses of hosts are asked for without OPT, so that an answer has 512 octets at most (RFC 1035
 * 4.2.1), and the first one is kept: the answer need not be.
 *
 * Servers are asked in turn, each SEAL_DNS_ROUNDS times, and waited for twice as long each
 * round. A truncated answer is asked for again over TCP. CNAMEs are followed, in the answer
 * and by new questions. Every question that leaves has a new id and a new source port (RFC
 * 5452 9.2); what comes and is no answer to the last one is ignored and counted, late answers
 * to earlier ones too. `now_ms` is monotonic and may wrap.
 *
 * That there is no such record is only ever what a server said: no answer, a wrong one, or
 * one that refuses is SEAL_DNS_FAILED and tells nothing about the name.
 */
#ifndef SEAL_DNS_RESOLVER_H
#define SEAL_DNS_RESOLVER_H

#include "engine/dns/message.h"

#define SEAL_DNS_PORT       53u
#define SEAL_DNS_RANDOM_LEN 4u

struct seal_dns_server {
	struct seal_ip address;
	uint16_t port;
};

enum seal_dns_outcome {
	SEAL_DNS_ASKING,
	SEAL_DNS_FOUND,     /* seal_dns_result has the records                             */
	SEAL_DNS_NODATA,    /* the name exists, such a record does not (RFC 2308 2.2)      */
	SEAL_DNS_NXDOMAIN,  /* the name does not exist (RFC 2308 2.1)                      */
	SEAL_DNS_FAILED     /* nobody knows: no answer, SERVFAIL, REFUSED, a chain of more
	                     * than SEAL_DNS_ALIASES_MAX                                   */
};

/* One word, NUL-ended. */
const char *seal_dns_outcome_text(enum seal_dns_outcome outcome);

/* Opaque but for the counters. */
struct seal_dns_resolver {
	struct seal_dns_server servers[SEAL_DNS_SERVERS_MAX];
	uint8_t *memory;                /* for one message over TCP, behind its length        */
	size_t memory_cap, memory_len;
	struct seal_dns_name name;      /* what is asked for, or the end of the chain so far  */
	struct seal_dns_message answer;
	struct seal_ip address;         /* of SEAL_DNS_A or SEAL_DNS_AAAA: the first that was found */
	uint32_t ttl_s;
	uint64_t due_ms;                /* to ask, or the end of waiting                      */
	uint32_t minimum_s;
	uint16_t type, id;
	uint8_t num_servers;
	uint8_t outcome;                /* enum seal_dns_outcome                              */
	uint8_t attempt;
	uint8_t num_aliases;
	uint8_t num_ignored;            /* since the last question left                       */
	bool waiting;                   /* for an answer; else the question is to be sent     */
	bool tcp, edns;
	uint8_t question[2 + SEAL_DNS_QUESTION_MAX];
	/* since init */
	uint32_t questions;             /* sent                                               */
	uint32_t ignored;               /* datagrams that were no answer to the last one      */
	uint32_t timeouts;
};

/* `memory` is for answers over TCP, SEAL_DNS_TCP_TYPICAL octets or fewer; lent for good. Without
 * any (NULL, 0) an answer takes the place of the question, which is enough for the address of a
 * host. There are no servers yet. */
void seal_dns_init(struct seal_dns_resolver *r, uint8_t *memory, size_t memory_cap);

/* From the next question on; those over SEAL_DNS_SERVERS_MAX are left out. */
void seal_dns_set_servers(struct seal_dns_resolver *r, const struct seal_dns_server *servers, size_t num);

/* Begin to ask for `type` at `name`; a question that is under way is forgotten. Without
 * servers, or with a name that is none, it has failed at once. */
enum seal_dns_outcome seal_dns_start(struct seal_dns_resolver *r, struct seal_span name, uint16_t type,
                                     uint64_t now_ms);

/* Forget what is under way: the outcome is SEAL_DNS_FAILED. */
void seal_dns_stop(struct seal_dns_resolver *r);

/* True: a question is to be sent now, call _ask. Also notes what is overdue. To be called at
 * or after _deadline_ms, and after _start, _recv and _failed; earlier is harmless. The
 * deadline means nothing unless the outcome is SEAL_DNS_ASKING. */
bool seal_dns_tick(struct seal_dns_resolver *r, uint64_t now_ms);
uint64_t seal_dns_deadline_ms(const struct seal_dns_resolver *r);

/* What is to be sent now, and waited for. `random` is new each time and nobody can guess it. */
struct seal_dns_ask {
	struct seal_span octets;       /* one datagram, or, over TCP, a length and a message;
	                                * in the resolver, until the next call of it          */
	struct seal_dns_server server;
	uint16_t local_port;           /* 1024..65535, by chance: where it should come from. If
	                                * that is taken, any other that was not used last     */
	bool tcp;                      /* connect, send, give what comes to _recv_tcp         */
};
void seal_dns_ask(struct seal_dns_resolver *r, const uint8_t random[SEAL_DNS_RANDOM_LEN],
                  struct seal_dns_ask *ask, uint64_t now_ms);

/* A datagram came from `from` to the port that the question left from. */
enum seal_dns_outcome seal_dns_recv(struct seal_dns_resolver *r, struct seal_dns_server from,
                                    struct seal_span datagram, uint64_t now_ms);

/* Octets came over the connection, in any cut. */
enum seal_dns_outcome seal_dns_recv_tcp(struct seal_dns_resolver *r, struct seal_span octets,
                                        uint64_t now_ms);

/* True while an answer over TCP is awaited: else its connection is to be closed. */
bool seal_dns_wants_tcp(const struct seal_dns_resolver *r);

/* The question could not be sent, the connection was refused or lost, or an ICMP error came:
 * the next server is asked. */
enum seal_dns_outcome seal_dns_failed(struct seal_dns_resolver *r, uint64_t now_ms);

enum seal_dns_outcome seal_dns_outcome(const struct seal_dns_resolver *r);

/* How long the answer may be kept, in seconds: the least TTL on the way to the records, up
 * to SEAL_DNS_TTL_MAX_S; of NODATA and NXDOMAIN what the zone says (RFC 2308 5), up to
 * SEAL_DNS_NEGATIVE_MAX_S, and 0 where it says nothing. */
uint32_t seal_dns_ttl_s(const struct seal_dns_resolver *r);

/* How long others may keep that there is nothing, who ask now: what seal_dns_ttl_s says is only what
 * is left of it where the answer comes out of a cache, but the zone's MINIMUM is in it whole. After
 * another outcome 0. */
uint32_t seal_dns_minimum_s(const struct seal_dns_resolver *r);

/* After SEAL_DNS_FOUND of a SEAL_DNS_A or SEAL_DNS_AAAA: the first address, until the next start. */
struct seal_ip seal_dns_found_address(const struct seal_dns_resolver *r);

/* After SEAL_DNS_FOUND: the records, at the end of the chain. They lie in the octets that the
 * last _recv was given, or in the memory of _init: until those change or the next start. */
struct seal_dns_cursor seal_dns_results(const struct seal_dns_resolver *r);
bool seal_dns_result(const struct seal_dns_resolver *r, struct seal_dns_cursor *cursor,
                     struct seal_dns_record *record);

#endif
