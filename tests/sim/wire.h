/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h - a TCP connection between the gateway and a scripted peer, in virtual time.
 *
 * The gateway's end is port/contract/net.h, implemented by wire.c. The peer's end is here: octets
 * arrive only when `wire_to_peer` or `wire_to_gateway` moves them.
 */
#ifndef TESTS_SIM_WIRE_H
#define TESTS_SIM_WIRE_H

#include "port/contract/net.h"
#include "port/mbedtls/tls.h"
#include "tests/sim/records.h"

#define WIRES_MAX    96u
#define WIRE_CAP     4096u
#define WIRE_PIECES  4u

/* Events for a peer. With TLS the octets are those inside it. */
struct wire_peer {
	void (*connected)(void *peer);
	void (*secured)(void *peer);
	void (*given)(void *peer, const uint8_t *data, size_t len);    /* the gateway has sent them    */
	void (*octets)(void *peer, const uint8_t *data, size_t len);   /* they have arrived            */
	void (*taken)(void *peer);                                     /* the gateway has read some    */
	void (*ended)(void *peer);                                     /* the gateway's FIN, or alert  */
	void (*reset)(void *peer);
	void (*let_go)(void *peer);                                    /* the gateway closes or resets */
};

enum wire_handshake { WIRE_SHAKES, WIRE_EXPIRED, WIRE_ALERTS, WIRE_NO_TLS, WIRE_SILENT, WIRE_LEAVES };

struct wire {
	struct seal_net_conn *conn;     /* NULL: the gateway has closed or reset it        */
	const struct wire_peer *ops;
	void *peer;
	struct seal_tls *tls;           /* of the gateway; NULL: in the clear              */
	uint64_t plain_sent;            /* by the peer, without TLS                        */
	uint64_t plain_taken;           /* by the gateway                                  */
	uint64_t plain_given;           /* by the gateway to its connection                */
	size_t window, send_room;
	size_t out_len, in_len, held_len;
	size_t piece_len[WIRE_PIECES];
	unsigned num_pieces;
	uint64_t lost_round;        /* round in which its reset reached the gateway; 0: none */
	bool connecting;
	bool stalled;
	bool out_fin, out_rst, out_over; /* from the gateway                               */
	bool in_fin, in_rst, in_over;    /* from the peer                                  */
	bool is_cut;                     /* octets of the peer were dropped by its reset   */
	bool peer_closed;                /* the peer resets if further octets arrive       */
	bool peer_tls, peer_secured;
	enum wire_handshake handshake;
	bool peer_begins;
	struct record_reader reader;
	uint8_t out[WIRE_CAP], in[WIRE_CAP], held[WIRE_CAP];
};

void wires_clear(void);
unsigned wires_count(void);
struct wire *wires_at(unsigned i);

/* A client connects; NULL: the port is closed. */
struct wire *wire_open(uint16_t port, uint32_t address, const struct wire_peer *ops, void *peer);

/* The next hop accepts the connection. */
void wire_connected(struct wire *w);

/* The peer begins TLS; `begins`: it sends the first octets. */
void wire_secure(struct wire *w, bool begins, enum wire_handshake how);

/* The peer sends. Returns how many octets were sent; 0 without room. */
bool wire_has_room(const struct wire *w);
size_t wire_send(struct wire *w, const void *data, size_t len);
void wire_fin(struct wire *w, bool closes);
void wire_rst(struct wire *w);
void wire_stall(struct wire *w);

bool wire_can_move_to_peer(const struct wire *w);
bool wire_can_move_to_gateway(const struct wire *w);
void wire_to_peer(struct wire *w, size_t len);
void wire_to_gateway(struct wire *w, size_t len);

/* From the simulated TLS of the gateway. */
void wire_of_tls(struct seal_tls *t, const uint8_t *plain, size_t len);
void wire_tls_taken(struct seal_tls *t, size_t len);

#endif
