/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/wire.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/world.h"

static struct wire wires[WIRES_MAX];
static unsigned num_wires;
static struct {
	struct seal_net_listener listener;
	uint16_t port;
} listeners[SEAL_NET_LISTENERS_MAX];
static unsigned num_listeners;

/* --- all of them --------------------------------------------------------------------- */

void
wires_clear(void)
{
	num_wires = 0;
	num_listeners = 0;
}

unsigned
wires_count(void)
{
	return num_wires;
}

struct wire *
wires_at(unsigned i)
{
	return &wires[i];
}

/* The buffers at the end of the structure are not cleared, because they are large. */
static struct wire *
new_wire(void)
{
	struct wire *w = &wires[num_wires];

	if (num_wires++ == WIRES_MAX)
		abort();
	memset(w, 0, offsetof(struct wire, out));
	w->window = world_window();
	w->send_room = w->window;
	return w;
}

static struct wire *
wire_of(const struct seal_net_conn *conn)
{
	return conn->held;
}

static void
own(struct wire *w, struct seal_net_conn *conn)
{
	*conn = (struct seal_net_conn){ .pcb = w, .held = w, .moved = true };
	w->conn = conn;
}

/* --- the gateway's end (port/contract/net.h) ------------------------------------------------ */

bool
seal_net_listen(uint16_t port, const struct seal_net_listener *listener)
{
	if (num_listeners == SEAL_NET_LISTENERS_MAX)
		return false;
	listeners[num_listeners].listener = *listener;
	listeners[num_listeners++].port = port;
	return true;
}

bool
seal_net_connect(struct seal_net_conn *conn, const struct seal_ip *address, uint16_t port)
{
	struct wire *w = new_wire();

	own(w, conn);
	w->connecting = true;
	world_hop_wanted(w, seal_ip_to_v4(address), port);
	return true;
}

struct seal_span
seal_net_view(const struct seal_net_conn *conn)
{
	const struct wire *w = wire_of(conn);

	return w == NULL || w->num_pieces == 0 ? seal_span(NULL, 0) : seal_span(w->held, w->piece_len[0]);
}

static void
take_piece(struct wire *w, size_t len)
{
	memmove(w->held, w->held + len, w->held_len - len);
	w->held_len -= len;
	w->piece_len[0] -= len;
	if (w->piece_len[0] > 0)
		return;
	w->num_pieces--;
	memmove(w->piece_len, w->piece_len + 1, w->num_pieces * sizeof w->piece_len[0]);
}

void
seal_net_take(struct seal_net_conn *conn, size_t len)
{
	struct wire *w = wire_of(conn);

	while (len > 0 && w != NULL && w->num_pieces > 0) {
		const size_t part = len < w->piece_len[0] ? len : w->piece_len[0];

		take_piece(w, part);
		len -= part;
		conn->num_held = (uint16_t)w->num_pieces;
		if (w->tls == NULL) {
			w->plain_taken += part;
			w->ops->taken(w->peer);
		}
	}
}

/* The connection that it was lent to before has ended. */
static void
begin_tls(struct wire *w, struct seal_tls *t)
{
	for (unsigned i = 0; i < num_wires; i++) {
		if (wires[i].tls == t)
			wires[i].tls = NULL;
	}
	w->tls = t;
}

size_t
seal_net_send(struct seal_net_conn *conn, const uint8_t *data, size_t len)
{
	struct wire *w = conn->pcb;
	size_t room;

	if (w == NULL)
		return 0;
	if (w->tls == NULL && world_tls_at(data) != NULL)
		begin_tls(w, world_tls_at(data));
	room = w->connecting ? 0 : w->send_room - w->out_len;
	if (len > room)
		len = room;
	if (len == 0)
		return 0;
	memcpy(w->out + w->out_len, data, len);
	w->out_len += len;
	if (w->tls == NULL) {
		w->plain_given += len;
		w->ops->given(w->peer, data, len);
	}
	return len;
}

void
seal_net_push(struct seal_net_conn *conn)
{
	(void)conn;
}

static struct wire *
let_go(struct seal_net_conn *conn)
{
	struct wire *w = conn->pcb;

	if (wire_of(conn) != NULL) {
		wire_of(conn)->ops->let_go(wire_of(conn)->peer);
		wire_of(conn)->num_pieces = 0;
		wire_of(conn)->held_len = 0;
		wire_of(conn)->conn = NULL;
	}
	conn->pcb = NULL;
	conn->held = NULL;
	conn->num_held = 0;
	if (w == NULL || !w->connecting)
		return w;
	w->connecting = false; /* given up before it was made */
	w->in_over = w->out_over = true;
	return NULL;
}

