/* SPDX-License-Identifier: Apache-2.0
 *
 * certificate.h - the validity periods of certificates.
 */
#ifndef TOOLS_BASE_CERTIFICATE_H
#define TOOLS_BASE_CERTIFICATE_H

#include "engine/base/span.h"

struct certificate {
	uint64_t begins_s, expires_s;  /* seconds since 1970 */
};

/* Takes the first DER certificate off *rest. False: no certificate follows, or the form of its dates is not that of
 * RFC 5280 4.1.2.5. */
bool certificate_take(struct seal_span *rest, struct certificate *c);

#endif
