/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/findings.h"

#include <stdlib.h>
#include <string.h>

#define E SEVERITY_ERROR
#define W SEVERITY_WARNING
#define N SEVERITY_NOTE

static const struct finding_kind kinds[] = {
	[FINDING_DNS_TIMEOUT] = { "dns-timeout", E, ACTOR_YOU,
		"No name server answered. Check the network and the resolver, then ask again." },
	[FINDING_DNS_SERVFAIL] = { "dns-servfail", E, ACTOR_DNS,
		"The name servers cannot answer. Check that the zone is loaded everywhere and that its DNSSEC "
		"signatures are valid." },
	[FINDING_DNS_LOOP] = { "dns-loop", E, ACTOR_DNS, "These CNAME records never end. Remove one of them." },
	[FINDING_DNS_NO_DOMAIN] = { "dns-no-domain", E, ACTOR_YOU,
		"DNS does not know this domain. Check its spelling." },
	[FINDING_DNS_CACHE] = { "dns-cache", N, ACTOR_YOU,
		"The zone's own servers say something else than the resolver, which still remembers what was "
		"there before. Wait, then ask again." },
	[FINDING_DNS_DISAGREE] = { "dns-disagree", W, ACTOR_DNS,
		"The zone's servers do not all have the same records. Check that secondary servers are updated." },

	[FINDING_DKIM_NO_KEY_CONFIGURED] = { "dkim-no-key-configured", E, ACTOR_YOU,
		"No section of the configuration signs for this domain. Make a key with mailseal key new and add "
		"a section [domain] for it." },
	[FINDING_DKIM_UNALIGNED] = { "dkim-unaligned", E, ACTOR_YOU,
		"The signature's domain does not count for this From domain (adkim). Sign with a key of the From "
		"domain itself." },
	[FINDING_DKIM_MISSING] = { "dkim-missing", E, ACTOR_DNS, "Publish the TXT record." },
	[FINDING_DKIM_WRONG_NAME] = { "dkim-wrong-name", E, ACTOR_DNS,
		"The record is there under another name. Move it: many web forms add the domain by themselves and "
		"want only what is in front of it." },
	[FINDING_DKIM_BROKEN_ALIAS] = { "dkim-broken-alias", E, ACTOR_OWNER,
		"The CNAME leads to a name without a TXT record. Publish the record there, or correct the CNAME." },
	[FINDING_DKIM_SEVERAL] = { "dkim-several", E, ACTOR_DNS,
		"Keep one of the records: verifiers take any of them, or none." },
	[FINDING_DKIM_OTHER_TXT] = { "dkim-other-txt", E, ACTOR_DNS,
		"Another TXT record has the same name. Remove it; it may come from a wildcard." },
	[FINDING_DKIM_ALIAS_AS_TEXT] = { "dkim-alias-as-text", E, ACTOR_DNS,
		"The text is a host name. Make the record's type CNAME instead of TXT." },
	[FINDING_DKIM_NOT_DKIM1] = { "dkim-not-dkim1", E, ACTOR_DNS,
		"A record that has a version begins with v=DKIM1, exactly so written." },
	[FINDING_DKIM_NO_VERSION] = { "dkim-no-version", W, ACTOR_DNS, "Put v=DKIM1; in front." },
	[FINDING_DKIM_QUOTES] = { "dkim-quotes", E, ACTOR_DNS,
		"Quotation marks or backslashes have become part of the value. Enter the value without them." },
	[FINDING_DKIM_SYNTAX] = { "dkim-syntax", E, ACTOR_DNS,
		"Publish the record again: tags are name=value, each once, with semicolons between." },
	[FINDING_DKIM_BLANKS] = { "dkim-blanks", W, ACTOR_DNS,
		"Blanks stand inside p=. They are allowed, but not every verifier knows; enter the value in one "
		"piece." },
	[FINDING_DKIM_NO_P] = { "dkim-no-p", E, ACTOR_DNS, "The record has no key (p=). Publish it again." },
	[FINDING_DKIM_REVOKED] = { "dkim-revoked", E, ACTOR_YOU,
		"An empty p= says that this key was revoked. Sign with another selector, or have the key published "
		"again if that was a mistake." },
	[FINDING_DKIM_HEX] = { "dkim-hex", E, ACTOR_DNS,
		"p= is written in hexadecimal digits; base64 is wanted. Publish what mailseal key dns prints." },
	[FINDING_DKIM_NOT_BASE64] = { "dkim-not-base64", E, ACTOR_DNS,
		"p= is not base64 to its end. Publish what mailseal key dns prints." },
	[FINDING_DKIM_TRUNCATED] = { "dkim-truncated", E, ACTOR_DNS,
		"The end of p= is missing; the web form may cut at 255 characters. Enter the value in several "
		"quoted strings, or through another form." },
	[FINDING_DKIM_NOT_A_KEY] = { "dkim-not-a-key", E, ACTOR_DNS,
		"p= is base64, but not of a public key. Publish what mailseal key dns prints." },
	[FINDING_DKIM_KEY_FORM] = { "dkim-key-form", E, ACTOR_DNS,
		"p= holds an RSA key in a form that not every verifier reads. Publish what mailseal key dns "
		"prints." },
	[FINDING_DKIM_KEY_TYPE] = { "dkim-key-type", E, ACTOR_DNS,
		"The gateway signs with RSA; the record is for another algorithm." },
	[FINDING_DKIM_OTHER_KEY] = { "dkim-other-key", E, ACTOR_DNS,
		"The published key does not belong to the private key of the gateway. Publish this one, or "
		"configure the selector that belongs to the other." },
	[FINDING_DKIM_KEY_SHORT] = { "dkim-key-short", E, ACTOR_YOU,
		"Verifiers refuse keys under 1024 bits (RFC 8301). Make a new key with a new selector." },
	[FINDING_DKIM_KEY_WEAK] = { "dkim-key-weak", W, ACTOR_YOU,
		"Keys should have 2048 bits (RFC 8301). Make a new key with a new selector." },
	[FINDING_DKIM_HASH] = { "dkim-hash", E, ACTOR_DNS, "h= does not allow sha256. Remove h=." },
	[FINDING_DKIM_SERVICE] = { "dkim-service", E, ACTOR_DNS, "s= does not allow e-mail. Remove s=." },
	[FINDING_DKIM_TESTING] = { "dkim-testing", W, ACTOR_DNS,
		"t=y asks verifiers to treat signed mail as if it were not. Remove it when the test is over." },
	[FINDING_DKIM_IDENTITY] = { "dkim-identity", E, ACTOR_DNS,
		"t=s forbids an i= below the domain, which the configuration writes. Remove t=s or identity." },
	[FINDING_DKIM_NOT_COMPARED] = { "dkim-not-compared", N, ACTOR_YOU,
		"Only the published record was judged. Give --config or --key to compare it with the key." },
	[FINDING_DKIM_LONG] = { "dkim-long", E, ACTOR_DNS,
		"The record is longer than the gateway reads. Remove notes (n=) and other tags that it does not "
		"need." },
	[FINDING_DKIM_VERIFIERS] = { "dkim-verifiers", W, ACTOR_DNS,
		"The record is valid, but not every verifier accepts it. Publish what mailseal key dns prints." },

	[FINDING_SPF_MISSING] = { "spf-missing", E, ACTOR_DNS,
		"Publish an SPF record that names the servers that send for the domain." },
	[FINDING_SPF_WRONG_NAME] = { "spf-wrong-name", E, ACTOR_DNS,
		"SPF is asked at the domain itself and nowhere else. Move the record there." },
	[FINDING_SPF_NOT_RECOGNIZED] = { "spf-not-recognized", E, ACTOR_DNS,
		"The text has v=spf1, but does not begin with it and a blank. Remove what is in front." },
	[FINDING_SPF_SEVERAL] = { "spf-several", E, ACTOR_DNS,
		"Several SPF records count as an error. Join them into one; mailseal spf merge helps." },
	[FINDING_SPF_SYNTAX] = { "spf-syntax", E, ACTOR_DNS, "Correct the term; until then all of SPF fails." },
	[FINDING_SPF_LOOKUPS] = { "spf-lookups", E, ACTOR_DNS,
		"More than 10 terms need DNS, so receivers stop with an error. Remove services that no longer send; "
		"--tree shows what each costs." },
	[FINDING_SPF_LOOKUPS_CLOSE] = { "spf-lookups-close", N, ACTOR_DNS,
		"There is hardly room for another service, and those included may grow." },
	[FINDING_SPF_VOID] = { "spf-void", E, ACTOR_DNS,
		"More than 2 terms name what DNS does not have, so receivers stop with an error. Remove them." },
	[FINDING_SPF_INCLUDE] = { "spf-include", E, ACTOR_DNS,
		"This domain has no usable SPF record, which makes the whole record fail. Remove the term." },
	[FINDING_SPF_MX_MANY] = { "spf-mx-many", E, ACTOR_DNS,
		"More than 10 mail servers stand behind an mx term. Write their addresses as ip4 and ip6." },
	[FINDING_SPF_LOOP] = { "spf-loop", E, ACTOR_DNS, "The record includes itself. Remove the term." },
	[FINDING_SPF_TEMPORARY] = { "spf-temporary", E, ACTOR_OWNER,
		"DNS gives no answer for a name that the record needs. Ask again; if it stays so, tell the owner." },
	[FINDING_SPF_PASSES_ALL] = { "spf-passes-all", E, ACTOR_DNS,
		"Everybody may send for this domain. End the record with ~all or -all." },
	[FINDING_SPF_PTR] = { "spf-ptr", W, ACTOR_DNS,
		"ptr is slow, unreliable and not to be used (RFC 7208 5.5). Write the addresses instead." },
	[FINDING_SPF_NO_ALL] = { "spf-no-all", W, ACTOR_DNS,
		"Servers that are not named get a neutral result. End the record with ~all or -all." },
	[FINDING_SPF_NEUTRAL_ALL] = { "spf-neutral-all", W, ACTOR_DNS,
		"?all says nothing about other servers. End the record with ~all or -all." },
	[FINDING_SPF_JOINED] = { "spf-joined", E, ACTOR_DNS,
		"Two records were written as one. Keep one v=spf1 and one all; mailseal spf merge helps." },
	[FINDING_SPF_AFTER_ALL] = { "spf-after-all", W, ACTOR_DNS,
		"What stands behind all is never looked at. Move it before all." },
	[FINDING_SPF_LONG] = { "spf-long", N, ACTOR_DNS,
		"The record is long for an answer over UDP (RFC 7208 3.4). Move a part of it into an include." },
	[FINDING_SPF_SENDER] = { "spf-sender", E, ACTOR_DNS,
		"The server that sends is not in the record. Add it; mailseal spf merge shows how." },
	[FINDING_SPF_NOT_FLAT] = { "spf-not-flat", E, ACTOR_YOU,
		"This record cannot be written as addresses without changing what it means." },

	[FINDING_DMARC_MISSING] = { "dmarc-missing", E, ACTOR_DNS,
		"Publish a DMARC record with p=none first; mailseal dmarc new prints it." },
	[FINDING_DMARC_INHERITED] = { "dmarc-inherited", N, ACTOR_YOU,
		"The domain has no record of its own; that of the organizational domain applies." },
	[FINDING_DMARC_WRONG_NAME] = { "dmarc-wrong-name", E, ACTOR_DNS,
		"The record is there under another name. Move it: many web forms add the domain by themselves and "
		"want only what is in front of it." },
	[FINDING_DMARC_SEVERAL] = { "dmarc-several", E, ACTOR_DNS,
		"Keep one of the records: receivers ignore them all while there are several." },
	[FINDING_DMARC_NOT_DMARC1] = { "dmarc-not-dmarc1", E, ACTOR_DNS,
		"The record does not begin with v=DMARC1, exactly so written, so it is ignored." },
	[FINDING_DMARC_SYNTAX] = { "dmarc-syntax", E, ACTOR_DNS,
		"Tags are name=value, each once, with semicolons between. Correct this one." },
	[FINDING_DMARC_POLICY] = { "dmarc-policy", E, ACTOR_DNS,
		"p, sp and np are none, quarantine or reject. With anything else receivers take p=none, or ignore "
		"the record when it has no rua." },
	[FINDING_DMARC_NO_POLICY] = { "dmarc-no-policy", W, ACTOR_DNS,
		"Without p= receivers take p=none, and older ones ignore the record. Write p=none." },
	[FINDING_DMARC_VALUE] = { "dmarc-value", W, ACTOR_DNS,
		"The tag has no such value, so it counts as if it were not there." },
	[FINDING_DMARC_UNKNOWN_TAG] = { "dmarc-unknown-tag", W, ACTOR_DNS,
		"There is no such tag, so it is ignored. Check its spelling." },
	[FINDING_DMARC_REMOVED_TAG] = { "dmarc-removed-tag", W, ACTOR_DNS,
		"RFC 9989 removed pct, rf and ri. Remove the tag; instead of pct there is t=y, which asks to apply "
		"the policy one level lower." },
	[FINDING_DMARC_URI] = { "dmarc-uri", E, ACTOR_DNS,
		"Addresses for reports are written mailto:USER@DOMAIN, with commas between." },
	[FINDING_DMARC_URI_SIZE] = { "dmarc-uri-size", N, ACTOR_DNS,
		"A size limit behind \"!\" is obsolete and ignored (RFC 9989). Remove it." },
	[FINDING_DMARC_NO_RUA] = { "dmarc-no-rua", W, ACTOR_DNS,
		"Nobody is told who sends under the domain's name. Add rua=mailto:... for the reports." },
	[FINDING_DMARC_NONE] = { "dmarc-none", N, ACTOR_YOU,
		"p=none watches and protects nothing yet. mailseal dmarc next says how to go on." },
	[FINDING_DMARC_TESTING] = { "dmarc-testing", N, ACTOR_YOU,
		"t=y asks receivers to apply the policy one level lower. Remove it when the test is over." },
	[FINDING_DMARC_SP_WEAKER] = { "dmarc-sp-weaker", W, ACTOR_DNS,
		"All subdomains without a record of their own are protected less than the domain. To except one "
		"subdomain, publish a record at _dmarc of that subdomain instead." },
	[FINDING_DMARC_SP_IGNORED] = { "dmarc-sp-ignored", N, ACTOR_DNS,
		"sp and np count in the record of an organizational domain only; here they are ignored." },
	[FINDING_DMARC_FO_UNUSED] = { "dmarc-fo-unused", N, ACTOR_DNS, "fo means nothing without ruf. Remove it." },
	[FINDING_DMARC_PSD] = { "dmarc-psd", W, ACTOR_DNS,
		"psd=y is for registries, under which others have their domains. Remove it." },
	[FINDING_DMARC_REPORT_REFUSED] = { "dmarc-report-refused", E, ACTOR_OWNER,
		"Reports go to another organization only when its DNS agrees. Publish this TXT record there." },
	[FINDING_DMARC_SPF_UNALIGNED] = { "dmarc-spf-unaligned", W, ACTOR_YOU,
		"The envelope's domain does not count for this From domain (aspf), so only DKIM can make DMARC "
		"pass." },
	[FINDING_DMARC_BEFORE_DKIM] = { "dmarc-before-dkim", E, ACTOR_DNS,
		"The policy makes receivers refuse mail that DKIM does not cover yet. Go back to p=none until DKIM "
		"is right." }
};

