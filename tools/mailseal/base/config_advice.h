/* SPDX-License-Identifier: Apache-2.0
 *
 * config_advice.h - networks of clients that are valid and yet hardly meant.
 */
#ifndef TOOLS_BASE_CONFIG_ADVICE_H
#define TOOLS_BASE_CONFIG_ADVICE_H

#include "engine/base/ip.h"

struct network_text {
	char text[SEAL_IP_TEXT_MAX + sizeof "/128"];
};
struct network_text network_text(const struct seal_network *network);

/* A network that is in both lists. */
bool networks_share(struct seal_span a, struct seal_span b, struct seal_network *shared);

/* Warn if the list of the client has all addresses. */
void networks_warn_of_all(struct seal_span list, const char *about, struct seal_span client);

/* Note which networks of the list are one address. */
void networks_note_single(struct seal_span list, const char *client);

#endif
