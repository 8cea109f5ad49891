/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mail/addr.h"
#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/doctor/compare.h"
#include "tools/mailseal/doctor/sender.h"
#include "tools/mailseal/records/spf_check.h"

#define CLOCK_SLACK_S 300u

static void
add(struct doctor *d, enum finding_code code, char *about, char *expected, char *found)
{
	diagnoses_add(&d->diagnoses, code, about, expected, found);
}

/* "signature 1, d=example.com s=s2026" */
static char *
about_signature(const struct doctor *d, const struct signature *s)
{
	const size_t number = (size_t)(s - d->signatures) + 1;
	char *const visible = text_visible(seal_span_text(s->domain));
	char *const selector = text_visible(seal_span_text(s->selector));
	char *const text = text_format("signature %zu, d=%s s=%s", number, visible, selector);

	free(visible);
	free(selector);
	return text;
}

/* --- the message ------------------------------------------------------------------------ */

static void
judge_form(struct doctor *d)
{
	const struct seal_header *const h = &d->message.header;

	if (d->message.had_lf)
		add(d, FINDING_MESSAGE_LINE_ENDS, NULL, NULL, NULL);
	if (h->fault != SEAL_HEADER_FINE)
		add(d, FINDING_MESSAGE_MALFORMED, text_format("line %lu", (unsigned long)h->fault_line), NULL,
		    text_format("%s", seal_header_fault_text((enum seal_header_fault)h->fault)));
}

/* The list of fields is then incomplete, so a missing field proves nothing. */
static bool
is_malformed(const struct doctor *d)
{
	return d->message.header.fault != SEAL_HEADER_FINE;
}

static void
read_from(struct doctor *d)
{
	struct seal_out out = seal_out((uint8_t *)d->from, DNS_NAME_MAX);
	enum seal_addr_fault fault;
	struct seal_span field;
	const uint32_t count = message_count(&d->message, SEAL_SPAN("From"));
	size_t at;

	if (count == 1 && message_field_up(&d->message, SEAL_SPAN("From"), 0, &field) &&
	    seal_addr_author_domain(seal_field_value(field), &out, &fault, &at) == SEAL_OK) {
		d->from[out.len] = '\0';
		return;
	}
	d->from[0] = '\0';
	if (is_malformed(d))
		return;
	add(d, FINDING_FROM_UNUSABLE, text_format("From"), NULL,
	    count == 1 ? text_visible(seal_span_first(seal_field_value(field), 60))
	               : text_format("%lu fields", (unsigned long)count));
}

static void
read_results(struct doctor *d)
{
	struct seal_span field;

	for (uint32_t i = 0; d->num_results < DOCTOR_RESULTS_MAX &&
	     message_field_down(&d->message, SEAL_SPAN("Authentication-Results"), i, &field); i++) {
		char *const value = message_unfold(field);

		if (results_read(&d->results[d->num_results], value)) {
			d->num_results++;
		} else {
			results_free(&d->results[d->num_results]);
			add(d, FINDING_RECEIVER_SYNTAX, text_format("Authentication-Results"), NULL,
			    text_visible(seal_span_first(seal_span_text(value), 60)));
		}
		free(value);
	}
	if (d->num_results == 0)
		add(d, FINDING_RECEIVER_NONE, NULL, NULL, NULL);
}

int
doctor_read_results(struct doctor *d)
{
	const int code = message_read(&d->message, d->path);

	if (code != TOOL_OK)
		return code;
	judge_form(d);
	read_from(d);
	read_results(d);
	return TOOL_OK;
}

/* --- signatures --------------------------------------------------------------------------- */

static void
judge_time(struct doctor *d, const struct signature *s)
{
	if (s->expired)
		add(d, FINDING_SIGNATURE_EXPIRED, about_signature(d, s), NULL,
		    text_format("x=%llu, now %llu", (unsigned long long)s->expires_s, (unsigned long long)d->now_s));
	if (s->signed_at_s > d->now_s + CLOCK_SLACK_S)
		add(d, FINDING_SIGNATURE_FUTURE, about_signature(d, s), NULL,
		    text_format("t=%llu, now %llu", (unsigned long long)s->signed_at_s,
		                (unsigned long long)d->now_s));
}

