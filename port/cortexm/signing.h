/* SPDX-License-Identifier: Apache-2.0
 *
 * signing.h - RSA in thread mode, for jobs that come from the network context.
 *
 *	start -> (keys are opened with the runner) -> { do, else sleep } for ever
 *
 * The arena belongs to thread mode once the network has started.
 */
#ifndef PORT_CORTEXM_SIGNING_H
#define PORT_CORTEXM_SIGNING_H

#include "port/mbedtls/key_mbedtls.h"

/* Also makes the arena, which the network's generator is in too. */
enum seal_rsa_fault seal_signing_start(struct seal_entropy entropy);

/* How jobs come here; the network context calls it. */
struct seal_rsa_runner seal_signing_runner(void);

/* Thread mode: do one job and wake the network. False: there is none. */
bool seal_signing_do(void);

/* A job waits or is being done. Any context. */
bool seal_signing_busy(void);

#endif
