/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - TCP connections and names: what the gateway needs of a network.
 *
 *	listen -> work on connections ...
 *
 * The implementation only notes what happened in a seal_net_conn; its owner looks and
 * acts afterwards. So nothing is closed under the implementation's feet, and
 * connections may be dealt with in any order. A program has one network. All in one
 * context (port.h). Addresses are IPv4 in host byte order.
 */
#ifndef PORT_CONTRACT_NET_H
#define PORT_CONTRACT_NET_H

#include "engine/base/span.h"

/* Our address, 0 as long as there is none. */
uint32_t seal_net_address(void);

/* --- one TCP connection ---------------------------------------------------------------- */

/* The owner may read the flags and clear `moved`; it never moves while it is in use. */
struct seal_net_conn {
	void *pcb;                  /* NULL: no connection                                */
	void *held;                 /* octets not yet taken                               */
	uint16_t num_held;
	bool moved;                 /* something below changed, or there is room to send  */
	bool connected;             /* of _connect: it is made                            */
	bool ended;                 /* the peer sends no more than what is held           */
	bool lost;                  /* reset, refused, timed out: pcb is NULL, held stays */
};

/* Who takes connections: `accept` gives the storage for a new one, or NULL: then the peer
 * is told `busy`, a constant that may be empty, and closed. It must not act on the
 * connection yet. */
struct seal_net_listener {
	struct seal_net_conn *(*accept)(void *ctx, uint32_t peer);
	void *ctx;
	struct seal_span busy;
};

#define SEAL_NET_LISTENERS_MAX 2u

/* Accept on `port`, any address; `listener` is copied. False: no memory, or the port is
 * taken, or there are SEAL_NET_LISTENERS_MAX already. */
bool seal_net_listen(uint16_t port, const struct seal_net_listener *listener);

/* Connect; then `connected` or `lost`. False: cannot even be tried now, nothing is held. */
bool seal_net_connect(struct seal_net_conn *conn, uint32_t address, uint16_t port);

/* Octets that came: look at some, say how many were dealt with. Only those are
 * acknowledged to the window: a peer cannot send more than the window ahead. */
struct seal_span seal_net_view(const struct seal_net_conn *conn);
void seal_net_take(struct seal_net_conn *conn, size_t len);

/* Queue octets, copied; answers how many, 0: no room now, `moved` tells. They may wait
 * for seal_net_push, which answers nothing and sends what may be sent. */
size_t seal_net_send(struct seal_net_conn *conn, const uint8_t *data, size_t len);
void seal_net_push(struct seal_net_conn *conn);

/* Say good-bye: all queued octets, then FIN. What the peer still sends is thrown away, so
 * that our last words are not lost to a reset. The connection goes on without an owner:
 * `conn` is free at once. */
void seal_net_close(struct seal_net_conn *conn);

/* Reset at once; `conn` is free. Both are harmless on a conn without a connection. */
void seal_net_abort(struct seal_net_conn *conn);

/* No queued octet waits for its acknowledgement, in any connection, owned or not. */
bool seal_net_quiet(void);

/* --- names ------------------------------------------------------------------------------- */

enum seal_net_answer {
	SEAL_NET_FOUND,
	SEAL_NET_ASKING,    /* `found` is called once                                     */
	SEAL_NET_NOT_FOUND  /* no such name, no server, no answer                         */
};

/* The server that is asked: configured, or what DHCP gave; 0: none. */
uint32_t seal_net_dns_server(void);

/* The address of `name` (NUL-ended): a dotted quad, or by DNS; *address is 0 when there is
 * none. `found` gets it later, perhaps within this call; it must only note the answer. One
 * question at a time. */
enum seal_net_answer seal_net_resolve(const char *name, uint32_t *address,
                                      void (*found)(void *ctx, uint32_t address), void *ctx);

#endif
