/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/syslog.h"

#include "engine/base/bounds.h"
#include "port/contract/port.h"

#define IDLE_MS   60000u
#define LOOK_MS   250u      /* for an address of ours, or an answer to a name    */
#define RETRY_MS  30000u    /* after a name without an address, or a failed send */
#define FRESH_MS  600000u   /* an address is used this long                      */
#define MEMORY_MS 100u      /* the network has no memory now                     */
#define SETTLE_MS 2000u     /* the first DNS questions go out before: while the network looks up a
                             * machine's Ethernet address, it may hold one packet, the newest */

void
seal_syslog_start(struct seal_syslog *s, const struct seal_syslog_setup *setup)
{
	*s = (struct seal_syslog){ .setup = *setup, .send_ms = seal_port_now_ms() + SETTLE_MS };
	seal_log_queue_init(&s->queue, setup->memory, setup->memory_cap);
}

void
seal_syslog_put(struct seal_syslog *s, const char *line, size_t len)
{
	const struct seal_span whole = seal_span((const uint8_t *)line, len);

	if (s->setup.server.len > 0)
		(void)seal_log_queue_put(&s->queue, seal_span_first(whole, SEAL_SYSLOG_LINE_MAX), seal_port_now_s());
}

/* --- the server ------------------------------------------------------------------------- */

/* The address is known; an old one is used until a newer one is known. */
static bool
find_server(struct seal_syslog *s, uint64_t now_ms)
{
	struct seal_ip address;

	if (now_ms < s->look_ms)
		return !seal_ip_is_none(&s->address);
	switch (seal_lookup(&s->lookup, s->setup.ask, s->setup.server, &address)) {
	case SEAL_LOOKUP_ASKING:
		break;
	case SEAL_LOOKUP_NOT_FOUND:
		s->look_ms = now_ms + RETRY_MS;
		break;
	case SEAL_LOOKUP_FOUND:
		s->address = address;
		s->look_ms = now_ms + FRESH_MS;
		break;
	}
	return !seal_ip_is_none(&s->address);
}

/* --- one line ----------------------------------------------------------------------------- */

/* The header, then the line from the ring, where it may be in two pieces. */
static enum seal_net_sent
send_message(struct seal_syslog *s, const struct seal_log_entry *entry)
{
	uint8_t text[SEAL_LOG_HEADER_MAX(SEAL_DOMAIN_MAX)];
	struct seal_out header = seal_out(text, sizeof text);
	struct seal_span pieces[3];

	seal_log_header(&header, entry, s->setup.hostname);
	pieces[0] = seal_out_span(&header);
	pieces[1] = entry->pieces[0];
	pieces[2] = entry->pieces[1];
	return seal_net_udp_send(&s->udp, &s->address, s->setup.port, pieces, 3);
}

/* Returns how long until the next one, in ms. The line is kept only if there is no memory or no route yet. */
static uint32_t
send_first(struct seal_syslog *s, const struct seal_log_entry *entry)
{
	enum seal_net_sent sent = SEAL_NET_NO_ROOM;

	if (s->udp.pcb != NULL || seal_net_udp_open(&s->udp, 0))
		sent = send_message(s, entry);
	if (sent == SEAL_NET_NO_ROOM)
		return MEMORY_MS;
	if (sent == SEAL_NET_NO_WAY)
		return RETRY_MS;
	seal_log_queue_drop(&s->queue);
	return SEAL_SYSLOG_PACE_MS;
}

uint32_t
seal_syslog_run(struct seal_syslog *s)
{
	const uint64_t now_ms = seal_port_now_ms();
	struct seal_log_entry entry;

	if (s->setup.server.len == 0)
		return IDLE_MS;
	if (!seal_net_is_up()) {
		s->send_ms = now_ms + SETTLE_MS;
		return LOOK_MS;
	}
	if (!seal_log_queue_first(&s->queue, &entry))
		return IDLE_MS;
	if (now_ms >= s->send_ms) {
		if (!find_server(s, now_ms))
			return LOOK_MS;
		s->send_ms = now_ms + send_first(s, &entry);
	}
	return (uint32_t)(s->send_ms - now_ms);
}
