/* SPDX-License-Identifier: Apache-2.0
 *
 * secrecy.h - TLS and login of a board, out of its settings.
 *
 *	start -> give
 */
#ifndef PORT_CORTEXM_SECRECY_H
#define PORT_CORTEXM_SECRECY_H

#include "port/cortexm/settings.h"
#include "port/gateway/app.h"

/* The configuration has TLS on one side at least. After seal_settings_open. */
bool seal_secrecy_wanted(const struct seal_settings *s);

/* In thread mode, after seal_signing_start. `boots` is 0 where no start is counted: then
 * random numbers may come again, and there is no TLS. False: *why says what is wrong. */
bool seal_secrecy_start(struct seal_settings *s, uint32_t boots, struct seal_out *why);

/* What seal_app_init is to know of it. */
void seal_secrecy_give(const struct seal_settings *s, struct seal_app_setup *setup);

#endif
