/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/diagnosis.h"

#include <stdlib.h>
#include <string.h>

static char *
text_or_empty(char *text)
{
	return text != NULL ? text : text_format("%s", "");
}

static void
append(struct diagnoses *d, const struct diagnosis *one)
{
	if (d->num == d->cap) {
		d->cap = d->cap == 0 ? 16 : d->cap * 2;
		d->list = realloc(d->list, d->cap * sizeof *d->list);
		if (d->list == NULL)
			abort();
	}
	d->list[d->num++] = *one;
}

void
diagnoses_add(struct diagnoses *d, enum finding_code code, char *about, char *expected, char *found)
{
	append(d, &(struct diagnosis){
		.kind = finding_kind(code), .about = text_or_empty(about), .expected = text_or_empty(expected),
		.found = text_or_empty(found), .reason = text_or_empty(NULL)
	});
}

static bool
has(const struct diagnoses *d, const struct finding *finding)
{
	for (size_t i = 0; i < d->num; i++) {
		if (d->list[i].kind == finding_kind(finding->code) && strcmp(d->list[i].about, finding->name) == 0)
			return true;
	}
	return false;
}

void
diagnoses_take(struct diagnoses *d, const struct findings *f)
{
	for (size_t i = 0; i < f->num; i++) {
		const struct finding *const finding = &f->list[i];

		if (has(d, finding))
			continue;
		append(d, &(struct diagnosis){
			.kind = finding_kind(finding->code), .about = text_format("%s", finding->name),
			.expected = text_format("%s", finding->expected), .found = text_format("%s", finding->found),
			.reason = text_format("%s", finding->reason)
		});
	}
}

void
diagnoses_free(struct diagnoses *d)
{
	for (size_t i = 0; i < d->num; i++) {
		free(d->list[i].about);
		free(d->list[i].expected);
		free(d->list[i].found);
		free(d->list[i].reason);
	}
	free(d->list);
	*d = (struct diagnoses){ NULL, 0, 0 };
}

size_t
diagnoses_count(const struct diagnoses *d, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < d->num; i++)
		count += d->list[i].kind->severity == severity;
	return count;
}

static const char *
meaning(const struct diagnosis *one)
{
	return one->kind->meaning != NULL ? one->kind->meaning : one->reason;
}

static void
print_one(FILE *to, const struct diagnosis *one)
{
	fprintf(to, "%s %s%s%s\n", severity_text(one->kind->severity), one->kind->code,
	        one->about[0] != '\0' ? ": " : "", one->about);
	if (meaning(one)[0] != '\0')
		fprintf(to, "  %s\n", meaning(one));
	if (one->expected[0] != '\0')
		fprintf(to, "  expected  %s\n", one->expected);
	if (one->expected[0] != '\0' || one->found[0] != '\0')
		fprintf(to, "  found     %s\n", one->found[0] != '\0' ? one->found : "nothing");
	fprintf(to, "  to do     %s\n  who       %s\n", one->kind->advice, actor_text(one->kind->actor));
}

void
diagnoses_print(FILE *to, const struct diagnoses *d, const char *prefix)
{
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--) {
		for (size_t i = 0; i < d->num; i++) {
			if (d->list[i].kind->severity == (enum severity)severity &&
			    strncmp(d->list[i].kind->code, prefix, strlen(prefix)) == 0)
				print_one(to, &d->list[i]);
		}
	}
}

json_t *
diagnoses_json(const struct diagnoses *d)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < d->num; i++) {
		const struct diagnosis *const one = &d->list[i];

		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "code", one->kind->code, "severity",
			severity_text(one->kind->severity), "about", one->about, "text", meaning(one), "expected",
			one->expected, "found", one->found, "fix", one->kind->advice, "who",
			actor_text(one->kind->actor)));
	}
	return list;
}
