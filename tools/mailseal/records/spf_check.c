/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/spf_check.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/bounds.h"
#include "tools/mailseal/records/spf_macro.h"

/* The functions are recursive, because records include records; evaluate limits the depth to SPF_DEPTH_MAX. */
// NOLINTBEGIN(misc-no-recursion)

/* `path` has the domains whose records are being evaluated, outermost first. */
struct check {
	const struct spf_query *query;
	struct spf_verdict *verdict;
	const char *path[SPF_DEPTH_MAX + 1];
	unsigned depth;
};

/* The result of one term. */
enum match {
	MATCH_NO,
	MATCH_YES,
	MATCH_TEMPERROR,
	MATCH_PERMERROR
};

static enum spf_result evaluate(struct check *c, const char *domain, struct seal_span given);

const char *
spf_result_text(enum spf_result result)
{
	static const char *const texts[] = { "none", "neutral", "pass", "fail", "softfail", "temperror", "permerror" };

	return texts[result];
}

bool
spf_record_of(const struct dns_answer *answer, struct seal_span *record, size_t *num)
{
	*num = 0;
	for (size_t i = 0; i < answer->num_records; i++) {
		if (!spf_is_record(answer->records[i].data))
			continue;
		*record = answer->records[i].data;
		(*num)++;
	}
	return *num == 1;
}

/* Keeps the first problem. Without an address, the evaluation continues after it. */
static void
blame(struct check *c, enum spf_problem problem, const char *where, struct seal_span text, const char *why)
{
	struct spf_verdict *const v = c->verdict;

	if (v->problem != SPF_FINE)
		return;
	v->problem = problem;
	v->text = text;
	v->why = why;
	(void)name_copy(v->where, seal_span_text(where));
}

static bool
is_worst_case(const struct check *c)
{
	return c->query->address == NULL;
}

/* True for a domain that DNS can be asked for (4.3). */
static bool
is_domain(const char *domain)
{
	size_t label = 0;

	if (strchr(domain, '.') == NULL)
		return false;
	for (; domain[0] != '\0'; domain++) {
		label = domain[0] == '.' ? 0 : label + 1;
		if (label > SEAL_LABEL_MAX || (domain[0] == '.' && (domain[1] == '.' || domain[1] == '\0')))
			return false;
	}
	return true;
}

static const struct dns_answer *
ask(struct check *c, const char *name, enum dns_type type)
{
	return dns_lookup_ask(c->query->lookup, name, type);
}

/* --- validated names: ptr and %{p} (5.5) --------------------------------- */

static bool
has_address(struct check *c, const struct dns_answer *answer, unsigned prefix4, unsigned prefix6)
{
	const struct spf_address *const address = c->query->address;

	for (size_t i = 0; address != NULL && i < answer->num_records; i++) {
		struct spf_address one = { .v6 = answer->records[i].data.len == 16 };

		memcpy(one.octets, answer->records[i].data.ptr, one.v6 ? 16 : 4);
		if (spf_address_within(address, &one, one.v6 ? prefix6 : prefix4))
			return true;
	}
	return false;
}

static enum dns_type
address_type(const struct check *c)
{
	return c->query->address != NULL && c->query->address->v6 ? DNS_AAAA : DNS_A;
}

/* The next name that belongs to the address in both directions; NULL: no more. */
static const char *
next_validated(struct check *c, const struct dns_answer *names, size_t *at)
{
	while (*at < names->num_records && *at < SPF_PTR_MAX) {
		const char *const name = (const char *)names->records[(*at)++].data.ptr;

		if (has_address(c, ask(c, name, address_type(c)), 32, 128))
			return name;
	}
	return NULL;
}

static const struct dns_answer *
ask_ptr(struct check *c)
{
	char reverse[DNS_NAME_SIZE], name[DNS_NAME_SIZE];

	spf_macro_reverse(c->query->address, reverse);
	(void)name_join(name, reverse, c->query->address->v6 ? "ip6.arpa" : "in-addr.arpa");
	return ask(c, name, DNS_PTR);
}

