/* SPDX-License-Identifier: Apache-2.0
 *
 * adopt_keys.h - note the public keys that a device has made, from what it logged at its start:
 * "device-key name=SELECTOR._domainkey.DOMAIN record="v=DKIM1; k=rsa; p=..."".
 */
#ifndef TOOLS_SITE_ADOPT_KEYS_H
#define TOOLS_SITE_ADOPT_KEYS_H

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/site/site.h"

struct adoption {
	struct tool_text log;    /* of the device                                              */
	bool force;              /* a key that was adopted before may be replaced by another   */
	json_t *keys;            /* [ { name, value, new } ]                                   */
	size_t num_on_device;    /* sections with key = device                                 */
	size_t num_missing;      /* of them: no record is known, neither from the log nor before */
};

/* Note the record of each section with key = device; the caller commits. TOOL_OK, or what was reported. */
int adopt_keys(struct adoption *a, struct site *s);

#endif
