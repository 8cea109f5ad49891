/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.h - one DNS question to one server.
 */
#ifndef TOOLS_CHECKS_EXCHANGE_H
#define TOOLS_CHECKS_EXCHANGE_H

#include <ldns/ldns.h>

#include "tools/mailseal/checks/dns.h"

/* Returns the reply, which the caller must free with ldns_pkt_free, or NULL if none arrived within twice `timeout_ms`.
 * `recursive` lets a resolver ask other servers. */
ldns_pkt *exchange(const struct dns_server *server, const char *name, enum dns_type type, bool recursive,
                   uint32_t timeout_ms);

/* True if every label has 1 to 63 octets. */
bool exchange_is_name(const char *name);

#endif
