/* SPDX-License-Identifier: Apache-2.0
 *
 * readiness.h - what aggregate reports do not yet show, but must before a stricter DMARC policy is published.
 */
#ifndef TOOLS_REPORTS_READINESS_H
#define TOOLS_REPORTS_READINESS_H

#include "tools/mailseal/records/dmarc_stage.h"
#include "tools/mailseal/reports/evidence.h"

struct readiness {
	const char *domain;
	enum dmarc_stage stage;
	const struct evidence_sender *senders;
	size_t num_senders;
	int64_t since_s;                  /* reports that begin earlier do not count  */
	const char *config, *selector;    /* of the keys that sign; each may be NULL  */
	const char *const *files;         /* the reports                              */
	size_t num_files;

	struct collection reports;
	struct evidence evidence;
};

/* Days that reports must cover at this stage; 0: none. */
unsigned readiness_days(enum dmarc_stage stage);

/* Reads and evaluates the files; prints a note about files that do not count. Returns TOOL_OK, or an exit code
 * (reported). Call readiness_free in any case. */
int readiness_weigh(struct readiness *r);
void readiness_free(struct readiness *r);

/* One sentence: what to do next, or what is missing and until when. The caller frees it. */
char *readiness_advice(const struct readiness *r);

/* A date such as 2026-11-30, in UTC. */
struct readiness_day {
	char text[24];
};
struct readiness_day readiness_day(int64_t seconds);

/* The last day of a period. Some receivers give its last second as the end, others the second after it. */
struct readiness_day readiness_last_day(int64_t end_s);

#endif
