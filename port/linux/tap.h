/* SPDX-License-Identifier: Apache-2.0
 *
 * tap.h - a TAP device of the host as our Ethernet: clients keep their own addresses.
 */
#ifndef PORT_LINUX_TAP_H
#define PORT_LINUX_TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/span.h"

/* Open the device `name`, which exists and is the user's, or is made for root. Answers a
 * file descriptor, or -1 and errno. */
int seal_tap_open(const char *name);

/* As in lwip/net.h; `ctx` is a pointer to the descriptor. */
void seal_tap_send(void *ctx, const struct seal_span *pieces, size_t num_pieces);

/* Give frames that came to seal_net_input, some dozens at most. */
void seal_tap_receive(int fd);

#endif
