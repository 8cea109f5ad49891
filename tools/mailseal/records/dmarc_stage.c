/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/dmarc_stage.h"

#include <stddef.h>

const char *
dmarc_stage_text(enum dmarc_stage stage)
{
	static const char *const names[] = {
		[DMARC_STAGE_UNKNOWN] = "unknown", [DMARC_STAGE_PUBLISH] = "publish",
		[DMARC_STAGE_REPAIR] = "repair", [DMARC_STAGE_REPORTS] = "reports",
		[DMARC_STAGE_QUARANTINE] = "quarantine", [DMARC_STAGE_REJECT] = "reject", [DMARC_STAGE_DONE] = "done"
	};

	return names[stage];
}

bool
dmarc_stage_is_stricter(enum dmarc_stage stage)
{
	return stage == DMARC_STAGE_QUARANTINE || stage == DMARC_STAGE_REJECT;
}

enum dmarc_stage
dmarc_stage_of(const struct dmarc_walk *walk, const struct findings *f)
{
	const struct dmarc_step *const own = &walk->steps[0];

	if (walk->unknown)
		return DMARC_STAGE_UNKNOWN;
	if (own->num_records == 0 && (walk->policy == NULL || walk->policy->record.psd == 'y'))
		return DMARC_STAGE_PUBLISH;
	if (own->num_records != 1 || findings_count(f, 0, SEVERITY_ERROR) > 0)
		return own->num_records == 0 ? DMARC_STAGE_PUBLISH : DMARC_STAGE_REPAIR;
	if (!own->record.has_rua)
		return DMARC_STAGE_REPORTS;
	switch (dmarc_policy_self(&own->record)) {
	case DMARC_QUARANTINE:
		return own->record.testing ? DMARC_STAGE_QUARANTINE : DMARC_STAGE_REJECT;
	case DMARC_REJECT:
		return own->record.testing ? DMARC_STAGE_REJECT : DMARC_STAGE_DONE;
	case DMARC_ABSENT:
	case DMARC_NONE:
	case DMARC_INVALID:
		break;
	}
	return DMARC_STAGE_QUARANTINE;
}

char *
dmarc_stage_value(enum dmarc_stage stage, const struct dmarc_walk *walk, bool testing)
{
	const struct dmarc_step *const own = &walk->steps[0];

	if (dmarc_stage_is_stricter(stage))
		return dmarc_value_with(own->text, stage == DMARC_STAGE_REJECT ? DMARC_REJECT : DMARC_QUARANTINE,
		                        testing);
	if (stage == DMARC_STAGE_REPAIR && own->num_records == 1)
		return dmarc_value_with(own->text, DMARC_NONE, false);
	return NULL;
}
