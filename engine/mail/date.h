/* SPDX-License-Identifier: Apache-2.0
 *
 * date.h - date-time of RFC 5322 3.3, in UTC.
 */
#ifndef SEAL_MAIL_DATE_H
#define SEAL_MAIL_DATE_H

#include "engine/base/out.h"

struct seal_date {
	uint32_t year, month, day;      /* January 1 is { year, 1, 1 } */
	uint32_t hour, minute, second;
	uint32_t days;                  /* since 1970-01-01            */
};

/* The date of `unix_s` seconds since 1970; the last second of 9999-12-31 for any later time. */
struct seal_date seal_date_of(uint64_t unix_s);

/* Append the time, as "01:16:03". */
void seal_date_put_time(struct seal_out *out, const struct seal_date *date);

/* Append the date-time of `unix_s` seconds since 1970, as "Sun, 22 Nov 2026 01:16:03 +0000". */
void seal_date_put(struct seal_out *out, uint64_t unix_s);

/* Read "YYYY-MM-DD", 1970-01-02 to 9999-12-31, as days since 1970. Returns false for anything else. */
bool seal_date_day(struct seal_span text, uint32_t *days);

#endif
