/* SPDX-License-Identifier: Apache-2.0
 *
 * network.h - the network context of port.h: the PendSV exception.
 *
 *	start; then it runs on its own, above thread mode
 *
 * The controller's interrupt and the tick do nothing but pend PendSV. It has the lowest
 * priority, takes a few frames, runs lwIP's time-outs and the gateway, and returns. While
 * thread mode signs, frames are also limited per tick, in number and in time: a flood, or a
 * client that sends without a pause, slows signing down but does not stop it.
 */
#ifndef PORT_CORTEXM_NETWORK_H
#define PORT_CORTEXM_NETWORK_H

#include "port/cortexm/entropy.h"
#include "port/gateway/assemble.h"

/* Frames taken per run; and between two ticks, while thread mode signs. */
#define SEAL_NETWORK_FRAMES        8u
#define SEAL_NETWORK_SIGNING_FRAMES 16u

/* How long thread mode may work on one job before it counts as stalled. */
#define SEAL_NETWORK_JOB_MS 60000u

/* The last step of assembling, from thread mode, once; all is lent for good. False: *why says what is wrong. */
bool seal_network_start(struct seal_assembly *assembly, struct seal_entropy entropy, struct seal_out *why);

/* seal_port_now_s, for thread mode. */
uint64_t seal_network_now_s(void);

/* Thread mode calls this in its loop, to show that it is alive. */
void seal_network_thread_turn(void);

/* The network has more to do that no interrupt will announce: pend it instead of sleeping.
 * Any context. */
bool seal_network_waits(void);

#endif
