/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/ethernet.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/ip.h"
#include "port/lwip/stack.h"
#include "port/contract/port.h"
#include "port/linux/tap.h"
#include "port/linux/user_net.h"

#define LOOPBACK_NET  0x7f000000u
#define LOOPBACK_MASK 0xff000000u

static char hostname[SEAL_DOMAIN_MAX + 1];
static int tap_fd = -1;

static void
print_address(char *out, size_t cap, uint32_t address, uint16_t port)
{
	(void)snprintf(out, cap, "%u.%u.%u.%u:%u", (unsigned)(address >> 24), (unsigned)(address >> 16 & 255u),
	               (unsigned)(address >> 8 & 255u), (unsigned)(address & 255u), (unsigned)port);
}

static bool
is_loopback(uint32_t address)
{
	return (address & LOOPBACK_MASK) == LOOPBACK_NET;
}

/* --- TAP ------------------------------------------------------------------------------ */

static size_t
tap_fill(struct pollfd *fds, size_t cap, uint32_t *timeout_ms)
{
	(void)cap;
	(void)timeout_ms;
	fds[0] = (struct pollfd){ .fd = tap_fd, .events = POLLIN };
	return 1;
}

static void
tap_ready(const struct pollfd *fds, size_t num)
{
	(void)num;
	if ((fds[0].revents & (POLLERR | POLLNVAL)) != 0)
		seal_port_panic("the TAP device is gone");
	if (fds[0].revents != 0)
		seal_tap_receive(tap_fd);
}

static bool
tap_deliver(void)
{
	return false;
}

static bool
tap_quiet(void)
{
	return true;
}

static bool
tap_may_tls(const struct seal_config_gateway *config, uint32_t address)
{
	const uint32_t listen = seal_net_v4(config->listen_tls.host);

	return config->listen_tls.host.len == 0 ||
	       (config->listen_tls.port != 0 && (listen == 0 || listen == address));
}

static bool
tap_may(const struct seal_config_gateway *config, uint32_t address)
{
	const uint32_t listen = seal_net_v4(config->listen.host);

	if (config->listen.port == 0 || (listen != 0 && listen != address) || !tap_may_tls(config, address)) {
		fputs("mailseald: --tap: clients connect to the device's own address; listen on 0.0.0.0:PORT\n",
		      stderr);
		return false;
	}
	if (is_loopback(seal_net_v4(config->next_hop.host)) || is_loopback(seal_net_v4(config->dns_server.host))) {
		fputs("mailseald: --tap: cannot reach this host's loopback; use other addresses for next hop and\n"
		      "DNS server\n", stderr);
		return false;
	}
	return true;
}

static bool
start_tap(struct seal_ethernet *e, const char *name, const struct seal_config_gateway *config,
          struct seal_net_setup *setup)
{
	const bool is_new = if_nametoindex(name) == 0;

	setup->send = seal_tap_send;
	setup->ctx = &tap_fd;
	if (!tap_may(config, setup->address))
		return false;
	tap_fd = seal_tap_open(name);
	if (tap_fd < 0) {
		fprintf(stderr, "mailseald: --tap %s: %s\n", name, strerror(errno));
		return false;
	}
	if (is_new)
		fprintf(stderr, "mailseald: --tap %s: warning: no such device existed, so it was created; it is on no "
		        "bridge and is removed at the end\n", name);
	e->fill = tap_fill;
	e->ready = tap_ready;
	e->deliver = tap_deliver;
	e->quiet = tap_quiet;
	e->port = config->listen.port;
	print_address(e->listening, sizeof e->listening, setup->address, e->port);
	if (config->listen_tls.host.len > 0) {
		e->port_tls = config->listen_tls.port;
		print_address(e->listening_tls, sizeof e->listening_tls, setup->address, e->port_tls);
	}
	return true;
}

/* --- user mode -------------------------------------------------------------------------- */

static bool
listen_user(const struct seal_endpoint *at, uint16_t to, char listening[64])
{
	const uint32_t address = seal_net_v4(at->host);
	uint16_t port = at->port;
	int error;

	print_address(listening, 64, address, port);
	if (!is_loopback(address)) {
		fprintf(stderr, "mailseald: %s: user mode listens on loopback only, because it hides the addresses of\n"
		        "clients; use --listen 127.0.0.1:2525, or --tap NAME\n",
		        listening);
		return false;
	}
	error = seal_user_net_listen(address, &port, to);
	if (error == 0) {
		print_address(listening, 64, address, port);
		return true;
	}
	fprintf(stderr, "mailseald: %s: %s\n", listening,
	        error == EADDRINUSE ? "address already in use" : strerror(error));
	return false;
}

static bool
start_user(struct seal_ethernet *e, const struct seal_config_gateway *config, struct seal_net_setup *setup)
{
	if (!seal_user_net_open()) {
		fputs("mailseald: user-mode network: not enough memory\n", stderr);
		return false;
	}
	setup->address = SEAL_USER_ADDRESS;
	setup->mask = SEAL_USER_MASK;
	setup->router = SEAL_USER_HOST;
	if (setup->dns_server == 0)
		setup->dns_server = SEAL_USER_DNS;
	else if (is_loopback(setup->dns_server))
		setup->dns_server = SEAL_USER_HOST;
	setup->send = seal_user_net_send;
	e->fill = seal_user_net_fill;
	e->ready = seal_user_net_ready;
	e->deliver = seal_user_net_deliver;
	e->quiet = seal_user_net_quiet;
	e->port = SEAL_USER_PORT;
	e->loopback = seal_ip_v4(SEAL_USER_HOST);
	if (!listen_user(&config->listen, SEAL_USER_PORT, e->listening))
		return false;
	if (config->listen_tls.host.len == 0)
		return true;
	e->port_tls = SEAL_USER_PORT_TLS;
	return listen_user(&config->listen_tls, SEAL_USER_PORT_TLS, e->listening_tls);
}

bool
seal_ethernet_start(struct seal_ethernet *e, const struct seal_options *options,
                    const struct seal_config_gateway *config)
{
	struct seal_net_setup setup = { .hostname = hostname };

	seal_net_read_config(&setup, config);
	(void)snprintf(hostname, sizeof hostname, "%.*s", (int)config->hostname.len,
	               (const char *)config->hostname.ptr);
	seal_net_make_mac(setup.mac, seal_span((const uint8_t *)hostname, strlen(hostname) + 1),
	                  seal_span_text(options->tap == NULL ? "user" : options->tap));
	*e = (struct seal_ethernet){ .timers = seal_net_timers };
	if (options->tap == NULL ? !start_user(e, config, &setup) : !start_tap(e, options->tap, config, &setup))
		return false;
	seal_net_start(&setup);
	return true;
}

void
seal_ethernet_stop(void)
{
	if (tap_fd < 0)
		seal_user_net_close();
}
