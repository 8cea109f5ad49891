/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/date.h"

#include "engine/base/num.h"

#define DAY_S 86400u
#define DAYS_BEFORE_1970 719468u /* since 0000-03-01 */
#define LAST_S UINT64_C(253402300799) /* the last second of 9999 */

static struct seal_span
three_letters(const char *names, uint32_t index)
{
	return seal_span((const uint8_t *)names + 3u * index, 3);
}

/* Years begin on 1 March here, in eras of 400 years (146097 days): then the leap day is
 * the last day of its year. */
struct seal_date
seal_date_of(uint64_t unix_s)
{
	const uint64_t known_s = unix_s < LAST_S ? unix_s : LAST_S;
	const uint32_t days = (uint32_t)(known_s / DAY_S);
	const uint32_t second = (uint32_t)(known_s % DAY_S);
	const uint32_t era = (days + DAYS_BEFORE_1970) / 146097u;
	const uint32_t era_day = (days + DAYS_BEFORE_1970) % 146097u;
	const uint32_t era_year = (era_day - era_day / 1460u + era_day / 36524u - era_day / 146096u) / 365u;
	const uint32_t year_day = era_day - (365u * era_year + era_year / 4u - era_year / 100u);
	const uint32_t march_month = (5u * year_day + 2u) / 153u;
	const uint32_t month = (march_month + 2u) % 12u + 1u;

	return (struct seal_date){
		.year = era * 400u + era_year + (month <= 2u ? 1u : 0u),
		.month = month,
		.day = year_day - (153u * march_month + 2u) / 5u + 1u,
		.hour = second / 3600u,
		.minute = second / 60u % 60u,
		.second = second % 60u,
		.days = days,
	};
}

void
seal_date_put_time(struct seal_out *out, const struct seal_date *date)
{
	seal_out_u64_padded(out, date->hour, 2);
	seal_out_octet(out, ':');
	seal_out_u64_padded(out, date->minute, 2);
	seal_out_octet(out, ':');
	seal_out_u64_padded(out, date->second, 2);
}

void
seal_date_put(struct seal_out *out, uint64_t unix_s)
{
	const struct seal_date date = seal_date_of(unix_s);

	seal_out_span_put(out, three_letters("ThuFriSatSunMonTueWed", date.days % 7u));
	seal_out_text(out, ", ");
	seal_out_u64(out, date.day);
	seal_out_octet(out, ' ');
	seal_out_span_put(out, three_letters("JanFebMarAprMayJunJulAugSepOctNovDec", date.month - 1u));
	seal_out_octet(out, ' ');
	seal_out_u64_padded(out, date.year, 4);
	seal_out_octet(out, ' ');
	seal_date_put_time(out, &date);
	seal_out_text(out, " +0000");
}

static bool
is_leap(uint32_t year)
{
	return year % 4u == 0 && (year % 100u != 0 || year % 400u == 0);
}

static uint32_t
days_of_month(uint32_t year, uint32_t month)
{
	if (month == 2u)
		return is_leap(year) ? 29u : 28u;
	return month == 4u || month == 6u || month == 9u || month == 11u ? 30u : 31u;
}

/* Up to four digits. */
static bool
read_digits(struct seal_span digits, uint32_t *value)
{
	uint64_t number;

	if (!seal_num_u64(digits, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

/* The inverse of seal_date_of: the year begins in March. */
bool
seal_date_day(struct seal_span text, uint32_t *days)
{
	uint32_t year = 0, month = 0, day = 0, march_year, march_month;

	if (text.len != 10u || text.ptr[4] != '-' || text.ptr[7] != '-' ||
	    !read_digits(seal_span_first(text, 4), &year) ||
	    !read_digits(seal_span(text.ptr + 5, 2), &month) || !read_digits(seal_span(text.ptr + 8, 2), &day))
		return false;
	if (year < 1970u || month < 1u || month > 12u || day < 1u || day > days_of_month(year, month))
		return false;
	march_year = month < 3u ? year - 1u : year;
	march_month = (month + 9u) % 12u;
	day += march_year * 365u + march_year / 4u - march_year / 100u + march_year / 400u +
	       (153u * march_month + 2u) / 5u - 1u;
	*days = day - DAYS_BEFORE_1970;
	return *days > 0;
}
