/* SPDX-License-Identifier: Apache-2.0
 *
 * findings.h - a list of the problems of a domain's records.
 */
#ifndef TOOLS_RECORDS_FINDINGS_H
#define TOOLS_RECORDS_FINDINGS_H

#include "tools/mailseal/records/catalogue.h"
#include "tools/mailseal/records/text.h"

struct finding {
	enum finding_code code;
	char name[DNS_NAME_SIZE];  /* the DNS name in question                                  */
	char *expected, *found;    /* never NULL; "" if they do not apply                       */
	char *reason;              /* the rule, and the verifiers that enforce it; or ""        */
	int refused_by;            /* VERIFIERS_* that reject the record; -1: not judged        */
	char zone[DNS_NAME_SIZE];  /* that contains `name`, or ""; set by report_complete       */
	int64_t wait_s;            /* until no cache has the old answer; -1: not known          */
};

struct findings {
	struct finding *list;
	size_t num, cap;
};

void findings_free(struct findings *f);

/* Takes ownership of both texts, which are NULL or were made by text_format or text_visible. If `f` is NULL, only frees
 * them. */
void findings_add(struct findings *f, enum finding_code code, const char *name, char *expected, char *found);

/* Sets the reason of the finding that was added last; takes ownership of the text. */
void findings_explain(struct findings *f, char *reason, int refused_by);

/* Removes the findings with this code. */
void findings_forget(struct findings *f, enum finding_code code);

/* The number of findings with this severity, from index `from` on. */
size_t findings_count(const struct findings *f, size_t from, enum severity severity);

bool findings_has(const struct findings *f, enum finding_code code);

/* True if DNS failed, so that the records are unknown; adds a finding about it. */
bool findings_add_unknown(struct findings *f, const char *name, const struct dns_answer *answer);

#endif
