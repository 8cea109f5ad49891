/* SPDX-License-Identifier: Apache-2.0
 *
 * relay.h - one client connection, and the path of its mail to the next hop.
 *
 * The relay joins the server side, the spool, the signer and the client side. It obeys
 * one law: the 250 for a message is the next hop's 250 for exactly those octets plus
 * our own fields. MAIL and RCPT are passed on at once; their verdicts are passed back.
 *
 *	init -> { down_* / its link's recv, connected ... / tick -> step }... until seal_relay_done
 *
 * After every call that gave it or its link something (octets, a connection, time, a finished
 * key job), call seal_relay_step once: it does everything that can be done now. Nothing blocks.
 * Waiting shows in the deadline, or in seal_relay_pending for key and spool: then the port steps
 * again when they may have moved.
 */
#ifndef SEAL_GATEWAY_RELAY_H
#define SEAL_GATEWAY_RELAY_H

#include "engine/gateway/learn.h"
#include "engine/gateway/link.h"
#include "engine/gateway/login.h"
#include "engine/gateway/record.h"
#include "engine/smtp/server.h"

/* What all relays of a gateway share; lent for the life of every relay. An idle connection costs
 * only its relay: links and transactions are taken when they are needed, and given back. If none is
 * left, the client is asked to try again later (452 4.3.1). */
struct seal_gateway {
	const struct seal_config *config;
	struct seal_spool *spool;
	struct seal_bucket *buckets;    /* one per client section                         */
	struct seal_link *links;        /* zeroed                                         */
	size_t num_links;
	struct seal_transaction *transactions;
	size_t num_transactions;
	uint32_t login_rounds;          /* of PBKDF2 per step                             */
	struct seal_stats stats;
	struct seal_next_hop next_hop;
	struct seal_key_source keys;    /* a missing key: 451 and an alarm                */
	const struct seal_keyring *keyring; /* NULL: every key counts as published        */
	struct seal_learn *learn;       /* unknown senders are noted; NULL: they are not  */
	void (*log)(void *ctx, const struct seal_record *record);
	void *log_ctx;
};

/* The longest transaction id: 16 hexadecimal digits, "-", a count. */
#define SEAL_RELAY_ID_MAX 28u

/* Opaque; the order of its members keeps it small. Nothing in it points into itself. */
struct seal_relay {
	struct seal_gateway *gateway;
	const struct seal_config_client *client;  /* NULL: no section has its address          */
	struct seal_transaction *transaction;     /* NULL: none                                */
	struct seal_link *link;                   /* NULL: none                                */
	struct seal_smtpd smtpd;
	struct seal_login login;        /* while AUTH waits for its answer; then wiped         */
	uint64_t id;
	uint64_t hello_until_ms;
	struct seal_ip client_address;
	uint32_t num_transactions;
	uint8_t waiting;                /* enum seal_smtpd_event that waits for its answer     */
	bool link_failed;               /* TLS or login with the next hop failed: an alarm     */
	bool pending;                   /* key or spool returned SEAL_PENDING                  */
	bool working;                   /* the next step has more to compute                   */
	bool down_gone;                 /* the client's connection is over                     */
	bool draining;
};

/* Start a relay for a new connection. `id` is unique for this gateway's uptime; it names
 * transactions. `is_private`: TLS from the first octet. */
void seal_relay_init(struct seal_relay *r, struct seal_gateway *gateway, const struct seal_ip *client_address,
                     uint64_t id, bool is_private, uint64_t now_ms);

/* Do everything that can be done now. `now_s`: seconds since 1970 from a trusted clock, or 0. */
void seal_relay_step(struct seal_relay *r, uint64_t now_ms, uint64_t now_s);

/* The client's connection. recv returns how many octets were taken: exactly that many may be
 * acknowledged to TCP. */
size_t seal_relay_down_recv(struct seal_relay *r, const uint8_t *data, size_t len,
                            uint64_t now_ms, uint64_t now_s);
void seal_relay_down_closed(struct seal_relay *r);       /* FIN, after all before was taken */
void seal_relay_down_lost(struct seal_relay *r, uint64_t now_ms); /* reset, or closed by us */
struct seal_span seal_relay_down_view(const struct seal_relay *r);
void seal_relay_down_sent(struct seal_relay *r, size_t len, uint64_t now_ms);
bool seal_relay_down_closing(const struct seal_relay *r); /* close it when the view is empty */

/* True: begin TLS once the view is empty, all received octets were passed to recv, and closing is
 * still false. Then call one of the two below: _secured, or _insecure with the reason, which is
 * constant and NUL-ended and ends the connection. */
bool seal_relay_down_wants_tls(const struct seal_relay *r);
void seal_relay_down_secured(struct seal_relay *r, uint64_t now_ms);
void seal_relay_down_insecure(struct seal_relay *r, const char *why, uint64_t now_ms);

/* The connection to the next hop that the port should hold (link.h). NULL: none; a connection that
 * still exists is no longer needed. */
struct seal_link *seal_relay_link(struct seal_relay *r);

/* True if no transaction needs the connection: closing it only costs opening another one later. */
bool seal_relay_up_is_idle(const struct seal_relay *r);

/* Time. Call tick at or after the deadline. pending: it waits for a key or the spool, step again
 * soon. working: step again at once. */
uint64_t seal_relay_deadline_ms(const struct seal_relay *r);
bool seal_relay_pending(const struct seal_relay *r);
bool seal_relay_working(const struct seal_relay *r);
void seal_relay_tick(struct seal_relay *r, uint64_t now_ms);

/* True if both connections are over and nothing is owned: the memory may be reused. */
bool seal_relay_done(const struct seal_relay *r);

/* Ask for an early, clean end (SIGTERM): no new transaction begins, the current one is
 * finished, then the client gets 421. */
void seal_relay_drain(struct seal_relay *r);

#endif
