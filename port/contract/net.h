/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - TCP connections and UDP datagrams: all that the gateway needs of a network.
 *
 *	listen -> work on connections ...
 *	udp_open -> { udp_send, received }... -> udp_close
 *
 * A folder that implements these functions is a network; how it is started and woken is settled
 * between it and the platform (lwip/stack.h). A program has one network. All calls come from the
 * network context (port.h) and none waits. Lengths are in octets, ports in host byte order.
 *
 * The implementation only records events in a seal_net_conn; its owner looks and acts
 * afterwards. So nothing is closed while the implementation works on it, and connections may be
 * processed in any order. The two functions that the implementation calls, `accept` and
 * `received`, may store or check what they get, and call nothing in this header but seal_net_copy.
 */
#ifndef PORT_CONTRACT_NET_H
#define PORT_CONTRACT_NET_H

#include <string.h>

#include "engine/base/ip.h"

/* We have an address. Without one nothing can be sent; DHCP may still be looking for one. */
bool seal_net_is_up(void);

/* The name server to ask, configured or learned from the network, and its port. False: none is
 * known now, and nothing is set. It may change while the program runs. */
bool seal_net_dns_server(struct seal_ip *address, uint16_t *port);

/* --- one TCP connection ---------------------------------------------------------------- */

/* Zeroed: no connection. The owner may read the flags and clear `moved`. The structure must not
 * move in memory while it is in use. */
struct seal_net_conn {
	void *pcb;                  /* the implementation's; NULL: no connection          */
	void *held;                 /* the implementation's: octets not yet taken         */
	uint16_t num_held;
	bool moved;                 /* a flag below changed, or there is room to send     */
	bool connected;             /* _connect has succeeded                             */
	bool ended;                 /* the peer sends nothing after what is held          */
	bool lost;                  /* reset, refused, timed out: pcb is NULL, held stays */
};

/* `accept` gets the peer's address, valid during the call, and returns the storage for the
 * connection. NULL: the peer is sent `busy`, a constant that may be empty, and is closed. */
struct seal_net_listener {
	struct seal_net_conn *(*accept)(void *ctx, const struct seal_ip *peer);
	void *ctx;
	struct seal_span busy;
};

#define SEAL_NET_LISTENERS_MAX 2u

/* Accept on `port`, on any of our addresses, as long as the program runs; `listener` is copied.
 * False: no memory, the port is taken, or SEAL_NET_LISTENERS_MAX already exist. */
bool seal_net_listen(uint16_t port, const struct seal_net_listener *listener);

/* Connect; `connected` or `lost` is set later. `address` is copied. False: it cannot even be tried
 * now (no memory, no route to such an address), and `conn` is free. */
bool seal_net_connect(struct seal_net_conn *conn, const struct seal_ip *address, uint16_t port);

/* The octets that came and were not taken: as many of the first ones as are contiguous, empty if
 * nothing is held; valid until the next call for `conn`. _take: the first `len` of all held octets
 * are processed. Only what is taken is acknowledged to the window, so a peer cannot send more than
 * the window ahead. */
struct seal_span seal_net_view(const struct seal_net_conn *conn);
void seal_net_take(struct seal_net_conn *conn, size_t len);

/* Queue octets, which are copied; this works before the connection is made, too. Returns how many
 * were queued. 0: no room now; `moved` is set when there is. They may wait for seal_net_push, which
 * sends what may be sent. What cannot be sent is repeated, or ends as `lost`. */
size_t seal_net_send(struct seal_net_conn *conn, const uint8_t *data, size_t len);
void seal_net_push(struct seal_net_conn *conn);

/* Send all queued octets, then FIN. What the peer still sends is discarded, so that our last octets
 * are not lost to a reset. The connection goes on without an owner: `conn` is free at once. */
void seal_net_close(struct seal_net_conn *conn);

/* Reset at once; `conn` is free. Both are harmless on a conn without a connection. */
void seal_net_abort(struct seal_net_conn *conn);

/* No queued octet waits for its acknowledgement, in any connection, owned or not. */
bool seal_net_quiet(void);

/* --- UDP --------------------------------------------------------------------------------- */

/* A datagram, valid within `received`: its content is the pieces, in order. */
struct seal_net_datagram {
	struct seal_ip from;
	uint16_t from_port;
	size_t len;
	const struct seal_span *pieces;
	size_t num_pieces;
};

/* A local port. The owner sets the first two members before _open; zeroed it is closed. It must
 * not move in memory while it is open. */
struct seal_net_udp {
	void (*received)(void *ctx, const struct seal_net_datagram *datagram); /* NULL: none is expected */
	void *ctx;
	void *pcb;                  /* the implementation's; NULL: closed */
};

enum seal_net_sent {
	SEAL_NET_SENT,
	SEAL_NET_NO_ROOM,           /* no memory now: try again soon                           */
	SEAL_NET_NO_WAY,            /* no route to that address now: try when the network has changed */
	SEAL_NET_NEVER              /* such a datagram cannot be sent                         */
};

/* Open `port`; 0: any free one. Datagrams from every sender go to `received`: the owner checks
 * the sender. False: no memory, or the port is taken; it stays closed. */
bool seal_net_udp_open(struct seal_net_udp *udp, uint16_t port);

/* Send one datagram, made of at most SEAL_NET_PIECES_MAX pieces, which are lent for the call. It
 * may be lost without notice, like any datagram. */
#define SEAL_NET_PIECES_MAX 4u
enum seal_net_sent seal_net_udp_send(struct seal_net_udp *udp, const struct seal_ip *address, uint16_t port,
                                     const struct seal_span *pieces, size_t num_pieces);

/* `udp` is free, and its `received` is no longer called. Harmless if it is closed. */
void seal_net_udp_close(struct seal_net_udp *udp);

/* Copy the first octets of a datagram, at most `cap`; returns how many. */
static inline size_t
seal_net_copy(const struct seal_net_datagram *datagram, uint8_t *out, size_t cap)
{
	size_t len = 0;

	for (size_t i = 0; i < datagram->num_pieces; i++) {
		const struct seal_span piece = seal_span_first(datagram->pieces[i], cap - len);

		if (piece.len > 0)
			memcpy(out + len, piece.ptr, piece.len);
		len += piece.len;
	}
	return len;
}

#endif
