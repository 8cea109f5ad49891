/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/diagnosis.h"

#include <stdlib.h>
#include <string.h>

#define E SEVERITY_ERROR
#define W SEVERITY_WARNING
#define N SEVERITY_NOTE

struct kind {
	const char *code;
	enum severity severity;
	const char *who, *text, *fix;
};

static const struct kind kinds[] = {
	[DIAGNOSIS_MESSAGE_MALFORMED] = { "message-malformed", E, "you",
		"The header section is not well formed, so verifiers read it in different ways.",
		"Correct the program that makes the message. If the file was saved by a mail program, save the "
		"original source instead." },
	[DIAGNOSIS_MESSAGE_LINE_ENDS] = { "message-line-ends", N, "you",
		"The file has LF line ends, as files on Unix have; it was read as if they were CRLF.",
		"Nothing is to be done, unless the message was sent so." },
	[DIAGNOSIS_FROM_UNUSABLE] = { "from-unusable", E, "you",
		"From does not hold exactly one address with a domain, so DMARC cannot pass.",
		"Let the program write one address into From." },
	[DIAGNOSIS_SIGNATURE_NONE] = { "signature-none", E, "you",
		"The message bears no DKIM signature.",
		"Check that it went through the gateway, and that a section [domain] covers its From domain." },
	[DIAGNOSIS_SIGNATURE_SYNTAX] = { "signature-syntax", E, "you",
		"The signature field is not what RFC 6376 asks for, so verifiers pass it over.",
		"Correct the program that made it, or have it sign no more." },
	[DIAGNOSIS_SIGNATURE_ALGORITHM] = { "signature-algorithm", W, "you",
		"This signature was not verified: only rsa-sha256 is. Receivers refuse rsa-sha1 (RFC 8301), and not "
		"all know ed25519-sha256.",
		"Have rsa-sha256 among the signatures." },
	[DIAGNOSIS_SIGNATURE_EXPIRED] = { "signature-expired", E, "you",
		"The time of x= has passed, so the signature counts no more.",
		"If the message was still under way then, set a longer expire, or none." },
	[DIAGNOSIS_SIGNATURE_FUTURE] = { "signature-future", W, "you",
		"The signature says that it was made in the future (t=); some receivers refuse that.",
		"Set the clock of the machine that signs, or give it a time server." },
	[DIAGNOSIS_SIGNATURE_LENGTH] = { "signature-length", W, "you",
		"l= leaves the end of the body unsigned, so anybody can add to it.",
		"Have it signed without l=." },
	[DIAGNOSIS_SIGNATURE_UNALIGNED] = { "signature-unaligned", W, "you",
		"The signature's domain is not that of From, so it does not count for DMARC.",
		"Sign with a key of the From domain as well." },
	[DIAGNOSIS_SIGNATURE_FOREIGN] = { "signature-foreign", N, "you",
		"No key of the configuration has this domain and selector.",
		"If the gateway should have made this signature, compare d= and s= with the configuration." },
	[DIAGNOSIS_BODY_CHANGED] = { "body-changed", E, "forwarder",
		"The body is not the one that was signed: it was changed on the way.",
		"Compare with the signed copy: --signed FILE. What changes mail must come before the gateway." },
	[DIAGNOSIS_BODY_FOOTER] = { "body-footer", E, "forwarder",
		"Lines were appended behind the body that was signed, as mailing lists and disclaimers do. Without "
		"them the signature fits.",
		"Let the footer be added before the gateway signs, or not at all." },
	[DIAGNOSIS_HEADER_CHANGED] = { "header-changed", E, "forwarder",
		"The signature does not fit the header: a signed field was changed on the way, or another key than "
		"the published one signed.",
		"Compare with the signed copy: --signed FILE; compare the keys: --config FILE." },
	[DIAGNOSIS_HEADER_SUBJECT] = { "header-subject", E, "forwarder",
		"A tag was put in front of the subject, as mailing lists do. Without it the signature fits.",
		"Let the list leave the subject alone, or sign again for its own domain." },
	[DIAGNOSIS_CHANGE_NONE] = { "change-none", N, "you",
		"No signed field and no line of the body differs between the two copies.",
		"If only one of them verifies, the key or its record is the reason." },
	[DIAGNOSIS_CHANGE_FIELD] = { "change-field", E, "forwarder",
		"A signed field has another value than when it was signed.",
		"Find which server writes it, and let that happen before the gateway." },
	[DIAGNOSIS_CHANGE_FIELD_ADDED] = { "change-field-added", E, "forwarder",
		"A field was added whose name is signed.",
		"Let it be added before the gateway, or take the name out of oversign." },
	[DIAGNOSIS_CHANGE_FIELD_REMOVED] = { "change-field-removed", E, "forwarder",
		"A signed field is gone.",
		"Let the server keep it, or take the name out of oversign and headers." },
	[DIAGNOSIS_CHANGE_FIELD_FOLDED] = { "change-field-folded", W, "forwarder",
		"A signed field was folded anew or has other white space. That breaks c=simple, not c=relaxed.",
		"Use canonicalization = relaxed/relaxed." },
	[DIAGNOSIS_CHANGE_SUBJECT_TAGGED] = { "change-subject-tagged", E, "forwarder",
		"A tag was put in front of the subject, as mailing lists do.",
		"Let the list leave the subject alone, or sign again for its own domain." },
	[DIAGNOSIS_CHANGE_CHARSET] = { "change-charset", E, "forwarder",
		"A signed field was written in another character encoding.",
		"Let the program write fields in RFC 2047 encoded words before the gateway, so that nobody needs "
		"to convert them." },
	[DIAGNOSIS_CHANGE_BODY] = { "change-body", E, "forwarder",
		"A line of the body was changed.",
		"Find which server writes into bodies (scanners, link rewriting), and let it do so before the "
		"gateway." },
	[DIAGNOSIS_CHANGE_BODY_APPENDED] = { "change-body-appended", E, "forwarder",
		"Lines were appended to the body, as mailing lists and disclaimers do.",
		"Let the footer be added before the gateway signs, or not at all." },
	[DIAGNOSIS_CHANGE_BODY_PREPENDED] = { "change-body-prepended", E, "forwarder",
		"Lines were put in front of the body, as warnings about external mail are.",
		"Let them be added before the gateway signs, or only where mail is delivered." },
	[DIAGNOSIS_CHANGE_BODY_CUT] = { "change-body-cut", E, "forwarder",
		"The end of the body is missing.",
		"Look for a size limit or an interrupted transfer." },
	[DIAGNOSIS_CHANGE_BODY_BLANKS] = { "change-body-blanks", W, "forwarder",
		"White space at line ends, or empty lines at the end, were changed. That breaks c=simple, not "
		"c=relaxed.",
		"Use canonicalization = relaxed/relaxed." },
	[DIAGNOSIS_CHANGE_BODY_ENCODING] = { "change-body-encoding", E, "forwarder",
		"The body was put into another transfer encoding on the way.",
		"Let the program send quoted-printable or base64, which no server needs to convert." },
	[DIAGNOSIS_CHANGE_BODY_LONG_LINE] = { "change-body-long-line", E, "forwarder",
		"A line over 998 octets, which SMTP does not allow, was broken.",
		"Let the program write shorter lines or quoted-printable; long-lines = refuse finds such mail." },
	[DIAGNOSIS_SPF_UNKNOWN] = { "spf-unknown", N, "you",
		"SPF was not evaluated: the file does not say which address sent for which return path.",
		"Give both: --client ADDRESS, --envelope DOMAIN." },
	[DIAGNOSIS_SPF_FAILED] = { "spf-failed", W, "dns",
		"The SPF record of the return path does not allow the server that sent. After forwarding that is "
		"usual, and DKIM must do.",
		"If it is your server, add it: mailseal spf merge shows how." },
	[DIAGNOSIS_SPF_UNANSWERED] = { "spf-unanswered", W, "dns",
		"SPF could not be evaluated: DNS gave no answer.",
		"Ask again; if it stays so, mailseal verify says which server is silent." },
	[DIAGNOSIS_SPF_UNALIGNED] = { "spf-unaligned", N, "you",
		"SPF passes for another domain than that of From, so it does not count for DMARC.",
		"Nothing is to be done while DKIM passes; else use a return path in the From domain." },
	[DIAGNOSIS_DMARC_NO_RECORD] = { "dmarc-no-record", W, "dns",
		"The From domain has no DMARC record; large receivers ask for one.",
		"Publish one; mailseal dmarc new prints it." },
	[DIAGNOSIS_DMARC_FAILED] = { "dmarc-failed", E, "you",
		"Neither a signature nor SPF passes for the From domain, so DMARC fails and the policy applies.",
		"Mend the first signature of the From domain; the findings above say how." },
	[DIAGNOSIS_RECEIVER_NONE] = { "receiver-none", N, "you",
		"The file has no Authentication-Results, so what the receiver found is not known.",
		"Take the file out of the receiver's mailbox: show original, then save." },
	[DIAGNOSIS_RECEIVER_SYNTAX] = { "receiver-syntax", N, "receiver",
		"An Authentication-Results field cannot be read (RFC 8601).", "Nothing is to be done." },
	[DIAGNOSIS_RECEIVER_DKIM] = { "receiver-dkim", E, "you",
		"The receiver found no good DKIM signature.", "See the findings about the signatures." },
	[DIAGNOSIS_RECEIVER_SPF] = { "receiver-spf", W, "dns",
		"The receiver did not find the sending server in SPF.", "Run mailseal verify for the return path." },
	[DIAGNOSIS_RECEIVER_DMARC] = { "receiver-dmarc", E, "you",
		"DMARC failed at the receiver.", "See the findings about signatures and alignment." },
	[DIAGNOSIS_RECEIVER_DIFFERS] = { "receiver-differs", W, "receiver",
		"The receiver judged the signatures otherwise than they are judged here and now. Either the key's "
		"record was another then, or the message was changed behind the receiver's check.",
		"Send a new message; if it stays so, mailseal verify --authoritative compares the name servers." }
};

