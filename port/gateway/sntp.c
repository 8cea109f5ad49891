/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/sntp.h"

#include "port/contract/port.h"

#define IDLE_MS      60000u
#define LOOK_MS      250u    /* for an address of ours, or an answer to a name */
#define LOG_LINE_MAX 128u

/* RFC 6335 6: dynamic ports. A new one for each question adds 14 bits that must be guessed. */
#define PORT_FIRST 49152u
#define PORT_MASK  0x3fffu

void
seal_sntp_start(struct seal_sntp *s, const struct seal_sntp_setup *setup)
{
	*s = (struct seal_sntp){ .setup = *setup, .logged = "" };
	seal_ntp_init(&s->rules, seal_port_now_ms());
}

uint64_t
seal_sntp_now_s(const struct seal_sntp *s)
{
	return seal_ntp_now_s(&s->rules, seal_port_now_ms());
}

/* --- the log --------------------------------------------------------------------------- */

/* One line for each change: a server that is down for days is one line. */
static void
log_outcome(struct seal_sntp *s, const char *outcome)
{
	uint8_t text[LOG_LINE_MAX];
	struct seal_out line = seal_out(text, sizeof text);

	if (seal_span_equal(seal_span_text(s->logged), seal_span_text(outcome)))
		return;
	s->logged = outcome;
	seal_out_text(&line, "clock=");
	seal_out_span_put(&line, seal_span_text(outcome));
	seal_out_text(&line, " server=");
	seal_ip_put(&line, &s->address);
	seal_out_text(&line, " now=");
	seal_out_u64(&line, seal_sntp_now_s(s));
	seal_port_log((const char *)line.ptr, line.len);
}

/* --- one question ---------------------------------------------------------------------- */

/* Only a datagram from the server, at the port that we asked, counts. */
static void
sntp_received(void *ctx, const struct seal_net_datagram *datagram)
{
	struct seal_sntp *s = ctx;
	uint8_t packet[SEAL_NTP_PACKET_LEN];
	const size_t len = seal_net_copy(datagram, packet, sizeof packet);
	enum seal_ntp_verdict verdict;

	if (!seal_ip_equal(&datagram->from, &s->address) || datagram->from_port != s->setup.port)
		return;
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
	uint8_t packet[SEAL_NTP_PACKET_LEN];
	const struct seal_span whole = { packet, sizeof packet };

	seal_port_random(random, sizeof random);
	seal_ntp_ask(&s->rules, random, packet, seal_port_now_ms());
	return seal_net_udp_send(&s->udp, &s->address, s->setup.port, &whole, 1) == SEAL_NET_SENT;
}

static bool
sntp_ask(struct seal_sntp *s)
{
	uint16_t port;

	seal_port_random((uint8_t *)&port, sizeof port);
	port = (uint16_t)(PORT_FIRST + (port & PORT_MASK));
	s->udp.received = sntp_received;
	s->udp.ctx = s;
	if (seal_net_udp_open(&s->udp, port) && send_question(s))
		return true;
	seal_net_udp_close(&s->udp);
	return false;
}

static void
sntp_fail(struct seal_sntp *s, const char *outcome)
{
	seal_ntp_failed(&s->rules, seal_port_now_ms());
	log_outcome(s, outcome);
}

static void
find_and_ask(struct seal_sntp *s)
{
	switch (seal_lookup(&s->lookup, s->setup.ask, s->setup.server, &s->address)) {
	case SEAL_LOOKUP_ASKING:
		break;
	case SEAL_LOOKUP_NOT_FOUND:
		sntp_fail(s, "no-such-server");
		break;
	case SEAL_LOOKUP_FOUND:
		if (!sntp_ask(s))
			sntp_fail(s, "not-asked");
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
		seal_net_udp_close(&s->udp);
		s->came = false;
		log_outcome(s, seal_ntp_verdict_text(s->verdict));
	}
	if (!seal_net_is_up())
		return LOOK_MS;
	if (seal_ntp_tick(&s->rules, now_ms)) {
		find_and_ask(s);
	} else if (s->udp.pcb != NULL && !s->rules.asking) {
		seal_net_udp_close(&s->udp);
		log_outcome(s, "no-answer");
	}
	now_ms = seal_port_now_ms();
	deadline_ms = seal_ntp_deadline_ms(&s->rules);
	if (deadline_ms <= now_ms)
		return LOOK_MS;
	return deadline_ms - now_ms < IDLE_MS ? (uint32_t)(deadline_ms - now_ms) : IDLE_MS;
}