static void
judge_hashes(struct doctor *d, const struct signature *s)
{
	if (s->body == SIGNATURE_BAD && s->footer_lines > 0) {
		struct seal_span rest = s->footer, line = rest;

		while (message_next_line(&rest, &line) && seal_span_trim(line).len == 0)
			;
		add(d, FINDING_BODY_FOOTER, about_signature(d, s), NULL,
		    text_format("%zu lines", s->footer_lines));
		text_append(&d->diagnoses.list[d->diagnoses.num - 1].found, ", the first with text: %.*s",
		            (int)(line.len > 60 ? 60 : line.len), (const char *)line.ptr);
		for (char *c = d->diagnoses.list[d->diagnoses.num - 1].found; *c != '\0'; c++)
			*c = *c >= ' ' && *c < 127 ? *c : '?';
	} else if (s->body == SIGNATURE_BAD) {
		add(d, FINDING_BODY_CHANGED, about_signature(d, s), NULL, NULL);
	}
	if (s->header == SIGNATURE_BAD && s->subject_tag != NULL)
		add(d, FINDING_HEADER_SUBJECT, about_signature(d, s), NULL, text_format("%s", s->subject_tag));
	else if (s->header == SIGNATURE_BAD)
		add(d, FINDING_HEADER_CHANGED, about_signature(d, s), NULL, NULL);
}

/* Compares the published key with the one in the configuration. */
static int
judge_key(struct doctor *d, const struct signature *s)
{
	const struct keys_request request = { .config = d->config, .selector = s->selector, .domain = s->domain };
	struct keys_result result;
	struct findings f = { NULL, 0, 0 };
	const int code = keys_judge(&request, dns_lookup(d->dns), &result, &f);

	if (code == TOOL_OK && result.num_judged > 0)
		diagnoses_take(&d->diagnoses, &f);
	else if (code == TOOL_OK)
		add(d, FINDING_SIGNATURE_FOREIGN, about_signature(d, s), NULL, NULL);
	json_decref(result.records);
	findings_free(&f);
	return code;
}

static int
judge_signature(struct doctor *d, size_t index)
{
	struct signature *const s = &d->signatures[index];
	const bool strict = d->walk.policy != NULL && d->walk.policy->record.strict_dkim;
	struct findings f = { NULL, 0, 0 };
	int code = TOOL_OK;

	signature_verify(s, &d->message, dns_lookup(d->dns), d->now_s, &f);
	findings_forget(&f, FINDING_DKIM_NOT_COMPARED);
	if (s->problem != NULL)
		add(d, FINDING_SIGNATURE_SYNTAX, about_signature(d, s), NULL, text_format("%s", s->problem));
	else if (s->result == SIGNATURE_NEUTRAL)
		add(d, FINDING_SIGNATURE_ALGORITHM, about_signature(d, s), text_format("a=rsa-sha256"),
		    text_format("a=%s", s->algorithm));
	/* This comes first, because the record is judged best when the key is known. */
	if (s->problem == NULL && d->config != NULL)
		code = judge_key(d, s);
	diagnoses_take(&d->diagnoses, &f);
	findings_free(&f);
	if (s->problem != NULL || code != TOOL_OK)
		return code;
	judge_time(d, s);
	if (s->has_length)
		add(d, FINDING_SIGNATURE_LENGTH, about_signature(d, s), NULL, NULL);
	judge_hashes(d, s);
	d->aligned[index] = d->from[0] != '\0' && dmarc_aligned(dns_lookup(d->dns), s->domain, d->from, strict);
	if (d->from[0] != '\0' && !d->aligned[index])
		add(d, FINDING_SIGNATURE_UNALIGNED, about_signature(d, s),
		    text_format("d=%s%s", d->from, strict ? " (adkim=s)" : ""), text_format("d=%s", s->domain));
	return TOOL_OK;
}

