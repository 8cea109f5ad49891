/* SPDX-License-Identifier: Apache-2.0
 *
 * dkim.h - judge the DKIM record of one selector (RFC 6376 3.6, RFC 8301).
 */
#ifndef TOOLS_RECORDS_DKIM_H
#define TOOLS_RECORDS_DKIM_H

#include "tools/mailseal/records/findings.h"

struct dkim_expect {
	struct seal_span public_key;  /* DER SubjectPublicKeyInfo; empty: not known        */
	bool identity_below;          /* the configuration writes an i= below the domain   */
};

/* SELECTOR._domainkey.DOMAIN; false: too long, and name is "". */
bool dkim_name(char name[DNS_NAME_SIZE], const char *selector, const char *domain);

/* The value to publish: free() it. */
char *dkim_value(struct seal_span public_key);

/* The text says of itself that it is a DKIM record, rightly or not. */
bool dkim_is_meant(struct seal_span text);

/* Judge the text of one TXT record at `name`. */
void dkim_judge_text(struct seal_span text, const char *name, const struct dkim_expect *expect,
                     struct findings *f);

/* Ask for the record and judge it. True: no error was found. */
bool dkim_judge(struct dns_lookup lookup, const char *domain, const char *selector,
                const struct dkim_expect *expect, struct findings *f);

#endif
