/* SPDX-License-Identifier: Apache-2.0
 *
 * relay.h - one client connection and its way to the next hop.
 *
 * The relay joins the server's side, the spool, the signer and the client's side. Its
 * one law: the 250 for a message is the next hop's 250 for exactly those octets plus
 * our own fields. MAIL and RCPT are passed on as they come; their verdicts pass back.
 *
 *	init -> { down_* / its link's recv, connected ... / tick -> step }... until seal_relay_done
 *
 * After every call that gave it or its link something (octets, a connection, time, an answered
 * key job), call seal_relay_step once: it does all that can be done now. Nothing blocks;
 * what waits says so by its deadline or by SEAL_PENDING of key and spool, for which the
 * port steps again when they may have moved.
 */
#ifndef SEAL_GATEWAY_RELAY_H
#define SEAL_GATEWAY_RELAY_H

#include "engine/gateway/learn.h"
#include "engine/gateway/link.h"
#include "engine/gateway/login.h"
#include "engine/gateway/record.h"
#include "engine/smtp/server.h"

/* What a gateway is, for all its relays: lent for as long as any relay lives. A connection that
 * is idle costs its relay only: links and transactions are taken when they are needed and given
 * back. Where none is left, a client is told to try again later. */
struct seal_gateway {
	const struct seal_config *config;
	struct seal_spool *spool;
	struct seal_bucket *buckets;    /* one per client section                         */
	struct seal_link *links;        /* zeroed                                         */
	size_t num_links;
	struct seal_transaction *transactions;
	size_t num_transactions;
	uint32_t login_rounds;          /* of PBKDF2 that one step may do                 */
	struct seal_stats stats;
	struct seal_next_hop next_hop;
	struct seal_key_source keys;    /* no key: 451 and an alarm                       */
	const struct seal_keyring *keyring; /* NULL: every key counts as published        */
	struct seal_learn *learn;       /* unknown senders are noted; NULL: they are not  */
	void (*log)(void *ctx, const struct seal_record *record);
	void *log_ctx;
};

/* Longest transaction id: 16 hexadecimal digits, "-", a count. */
#define SEAL_RELAY_ID_MAX 28u

/* Opaque, laid out for its size. No pointer of it points into itself. */
struct seal_relay {
	struct seal_gateway *gateway;
	const struct seal_config_client *client;  /* NULL: not listed                          */
	struct seal_transaction *transaction;     /* NULL: none                                */
	struct seal_link *link;                   /* NULL: none                                */
	struct seal_smtpd smtpd;
	struct seal_login login;        /* while AUTH waits for its answer; zero after it      */
	uint64_t id;
	uint64_t hello_until_ms;
	struct seal_ip client_address;
	uint32_t num_transactions;
	uint8_t waiting;                /* enum seal_smtpd_event whose answer is on the way    */
	bool link_failed;               /* for want of TLS or of a login: an alarm             */
	bool pending;                   /* key or spool said SEAL_PENDING                      */
	bool working;                   /* there is more to compute, in the next step          */
	bool down_gone;                 /* the client's connection is no more                  */
	bool draining;
};

/* `id` is unique for this gateway's uptime; it names transactions. `is_private`: TLS from the
 * first octet on. */
void seal_relay_init(struct seal_relay *r, struct seal_gateway *gateway, const struct seal_ip *client_address,
                     uint64_t id, bool is_private, uint64_t now_ms);

/* All that can be done now. `now_s`: seconds since 1970 from a clock known to be right,
 * else 0. */
void seal_relay_step(struct seal_relay *r, uint64_t now_ms, uint64_t now_s);

/* The client's connection. recv answers how many octets were taken: that many, and no
 * more, may be acknowledged to TCP. */
size_t seal_relay_down_recv(struct seal_relay *r, const uint8_t *data, size_t len,
                            uint64_t now_ms, uint64_t now_s);
void seal_relay_down_closed(struct seal_relay *r);       /* FIN, and all before it taken  */
void seal_relay_down_lost(struct seal_relay *r, uint64_t now_ms); /* reset, or closed by us */
struct seal_span seal_relay_down_view(const struct seal_relay *r);
void seal_relay_down_sent(struct seal_relay *r, size_t len, uint64_t now_ms);
bool seal_relay_down_closing(const struct seal_relay *r); /* close it when the view is empty */

/* When the view is empty, what came before was given to recv and closing is false: begin TLS,
 * then call one of the two below. `why` is NUL-ended and constant; the connection is over. */
bool seal_relay_down_wants_tls(const struct seal_relay *r);
void seal_relay_down_secured(struct seal_relay *r, uint64_t now_ms);
void seal_relay_down_insecure(struct seal_relay *r, const char *why, uint64_t now_ms);

/* The connection to the next hop, for the port (link.h); NULL: there is nothing to do for it, and
 * what may still exist of it is not wanted. */
struct seal_link *seal_relay_link(struct seal_relay *r);

/* No transaction needs the connection: closing it costs nothing but another one later. */
bool seal_relay_up_is_idle(const struct seal_relay *r);

/* Time. The key or spool is being waited for when `pending`: step again soon; when `working`,
 * at once. */
uint64_t seal_relay_deadline_ms(const struct seal_relay *r);
bool seal_relay_pending(const struct seal_relay *r);
bool seal_relay_working(const struct seal_relay *r);
void seal_relay_tick(struct seal_relay *r, uint64_t now_ms);

/* Both connections are over and nothing is owned: the memory may be used again. */
bool seal_relay_done(const struct seal_relay *r);

/* Ask for an early, clean end (SIGTERM): no new transaction is begun, the running one is
 * finished, then the client gets 421. */
void seal_relay_drain(struct seal_relay *r);

#endif
