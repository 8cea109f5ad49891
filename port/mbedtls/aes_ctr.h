/* SPDX-License-Identifier: Apache-2.0
 *
 * aes_ctr.h - a key stream of AES-128 in counter mode, for what leaves the machine's memory
 * (SP 800-38A 6.5). Secrecy only: nothing here notices a change.
 */
#ifndef PORT_MBEDTLS_AES_CTR_H
#define PORT_MBEDTLS_AES_CTR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SEAL_AES_KEY   16u
#define SEAL_AES_NONCE 12u
#define SEAL_AES_BLOCK 16u

/* A program has one key, which is made at its start. */
void seal_aes_start(const uint8_t key[SEAL_AES_KEY]);

/* AES of the nonce and `block`, big endian. `ctx` is not used. */
void seal_aes_keystream(void *ctx, const uint8_t nonce[SEAL_AES_NONCE], uint32_t block,
                        uint8_t out[SEAL_AES_BLOCK]);

#ifdef __cplusplus
}
#endif

#endif
