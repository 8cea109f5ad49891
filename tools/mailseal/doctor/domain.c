/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/domain.h"

#include "tools/mailseal/checks/examine.h"
#include "tools/mailseal/doctor/diagnosis.h"

/* Each step depends on those before it. */
static const struct {
	const char *name, *question, *yes, *no;
} steps[] = {
	{ "dns", "Does DNS answer for the domain?", "yes", "no: fix this first, everything else depends on it" },
	{ "dkim", "Are the published keys correct?", "yes", "no: signatures are useless until this is fixed" },
	{ "spf", "Is the SPF record usable?", "yes", "no: DMARC can pass only through DKIM" },
	{ "dmarc", "Does DMARC protect the domain?", "yes", "no: fix this last, after DKIM and SPF" }
};

#define NUM_STEPS (sizeof steps / sizeof steps[0])

static bool
is_asked(const struct examination *e, size_t step)
{
	return step == 0 || (e->answered && (step != 1 || e->has_keys));
}

static const struct finding *
first_of_all(const struct examination *e)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < NUM_STEPS && first == NULL; i++)
		first = examination_error(e, steps[i].name);
	return first;
}

static const char *
verdict(const struct examination *e, size_t step)
{
	if (!is_asked(e, step))
		return step == 1 && e->answered ? "not checked: use --config or --selector" : "not checked";
	return examination_error(e, steps[step].name) == NULL ? steps[step].yes : steps[step].no;
}

static void
print_text(FILE *to, const struct examination *e, const struct diagnoses *d, const char *domain)
{
	const struct finding *const first = first_of_all(e);

	fprintf(to, "%s\n", domain);
	for (size_t i = 0; i < NUM_STEPS; i++)
		fprintf(to, "%zu %-32s %s\n", i + 1, steps[i].question, verdict(e, i));
	if (first != NULL)
		fprintf(to, "First: %s, %s. %s\n", finding_kind(first->code)->code, first->name,
		        finding_kind(first->code)->advice);
	for (size_t i = 0; i < NUM_STEPS; i++)
		diagnoses_print(to, d, steps[i].name);
}

static json_t *
document(const struct examination *e, const struct diagnoses *d, const char *domain)
{
	const struct finding *const first = first_of_all(e);
	json_t *const list = json_array();

	for (size_t i = 0; i < NUM_STEPS; i++)
		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:b, s:b, s:s}", "step", steps[i].name, "question", steps[i].question, "asked",
			is_asked(e, i), "ok", is_asked(e, i) && examination_error(e, steps[i].name) == NULL,
			"verdict", verdict(e, i)));
	return json_pack("{s:s, s:b, s:s?, s:o, s:o}", "domain", domain, "ok", first == NULL, "first",
	                 first == NULL ? NULL : finding_kind(first->code)->code, "steps", list, "findings",
	                 diagnoses_json(d));
}

int
domain_examine(const struct keys_request *keys, struct dns *dns, struct result *result)
{
	static struct examination e;
	struct examine_request request = { .keys = *keys };
	struct diagnoses diagnoses = { NULL, 0, 0 };
	int code = examine(&e, &request, dns);

	diagnoses_take(&diagnoses, &e.findings);
	if (code == TOOL_OK) {
		result_set(result, document(&e, &diagnoses, keys->domain));
		print_text(result->text, &e, &diagnoses, keys->domain);
		code = report_exit(&e.findings);
	}
	diagnoses_free(&diagnoses);
	examination_free(&e);
	return code;
}
