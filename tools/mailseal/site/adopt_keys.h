/* SPDX-License-Identifier: Apache-2.0
 *
 * adopt_keys.h - store the public keys that a device created, as notes in the configuration. The device logs each one
 * at its start: device-key name=SELECTOR._domainkey.DOMAIN record="v=DKIM1; k=rsa; p=...".
 */
#ifndef TOOLS_SITE_ADOPT_KEYS_H
#define TOOLS_SITE_ADOPT_KEYS_H

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/site/site.h"

struct adoption {
	struct tool_text log;    /* of the device                                            */
	bool force;              /* replace a key that was adopted before                    */
	json_t *keys;            /* [ { name, value, new } ]                                 */
	size_t num_on_device;    /* sections with key = device                               */
	size_t num_missing;      /* of those: neither the log nor an older note has a record */
};

/* Adds or replaces the note of each section with key = device; the caller commits. Returns TOOL_OK, or an exit code
 * (reported). */
int adopt_keys(struct adoption *a, struct site *s);

#endif
