/* SPDX-License-Identifier: Apache-2.0 */
#include "port/contract/ask.h"

#include "lwip/udp.h"
#include "port/contract/port.h"

#define IDLE_MS   60000u
#define PORTS_MAX 4u        /* tried, where one is taken */

void
seal_ask_init(struct seal_ask *a, uint16_t server_port, uint8_t *memory, size_t memory_cap)
{
	*a = (struct seal_ask){ .memory = memory, .memory_cap = memory_cap, .server_port = server_port };
	seal_dns_init(&a->resolver, memory, memory_cap);
}

static bool
is_asking(const struct seal_ask *a)
{
	return seal_dns_outcome(&a->resolver) == SEAL_DNS_ASKING;
}

/* --- UDP ------------------------------------------------------------------------------- */

static void
forget_pcb(struct seal_ask *a)
{
	if (a->pcb != NULL)
		udp_remove(a->pcb);
	a->pcb = NULL;
}

/* Within lwIP: the pcb is removed later. Each datagram is judged as it comes, for a wrong one
 * must not take the place of the right one; once that is there, the memory is its. */
static void
on_received(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, uint16_t port)
{
	struct seal_ask *a = arg;
	const struct seal_dns_server server = { lwip_ntohl(ip_addr_get_ip4_u32(from)), port };

	(void)pcb;
	if (is_asking(a) && !seal_dns_wants_tcp(&a->resolver) && p->tot_len <= a->memory_cap) {
		const uint16_t len = pbuf_copy_partial(p, a->memory, p->tot_len, 0);

		(void)seal_dns_recv(&a->resolver, server, seal_span(a->memory, len), seal_port_now_ms());
	}
	pbuf_free(p);
}

/* By chance again where a port is taken (RFC 5452 9.2). */
static bool
bind_somewhere(struct udp_pcb *pcb, uint16_t port)
{
	for (unsigned i = 0; i < PORTS_MAX; i++) {
		if (udp_bind(pcb, IP_ADDR_ANY, port) == ERR_OK)
			return true;
		seal_port_random((uint8_t *)&port, sizeof port);
		port |= 0x8000u;
	}
	return false;
}

static bool
send_datagram(struct seal_ask *a, const struct seal_dns_ask *ask)
{
	const ip_addr_t to = { lwip_htonl(ask->server.address) };
	struct pbuf *p;
	err_t err;

	a->pcb = udp_new();
	if (a->pcb == NULL || !bind_somewhere(a->pcb, ask->local_port))
		return false;
	udp_recv(a->pcb, on_received, a);
	p = pbuf_alloc(PBUF_TRANSPORT, (uint16_t)ask->octets.len, PBUF_RAM);
	if (p == NULL)
		return false;
	err = pbuf_take(p, ask->octets.ptr, (uint16_t)ask->octets.len);
	if (err == ERR_OK)
		err = udp_sendto(a->pcb, p, &to, ask->server.port);
	pbuf_free(p);
	return err == ERR_OK;
}

/* --- TCP ------------------------------------------------------------------------------- */

/* The question waits in lwIP until the connection is made. */
static bool
send_over_tcp(struct seal_ask *a, const struct seal_dns_ask *ask)
{
	return seal_net_connect(&a->conn, ask->server.address, ask->server.port) &&
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

/* --- a question ------------------------------------------------------------------------ */

static void
hang_up(struct seal_ask *a)
{
	forget_pcb(a);
	seal_net_abort(&a->conn);
}

static void
ask(struct seal_ask *a, uint64_t now_ms)
{
	uint8_t random[SEAL_DNS_RANDOM_LEN];
	struct seal_dns_ask ask;

	hang_up(a);
	seal_port_random(random, sizeof random);
	seal_dns_ask(&a->resolver, random, &ask, now_ms);
	if (!(ask.tcp ? send_over_tcp(a, &ask) : send_datagram(a, &ask)))
		(void)seal_dns_failed(&a->resolver, now_ms);
}

void
seal_ask_start(struct seal_ask *a, struct seal_span name, uint16_t type)
{
	const struct seal_dns_server server = { seal_net_dns_server(), a->server_port };

	hang_up(a);
	seal_dns_set_servers(&a->resolver, &server, server.address != 0 ? 1 : 0);
	(void)seal_dns_start(&a->resolver, name, type, seal_port_now_ms());
}

uint32_t
seal_ask_run(struct seal_ask *a)
{
	const uint64_t now_ms = seal_port_now_ms();
	uint64_t deadline_ms;

	take_from_tcp(a, now_ms);
	if (seal_dns_tick(&a->resolver, now_ms))
		ask(a, now_ms);
	if (!is_asking(a)) {
		hang_up(a);
		return IDLE_MS;
	}
	deadline_ms = seal_dns_deadline_ms(&a->resolver);
	return deadline_ms - now_ms < IDLE_MS ? (uint32_t)(deadline_ms - now_ms) : 0;
}
