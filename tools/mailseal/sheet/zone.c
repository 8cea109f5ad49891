/* SPDX-License-Identifier: Apache-2.0
 *
 * zone.c - the records as zone files, and as scripts that change zones.
 */
#include "tools/mailseal/sheet/formats.h"

#include <string.h>

static bool
is_text(const struct sheet_record *r)
{
	return strcmp(r->type, "TXT") == 0;
}

static void
put_data(FILE *to, const struct sheet_record *r)
{
	if (is_text(r))
		record_put_strings(to, r->value, " ");
	else
		fputs(r->value, to);
}

void
format_zone_line(FILE *to, const struct sheet_record *r, unsigned ttl)
{
	fprintf(to, "%s.\t%u\tIN\t%s\t", r->name, ttl, r->type);
	put_data(to, r);
}

static void
put_comment(FILE *to, const struct sheet *s, const char *mark, const char *key, const char *argument)
{
	fprintf(to, "%s ", mark);
	sheet_put(to, s, key, argument, words_plain);
	fputc('\n', to);
}

/* An existing record must be changed, which a zone file cannot express. */
static void
put_spf_comment(FILE *to, const struct sheet *s, const char *mark)
{
	if (s->change.name != NULL)
		put_comment(to, s, mark, "zone.change", s->change.value);
}

/* Another zone's record. */
static void
put_report_comment(FILE *to, const struct sheet *s, const char *mark)
{
	if (s->report.name == NULL)
		return;
	put_comment(to, s, mark, "zone.report", "");
	fprintf(to, "%s ", mark);
	format_zone_line(to, &s->report, SHEET_TTL);
	fputc('\n', to);
}

/* Programs that load the records cannot know whether such a record exists. */
static void
put_condition(FILE *to, const struct sheet *s, const struct sheet_record *r, const char *mark)
{
	if (r->kind == SHEET_SPF)
		put_comment(to, s, mark, "zone.spf", "");
	else if (r->kind == SHEET_DMARC)
		put_comment(to, s, mark, "zone.dmarc", "");
}

static void
put_head(FILE *to, const struct sheet *s, const char *mark)
{
	fprintf(to, "%s ", mark);
	sheet_put(to, s, "title", "", words_plain);
	fprintf(to, ", %s. ", words_date(s->lang, s->made.dashed).text);
	sheet_put(to, s, "keep.heading", "", words_plain);
	fputs(".\n", to);
	put_spf_comment(to, s, mark);
	put_report_comment(to, s, mark);
}

bool
format_zone(FILE *to, const struct sheet *s)
{
	put_head(to, s, ";");
	for (size_t i = 0; i < s->num_records; i++) {
		put_condition(to, s, &s->records[i], ";");
		format_zone_line(to, &s->records[i], SHEET_TTL);
		fputc('\n', to);
	}
	return true;
}

bool
format_bind(FILE *to, const struct sheet *s)
{
	const char *origin = s->zone.text;

	put_head(to, s, ";");
	put_comment(to, s, ";", "zone.serial", "");
	fprintf(to, "$ORIGIN %s.\n", origin);
	for (size_t i = 0; i < s->num_records; i++) {
		const struct sheet_record *r = &s->records[i];

		fprintf(to, "; %s\n", sheet_kind_text(r->kind));
		put_condition(to, s, r, ";");
		if (strcmp(r->name, origin) == 0)
			fputc('@', to);
		else
			sheet_put_host(to, s, r->name, origin);
		fprintf(to, "\t%u\tIN\t%s\t", SHEET_TTL, r->type);
		if (is_text(r)) {
			fputs("(\n\t", to);
			record_put_strings(to, r->value, "\n\t");
			fputs(" )\n", to);
		} else {
			fprintf(to, "%s\n", r->value);
		}
	}
	return true;
}

/* TTL 1 means automatic at Cloudflare. A proxied CNAME would not be visible to receivers. */
bool
format_cloudflare(FILE *to, const struct sheet *s)
{
	put_head(to, s, ";;");
	for (size_t i = 0; i < s->num_records; i++) {
		put_condition(to, s, &s->records[i], ";;");
		format_zone_line(to, &s->records[i], 1);
		fputs(is_text(&s->records[i]) ? "\n" : " ; cf_tags=cf-proxied:false\n", to);
	}
	return true;
}

/* One transaction each, so that a record that already exists does not stop the others. */
bool
format_nsupdate(FILE *to, const struct sheet *s)
{
	put_head(to, s, ";");
	for (size_t i = 0; i < s->num_records; i++) {
		const struct sheet_record *r = &s->records[i];

		put_condition(to, s, r, ";");
		fprintf(to, "zone %s.\n", s->zone.text);
		fprintf(to, "prereq nxrrset %s. %s\n", r->name, r->type);
		fprintf(to, "update add %s. %u %s ", r->name, SHEET_TTL, r->type);
		put_data(to, r);
		fputs("\nsend\n", to);
	}
	return true;
}

/* The cmdlet accepts one string of at most 254 characters. dnscmd, which belongs to the same server role, accepts
 * several strings. */
static void
put_command(FILE *to, const struct sheet *s, const struct sheet_record *r)
{
	const bool is_long = is_text(r) && strlen(r->value) >= RECORD_STRING_MAX;

	fputs(is_long ? "dnscmd . /RecordAdd $zone '" : "Add-DnsServerResourceRecord -ZoneName $zone -Name '", to);
	if (strcmp(r->name, s->zone.text) == 0)
		fputc('@', to);
	else
		sheet_put_host(to, s, r->name, s->zone.text);
	if (is_long) {
		fprintf(to, "' %u TXT ", SHEET_TTL);
		record_put_strings(to, r->value, " ");
	} else if (is_text(r)) {
		fprintf(to, "' -Txt -DescriptiveText '%s' -TimeToLive 01:00:00", r->value);
	} else {
		fprintf(to, "' -CName -HostNameAlias '%s' -TimeToLive 01:00:00", r->value);
	}
	fputc('\n', to);
}

bool
format_powershell(FILE *to, const struct sheet *s)
{
	put_head(to, s, "#");
	fprintf(to, "$ErrorActionPreference = 'Stop'\n$zone = '%s'\n", s->zone.text);
	fputs("# Add-DnsServerResourceRecord rejects texts over 254 characters; dnscmd does not.\n", to);
	for (size_t i = 0; i < s->num_records; i++) {
		put_condition(to, s, &s->records[i], "#");
		put_command(to, s, &s->records[i]);
	}
	return true;
}
