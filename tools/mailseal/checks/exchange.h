/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.h - one question to one server.
 */
#ifndef TOOLS_CHECKS_EXCHANGE_H
#define TOOLS_CHECKS_EXCHANGE_H

#include <ldns/ldns.h>

#include "tools/mailseal/checks/dns.h"

/* The reply, of which ldns_pkt_free disposes, or NULL: none came in time. `recursive` asks a
 * resolver, which may ask others. */
ldns_pkt *exchange(const struct dns_server *server, const char *name, enum dns_type type, bool recursive,
                   uint32_t timeout_ms);

/* Labels of 1 to 63 octets. */
bool exchange_is_name(const char *name);

#endif
