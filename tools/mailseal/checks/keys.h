/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - judge the DKIM records of every key that signs for a domain.
 */
#ifndef TOOLS_CHECKS_KEYS_H
#define TOOLS_CHECKS_KEYS_H

#include "engine/config/config.h"
#include "tools/mailseal/checks/report.h"

struct keys_request {
	const char *config;              /* or NULL */
	const char *selector, *key;      /* a key that is not in the configuration; or NULL */
	const char *domain;              /* normalized */
	bool strict;                     /* adkim=s: d= must be equal to the domain */
};

struct keys_result {
	size_t num_judged;
	size_t num_good;                 /* without an error */
	json_t *records;                 /* report_answer_json with "selector"; free with json_decref */
};

/* Returns TOOL_OK, or an exit code (reported) if the configuration or a key file is wrong. */
int keys_judge(const struct keys_request *r, struct dns_lookup lookup, struct keys_result *result,
               struct findings *f);

#endif
