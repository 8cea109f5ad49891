/* SPDX-License-Identifier: Apache-2.0
 *
 * summary.h - several aggregate reports added up: one line for each source and result.
 */
#ifndef TOOLS_REPORTS_SUMMARY_H
#define TOOLS_REPORTS_SUMMARY_H

#include "tools/mailseal/base/config_file.h"
#include "tools/mailseal/reports/aggregate.h"

/* The keys whose signatures are ours. */
struct summary_keys {
	const struct seal_config *config;       /* all of its keys; or NULL          */
	const char *domain, *selector;          /* one more; or NULL                 */
};

struct summary_row {
	const struct aggregate_record *record;  /* the first one of its kind      */
	uint64_t count;
	bool ours;                              /* one of our selectors signed it */
};

struct summary_selector {
	const char *domain, *selector;          /* of DKIM results                */
	uint64_t count, passed;
	bool ours;
};

/* Borrows from the reports and the configuration. */
struct summary {
	struct summary_row *rows;               /* most messages first            */
	size_t num_rows;
	struct summary_selector *selectors;     /* most messages first            */
	size_t num_selectors;
	uint64_t count, passed, dkim, spf;      /* messages                       */
	uint64_t accepted, quarantined, rejected;
	uint64_t ours, ours_passed;             /* signed by us; DKIM of ours passed */
};

/* `keys` may be NULL: then nothing is ours. Reports that are `repeated` are passed over. */
void summary_make(struct summary *s, const struct aggregate *reports, const bool *repeated, size_t num,
                  const struct summary_keys *keys);
void summary_free(struct summary *s);

/* One of the keys signed these messages; `*passed`: and the receiver found it good. */
bool summary_signed(const struct aggregate_record *r, const struct summary_keys *keys, bool *passed);

/* Of 1000; 0 of nothing. */
unsigned summary_per_mille(uint64_t part, uint64_t whole);

#endif
