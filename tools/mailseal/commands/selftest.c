/* SPDX-License-Identifier: Apache-2.0
 *
 * selftest.c - send a message to your own mailbox, and read what its receiver found.
 */
#include "tools/mailseal/commands/selftest.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/doctor/doctor.h"
#include "tools/mailseal/doctor/probe.h"

static const struct option_row options[] = {
	{ "from", 0, OPT_STRING, offsetof(struct selftest_request, from), "ADDRESS",
	  .text = "An address in the domain that is tested." },
	{ "to", 0, OPT_STRING, offsetof(struct selftest_request, to), "ADDRESS",
	  .text = "Your mailbox at the receiver." },
	{ "gateway", 0, OPT_STRING, offsetof(struct selftest_request, gateway), "HOST:PORT",
	  .text = "The gateway; the port is 25 unless given. No TLS is used." },
	{ "read", 0, OPT_STRING, offsetof(struct selftest_request, read), "FILE.eml",
	  .text = "Instead of sending: read the message as it arrived, its original source." },
	OPTIONS_END
};

/* --- sending ---------------------------------------------------------------------- */

static bool
has(const char *value, const char *option)
{
	if (value == NULL)
		tool_error("%s is missing; see: mailseal help selftest", option);
	return value != NULL;
}

static void
put_sent(const struct probe *p, const char *to, bool accepted, struct result *result)
{
	result_set(result, json_pack("{s:b, s:s, s:i, s:s}", "accepted", accepted, "message_id", p->message_id, "code",
	                             (int)p->code, "reply", p->reply));
	if (!accepted)
		tool_error("%s rejects the message: %u %s", p->gateway, p->code, p->reply);
	else
		fprintf(result->text, "accepted: %u %s\n%s\nWhen it has arrived at %s, save its original source and "
		        "run:\n  mailseal selftest --read FILE.eml\n", p->code, p->reply, p->message_id, to);
}

static int
send_probe(const struct selftest_request *r, struct result *result)
{
	char from[SEAL_PATH_MAX + 3], to[SEAL_PATH_MAX + 3];
	struct probe probe = { .gateway = r->gateway };
	int code;

	if (!has(r->from, "--from ADDRESS") || !has(r->to, "--to ADDRESS") || !has(r->gateway, "--gateway HOST:PORT") ||
	    !probe_address(r->from, "--from", from, &probe.from) || !probe_address(r->to, "--to", to, &probe.to))
		return TOOL_USAGE;
	code = probe_send(&probe);
	if (code != TOOL_IO)
		put_sent(&probe, r->to, code == TOOL_OK, result);
	return code;
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
		return "The receiver reports no checks. Save the original source of the message from the mailbox; "
		       "mailseal doctor FILE verifies the signature itself.";
	if (strcmp(dkim, "pass") != 0)
		return "mailseal doctor FILE says why the signature does not count.";
	if (strcmp(spf, "pass") != 0)
		return "mailseal verify DOMAIN --sends-from ADDRESS says what SPF lacks.";
	return strcmp(dmarc, "pass") != 0 ? "mailseal doctor DOMAIN shows what DMARC lacks." : "";
}

static int
put_read(const struct doctor *d, struct result *result)
{
	static const struct results nothing = { .num = 0 };
	const struct results *const results = d->num_results == 0 ? &nothing : &d->results[0];
	const char *const dkim = dkim_of(results, d->from);
	const char *const spf = results_of(results, "spf"), *const dmarc = results_of(results, "dmarc");
	const char *const fix = advice(dkim, spf, dmarc);
	const bool probe = is_probe(&d->message);

	result_set(result, json_pack(
		"{s:s, s:b, s:s?, s:s, s:s, s:s, s:b, s:s, s:o}", "from", d->from, "probe", probe, "receiver",
		results->server, "dkim", dkim, "spf", spf, "dmarc", dmarc, "pass", fix[0] == '\0', "fix", fix,
		"findings", diagnoses_json(&d->diagnoses)));
	fprintf(result->text, "receiver  %s\nDKIM      %s\nSPF       %s\nDMARC     %s\n",
	        results->server != NULL ? results->server : "unknown", dkim, spf, dmarc);
	if (!probe)
		fprintf(result->text, "This message was not sent by mailseal selftest.\n");
	fprintf(result->text, "%s%s", fix, fix[0] != '\0' ? "\n" : "");
	return fix[0] != '\0' ? TOOL_REFUSED : TOOL_OK;
}

static int
read_probe(const char *path, struct result *result)
{
	struct doctor *const d = tool_allocate(sizeof *d);
	int code;

	*d = (struct doctor){ .path = path };
	code = doctor_read_results(d);
	if (code == TOOL_OK)
		code = put_read(d, result);
	doctor_free(d);
	free(d);
	return code;
}

int
selftest(const struct selftest_request *r, struct result *result)
{
	return r->read != NULL ? read_probe(r->read, result) : send_probe(r, result);
}

static int
start(const void *request, struct result *result)
{
	return selftest(request, result);
}

const struct tool_command tool_selftest = {
	.name = "selftest", .summary = "Send a test message through the gateway and read what its receiver found",
	.options = options, .request_size = sizeof(struct selftest_request), .start = start,
	.help =
		"Sends with --from, --to and --gateway; reads with --read. Only the topmost\n"
		"Authentication-Results field counts, because the receiver itself added it; dkim is the result\n"
		"for signatures of the From domain.\n"
		"Exit codes: 0 accepted, or DKIM, SPF and DMARC all pass; 1 rejected, or one of them does not\n"
		"pass; 5 input or network.\n"
		"\n"
		"  mailseal selftest --from test@example.com --to me@example.net --gateway 192.0.2.25:25\n",
	.json =
		"Sent: { accepted, message_id, code, reply }\n"
		"Read: { from, probe, receiver, dkim, spf, dmarc, pass, fix, findings }\n"
};
