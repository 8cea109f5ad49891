/* SPDX-License-Identifier: Apache-2.0
 *
 * stack.h - contract/net.h by lwIP, over one Ethernet; no type of lwIP appears here.
 *
 *	[read_config, make_mac] -> start -> { input, timers }...
 *
 * All in the network context (port.h). Addresses are IPv4 in host byte order.
 */
#ifndef PORT_LWIP_STACK_H
#define PORT_LWIP_STACK_H

#include "engine/config/config.h"
#include "port/contract/net.h"

#define SEAL_NET_FRAME_MAX 1514u /* octets, without FCS */

struct seal_net_setup {
	uint8_t mac[6];
	const char *hostname;       /* for DHCP; NUL-ended, lent for good                */
	uint32_t address;           /* 0: DHCP, which may give router and DNS server too */
	uint32_t mask;
	uint32_t router;            /* 0: none                                           */
	uint32_t dns_server;        /* 0: from DHCP, or none                             */
	uint16_t dns_port;          /* of dns_server; 0: 53                              */

	/* Send one frame, in pieces, without FCS. May drop it; must not call functions of this header. */
	void (*send)(void *ctx, const struct seal_span *pieces, size_t num_pieces);
	void *ctx;
};

/* Set address, mask, router and DNS server of a zeroed `setup` as the configuration has them. */
void seal_net_read_config(struct seal_net_setup *setup, const struct seal_config_gateway *config);

/* The address that `text` is (a dotted quad), else 0. */
uint32_t seal_net_v4(struct seal_span text);

/* Make up an Ethernet address, which is the same after every start: that of `device` and `label`, which
 * are any octets. */
void seal_net_make_mac(uint8_t mac[6], struct seal_span device, struct seal_span label);

/* Once, at the start. `setup` is copied. */
void seal_net_start(const struct seal_net_setup *setup);

/* Our address, 0: none yet. */
uint32_t seal_net_address(void);

/* A frame has come, without FCS; it is copied. Dropped if there is no room or it is longer
 * than SEAL_NET_FRAME_MAX. */
void seal_net_input(const uint8_t *frame, size_t len);

/* lwIP's own time-outs. Call at least every 250 ms, or after as many milliseconds as
 * this returns. */
uint32_t seal_net_timers(void);

#endif
