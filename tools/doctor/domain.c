/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/doctor/domain.h"

#include <string.h>

#include "tools/doctor/diagnosis.h"
#include "tools/records/dmarc.h"
#include "tools/records/spf_judge.h"

/* In this order each rests on those before it. */
static const struct {
	const char *name, *question, *yes, *no;
} steps[] = {
	{ "dns", "Does DNS answer for the domain?", "yes", "no: nothing else can work, mend this first" },
	{ "dkim", "Do the published keys fit?", "yes", "no: signatures count for nothing until this is mended" },
	{ "spf", "Is the SPF record usable?", "yes", "no: only DKIM can make DMARC pass" },
	{ "dmarc", "Does DMARC protect the domain?", "yes", "no: mend it last, when DKIM and SPF are right" }
};

#define NUM_STEPS (sizeof steps / sizeof steps[0])

struct examination {
	struct diagnoses diagnoses;
	struct keys_result keys;
	bool asked[NUM_STEPS];
};

static int
examine(struct examination *e, struct keys_request *keys, struct dns *dns, struct findings *f)
{
	const struct dns_lookup lookup = dns_lookup(dns);
	const struct dns_answer *const answer = dns_lookup_ask(lookup, keys->domain, DNS_TXT);
	const struct spf_query query = { .lookup = lookup, .domain = keys->domain };
	struct dmarc_walk walk;
	int code;

	e->asked[0] = true;
	if (findings_add_unknown(f, keys->domain, answer))
		return TOOL_OK;
	if (answer->status == DNS_NXDOMAIN) {
		findings_add(f, FINDING_DNS_NO_DOMAIN, keys->domain, NULL, NULL);
		return TOOL_OK;
	}
	dmarc_judge(lookup, keys->domain, &walk, f);
	keys->strict = walk.policy != NULL && walk.policy->record.strict_dkim;
	code = keys_judge(keys, lookup, &e->keys, f);
	if (code != TOOL_OK)
		return code;
	(void)spf_judge(&query, NULL, 0, f);
	e->asked[1] = keys->config != NULL || keys->selector != NULL;
	e->asked[2] = e->asked[3] = true;
	report_complete(f, dns);
	return TOOL_OK;
}

static bool
is_of(const struct diagnosis *one, const char *step)
{
	const size_t len = strlen(step);

	return strncmp(one->code, step, len) == 0 && one->code[len] == '-';
}

static const struct diagnosis *
first_error(const struct diagnoses *d, const char *step)
{
	for (size_t i = 0; i < d->num; i++) {
		if (d->list[i].severity == SEVERITY_ERROR && is_of(&d->list[i], step))
			return &d->list[i];
	}
	return NULL;
}

static const struct diagnosis *
first_of_all(const struct examination *e)
{
	const struct diagnosis *first = NULL;

	for (size_t i = 0; i < NUM_STEPS && first == NULL; i++)
		first = first_error(&e->diagnoses, steps[i].name);
	return first;
}

static const char *
verdict(const struct examination *e, size_t step)
{
	if (!e->asked[step])
		return step == 1 && e->asked[0] && e->asked[2] ? "not asked: give --config or --selector" : "not asked";
	return first_error(&e->diagnoses, steps[step].name) == NULL ? steps[step].yes : steps[step].no;
}

static int
print_text(const struct examination *e, const char *domain)
{
	const struct diagnosis *const first = first_of_all(e);

	printf("%s\n", domain);
	for (size_t i = 0; i < NUM_STEPS; i++)
		printf("%zu %-32s %s\n", i + 1, steps[i].question, verdict(e, i));
	if (first != NULL)
		printf("First: %s, %s. %s\n", first->code, first->about, first->fix);
	for (size_t i = 0; i < NUM_STEPS; i++)
		diagnoses_print(stdout, &e->diagnoses, steps[i].name);
	return tool_finish_output();
}

static int
print_json(const struct examination *e, const char *domain)
{
	const struct diagnosis *const first = first_of_all(e);
	json_t *const list = json_array();

	for (size_t i = 0; i < NUM_STEPS; i++)
		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:b, s:b, s:s}", "step", steps[i].name, "question", steps[i].question, "asked",
			e->asked[i], "ok", e->asked[i] && first_error(&e->diagnoses, steps[i].name) == NULL, "verdict",
			verdict(e, i)));
	return report_print_json(json_pack("{s:i, s:s, s:b, s:s?, s:o, s:o}", "format", 1, "domain", domain, "ok",
	                                   first == NULL, "first", first == NULL ? NULL : first->code, "steps", list,
	                                   "findings", diagnoses_json(&e->diagnoses)));
}

int
domain_examine(struct keys_request *keys, struct dns *dns, bool json)
{
	struct examination e = { .keys = { .records = NULL } };
	struct findings f = { NULL, 0, 0 };
	int code = examine(&e, keys, dns, &f);

	diagnoses_take(&e.diagnoses, &f);
	if (code == TOOL_OK)
		code = json ? print_json(&e, keys->domain) : print_text(&e, keys->domain);
	if (code == TOOL_OK)
		code = report_exit(&f);
	json_decref(e.keys.records);
	diagnoses_free(&e.diagnoses);
	findings_free(&f);
	return code;
}
