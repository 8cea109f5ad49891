/* SPDX-License-Identifier: Apache-2.0
 *
 * waiting.h - which errors of a domain's records may vanish while one waits, and when to look again.
 */
#ifndef TOOLS_CHECKS_WAITING_H
#define TOOLS_CHECKS_WAITING_H

#include "tools/mailseal/checks/dns.h"
#include "tools/mailseal/records/findings.h"

#define WAITING_SLEEP_MIN_S 3u   /* between two looks, however short an answer may be kept */
#define WAITING_SLEEP_MAX_S 60u  /* while a record is not published: it could be any time  */

/* After how many seconds the answers may be other ones; 0: waiting alone changes nothing. `seen`
 * are the findings from what `dns` answers, `zone` those from what the zones' own servers answer
 * (the same when dns->authoritative). How each name with an error stands is said on stderr. */
uint64_t waiting_judge(const struct findings *seen, const struct findings *zone, struct dns *dns);

#endif
