/* SPDX-License-Identifier: Apache-2.0
 *
 * summary.h - the sum of several aggregate reports, with one row per source and result.
 */
#ifndef TOOLS_REPORTS_SUMMARY_H
#define TOOLS_REPORTS_SUMMARY_H

#include "tools/mailseal/base/config_file.h"
#include "tools/mailseal/reports/aggregate.h"

/* The keys whose signatures are ours. */
struct summary_keys {
	const struct seal_config *config;       /* all keys of it; or NULL           */
	const char *domain, *selector;          /* one more key; or NULL             */
};

struct summary_row {
	const struct aggregate_record *record;  /* the first of the merged ones   */
	uint64_t count;
	bool ours;                              /* signed with one of our keys    */
};

struct summary_selector {
	const char *domain, *selector;          /* from DKIM results              */
	uint64_t count, passed;
	bool ours;
};

/* Borrows from the reports and from the configuration. */
struct summary {
	struct summary_row *rows;               /* most messages first            */
	size_t num_rows;
	struct summary_selector *selectors;     /* most messages first            */
	size_t num_selectors;
	uint64_t count, passed, dkim, spf;      /* messages                       */
	uint64_t accepted, quarantined, rejected;
	uint64_t ours, ours_passed;             /* signed by us; of those, our signature passed */
};

/* `keys` may be NULL: no signature is ours then. Skips reports that are `repeated`. */
void summary_make(struct summary *s, const struct aggregate *reports, const bool *repeated, size_t num,
                  const struct summary_keys *keys);
void summary_free(struct summary *s);

/* True if one of the keys signed these messages; *passed is set to true if that signature passed too. */
bool summary_signed(const struct aggregate_record *r, const struct summary_keys *keys, bool *passed);

/* part / whole in thousandths; 0 if `whole` is 0. */
unsigned summary_per_mille(uint64_t part, uint64_t whole);

#endif
