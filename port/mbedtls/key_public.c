/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/key_public.h"

#include "port/mbedtls/internal.h"

static const struct {
	struct seal_span type;
	enum seal_key_fault (*verify)(struct seal_span key, const uint8_t digest[SEAL_SHA256_LEN],
	                              struct seal_span signature);
} types[] = {
	{ { (const uint8_t *)"rsa", 3 }, seal_rsa_public_verify },
};

enum seal_key_fault
seal_key_public_verify(struct seal_span type, struct seal_span key, const uint8_t digest[SEAL_SHA256_LEN],
                       struct seal_span signature)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (seal_span_equal(type, types[i].type))
			return types[i].verify(key, digest, signature);
	return SEAL_KEY_UNKNOWN;
}
