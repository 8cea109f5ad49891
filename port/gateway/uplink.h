/* SPDX-License-Identifier: Apache-2.0
 *
 * uplink.h - the life of a connection to the next hop: its turn for TLS, its name, TCP, TLS,
 * open, closing. What travels on it belongs to engine/gateway/link.h.
 *
 *	(all zero) -> run ... until seal_uplink_is_free
 *
 *	NONE ─wanted─▶ TURN ─TLS is free─▶ NAMING ─address─▶ CONNECTING ─TCP─▶ [SECURING ─TLS─▶] OPEN
 *	OPEN ─close─▶ CLOSING ─sent─▶ NONE
 *	any ─lost, refused, aborted─▶ NONE
 */
#ifndef PORT_GATEWAY_UPLINK_H
#define PORT_GATEWAY_UPLINK_H

#include "engine/config/config.h"
#include "engine/gateway/link.h"
#include "port/gateway/lookup.h"
#include "port/gateway/stream.h"

enum seal_uplink_state {
	SEAL_UPLINK_NONE,
	SEAL_UPLINK_TURN,       /* waits until the last connection is gone and TLS is free */
	SEAL_UPLINK_NAMING,     /* the next hop's name is being looked up                  */
	SEAL_UPLINK_CONNECTING,
	SEAL_UPLINK_SECURING,   /* implicit TLS                                            */
	SEAL_UPLINK_OPEN,
	SEAL_UPLINK_CLOSING     /* closes as soon as all is sent                           */
};

/* What all uplinks share. */
struct seal_uplinks {
	struct seal_endpoint host;      /* the next hop; its name is lent                  */
	struct seal_ask *ask;
	struct seal_lookup name;        /* all uplinks wait for one question; it is urgent */
	struct seal_ip loopback;        /* as in app.h                                     */
	enum seal_smtpc_tls tls;
	struct seal_tls_peer *peer;     /* of the next hop; NULL where `tls` is none       */
	/* A free TLS connection; NULL: none is free, and one was asked to become free.       */
	struct seal_tls *(*lend)(void *ctx);
	void *ctx;
};

/* Opaque. Zeroed: free. It never moves. */
struct seal_uplink {
	struct seal_stream stream;
	struct seal_tls *tls;           /* lent before the connection is made                  */
	enum seal_uplink_state state;
};

/* Do what `link` wants, and carry its octets; NULL: it wants nothing. Returns whether anything
 * moved. Each call moves a bounded number of octets. */
bool seal_uplink_run(struct seal_uplink *u, struct seal_uplinks *shared, struct seal_link *link, uint64_t now_ms);

/* It has something to do now. */
bool seal_uplink_has_work(const struct seal_uplink *u, const struct seal_uplinks *shared);

/* Drop the connection, and tell `link` that it was lost. */
void seal_uplink_drop(struct seal_uplink *u, struct seal_link *link);

/* `tls` is lent to it. */
bool seal_uplink_holds(const struct seal_uplink *u, const struct seal_tls *tls);

#endif
