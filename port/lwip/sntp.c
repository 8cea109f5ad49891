/* SPDX-License-Identifier: Apache-2.0 */
#include "port/lwip/sntp.h"

#include "engine/base/out.h"
#include "lwip/udp.h"
#include "port/contract/net.h"
#include "port/contract/port.h"

#define IDLE_MS      60000u
#define LOOK_MS      250u    /* for an address of ours, or an answer to a name */
#define LOG_LINE_MAX 128u

/* RFC 6335 6: dynamic ports. A new one for each question is 14 bits more to be guessed. */
#define PORT_FIRST 49152u
#define PORT_MASK  0x3fffu

void
seal_sntp_start(struct seal_sntp *s, const struct seal_sntp_setup *setup)
{
	*s = (struct seal_sntp){ .setup = *setup, .said = "" };
	seal_ntp_init(&s->rules, seal_port_now_ms());
}

uint64_t
seal_sntp_now_s(const struct seal_sntp *s)
{
	return seal_ntp_now_s(&s->rules, seal_port_now_ms());
}

/* --- the log --------------------------------------------------------------------------- */

static void
put_address(struct seal_out *out, uint32_t address)
{
	for (unsigned shift = 32; shift > 0; shift -= 8) {
		if (shift < 32)
			seal_out_octet(out, '.');
		seal_out_u64(out, address >> (shift - 8u) & 0xffu);
	}
}

/* Once for every change: a server that is gone for days is one line. */
static void
say(struct seal_sntp *s, const char *outcome)
{
	uint8_t text[LOG_LINE_MAX];
	struct seal_out line = seal_out(text, sizeof text);

	if (seal_span_equal(seal_span_text(s->said), seal_span_text(outcome)))
		return;
	s->said = outcome;
	seal_out_text(&line, "clock=");
	seal_out_span_put(&line, seal_span_text(outcome));
	seal_out_text(&line, " server=");
	put_address(&line, s->address);
	seal_out_text(&line, " now=");
	seal_out_u64(&line, seal_sntp_now_s(s));
	seal_port_log((const char *)line.ptr, line.len);
}

/* --- one question ---------------------------------------------------------------------- */

static void
hang_up(struct seal_sntp *s)
{
	if (s->pcb != NULL)
		udp_remove(s->pcb);
	s->pcb = NULL;
}

/* The pcb is connected, so only the server's address and port come here. Within lwIP: the pcb
 * is removed later. */
static void
on_received(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, uint16_t port)
{
	struct seal_sntp *s = arg;
	uint8_t packet[SEAL_NTP_PACKET_LEN];
	const uint16_t len = pbuf_copy_partial(p, packet, sizeof packet, 0);
	enum seal_ntp_verdict verdict;

	(void)pcb;
	(void)from;
	(void)port;
	pbuf_free(p);
	verdict = seal_ntp_take(&s->rules, seal_span(packet, len), seal_port_now_ms());
	if (verdict == SEAL_NTP_NOT_OURS)
		return;
	s->verdict = verdict;
	s->came = true;
}

static bool
send_question(struct seal_sntp *s)
{
	uint8_t random[SEAL_NTP_NONCE_LEN];
	struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, SEAL_NTP_PACKET_LEN, PBUF_RAM);
	err_t err;

	if (p == NULL)
		return false;
	seal_port_random(random, sizeof random);
	seal_ntp_ask(&s->rules, random, p->payload, seal_port_now_ms());
	err = udp_send(s->pcb, p);
	pbuf_free(p);
	return err == ERR_OK;
}

static bool
ask(struct seal_sntp *s)
{
	const ip_addr_t server = { lwip_htonl(s->address) };
	uint16_t port;

	s->pcb = udp_new();
	if (s->pcb == NULL)
		return false;
	seal_port_random((uint8_t *)&port, sizeof port);
	port = (uint16_t)(PORT_FIRST + (port & PORT_MASK));
	udp_recv(s->pcb, on_received, s);
	if (udp_bind(s->pcb, IP_ADDR_ANY, port) == ERR_OK &&
	    udp_connect(s->pcb, &server, s->setup.port) == ERR_OK && send_question(s))
		return true;
	hang_up(s);
	return false;
}

static void
fail(struct seal_sntp *s, const char *outcome)
{
	seal_ntp_failed(&s->rules, seal_port_now_ms());
	say(s, outcome);
}

static void
find_and_ask(struct seal_sntp *s)
{
	switch (seal_lookup(&s->lookup, s->setup.server, s->setup.dns_server, &s->address)) {
	case SEAL_LOOKUP_ASKING:
		break;
	case SEAL_LOOKUP_NOT_FOUND:
		fail(s, "no-such-server");
		break;
	case SEAL_LOOKUP_FOUND:
		if (!ask(s))
			fail(s, "not-asked");
		break;
	}
}

uint32_t
seal_sntp_run(struct seal_sntp *s)
{
	uint64_t now_ms = seal_port_now_ms();
	uint64_t deadline_ms;

	if (s->setup.server.len == 0)
		return IDLE_MS;
	if (s->came) {
		hang_up(s);
		s->came = false;
		say(s, seal_ntp_verdict_text(s->verdict));
	}
	if (seal_net_address() == 0)
		return LOOK_MS;
	if (seal_ntp_tick(&s->rules, now_ms)) {
		find_and_ask(s);
	} else if (s->pcb != NULL && !s->rules.asking) {
		hang_up(s);
		say(s, "no-answer");
	}
	now_ms = seal_port_now_ms();
	deadline_ms = seal_ntp_deadline_ms(&s->rules);
	if (deadline_ms <= now_ms)
		return LOOK_MS;
	return deadline_ms - now_ms < IDLE_MS ? (uint32_t)(deadline_ms - now_ms) : IDLE_MS;
}
