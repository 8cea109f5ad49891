/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_stage.h - how far a domain is on the way to p=reject, one step at a time.
 */
#ifndef TOOLS_RECORDS_DMARC_STAGE_H
#define TOOLS_RECORDS_DMARC_STAGE_H

#include "tools/mailseal/records/dmarc.h"

enum dmarc_stage {
	DMARC_STAGE_UNKNOWN,     /* DNS did not answer               */
	DMARC_STAGE_PUBLISH,     /* no record exists yet             */
	DMARC_STAGE_REPAIR,      /* the record is wrong              */
	DMARC_STAGE_REPORTS,     /* no address gets reports          */
	DMARC_STAGE_QUARANTINE,  /* the next policy                  */
	DMARC_STAGE_REJECT,      /* the next policy                  */
	DMARC_STAGE_DONE
};

const char *dmarc_stage_text(enum dmarc_stage stage);

/* The next record asks for a stricter policy. */
bool dmarc_stage_is_stricter(enum dmarc_stage stage);

/* `f` is what dmarc_judge found on the walk. */
enum dmarc_stage dmarc_stage_of(const struct dmarc_walk *walk, const struct findings *f);

/* The next record, or NULL; `testing`: with t=y. Free() it. */
char *dmarc_stage_value(enum dmarc_stage stage, const struct dmarc_walk *walk, bool testing);

#endif
