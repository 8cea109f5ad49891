/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/der.h"

void
seal_der_put_header(struct seal_out *out, uint8_t tag, size_t len)
{
	seal_out_octet(out, tag);
	if (len > 255) {
		seal_out_octet(out, 0x82);
		seal_out_octet(out, (uint8_t)(len >> 8));
	} else if (len > 127) {
		seal_out_octet(out, 0x81);
	}
	seal_out_octet(out, (uint8_t)len);
}

size_t
seal_der_len(size_t len)
{
	return len + (len > 255 ? 4u : len > 127 ? 3u : 2u);
}
