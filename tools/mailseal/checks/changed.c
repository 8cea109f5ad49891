/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/changed.h"

#include "tools/mailseal/base/message.h"

#define DNS_PORT 53u

static bool
has_dns_port(const struct seal_config *config)
{
	return config->gateway.dns_server.host.len > 0 && config->gateway.dns_server.port != DNS_PORT;
}

/* A key that is renamed, or whose meaning changes, gets a row here and one in the document. */
static const struct {
	const char *key, *since, *change;
	bool (*is_used)(const struct seal_config *config);
} changes[] = {
	{ "dns-server", "0.2.0", "the port applies to host names too, not only to key records", has_dns_port },
};

void
changed_note(const struct seal_config *config, const char *path)
{
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		if (changes[i].is_used(config))
			tool_note(path, "%s: changed in %s: %s", changes[i].key, changes[i].since, changes[i].change);
	}
}
