/* SPDX-License-Identifier: Apache-2.0
 *
 * dkim.h - the DKIM record of one selector: the verdict is that of the gateway's own judge
 * (engine/gateway/keyring.h), and the findings explain it. An error is found if and only if the
 * gateway would not sign.
 */
#ifndef TOOLS_RECORDS_DKIM_H
#define TOOLS_RECORDS_DKIM_H

#include "engine/gateway/keyring.h"
#include "tools/mailseal/records/findings.h"
#include "tools/mailseal/records/pubkey.h"

struct dkim_expect {
	struct seal_span public_key;  /* DER SubjectPublicKeyInfo; empty: not known        */
	bool identity_below;          /* the configuration writes an i= below the domain   */
};

/* SELECTOR._domainkey.DOMAIN; false: too long, and name is "". */
bool dkim_name(char name[DNS_NAME_SIZE], const char *selector, const char *domain);

/* The value to publish: free() it. */
char *dkim_value(struct seal_span public_key);

/* The text claims to be a DKIM record, rightly or not. */
bool dkim_is_meant(struct seal_span text);

/* What the gateway would decide after this answer, which is not unknown. Without a public key:
 * with the key that the record is about, if the gateway could have it. */
struct seal_keyring_verdict dkim_verdict(const struct dns_answer *answer, const struct dkim_expect *expect);

/* The key of a record with this text, alone at its name; false: the gateway would not sign. */
bool dkim_read(struct seal_span text, struct pubkey *key);

/* Explain the verdict about an answer that has records. */
void dkim_explain(const struct dns_answer *answer, const char *name, const struct dkim_expect *expect,
                  struct findings *f);

/* Ask for the record and judge it. True: no error was found. */
bool dkim_judge(struct dns_lookup lookup, const char *domain, const char *selector,
                const struct dkim_expect *expect, struct findings *f);

#endif
