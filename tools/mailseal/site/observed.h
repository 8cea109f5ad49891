/* SPDX-License-Identifier: Apache-2.0
 *
 * observed.h - what DNS publishes of the keys of an inventory, and what the gateway's log reports
 * about them.
 */
#ifndef TOOLS_SITE_OBSERVED_H
#define TOOLS_SITE_OBSERVED_H

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/site/gateway_log.h"
#include "tools/mailseal/site/inventory.h"

/* A record in the gateway's own words: this is its verdict too. */
struct observed_record {
	enum seal_keyring_seen seen;  /* unknown: DNS did not answer, or our key cannot be read  */
	bool testing;                 /* t=y                                                     */
	struct findings findings;     /* as mailseal verify has them; none of a revoked key      */
};

/* One of each per key of the inventory, in its order. */
struct observed {
	size_t num_keys;
	struct observed_record *records;  /* NULL: DNS was not asked   */
	struct gateway_log_key *gateway;  /* NULL: no log was read     */
};

/* `dns` and `log` may be NULL; the log "-" is standard input. TOOL_OK, or TOOL_IO: the log
 * cannot be read, reported. observed_free in any case. */
int observed_take(struct observed *o, const struct inventory *inv, struct dns *dns, const char *log);
void observed_free(struct observed *o);

/* The key of the record to publish as DER; false: it is not known. */
bool observed_public_key(const struct inventory_key *key, struct seal_out *der);

/* One word for key `i`: published, absent, another-key, revoked, malformed, several-records,
 * unknown. */
const char *observed_dns_text(const struct observed *o, size_t i);

/* The record of key `i` exists and is no longer needed. */
bool observed_is_safe_to_delete(const struct observed *o, const struct inventory *inv, size_t i);

/* What one should know about key `i` in a few words, the worst first; "": nothing. */
const char *observed_note(const struct observed *o, const struct inventory *inv, size_t i);

/* inventory_json, with "dns": { "verdict", "testing", "findings" } and "gateway": { "seen",
 * "signs", "held", "used", "last_used", "safe_to_delete", "alarm", "note" } where it was asked;
 * "gateway" is null when the log does not name the key. */
json_t *observed_json(const struct observed *o, const struct inventory *inv, size_t i);

#endif
