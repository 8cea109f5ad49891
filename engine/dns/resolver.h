/* SPDX-License-Identifier: Apache-2.0
 *
 * resolver.h - ask one question at a time of a few recursive servers, without I/O.
 *
 *	init -> start -> { tick -> ask -> recv ... }... -> outcome -> result ...
 *
 * Questions for addresses of hosts have no OPT, so an answer has at most 512 octets (RFC 1035
 * 4.2.1). The first address is kept, so the answer need not be.
 *
 * Servers are asked in turn, each SEAL_DNS_ROUNDS times; the wait doubles with each round. After
 * a truncated answer the question is repeated over TCP. CNAMEs are followed, in the answer and by
 * new questions. Every question has a new id and a new source port (RFC 5452 9.2). Datagrams that
 * do not answer the last question, such as late answers to earlier ones, are ignored and counted.
 * `now_ms` is monotonic and may wrap.
 *
 * Only a server's answer proves that a record does not exist. No answer, a wrong one or a refusal
 * is SEAL_DNS_FAILED and proves nothing about the name.
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
	SEAL_DNS_FAILED     /* not known: no answer, SERVFAIL, REFUSED, a chain of more
	                     * than SEAL_DNS_ALIASES_MAX                                   */
};

/* One word for the outcome: constant, NUL-ended. */
const char *seal_dns_outcome_text(enum seal_dns_outcome outcome);

/* Opaque except for the counters. */
struct seal_dns_resolver {
	struct seal_dns_server servers[SEAL_DNS_SERVERS_MAX];
	uint8_t *memory;                /* for one message over TCP, after its length         */
	size_t memory_cap, memory_len;
	struct seal_dns_name name;      /* the name in question, or the end of the chain so far */
	struct seal_dns_message answer;
	struct seal_ip address;         /* of SEAL_DNS_A or SEAL_DNS_AAAA: the first that was found */
	uint32_t ttl_s;
	uint64_t due_ms;                /* when to ask, or when to stop waiting               */
	uint32_t minimum_s;
	uint16_t type, id;
	uint8_t num_servers;
	uint8_t outcome;                /* enum seal_dns_outcome                              */
	uint8_t attempt;
	uint8_t num_aliases;
	uint8_t num_ignored;            /* since the last question left                       */
	bool waiting;                   /* for an answer; false: the question must be sent    */
	bool tcp, edns;
	uint8_t question[2 + SEAL_DNS_QUESTION_MAX];
	/* since init */
	uint32_t questions;             /* sent                                               */
	uint32_t ignored;               /* datagrams that did not answer the last question    */
	uint32_t timeouts;
};

/* Start without servers. `memory` is for answers over TCP, SEAL_DNS_TCP_TYPICAL octets or fewer,
 * and lent for the life of the resolver. Without any (NULL, 0) an answer replaces the question,
 * which is enough for the address of a host. */
void seal_dns_init(struct seal_dns_resolver *r, uint8_t *memory, size_t memory_cap);

/* Use these servers from the next question on; a current question fails. Servers beyond
 * SEAL_DNS_SERVERS_MAX are left out. */
void seal_dns_set_servers(struct seal_dns_resolver *r, const struct seal_dns_server *servers, size_t num);

/* Begin to ask for `type` at `name`; a current question is forgotten. Without servers, or with an
 * invalid name, it fails at once. */
enum seal_dns_outcome seal_dns_start(struct seal_dns_resolver *r, struct seal_span name, uint16_t type,
                                     uint64_t now_ms);

/* Forget the current question: the outcome is SEAL_DNS_FAILED. */
void seal_dns_stop(struct seal_dns_resolver *r);

/* Returns true if a question must be sent now: call seal_dns_ask. It also notes timeouts. Call it
 * at or after the deadline, and after _start, _recv and _failed; earlier is harmless. The deadline
 * is meaningful only while the outcome is SEAL_DNS_ASKING. */
bool seal_dns_tick(struct seal_dns_resolver *r, uint64_t now_ms);
uint64_t seal_dns_deadline_ms(const struct seal_dns_resolver *r);

/* The question to send now; from here on its answer is awaited. `random` is new for each call and
 * cannot be guessed. */
struct seal_dns_ask {
	struct seal_span octets;       /* one datagram, or over TCP a length and a message;
	                                * in the resolver, valid until its next call          */
	struct seal_dns_server server;
	uint16_t local_port;           /* 1024..65535, random: the source port to use. If it is
	                                * taken, any other one that was not used last         */
	bool tcp;                      /* connect, send, pass received octets to _recv_tcp    */
};
void seal_dns_ask(struct seal_dns_resolver *r, const uint8_t random[SEAL_DNS_RANDOM_LEN],
                  struct seal_dns_ask *ask, uint64_t now_ms);

/* A datagram came from `from` to the source port of the question. Returns the outcome. */
enum seal_dns_outcome seal_dns_recv(struct seal_dns_resolver *r, struct seal_dns_server from,
                                    struct seal_span datagram, uint64_t now_ms);

/* Octets came over the connection, in any cut. Returns the outcome. */
enum seal_dns_outcome seal_dns_recv_tcp(struct seal_dns_resolver *r, struct seal_span octets,
                                        uint64_t now_ms);

/* True while an answer over TCP is awaited; otherwise close its connection. */
bool seal_dns_wants_tcp(const struct seal_dns_resolver *r);

/* The question could not be sent, the connection was refused or lost, or an ICMP error came: ask
 * the next server. */
enum seal_dns_outcome seal_dns_failed(struct seal_dns_resolver *r, uint64_t now_ms);

enum seal_dns_outcome seal_dns_outcome(const struct seal_dns_resolver *r);

/* How long the answer may be kept, in seconds: the lowest TTL on the way to the records, at most
 * SEAL_DNS_TTL_MAX_S; for NODATA and NXDOMAIN the zone's value (RFC 2308 5), at most
 * SEAL_DNS_NEGATIVE_MAX_S, and 0 if the zone gives none. */
uint32_t seal_dns_ttl_s(const struct seal_dns_resolver *r);

/* How long resolvers that ask now may keep "no such record", in seconds: the zone's full MINIMUM.
 * If the answer comes from a cache, seal_dns_ttl_s is only the remaining time. 0 after any other
 * outcome. */
uint32_t seal_dns_minimum_s(const struct seal_dns_resolver *r);

/* After SEAL_DNS_FOUND for SEAL_DNS_A or SEAL_DNS_AAAA: the first address, valid until the next start. */
struct seal_ip seal_dns_found_address(const struct seal_dns_resolver *r);

/* After SEAL_DNS_FOUND: the records at the end of the chain; false after the last. They lie in the
 * octets of the last _recv or in the memory of _init, and are valid until those change or the next
 * start. */
struct seal_dns_cursor seal_dns_results(const struct seal_dns_resolver *r);
bool seal_dns_result(const struct seal_dns_resolver *r, struct seal_dns_cursor *cursor,
                     struct seal_dns_record *record);

#endif
