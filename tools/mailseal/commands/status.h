/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - the command "status", for other commands.
 */
#ifndef TOOLS_COMMANDS_STATUS_H
#define TOOLS_COMMANDS_STATUS_H

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/checks/report.h"

struct status_options {
	char domain[DNS_NAME_SIZE];
	const char *config, *log;      /* the log may be NULL              */
	struct option_list sends_from;
	size_t lang;                   /* in text_files                    */
	bool facts;
	struct report_request dns;
};

/* Returns the exit code: TOOL_REFUSED if a step is still to do or wrong. */
int status(const struct status_options *options, struct result *result);

#endif
