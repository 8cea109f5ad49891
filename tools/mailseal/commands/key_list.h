/* SPDX-License-Identifier: Apache-2.0
 *
 * key_list.h - list the keys of a configuration.
 */
#ifndef TOOLS_COMMANDS_KEY_LIST_H
#define TOOLS_COMMANDS_KEY_LIST_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/report.h"

struct key_list_request {
	const char *config, *domain;   /* no domain: all          */
	const char *log;               /* NULL: none              */
	bool dns;                      /* ask it                  */
	struct report_request report;
};

/* The exit code; the result has the keys. */
int key_list(const struct key_list_request *r, struct result *result);

#endif
