/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/num.h"

#include "engine/base/ascii.h"

bool
seal_num_u64(struct seal_span s, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const uint64_t digit = (uint64_t)s.ptr[i] - '0';

		if (!seal_is_digit(s.ptr[i]) || value > (UINT64_MAX - digit) / 10u)
			return false;
		value = value * 10u + digit;
	}
	*out = value;
	return true;
}
