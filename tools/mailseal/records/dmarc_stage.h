/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_stage.h - the stages of a domain on its way to p=reject.
 */
#ifndef TOOLS_RECORDS_DMARC_STAGE_H
#define TOOLS_RECORDS_DMARC_STAGE_H

#include "tools/mailseal/records/dmarc.h"

enum dmarc_stage {
	DMARC_STAGE_UNKNOWN,     /* DNS did not answer               */
	DMARC_STAGE_PUBLISH,     /* no record exists yet             */
	DMARC_STAGE_REPAIR,      /* the record is wrong              */
	DMARC_STAGE_REPORTS,     /* no address for reports           */
	DMARC_STAGE_QUARANTINE,  /* p=quarantine comes next          */
	DMARC_STAGE_REJECT,      /* p=reject comes next              */
	DMARC_STAGE_DONE
};

const char *dmarc_stage_text(enum dmarc_stage stage);

/* True if the next record has a stricter policy. */
bool dmarc_stage_is_stricter(enum dmarc_stage stage);

/* `f` has the findings of dmarc_judge about the walk. */
enum dmarc_stage dmarc_stage_of(const struct dmarc_walk *walk, const struct findings *f);

/* The next record, with t=y if `testing`, or NULL. The caller frees it. */
char *dmarc_stage_value(enum dmarc_stage stage, const struct dmarc_walk *walk, bool testing);

#endif
