/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/crc32.h"

/* Four bits at a time need a table of 64 octets; eight would need 1 KB. */
uint32_t
seal_crc32(uint32_t crc, const uint8_t *data, size_t len)
{
	static const uint32_t TABLE[16] = {
		0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu,
		0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
		0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
		0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu
	};

	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		crc = crc >> 4 ^ TABLE[crc & 15u];
		crc = crc >> 4 ^ TABLE[crc & 15u];
	}
	return ~crc;
}
