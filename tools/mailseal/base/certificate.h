/* SPDX-License-Identifier: Apache-2.0
 *
 * certificate.h - how long certificates are valid.
 */
#ifndef TOOLS_BASE_CERTIFICATE_H
#define TOOLS_BASE_CERTIFICATE_H

#include "engine/base/span.h"

struct certificate {
	uint64_t begins_s, expires_s;  /* seconds since 1970 */
};

/* Take the first DER certificate off the front of *rest. False: none exists, or its
 * dates are not as in RFC 5280 4.1.2.5. */
bool certificate_take(struct seal_span *rest, struct certificate *c);

#endif
