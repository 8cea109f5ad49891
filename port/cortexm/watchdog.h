/* SPDX-License-Identifier: Apache-2.0
 *
 * watchdog.h - ends a program that hangs. With Arm's, the first time-out is an exception without a handler, so
 * it is reported as a fault, with the place where the program hangs; the second one resets the
 * board. On a board without a watchdog both functions do nothing.
 */
#ifndef PORT_CORTEXM_WATCHDOG_H
#define PORT_CORTEXM_WATCHDOG_H

/* Interrupts after this long without being fed, and resets after twice that. It is fed at a tick.
 * This is no multiple of a tick, or it would always interrupt PendSV, not the code that hangs below it. */
#define SEAL_WATCHDOG_MS 4005u

void seal_watchdog_start(void);
void seal_watchdog_feed(void);

#endif
