/* SPDX-License-Identifier: Apache-2.0
 *
 * tap.h - a TAP device of the host as our Ethernet: clients keep their own addresses.
 */
#ifndef PORT_LINUX_TAP_H
#define PORT_LINUX_TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/span.h"

/* Open the device `name`, which exists and belongs to the user, or is created for root. Returns a
 * file descriptor, or -1 and errno. */
int seal_tap_open(const char *name);

/* As in lwip/net.h; `ctx` is a pointer to the descriptor. */
void seal_tap_send(void *ctx, const struct seal_span *pieces, size_t num_pieces);

/* Pass frames that came to seal_net_input, at most some dozens. */
void seal_tap_receive(int fd);

#endif