void
seal_net_close(struct seal_net_conn *conn)
{
	struct wire *w = let_go(conn);

	if (w != NULL)
		w->out_fin = true;
}

void
seal_net_abort(struct seal_net_conn *conn)
{
	struct wire *w = let_go(conn);

	if (w == NULL)
		return;
	w->out_len = 0;
	w->out_rst = true;
}

/* --- the peer's end ----------------------------------------------------------------------- */

static void
turn_away(struct wire *w, struct seal_span busy)
{
	w->conn = NULL;
	if (busy.len > 0)
		memcpy(w->out, busy.ptr, busy.len);
	w->out_len = busy.len;
	w->out_fin = true;
}

struct wire *
wire_open(uint16_t port, uint32_t address, const struct wire_peer *ops, void *peer)
{
	unsigned i = 0;
	const struct seal_ip ip = seal_ip_v4(address);
	struct seal_net_conn *conn;
	struct wire *w;

	while (i < num_listeners && listeners[i].port != port)
		i++;
	if (i == num_listeners)
		return NULL;
	w = new_wire();
	w->ops = ops;
	w->peer = peer;
	conn = listeners[i].listener.accept(listeners[i].listener.ctx, &ip);
	if (conn != NULL)
		own(w, conn);
	else
		turn_away(w, listeners[i].listener.busy);
	return w;
}

void
wire_connected(struct wire *w)
{
	w->connecting = false;
	if (w->conn == NULL)
		return;
	w->conn->connected = true;
	w->conn->moved = true;
	w->ops->connected(w->peer);
}

static void
put_octets(struct wire *w, const uint8_t *data, size_t len)
{
	if (len > sizeof w->in - w->in_len)
		abort();
	memcpy(w->in + w->in_len, data, len);
	w->in_len += len;
}

static void
put_wire_record(struct wire *w, uint8_t type, const uint8_t *data, size_t len)
{
	uint8_t record[RECORD_HEAD + RECORD_MAX];

	put_octets(w, record, record_write(record, type, data, len));
}

bool
wire_has_room(const struct wire *w)
{
	return sizeof w->in - w->in_len >= RECORD_HEAD + RECORD_MAX;
}

size_t
wire_send(struct wire *w, const void *data, size_t len)
{
	const uint8_t *const octets = data;
	const size_t room = sizeof w->in - w->in_len;

	if (!wire_has_room(w))
		return 0;
	if (w->peer_tls) {
		len = len < RECORD_MAX ? len : RECORD_MAX;
		put_wire_record(w, RECORD_DATA, octets, len);
	} else {
		len = len < room ? len : room;
		put_octets(w, octets, len);
	}
	w->plain_sent += len;
	return len;
}

static void
send_wire_hello(struct wire *w, uint8_t hello)
{
	static const uint8_t ALERT = 40; /* handshake_failure */

	switch (w->handshake) {
	case WIRE_SHAKES:
		put_wire_record(w, RECORD_HELLO, &hello, 1);
		break;
	case WIRE_EXPIRED:
		hello = hello == HELLO_SERVER ? HELLO_EXPIRED : hello;
		put_wire_record(w, RECORD_HELLO, &hello, 1);
		break;
	case WIRE_ALERTS:
		put_wire_record(w, RECORD_ALERT, &ALERT, 1);
		break;
	case WIRE_NO_TLS:
		put_octets(w, (const uint8_t *)"500 what?\r\n", 11);
		break;
	case WIRE_LEAVES:
		wire_fin(w, true);
		break;
	case WIRE_SILENT:
		break;
	}
}

void
wire_secure(struct wire *w, bool begins, enum wire_handshake how)
{
	w->peer_tls = true;
	w->peer_begins = begins;
	w->handshake = how;
	w->reader = (struct record_reader){ 0 };
	if (begins)
		send_wire_hello(w, HELLO_CLIENT);
}

void
wire_fin(struct wire *w, bool closes)
{
	w->peer_closed |= closes;
	if (!w->in_fin && w->peer_secured && !w->peer_closed)
		put_wire_record(w, RECORD_ALERT, (const uint8_t[]){ 0 }, 1);
	w->in_fin = true;
}

