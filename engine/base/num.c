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

bool
seal_num_ipv4(struct seal_span s, uint32_t *out)
{
	uint32_t address = 0;

	for (unsigned part = 0; part < 4; part++) {
		const struct seal_span digits = seal_span_first(s, seal_span_find(s, '.'));
		uint64_t value = 0;

		if (!seal_num_u64(digits, &value) || value > 255u)
			return false;
		if (digits.len > 1 && digits.ptr[0] == '0')
			return false;
		if ((part < 3) != (digits.len < s.len))
			return false;
		address = address << 8 | (uint32_t)value;
		s = seal_span_from(s, digits.len + 1);
	}
	*out = address;
	return true;
}

void
seal_num_put_ipv4(struct seal_out *out, uint32_t address)
{
	for (unsigned shift = 32; shift > 0; shift -= 8) {
		seal_out_u64(out, address >> (shift - 8) & 255u);
		if (shift > 8)
			seal_out_octet(out, '.');
	}
}
