/* SPDX-License-Identifier: Apache-2.0
 *
 * verifiers.h - what three widespread verifiers make of a key record: dkimpy, Mail::DKIM and
 * OpenDKIM, as Debian 12 has them (1.1.4, 1.20230212, 2.11.0 beta 2).
 *
 * This explains a verdict and never gives one: the judge is engine/gateway/keyring.h. A test
 * runs the three and compares.
 */
#ifndef TOOLS_RECORDS_VERIFIERS_H
#define TOOLS_RECORDS_VERIFIERS_H

#include "tools/mailseal/records/pubkey.h"

#define VERIFIERS_DKIMPY   1u
#define VERIFIERS_MAILDKIM 2u
#define VERIFIERS_OPENDKIM 4u
#define VERIFIERS_ALL      7u

/* Which of them refuse a record with this text. `key`, or NULL, signed; `identity_below`: with
 * an i= below d=. */
unsigned verifiers_refuse(struct seal_span text, const struct pubkey *key, bool identity_below);

/* The name of the one whose bit is 1 << index; NULL after the last. */
const char *verifiers_name(unsigned index);

/* "dkimpy and OpenDKIM refuse it, Mail::DKIM does not": free() it. */
char *verifiers_text(unsigned refused);

#endif
