/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/idn.h"

#include "engine/base/ascii.h"
#include "engine/base/bounds.h"
#include "engine/base/utf8.h"

/* RFC 3492 5 */
#define BASE         36u
#define T_MIN         1u
#define T_MAX        26u
#define SKEW         38u
#define DAMP        700u
#define INITIAL_BIAS 72u
#define INITIAL_N   128u

static uint32_t
adapt(uint32_t delta, uint32_t num_points, bool first_time) /* RFC 3492 6.1 */
{
	uint32_t k = 0;

	delta = first_time ? delta / DAMP : delta / 2u;
	delta += delta / num_points;
	for (; delta > (BASE - T_MIN) * T_MAX / 2u; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1u) * delta / (delta + SKEW);
}

static void
put_digit(struct seal_out *out, uint32_t digit)
{
	seal_out_octet(out, (uint8_t)(digit < 26u ? 'a' + digit : '0' + (digit - 26u)));
}

/* One delta as a generalized variable-length integer (RFC 3492 3.3). */
static void
put_delta(struct seal_out *out, uint32_t delta, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		const uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (delta < t)
			break;
		put_digit(out, t + (delta - t) % (BASE - t));
		delta = (delta - t) / (BASE - t);
	}
	put_digit(out, delta);
}

/* Check the label and append its ASCII code points. Returns false as in the header. Other code
 * points are decoded again each time they are needed: an array of 63 would use much of a small
 * stack. */
static bool
check_label(struct seal_out *out, struct seal_span label, uint32_t *num)
{
	uint32_t point;

	for (; label.len > 0; ++*num) {
		if (*num == SEAL_LABEL_MAX || !seal_utf8_next(&label, &point))
			return false;
		if (point >= 0x80)
			continue;
		if (!seal_is_let_dig((uint8_t)point) && point != '-')
			return false;
		seal_out_octet(out, seal_lower((uint8_t)point));
	}
	return true;
}

static uint32_t
smallest_from(struct seal_span label, uint32_t n)
{
	uint32_t smallest = UINT32_MAX;
	uint32_t point;

	while (seal_utf8_next(&label, &point)) {
		if (point >= n && point < smallest)
			smallest = point;
	}
	return smallest;
}

bool
seal_idn_put_a_label(struct seal_out *out, struct seal_span label) /* RFC 3492 6.3 */
{
	uint32_t num = 0;
	uint32_t handled;
	uint32_t num_basic;
	uint32_t n = INITIAL_N;
	uint32_t delta = 0;
	uint32_t bias = INITIAL_BIAS;
	size_t start;

	seal_out_text(out, "xn--");
	start = out->len;
	if (!check_label(out, label, &num))
		return false;
	num_basic = (uint32_t)(out->len - start);
	if (num_basic > 0)
		seal_out_octet(out, '-');
	/* 63 points of at most 0x10FFFF each: delta stays below 2^27 and cannot overflow */
	for (handled = num_basic; handled < num; delta++, n++) {
		const uint32_t m = smallest_from(label, n);
		struct seal_span rest = label;
		uint32_t point;

		delta += (m - n) * (handled + 1u);
		n = m;
		while (seal_utf8_next(&rest, &point)) {
			delta += point < n;
			if (point != n)
				continue;
			put_delta(out, delta, bias);
			bias = adapt(delta, handled + 1u, handled == num_basic);
			delta = 0;
			handled++;
		}
	}
	return true;
}
