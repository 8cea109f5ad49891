/* SPDX-License-Identifier: Apache-2.0
 *
 * readiness.h - what aggregate reports lack before a stricter DMARC policy may be published.
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
	int64_t since_s;                  /* reports that begin before do not count   */
	const char *config, *selector;    /* of the keys that sign; each may be NULL  */
	const char *const *files;         /* the reports                              */
	size_t num_files;

	struct collection reports;
	struct evidence evidence;
};

/* Days that reports must cover for the stage; 0: it needs none. */
unsigned readiness_days(enum dmarc_stage stage);

/* Read the files and weigh them; files that do not count are named. TOOL_OK, or reported. readiness_free in any
 * case. */
int readiness_weigh(struct readiness *r);
void readiness_free(struct readiness *r);

/* One sentence: what to do next, or what is missing and when it ends. Free() it. */
char *readiness_advice(const struct readiness *r);

/* 2026-11-30. */
struct readiness_day {
	char text[24];
};
struct readiness_day readiness_day(int64_t seconds);

/* The day in which a period ends: some receivers name its last second, some the one after. */
struct readiness_day readiness_last_day(int64_t end_s);

#endif
