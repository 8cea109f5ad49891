/* SPDX-License-Identifier: Apache-2.0 */
#include "port/contract/net.h"

#include <string.h>

#include "engine/base/out.h"
#include "engine/base/sha256.h"
#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/tcp.h"
#include "lwip/sys.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"
#include "netif/ethernet.h"
#include "port/contract/port.h"
#include "port/lwip/stack.h"

/* A frame is sent in at most this many pieces; longer chains are copied into one. */
#define PIECES_MAX 8u

/* Half a second each (TCP_SLOW_INTERVAL). */
#define RETRY_TICKS  1u
#define LINGER_TICKS 10u

/* A dead peer is noticed after a minute of silence and another minute of probes. */
#define KEEPALIVE_IDLE_MS     60000u
#define KEEPALIVE_INTERVAL_MS 10000u
#define KEEPALIVE_COUNT       6u

/* Room for a window of whole segments. A peer that sends crumbs must wait instead of filling the
 * pool with buffers of one octet. */
#define HELD_MAX (TCP_WND / TCP_MSS + 4)

#define DNS_PORT 53u /* of a server that DHCP gave */

/* Connections without an owner may be dropped to make room for owned ones. */
#define PRIO_UNOWNED TCP_PRIO_MIN
#define PRIO_OWNED   TCP_PRIO_NORMAL

static struct {
	struct seal_net_setup setup;
	struct netif netif;
	uint8_t isn_secret[SEAL_SHA256_LEN];
	struct seal_net_listener listeners[SEAL_NET_LISTENERS_MAX];
	size_t num_listeners;
	struct seal_ip dns_server;  /* that DHCP gave; "::": none */
} net;

/* --- what lwIP needs from its port ---------------------------------------------------- */

uint32_t
sys_now(void)
{
	return (uint32_t)seal_port_now_ms();
}

uint32_t
seal_net_random(void)
{
	uint32_t value;

	seal_port_random((uint8_t *)&value, sizeof value);
	return value;
}

void
seal_net_assert(unsigned line)
{
	uint8_t text[32];
	struct seal_out what = seal_out(text, sizeof text - 1u);

	seal_out_text(&what, "lwIP, line ");
	seal_out_u64(&what, line);
	text[what.len] = '\0';
	seal_port_panic((const char *)text);
}

/* RFC 6528 3: ISN = M + F(connection, secret), M ticking every 4 microseconds. */
uint32_t
seal_net_isn(const struct ip4_addr *local, uint16_t local_port,
             const struct ip4_addr *remote, uint16_t remote_port)
{
	const uint32_t words[4] = { local->addr, remote->addr, local_port, remote_port };
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;
	uint32_t f;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, (const uint8_t *)words, sizeof words);
	seal_sha256_update(&hash, net.isn_secret, sizeof net.isn_secret);
	seal_sha256_final(&hash, digest);
	memcpy(&f, digest, sizeof f);
	return f + (uint32_t)(seal_port_now_ms() * 250u);
}

static struct tcp_pcb *
find_time_wait(const struct ip_hdr *ip, const struct tcp_hdr *tcp)
{
	struct tcp_pcb *pcb = tcp_tw_pcbs;

	while (pcb != NULL && !(pcb->remote_port == lwip_ntohs(tcp->src) && pcb->local_port == lwip_ntohs(tcp->dest) &&
	                        pcb->remote_ip.addr == ip->src.addr && pcb->local_ip.addr == ip->dest.addr))
		pcb = pcb->next;
	return pcb;
}

/* A client may come again from the same port; small devices do so after each start. lwIP does not
 * respond to it while the old connection is in TIME_WAIT, so that one is ended if the new SYN
 * cannot be an old one (RFC 1122 4.2.2.13). Never takes the packet. */
