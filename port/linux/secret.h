/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.h - the secret of our login at the next hop, from a program that prints it.
 *
 * The program runs at the start, and again every SEAL_SECRET_PERIOD_S, because a token that is valid
 * for an hour must not be an hour old. If it fails, the secret stays as it is.
 */
#ifndef PORT_LINUX_SECRET_H
#define PORT_LINUX_SECRET_H

#include "engine/base/span.h"

#define SEAL_SECRET_PERIOD_S 300u
#define SEAL_SECRET_LIMIT_S   30u /* how long the program may take */

/* Run COMMAND in the shell and wait for it, then keep running it in its own thread. The first line
 * that it prints is the secret. Returns NULL, or what is wrong. Once. */
const char *seal_secret_start(struct seal_span command);

/* In the network context: the newest secret. False: it is still the one that was taken last. A
 * secret stays readable for SEAL_SECRET_PERIOD_S after a newer one has come. */
bool seal_secret_take(struct seal_span *secret);

#endif
