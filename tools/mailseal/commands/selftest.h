/* SPDX-License-Identifier: Apache-2.0
 *
 * selftest.h - send a test message through the gateway, or read what its receiver found.
 */
#ifndef TOOLS_COMMANDS_SELFTEST_H
#define TOOLS_COMMANDS_SELFTEST_H

#include "tools/mailseal/base/result.h"

struct selftest_request {
	const char *from, *to, *gateway;  /* all of them, or */
	const char *read;                 /* the message as it arrived */
};

/* The exit code; the result has the gateway's reply, or what the receiver found. */
int selftest(const struct selftest_request *r, struct result *result);

#endif
