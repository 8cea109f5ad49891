/* SPDX-License-Identifier: Apache-2.0
 *
 * key_numbers.c - numbers, durations, dates and words as values of the configuration.
 */
#include "engine/config/key_readers.h"

#include "engine/base/ascii.h"
#include "engine/base/num.h"
#include "engine/mail/date.h"

/* --- numbers -------------------------------------------------------------- */

struct unit {
	char name[4];
	uint32_t factor; /* 0: the end of the table */
};

static const struct unit size_units[] = { { "", 1 }, { "K", 1024 }, { "M", 1024 * 1024 }, { "", 0 } };
static const struct unit time_units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "", 0 } };
static const struct unit rate_units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 }, { "", 0 } };

static uint32_t
unit_factor(struct seal_span name, const struct unit *units)
{
	while (units->factor != 0 && !seal_config_is(name, units->name))
		units++;
	return units->factor;
}

/* A number right before one of `units`; their product is in 1..max. */
static bool
read_scaled(struct seal_span value, const struct unit *units, uint64_t max, uint64_t *out)
{
	size_t num_digits = 0;
	uint64_t number;
	uint32_t factor;

	while (num_digits < value.len && seal_is_digit(value.ptr[num_digits]))
		num_digits++;
	factor = unit_factor(seal_span_from(value, num_digits), units);
	if (factor == 0 || !seal_num_u64(seal_span_first(value, num_digits), &number))
		return false;
	if (number == 0 || number > max / factor)
		return false;
	*out = number * factor;
	return true;
}

bool
seal_config_read_size(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	uint64_t *size = member;

	(void)key;
	(void)error;
	return read_scaled(value, size_units, UINT64_MAX, size);
}

bool
seal_config_read_seconds(void *member, const struct seal_config_key *key, struct seal_span value,
                         struct seal_config_error *error)
{
	uint32_t *seconds = member;
	uint64_t number;

	(void)key;
	(void)error;
	if (!read_scaled(value, time_units, UINT32_MAX, &number))
		return false;
	*seconds = (uint32_t)number;
	return true;
}

bool
seal_config_read_rate(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	struct seal_config_client *client = member;
	const size_t slash = seal_span_find(value, '/');
	uint64_t count;

	(void)key;
	(void)error;
	client->rate_period_s = unit_factor(seal_span_from(value, slash + 1), rate_units);
	if (client->rate_period_s == 0 || !seal_num_u64(seal_span_first(value, slash), &count))
		return false;
	client->rate_count = (uint32_t)count;
	return count >= 1 && count <= UINT32_MAX;
}

bool
seal_config_read_date(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	(void)key;
	(void)error;
	return seal_date_day(value, member);
}

/* --- words ---------------------------------------------------------------- */

struct seal_span
seal_config_word(const char *words, unsigned number)
{
	struct seal_span rest = seal_span_text(words);
	struct seal_span word = { NULL, 0 };

	for (unsigned i = 0; i <= number; i++)
		(void)seal_span_split(&rest, '|', &word);
	return word;
}

/* The member, one byte, becomes the number of the word in key->detail. */
bool
seal_config_read_word(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	struct seal_span words = seal_span_text(key->detail);
	struct seal_span word;
	uint8_t number = 0;

	(void)error;
	while (seal_span_split(&words, '|', &word) && !seal_span_equal(word, value))
		number++;
	if (!seal_span_equal(word, value))
		return false;
	*(uint8_t *)member = number;
	return true;
}

/* "any" follows the words of enum seal_smtpd_offer. */
#define AUTH_ANY (SEAL_SMTPD_REQUIRED + 1)

_Static_assert(sizeof(bool) == 1, "no and yes are the numbers of words too");
_Static_assert(SEAL_BARE_LF_REFUSE == 0 && SEAL_BARE_LF_NORMALIZE == 1, SEAL_BARE_LF_WORDS);
_Static_assert(SEAL_SMTPC_TLS_NONE == 0 && SEAL_SMTPC_TLS_STARTTLS == 1 && SEAL_SMTPC_TLS_IMPLICIT == 2,
               SEAL_SMTPC_TLS_WORDS);
_Static_assert(SEAL_SMTPC_AUTH_NONE == 0 && SEAL_SMTPC_AUTH_PLAIN == 1 && SEAL_SMTPC_AUTH_LOGIN == 2 &&
               SEAL_SMTPC_AUTH_XOAUTH2 == 3, SEAL_SMTPC_AUTH_WORDS);
_Static_assert(SEAL_SMTPD_HIDDEN == 0 && SEAL_SMTPD_OFFERED == 1 && SEAL_SMTPD_REQUIRED == 2,
               SEAL_SMTPD_TLS_WORDS ", " SEAL_SMTPD_AUTH_WORDS);
_Static_assert(SEAL_ACTIVATION_IMMEDIATE == 0 && SEAL_ACTIVATION_DNS == 1 && SEAL_ACTIVATION_MANUAL == 2,
               SEAL_ACTIVATION_WORDS);

bool
seal_config_read_auth_offer(void *member, const struct seal_config_key *key, struct seal_span value,
                            struct seal_config_error *error)
{
	struct seal_config_client *client = member;

	if (!seal_config_read_word(&client->auth, key, value, error))
		return false;
	client->any_login = client->auth == AUTH_ANY;
	if (client->any_login)
		client->auth = SEAL_SMTPD_OFFERED;
	return true;
}

bool
seal_config_read_add(void *member, const struct seal_config_key *key, struct seal_span value,
                     struct seal_config_error *error)
{
	struct seal_config_client *client = member;

	(void)key;
	while (seal_span_split(&value, ',', &error->found)) {
		if (seal_config_is(error->found, "date"))
			client->add_date = true;
		else if (seal_config_is(error->found, "message-id"))
			client->add_message_id = true;
		else
			return false;
	}
	return true;
}

static bool
read_canon(struct seal_span word, enum seal_canon *canon)
{
	const bool relaxed = seal_config_is(word, "relaxed");

	*canon = relaxed ? SEAL_CANON_RELAXED : SEAL_CANON_SIMPLE;
	return relaxed || seal_config_is(word, "simple");
}

bool
seal_config_read_canonicalization(void *member, const struct seal_config_key *key, struct seal_span value,
                                  struct seal_config_error *error)
{
	struct seal_config_domain *domain = member;
	const size_t slash = seal_span_find(value, '/');

	(void)key;
	(void)error;
	return read_canon(seal_span_first(value, slash), &domain->header_canon) &&
	       read_canon(seal_span_from(value, slash + 1), &domain->body_canon);
}
