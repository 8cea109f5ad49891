/* SPDX-License-Identifier: Apache-2.0
 *
 * newkey_options.h - the options of the commands that make keys for a domain.
 */
#ifndef TOOLS_COMMANDS_NEWKEY_OPTIONS_H
#define TOOLS_COMMANDS_NEWKEY_OPTIONS_H

#include "tools/mailseal/site/newkey.h"

#define NEWKEY_HELP \
	"  -c, --config CONF    the configuration to change; default: gateway.conf\n" \
	"  -s, --selector T     the key's name in DNS: text with {date}, {site}, {nn} or {n} (a\n" \
	"                       counter) and {rand} (32 digits that nobody guesses); two names\n" \
	"                       with a comma; default: s{date}, with --site {site}{nn}, with\n" \
	"                       --cname k{n}\n" \
	"  --site NAME          what {site} stands for\n" \
	"  --cname ZONE         the customer's name is to be a CNAME into this zone of yours\n" \
	"  --manual             it does not sign before: mailseal key approve\n" \
	"  --on-device          the board makes the key and it never leaves it; see: mailseal help\n" \
	"                       key adopt\n" \
	"  -b, --bits N         2048 unless given; up to 4096\n" \
	"  --weak               allow 1024 to 2047, where DNS cannot hold more\n" \
	"  -n, --dry-run        say what would be done, and do nothing\n" \
	"  --json               { domain, configuration, dry_run, client, keys: [ as for: key list ] }\n"

/* Read the options and run the request. */
int newkey_options_run(int argc, char **argv, enum newkey_what what);

#endif
