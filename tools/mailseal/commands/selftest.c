/* SPDX-License-Identifier: Apache-2.0
 *
 * selftest.c - send a message to a mailbox of your own, and read what its receiver found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/doctor/doctor.h"
#include "tools/mailseal/doctor/probe.h"

struct request {
	const char *from, *to, *read;
	struct probe probe;
	bool json;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "gateway", required_argument, NULL, 'g' },
		{ "read", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	memset(r, 0, sizeof *r);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == 'f')
			r->from = optarg;
		else if (option == 't')
			r->to = optarg;
		else if (option == 'g')
			r->probe.gateway = optarg;
		else if (option == 'r')
			r->read = optarg;
		else if (option == OPTION_JSON)
			r->json = true;
		else
			return false;
	}
	return tool_arguments(argc, 0, "") &&
	       (r->read != NULL || (tool_required(r->from, "--from ADDRESS") && tool_required(r->to, "--to ADDRESS") &&
	                            tool_required(r->probe.gateway, "--gateway HOST:PORT")));
}

/* --- sending ---------------------------------------------------------------------- */

static int
print_sent(const struct request *r, int code)
{
	const struct probe *const p = &r->probe;

	if (r->json)
		return tool_print_json(json_pack("{s:i, s:b, s:s, s:i, s:s}", "format", 1, "accepted",
		                                 code == TOOL_OK, "message_id", p->message_id, "code",
		                                 (int)p->code, "reply", p->reply));
	if (code == TOOL_REFUSED)
		tool_error("%s refuses: %u %s", p->gateway, p->code, p->reply);
	else
		printf("accepted: %u %s\n%s\nWhen %s has it, save its original source and run:\n"
		       "  mailseal selftest --read FILE.eml\n", p->code, p->reply, p->message_id, r->to);
	return tool_finish_output();
}

static int
send_probe(struct request *r)
{
	char from[SEAL_PATH_MAX + 3], to[SEAL_PATH_MAX + 3];
	int code, printed;

	if (!probe_address(r->from, "--from", from, &r->probe.from) || !probe_address(r->to, "--to", to, &r->probe.to))
		return TOOL_USAGE;
	code = probe_send(&r->probe);
	if (code == TOOL_IO)
		return code;
	printed = print_sent(r, code);
	return printed != TOOL_OK ? printed : code;
}

/* --- reading ---------------------------------------------------------------------- */

/* One is the other, or above it: what the organization is, only DNS could tell. */
static bool
is_related(const char *domain, const char *from)
{
	return domain[0] != '\0' && (name_within(domain, from) || name_within(from, domain));
}

/* The best result for a signature of the From domain; others may have signed too. */
static const char *
dkim_of(const struct results *r, const char *from)
{
	const char *first = "none";

	for (size_t i = r->num; i-- > 0; ) {
		const struct results_one *const one = &r->list[i];
		const char *domain = results_property(one, "header.d");
		const char *const identity = strchr(results_property(one, "header.i"), '@');

		if (domain[0] == '\0' && identity != NULL)
			domain = identity + 1;
		if (strcmp(one->method, "dkim") != 0 || (domain[0] != '\0' && !is_related(domain, from)))
			continue;
		if (strcmp(one->result, "pass") == 0)
			return "pass";
		first = one->result;
	}
	return first;
}

static bool
is_probe(const struct message *m)
{
	struct seal_span field, value;

	return message_field_up(m, SEAL_SPAN("Message-ID"), 0, &field) &&
	       (value = seal_span_trim(seal_field_value(field)),
	        seal_span_starts_nocase(value, SEAL_SPAN("<" PROBE_PREFIX)));
}

static const char *
advice(const char *dkim, const char *spf, const char *dmarc)
{
	if (strcmp(dkim, "none") == 0 && strcmp(spf, "none") == 0 && strcmp(dmarc, "none") == 0)
		return "The receiver says nothing of its checks. Take the original source out of the mailbox; "
		       "mailseal doctor FILE verifies the signature itself.";
	if (strcmp(dkim, "pass") != 0)
		return "mailseal doctor FILE says why the signature does not count.";
	if (strcmp(spf, "pass") != 0)
		return "mailseal verify DOMAIN --sends-from ADDRESS says what SPF lacks.";
	return strcmp(dmarc, "pass") != 0 ? "mailseal doctor DOMAIN says what DMARC lacks." : "";
}

static int
print_read(const struct request *r, const struct doctor *d)
{
	static const struct results nothing = { .num = 0 };
	const struct results *const results = d->num_results == 0 ? &nothing : &d->results[0];
	const char *const dkim = dkim_of(results, d->from);
	const char *const spf = results_of(results, "spf"), *const dmarc = results_of(results, "dmarc");
	const char *const fix = advice(dkim, spf, dmarc);
	const bool probe = is_probe(&d->message);
	int code;

	if (r->json) {
		code = tool_print_json(json_pack(
			"{s:i, s:s, s:b, s:s?, s:s, s:s, s:s, s:b, s:s, s:o}", "format", 1, "from", d->from, "probe",
			probe, "receiver", results->server, "dkim", dkim, "spf", spf, "dmarc", dmarc, "pass",
			fix[0] == '\0', "fix", fix, "findings", diagnoses_json(&d->diagnoses)));
	} else {
		printf("receiver  %s\nDKIM      %s\nSPF       %s\nDMARC     %s\n",
		       results->server != NULL ? results->server : "unknown", dkim, spf, dmarc);
		if (!probe)
			printf("This is no message that mailseal selftest sent.\n");
		printf("%s%s", fix, fix[0] != '\0' ? "\n" : "");
		code = tool_finish_output();
	}
	return code == TOOL_OK && fix[0] != '\0' ? TOOL_REFUSED : code;
}

static int
read_probe(const struct request *r)
{
	static struct doctor d;
	int code;

	d.path = r->read;
	code = doctor_read_results(&d);
	if (code == TOOL_OK)
		code = print_read(r, &d);
	doctor_free(&d);
	return code;
}

static int
run(int argc, char **argv)
{
	struct request r;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	return r.read != NULL ? read_probe(&r) : send_probe(&r);
}

const struct tool_command tool_selftest = {
	"selftest", "--from ADDRESS --to ADDRESS --gateway HOST:PORT | --read FILE.eml",
	"Send a test message through the gateway, and read what its receiver found",
	"  --from ADDRESS     in the domain that is to be tested\n"
	"  --to ADDRESS       a mailbox of yours at the receiver\n"
	"  --gateway H:P      the gateway's address; port 25 unless given. No TLS is used\n"
	"  --read FILE.eml    instead of sending: the message as it arrived, its original source\n"
	"  --json             sent: { format, accepted, message_id, code, reply }; read: { format, from,\n"
	"                     probe, receiver, dkim, spf, dmarc, pass, fix, findings }\n"
	"\n"
	"What counts is the topmost Authentication-Results, which is the receiver's own; dkim is that of\n"
	"signatures of the From domain. Exit codes: 0 accepted, or DKIM, SPF and DMARC all pass; 1 refused,\n"
	"or one of them does not pass; 5 input or network.\n"
	"\n"
	"  mailseal selftest --from test@example.com --to me@example.net --gateway 192.0.2.25:25\n",
	.run = run
};
