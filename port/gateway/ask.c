/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/ask.h"

#include "port/contract/port.h"

#define IDLE_MS   60000u
#define PORTS_MAX 4u        /* tried if one is taken */

void
seal_ask_init(struct seal_ask *a)
{
	*a = (struct seal_ask){ .asking = false };
	seal_dns_init(&a->resolver, NULL, 0);
}

void
seal_ask_lend(struct seal_ask *a, uint8_t *memory, size_t memory_cap)
{
	a->memory = memory;
	a->memory_cap = memory_cap;
	seal_dns_init(&a->resolver, memory, memory_cap);
}

static bool
is_waiting(const struct seal_ask *a)
{
	return seal_dns_outcome(&a->resolver) == SEAL_DNS_ASKING;
}

/* --- UDP ------------------------------------------------------------------------------- */

/* The octets of a datagram: in our memory, or where they lie, because an address is read within
 * the call. Empty: no room. */
static struct seal_span
octets_of(const struct seal_ask *a, const struct seal_net_datagram *datagram)
{
	if (datagram->len <= a->memory_cap)
		return seal_span(a->memory, seal_net_copy(datagram, a->memory, a->memory_cap));
	return a->first->type != SEAL_DNS_TXT && datagram->num_pieces == 1 ? datagram->pieces[0] : seal_span(NULL, 0);
}

/* Each datagram is checked as it comes, because a wrong one must not take the place of the right
 * one. Once the right one has come, the memory is its own. */
static void
ask_received(void *ctx, const struct seal_net_datagram *datagram)
{
	struct seal_ask *a = ctx;
	const struct seal_dns_server from = { datagram->from, datagram->from_port };
	struct seal_span octets;

	if (!is_waiting(a) || seal_dns_wants_tcp(&a->resolver))
		return;
	octets = octets_of(a, datagram);
	if (octets.len > 0)
		(void)seal_dns_recv(&a->resolver, from, octets, seal_port_now_ms());
}

/* Draw again if a port is taken (RFC 5452 9.2). */
static bool
open_somewhere(struct seal_ask *a, uint16_t port)
{
	for (unsigned i = 0; i < PORTS_MAX; i++) {
		if (seal_net_udp_open(&a->udp, port))
			return true;
		seal_port_random((uint8_t *)&port, sizeof port);
		port |= 0x8000u;
	}
	return false;
}

static bool
send_datagram(struct seal_ask *a, const struct seal_dns_ask *ask)
{
	a->udp.received = ask_received;
	a->udp.ctx = a;
	return open_somewhere(a, ask->local_port) &&
	       seal_net_udp_send(&a->udp, &ask->server.address, ask->server.port, &ask->octets, 1) == SEAL_NET_SENT;
}

/* --- TCP ------------------------------------------------------------------------------- */

/* The question waits in the network until the connection is made. */
static bool
send_over_tcp(struct seal_ask *a, const struct seal_dns_ask *ask)
{
	return seal_net_connect(&a->conn, &ask->server.address, ask->server.port) &&
	       seal_net_send(&a->conn, ask->octets.ptr, ask->octets.len) == ask->octets.len;
}

static void
take_from_tcp(struct seal_ask *a, uint64_t now_ms)
{
	while (seal_dns_wants_tcp(&a->resolver)) {
		const struct seal_span held = seal_net_view(&a->conn);

		if (held.len == 0)
			break;
		(void)seal_dns_recv_tcp(&a->resolver, held, now_ms);
		seal_net_take(&a->conn, held.len);
	}
	if (seal_dns_wants_tcp(&a->resolver) && (a->conn.lost || a->conn.ended))
		(void)seal_dns_failed(&a->resolver, now_ms);
}

/* --- the queue ------------------------------------------------------------------------- */

static void
hang_up(struct seal_ask *a)
{
	seal_net_udp_close(&a->udp);
	seal_net_abort(&a->conn);
}

static void
interrupt(struct seal_ask *a)
{
	if (!a->asking || a->first->urgent || a->first->interrupted)
		return;
	a->first->interrupted = true;
	a->asking = false;
	hang_up(a);
}

void
seal_ask_start(struct seal_ask *a, struct seal_ask_question *q, struct seal_span name, uint16_t type)
{
	struct seal_ask_question **at = &a->first;

	if (q->urgent)
		interrupt(a);
	if (a->asking)
		at = &a->first->next;
	while (*at != NULL && (!q->urgent || (*at)->urgent))
		at = &(*at)->next;
	q->name = name;
	q->type = type;
	q->interrupted = false;
	q->next = *at;
	*at = q;
}

/* --- a question ------------------------------------------------------------------------ */

static void
begin(struct seal_ask *a, uint64_t now_ms)
{
	struct seal_dns_server server;
	const bool known = seal_net_dns_server(&server.address, &server.port);

	a->asking = true;
	seal_dns_set_servers(&a->resolver, &server, known ? 1 : 0);
	(void)seal_dns_start(&a->resolver, a->first->name, a->first->type, now_ms);
}

static void
ask_server(struct seal_ask *a, uint64_t now_ms)
{
	uint8_t random[SEAL_DNS_RANDOM_LEN];
	struct seal_dns_ask ask;

	hang_up(a);
	seal_port_random(random, sizeof random);
	seal_dns_ask(&a->resolver, random, &ask, now_ms);
	if (!(ask.tcp ? send_over_tcp(a, &ask) : send_datagram(a, &ask)))
		(void)seal_dns_failed(&a->resolver, now_ms);
}

static void
finish_question(struct seal_ask *a)
{
	struct seal_ask_question *q = a->first;

	hang_up(a);
	a->first = q->next;
	a->asking = false;
	q->answered(q->ctx, &a->resolver);
}

uint32_t
seal_ask_run(struct seal_ask *a)
{
	const uint64_t now_ms = seal_port_now_ms();
	uint64_t deadline_ms;

	if (a->first == NULL)
		return IDLE_MS;
	if (!a->asking)
		begin(a, now_ms);
	take_from_tcp(a, now_ms);
	if (seal_dns_tick(&a->resolver, now_ms))
		ask_server(a, now_ms);
	if (!is_waiting(a)) {
		finish_question(a);
		return 0;
	}
	deadline_ms = seal_dns_deadline_ms(&a->resolver);
	return deadline_ms - now_ms < IDLE_MS ? (uint32_t)(deadline_ms - now_ms) : 0;
}
