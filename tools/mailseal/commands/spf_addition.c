/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/commands/spf_addition.h"

#include <stdlib.h>

static bool
take_term(struct spf_addition *a)
{
	if (a->num_terms == SPF_ADDITION_MAX) {
		tool_error("--add: at most %u times", SPF_ADDITION_MAX);
		return false;
	}
	a->terms[a->num_terms++] = optarg;
	return true;
}

bool
spf_addition_take_option(struct spf_addition *a, int option)
{
	switch (option) {
	case SPF_ADDITION_ADD: return take_term(a);
	case SPF_ADDITION_OFFLINE: a->dns.offline = true; return true;
	case SPF_ADDITION_FORCE: a->force = true; return true;
	default: return report_take_option(&a->report, option);
	}
}

static int
explain(enum spf_merge result, struct seal_span wrong, const char *why)
{
	char *const text = text_visible(wrong);

	if (result == SPF_MERGE_BAD_RECORD)
		tool_error("--existing: expected %s, found %s", why, text);
	else if (result == SPF_MERGE_BAD_TERM)
		tool_error("--add: expected %s, found %s", why, text);
	else
		tool_error("--add: %s is in the record with a qualifier that does not pass; correct that first", text);
	free(text);
	return result == SPF_MERGE_BAD_TERM ? TOOL_USAGE : TOOL_REFUSED;
}

int
spf_addition_merge(const struct spf_addition *a, const char *existing, char **merged, bool *changed)
{
	struct seal_span wrong;
	const char *why;
	const enum spf_merge result = spf_merge(seal_span_trim(seal_span_text(existing)), a->terms, a->num_terms,
	                                        merged, &wrong, &why);

	*changed = result == SPF_MERGED;
	return result == SPF_MERGED || result == SPF_MERGE_SAME ? TOOL_OK : explain(result, wrong, why);
}

bool
spf_addition_judge(struct spf_addition *a, const char *merged, struct spf_verdict *v)
{
	*v = spf_judge(&(struct spf_query){
		.lookup = offline_lookup(&a->dns), .domain = a->domain[0] != '\0' ? a->domain : OFFLINE_DOMAIN,
		.record = seal_span_text(merged)
	}, NULL, 0, &a->findings);
	offline_complete(&a->dns, &a->findings);
	if (v->lookups > SPF_LOOKUPS_MAX && !a->force) {
		tool_error("the record would need %u DNS lookups, and receivers stop at %u: everything in it "
		           "would fail. Remove services that no longer send, or add --force", v->lookups,
		           SPF_LOOKUPS_MAX);
		return false;
	}
	if (!a->report.json)
		report_print_findings(stderr, &a->findings);
	return true;
}

void
spf_addition_free(struct spf_addition *a)
{
	findings_free(&a->findings);
	dns_free(&a->dns.dns);
}
