/* SPDX-License-Identifier: Apache-2.0
 *
 * idn.h - a U-label's A-label (RFC 5890 2.3.2.1, Punycode of RFC 3492 6.3).
 */
#ifndef SEAL_MAIL_IDN_H
#define SEAL_MAIL_IDN_H

#include "engine/base/out.h"

/* Write "xn--..." for a UTF-8 label with at least one octet over 127. ASCII letters
 * become lower case; the rest is taken as it is (IDNA2008 admits only lower-case NFC,
 * anything else names another domain). False: not UTF-8 (RFC 3629), an ASCII octet that
 * no label has, or more than 63 octets; what was written then means nothing. */
bool seal_idn_put_a_label(struct seal_out *out, struct seal_span label);

#endif
