/* SPDX-License-Identifier: Apache-2.0
 *
 * verifiers.h - whether three common verifiers accept a key record: dkimpy, Mail::DKIM and OpenDKIM, in the versions of
 * Debian 12 (1.1.4, 1.20230212, 2.11.0 beta 2).
 *
 * This only explains a verdict; engine/gateway/keyring.h decides. A test runs all three and compares the results.
 */
#ifndef TOOLS_RECORDS_VERIFIERS_H
#define TOOLS_RECORDS_VERIFIERS_H

#include "tools/mailseal/records/pubkey.h"

#define VERIFIERS_DKIMPY   1u
#define VERIFIERS_MAILDKIM 2u
#define VERIFIERS_OPENDKIM 4u
#define VERIFIERS_ALL      7u

/* Which of them reject a record with this text. `key` made the signature, or is NULL; `identity_below`: i= is a
 * subdomain of d=. */
unsigned verifiers_refuse(struct seal_span text, const struct pubkey *key, bool identity_below);

/* The name of the verifier whose bit is 1 << index; NULL after the last. */
const char *verifiers_name(unsigned index);

/* "dkimpy and OpenDKIM reject it, Mail::DKIM does not"; the caller frees it. */
char *verifiers_text(unsigned refused);

#endif