#undef E
#undef W
#undef N

_Static_assert(sizeof kinds / sizeof kinds[0] == DIAGNOSIS_NUM, "one line for each code");

static char *
text_or_empty(char *text)
{
	return text != NULL ? text : text_format("%s", "");
}

static void
append(struct diagnoses *d, const struct diagnosis *one)
{
	if (d->num == d->cap) {
		d->cap = d->cap == 0 ? 16 : d->cap * 2;
		d->list = realloc(d->list, d->cap * sizeof *d->list);
		if (d->list == NULL)
			abort();
	}
	d->list[d->num++] = *one;
}

void
diagnoses_add(struct diagnoses *d, enum diagnosis_code code, char *about, char *expected, char *found)
{
	const struct kind *const kind = &kinds[code];

	append(d, &(struct diagnosis){
		.code = kind->code, .severity = kind->severity, .who = kind->who, .text = kind->text, .fix = kind->fix,
		.about = text_or_empty(about), .expected = text_or_empty(expected), .found = text_or_empty(found),
		.reason = text_or_empty(NULL)
	});
}

static bool
has(const struct diagnoses *d, const char *code, const char *about)
{
	for (size_t i = 0; i < d->num; i++) {
		if (strcmp(d->list[i].code, code) == 0 && strcmp(d->list[i].about, about) == 0)
			return true;
	}
	return false;
}

