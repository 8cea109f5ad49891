/* SPDX-License-Identifier: Apache-2.0
 *
 * stack.h - contract/net.h by lwIP, over one Ethernet; no type of lwIP is seen here.
 *
 *	start -> { input, timers }...
 *
 * All in the network context (port.h). Addresses are IPv4 in host byte order.
 */
#ifndef PORT_LWIP_STACK_H
#define PORT_LWIP_STACK_H

#include "port/contract/net.h"

#define SEAL_NET_FRAME_MAX 1514u /* octets, without FCS */

struct seal_net_setup {
	uint8_t mac[6];
	const char *hostname;       /* for DHCP; NUL-ended, lent for good                 */
	uint32_t address;           /* 0: DHCP, which may give router and DNS server too  */
	uint32_t mask;
	uint32_t router;            /* 0: none                                            */
	uint32_t dns_server;        /* 0: from DHCP, or none                              */
	uint16_t dns_port;          /* of dns_server; 0: 53                               */

	/* Send one frame, in pieces, without FCS. May drop it; must not call back. */
	void (*send)(void *ctx, const struct seal_span *pieces, size_t num_pieces);
	void *ctx;
};

/* Once, at the start. `setup` is copied. */
void seal_net_start(const struct seal_net_setup *setup);

/* Our address, 0: none yet. */
uint32_t seal_net_address(void);

/* A frame has come, without FCS; copied. Dropped when there is no room or it is longer
 * than SEAL_NET_FRAME_MAX. */
void seal_net_input(const uint8_t *frame, size_t len);

/* lwIP's own time-outs. Call at least every 250 ms, or after as many milliseconds as
 * this answers. */
uint32_t seal_net_timers(void);

#endif
