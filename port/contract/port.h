/* SPDX-License-Identifier: Apache-2.0
 *
 * port.h - everything that the gateway needs from a machine.
 *
 * There is one network context: a thread on Linux, the PendSV exception on a board.
 * lwIP, the engine and everything in app.h run there and nowhere else. All functions
 * here are called from the network context unless their comment says otherwise; none blocks.
 */
#ifndef PORT_CONTRACT_PORT_H
#define PORT_CONTRACT_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "port/contract/job.h"

/* Milliseconds since an arbitrary start; never steps back, never wraps. */
uint64_t seal_port_now_ms(void);

/* Seconds since 1970 UTC if the clock is known to be right, else 0. */
uint64_t seal_port_now_s(void);

/* Octets that no one can guess. This cannot fail: a port without entropy does not start a
 * network. */
void seal_port_random(uint8_t *out, size_t len);

/* One line of the log, without a line end; no octet of it is a control character. */
void seal_port_log(const char *line, size_t len);

/* From any context: make the network context call seal_app_run soon, because a key job is
 * done or a spool's medium is ready. */
void seal_port_wake(void);

/* Run `job` soon in the worker's context (job.h), then wake the network context. It must not
 * be running, and belongs to the worker from this call on. */
void seal_port_submit(struct seal_job *job);

/* An invariant of the program is broken; `what` names it (NUL-ended). Restart. */
void seal_port_panic(const char *what) __attribute__((noreturn));

#endif