int
seal_net_ip4_input(const struct pbuf *p)
{
	const struct ip_hdr *ip = p->payload;
	const struct tcp_hdr *tcp;
	struct tcp_pcb *pcb;

	if (p->len < IP_HLEN || IPH_PROTO(ip) != IP_PROTO_TCP || p->len < IPH_HL_BYTES(ip) + TCP_HLEN)
		return 0;
	tcp = (const void *)((const uint8_t *)p->payload + IPH_HL_BYTES(ip));
	if ((TCPH_FLAGS(tcp) & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return 0;
	pcb = find_time_wait(ip, tcp);
	if (pcb != NULL && TCP_SEQ_GT(lwip_ntohl(tcp->seqno), pcb->rcv_nxt))
		tcp_abort(pcb);
	return 0;
}

/* --- the Ethernet ------------------------------------------------------------------- */

static err_t
link_output(struct netif *netif, struct pbuf *p)
{
	struct seal_span pieces[PIECES_MAX];
	struct pbuf *whole = NULL;
	size_t num = 0;

	(void)netif;
	if (pbuf_clen(p) > PIECES_MAX) {
		whole = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
		if (whole == NULL)
			return ERR_MEM;
		p = whole;
	}
	for (const struct pbuf *q = p; q != NULL; q = q->next)
		pieces[num++] = seal_span(q->payload, q->len);
	net.setup.send(net.setup.ctx, pieces, num);
	if (whole != NULL)
		pbuf_free(whole);
	return ERR_OK;
}

static err_t
netif_setup(struct netif *netif)
{
	netif->name[0] = 'e';
	netif->name[1] = 'n';
	netif->mtu = SEAL_NET_FRAME_MAX - SIZEOF_ETH_HDR;
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
	netif->output = etharp_output;
	netif->linkoutput = link_output;
	netif->hwaddr_len = sizeof net.setup.mac;
	memcpy(netif->hwaddr, net.setup.mac, sizeof net.setup.mac);
	netif_set_hostname(netif, net.setup.hostname);
	return ERR_OK;
}

static ip4_addr_t
to_lwip(uint32_t address)
{
	return (ip4_addr_t){ lwip_htonl(address) };
}

static struct seal_ip
from_lwip(const ip_addr_t *address)
{
	return seal_ip_v4(lwip_ntohl(ip_addr_get_ip4_u32(address)));
}

void
seal_net_start(const struct seal_net_setup *setup)
{
	const ip4_addr_t address = to_lwip(setup->address);
	const ip4_addr_t mask = to_lwip(setup->mask);
	const ip4_addr_t router = to_lwip(setup->router);

	net.setup = *setup;
	seal_port_random(net.isn_secret, sizeof net.isn_secret);
	lwip_init();
	netif_add(&net.netif, &address, &mask, &router, NULL, netif_setup, ethernet_input);
	netif_set_default(&net.netif);
	netif_set_up(&net.netif);
	if (setup->address == 0)
		dhcp_start(&net.netif);
}

void
seal_net_input(const uint8_t *frame, size_t len)
{
	struct pbuf *p;

	if (len > SEAL_NET_FRAME_MAX)
		return;
	p = pbuf_alloc(PBUF_RAW, (uint16_t)len, PBUF_POOL);
	if (p == NULL)
		return;
	if (pbuf_take(p, frame, (uint16_t)len) != ERR_OK || net.netif.input(p, &net.netif) != ERR_OK)
		pbuf_free(p);
}

uint32_t
seal_net_timers(void)
{
	sys_check_timeouts();
	return sys_timeouts_sleeptime();
}

uint32_t
seal_net_address(void)
{
	return lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(&net.netif)));
}

bool
seal_net_is_up(void)
{
	return seal_net_address() != 0;
}

/* --- connections without an owner --------------------------------------------------- */

static err_t
linger_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	(void)arg;
	(void)err;
	if (p == NULL)
		return tcp_close(pcb);
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

/* The peer has read our octets but does not close: lwIP alone would wait forever. A peer that does
 * not acknowledge them is given up by lwIP's retransmission. */
static err_t
linger_poll(void *arg, struct tcp_pcb *pcb)
{
	if (pcb->state != FIN_WAIT_2)
		return ERR_OK;
	if (arg == NULL) {
		tcp_arg(pcb, pcb);  /* first call: the next one is a whole interval later */
		return ERR_OK;
	}
	tcp_abort(pcb);
	return ERR_ABRT;
}

/* Half-close after everything that is queued. Lack of memory is no failure here, because lwIP then
 * keeps the FIN pending. Returns ERR_ABRT if there was nothing to close. */
static err_t
linger(struct tcp_pcb *pcb)
{
	tcp_arg(pcb, NULL);
	tcp_err(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_recv(pcb, linger_received);
	tcp_poll(pcb, linger_poll, LINGER_TICKS);
	tcp_setprio(pcb, PRIO_UNOWNED);
	if (tcp_shutdown(pcb, 0, 1) == ERR_OK)
		return ERR_OK;
	tcp_abort(pcb);
	return ERR_ABRT;
}

/* --- connections with an owner ------------------------------------------------------ */

static err_t
on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct seal_net_conn *conn = arg;

	(void)pcb;
	(void)err;
	conn->moved = true;
	if (p == NULL) {
		conn->ended = true;
		return ERR_OK;
	}
	if (conn->num_held >= HELD_MAX)
		return ERR_MEM;     /* lwIP keeps it and offers it again */
	conn->num_held = (uint16_t)(conn->num_held + pbuf_clen(p));
	if (conn->held == NULL)
		conn->held = p;
	else
		pbuf_cat(conn->held, p);
	return ERR_OK;
}

static err_t
on_sent(void *arg, struct tcp_pcb *pcb, uint16_t len)
{
	struct seal_net_conn *conn = arg;

	(void)pcb;
	(void)len;
	conn->moved = true;
	return ERR_OK;
}

