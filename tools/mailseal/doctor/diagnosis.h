/* SPDX-License-Identifier: Apache-2.0
 *
 * diagnosis.h - a list of the problems of a message.
 */
#ifndef TOOLS_DOCTOR_DIAGNOSIS_H
#define TOOLS_DOCTOR_DIAGNOSIS_H

#include <jansson.h>
#include <stdio.h>

#include "tools/mailseal/records/findings.h"

struct diagnosis {
	const struct finding_kind *kind;
	char *about;                 /* signature, field, line or DNS name              */
	char *expected, *found;      /* "" if they do not apply                         */
	char *reason;                /* only for a finding about a DNS record, else ""  */
};

struct diagnoses {
	struct diagnosis *list;
	size_t num, cap;
};

/* Takes ownership of the texts, which may be NULL. */
void diagnoses_add(struct diagnoses *d, enum finding_code code, char *about, char *expected, char *found);

/* Adds all findings about DNS records that the list does not have yet. */
void diagnoses_take(struct diagnoses *d, const struct findings *f);
void diagnoses_free(struct diagnoses *d);

size_t diagnoses_count(const struct diagnoses *d, enum severity severity);

/* Prints those whose code begins with `prefix`, the most severe first. */
void diagnoses_print(FILE *to, const struct diagnoses *d, const char *prefix);
json_t *diagnoses_json(const struct diagnoses *d);

#endif
