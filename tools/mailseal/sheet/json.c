/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - the records as JSON, for programs.
 */
#include "tools/mailseal/sheet/formats.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/result.h"

/* The output of a function as a JSON string. */
static json_t *
written(const struct sheet *s, const struct sheet_record *r, void (*put)(FILE *, const struct sheet *,
        const struct sheet_record *))
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	json_t *string = NULL;

	if (to != NULL) {
		put(to, s, r);
		if (fclose(to) == 0)
			string = json_string(text);
	}
	free(text);
	return string;
}

static void
put_rdata(FILE *to, const struct sheet *s, const struct sheet_record *r)
{
	(void)s;
	if (strcmp(r->type, "TXT") == 0)
		record_put_strings(to, r->value, " ");
	else
		fputs(r->value, to);
}

static void
put_host(FILE *to, const struct sheet *s, const struct sheet_record *r)
{
	sheet_put_host(to, s, r->name, s->zone.text);
}

/* CREATE fails if the name exists; UPSERT would overwrite it. */
static json_t *
change_json(const struct sheet *s, const struct sheet_record *r)
{
	char *name = NULL;
	json_t *change = NULL;

	if (asprintf(&name, "%s.", r->name) >= 0)
		change = json_pack("{s:s, s:{s:s, s:s, s:i, s:[{s:o}]}}", "Action", "CREATE", "ResourceRecordSet",
		                   "Name", name, "Type", r->type, "TTL", (int)SHEET_TTL, "ResourceRecords", "Value",
		                   written(s, r, put_rdata));
	free(name);
	return change;
}

bool
format_route53(FILE *to, const struct sheet *s)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < s->num_records; i++)
		json_array_append_new(changes, change_json(s, &s->records[i]));
	return tool_put_json(to, json_pack("{s:s++, s:o}", "Comment", "mailseal: ", s->domain.text, " ", "Changes",
	                                   changes));
}

static json_t *
record_json(const struct sheet *s, const struct sheet_record *r)
{
	json_t *record = json_pack("{s:s, s:s, s:s, s:o, s:i, s:s}", "purpose", sheet_kind_text(r->kind), "type",
	                           r->type, "name", r->name, "host", written(s, r, put_host), "ttl", (int)SHEET_TTL,
	                           "value", r->value);

	json_object_set_new(record, "rdata", written(s, r, put_rdata));
	if (strcmp(r->type, "TXT") == 0)
		json_object_set_new(record, "strings", record_strings_json(r->value));
	if (r->key != NULL) {
		json_object_set_new(record, "selector", json_string(r->key->selector));
		json_object_set_new(record, "state", json_string(site_state_text(r->key->state)));
	}
	return record;
}

json_t *
sheet_json(const struct sheet *s)
{
	const struct sheet_request *q = s->request;
	json_t *records = json_array();
	json_t *spf = json_null();
	json_t *report = json_null();

	for (size_t i = 0; i < s->num_records; i++)
		json_array_append_new(records, record_json(s, &s->records[i]));
	if (s->spf_merged != NULL)
		spf = json_pack("{s:s, s:s?, s:s}", "name", s->domain.text, "existing", q->existing_spf, "merged",
		                s->spf_merged);
	if (s->report.name != NULL)
		report = json_pack("{s:s, s:s, s:s, s:i, s:s}", "zone", s->report_zone, "type", s->report.type, "name",
		                   s->report.name, "ttl", (int)SHEET_TTL, "value", s->report.value);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:o, s:{s:s, s:s}}", "domain", s->domain.text, "zone",
		s->zone.text, "for", q->for_operator ? "operator" : "customer", "date", s->made.dashed, "valid_until",
		s->until.dashed, "contact", q->contact, "provider", s->provider != NULL ? s->provider->name : NULL,
		"records", records, "spf", spf, "report", report, "verify", "link", s->link, "command", s->command);
}

bool
format_json(FILE *to, const struct sheet *s)
{
	return tool_put_json(to, tool_json_document(sheet_json(s)));
}
