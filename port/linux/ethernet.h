/* SPDX-License-Identifier: Apache-2.0
 *
 * ethernet.h - the two networks of the host: set up from configuration and options, and
 * driven by a loop around poll(2).
 */
#ifndef PORT_LINUX_ETHERNET_H
#define PORT_LINUX_ETHERNET_H

#include <poll.h>

#include "engine/config/config.h"
#include "port/linux/options.h"

struct seal_ethernet {
	/* Before and after poll(2): as in user_net.h. */
	size_t (*fill)(struct pollfd *fds, size_t cap, uint32_t *timeout_ms);
	void (*ready)(const struct pollfd *fds, size_t num);
	bool (*deliver)(void);
	bool (*quiet)(void);
	/* Call in every round, and no later than the returned number of milliseconds. */
	uint32_t (*timers)(void);

	uint16_t port;          /* ours, to listen on                              */
	uint16_t port_tls;      /* likewise, for TLS from the first octet; 0: none */
	struct seal_ip loopback; /* as in app.h                                    */
	char listening[64];     /* where clients connect, to be printed            */
	char listening_tls[64];
};

/* Also starts lwIP. False: reported to stderr. Once. */
bool seal_ethernet_start(struct seal_ethernet *e, const struct seal_options *options,
                         const struct seal_config_gateway *config);
void seal_ethernet_stop(void);

#endif
