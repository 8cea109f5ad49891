/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - TCP connections and UDP datagrams: all that the gateway needs of a network.
 *
 *	listen -> work on connections ...
 *	udp_open -> { udp_send, received }... -> udp_close
 *
 * A folder that implements these functions is a network; how it is started and woken is a matter
 * between it and the platform (lwip/stack.h). A program has one network. All in the network
 * context (port.h); nothing waits. Lengths are in octets, ports in host byte order.
 *
 * The implementation only notes what happened in a seal_net_conn; its owner looks and acts
 * afterwards. So nothing is closed while the implementation works on it, and connections may be
 * dealt with in any order. The two functions that it calls, `accept` and `received`, may store or
 * judge what they are given and call nothing of this header but seal_net_copy.
 */
#ifndef PORT_CONTRACT_NET_H
#define PORT_CONTRACT_NET_H

#include <string.h>

#include "engine/base/ip.h"

/* We have an address. Without one nothing can be sent, and DHCP may still be asking. */
bool seal_net_is_up(void);

/* The name server to ask, configured or learned from the network, and its port; false, and
 * nothing is set: there is none now. It may change while the program runs. */
bool seal_net_dns_server(struct seal_ip *address, uint16_t *port);

/* --- one TCP connection ---------------------------------------------------------------- */

/* Zeroed: no connection. The owner may read the flags and clear `moved`. It does not move in
 * memory while it is in use. */
struct seal_net_conn {
	void *pcb;                  /* the implementation's; NULL: no connection          */
	void *held;                 /* the implementation's: octets not yet taken         */
	uint16_t num_held;
	bool moved;                 /* something below changed, or there is room to send  */
	bool connected;             /* of _connect: it is made                            */
	bool ended;                 /* the peer sends no more than what is held           */
	bool lost;                  /* reset, refused, timed out: pcb is NULL, held stays */
};

/* `accept` gets the peer's address, valid within the call, and returns the storage for the
 * connection; or NULL: then the peer is sent `busy`, a constant that may be empty, and closed. */
struct seal_net_listener {
	struct seal_net_conn *(*accept)(void *ctx, const struct seal_ip *peer);
	void *ctx;
	struct seal_span busy;
};

#define SEAL_NET_LISTENERS_MAX 2u

/* Accept on `port`, any address of ours, as long as the program runs; `listener` is copied.
 * False: no memory, or the port is taken, or there are SEAL_NET_LISTENERS_MAX already. */
bool seal_net_listen(uint16_t port, const struct seal_net_listener *listener);

/* Connect; later `connected` or `lost` is set. `address` is copied. False: cannot even be tried
 * now (no memory, no way to such an address), and `conn` is free. */
bool seal_net_connect(struct seal_net_conn *conn, const struct seal_ip *address, uint16_t port);

/* The octets that came and were not taken: the first of them that lie together, empty when there
 * are none; valid until the next call for `conn`. _take: the first `len` of all are dealt with,
 * `len` is at most what is held. Only what is taken is acknowledged to the window: a peer cannot
 * send more than the window ahead. */
struct seal_span seal_net_view(const struct seal_net_conn *conn);
void seal_net_take(struct seal_net_conn *conn, size_t len);

/* Queue octets, which are copied; also before the connection is made. Returns how many, 0: no room
 * now, `moved` is set when there is. They may wait for seal_net_push, which sends what may be
 * sent. What cannot be sent is repeated, or ends as `lost`. */
size_t seal_net_send(struct seal_net_conn *conn, const uint8_t *data, size_t len);
void seal_net_push(struct seal_net_conn *conn);

/* Send all queued octets, then FIN. What the peer still sends is discarded, so that our last
 * words are not lost to a reset. The connection goes on without an owner: `conn` is free at once. */
void seal_net_close(struct seal_net_conn *conn);

/* Reset at once; `conn` is free. Both are harmless on a conn without a connection. */
void seal_net_abort(struct seal_net_conn *conn);

/* No queued octet waits for its acknowledgement, in any connection, owned or not. */
bool seal_net_quiet(void);

/* --- UDP --------------------------------------------------------------------------------- */

/* A datagram, valid within `received`: its octets are those of the pieces, in order. */
struct seal_net_datagram {
	struct seal_ip from;
	uint16_t from_port;
	size_t len;
	const struct seal_span *pieces;
	size_t num_pieces;
};

/* A local port. The owner sets the first two members before _open; zeroed it is closed. It does
 * not move in memory while it is open. */
struct seal_net_udp {
	void (*received)(void *ctx, const struct seal_net_datagram *datagram); /* NULL: nothing is awaited */
	void *ctx;
	void *pcb;                  /* the implementation's; NULL: closed */
};

enum seal_net_sent {
	SEAL_NET_SENT,
	SEAL_NET_NO_ROOM,           /* no memory now: soon                                    */
	SEAL_NET_NO_WAY,            /* no way to that address now: when the network is better */
	SEAL_NET_NEVER              /* such a datagram cannot be sent                         */
};

/* Open `port`, 0: any that is free. Datagrams of every sender come to `received`: the owner
 * compares. False: no memory, or the port is taken; it is closed. */
bool seal_net_udp_open(struct seal_net_udp *udp, uint16_t port);

/* Send one datagram, made of SEAL_NET_PIECES_MAX pieces at most, which are lent for the call. It
 * may be lost without notice, as all of them may. */
#define SEAL_NET_PIECES_MAX 4u
enum seal_net_sent seal_net_udp_send(struct seal_net_udp *udp, const struct seal_ip *address, uint16_t port,
                                     const struct seal_span *pieces, size_t num_pieces);

/* `udp` is free, and its `received` is no longer called. Harmless when it is closed. */
void seal_net_udp_close(struct seal_net_udp *udp);

/* The first octets of a datagram, up to `cap`; returns how many. */
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
