/* SPDX-License-Identifier: Apache-2.0
 *
 * diagnosis.h - a list of what is wrong with a message.
 */
#ifndef TOOLS_DOCTOR_DIAGNOSIS_H
#define TOOLS_DOCTOR_DIAGNOSIS_H

#include <jansson.h>
#include <stdio.h>

#include "tools/mailseal/records/findings.h"

struct diagnosis {
	const struct finding_kind *kind;
	char *about;                 /* which signature, field, line or DNS name        */
	char *expected, *found;      /* "" if there is nothing to show                  */
	char *reason;                /* of a finding about a DNS record; else ""        */
};

struct diagnoses {
	struct diagnosis *list;
	size_t num, cap;
};

/* Takes over the texts, which may be NULL. */
void diagnoses_add(struct diagnoses *d, enum finding_code code, char *about, char *expected, char *found);

/* All findings about DNS records, except those that the list already has. */
void diagnoses_take(struct diagnoses *d, const struct findings *f);
void diagnoses_free(struct diagnoses *d);

size_t diagnoses_count(const struct diagnoses *d, enum severity severity);

/* The ones whose code begins with `prefix`, the worst first. */
void diagnoses_print(FILE *to, const struct diagnoses *d, const char *prefix);
json_t *diagnoses_json(const struct diagnoses *d);

#endif
