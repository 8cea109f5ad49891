/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/examine.h"

#include <string.h>

int
examine(struct examination *e, struct examine_request *r, struct dns *dns)
{
	const struct dns_lookup lookup = dns_lookup(dns);
	const struct dns_answer *const answer = dns_lookup_ask(lookup, r->keys.domain, DNS_TXT);
	const struct spf_query query = {
		.lookup = lookup, .domain = r->keys.domain, .visit = r->visit, .ctx = r->ctx
	};
	int code;

	*e = (struct examination){ .answered = false };
	if (findings_add_unknown(&e->findings, r->keys.domain, answer))
		return TOOL_OK;
	if (answer->status == DNS_NXDOMAIN) {
		findings_add(&e->findings, FINDING_DNS_NO_DOMAIN, r->keys.domain, NULL, NULL);
		return TOOL_OK;
	}
	dmarc_judge(lookup, r->keys.domain, &e->walk, &e->findings);
	r->keys.strict = e->walk.policy != NULL && e->walk.policy->record.strict_dkim;
	code = keys_judge(&r->keys, lookup, &e->keys, &e->findings);
	if (code != TOOL_OK)
		return code;
	e->spf = spf_judge(&query, r->senders, r->num_senders, &e->findings);
	e->has_keys = r->keys.config != NULL || r->keys.selector != NULL;
	e->answered = true;
	report_complete(&e->findings, dns);
	return TOOL_OK;
}

void
examination_free(struct examination *e)
{
	json_decref(e->keys.records);
	findings_free(&e->findings);
}

const struct finding *
examination_error(const struct examination *e, const char *subject)
{
	const size_t len = strlen(subject);

	for (size_t i = 0; i < e->findings.num; i++) {
		const struct finding *const finding = &e->findings.list[i];
		const struct finding_kind *const kind = finding_kind(finding->code);
		const bool is_of = strncmp(kind->code, subject, len) == 0 && kind->code[len] == '-';

		if (is_of && kind->severity == SEVERITY_ERROR)
			return finding;
	}
	return NULL;
}
