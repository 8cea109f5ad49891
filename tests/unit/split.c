/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/split.h"

#include "tests/unit/test.h"

struct seal_span
split_piece(struct seal_span input, size_t first, size_t second, unsigned i)
{
	const size_t at[4] = { 0, first, second, input.len };

	return seal_span_first(seal_span_from(input, at[i]), at[i + 1] - at[i]);
}

void
split_check(split_run run, struct seal_span input, const char *file, int line)
{
	uint8_t whole[1024];
	uint8_t cut[1024];

	for (size_t first = 0; first <= input.len; first++) {
		for (size_t second = first; second <= input.len; second++) {
			struct seal_out want = seal_out(whole, sizeof whole);
			struct seal_out got = seal_out(cut, sizeof cut);

			run(input, input.len, input.len, &want);
			run(input, first, second, &got);
			if (!test_check(!want.overflow && !got.overflow, "split fits", file, line) ||
			    !test_check_span(seal_out_span(&got), seal_out_span(&want),
			                     "split anywhere", file, line))
				return;
		}
	}
}
