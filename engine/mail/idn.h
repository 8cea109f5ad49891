/* SPDX-License-Identifier: Apache-2.0
 *
 * idn.h - the A-label of a U-label (RFC 5890 2.3.2.1, Punycode of RFC 3492 6.3).
 */
#ifndef SEAL_MAIL_IDN_H
#define SEAL_MAIL_IDN_H

#include "engine/base/out.h"

/* Append "xn--..." for a UTF-8 label with at least one octet over 127. ASCII letters
 * become lower case; the rest is not mapped (IDNA2008 admits only lower-case NFC,
 * anything else names another domain). Returns false for text that is not UTF-8
 * (RFC 3629), has an ASCII octet that is not allowed in labels, or more than 63
 * octets; the octets written then are meaningless. */
bool seal_idn_put_a_label(struct seal_out *out, struct seal_span label);

#endif
