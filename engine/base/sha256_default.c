/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/sha256.h"

void
seal_sha256_blocks(uint32_t state[8], const uint8_t *data, size_t num_blocks)
{
	seal_sha256_blocks_portable(state, data, num_blocks);
}
