/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.h - the secret of our login with the next hop, from a program that prints it.
 *
 * It is asked at the start, and again every SEAL_SECRET_PERIOD_S, for a token that lives an
 * hour must not be an hour old. A program that fails leaves the secret as it is.
 */
#ifndef PORT_LINUX_SECRET_H
#define PORT_LINUX_SECRET_H

#include "engine/base/span.h"

#define SEAL_SECRET_PERIOD_S 300u
#define SEAL_SECRET_LIMIT_S   30u /* how long the program may take */

/* Run COMMAND by the shell and wait for it, then keep running it in a thread of its own. The
 * first line of what it prints is the secret. NULL, or what is wrong. Once. */
const char *seal_secret_start(struct seal_span command);

/* In the network context: the newest secret; false: it is still the one that was taken last.
 * It stays readable for SEAL_SECRET_PERIOD_S after a newer one is there. */
bool seal_secret_take(struct seal_span *secret);

#endif