void
diagnoses_take(struct diagnoses *d, const struct findings *f)
{
	static const char *const actors[] = { "you", "dns", "owner" };

	for (size_t i = 0; i < f->num; i++) {
		const struct finding *const finding = &f->list[i];
		const struct finding_kind *const kind = finding_kind(finding->code);

		if (has(d, kind->code, finding->name))
			continue;
		append(d, &(struct diagnosis){
			.code = kind->code, .severity = kind->severity, .who = actors[kind->actor], .text = "",
			.fix = kind->advice, .about = text_format("%s", finding->name),
			.expected = text_format("%s", finding->expected), .found = text_format("%s", finding->found),
			.reason = text_format("%s", finding->reason)
		});
	}
}

void
diagnoses_free(struct diagnoses *d)
{
	for (size_t i = 0; i < d->num; i++) {
		free(d->list[i].about);
		free(d->list[i].expected);
		free(d->list[i].found);
		free(d->list[i].reason);
	}
	free(d->list);
	*d = (struct diagnoses){ NULL, 0, 0 };
}

size_t
diagnoses_count(const struct diagnoses *d, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < d->num; i++)
		count += d->list[i].severity == severity;
	return count;
}

/* What it means: one or the other is empty. */
static const char *
meaning(const struct diagnosis *one)
{
	return one->text[0] != '\0' ? one->text : one->reason;
}

static void
print_one(FILE *to, const struct diagnosis *one)
{
	fprintf(to, "%s %s%s%s\n", severity_text(one->severity), one->code, one->about[0] != '\0' ? ": " : "",
	        one->about);
	if (meaning(one)[0] != '\0')
		fprintf(to, "  %s\n", meaning(one));
	if (one->expected[0] != '\0')
		fprintf(to, "  expected  %s\n", one->expected);
	if (one->expected[0] != '\0' || one->found[0] != '\0')
		fprintf(to, "  found     %s\n", one->found[0] != '\0' ? one->found : "nothing");
	fprintf(to, "  to do     %s\n  who       %s\n", one->fix, one->who);
}

void
diagnoses_print(FILE *to, const struct diagnoses *d, const char *prefix)
{
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--) {
		for (size_t i = 0; i < d->num; i++) {
			if (d->list[i].severity == (enum severity)severity &&
			    strncmp(d->list[i].code, prefix, strlen(prefix)) == 0)
				print_one(to, &d->list[i]);
		}
	}
}

json_t *
diagnoses_json(const struct diagnoses *d)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < d->num; i++) {
		const struct diagnosis *const one = &d->list[i];

		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "code", one->code, "severity",
			severity_text(one->severity), "about", one->about, "text", meaning(one), "expected",
			one->expected, "found", one->found, "fix", one->fix, "who", one->who));
	}
	return list;
}
