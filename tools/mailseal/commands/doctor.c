/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor.c - find out why a message, or a domain's mail, is not accepted.
 */
#include "tools/mailseal/commands/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/mailseal/doctor/doctor.h"
#include "tools/mailseal/doctor/domain.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct doctor_request, subject), "FILE.eml|DOMAIN",
	  .text = "The message as it arrived, with all its header fields; or a domain, whose records are judged in the "
	          "order in which to fix them. A name that is a file here is the file.", .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE_IF_EXISTS(struct doctor_request, config,
	                             "Compare keys and records with this configuration."),
	{ "signed", 0, OPT_STRING, offsetof(struct doctor_request, signed_path), "FILE.eml",
	  .text = "The same message when it was signed: find what changed since then." },
	{ "client", 0, OPT_STRING, offsetof(struct doctor_request, client), "ADDR",
	  .text = "The client that SPF is evaluated for, if Received does not show it." },
	{ "envelope", 0, OPT_STRING, offsetof(struct doctor_request, envelope), "DOMAIN",
	  .text = "The domain of the envelope sender, if Return-Path does not show it." },
	{ "helo", 0, OPT_STRING, offsetof(struct doctor_request, helo), "NAME",
	  .text = "The client's name in EHLO, if Received does not show it." },
	{ "selector", 0, OPT_STRING, offsetof(struct doctor_request, selector), "S",
	  .text = "With DOMAIN: the key to judge." },
	{ "time", 0, OPT_NUMBER, offsetof(struct doctor_request, now_s), "T",
	  .text = "Seconds since 1970, instead of now.", .min = 1, .max = UINT64_MAX / 2 },
	OPTION_GROUP_DNS(struct doctor_request, dns),
	OPTIONS_END
};

static int
examine_message(const struct doctor_request *r, struct dns *dns, struct result *result)
{
	struct doctor *const d = tool_allocate(sizeof *d);
	int code;

	*d = (struct doctor){ .path = r->subject, .config = r->config, .signed_path = r->signed_path,
		              .client = r->client, .envelope = r->envelope, .helo = r->helo,
		              .now_s = r->now_s > 0 ? r->now_s : (uint64_t)time(NULL), .dns = dns };
	code = doctor_examine(d);
	if (code == TOOL_OK) {
		result_set(result, doctor_json(d));
		doctor_print(result->text, d);
		code = doctor_exit(d);
	}
	doctor_free(d);
	free(d);
	return code;
}

static int
examine_domain(const struct doctor_request *r, struct dns *dns, struct result *result)
{
	char domain[DNS_NAME_SIZE];
	const struct keys_request keys = { .config = r->config, .selector = r->selector, .domain = domain };

	return report_domain(r->subject, "FILE or DOMAIN", domain) ? domain_examine(&keys, dns, result) : TOOL_USAGE;
}

static bool
looks_like_file(const char *subject)
{
	static const char *const endings[] = { ".eml", ".msg", ".mbox", ".txt" };
	const size_t len = strlen(subject);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		const size_t tail = strlen(endings[i]);

		if (len > tail && strcasecmp(subject + len - tail, endings[i]) == 0)
			return true;
	}
	return false;
}

int
doctor(const struct doctor_request *r, struct result *result)
{
	const bool is_file = strchr(r->subject, '/') != NULL || access(r->subject, F_OK) == 0;
	struct dns dns = { .num_resolvers = 0 };
	struct spf_address address;
	int code = TOOL_USAGE;

	if (r->client != NULL && !spf_address_parse(seal_span_text(r->client), &address))
		tool_error("--client: expected an address, found %s", r->client);
	else if (report_open(&r->dns, &dns)) {
		if (!is_file && looks_like_file(r->subject))
			tool_note(NULL, "no file %s exists; taken as a domain", r->subject);
		code = is_file ? examine_message(r, &dns, result) : examine_domain(r, &dns, result);
	}
	dns_free(&dns);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return doctor(request, result);
}

const struct tool_command tool_doctor = {
	.name = "doctor", .summary = "Find out why a message fails DKIM, SPF or DMARC",
	.options = options, .request_size = sizeof(struct doctor_request), .start = start,
	.help =
		"Each rsa-sha256 signature is verified here, whatever the receiver reported. SPF is evaluated for\n"
		"the topmost Received field with a public client address.\n"
		"Exit codes: 0 no errors, 1 errors, 3 configuration, 5 input or DNS.\n"
		"\n"
		"  mailseal doctor received.eml --signed sent.eml -c gateway.conf\n"
		"  mailseal doctor example.com --selector s2026\n",
	.json =
		"For a message { file, from, organizational_domain, dkim, spf, spf_client, spf_domain, dmarc,\n"
		"  signatures: [ { domain, selector, algorithm, result, body, header (unchecked, good, bad),\n"
		"    key (ok, bad, unknown), aligned, expired } ],\n"
		"  receivers: [ { server, results: [ { method, result, properties } ] } ], findings }\n"
		"For a domain { domain, ok, first, steps: [ { step, question, asked, ok, verdict } ], findings }\n"
		"A finding is { code, severity (error, warning, note), about, text, expected, found, fix, who\n"
		"(you, dns, owner, forwarder, receiver) }. Codes keep their names; more may be added.\n"
};
