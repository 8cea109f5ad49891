/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/random.h"

#include <string.h>

#include "mbedtls/hmac_drbg.h"
#include "port/mbedtls/arena.h"

static bool
all_the_same(const unsigned char *octets, size_t len)
{
	size_t i = 1;

	while (i < len && octets[i] == octets[0])
		i++;
	return i >= len;
}

static int
seed(void *ctx, unsigned char *out, size_t len)
{
	const struct seal_random *r = ctx;

	if (!r->entropy.get(r->entropy.ctx, out, len) || all_the_same(out, len))
		return MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED;
	return 0;
}

enum seal_status
seal_random_init(struct seal_random *r, struct seal_entropy entropy)
{
	int failed;

	r->entropy = entropy;
	r->drbg = seal_arena_calloc(1, sizeof *r->drbg);
	if (r->drbg == NULL)
		return SEAL_E_LIMIT;
	mbedtls_hmac_drbg_init(r->drbg);
	failed = mbedtls_hmac_drbg_seed(r->drbg, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
	                                seed, r, NULL, 0);
	if (failed == 0)
		return SEAL_OK;
	seal_random_release(r);
	return failed == MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED ? SEAL_E_KEY : SEAL_E_LIMIT;
}

int
seal_random_callback(void *random, unsigned char *out, size_t len)
{
	struct seal_random *r = random;
	int failed = r->drbg == NULL ? MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED : 0;

	for (size_t done = 0, piece; failed == 0 && done < len; done += piece) {
		piece = len - done < MBEDTLS_HMAC_DRBG_MAX_REQUEST ? len - done
		                                                   : MBEDTLS_HMAC_DRBG_MAX_REQUEST;
		failed = mbedtls_hmac_drbg_random(r->drbg, out + done, piece);
	}
	return failed;
}

enum seal_status
seal_random_bytes(struct seal_random *r, uint8_t *out, size_t len)
{
	if (seal_random_callback(r, out, len) == 0)
		return SEAL_OK;
	memset(out, 0, len);
	return SEAL_E_KEY;
}

void
seal_random_release(struct seal_random *r)
{
	if (r->drbg == NULL)
		return;
	mbedtls_hmac_drbg_free(r->drbg);
	seal_arena_free(r->drbg);
	r->drbg = NULL;
}
