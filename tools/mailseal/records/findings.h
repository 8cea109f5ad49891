/* SPDX-License-Identifier: Apache-2.0
 *
 * findings.h - a list of what is wrong with the records of a domain.
 */
#ifndef TOOLS_RECORDS_FINDINGS_H
#define TOOLS_RECORDS_FINDINGS_H

#include "tools/mailseal/records/catalogue.h"
#include "tools/mailseal/records/text.h"

struct finding {
	enum finding_code code;
	char name[DNS_NAME_SIZE];  /* the DNS name it is about               */
	char *expected, *found;    /* never NULL; "" if there is nothing to show*/
	char *reason;              /* the same: the rule, and the verifiers that enforce it */
	int refused_by;            /* VERIFIERS_* that refuse the record; -1: not judged  */
	char zone[DNS_NAME_SIZE];  /* of name, or ""; report_complete sets it*/
	int64_t wait_s;            /* caches have forgotten it then; -1: unknown     */
};

struct findings {
	struct finding *list;
	size_t num, cap;
};

void findings_free(struct findings *f);

/* Takes over both texts, which came from text_format or text_visible, or are NULL. Does
 * nothing (but free them) when f is NULL. */
void findings_add(struct findings *f, enum finding_code code, const char *name, char *expected, char *found);

/* To the last one added; takes over the text. */
void findings_explain(struct findings *f, char *reason, int refused_by);

/* Take out those of this code. */
void findings_forget(struct findings *f, enum finding_code code);

/* How many of `list`, from `from` on, are of this severity. */
size_t findings_count(const struct findings *f, size_t from, enum severity severity);

bool findings_has(const struct findings *f, enum finding_code code);

/* A DNS failure, which leaves the records unknown, becomes a finding; else false. */
bool findings_add_unknown(struct findings *f, const char *name, const struct dns_answer *answer);

#endif
