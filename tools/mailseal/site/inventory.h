/* SPDX-License-Identifier: Apache-2.0
 *
 * inventory.h - every key that a configuration names, with what its key file shows.
 */
#ifndef TOOLS_SITE_INVENTORY_H
#define TOOLS_SITE_INVENTORY_H

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/checks/key_record.h"
#include "tools/mailseal/site/site.h"

struct inventory_key {
	char domain[SEAL_DOMAIN_MAX + 1];      /* normalized                                */
	char selector[SEAL_SELECTOR_MAX + 1];
	char *file;                            /* path of the private key, or NULL          */
	bool on_device;                        /* created by the device: no file exists     */
	char *delegated;                       /* zone that holds the record, because the
	                                        * customer's name is a CNAME; or NULL       */
	const struct seal_config_domain *section; /* NULL: revoked. Valid until the
	                                           * configuration is edited                */
	enum site_state state;
	uint32_t bits;                         /* 0: the file cannot be read                */
	int64_t made_s;                        /* `made`, or the file's date; 0: not known  */
	struct record_value value;             /* of the record; "": not known              */
};

struct inventory {
	struct inventory_key *keys;            /* in the order of the configuration, then revoked ones */
	size_t num_keys;
};

/* Lists the keys of `domain`, or all keys if it is NULL. Returns TOOL_OK, or TOOL_KEY (reported) if a file cannot be
 * read; the list is complete even then. Call inventory_free in either case. */
int inventory_take(struct inventory *inv, const struct site *s, const char *domain);
void inventory_free(struct inventory *inv);

/* inventory_name: SELECTOR._domainkey.DOMAIN. inventory_target: the target of a CNAME at this name. */
struct inventory_name {
	char text[2 * SEAL_DOMAIN_MAX + SEAL_SELECTOR_MAX + 16];
};
struct inventory_name inventory_name(const struct inventory_key *key);
struct inventory_name inventory_target(const struct inventory_key *key);

/* { "domain", "selector", "state", "file", "bits", "made", "age_days", "record": { "name", "type", "value" } }; unknown
 * values are null. */
json_t *inventory_json(const struct inventory_key *key);

#endif