static const char *
best_dkim(const struct doctor *d)
{
	const struct signature *best = NULL;

	for (size_t i = 0; i < d->num_signatures; i++) {
		if (best == NULL || d->signatures[i].result < best->result)
			best = &d->signatures[i];
	}
	return best == NULL ? "none" : signature_result_text(best->result);
}

static int
judge_signatures(struct doctor *d)
{
	struct seal_span field;
	int code = TOOL_OK;

	for (uint32_t i = 0; d->num_signatures < DOCTOR_SIGNATURES_MAX &&
	     message_field_down(&d->message, SEAL_SPAN("DKIM-Signature"), i, &field); i++)
		signature_read(&d->signatures[d->num_signatures++], field);
	if (d->num_signatures == 0 && !is_malformed(d))
		add(d, FINDING_SIGNATURE_NONE, NULL, NULL, NULL);
	for (size_t i = 0; code == TOOL_OK && i < d->num_signatures; i++)
		code = judge_signature(d, i);
	d->dkim = best_dkim(d);
	return code;
}

/* --- SPF and DMARC --------------------------------------------------------------------------- */

static bool
find_sender(struct doctor *d, struct sender *s, struct spf_address *address)
{
	sender_find(s, &d->message);
	if (d->client != NULL)
		(void)snprintf(s->client, sizeof s->client, "%s", d->client);
	if (d->envelope != NULL)
		(void)name_copy(s->envelope, seal_span_text(d->envelope));
	if (d->helo != NULL)
		(void)name_copy(s->helo, seal_span_text(d->helo));
	(void)snprintf(d->spf_client, sizeof d->spf_client, "%s", s->client);
	memcpy(d->spf_domain, s->envelope[0] != '\0' ? s->envelope : s->helo, sizeof d->spf_domain);
	return d->spf_domain[0] != '\0' && spf_address_parse(seal_span_text(s->client), address);
}

/* True if SPF passes and is aligned with From. */
static bool
judge_spf(struct doctor *d)
{
	const struct dns_lookup lookup = dns_lookup(d->dns);
	const bool strict = d->walk.policy != NULL && d->walk.policy->record.strict_spf;
	struct spf_address address;
	struct sender sender;
	struct spf_verdict v;

	d->spf = "unknown";
	if (!find_sender(d, &sender, &address)) {
		add(d, FINDING_SPF_UNKNOWN, NULL, NULL, NULL);
		return false;
	}
	v = spf_check(&(struct spf_query){ .lookup = lookup, .domain = d->spf_domain, .address = &address,
	                                   .helo = sender.helo[0] != '\0' ? sender.helo : d->spf_domain });
	d->spf = spf_result_text(v.result);
	if (v.result != SPF_PASS) {
		add(d, v.result == SPF_TEMPERROR ? FINDING_SPF_UNANSWERED : FINDING_SPF_FAILED,
		    text_format("%s", d->spf_domain), text_format("pass for %s", sender.client),
		    text_format("%s", d->spf));
		return false;
	}
	if (d->from[0] == '\0' || dmarc_aligned(lookup, d->spf_domain, d->from, strict))
		return d->from[0] != '\0';
	add(d, FINDING_SPF_UNALIGNED, text_format("%s", d->spf_domain),
	    text_format("%s%s", d->from, strict ? " (aspf=s)" : ""), NULL);
	return false;
}

static const char *
dmarc_verdict(const struct doctor *d, bool passes, bool unknown)
{
	if (d->from[0] == '\0')
		return "permerror";
	if (d->walk.unknown || (unknown && !passes))
		return "temperror";
	return d->walk.policy == NULL ? "none" : passes ? "pass" : "fail";
}

