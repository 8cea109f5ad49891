/* SPDX-License-Identifier: Apache-2.0
 *
 * observed.h - what DNS publishes for the keys of an inventory, and what the gateway's log reports about them.
 */
#ifndef TOOLS_SITE_OBSERVED_H
#define TOOLS_SITE_OBSERVED_H

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/site/gateway_log.h"
#include "tools/mailseal/site/inventory.h"

/* A record, judged by the gateway's own code. */
struct observed_record {
	enum seal_keyring_seen seen;  /* unknown: DNS did not answer, or our key cannot be read    */
	bool testing;                 /* t=y                                                       */
	struct findings findings;     /* same as those of mailseal verify; none for a revoked key  */
};

/* One element per key of the inventory, in its order. */
struct observed {
	size_t num_keys;
	struct observed_record *records;  /* NULL: DNS was not asked   */
	struct gateway_log_key *gateway;  /* NULL: no log was read     */
};

/* `dns` and `log` may be NULL; the log "-" is standard input. Returns TOOL_OK, or TOOL_IO (reported) if the log cannot
 * be read. Call observed_free in either case. */
int observed_take(struct observed *o, const struct inventory *inv, struct dns *dns, const char *log);
void observed_free(struct observed *o);

/* Writes the public key that the record must have, as DER; false: it is not known. */
bool observed_public_key(const struct inventory_key *key, struct seal_out *der);

/* One word for key `i`: published, absent, another-key, revoked, malformed, several-records,
 * unknown. */
const char *observed_dns_text(const struct observed *o, size_t i);

/* True if the record of key `i` exists and is no longer needed. */
bool observed_is_safe_to_delete(const struct observed *o, const struct inventory *inv, size_t i);

/* A note of a few words about key `i`, the most severe problem first; "": none. */
const char *observed_note(const struct observed *o, const struct inventory *inv, size_t i);

/* The members of inventory_json. If DNS was asked, also "dns": { "verdict", "testing", "findings" }; if a log was read,
 * also "gateway": { "seen", "signs", "held", "used", "last_used", "safe_to_delete", "alarm", "note" }, which is null if
 * the log does not name the key. */
json_t *observed_json(const struct observed *o, const struct inventory *inv, size_t i);

#endif
