/* SPDX-License-Identifier: Apache-2.0
 *
 * activation.h - activation = dns of a board, out of its settings; and who was unknown.
 *
 *	start -> give -> (network) -> run ...
 */
#ifndef PORT_CORTEXM_ACTIVATION_H
#define PORT_CORTEXM_ACTIVATION_H

#include "port/cortexm/settings.h"
#include "port/gateway/app.h"

/* Some section has activation = dns. After seal_settings_open. */
bool seal_activation_wanted(const struct seal_settings *s);

/* In thread mode, after seal_settings_keys. False: *why says what is wrong. */
bool seal_activation_start(const struct seal_settings *s, struct seal_out *why);

/* What seal_app_init is to know of it, with setup->ask; after seal_net_start. */
void seal_activation_give(struct seal_app_setup *setup);

/* In the network context. Answers for how many milliseconds it need not be called. */
uint32_t seal_activation_run(void);

#endif