void
wire_rst(struct wire *w)
{
	w->in_rst = true;
	w->is_cut |= w->in_len > 0;
	w->in_len = 0;
	w->out_len = 0;
}

void
wire_stall(struct wire *w)
{
	w->stalled = true;
}

/* --- moving --------------------------------------------------------------------------------- */

bool
wire_can_move_to_peer(const struct wire *w)
{
	return !w->stalled && !w->out_over && !w->in_rst && !w->connecting && (w->out_len > 0 || w->out_fin ||
	       w->out_rst);
}

bool
wire_can_move_to_gateway(const struct wire *w)
{
	if (w->stalled || w->connecting || (w->in_over && (!w->in_rst || w->out_over)))
		return false;
	if (w->in_rst || w->conn == NULL)
		return w->in_rst || w->in_fin || w->in_len > 0;
	if (w->in_len > 0)
		return w->held_len < w->window && w->num_pieces < WIRE_PIECES;
	return w->in_fin;
}

static void
read_records(struct wire *w, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && !w->out_over; i++) {
		uint8_t value = 0;

		switch (record_read(&w->reader, data[i], &value)) {
		case RECORD_OCTET:
			w->ops->octets(w->peer, &value, 1);
			break;
		case RECORD_GREETED:
			if (!w->peer_begins)
				send_wire_hello(w, HELLO_SERVER);
			w->peer_secured = w->handshake == WIRE_SHAKES;
			if (w->peer_secured)
				w->ops->secured(w->peer);
			break;
		case RECORD_CLOSED:
		case RECORD_ALERTED:
		case RECORD_GARBAGE:
		case RECORD_NOTHING:
			break;
		}
	}
}

static void
end_at_peer(struct wire *w)
{
	w->out_over = true;
	if (w->out_rst)
		w->ops->reset(w->peer);
	else
		w->ops->ended(w->peer);
}

void
wire_to_peer(struct wire *w, size_t len)
{
	uint8_t octets[WIRE_CAP];

	if (len > w->out_len)
		len = w->out_len;
	memcpy(octets, w->out, len);
	memmove(w->out, w->out + len, w->out_len - len);
	w->out_len -= len;
	if (w->conn != NULL && len > 0)
		w->conn->moved = true;
	if (len > 0 && w->peer_closed)
		wire_rst(w);
	else if (len > 0 && w->peer_tls)
		read_records(w, octets, len);
	else if (len > 0)
		w->ops->octets(w->peer, octets, len);
	if (w->out_len == 0 && (w->out_fin || w->out_rst) && !w->in_rst)
		end_at_peer(w);
}

static void
lose_wire(struct wire *w)
{
	w->in_over = true;
	w->out_over = true;
	if (w->conn == NULL)
		return;
	w->lost_round = world.round;
	w->conn->pcb = NULL;
	w->conn->lost = true;
	w->conn->moved = true;
}

void
wire_to_gateway(struct wire *w, size_t len)
{
	if (w->in_rst) {
		lose_wire(w);
		return;
	}
	if (len > w->in_len)
		len = w->in_len;
	if (w->conn != NULL && len > w->window - w->held_len)
		len = w->window - w->held_len;
	if (w->conn != NULL && len > 0) {
		memcpy(w->held + w->held_len, w->in, len);
		w->held_len += len;
		w->piece_len[w->num_pieces++] = len;
		w->conn->num_held = (uint16_t)w->num_pieces;
		w->conn->moved = true;
	}
	memmove(w->in, w->in + len, w->in_len - len);
	w->in_len -= len;
	if (w->in_len > 0 || !w->in_fin)
		return;
	w->in_over = true;
	if (w->conn != NULL) {
		w->conn->ended = true;
		w->conn->moved = true;
	}
}

/* --- from the gateway's TLS -------------------------------------------------------------------- */

static struct wire *
wire_with(const struct seal_tls *t)
{
	for (unsigned i = num_wires; i-- > 0;) {
		if (wires[i].tls == t)
			return &wires[i];
	}
	return NULL;
}

void
wire_of_tls(struct seal_tls *t, const uint8_t *plain, size_t len)
{
	struct wire *w = wire_with(t);

	if (w == NULL || len == 0)
		return;
	w->plain_given += len;
	w->ops->given(w->peer, plain, len);
}

void
wire_tls_taken(struct seal_tls *t, size_t len)
{
	struct wire *w = wire_with(t);

	if (w == NULL)
		return;
	w->plain_taken += len;
	w->ops->taken(w->peer);
}
