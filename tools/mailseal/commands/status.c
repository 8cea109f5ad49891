/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - show which steps a domain has reached, and who must act next.
 */
#include "tools/mailseal/commands/status.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/status/status.h"

static bool
take_lang(const char *text, const char *what, void *lang)
{
	if (words_find_lang(text, lang))
		return true;
	tool_error("%s: no texts exist for %s", what, text);
	return false;
}

static const struct option_row options[] = {
	{ NULL, 0, OPT_VALUE, offsetof(struct status_options, domain), "DOMAIN", .text = "The domain to look at.",
	  .take = report_take_domain, .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE(struct status_options, config, "The gateway's configuration."),
	{ "log", 0, OPT_STRING, offsetof(struct status_options, log), "FILE",
	  .text = "The gateway's log, or - for standard input. It shows which key signs and which record may be "
	          "deleted." },
	{ "sends-from", 0, OPT_LIST, offsetof(struct status_options, sends_from), "SENDER",
	  .text = "SPF must allow this server: an address; include:NAME for the record of a mail service; or next-hop "
	          "for the record of the mail service that is the next hop.", .max = STATUS_SENDERS_MAX },
	{ "lang", 0, OPT_VALUE, offsetof(struct status_options, lang), "L", .text = "en or de.", .fallback = "en",
	  .take = take_lang },
	{ "facts", 0, OPT_FLAG, offsetof(struct status_options, facts),
	  .text = "Print one page of facts instead: selectors, records and fingerprints of the keys, what SPF needs "
	          "and has, DMARC, the next hop. It contains nothing secret." },
	OPTION_GROUP_DNS(struct status_options, dns),
	OPTIONS_END
};

static int
exit_of(const struct status *s)
{
	for (size_t i = 0; i < WORDS_NUM_STEPS; i++) {
		if (s->steps[i].state == STATUS_TODO || s->steps[i].state == STATUS_WRONG)
			return TOOL_REFUSED;
	}
	return TOOL_OK;
}

static int
put(const struct status_options *o, const struct status *s, struct result *result)
{
	if (o->facts) {
		status_put_facts(s, result);
		return TOOL_OK;
	}
	status_put(s, result);
	return exit_of(s);
}

static int
ask(const struct status_options *o, const struct status_request *request, struct result *result)
{
	struct status *const s = tool_allocate(sizeof *s);
	struct dns dns = { .num_resolvers = 0 };
	int code = TOOL_USAGE;

	if (report_open(&o->dns, &dns)) {
		code = status_make(s, request, &dns);
		if (code == TOOL_OK)
			code = put(o, s, result);
		status_free(s);
	}
	dns_free(&dns);
	free(s);
	return code;
}

int
status(const struct status_options *o, struct result *result)
{
	struct status_request request = {
		.config = o->config, .log = o->log, .num_senders = o->sends_from.num, .lang = o->lang
	};
	int code;

	memcpy(request.domain, o->domain, sizeof request.domain);
	if (!next_hop_read_senders(&o->sends_from, request.senders))
		return TOOL_USAGE;
	code = next_hop_senders(request.senders, request.num_senders, o->config);
	return code == TOOL_OK ? ask(o, &request, result) : code;
}

static int
start(const void *request, struct result *result)
{
	return status(request, result);
}

const struct tool_command tool_status = {
	.name = "status", .summary = "Show which steps a domain has reached, and who must act next",
	.options = options, .request_size = sizeof(struct status_options), .start = start,
	.help =
		"The steps are those of the hand-over sheet: key, record, signs, spf, dmarc, test, next, age,\n"
		"old. A step is done, todo, wrong (the published record is wrong), unknown (DNS was not asked or\n"
		"did not answer) or waits (for time, or for an earlier step). Whether a test message passed is\n"
		"not known here. A key should be changed rotate-after (default: a year) after `made`,\n"
		"or after the date of its file.\n"
		"Exit codes: 0 no step is todo or wrong, 1 at least one is, 3 configuration, 5 the log cannot be\n"
		"read. With --facts 0 whatever the steps are.\n"
		"\n"
		"  mailseal status example.com --log gateway.log --sends-from include:spf.example.net\n"
		"  mailseal status example.com --facts --sends-from 192.0.2.25\n",
	.json =
		"{ domain, date, ok, steps: [ { step, title, state, who, next, selector, detail } ],\n"
		"  keys: [ as for: key list --dns --log ], findings }\n"
		"with --facts { domain, date, signs_as, aligned,\n"
		"  keys: [ { selector, state, dns, name, cname, bits, sha256 } ],\n"
		"  spf: { needs, lists: [ { term, service } ], answered },\n"
		"  dmarc: { record_at, policy, stage }, next_hop }\n"
		"who is you, or dns: the people who manage the zone. stage is 1 to 3, or 0 without a DMARC\n"
		"record. sha256 is of the public key as DER SubjectPublicKeyInfo.\n"
		"\n"
		REPORT_FINDING_HELP
};
