/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/waiting.h"

#include "tools/mailseal/base/tool.h"

/* The state of a name that has an error. */
enum standing {
	STANDING_SILENT,     /* DNS does not answer                                               */
	STANDING_OLD,        /* correct at the zone's servers; the resolver has an old answer     */
	STANDING_OLD_BELOW,  /* the same for a name that the record refers to                     */
	STANDING_ABSENT,     /* not published yet                                                 */
	STANDING_UNKNOWN,    /* wrong; the zone's servers do not show whether it has been fixed   */
	STANDING_FOLLOWS,    /* caused by another error, and disappears with it                   */
	STANDING_WRONG       /* waiting does not help                                             */
};

static bool
is_error(const struct finding *f)
{
	return finding_kind(f->code)->severity == SEVERITY_ERROR;
}

static bool
is_silence(enum finding_code code)
{
	return code == FINDING_DNS_TIMEOUT || code == FINDING_DNS_SERVFAIL || code == FINDING_SPF_TEMPORARY;
}

/* True if a record is missing; false if a published record must be corrected. */
static bool
is_absence(enum finding_code code)
{
	static const enum finding_code codes[] = {
		FINDING_DKIM_MISSING, FINDING_DKIM_BROKEN_ALIAS, FINDING_SPF_MISSING, FINDING_SPF_SENDER,
		FINDING_DMARC_MISSING, FINDING_DMARC_REPORT_REFUSED
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

static const struct finding *
find_error(const struct findings *f, const char *name)
{
	for (size_t i = 0; i < f->num; i++) {
		if (is_error(&f->list[i]) && name_equal(f->list[i].name, name))
			return &f->list[i];
	}
	return NULL;
}

static bool
has_silence(const struct findings *f)
{
	for (size_t i = 0; i < f->num; i++) {
		if (is_silence(f->list[i].code))
			return true;
	}
	return false;
}

static enum standing
standing_of(const struct finding *error, const struct findings *zone, struct dns *dns)
{
	const struct finding *const at_zone = find_error(zone, error->name);
	const struct dns_answer *now;

	if (is_silence(error->code))
		return STANDING_SILENT;
	if (at_zone != NULL && at_zone->code == FINDING_DMARC_BEFORE_DKIM)
		return STANDING_FOLLOWS;
	if (at_zone != NULL && !is_silence(at_zone->code))
		return is_absence(at_zone->code) ? STANDING_ABSENT : STANDING_WRONG;
	now = dns_ask_zone(dns, error->name, DNS_TXT);
	if (at_zone != NULL || dns_is_unknown(now))
		return STANDING_UNKNOWN;
	if (!dns_answers_equal(dns_ask(dns, error->name, DNS_TXT), now))
		return STANDING_OLD;
	return has_silence(zone) ? STANDING_UNKNOWN : STANDING_OLD_BELOW;
}

/* A TTL is in whole seconds, so a cache may keep the answer for up to one second more. */
static uint64_t
until_forgotten(uint32_t ttl_s)
{
	return ttl_s < WAITING_SLEEP_MIN_S ? WAITING_SLEEP_MIN_S : (uint64_t)ttl_s + 1;
}

static uint64_t
until_published(uint32_t ttl_s)
{
	const uint64_t seconds = until_forgotten(ttl_s);

	return seconds < WAITING_SLEEP_MAX_S ? seconds : WAITING_SLEEP_MAX_S;
}

/* Reports the state of a name. Returns the seconds after which it may change; 0: never. */
static uint64_t
report_standing(const struct finding *error, enum standing standing, struct dns *dns)
{
	const char *const code = finding_kind(error->code)->code;
	const char *const resolver = dns->num_resolvers > 0 ? dns->resolvers[0].text : "";
	const uint32_t ttl_s = (dns->authoritative ? dns_ask_zone : dns_ask)(dns, error->name, DNS_TXT)->ttl_s;

	switch (standing) {
	case STANDING_SILENT:
		tool_note(NULL, "%s: DNS does not answer (%s)", error->name, code);
		return WAITING_SLEEP_MIN_S;
	case STANDING_OLD:
		tool_note(NULL, "%s: published; the resolver at %s still has the old answer for %u s", error->name,
		          resolver, ttl_s);
		return until_forgotten(ttl_s);
	case STANDING_OLD_BELOW:
		tool_note(NULL, "%s: correct (no longer %s); the resolver at %s still has an old answer for a name "
		          "that it refers to", error->name, code, resolver);
		return until_published(ttl_s);
	case STANDING_ABSENT:
		if (dns->authoritative)
			tool_note(NULL, "%s: not published yet (%s)", error->name, code);
		else
			tool_note(NULL, "%s: not published yet (%s); the resolver at %s caches this for %u s",
			          error->name, code, resolver, ttl_s);
		return until_published(ttl_s);
	case STANDING_UNKNOWN:
		tool_note(NULL, "%s: wrong (%s) in an answer that the resolver at %s caches for %u s; the zone's own "
		          "servers did not answer", error->name, code, resolver, ttl_s);
		return until_forgotten(ttl_s);
	case STANDING_WRONG:
		tool_note(NULL, "%s: waiting does not help (%s)", error->name, code);
		return 0;
	case STANDING_FOLLOWS:
		break;
	}
	return 0;
}

uint64_t
waiting_judge(const struct findings *seen, const struct findings *zone, struct dns *dns)
{
	uint64_t least_s = 0;

	for (size_t i = 0; i < seen->num; i++) {
		const struct finding *const error = &seen->list[i];
		uint64_t seconds;

		if (find_error(seen, error->name) != error)
			continue;
		seconds = report_standing(error, standing_of(error, zone, dns), dns);
		if (seconds > 0 && (least_s == 0 || seconds < least_s))
			least_s = seconds;
	}
	return least_s;
}
