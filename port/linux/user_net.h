/* SPDX-License-Identifier: Apache-2.0
 *
 * user_net.h - a network without privileges: libslirp in this process.
 *
 * To lwIP it is an Ethernet with one other machine, which is this host. Clients reach us through
 * a port of the host's loopback and all seem to come from SEAL_USER_HOST. Through that address we
 * also reach what listens on the host's 127.0.0.1. Other addresses are reached as themselves.
 */
#ifndef PORT_LINUX_USER_NET_H
#define PORT_LINUX_USER_NET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/span.h"

#define SEAL_USER_NET     0x0a000200u /* 10.0.2.0/24, libslirp's customary network  */
#define SEAL_USER_MASK    0xffffff00u
#define SEAL_USER_HOST    0x0a000202u
#define SEAL_USER_DNS     0x0a000203u /* asks the resolver of the host              */
#define SEAL_USER_ADDRESS 0x0a00020fu
#define SEAL_USER_PORT    25u         /* of SEAL_USER_ADDRESS: where clients arrive */
#define SEAL_USER_PORT_TLS 465u       /* ... that speak TLS from the first octet    */

/* Once. False: no memory. */
bool seal_user_net_open(void);
void seal_user_net_close(void);

/* Forward connections to `address` (host byte order) and *port of the host to our port `to`. If
 * *port is 0, a free one is taken and stored in it. Returns 0 or an errno. */
int seal_user_net_listen(uint32_t address, uint16_t *port, uint16_t to);

/* A frame from us; as in lwip/net.h. */
void seal_user_net_send(void *ctx, const struct seal_span *pieces, size_t num_pieces);

/* Before and after poll(2): fill adds what to wait for to `fds` and returns how many; ready passes
 * what came to seal_net_input. *timeout_ms may be lowered. */
size_t seal_user_net_fill(struct pollfd *fds, size_t cap, uint32_t *timeout_ms);
void seal_user_net_ready(const struct pollfd *fds, size_t num);

/* After a _fill: nothing that we sent is waiting for a socket of the host. */
bool seal_user_net_quiet(void);

/* Pass frames that were made meanwhile (replies to _send) to seal_net_input; false: there were
 * none. */
bool seal_user_net_deliver(void);

#endif
