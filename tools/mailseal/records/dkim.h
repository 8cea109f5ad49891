/* SPDX-License-Identifier: Apache-2.0
 *
 * dkim.h - the DKIM record of one selector. The gateway's own judge (engine/gateway/keyring.h) decides, and the
 * findings explain its verdict. They contain an error if and only if the gateway would not sign.
 */
#ifndef TOOLS_RECORDS_DKIM_H
#define TOOLS_RECORDS_DKIM_H

#include "engine/gateway/keyring.h"
#include "tools/mailseal/records/findings.h"
#include "tools/mailseal/records/pubkey.h"

struct dkim_expect {
	struct seal_span public_key;  /* DER SubjectPublicKeyInfo; empty: not known        */
	bool identity_below;          /* the configuration sets i= to a subdomain of d=    */
};

/* SELECTOR._domainkey.DOMAIN; false: too long, and name is "". */
bool dkim_name(char name[DNS_NAME_SIZE], const char *selector, const char *domain);

/* The value to publish; the caller frees it. */
char *dkim_value(struct seal_span public_key);

/* True if the text was probably meant as a DKIM record, valid or not. */
bool dkim_is_meant(struct seal_span text);

/* The gateway's verdict about this answer, which must not be unknown. If the public key is not known, it is assumed to
 * be the one in the record, as long as the gateway can use such a key. */
struct seal_keyring_verdict dkim_verdict(const struct dns_answer *answer, const struct dkim_expect *expect);

/* The key of a record with this text that is alone at its name; false: the gateway would not sign. */
bool dkim_read(struct seal_span text, struct pubkey *key);

/* Explains the verdict about an answer that has records. */
void dkim_explain(const struct dns_answer *answer, const char *name, const struct dkim_expect *expect,
                  struct findings *f);

/* Asks DNS for the record and judges it. True: no error was found. */
bool dkim_judge(struct dns_lookup lookup, const char *domain, const char *selector,
                const struct dkim_expect *expect, struct findings *f);

#endif
