/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor.c - why a message, or a domain's mail, is not accepted.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/mailseal/doctor/doctor.h"
#include "tools/mailseal/doctor/domain.h"

enum {
	OPTION_SIGNED = OPTION_OWN,
	OPTION_CLIENT,
	OPTION_ENVELOPE,
	OPTION_HELO,
	OPTION_SELECTOR,
	OPTION_TIME
};

struct request {
	struct report_request report;
	struct doctor doctor;
	struct keys_request keys;
	struct dns dns;
	char domain[DNS_NAME_SIZE];
};

static bool
take_client(struct request *r)
{
	struct spf_address address;

	r->doctor.client = optarg;
	if (spf_address_parse(seal_span_text(optarg), &address))
		return true;
	tool_error("--client: expected an address, found %s", optarg);
	return false;
}

static bool
take_option(struct request *r, int option)
{
	switch (option) {
	case 'c':
		r->doctor.config = r->keys.config = optarg;
		return true;
	case OPTION_SIGNED:
		r->doctor.signed_path = optarg;
		return true;
	case OPTION_CLIENT:
		return take_client(r);
	case OPTION_ENVELOPE:
		r->doctor.envelope = optarg;
		return true;
	case OPTION_HELO:
		r->doctor.helo = optarg;
		return true;
	case OPTION_SELECTOR:
		r->keys.selector = optarg;
		return true;
	case OPTION_TIME:
		return tool_number(optarg, "--time", 1, UINT64_MAX / 2, &r->doctor.now_s);
	default:
		return report_take_option(&r->report, option);
	}
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "signed", required_argument, NULL, OPTION_SIGNED },
		{ "client", required_argument, NULL, OPTION_CLIENT },
		{ "envelope", required_argument, NULL, OPTION_ENVELOPE },
		{ "helo", required_argument, NULL, OPTION_HELO },
		{ "selector", required_argument, NULL, OPTION_SELECTOR },
		{ "time", required_argument, NULL, OPTION_TIME },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&r->report);
	r->doctor.now_s = (uint64_t)time(NULL);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(r, option))
			return false;
	}
	return tool_arguments(argc, 1, "a message file or a domain");
}

static int
examine_file(struct request *r)
{
	struct doctor *const d = &r->doctor;
	int code = doctor_examine(d);

	if (code == TOOL_OK && r->report.json) {
		code = tool_print_json(doctor_json(d));
	} else if (code == TOOL_OK) {
		doctor_print(d);
		code = tool_finish_output();
	}
	if (code == TOOL_OK)
		code = doctor_exit(d);
	doctor_free(d);
	return code;
}

static int
run(int argc, char **argv)
{
	static struct request r;
	bool is_file;
	int code = TOOL_USAGE;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	is_file = strchr(argv[optind], '/') != NULL || access(argv[optind], F_OK) == 0;
	if (!is_file && !report_domain(argv[optind], "FILE or DOMAIN", r.domain))
		return TOOL_USAGE;
	r.doctor.path = argv[optind];
	r.doctor.dns = &r.dns;
	r.keys.domain = r.domain;
	if (report_open(&r.report, &r.dns))
		code = is_file ? examine_file(&r) : domain_examine(&r.keys, &r.dns, r.report.json);
	dns_free(&r.dns);
	return code;
}

const struct tool_command tool_doctor = {
	"doctor", "FILE.eml | DOMAIN [-c CONF] [--signed FILE.eml] [OPTIONS]",
	"Find out why a message fails DKIM, SPF or DMARC",
	"  FILE.eml           the message as the receiver has it, with all its header fields\n"
	"  DOMAIN             a domain instead: its records, in the order in which to mend them; a name\n"
	"                     that is a file here is the file\n"
	"  -c, --config CONF  compare keys and records with this configuration\n"
	"  --signed FILE.eml  the same message when it was signed: says what changed since\n"
	"  --client ADDR, --envelope DOMAIN, --helo NAME  what SPF is asked about, when Received and\n"
	"                     Return-Path do not tell\n"
	"  --selector S       with DOMAIN: the key to judge\n"
	"  --time T           seconds since 1970, in place of now\n"
	REPORT_OPTIONS_HELP
	"  --json             for a file { format, file, from, organizational_domain, dkim, spf, spf_client,\n"
	"                     spf_domain, dmarc, signatures: [ { domain, selector, algorithm, result, body,\n"
	"                     header (unchecked, good, bad), key (ok, bad, unknown), aligned, expired } ],\n"
	"                     receivers: [ { server, results: [ { method, result, properties } ] } ],\n"
	"                     findings }; for a domain { format, domain, ok, first, steps: [ { step,\n"
	"                     question, asked, ok, verdict } ], findings }\n"
	"\n"
	"Each rsa-sha256 signature is verified here, whatever the receiver said. A finding in JSON:\n"
	"{ code, severity (error, warning, note), about, text, expected, found, fix, who (you, dns,\n"
	"owner, forwarder, receiver) }. Codes stay as they are; more may come. SPF is evaluated for the\n"
	"topmost Received with a public client address. Exit codes: 0 no error was found, 1 there are\n"
	"errors, 3 configuration, 5 input or DNS.\n"
	"\n"
	"  mailseal doctor received.eml --signed sent.eml -c gateway.conf\n"
	"  mailseal doctor example.com --selector s2026\n",
	.run = run
};
