/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor.h - find out why a message, or a domain's mail, is not accepted.
 */
#ifndef TOOLS_COMMANDS_DOCTOR_H
#define TOOLS_COMMANDS_DOCTOR_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/report.h"

struct doctor_request {
	const char *subject;              /* a file, or a domain */
	const char *config, *signed_path; /* each may be NULL */
	const char *client, *envelope, *helo; /* NULL: as the message has it */
	const char *selector;             /* of a domain; may be NULL */
	uint64_t now_s;                   /* 0: now */
	struct report_request dns;
};

/* The exit code; the result has verdict and findings. */
int doctor(const struct doctor_request *r, struct result *result);

#endif
