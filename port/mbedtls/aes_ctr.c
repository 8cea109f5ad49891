/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/aes_ctr.h"

#include <string.h>

#include "mbedtls/aes.h"
#include "port/contract/port.h"

static mbedtls_aes_context aes;

void
seal_aes_start(const uint8_t key[SEAL_AES_KEY])
{
	mbedtls_aes_init(&aes);
	if (mbedtls_aes_setkey_enc(&aes, key, SEAL_AES_KEY * 8u) != 0)
		seal_port_panic("AES does not work");
}

void
seal_aes_keystream(void *ctx, const uint8_t nonce[SEAL_AES_NONCE], uint32_t block, uint8_t out[SEAL_AES_BLOCK])
{
	uint8_t in[SEAL_AES_BLOCK];

	(void)ctx;
	memcpy(in, nonce, SEAL_AES_NONCE);
	for (unsigned i = 0; i < 4; i++)
		in[SEAL_AES_NONCE + i] = (uint8_t)(block >> (24u - 8u * i));
	if (mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, in, out) != 0)
		seal_port_panic("AES does not work");
}
