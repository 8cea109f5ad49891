/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_net.h"

#include "engine/base/out.h"
#include "engine/dns/message.h"
#include "tests/unit/fake_port.h"

struct fake_net fake_net;

void
fake_net_init(void)
{
	fake_port = (struct fake_port){ .now_ms = 1000 };
	fake_net = (struct fake_net){ .has_server = true, .sends = SEAL_NET_SENT };
}

/* --- what the gateway calls ------------------------------------------------------------ */

bool
seal_net_dns_server(struct seal_ip *address, uint16_t *port)
{
	if (!fake_net.has_server)
		return false;
	*address = seal_ip_v4(FAKE_NET_DNS_SERVER);
	*port = FAKE_NET_DNS_PORT;
	return true;
}

bool
seal_net_udp_open(struct seal_net_udp *udp, uint16_t port)
{
	(void)port;
	if (fake_net.num_taken > 0) {
		fake_net.num_taken--;
		return false;
	}
	udp->pcb = udp;
	fake_net.open = udp;
	return true;
}

enum seal_net_sent
seal_net_udp_send(struct seal_net_udp *udp, const struct seal_ip *address, uint16_t port,
                  const struct seal_span *pieces, size_t num_pieces)
{
	const struct seal_net_datagram datagram = { .pieces = pieces, .num_pieces = num_pieces };

	(void)udp;
	fake_net.num_sent++;
	fake_net.to = *address;
	fake_net.to_port = port;
	fake_net.datagram_len = seal_net_copy(&datagram, fake_net.datagram, sizeof fake_net.datagram);
	return fake_net.sends;
}

void
seal_net_udp_close(struct seal_net_udp *udp)
{
	if (udp->pcb != NULL)
		fake_net.open = NULL;
	udp->pcb = NULL;
}

bool
seal_net_connect(struct seal_net_conn *conn, const struct seal_ip *address, uint16_t port)
{
	(void)conn;
	(void)address;
	(void)port;
	return false;
}

size_t
seal_net_send(struct seal_net_conn *conn, const uint8_t *data, size_t len)
{
	(void)conn;
	(void)data;
	(void)len;
	return 0;
}

struct seal_span
seal_net_view(const struct seal_net_conn *conn)
{
	(void)conn;
	return seal_span(NULL, 0);
}

void
seal_net_take(struct seal_net_conn *conn, size_t len)
{
	(void)conn;
	(void)len;
}

void
seal_net_abort(struct seal_net_conn *conn)
{
	(void)conn;
}

/* --- the name server ------------------------------------------------------------------- */

static struct seal_span
fake_net_question(void)
{
	const struct seal_span whole = seal_span(fake_net.datagram, fake_net.datagram_len);
	size_t len = SEAL_DNS_HEADER_LEN;

	while (len < whole.len && whole.ptr[len] != 0)
		len += 1u + whole.ptr[len];
	return seal_span_from(seal_span_first(whole, len + 5u), SEAL_DNS_HEADER_LEN);
}

struct seal_span
fake_net_asked_name(void)
{
	static uint8_t text[SEAL_DNS_NAME_MAX];
	const struct seal_span q = fake_net_question();
	struct seal_out out = seal_out(text, sizeof text);

	for (size_t at = 0; at < q.len && q.ptr[at] != 0; at += 1u + q.ptr[at]) {
		if (at > 0)
			seal_out_octet(&out, '.');
		seal_out_span_put(&out, seal_span(q.ptr + at + 1, q.ptr[at]));
	}
	return seal_out_span(&out);
}

static void
fake_net_put_u32(struct seal_out *out, uint32_t value)
{
	for (unsigned shift = 32; shift > 0; shift -= 8)
		seal_out_octet(out, (uint8_t)(value >> (shift - 8)));
}

/* The name is a pointer to the question's. */
static void
put_record(struct seal_out *out, uint8_t type, uint32_t ttl_s, uint32_t address)
{
	const uint8_t head[] = { 0xC0, SEAL_DNS_HEADER_LEN, 0, type, 0, SEAL_DNS_IN };

	seal_out_span_put(out, seal_span(head, sizeof head));
	fake_net_put_u32(out, ttl_s);
	if (type == SEAL_DNS_TXT) {
		seal_out_span_put(out, SEAL_SPAN("\0\2\1x"));
		return;
	}
	seal_out_span_put(out, SEAL_SPAN("\0\4"));
	fake_net_put_u32(out, address);
}

static void
fake_net_deliver(struct seal_span octets)
{
	const size_t cut = fake_net.in_pieces ? 7 : octets.len;
	const struct seal_span pieces[2] = { seal_span_first(octets, cut), seal_span_from(octets, cut) };
	const struct seal_net_datagram datagram = {
		.from = seal_ip_v4(FAKE_NET_DNS_SERVER), .from_port = FAKE_NET_DNS_PORT, .len = octets.len,
		.pieces = pieces, .num_pieces = fake_net.in_pieces ? 2 : 1
	};

	fake_net.open->received(fake_net.open->ctx, &datagram);
	memset(fake_net.answer, 0, sizeof fake_net.answer);
}

void
fake_net_answer(uint32_t ttl_s, uint32_t address)
{
	const struct seal_span q = fake_net_question();
	struct seal_out out = seal_out(fake_net.answer, sizeof fake_net.answer);

	if (fake_net.open == NULL || q.len < 5)
		return;
	seal_out_span_put(&out, seal_span(fake_net.datagram, 2)); /* its id */
	seal_out_span_put(&out, SEAL_SPAN("\x81\x80\0\1\0\1\0\0\0\0"));
	seal_out_span_put(&out, q);
	put_record(&out, q.ptr[q.len - 3], ttl_s, address);
	fake_net_deliver(seal_out_span(&out));
}
