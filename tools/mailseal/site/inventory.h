/* SPDX-License-Identifier: Apache-2.0
 *
 * inventory.h - every key of a configuration, with what its file has.
 */
#ifndef TOOLS_SITE_INVENTORY_H
#define TOOLS_SITE_INVENTORY_H

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/checks/key_record.h"
#include "tools/mailseal/site/site.h"

struct inventory_key {
	char domain[SEAL_DOMAIN_MAX + 1];      /* normalized                             */
	char selector[SEAL_SELECTOR_MAX + 1];
	char *file;                            /* path of the private key, or NULL       */
	bool on_device;                        /* created there: it has no file         */
	char *delegated;                       /* zone that holds the record, or NULL: the customer's
	                                        * name is a CNAME to it                  */
	const struct seal_config_domain *section; /* of the configuration, while it is not edited;
	                                           * NULL: revoked       */
	enum site_state state;
	uint32_t bits;                         /* 0: the file could not be read          */
	int64_t made_s;                        /* created, or the file's date; 0: unknown */
	struct record_value value;             /* of the record; "" when it is unknown   */
};

struct inventory {
	struct inventory_key *keys;            /* as in the configuration, then revoked ones */
	size_t num_keys;
};

/* The keys of `domain`, or with NULL of all: TOOL_OK, or TOOL_KEY: a file could not be read, reported; the inventory is
 * still complete. inventory_free in any case. */
int inventory_take(struct inventory *inv, const struct site *s, const char *domain);
void inventory_free(struct inventory *inv);

/* SELECTOR._domainkey.DOMAIN, and where a CNAME there points to. */
struct inventory_name {
	char text[2 * SEAL_DOMAIN_MAX + SEAL_SELECTOR_MAX + 16];
};
struct inventory_name inventory_name(const struct inventory_key *key);
struct inventory_name inventory_target(const struct inventory_key *key);

/* { "domain", "selector", "state", "file", "bits", "made", "age_days", "record": { "name", "type",
 * "value" } }; what is unknown is null. */
json_t *inventory_json(const struct inventory_key *key);

#endif
