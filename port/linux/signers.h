/* SPDX-License-Identifier: Apache-2.0
 *
 * signers.h - threads that compute signatures while the network goes on.
 *
 *	start -> (keys are opened with the runner, jobs come) -> stop
 */
#ifndef PORT_LINUX_SIGNERS_H
#define PORT_LINUX_SIGNERS_H

#include "port/mbedtls/key_store.h"

#define SEAL_SIGNERS_MAX 64u

/* Also makes the arena, for `num` workers, one more user and `more` octets. Returns 0 or an errno.
 * Once. */
int seal_signers_start(unsigned num, size_t more);

/* How jobs reach the threads; none is refused. The end of a job calls seal_port_wake. */
struct seal_key_runner seal_signers_runner(void);

/* Jobs that have not begun are not done. */
void seal_signers_stop(void);

#endif