/* %{p}: the domain itself, else a name below it, else any other, else "unknown" (7.3). */
static const char *
validated_name(struct check *c, const char *domain)
{
	const struct dns_answer *const names = ask_ptr(c);
	const char *name, *best = "unknown";
	size_t at = 0;

	while ((name = next_validated(c, names, &at)) != NULL) {
		if (name_equal(name, domain))
			return name;
		if (name_within(name, domain) ? !name_within(best, domain) : strcmp(best, "unknown") == 0)
			best = name;
	}
	return best;
}

/* --- one term --------------------------------------------------------------- */

static bool
expand(struct check *c, const char *domain, const struct spf_term *term, char target[DNS_NAME_SIZE])
{
	const struct spf_query *const q = c->query;
	struct spf_macro_values values = {
		.sender = q->sender, .helo = q->helo, .domain = domain, .address = q->address, .origin = q->domain
	};

	if (term->domain.len == 0)
		return name_copy(target, seal_span_text(domain));
	if (q->address != NULL && spf_macro_has(term->domain, 'p'))
		values.validated = validated_name(c, domain);
	return spf_macro_expand(term->domain, &values, target);
}

/* Counts void lookups: the name does not exist, or has no such record (4.6.4). */
static enum match
judge_answer(struct check *c, const struct dns_answer *answer, const char *domain, const struct spf_term *term,
             bool *is_void)
{
	if (dns_is_unknown(answer)) {
		blame(c, SPF_NO_ANSWER, domain, term->text, "");
		return MATCH_TEMPERROR;
	}
	*is_void = dns_is_absent(answer);
	c->verdict->voids += *is_void;
	if (c->verdict->voids > SPF_VOIDS_MAX) {
		blame(c, SPF_MANY_VOIDS, domain, term->text, "");
		return MATCH_PERMERROR;
	}
	return MATCH_NO;
}

/* If the query has no address, the lookup is void only if neither IPv4 nor IPv6 addresses exist. */
static const struct dns_answer *
ask_address(struct check *c, const char *name)
{
	const struct dns_answer *const answer = ask(c, name, address_type(c));

	return is_worst_case(c) && dns_is_absent(answer) ? ask(c, name, DNS_AAAA) : answer;
}

static enum match
match_a(struct check *c, const char *domain, const struct spf_term *term, const char *target, bool *is_void)
{
	const struct dns_answer *const answer = ask_address(c, target);
	const enum match match = judge_answer(c, answer, domain, term, is_void);

	if (match != MATCH_NO)
		return match;
	return has_address(c, answer, term->prefix4, term->prefix6) ? MATCH_YES : MATCH_NO;
}

static enum match
match_mx(struct check *c, const char *domain, const struct spf_term *term, const char *target, bool *is_void)
{
	const struct dns_answer *const hosts = ask(c, target, DNS_MX);
	const enum match match = judge_answer(c, hosts, domain, term, is_void);

	if (match != MATCH_NO)
		return match;
	if (hosts->num_records > SPF_MX_MAX) {
		blame(c, SPF_MANY_MX, domain, term->text, "");
		return MATCH_PERMERROR;
	}
	for (size_t i = 0; i < hosts->num_records; i++) {
		const struct dns_answer *const answer = ask(c, (const char *)hosts->records[i].data.ptr,
		                                            address_type(c));

		if (dns_is_unknown(answer)) {
			blame(c, SPF_NO_ANSWER, domain, term->text, "");
			return MATCH_TEMPERROR;
		}
		if (has_address(c, answer, term->prefix4, term->prefix6))
			return MATCH_YES;
	}
	return MATCH_NO;
}

/* A DNS error counts as no name (5.5). */
static enum match
match_ptr(struct check *c, const char *domain, const struct spf_term *term, const char *target, bool *is_void)
{
	const struct dns_answer *names;
	const char *name;
	size_t at = 0;

	if (is_worst_case(c))
		return MATCH_NO;
	names = ask_ptr(c);
	if (!dns_is_unknown(names) && judge_answer(c, names, domain, term, is_void) == MATCH_PERMERROR)
		return MATCH_PERMERROR;
	while ((name = next_validated(c, names, &at)) != NULL) {
		if (name_within(name, target))
			return MATCH_YES;
	}
	return MATCH_NO;
}

