/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - how far a domain is, and who has to do what next.
 */
#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/status/status.h"

enum {
	OPTION_LOG = OPTION_OWN,
	OPTION_SENDS_FROM,
	OPTION_LANG,
	OPTION_FACTS
};

struct order {
	struct status_request request;
	struct report_request report;
	bool facts;
};

static bool
take_sender(struct status_request *r)
{
	if (r->num_senders < STATUS_SENDERS_MAX && spf_sender_parse(optarg, &r->senders[r->num_senders])) {
		r->num_senders++;
		return true;
	}
	tool_error("--sends-from: expected an address, include:NAME or next-hop, at most %u times, found %s",
	           STATUS_SENDERS_MAX, optarg);
	return false;
}

static bool
take_option(struct order *o, int option)
{
	switch (option) {
	case 'c':
		o->request.config = optarg;
		return true;
	case OPTION_LOG:
		o->request.log = optarg;
		return true;
	case OPTION_SENDS_FROM:
		return take_sender(&o->request);
	case OPTION_LANG:
		if (words_find_lang(optarg, &o->request.lang))
			return true;
		tool_error("--lang: there are no texts for %s", optarg);
		return false;
	case OPTION_FACTS:
		o->facts = true;
		return true;
	default:
		return report_take_option(&o->report, option);
	}
}

static bool
read_options(int argc, char **argv, struct order *o)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "log", required_argument, NULL, OPTION_LOG },
		{ "sends-from", required_argument, NULL, OPTION_SENDS_FROM },
		{ "lang", required_argument, NULL, OPTION_LANG },
		{ "facts", no_argument, NULL, OPTION_FACTS },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	o->request.config = SITE_CONFIG;
	report_request_init(&o->report);
	(void)words_find_lang("en", &o->request.lang);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(o, option))
			return false;
	}
	return tool_arguments(argc, 1, "a domain") && report_domain(argv[optind], "DOMAIN", o->request.domain);
}

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
print(const struct order *o, const struct status *s)
{
	int code;

	if (o->facts)
		return o->report.json ? status_print_facts_json(s) : status_print_facts(s);
	code = o->report.json ? status_print_json(s) : status_print(s);
	return code == TOOL_OK ? exit_of(s) : code;
}

static int
run(int argc, char **argv)
{
	static struct order o;
	static struct status s;
	struct dns dns = { .num_resolvers = 0 };
	int code;

	if (!read_options(argc, argv, &o))
		return TOOL_USAGE;
	code = next_hop_senders(o.request.senders, o.request.num_senders, o.request.config);
	if (code != TOOL_OK)
		return code;
	code = TOOL_USAGE;
	if (report_open(&o.report, &dns)) {
		code = status_make(&s, &o.request, &dns);
		if (code == TOOL_OK)
			code = print(&o, &s);
		status_free(&s);
	}
	dns_free(&dns);
	return code;
}

const struct tool_command tool_status = {
	"status", "DOMAIN [-c CONF] [--log FILE] [--sends-from WHO] [--facts] [OPTIONS]",
	"Say how far a domain is, and who has to do what next",
	"  -c, --config CONF  default: gateway.conf\n"
	"  --log FILE         the gateway's log, or - for standard input: it knows which key signs and\n"
	"                     which record may be deleted\n"
	"  --sends-from WHO   SPF must allow this server: an address, or include:NAME for the record\n"
	"                     of a mail service; may be repeated; next-hop: the record that the mail\n"
	"                     service wants to be included which is the next hop\n"
	"  --lang L           en (default) or de\n"
	"  --facts            instead: the facts that others ask for, on one page: selectors, records and\n"
	"                     fingerprints of the keys, what SPF must have and has, DMARC, the next hop.\n"
	"                     Nothing that is secret is in it\n"
	REPORT_OPTIONS_HELP
	"  --json             { format, domain, date, ok, steps: [ { step, title, state, who, next,\n"
	"                     selector, detail } ], keys: [ as for: key list --dns --log ], findings };\n"
	"                     with --facts { format, domain, date, signs_as, aligned, keys: [ { selector,\n"
	"                     state, dns, name, cname, bits, sha256 } ], spf: { needs, lists: [ { term,\n"
	"                     service } ], answered }, dmarc: { record_at, policy, stage }, next_hop }\n"
	"\n"
	"The steps are those of the hand-over sheet: key, record, signs, spf, dmarc, test, next, age,\n"
	"old. Their states: done; todo; wrong: something is there and not right; unknown: nobody was\n"
	"asked, or did not answer; waits: for time or for a step before. who: you, or dns, those who\n"
	"manage the zone. Whether a test message passed is not known here. A key is to be changed\n"
	"after rotate-after, a year, from made on, or from the date of its file. stage is 1 to 3, or 0\n"
	"without a DMARC record. sha256 is of the public key as DER SubjectPublicKeyInfo.\n"
	"Exit codes: 0 no step is todo or wrong, 1 one is, 3 configuration, 5 the log could not be\n"
	"read. With --facts 0 whatever the steps say.\n"
	"\n"
	"  mailseal status example.com --log gateway.log --sends-from include:spf.example.net\n"
	"  mailseal status example.com --facts --sends-from 192.0.2.25\n",
	.run = run
};
