/* SPDX-License-Identifier: Apache-2.0
 *
 * waiting.h - which errors of a domain's records may disappear with time, and when to ask DNS again.
 */
#ifndef TOOLS_CHECKS_WAITING_H
#define TOOLS_CHECKS_WAITING_H

#include "tools/mailseal/checks/dns.h"
#include "tools/mailseal/records/findings.h"

#define WAITING_SLEEP_MIN_S 3u   /* between two queries, also if the TTL is shorter     */
#define WAITING_SLEEP_MAX_S 60u  /* while a record is missing: it may appear at any time */

/* Returns the seconds after which the answers may change; 0: waiting does not help. `seen` are the findings from the
 * answers of `dns`, `zone` those from the answers of the zones' own servers (the same if dns->authoritative). Prints
 * the state of each name that has an error. */
uint64_t waiting_judge(const struct findings *seen, const struct findings *zone, struct dns *dns);

#endif
