/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/commands/spf_addition.h"

#include <stdlib.h>

bool
spf_addition_open(struct spf_addition *a, const struct spf_addition_request *request, const char *domain)
{
	*a = (struct spf_addition){ .request = request, .domain = domain };
	a->dns.offline = request->offline;
	return offline_open(&a->dns, &request->dns);
}

void
spf_addition_close(struct spf_addition *a)
{
	findings_free(&a->findings);
	dns_free(&a->dns.dns);
}

static int
explain(enum spf_merge problem, struct seal_span wrong, const char *why)
{
	char *const text = text_visible(wrong);

	if (problem == SPF_MERGE_BAD_RECORD)
		tool_error("--existing: expected %s, found %s", why, text);
	else if (problem == SPF_MERGE_BAD_TERM)
		tool_error("--add: expected %s, found %s", why, text);
	else
		tool_error("--add: %s is in the record with a qualifier that does not pass; correct that first", text);
	free(text);
	return problem == SPF_MERGE_BAD_TERM ? TOOL_USAGE : TOOL_REFUSED;
}

int
spf_addition_merge(const char *existing, const char *const *terms, size_t num_terms, char **merged, bool *changed)
{
	struct seal_span wrong;
	const char *why;
	const enum spf_merge problem = spf_merge(seal_span_trim(seal_span_text(existing)), terms, num_terms, merged,
	                                         &wrong, &why);

	*changed = problem == SPF_MERGED;
	return problem == SPF_MERGED || problem == SPF_MERGE_SAME ? TOOL_OK : explain(problem, wrong, why);
}

bool
spf_addition_judge(struct spf_addition *a, const char *merged, struct spf_verdict *v, struct result *result)
{
	*v = spf_judge(&(struct spf_query){
		.lookup = offline_lookup(&a->dns), .domain = a->domain[0] != '\0' ? a->domain : OFFLINE_DOMAIN,
		.record = seal_span_text(merged)
	}, NULL, 0, &a->findings);
	offline_complete(&a->dns, &a->findings);
	if (v->lookups > SPF_LOOKUPS_MAX && !a->request->force) {
		tool_error("the record would need %u DNS lookups, but receivers stop at %u and ignore the whole "
		           "record; remove services that no longer send, or add --force", v->lookups, SPF_LOOKUPS_MAX);
		return false;
	}
	report_print_findings(result->aside, &a->findings);
	return true;
}
