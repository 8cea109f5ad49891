/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/date.h"

#define DAY_S 86400u

static struct seal_span
three_letters(const char *names, uint64_t index)
{
	return seal_span((const uint8_t *)names + 3u * index, 3);
}

/* Day and month out of days since 1 March 2000-based eras of 400 years (146097 days):
 * with March first, the leap day is the last of its year. */
void
seal_date_put(struct seal_out *out, uint64_t unix_s)
{
	const uint64_t days = unix_s / DAY_S;
	const uint64_t second = unix_s % DAY_S;
	const uint64_t shifted = days + 719468u; /* since 0000-03-01 */
	const uint64_t era = shifted / 146097u;
	const uint64_t era_day = shifted % 146097u;
	const uint64_t era_year =
		(era_day - era_day / 1460u + era_day / 36524u - era_day / 146096u) / 365u;
	const uint64_t year_day = era_day - (365u * era_year + era_year / 4u - era_year / 100u);
	const uint64_t march_month = (5u * year_day + 2u) / 153u;
	const uint64_t day = year_day - (153u * march_month + 2u) / 5u + 1u;
	const uint64_t month = (march_month + 2u) % 12u; /* 0 is January */
	const uint64_t year = era * 400u + era_year + (month < 2u ? 1u : 0u);

	seal_out_span_put(out, three_letters("ThuFriSatSunMonTueWed", days % 7u));
	seal_out_text(out, ", ");
	seal_out_u64(out, day);
	seal_out_octet(out, ' ');
	seal_out_span_put(out, three_letters("JanFebMarAprMayJunJulAugSepOctNovDec", month));
	seal_out_octet(out, ' ');
	seal_out_u64_padded(out, year, 4);
	seal_out_octet(out, ' ');
	seal_out_u64_padded(out, second / 3600u, 2);
	seal_out_octet(out, ':');
	seal_out_u64_padded(out, second / 60u % 60u, 2);
	seal_out_octet(out, ':');
	seal_out_u64_padded(out, second % 60u, 2);
	seal_out_text(out, " +0000");
}
