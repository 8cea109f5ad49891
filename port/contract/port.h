/* SPDX-License-Identifier: Apache-2.0
 *
 * port.h - the whole contract that a machine fulfils for the gateway.
 *
 * There is one network context: a thread on Linux, the PendSV exception on a board.
 * lwIP, the engine and everything in app.h run in it and nowhere else. All functions
 * here are called from the network context unless they say otherwise; none blocks.
 */
#ifndef PORT_CONTRACT_PORT_H
#define PORT_CONTRACT_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "port/contract/job.h"

/* Milliseconds since some start; never steps back, never wraps. */
uint64_t seal_port_now_ms(void);

/* Seconds since 1970 UTC from a clock that is known to be right, else 0. */
uint64_t seal_port_now_s(void);

/* Octets nobody can guess. There is no failure: a port without entropy does not
 * start a network. */
void seal_port_random(uint8_t *out, size_t len);

/* One line of the log, without a line end; no octet of it is a control character. */
void seal_port_log(const char *line, size_t len);

/* From any context: let the network context run seal_app_run soon. A key job or a
 * spool's medium has moved. */
void seal_port_wake(void);

/* Run `job` soon in the worker's context (job.h), then wake the network context. It is
 * the network context's until here and must not be running. */
void seal_port_submit(struct seal_job *job);

/* A promise inside the program is broken, `what` says which (NUL-ended): restart. */
void seal_port_panic(const char *what) __attribute__((noreturn));

#endif
