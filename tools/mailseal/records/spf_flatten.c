/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_flatten.c - an SPF record with addresses instead of terms that need DNS. It is correct only until one of these
 * addresses changes, and nothing then reports that it is wrong.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "tools/mailseal/records/spf_judge.h"
#include "tools/mailseal/records/spf_macro.h"

struct flatten {
	struct dns_lookup lookup;
	struct findings *findings;
	char *out;
	unsigned depth, num_domains;
	bool failed;
};

/* Recursive, because records include records; flatten_domain limits the depth to SPF_DEPTH_MAX. */
// NOLINTBEGIN(misc-no-recursion)
static void flatten_domain(struct flatten *f, const char *domain, char qualifier, bool included);

static void
fail(struct flatten *f, const char *domain, const struct spf_term *term)
{
	findings_add(f->findings, FINDING_SPF_NOT_FLAT, domain, NULL, text_visible(term->text));
	f->failed = true;
}

static void
put(struct flatten *f, char qualifier, struct seal_span text)
{
	if (qualifier == '+')
		text_append(&f->out, " %.*s", (int)text.len, (const char *)text.ptr);
	else
		text_append(&f->out, " %c%.*s", qualifier, (int)text.len, (const char *)text.ptr);
}

/* The term without its qualifier. */
static struct seal_span
bare(const struct spf_term *term)
{
	const uint8_t first = term->text.ptr[0];
	const bool qualified = first == '+' || first == '-' || first == '~' || first == '?';

	return seal_span_from(term->text, qualified ? 1 : 0);
}

static void
put_addresses(struct flatten *f, const char *name, enum dns_type type, unsigned prefix, char qualifier)
{
	const struct dns_answer *const answer = dns_lookup_ask(f->lookup, name, type);
	const bool v6 = type == DNS_AAAA;

	f->failed = f->failed || findings_add_unknown(f->findings, name, answer);
	for (size_t i = 0; i < answer->num_records; i++) {
		char text[INET6_ADDRSTRLEN];
		char *term;

		(void)inet_ntop(v6 ? AF_INET6 : AF_INET, answer->records[i].data.ptr, text, sizeof text);
		term = prefix == (v6 ? 128u : 32u) ? text_format("ip%c:%s", v6 ? '6' : '4', text)
		                                   : text_format("ip%c:%s/%u", v6 ? '6' : '4', text, prefix);
		put(f, qualifier, seal_span_text(term));
		free(term);
	}
}

static void
flatten_hosts(struct flatten *f, const struct spf_term *term, const char *target, char qualifier)
{
	const struct dns_answer *hosts;

	if (term->kind == SPF_A) {
		put_addresses(f, target, DNS_A, term->prefix4, qualifier);
		put_addresses(f, target, DNS_AAAA, term->prefix6, qualifier);
		return;
	}
	hosts = dns_lookup_ask(f->lookup, target, DNS_MX);
	f->failed = f->failed || findings_add_unknown(f->findings, target, hosts);
	for (size_t i = 0; i < hosts->num_records; i++) {
		const char *const host = (const char *)hosts->records[i].data.ptr;

		put_addresses(f, host, DNS_A, term->prefix4, qualifier);
		put_addresses(f, host, DNS_AAAA, term->prefix6, qualifier);
	}
}

/* In an included record, only terms that pass count. A term that excludes addresses from them cannot be expressed
 * without the include. An `all` that does not pass only ends the record. */
static void
flatten_term(struct flatten *f, const char *domain, const struct spf_term *term, char outer, bool included)
{
	const struct spf_macro_values values = { .domain = domain };
	const char qualifier = included ? outer : term->qualifier;
	char target[DNS_NAME_SIZE] = "";

	if (included && term->qualifier != '+') {
		if (term->kind != SPF_ALL)
			fail(f, domain, term);
		return;
	}
	if (term->domain.len == 0)
		(void)name_copy(target, seal_span_text(domain));
	else
		(void)spf_macro_expand(term->domain, &values, target);
	if (term->kind == SPF_INCLUDE && target[0] != '\0')
		flatten_domain(f, target, qualifier, true);
	else if ((term->kind == SPF_A || term->kind == SPF_MX) && target[0] != '\0')
		flatten_hosts(f, term, target, qualifier);
	else if (included && spf_needs_lookup(term))
		fail(f, domain, term);
	else
		put(f, qualifier, bare(term));
}

static void
flatten_domain(struct flatten *f, const char *domain, char qualifier, bool included)
{
	const struct spf_term self = { .text = seal_span_text(domain) };
	struct seal_span record, rest, wrong;
	struct spf_term term, redirect = { .kind = SPF_UNKNOWN };
	char target[DNS_NAME_SIZE];
	const char *why;
	size_t num;
	bool ended = false;

	if (f->failed)
		return;
	if (f->depth == SPF_DEPTH_MAX || f->num_domains++ >= SPF_COUNT_MAX ||
	    !spf_record_of(dns_lookup_ask(f->lookup, domain, DNS_TXT), &record, &num) ||
	    !spf_check_syntax(record, &wrong, &why)) {
		fail(f, domain, &self);
		return;
	}
	f->depth++;
	rest = spf_terms(record);
	while (!ended && spf_next(&rest, &term, &why) == SPF_NEXT_TERM) {
		if (term.kind == SPF_REDIRECT)
			redirect = term;
		else if (term.kind < SPF_REDIRECT)
			flatten_term(f, domain, &term, qualifier, included);
		ended = term.kind == SPF_ALL;
	}
	if (!ended && redirect.kind == SPF_REDIRECT) {
		const struct spf_macro_values values = { .domain = domain };

		if (spf_macro_expand(redirect.domain, &values, target))
			flatten_domain(f, target, qualifier, included);
		else
			fail(f, domain, &redirect);
	}
	f->depth--;
}

// NOLINTEND(misc-no-recursion)

char *
spf_flatten(struct dns_lookup lookup, const char *domain, struct findings *findings)
{
	struct flatten f = { .lookup = lookup, .findings = findings, .out = text_format("v=spf1") };

	flatten_domain(&f, domain, '+', false);
	if (!f.failed)
		return f.out;
	free(f.out);
	return NULL;
}