static enum match
match_exists(struct check *c, const char *domain, const struct spf_term *term, const char *target, bool *is_void)
{
	const struct dns_answer *const answer = ask(c, target, DNS_A);
	const enum match match = judge_answer(c, answer, domain, term, is_void);

	return match != MATCH_NO ? match : answer->status == DNS_FOUND ? MATCH_YES : MATCH_NO;
}

/* 5.2 */
static enum match
match_include(struct check *c, const char *domain, const struct spf_term *term, const char *target)
{
	switch (evaluate(c, target, seal_span(NULL, 0))) {
	case SPF_PASS:
		return is_worst_case(c) ? MATCH_NO : MATCH_YES;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return MATCH_NO;
	case SPF_TEMPERROR:
		return MATCH_TEMPERROR;
	case SPF_NONE:
		blame(c, SPF_NO_RECORD, domain, term->text, "");
		break;
	case SPF_PERMERROR:
		break;
	}
	return MATCH_PERMERROR;
}

static enum match
match_term(struct check *c, const char *domain, const struct spf_term *term, const char *target, bool *is_void)
{
	const struct spf_address *const address = c->query->address;

	switch (term->kind) {
	case SPF_ALL:
		return MATCH_YES;
	case SPF_IP4:
	case SPF_IP6:
		return address != NULL && spf_address_within(address, &term->network,
		                                             term->network.v6 ? term->prefix6 : term->prefix4)
		       ? MATCH_YES : MATCH_NO;
	case SPF_A:
		return match_a(c, domain, term, target, is_void);
	case SPF_MX:
		return match_mx(c, domain, term, target, is_void);
	case SPF_PTR:
		return match_ptr(c, domain, term, target, is_void);
	case SPF_EXISTS:
		return match_exists(c, domain, term, target, is_void);
	case SPF_INCLUDE:
	case SPF_REDIRECT:
	case SPF_EXP:
	case SPF_UNKNOWN:
		break;
	}
	return MATCH_NO;
}

static bool
is_on_path(const struct check *c, const char *name)
{
	for (unsigned i = 0; i < c->depth; i++) {
		if (name_equal(c->path[i], name))
			return true;
	}
	return false;
}

static void
visit(struct check *c, const char *domain, const struct spf_term *term, const char *target, bool is_void)
{
	const struct spf_step step = {
		.depth = c->depth - 1, .domain = domain, .term = term, .target = target,
		.lookups = c->verdict->lookups, .is_void = is_void,
		.is_seen = (term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT) && is_on_path(c, target)
	};

	if (c->query->visit != NULL)
		c->query->visit(c->query->ctx, &step);
}

/* False: too many lookups. The worst case continues, in order to report their number. */
static bool
count_lookup(struct check *c, const char *domain, const struct spf_term *term)
{
	if (!spf_needs_lookup(term))
		return true;
	c->verdict->lookups++;
	if (c->verdict->lookups <= SPF_LOOKUPS_MAX)
		return true;
	blame(c, SPF_MANY_LOOKUPS, domain, term->text, "");
	return is_worst_case(c) && c->verdict->lookups < SPF_COUNT_MAX;
}

/* Shows an include before its terms. */
static enum match
do_term(struct check *c, const char *domain, const struct spf_term *term)
{
	char target[DNS_NAME_SIZE] = "";
	bool known, is_void = false;
	enum match match;

	if (!count_lookup(c, domain, term))
		return MATCH_PERMERROR;
	known = spf_needs_lookup(term) && expand(c, domain, term, target);
	if (term->kind == SPF_INCLUDE) {
		visit(c, domain, term, target, false);
		if (known && is_worst_case(c) && is_on_path(c, target)) {
			blame(c, SPF_RECURSION, domain, term->text, "");
			return MATCH_PERMERROR;
		}
		return known ? match_include(c, domain, term, target) : MATCH_NO;
	}
	match = spf_needs_lookup(term) && !known ? MATCH_NO : match_term(c, domain, term, target, &is_void);
	visit(c, domain, term, target, is_void);
	return match;
}

static enum spf_result
result_of(char qualifier)
{
	switch (qualifier) {
	case '-':
		return SPF_FAIL;
	case '~':
		return SPF_SOFTFAIL;
	case '?':
		return SPF_NEUTRAL;
	default:
		return SPF_PASS;
	}
}