/* What failed for lack of memory is tried again at least this often. */
static err_t
on_poll(void *arg, struct tcp_pcb *pcb)
{
	struct seal_net_conn *conn = arg;

	(void)pcb;
	conn->moved = true;
	return ERR_OK;
}

static void
on_lost(void *arg, err_t err)
{
	struct seal_net_conn *conn = arg;

	(void)err;
	conn->pcb = NULL;           /* lwIP has freed it, or is about to */
	conn->lost = true;
	conn->moved = true;
}

static err_t
on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct seal_net_conn *conn = arg;

	(void)pcb;
	(void)err;
	conn->connected = true;
	conn->moved = true;
	return ERR_OK;
}

static void
own(struct seal_net_conn *conn, struct tcp_pcb *pcb)
{
	*conn = (struct seal_net_conn){ .pcb = pcb, .moved = true };
	tcp_arg(pcb, conn);
	tcp_recv(pcb, on_received);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_lost);
	tcp_poll(pcb, on_poll, RETRY_TICKS);
	tcp_setprio(pcb, PRIO_OWNED);
	tcp_nagle_disable(pcb);
	ip_set_option(pcb, SOF_KEEPALIVE);
	pcb->keep_idle = KEEPALIVE_IDLE_MS;
	pcb->keep_intvl = KEEPALIVE_INTERVAL_MS;
	pcb->keep_cnt = KEEPALIVE_COUNT;
}

static void
drop_held(struct seal_net_conn *conn)
{
	if (conn->held != NULL)
		pbuf_free(conn->held);
	conn->held = NULL;
	conn->num_held = 0;
}

static err_t
on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	const struct seal_net_listener *listener = arg;
	struct seal_net_conn *conn;
	struct seal_ip peer;

	if (err != ERR_OK || pcb == NULL)
		return ERR_VAL;     /* no memory: the peer tries again */
	peer = from_lwip(&pcb->remote_ip);
	conn = listener->accept(listener->ctx, &peer);
	if (conn != NULL) {
		own(conn, pcb);
		return ERR_OK;
	}
	if (listener->busy.len > 0 &&
	    tcp_write(pcb, listener->busy.ptr, (uint16_t)listener->busy.len, 0) != ERR_OK)
		return ERR_MEM;     /* lwIP resets it */
	return linger(pcb);
}

bool
seal_net_listen(uint16_t port, const struct seal_net_listener *listener)
{
	struct tcp_pcb *pcb = net.num_listeners < SEAL_NET_LISTENERS_MAX ? tcp_new() : NULL;
	struct tcp_pcb *listening = NULL;

	if (pcb == NULL)
		return false;
	net.listeners[net.num_listeners] = *listener;
	tcp_arg(pcb, &net.listeners[net.num_listeners]);
	tcp_setprio(pcb, PRIO_UNOWNED);
	if (tcp_bind(pcb, IP_ADDR_ANY, port) == ERR_OK)
		listening = tcp_listen_with_backlog(pcb, TCP_DEFAULT_LISTEN_BACKLOG);
	if (listening == NULL) {
		tcp_close(pcb);
		return false;
	}
	net.num_listeners++;
	tcp_accept(listening, on_accept);
	return true;
}

bool
seal_net_connect(struct seal_net_conn *conn, const struct seal_ip *address, uint16_t port)
{
	const ip_addr_t to = to_lwip(seal_ip_to_v4(address));
	struct tcp_pcb *pcb = seal_ip_is_v4(address) ? tcp_new() : NULL;

	if (pcb == NULL)
		return false;
	own(conn, pcb);
	if (tcp_connect(pcb, &to, port, on_connected) == ERR_OK)
		return true;
	seal_net_abort(conn);
	return false;
}

struct seal_span
seal_net_view(const struct seal_net_conn *conn)
{
	const struct pbuf *p = conn->held;

	return p == NULL ? seal_span(NULL, 0) : seal_span(p->payload, p->len);
}

void
seal_net_take(struct seal_net_conn *conn, size_t len)
{
	struct pbuf *p = conn->held;

	while (len > 0 && p != NULL) {
		const uint16_t part = len < p->len ? (uint16_t)len : p->len;
		struct pbuf *next = p->next;

		if (part < p->len) {
			pbuf_remove_header(p, part);
		} else {
			if (next != NULL)
				pbuf_ref(next);
			pbuf_free(p);
			p = next;
			conn->num_held--;
		}
		if (conn->pcb != NULL)
			tcp_recved(conn->pcb, part);
		len -= part;
	}
	conn->held = p;
}

