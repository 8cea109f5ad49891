/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ct.h"

bool
seal_ct_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (uint8_t)(a[i] ^ b[i]);
	return differ == 0;
}

void
seal_wipe(void *ptr, size_t len)
{
	volatile uint8_t *octets = ptr;

	while (len > 0)
		octets[--len] = 0;
}
