/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mail/addr.h"
#include "tools/mailseal/records/verifiers.h"

#define COMPARE_TIMEOUT_MS 1500u /* the zone's servers may be unreachable, which is no error */

const struct option_row report_options[] = {
	{ "server", 0, OPT_STRING, offsetof(struct report_request, server), "ADDR",
	  .text = "The resolver to ask: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. Default: those in /etc/resolv.conf." },
	{ "authoritative", 0, OPT_FLAG, offsetof(struct report_request, authoritative), NULL,
	  .text = "Ask the servers of each zone directly, bypassing all caches." },
	{ "zone-port", 0, OPT_NUMBER, offsetof(struct report_request, zone_port), "N",
	  .text = "The port of those servers.", .fallback = "53", .min = 1, .max = 65535 },
	{ "timeout", 0, OPT_NUMBER, offsetof(struct report_request, timeout_s), "SECONDS",
	  .text = "How long to wait for a reply; each question is sent twice.", .fallback = "3", .min = 1, .max = 60 },
	OPTIONS_END
};

bool
report_open(const struct report_request *r, struct dns *dns)
{
	const bool ok = dns_init(dns, r->server);

	dns->authoritative = r->authoritative;
	dns->zone_port = (uint16_t)r->zone_port;
	dns->timeout_ms = (uint32_t)r->timeout_s * 1000;
	return ok;
}

bool
report_domain(const char *text, const char *what, char domain[DNS_NAME_SIZE])
{
	struct seal_out out = seal_out((uint8_t *)domain, DNS_NAME_MAX);
	const bool ok = seal_addr_domain_normalize(seal_span_text(text), &out) == SEAL_OK;

	domain[ok ? out.len : 0] = '\0';
	if (!ok)
		tool_error("%s: expected a domain name, found %s", what, text);
	return ok;
}

bool
report_take_domain(const char *text, const char *what, void *domain)
{
	return report_domain(text, what, domain);
}

static bool
is_first_of_name(const struct findings *f, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (name_equal(f->list[k].name, f->list[i].name))
			return false;
	}
	return true;
}

/* Adds a finding if the resolver has an old answer. */
static void
compare_with_zone(struct findings *f, struct dns *dns, size_t i)
{
	const struct dns_answer *const cached = dns_ask(dns, f->list[i].name, DNS_TXT);
	const struct dns_answer *const now = dns_ask_zone(dns, f->list[i].name, DNS_TXT);

	if (dns_is_unknown(now) || dns_is_unknown(cached) || dns_answers_equal(cached, now))
		return;
	for (size_t k = 0; k < f->num; k++) {
		if (name_equal(f->list[k].name, f->list[i].name))
			f->list[k].wait_s = cached->ttl_s;
	}
	findings_add(f, FINDING_DNS_CACHE, f->list[i].name, NULL, NULL);
	f->list[f->num - 1].wait_s = cached->ttl_s;
}

static void
add_disagreements(struct findings *f, const struct dns *dns)
{
	const char *name;

	for (size_t i = 0; (name = dns_disagreement(dns, i)) != NULL; i++)
		findings_add(f, FINDING_DNS_DISAGREE, name, NULL, NULL);
}

void
report_complete(struct findings *f, struct dns *dns)
{
	const size_t num = f->num;
	const uint32_t timeout_ms = dns->timeout_ms;

	if (findings_has(f, FINDING_DNS_TIMEOUT))
		return;
	for (size_t i = 0; i < num; i++) {
		char name[DNS_NAME_SIZE];

		memcpy(name, f->list[i].name, sizeof name);
		if (!is_first_of_name(f, i))
			continue;
		dns->timeout_ms = timeout_ms < COMPARE_TIMEOUT_MS ? timeout_ms : COMPARE_TIMEOUT_MS;
		if (!dns->authoritative && finding_kind(f->list[i].code)->actor != ACTOR_YOU)
			compare_with_zone(f, dns, i);
		dns->timeout_ms = timeout_ms;
	}
	add_disagreements(f, dns);
	for (size_t i = 0; i < f->num; i++)
		(void)dns_zone_of(dns, f->list[i].name, f->list[i].zone);
}

