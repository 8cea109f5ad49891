/* SPDX-License-Identifier: Apache-2.0 */
#include "mbedtls/sha256.h"

#include "engine/base/ct.h"

void
mbedtls_sha256_init(mbedtls_sha256_context *ctx)
{
	*ctx = (mbedtls_sha256_context){ 0 };
}

void
mbedtls_sha256_free(mbedtls_sha256_context *ctx)
{
	if (ctx != NULL)
		seal_wipe(ctx, sizeof *ctx);
}

void
mbedtls_sha256_clone(mbedtls_sha256_context *dst, const mbedtls_sha256_context *src)
{
	*dst = *src;
}

/* SHA-224 is not part of this configuration. */
int
mbedtls_sha256_starts(mbedtls_sha256_context *ctx, int is224)
{
	if (is224 != 0)
		return MBEDTLS_ERR_SHA256_BAD_INPUT_DATA;
	seal_sha256_init(&ctx->hash);
	return 0;
}

int
mbedtls_sha256_update(mbedtls_sha256_context *ctx, const unsigned char *input, size_t ilen)
{
	seal_sha256_update(&ctx->hash, input, ilen);
	return 0;
}

int
mbedtls_sha256_finish(mbedtls_sha256_context *ctx, unsigned char *output)
{
	seal_sha256_final(&ctx->hash, output);
	return 0;
}
