/* SPDX-License-Identifier: Apache-2.0
 *
 * signing.h - RSA and TLS in thread mode, for jobs that come from the network context.
 *
 *	start -> (keys are opened with the runner) -> { do, else sleep } for ever
 *
 * The arena belongs to thread mode once the network has started.
 */
#ifndef PORT_CORTEXM_SIGNING_H
#define PORT_CORTEXM_SIGNING_H

#include "port/mbedtls/key_store.h"
#include "port/mbedtls/tls.h"

/* Also makes the arena, which the network's generator is in too. With `for_tls` it grows into
 * the RAM that is free behind it, on a board with one memory. */
enum seal_key_fault seal_signing_start(struct seal_entropy entropy, bool for_tls);

/* The generator of thread mode. */
struct seal_tls_random seal_signing_random(void);

/* The same, for keys that are made before the network starts. */
struct seal_random *seal_signing_generator(void);

/* For a small arena: signatures wait while `tls` is in a handshake, which its time-out ends.
 * Before the network starts. */
void seal_signing_shares_with(const struct seal_tls *tls);

/* How jobs come here; the network context calls it. */
struct seal_key_runner seal_signing_runner(void);

/* Thread mode: do one job and wake the network. False: there is none. */
bool seal_signing_do(void);

/* A job waits or is being done. Any context. */
bool seal_signing_busy(void);

#endif
