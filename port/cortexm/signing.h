/* SPDX-License-Identifier: Apache-2.0
 *
 * signing.h - RSA and TLS in thread mode, for jobs that come from the network context.
 *
 *	start -> (keys are opened with the runner) -> { do, else sleep } forever
 *
 * The arena belongs to thread mode once the network has started.
 */
#ifndef PORT_CORTEXM_SIGNING_H
#define PORT_CORTEXM_SIGNING_H

#include "port/mbedtls/key_store.h"
#include "port/mbedtls/tls.h"

/* Also makes the arena, which contains the network's generator too. With `for_tls`, on a board
 * with one memory, it grows into the free RAM after it. */
enum seal_key_fault seal_signing_start(struct seal_entropy entropy, bool for_tls);

/* The generator of thread mode. */
struct seal_tls_random seal_signing_random(void);

/* The same, for keys that are made before the network starts. */
struct seal_random *seal_signing_generator(void);

/* For a small arena: signatures wait while `tls` is in a handshake, whose time-out limits the
 * wait. Before the network starts. */
void seal_signing_shares_with(const struct seal_tls *tls);

/* How jobs get here; called by the network context. */
struct seal_key_runner seal_signing_runner(void);

/* Thread mode: do one job and wake the network. False: no job is waiting. */
bool seal_signing_do(void);

/* A job waits or is being done. Any context. */
bool seal_signing_busy(void);

#endif
