/* SPDX-License-Identifier: Apache-2.0
 *
 * newkey_rows.h - the options that the commands share which create keys for a domain.
 */
#ifndef TOOLS_COMMANDS_NEWKEY_ROWS_H
#define TOOLS_COMMANDS_NEWKEY_ROWS_H

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/site/newkey.h"

#define NEWKEY_AT(member) offsetof(struct newkey_request, member)

#define NEWKEY_ROWS(domain_help) \
	{ NULL, 0, OPT_STRING, NEWKEY_AT(domain), "DOMAIN", .text = (domain_help), .flags = OPT_REQUIRED }, \
	OPTION_CONFIG_FILE(struct newkey_request, config, "The configuration to change."), \
	{ "selector", 's', OPT_STRING, NEWKEY_AT(selector), "TEMPLATE", \
	  .text = "The name of the key in DNS: text with {date}, {site}, {nn} or {n} (counters) and {rand} (32 " \
	          "unpredictable digits). Two names are separated by a comma. Default: s{date}, with --site " \
	          "{site}{nn}, with --cname k{n}." }, \
	{ "site", 0, OPT_STRING, NEWKEY_AT(site), "NAME", .text = "What {site} stands for." }, \
	{ "cname", 0, OPT_STRING, NEWKEY_AT(cname), "ZONE", \
	  .text = "The customer's name will be a CNAME into this zone of yours." }, \
	{ "manual", 0, OPT_FLAG, NEWKEY_AT(manual), NULL, \
	  .text = "The key does not sign until it is approved: mailseal key approve." }, \
	{ "on-device", 0, OPT_FLAG, NEWKEY_AT(on_device), NULL, \
	  .text = "The board creates the key, which never leaves it; see: mailseal help key adopt." }, \
	{ "bits", 'b', OPT_NUMBER, NEWKEY_AT(bits), "N", .text = "The size of the key, up to 4096.", \
	  .fallback = "2048", .min = SEAL_KEY_BITS_MIN, .max = SEAL_KEY_BITS_MAX }, \
	{ "weak", 0, OPT_FLAG, NEWKEY_AT(weak), NULL, .text = "Allow 1024 to 2047 bits, if DNS cannot hold more." }, \
	{ "dry-run", 'n', OPT_FLAG, NEWKEY_AT(dry_run), NULL, .text = "Show what would be done, and do nothing." }

#define NEWKEY_JSON "{ domain, configuration, dry_run, client, keys: [ as for: mailseal help key list ] }\n"

#endif