#undef E
#undef W
#undef N

_Static_assert(sizeof kinds / sizeof kinds[0] == FINDING_NUM, "one line for each code");

const struct finding_kind *
finding_kind(enum finding_code code)
{
	return &kinds[code];
}

const char *
severity_text(enum severity severity)
{
	static const char *const texts[] = { "note", "warning", "error" };

	return texts[severity];
}

static void
finding_free(struct finding *finding)
{
	free(finding->expected);
	free(finding->found);
	free(finding->reason);
}

void
findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->num; i++)
		finding_free(&f->list[i]);
	free(f->list);
	*f = (struct findings){ NULL, 0, 0 };
}

void
findings_forget(struct findings *f, enum finding_code code)
{
	size_t num = 0;

	for (size_t i = 0; i < f->num; i++) {
		if (f->list[i].code == code)
			finding_free(&f->list[i]);
		else
			f->list[num++] = f->list[i];
	}
	f->num = num;
}

static struct finding *
grow(struct findings *f)
{
	if (f->num == f->cap) {
		f->cap = f->cap == 0 ? 16 : f->cap * 2;
		f->list = realloc(f->list, f->cap * sizeof *f->list);
		if (f->list == NULL)
			abort();
	}
	return &f->list[f->num++];
}

void
findings_add(struct findings *f, enum finding_code code, const char *name, char *expected, char *found)
{
	struct finding *finding;

	if (f == NULL) {
		free(expected);
		free(found);
		return;
	}
	finding = grow(f);
	*finding = (struct finding){ .code = code, .wait_s = -1, .refused_by = -1 };
	finding->expected = expected != NULL ? expected : text_format("%s", "");
	finding->found = found != NULL ? found : text_format("%s", "");
	finding->reason = text_format("%s", "");
	(void)name_copy(finding->name, seal_span_text(name));
}

void
findings_explain(struct findings *f, char *reason, int refused_by)
{
	struct finding *const finding = &f->list[f->num - 1];

	free(finding->reason);
	finding->reason = reason;
	finding->refused_by = refused_by;
}

size_t
findings_count(const struct findings *f, size_t from, enum severity severity)
{
	size_t count = 0;

	for (size_t i = from; i < f->num; i++)
		count += kinds[f->list[i].code].severity == severity;
	return count;
}

bool
findings_has(const struct findings *f, enum finding_code code)
{
	for (size_t i = 0; i < f->num; i++) {
		if (f->list[i].code == code)
			return true;
	}
	return false;
}

bool
findings_add_unknown(struct findings *f, const char *name, const struct dns_answer *answer)
{
	if (!dns_is_unknown(answer))
		return false;
	findings_add(f, answer->status == DNS_TIMEOUT ? FINDING_DNS_TIMEOUT
	             : answer->status == DNS_LOOP ? FINDING_DNS_LOOP : FINDING_DNS_SERVFAIL,
	             name, text_format("an answer"), NULL);
	return true;
}