static void
judge_dmarc(struct doctor *d, bool spf_counts)
{
	bool passes = spf_counts, unknown = false;

	for (size_t i = 0; i < d->num_signatures; i++) {
		passes = passes || (d->aligned[i] && d->signatures[i].result == SIGNATURE_PASS);
		unknown = unknown || (d->aligned[i] && d->signatures[i].result == SIGNATURE_TEMPERROR);
	}
	d->dmarc = dmarc_verdict(d, passes, unknown);
	if (strcmp(d->dmarc, "none") == 0)
		add(d, FINDING_DMARC_NO_RECORD, text_format("_dmarc.%s", d->from), NULL, NULL);
	else if (strcmp(d->dmarc, "fail") == 0)
		add(d, FINDING_DMARC_FAILED, text_format("%s", d->from), NULL,
		    text_format("dkim %s, spf %s", d->dkim, d->spf));
}

/* --- the receiver's results -------------------------------------------------------------------- */

static bool
is_bad(const char *result)
{
	return strcmp(result, "pass") != 0 && strcmp(result, "none") != 0;
}

static void
judge_receiver(struct doctor *d)
{
	static const struct {
		const char *method;
		enum finding_code code;
	} methods[] = {
		{ "dkim", FINDING_RECEIVER_DKIM }, { "spf", FINDING_RECEIVER_SPF },
		{ "dmarc", FINDING_RECEIVER_DMARC }
	};
	const struct results *const r = &d->results[0];
	const char *dkim;

	if (d->num_results == 0)
		return;
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		const char *const result = results_of(r, methods[i].method);

		if (is_bad(result))
			add(d, methods[i].code, text_format("%s", r->server), NULL,
			    text_format("%s=%s", methods[i].method, result));
	}
	dkim = results_of(r, "dkim");
	if (strcmp(d->dkim, "temperror") != 0 && strcmp(d->dkim, "neutral") != 0 && strcmp(dkim, "none") != 0 &&
	    (strcmp(dkim, "pass") == 0) != (strcmp(d->dkim, "pass") == 0))
		add(d, FINDING_RECEIVER_DIFFERS, text_format("%s", r->server), text_format("dkim=%s", d->dkim),
		    text_format("dkim=%s", dkim));
}

/* --- everything together -------------------------------------------------------------------------- */

/* The first signature that fails; if none does, the first one. */
static const struct signature *
signature_to_compare(const struct doctor *d)
{
	for (size_t i = 0; i < d->num_signatures; i++) {
		if (d->signatures[i].result == SIGNATURE_FAIL)
			return &d->signatures[i];
	}
	return d->num_signatures > 0 ? &d->signatures[0] : NULL;
}

static int
compare(struct doctor *d)
{
	struct message then;
	int code;

	if (d->signed_path == NULL)
		return TOOL_OK;
	code = message_read(&then, d->signed_path);
	if (code == TOOL_OK)
		compare_messages(&then, &d->message, signature_to_compare(d), &d->diagnoses);
	message_free(&then);
	return code;
}

int
doctor_examine(struct doctor *d)
{
	int code = doctor_read_results(d);

	if (code != TOOL_OK)
		return code;
	if (d->from[0] != '\0')
		dmarc_walk(dns_lookup(d->dns), d->from, &d->walk);
	code = judge_signatures(d);
	if (code == TOOL_OK)
		code = compare(d);
	if (code != TOOL_OK)
		return code;
	judge_dmarc(d, judge_spf(d));
	judge_receiver(d);
	return TOOL_OK;
}

void
doctor_free(struct doctor *d)
{
	for (size_t i = 0; i < d->num_signatures; i++)
		signature_free(&d->signatures[i]);
	for (size_t i = 0; i < d->num_results; i++)
		results_free(&d->results[i]);
	diagnoses_free(&d->diagnoses);
	message_free(&d->message);
}

int
doctor_exit(const struct doctor *d)
{
	size_t of_dns = 0;
	const size_t errors = diagnoses_count(&d->diagnoses, SEVERITY_ERROR);

	for (size_t i = 0; i < d->diagnoses.num; i++)
		of_dns += strncmp(d->diagnoses.list[i].kind->code, "dns-", 4) == 0 &&
		          d->diagnoses.list[i].kind->severity == SEVERITY_ERROR;
	return errors == 0 ? TOOL_OK : errors == of_dns ? TOOL_IO : TOOL_REFUSED;
}
