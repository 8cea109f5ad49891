/* SPDX-License-Identifier: Apache-2.0
 *
 * diagnosis.h - what is wrong with a message, why, and who can do what about it.
 *
 * Codes are stable. Those about DNS records are those of tools/mailseal/records/findings.h.
 */
#ifndef TOOLS_DOCTOR_DIAGNOSIS_H
#define TOOLS_DOCTOR_DIAGNOSIS_H

#include <jansson.h>
#include <stdio.h>

#include "tools/mailseal/records/findings.h"

enum diagnosis_code {
	DIAGNOSIS_MESSAGE_MALFORMED,
	DIAGNOSIS_MESSAGE_LINE_ENDS,
	DIAGNOSIS_FROM_UNUSABLE,
	DIAGNOSIS_SIGNATURE_NONE,
	DIAGNOSIS_SIGNATURE_SYNTAX,
	DIAGNOSIS_SIGNATURE_ALGORITHM,
	DIAGNOSIS_SIGNATURE_EXPIRED,
	DIAGNOSIS_SIGNATURE_FUTURE,
	DIAGNOSIS_SIGNATURE_LENGTH,
	DIAGNOSIS_SIGNATURE_UNALIGNED,
	DIAGNOSIS_SIGNATURE_FOREIGN,
	DIAGNOSIS_BODY_CHANGED,
	DIAGNOSIS_BODY_FOOTER,
	DIAGNOSIS_HEADER_CHANGED,
	DIAGNOSIS_HEADER_SUBJECT,
	DIAGNOSIS_CHANGE_NONE,
	DIAGNOSIS_CHANGE_FIELD,
	DIAGNOSIS_CHANGE_FIELD_ADDED,
	DIAGNOSIS_CHANGE_FIELD_REMOVED,
	DIAGNOSIS_CHANGE_FIELD_FOLDED,
	DIAGNOSIS_CHANGE_SUBJECT_TAGGED,
	DIAGNOSIS_CHANGE_CHARSET,
	DIAGNOSIS_CHANGE_BODY,
	DIAGNOSIS_CHANGE_BODY_APPENDED,
	DIAGNOSIS_CHANGE_BODY_PREPENDED,
	DIAGNOSIS_CHANGE_BODY_CUT,
	DIAGNOSIS_CHANGE_BODY_BLANKS,
	DIAGNOSIS_CHANGE_BODY_ENCODING,
	DIAGNOSIS_CHANGE_BODY_LONG_LINE,
	DIAGNOSIS_SPF_UNKNOWN,
	DIAGNOSIS_SPF_FAILED,
	DIAGNOSIS_SPF_UNANSWERED,
	DIAGNOSIS_SPF_UNALIGNED,
	DIAGNOSIS_DMARC_NO_RECORD,
	DIAGNOSIS_DMARC_FAILED,
	DIAGNOSIS_RECEIVER_NONE,
	DIAGNOSIS_RECEIVER_SYNTAX,
	DIAGNOSIS_RECEIVER_DKIM,
	DIAGNOSIS_RECEIVER_SPF,
	DIAGNOSIS_RECEIVER_DMARC,
	DIAGNOSIS_RECEIVER_DIFFERS,

	DIAGNOSIS_NUM
};

struct diagnosis {
	const char *code;
	enum severity severity;
	const char *who;             /* you, dns, owner, forwarder, receiver     */
	const char *text, *fix;      /* what it means; what to do                */
	char *about;                 /* which signature, field, line or DNS name */
	char *expected, *found;      /* "" when there is nothing                 */
	char *reason;                /* in place of text, of a DNS record        */
};

struct diagnoses {
	struct diagnosis *list;
	size_t num, cap;
};

/* Takes over the texts, which may be NULL. */
void diagnoses_add(struct diagnoses *d, enum diagnosis_code code, char *about, char *expected, char *found);

/* All that was found of DNS records; what is there already is left out. */
void diagnoses_take(struct diagnoses *d, const struct findings *f);
void diagnoses_free(struct diagnoses *d);

size_t diagnoses_count(const struct diagnoses *d, enum severity severity);

/* Those whose code begins with `prefix`, the worst first. */
void diagnoses_print(FILE *to, const struct diagnoses *d, const char *prefix);
json_t *diagnoses_json(const struct diagnoses *d);

#endif
