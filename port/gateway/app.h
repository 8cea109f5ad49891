/* SPDX-License-Identifier: Apache-2.0
 *
 * app.h - the gateway assembled: connections of contract/net.h joined to relays.
 *
 *	init -> listen -> run ... [-> drain -> run ... until idle]
 *
 * The same on the host and on a board. All memory is the port's: sessions, the spool, the
 * configuration. No heap; nothing waits; everything runs in the network context.
 */
#ifndef PORT_GATEWAY_APP_H
#define PORT_GATEWAY_APP_H

#include "engine/gateway/relay.h"
#include "port/gateway/log.h"
#include "port/gateway/uplink.h"

/* How long a drain waits for transactions, in ms, before it cuts them off. */
#define SEAL_APP_DRAIN_MS 60000u

/* One client at a time. Opaque. It never moves. */
struct seal_session {
	struct seal_relay relay;
	struct seal_stream down;
	struct seal_uplink up;
	bool used;
	bool down_over;             /* our side of the client's connection is closed */
	bool down_ended;            /* the relay knows about the client's FIN        */
};

struct seal_app_setup {
	const struct seal_config *config;
	struct seal_ask *ask;               /* finds the next hop by its name                            */
	struct seal_spool *spool;
	struct seal_bucket *buckets;        /* one for each client section, zeroed                       */
	struct seal_session *sessions;
	struct seal_link *links;            /* as many as sessions, zeroed                               */
	struct seal_transaction *transactions; /* as many as sessions, each after its _init              */
	size_t num_sessions;
	struct seal_key_source keys;
	const struct seal_keyring *keyring; /* NULL: every key counts as published, no record is watched */
	struct seal_key_use *key_uses;      /* one for each domain section, zeroed                       */
	struct seal_learn *learn;           /* as in relay.h                                             */
	struct seal_smtpc_needs needs;      /* of the next hop: TLS and login, with the secret           */
	uint32_t login_rounds;              /* as in relay.h                                             */
	struct seal_tls *tls;               /* zeroed; one for each connection that may be
	                                     * TLS at a time: clients take theirs first, next
	                                     * hops wait their turn                                      */
	size_t num_tls;
	struct seal_tls_peer *next_hop_tls; /* NULL: none                                                */
	struct seal_tls_peer *client_tls;   /* NULL: clients have none                                   */
	/* The address at which this machine's own loopback is reached; zeroed: none. A client with
	 * that address is 127.0.0.1, and a next hop in 127.0.0.0/8 is connected to there. */
	struct seal_ip loopback;
};

/* Opaque except for gateway.stats and cut_off. */
struct seal_app {
	struct seal_gateway gateway;
	struct seal_app_setup setup;
	struct seal_uplinks uplinks;
	uint64_t next_id;
	uint64_t drain_until_ms;
	uint64_t report_ms;         /* when the next hourly report is due            */
	uint64_t day;               /* since 1970, of the last report of old keys    */
	bool draining;
	bool cut_off;               /* the drain took too long for some transactions */
	uint8_t line[SEAL_LOG_LINE_MAX];
};

/* `setup` is copied; what it points to is lent for good. After seal_net_start. */
void seal_app_init(struct seal_app *app, const struct seal_app_setup *setup);

/* DNS was asked about every key, so clients may be accepted. */
bool seal_app_may_listen(const struct seal_app *app);

/* Accept clients on `port`; with _tls they speak TLS from the first octet. False: no memory. */
bool seal_app_listen(struct seal_app *app, uint16_t port);
bool seal_app_listen_tls(struct seal_app *app, uint16_t port);

/* Do all that can be done now. Call after every batch of frames, after seal_net_timers, after
 * seal_port_wake, and no later than the returned number of milliseconds. */
uint32_t seal_app_run(struct seal_app *app);

/* No new transactions: new clients get 421, running transactions end. */
void seal_app_drain(struct seal_app *app);

/* No session is in use. */
bool seal_app_idle(const struct seal_app *app);

/* Log all counters, one line for each key, and one for each unknown sender in the table of
 * learn.h. The gateway does so automatically once an hour. */
void seal_app_report(struct seal_app *app);

#endif
