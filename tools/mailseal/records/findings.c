/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/findings.h"

#include <stdlib.h>
#include <string.h>

static void
finding_free(struct finding *finding)
{
	free(finding->expected);
	free(finding->found);
	free(finding->reason);
}

void
findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->num; i++)
		finding_free(&f->list[i]);
	free(f->list);
	*f = (struct findings){ NULL, 0, 0 };
}

void
findings_forget(struct findings *f, enum finding_code code)
{
	size_t num = 0;

	for (size_t i = 0; i < f->num; i++) {
		if (f->list[i].code == code)
			finding_free(&f->list[i]);
		else
			f->list[num++] = f->list[i];
	}
	f->num = num;
}

static struct finding *
grow(struct findings *f)
{
	if (f->num == f->cap) {
		f->cap = f->cap == 0 ? 16 : f->cap * 2;
		f->list = realloc(f->list, f->cap * sizeof *f->list);
		if (f->list == NULL)
			abort();
	}
	return &f->list[f->num++];
}

void
findings_add(struct findings *f, enum finding_code code, const char *name, char *expected, char *found)
{
	struct finding *finding;

	if (f == NULL) {
		free(expected);
		free(found);
		return;
	}
	finding = grow(f);
	*finding = (struct finding){ .code = code, .wait_s = -1, .refused_by = -1 };
	finding->expected = expected != NULL ? expected : text_format("%s", "");
	finding->found = found != NULL ? found : text_format("%s", "");
	finding->reason = text_format("%s", "");
	(void)name_copy(finding->name, seal_span_text(name));
}

void
findings_explain(struct findings *f, char *reason, int refused_by)
{
	struct finding *const finding = &f->list[f->num - 1];

	free(finding->reason);
	finding->reason = reason;
	finding->refused_by = refused_by;
}

size_t
findings_count(const struct findings *f, size_t from, enum severity severity)
{
	size_t count = 0;

	for (size_t i = from; i < f->num; i++)
		count += finding_kind(f->list[i].code)->severity == severity;
	return count;
}

bool
findings_has(const struct findings *f, enum finding_code code)
{
	for (size_t i = 0; i < f->num; i++) {
		if (f->list[i].code == code)
			return true;
	}
	return false;
}

bool
findings_add_unknown(struct findings *f, const char *name, const struct dns_answer *answer)
{
	if (!dns_is_unknown(answer))
		return false;
	findings_add(f, answer->status == DNS_TIMEOUT ? FINDING_DNS_TIMEOUT
	             : answer->status == DNS_LOOP ? FINDING_DNS_LOOP : FINDING_DNS_SERVFAIL,
	             name, text_format("an answer"), NULL);
	return true;
}