size_t
seal_net_send(struct seal_net_conn *conn, const uint8_t *data, size_t len)
{
	struct tcp_pcb *pcb = conn->pcb;
	size_t part;

	if (pcb == NULL)
		return 0;
	part = tcp_sndbuf(pcb);
	if (part > len)
		part = len;
	if (part > UINT16_MAX)
		part = UINT16_MAX;
	/* If there is no memory for all of it, a smaller piece may still be sent. */
	while (part > 0 && tcp_write(pcb, data, (uint16_t)part, TCP_WRITE_FLAG_COPY) != ERR_OK)
		part /= 2;
	return part;
}

void
seal_net_push(struct seal_net_conn *conn)
{
	if (conn->pcb != NULL)
		(void)tcp_output(conn->pcb);    /* what cannot be sent now is sent by lwIP's timer */
}

void
seal_net_close(struct seal_net_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;

	while (conn->held != NULL)
		seal_net_take(conn, seal_net_view(conn).len);
	if (pcb == NULL)
		return;
	conn->pcb = NULL;
	(void)linger(pcb);
}

void
seal_net_abort(struct seal_net_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;

	drop_held(conn);
	conn->pcb = NULL;
	if (pcb != NULL) {
		tcp_err(pcb, NULL);
		tcp_abort(pcb);
	}
}

bool
seal_net_quiet(void)
{
	for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
		if (pcb->unsent != NULL || pcb->unacked != NULL)
			return false;
	}
	return true;
}

/* --- UDP ---------------------------------------------------------------------------- */

static void
on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, uint16_t port)
{
	const struct seal_net_udp *udp = arg;
	struct seal_span pieces[PIECES_MAX];
	struct seal_net_datagram datagram = {
		.from = from_lwip(from), .from_port = port, .len = p->tot_len, .pieces = pieces
	};

	(void)pcb;
	if (pbuf_clen(p) <= PIECES_MAX && udp->received != NULL) {
		for (const struct pbuf *q = p; q != NULL; q = q->next)
			pieces[datagram.num_pieces++] = seal_span(q->payload, q->len);
		udp->received(udp->ctx, &datagram);
	}
	pbuf_free(p);
}

bool
seal_net_udp_open(struct seal_net_udp *udp, uint16_t port)
{
	struct udp_pcb *pcb = udp_new();

	if (pcb == NULL)
		return false;
	if (udp_bind(pcb, IP_ADDR_ANY, port) != ERR_OK) {
		udp_remove(pcb);
		return false;
	}
	udp_recv(pcb, on_datagram, udp);
	udp->pcb = pcb;
	return true;
}

/* NULL: no memory. lwIP copies what it cannot send within the call. */
static struct pbuf *
chain(const struct seal_span *pieces, size_t num_pieces)
{
	struct pbuf *head = NULL;

	for (size_t i = 0; i < num_pieces; i++) {
		struct pbuf *p;

		if (pieces[i].len == 0)
			continue;
		p = pbuf_alloc_reference((void *)(uintptr_t)pieces[i].ptr, (uint16_t)pieces[i].len, PBUF_REF);
		if (p == NULL) {
			if (head != NULL)
				pbuf_free(head);
			return NULL;
		}
		if (head == NULL)
			head = p;
		else
			pbuf_cat(head, p);
	}
	return head;
}

enum seal_net_sent
seal_net_udp_send(struct seal_net_udp *udp, const struct seal_ip *address, uint16_t port,
                  const struct seal_span *pieces, size_t num_pieces)
{
	const ip_addr_t to = to_lwip(seal_ip_to_v4(address));
	struct pbuf *p;
	err_t err;

	if (!seal_ip_is_v4(address))
		return SEAL_NET_NO_WAY;
	p = chain(pieces, num_pieces);
	if (p == NULL)
		return SEAL_NET_NO_ROOM;
	err = udp_sendto(udp->pcb, p, &to, port);
	pbuf_free(p);
	if (err == ERR_MEM)
		return SEAL_NET_NO_ROOM;
	if (err == ERR_RTE)
		return SEAL_NET_NO_WAY;
	return err == ERR_OK ? SEAL_NET_SENT : SEAL_NET_NEVER;
}

void
seal_net_udp_close(struct seal_net_udp *udp)
{
	if (udp->pcb != NULL)
		udp_remove(udp->pcb);
	udp->pcb = NULL;
}

/* --- the name server ---------------------------------------------------------------- */

/* Called if lwIP's DHCP client found one, and only then. */
void
seal_net_note_dns_server(uint8_t num, const struct ip4_addr *address)
{
	if (num == 0)
		net.dns_server = from_lwip(address);
}

bool
seal_net_dns_server(struct seal_ip *address, uint16_t *port)
{
	const bool configured = net.setup.dns_server != 0;
	const struct seal_ip server = configured ? seal_ip_v4(net.setup.dns_server) : net.dns_server;

	if (seal_ip_is_none(&server))
		return false;
	*address = server;
	*port = configured && net.setup.dns_port != 0 ? net.setup.dns_port : DNS_PORT;
	return true;
}
