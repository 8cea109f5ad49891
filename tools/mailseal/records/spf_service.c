/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_service.c - known mail services: the names that are included for them, and the hosts that accept mail for them.
 */
#include "tools/mailseal/records/spf_judge.h"

#include <string.h>

/* The names that the services ask customers to include. */
static const struct service {
	const char *domain, *name;
} services[] = {
	{ "_spf.google.com", "Google Workspace" },
	{ "spf.protection.outlook.com", "Microsoft 365" },
	{ "amazonses.com", "Amazon SES" },
	{ "sendgrid.net", "Twilio SendGrid" },
	{ "mailgun.org", "Mailgun" },
	{ "mailgun.com", "Mailgun" },
	{ "servers.mcsv.net", "Mailchimp" },
	{ "spf.mandrillapp.com", "Mailchimp Transactional" },
	{ "spf.mtasv.net", "Postmark" },
	{ "sparkpostmail.com", "SparkPost" },
	{ "spf.brevo.com", "Brevo" },
	{ "spf.sendinblue.com", "Brevo" },
	{ "spf.mailjet.com", "Mailjet" },
	{ "spf.smtp2go.com", "SMTP2GO" },
	{ "mimecast.com", "Mimecast" },
	{ "mimecast.org", "Mimecast" },
	{ "pphosted.com", "Proofpoint" },
	{ "ppe-hosted.com", "Proofpoint Essentials" },
	{ "spf.hornetsecurity.com", "Hornetsecurity" },
	{ "messagelabs.com", "Symantec Email Security" },
	{ "barracudanetworks.com", "Barracuda" },
	{ "iphmx.com", "Cisco Secure Email" },
	{ "zoho.com", "Zoho Mail" },
	{ "zoho.eu", "Zoho Mail" },
	{ "zohomail.com", "Zoho Mail" },
	{ "spf.messagingengine.com", "Fastmail" },
	{ "_spf.protonmail.ch", "Proton Mail" },
	{ "spf.ess.de.barracudanetworks.com", "Barracuda" },
	{ "_spf-eu.ionos.com", "IONOS" },
	{ "kundenserver.de", "IONOS" },
	{ "perfora.net", "IONOS" },
	{ "mx.ovh.com", "OVHcloud" },
	{ "secureserver.net", "GoDaddy" },
	{ "_spf.strato.com", "STRATO" },
	{ "_spf.hostinger.com", "Hostinger" },
	{ "relay.mailchannels.net", "MailChannels" },
	{ "mailbox.org", "mailbox.org" },
	{ "_mailcust.gandi.net", "Gandi" },
	{ "spf.migadu.com", "Migadu" },
	{ "_spf.salesforce.com", "Salesforce" },
	{ "mail.zendesk.com", "Zendesk" },
	{ "spf.hubspotemail.net", "HubSpot" },
	{ "hubspotemail.net", "HubSpot" },
	{ "shops.shopify.com", "Shopify" },
	{ "spf.freshemail.io", "Freshworks" },
	{ "helpscoutemail.com", "Help Scout" },
	{ "stspg-customer.com", "Atlassian Statuspage" },
	{ "_spf.atlassian.net", "Atlassian" },
	{ "spf.cleverreach.com", "CleverReach" },
	{ "spf.constantcontact.com", "Constant Contact" },
	{ "mktomail.com", "Adobe Marketo" },
	{ "_spf.mailspamprotection.com", "SiteGround" },
	{ "icloud.com", "iCloud Mail" },
	{ "_spf.yandex.net", "Yandex 360" },
	{ "docebosaas.com", "Docebo" }
};

const char *
spf_service(const char *domain)
{
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
		if (name_within(domain, services[i].domain))
			return services[i].name;
	}
	return NULL;
}

/* "*" stands for one label. A wrong include is worse than none, so doubtful services are not listed. */
static const struct {
	const char *pattern;
	struct spf_host host;
} hosts[] = {
	{ "smtp.office365.com", { "Microsoft 365", "include:spf.protection.outlook.com", NULL } },
	{ "*.mail.protection.outlook.com", { "Microsoft 365", "include:spf.protection.outlook.com", NULL } },
	{ "smtp.gmail.com", { "Google Workspace", "include:_spf.google.com", NULL } },
	{ "smtp-relay.gmail.com", { "Google Workspace", "include:_spf.google.com", NULL } },
	{ "email-smtp.*.amazonaws.com", { "Amazon SES", "include:amazonses.com",
	  "it counts only for a custom MAIL FROM domain; otherwise Amazon's return paths and SPF records are used" } },
	{ "email-smtp-fips.*.amazonaws.com", { "Amazon SES", "include:amazonses.com",
	  "it counts only for a custom MAIL FROM domain; otherwise Amazon's return paths and SPF records are used" } },
	{ "smtp.sendgrid.net", { "Twilio SendGrid", "include:sendgrid.net",
	  "with automated security, the return path is a subdomain with CNAMEs to SendGrid, so no term is needed" } },
	{ "smtp.mailgun.org", { "Mailgun", "include:mailgun.org",
	  "it counts for the domain that is set up at Mailgun, which is often a subdomain" } },
	{ "in-v3.mailjet.com", { "Mailjet", "include:spf.mailjet.com", NULL } },
	{ "smtp.postmarkapp.com", { "Postmark", NULL,
	  "Postmark uses its own return paths and SPF records; for your own, publish the CNAME that Postmark shows as "
	  "Return-Path" } },
	{ "smtp.ionos.de", { "IONOS", "include:_spf-eu.ionos.com", NULL } },
	{ "smtp.strato.de", { "STRATO", "include:_spf.strato.com", NULL } },
	{ "smtp.mailbox.org", { "mailbox.org", "include:mailbox.org", NULL } },
	{ "smtp.fastmail.com", { "Fastmail", "include:spf.messagingengine.com", NULL } },
	{ "smtp.protonmail.ch", { "Proton Mail", "include:_spf.protonmail.ch", NULL } },
	{ "smtp.migadu.com", { "Migadu", "include:spf.migadu.com", NULL } },
	{ "mail.gandi.net", { "Gandi", "include:_mailcust.gandi.net", NULL } },
	{ "ssl0.ovh.net", { "OVHcloud", "include:mx.ovh.com", NULL } },
	{ "smtp.mailchannels.net", { "MailChannels", "include:relay.mailchannels.net", NULL } }
};

static bool
matches(const char *pattern, const char *host)
{
	const size_t before = strcspn(pattern, "*");
	size_t label;

	if (pattern[before] == '\0')
		return strcmp(pattern, host) == 0;
	if (strncmp(pattern, host, before) != 0)
		return false;
	label = strcspn(host + before, ".");
	return label > 0 && strcmp(pattern + before + 1, host + before + label) == 0;
}

const struct spf_host *
spf_host_find(const char *host)
{
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		if (matches(hosts[i].pattern, host))
			return &hosts[i].host;
	}
	return NULL;
}
