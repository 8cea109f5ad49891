/* SPDX-License-Identifier: Apache-2.0
 *
 * key_dns.h - print the DNS record of a private key.
 */
#ifndef TOOLS_COMMANDS_KEY_DNS_H
#define TOOLS_COMMANDS_KEY_DNS_H

#include "tools/mailseal/base/result.h"

struct key_dns_request {
	const char *file, *domain, *selector;
};

/* The exit code; the result has the record. */
int key_dns(const struct key_dns_request *r, struct result *result);

#endif
