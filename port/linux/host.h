/* SPDX-License-Identifier: Apache-2.0
 *
 * host.h - port.h on Linux.
 */
#ifndef PORT_LINUX_HOST_H
#define PORT_LINUX_HOST_H

#include <stdbool.h>

/* Once, before the other functions of port.h. False: no file descriptor. */
bool seal_host_init(void);

/* Becomes readable after seal_port_wake; seal_host_woken makes it wait again. */
int seal_host_wake_fd(void);
void seal_host_woken(void);

/* The wall clock is not obviously wrong. */
bool seal_host_clock_is_sane(void);

#endif