static void
print_who(FILE *to, const struct finding *finding)
{
	const enum actor actor = finding_kind(finding->code)->actor;

	if (actor == ACTOR_YOU)
		fputs("you", to);
	else if (actor == ACTOR_DNS)
		fprintf(to, "the DNS administrator of %s", finding->zone[0] != '\0' ? finding->zone : finding->name);
	else
		fprintf(to, "the owner of %s", finding->zone[0] != '\0' ? finding->zone : finding->name);
}

static void
print_finding(FILE *to, const struct finding *finding)
{
	const struct finding_kind *const kind = finding_kind(finding->code);

	fprintf(to, "%s %s: %s\n", severity_text(kind->severity), kind->code, finding->name);
	if (finding->expected[0] != '\0')
		fprintf(to, "  expected  %s\n", finding->expected);
	if (finding->expected[0] != '\0' || finding->found[0] != '\0')
		fprintf(to, "  found     %s\n", finding->found[0] != '\0' ? finding->found : "nothing");
	if (finding->reason[0] != '\0')
		fprintf(to, "  reason    %s\n", finding->reason);
	fprintf(to, "  to do     %s\n  who       ", kind->advice);
	print_who(to, finding);
	fputc('\n', to);
	if (finding->wait_s >= 0)
		fprintf(to, "  wait      up to %lld seconds\n", (long long)finding->wait_s);
}

void
report_print_findings(FILE *to, const struct findings *f)
{
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--) {
		for (size_t i = 0; i < f->num; i++) {
			if (finding_kind(f->list[i].code)->severity == (enum severity)severity)
				print_finding(to, &f->list[i]);
		}
	}
}

static json_t *
refused_by_json(int set)
{
	json_t *const list = json_array();
	const char *name;

	if (set < 0) {
		json_decref(list);
		return json_null();
	}
	for (unsigned i = 0; (name = verifiers_name(i)) != NULL; i++) {
		if (((unsigned)set >> i & 1u) != 0)
			json_array_append_new(list, json_string(name));
	}
	return list;
}

static json_t *
finding_json(const struct finding *finding)
{
	const struct finding_kind *const kind = finding_kind(finding->code);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:o}", "code", kind->code, "severity",
	                 severity_text(kind->severity), "name", finding->name, "expected", finding->expected, "found",
	                 finding->found, "reason", finding->reason, "refused_by", refused_by_json(finding->refused_by),
	                 "advice", kind->advice, "who", actor_text(kind->actor), "zone", finding->zone,
	                 "wait_s", finding->wait_s >= 0 ? json_integer(finding->wait_s) : json_null());
}

json_t *
report_findings_json(const struct findings *f)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < f->num; i++)
		json_array_append_new(list, finding_json(&f->list[i]));
	return list;
}

int
report_exit(const struct findings *f)
{
	size_t of_dns = 0;
	const size_t errors = findings_count(f, 0, SEVERITY_ERROR);

	for (size_t i = 0; i < f->num; i++)
		of_dns += f->list[i].code == FINDING_DNS_TIMEOUT || f->list[i].code == FINDING_DNS_SERVFAIL ||
		          f->list[i].code == FINDING_SPF_TEMPORARY;
	if (errors == 0)
		return TOOL_OK;
	if (errors > of_dns)
		return TOOL_REFUSED;
	tool_error(REPORT_NO_ANSWER);
	return TOOL_IO;
}

json_t *
report_text_json(char *text)
{
	json_t *const json = text == NULL ? json_null() : json_string(text);

	free(text);
	return json;
}

json_t *
report_answer_json(const char *name, const char *type, const struct dns_answer *answer)
{
	json_t *const values = json_array();

	for (size_t i = 0; i < answer->num_records; i++)
		json_array_append_new(values, report_text_json(text_visible(answer->records[i].data)));
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:o}", "name", name, "type", type, "status",
	                 dns_status_text(answer->status), "ttl_s", (json_int_t)answer->ttl_s, "alias", answer->alias,
	                 "values", values);
}
