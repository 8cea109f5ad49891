/* SPDX-License-Identifier: Apache-2.0
 *
 * findings.h - what is wrong with the records of a domain, and what is to be done about it.
 *
 * Codes are stable: programs act on them. Severity, actor and advice follow from the code.
 */
#ifndef TOOLS_RECORDS_FINDINGS_H
#define TOOLS_RECORDS_FINDINGS_H

#include "tools/mailseal/records/text.h"

enum severity {
	SEVERITY_NOTE,     /* worth knowing                             */
	SEVERITY_WARNING,  /* works, and may not for everybody or long  */
	SEVERITY_ERROR     /* mail suffers                              */
};

enum actor {
	ACTOR_YOU,         /* who runs the gateway                      */
	ACTOR_DNS,         /* who administers the zone of the name      */
	ACTOR_OWNER        /* who owns the domain that is referred to   */
};

enum finding_code {
	FINDING_DNS_TIMEOUT,
	FINDING_DNS_SERVFAIL,
	FINDING_DNS_LOOP,
	FINDING_DNS_NO_DOMAIN,
	FINDING_DNS_CACHE,
	FINDING_DNS_DISAGREE,

	FINDING_DKIM_NO_KEY_CONFIGURED,
	FINDING_DKIM_UNALIGNED,
	FINDING_DKIM_MISSING,
	FINDING_DKIM_WRONG_NAME,
	FINDING_DKIM_BROKEN_ALIAS,
	FINDING_DKIM_SEVERAL,
	FINDING_DKIM_OTHER_TXT,
	FINDING_DKIM_ALIAS_AS_TEXT,
	FINDING_DKIM_NOT_DKIM1,
	FINDING_DKIM_NO_VERSION,
	FINDING_DKIM_QUOTES,
	FINDING_DKIM_SYNTAX,
	FINDING_DKIM_BLANKS,
	FINDING_DKIM_NO_P,
	FINDING_DKIM_REVOKED,
	FINDING_DKIM_HEX,
	FINDING_DKIM_NOT_BASE64,
	FINDING_DKIM_TRUNCATED,
	FINDING_DKIM_NOT_A_KEY,
	FINDING_DKIM_KEY_FORM,
	FINDING_DKIM_KEY_TYPE,
	FINDING_DKIM_OTHER_KEY,
	FINDING_DKIM_KEY_SHORT,
	FINDING_DKIM_KEY_WEAK,
	FINDING_DKIM_HASH,
	FINDING_DKIM_SERVICE,
	FINDING_DKIM_TESTING,
	FINDING_DKIM_IDENTITY,
	FINDING_DKIM_NOT_COMPARED,
	FINDING_DKIM_LONG,
	FINDING_DKIM_VERIFIERS,

	FINDING_SPF_MISSING,
	FINDING_SPF_WRONG_NAME,
	FINDING_SPF_NOT_RECOGNIZED,
	FINDING_SPF_SEVERAL,
	FINDING_SPF_SYNTAX,
	FINDING_SPF_LOOKUPS,
	FINDING_SPF_LOOKUPS_CLOSE,
	FINDING_SPF_VOID,
	FINDING_SPF_INCLUDE,
	FINDING_SPF_MX_MANY,
	FINDING_SPF_LOOP,
	FINDING_SPF_TEMPORARY,
	FINDING_SPF_PASSES_ALL,
	FINDING_SPF_PTR,
	FINDING_SPF_NO_ALL,
	FINDING_SPF_NEUTRAL_ALL,
	FINDING_SPF_JOINED,
	FINDING_SPF_AFTER_ALL,
	FINDING_SPF_LONG,
	FINDING_SPF_SENDER,
	FINDING_SPF_NOT_FLAT,

	FINDING_DMARC_MISSING,
	FINDING_DMARC_INHERITED,
	FINDING_DMARC_WRONG_NAME,
	FINDING_DMARC_SEVERAL,
	FINDING_DMARC_NOT_DMARC1,
	FINDING_DMARC_SYNTAX,
	FINDING_DMARC_POLICY,
	FINDING_DMARC_NO_POLICY,
	FINDING_DMARC_VALUE,
	FINDING_DMARC_UNKNOWN_TAG,
	FINDING_DMARC_REMOVED_TAG,
	FINDING_DMARC_URI,
	FINDING_DMARC_URI_SIZE,
	FINDING_DMARC_NO_RUA,
	FINDING_DMARC_NONE,
	FINDING_DMARC_TESTING,
	FINDING_DMARC_SP_WEAKER,
	FINDING_DMARC_SP_IGNORED,
	FINDING_DMARC_FO_UNUSED,
	FINDING_DMARC_PSD,
	FINDING_DMARC_REPORT_REFUSED,
	FINDING_DMARC_SPF_UNALIGNED,
	FINDING_DMARC_BEFORE_DKIM,

	FINDING_NUM
};

struct finding {
	enum finding_code code;
	char name[DNS_NAME_SIZE];  /* the DNS name it is about               */
	char *expected, *found;    /* never NULL; "" when there is nothing   */
	char *reason;              /* the same: which rule, and which verifiers act on it */
	int refused_by;            /* VERIFIERS_* that refuse the record; -1: not judged  */
	char zone[DNS_NAME_SIZE];  /* of name, or ""; set by who knows       */
	int64_t wait_s;            /* caches forget by then; -1: unknown     */
};

struct findings {
	struct finding *list;
	size_t num, cap;
};

struct finding_kind {
	const char *code;          /* "dkim-missing"                         */
	enum severity severity;
	enum actor actor;
	const char *advice;        /* what to do, one or two sentences       */
};

const struct finding_kind *finding_kind(enum finding_code code);
const char *severity_text(enum severity severity);

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

/* An answer that says nothing about the records becomes a finding; else false. */
bool findings_add_unknown(struct findings *f, const char *name, const struct dns_answer *answer);

#endif
