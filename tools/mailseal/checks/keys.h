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
	const char *selector, *key;      /* a key that is not in the configuration: or NULL */
	const char *domain;              /* normalized */
	bool strict;                     /* adkim=s: d= must be the domain itself */
};

struct keys_result {
	size_t num_judged;
	size_t num_good;                 /* without an error */
	json_t *records;                 /* report_answer_json, and selector; json_decref it */
};

/* TOOL_OK, or what is wrong with configuration or key files: reported. */
int keys_judge(const struct keys_request *r, struct dns_lookup lookup, struct keys_result *result,
               struct findings *f);

#endif
