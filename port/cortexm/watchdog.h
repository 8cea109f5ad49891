/* SPDX-License-Identifier: Apache-2.0
 *
 * watchdog.h - the end of a program that stands still. Its first time-out is an exception that
 * nobody handles, so it is reported as a fault, with the place where the program stands;
 * the second resets. On a board without a watchdog both functions do nothing.
 */
#ifndef PORT_CORTEXM_WATCHDOG_H
#define PORT_CORTEXM_WATCHDOG_H

/* Asks after so long without being fed, and resets after twice that. It is fed at a tick: not
 * whole ticks, or it would always find PendSV at work and not what stands still below it. */
#define SEAL_WATCHDOG_MS 4005u

void seal_watchdog_start(void);
void seal_watchdog_feed(void);

#endif
