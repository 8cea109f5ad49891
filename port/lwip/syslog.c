/* SPDX-License-Identifier: Apache-2.0 */
#include "port/lwip/syslog.h"

#include "engine/base/bounds.h"
#include "lwip/udp.h"
#include "port/contract/net.h"
#include "port/contract/port.h"

#define IDLE_MS   60000u
#define LOOK_MS   250u      /* for an address of ours, or an answer to a name              */
#define RETRY_MS  30000u    /* a name without an address, and sending without success      */
#define FRESH_MS  600000u   /* an address is used so long                                  */
#define MEMORY_MS 100u      /* lwIP has no memory now                                      */
#define SETTLE_MS 2000u     /* the first questions go out before: lwIP holds one packet, the
                             * newest, for a machine whose Ethernet address it asks for    */

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

/* The address is known; an old one serves as long as there is no newer one. */
static bool
find_server(struct seal_syslog *s, uint64_t now_ms)
{
	uint32_t address;

	if (now_ms < s->look_ms)
		return s->address != 0;
	switch (seal_lookup(&s->lookup, s->setup.server, s->setup.dns_server, &address)) {
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
	return s->address != 0;
}

/* --- one line ----------------------------------------------------------------------------- */

/* A piece of the ring as it lies there: what lwIP cannot send at once it copies. */
static bool
chain(struct pbuf *head, struct seal_span piece)
{
	struct pbuf *p;

	if (piece.len == 0)
		return true;
	p = pbuf_alloc_reference((void *)(uintptr_t)piece.ptr, (uint16_t)piece.len, PBUF_REF);
	if (p == NULL)
		return false;
	pbuf_cat(head, p);
	return true;
}

/* NULL: no memory. */
static struct pbuf *
make_message(const struct seal_syslog *s, const struct seal_log_entry *entry)
{
	uint8_t text[SEAL_LOG_HEADER_MAX(SEAL_DOMAIN_MAX)];
	struct seal_out header = seal_out(text, sizeof text);
	struct pbuf *p;

	seal_log_header(&header, entry, s->setup.hostname);
	p = pbuf_alloc(PBUF_TRANSPORT, (uint16_t)header.len, PBUF_RAM);
	if (p == NULL)
		return NULL;
	if (pbuf_take(p, header.ptr, (uint16_t)header.len) == ERR_OK && chain(p, entry->pieces[0]) &&
	    chain(p, entry->pieces[1]))
		return p;
	pbuf_free(p);
	return NULL;
}

/* How long until the next one. The line is gone unless lwIP has no memory or no way yet. */
static uint32_t
send_first(struct seal_syslog *s, const struct seal_log_entry *entry)
{
	const ip_addr_t server = { lwip_htonl(s->address) };
	struct pbuf *p = NULL;
	err_t err = ERR_MEM;

	if (s->pcb == NULL)
		s->pcb = udp_new();
	if (s->pcb != NULL)
		p = make_message(s, entry);
	if (p != NULL) {
		err = udp_sendto(s->pcb, p, &server, s->setup.port);
		pbuf_free(p);
	}
	if (err == ERR_MEM)
		return MEMORY_MS;
	if (err == ERR_RTE)
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
	if (seal_net_address() == 0) {
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