/* 6.1 */
static enum spf_result
redirect(struct check *c, const char *domain, const struct spf_term *term)
{
	char target[DNS_NAME_SIZE];
	enum spf_result result;

	if (!count_lookup(c, domain, term))
		return SPF_PERMERROR;
	(void)expand(c, domain, term, target);
	visit(c, domain, term, target, false);
	if (target[0] == '\0' && is_worst_case(c))
		return SPF_NEUTRAL;
	if (is_worst_case(c) && is_on_path(c, target)) {
		blame(c, SPF_RECURSION, domain, term->text, "");
		return SPF_PERMERROR;
	}
	result = evaluate(c, target, seal_span(NULL, 0));
	if (result != SPF_NONE)
		return result;
	blame(c, SPF_NO_RECORD, domain, term->text, "");
	return SPF_PERMERROR;
}

/* Evaluates the terms of a well-formed record until one matches. */
static enum spf_result
run_terms(struct check *c, const char *domain, struct seal_span record)
{
	struct seal_span rest = spf_terms(record);
	struct spf_term term, redirection = { .kind = SPF_UNKNOWN };
	enum spf_result worst = SPF_NEUTRAL;
	const char *why;

	while (spf_next(&rest, &term, &why) == SPF_NEXT_TERM) {
		enum match match;

		if (term.kind == SPF_REDIRECT)
			redirection = term;
		if (term.kind >= SPF_REDIRECT)
			continue;
		match = do_term(c, domain, &term);
		if (match == MATCH_YES)
			return worst == SPF_NEUTRAL ? result_of(term.qualifier) : worst;
		if (match == MATCH_TEMPERROR || match == MATCH_PERMERROR)
			worst = match == MATCH_PERMERROR ? SPF_PERMERROR : SPF_TEMPERROR;
		if (worst != SPF_NEUTRAL && (!is_worst_case(c) || c->verdict->lookups >= SPF_COUNT_MAX))
			return worst;
	}
	if (redirection.kind != SPF_REDIRECT)
		return worst;
	return worst == SPF_NEUTRAL ? redirect(c, domain, &redirection) : (redirect(c, domain, &redirection), worst);
}

/* Finds the record of the domain; exactly one must exist. */
static enum spf_result
fetch_record(struct check *c, const char *domain, struct seal_span *record)
{
	const struct dns_answer *const answer = ask(c, domain, DNS_TXT);
	size_t num;

	if (dns_is_unknown(answer)) {
		blame(c, SPF_NO_ANSWER, domain, seal_span(NULL, 0), "");
		return SPF_TEMPERROR;
	}
	if (spf_record_of(answer, record, &num))
		return SPF_PASS;
	if (num == 0)
		return SPF_NONE;
	blame(c, SPF_SEVERAL, domain, *record, "");
	return SPF_PERMERROR;
}

static enum spf_result
evaluate(struct check *c, const char *domain, struct seal_span given)
{
	struct seal_span record = given, text;
	enum spf_result result = is_domain(domain) ? SPF_PASS : SPF_NONE;
	const char *why;

	if (c->depth == SPF_DEPTH_MAX) {
		blame(c, SPF_MANY_LOOKUPS, domain, given, "");
		return SPF_PERMERROR;
	}
	if (given.len == 0 && result == SPF_PASS)
		result = fetch_record(c, domain, &record);
	if (result != SPF_PASS)
		return result;
	if (!spf_check_syntax(record, &text, &why)) {
		blame(c, SPF_SYNTAX, domain, text, why);
		return SPF_PERMERROR;
	}
	c->path[c->depth++] = domain;
	result = run_terms(c, domain, record);
	c->path[--c->depth] = NULL;
	return result;
}

// NOLINTEND(misc-no-recursion)

struct spf_verdict
spf_check(const struct spf_query *query)
{
	struct spf_verdict verdict = { .result = SPF_NONE, .why = "" };
	struct check c = { .query = query, .verdict = &verdict };

	verdict.result = evaluate(&c, query->domain, query->record);
	return verdict;
}
