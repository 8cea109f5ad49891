/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/reports/aggregate.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/num.h"
#include "tools/mailseal/records/spf.h"

#define PATH_MAX_LEN 256u
#define PIECE ((size_t)1 << 20) /* expat counts in int */

/* Each version of expat has only one of the two that the compiler accepts without a warning. */
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
#define LINE_NUMBER XML_GetCurrentLineNumber64
#else
#define LINE_NUMBER XML_GetCurrentLineNumber
#endif

struct reader {
	struct aggregate *to;
	const char *path;                  /* of the file                             */
	XML_Parser parser;
	char where[PATH_MAX_LEN];          /* "feedback/record/row", no namespaces    */
	size_t lens[AGGREGATE_DEPTH_MAX];  /* length of `where` at each depth         */
	unsigned depth;
	char value[AGGREGATE_VALUE_MAX + 1];
	size_t value_len;
	bool failed, has_count;
};

static char *
empty(void)
{
	return text_format("%s", "");
}

static void
fail(struct reader *r, const char *what, const char *found)
{
	char *visible;

	if (r->failed)
		return;
	r->failed = true;
	visible = text_visible(seal_span_first(seal_span_text(found), 80));
	tool_error("%s:%lu: %s%s%s", r->path, (unsigned long)LINE_NUMBER(r->parser), what,
	           visible[0] != '\0' ? ", found " : "", visible);
	free(visible);
	XML_StopParser(r->parser, XML_FALSE);
}

/* --- values that are kept -------------------------------------------------------- */

static void
begin_record(struct reader *r)
{
	struct aggregate *const a = r->to;

	if (a->num_records == AGGREGATE_RECORDS_MAX) {
		fail(r, "more records than expected in a report", "");
		return;
	}
	if (a->num_records == a->cap) {
		a->cap = a->cap == 0 ? 16 : a->cap * 2;
		a->records = realloc(a->records, a->cap * sizeof *a->records);
		if (a->records == NULL)
			abort();
	}
	a->records[a->num_records++] = (struct aggregate_record){
		.source_ip = empty(), .disposition = empty(), .dkim = empty(), .spf = empty(),
		.header_from = empty(), .envelope_from = empty(), .reason = empty()
	};
	r->has_count = false;
}

static void
begin_auth(struct reader *r, const char *method)
{
	struct aggregate_record *const record = &r->to->records[r->to->num_records - 1];

	if (record->num_auths == AGGREGATE_AUTHS_MAX) {
		fail(r, "more results than expected in a record", "");
		return;
	}
	record->auths = realloc(record->auths, (record->num_auths + 1) * sizeof *record->auths);
	if (record->auths == NULL)
		abort();
	record->auths[record->num_auths++] = (struct aggregate_auth){
		.method = text_format("%s", method), .domain = empty(), .selector = empty(), .result = empty()
	};
}

static bool
is_at(const struct reader *r, const char *where)
{
	return strcmp(r->where, where) == 0;
}

/* The member for the text of the present element; NULL: it is not needed. */
static char **
report_slot(struct reader *r)
{
	struct aggregate *const a = r->to;
	const struct {
		const char *where;
		char **slot;
	} slots[] = {
		{ "feedback/report_metadata/org_name", &a->organization },
		{ "feedback/report_metadata/report_id", &a->report_id },
		{ "feedback/report_metadata/date_range/begin", &a->begin },
		{ "feedback/report_metadata/date_range/end", &a->end },
		{ "feedback/policy_published/domain", &a->domain },
		{ "feedback/policy_published/p", &a->policy },
		{ "feedback/policy_published/testing", &a->testing },
	};

	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
		if (is_at(r, slots[i].where))
			return slots[i].slot;
	}
	return NULL;
}

static char **
record_slot(struct reader *r, struct aggregate_record *record)
{
	const struct {
		const char *where;
		char **slot;
	} slots[] = {
		{ "feedback/record/row/source_ip", &record->source_ip },
		{ "feedback/record/row/policy_evaluated/disposition", &record->disposition },
		{ "feedback/record/row/policy_evaluated/dkim", &record->dkim },
		{ "feedback/record/row/policy_evaluated/spf", &record->spf },
		{ "feedback/record/row/policy_evaluated/reason/type", &record->reason },
		{ "feedback/record/identifiers/header_from", &record->header_from },
		{ "feedback/record/identifiers/envelope_from", &record->envelope_from },
	};

	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
		if (is_at(r, slots[i].where))
			return slots[i].slot;
	}
	return NULL;
}

static char **
auth_slot(struct reader *r, struct aggregate_record *record)
{
	struct aggregate_auth *const auth = record->num_auths == 0 ? NULL : &record->auths[record->num_auths - 1];
	const char *const leaf = strrchr(r->where, '/') + 1;
	char stem[64];

	if (auth == NULL)
		return NULL;
	(void)snprintf(stem, sizeof stem, "feedback/record/auth_results/%s/", auth->method);
	if (strncmp(r->where, stem, strlen(stem)) != 0 || leaf != r->where + strlen(stem))
		return NULL;
	return strcmp(leaf, "domain") == 0 ? &auth->domain
	       : strcmp(leaf, "selector") == 0 ? &auth->selector
	       : strcmp(leaf, "result") == 0 ? &auth->result : NULL;
}

static void
keep(struct reader *r, struct seal_span value)
{
	struct aggregate_record *const record =
		r->to->num_records == 0 ? NULL : &r->to->records[r->to->num_records - 1];
	char **slot = report_slot(r);

	if (slot == NULL && record != NULL && strncmp(r->where, "feedback/record/", 16) == 0) {
		slot = record_slot(r, record);
		if (slot == NULL)
			slot = auth_slot(r, record);
	}
	if (slot == NULL)
		return;
	free(*slot);
	*slot = text_visible(value);
}

/* A record without count or source address is useless. */
static void
check_value(struct reader *r, struct seal_span value)
{
	struct spf_address address;

	if (is_at(r, "feedback/record/row/count")) {
		r->has_count = seal_num_u64(value, &r->to->records[r->to->num_records - 1].count);
		if (!r->has_count || r->to->records[r->to->num_records - 1].count > UINT32_MAX)
			fail(r, "count: expected a number", r->value);
	} else if (is_at(r, "feedback/record/row/source_ip") && !spf_address_parse(value, &address)) {
		fail(r, "source_ip: expected an address", r->value);
	}
}

static void
check_record(struct reader *r)
{
	const struct aggregate_record *const record = &r->to->records[r->to->num_records - 1];

	if (!r->has_count)
		fail(r, "the record has no count", "");
	else if (record->source_ip[0] == '\0')
		fail(r, "the record has no source_ip", "");
}

/* --- expat ------------------------------------------------------------------------ */

static void
on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *const r = ctx;
	const char *const space = strrchr(name, ' ');
	const char *const local = space == NULL ? name : space + 1;
	const size_t len = strlen(r->where);

	(void)attributes;
	if (r->failed)
		return;
	if (r->depth == AGGREGATE_DEPTH_MAX || len + 1 + strlen(local) >= sizeof r->where) {
		fail(r, "elements are nested too deeply for a report", local);
		return;
	}
	if (r->depth == 0 && strcmp(local, "feedback") != 0) {
		fail(r, "expected a DMARC aggregate report (element feedback)", local);
		return;
	}
	r->lens[r->depth++] = len;
	(void)snprintf(r->where + len, sizeof r->where - len, "%s%s", len > 0 ? "/" : "", local);
	r->value_len = 0;
	if (is_at(r, "feedback/record"))
		begin_record(r);
	else if (is_at(r, "feedback/record/auth_results/dkim") || is_at(r, "feedback/record/auth_results/spf"))
		begin_auth(r, local);
}

static void
on_end(void *ctx, const XML_Char *name)
{
	struct reader *const r = ctx;
	struct seal_span value = seal_span((const uint8_t *)r->value, r->value_len), trimmed;

	(void)name;
	if (r->failed)
		return;
	r->value[r->value_len] = '\0';
	if (seal_span_split(&value, '\0', &trimmed)) {
		check_value(r, trimmed);
		keep(r, trimmed);
	}
	if (!r->failed && is_at(r, "feedback/record"))
		check_record(r);
	r->where[r->lens[--r->depth]] = '\0';
	r->value_len = 0;
}

static void
on_text(void *ctx, const XML_Char *text, int len)
{
	struct reader *const r = ctx;

	if (r->failed)
		return;
	if ((size_t)len > AGGREGATE_VALUE_MAX - r->value_len) {
		fail(r, "text is too long for a report", r->where);
		return;
	}
	memcpy(r->value + r->value_len, text, (size_t)len);
	r->value_len += (size_t)len;
}

/* Reports do not have one, and attacks with entities need one. */
static void
on_doctype(void *ctx, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_internal;
	fail(ctx, "document type declarations are rejected because they can define entities", "");
}

static void
parse(struct reader *r, struct seal_span xml)
{
	enum XML_Status status;
	bool is_last;

	do {
		const struct seal_span piece = seal_span_first(xml, PIECE);

		xml = seal_span_from(xml, piece.len);
		is_last = xml.len == 0;
		status = XML_Parse(r->parser, (const char *)piece.ptr, (int)piece.len, is_last);
	} while (status == XML_STATUS_OK && !is_last);
	if (status != XML_STATUS_OK)
		fail(r, XML_ErrorString(XML_GetErrorCode(r->parser)), "");
	else if (r->to->num_records == 0)
		fail(r, "the report has no record", "");
}

int
aggregate_read(struct aggregate *a, const char *path, struct seal_span xml)
{
	struct reader r = { .to = a, .path = path, .parser = XML_ParserCreateNS(NULL, ' ') };

	*a = (struct aggregate){ .organization = empty(), .report_id = empty(), .begin = empty(), .end = empty(),
		                 .domain = empty(), .policy = empty(), .testing = empty() };
	if (r.parser == NULL)
		abort();
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	parse(&r, xml);
	XML_ParserFree(r.parser);
	return r.failed ? TOOL_REFUSED : TOOL_OK;
}

static void
free_record(struct aggregate_record *record)
{
	for (size_t i = 0; i < record->num_auths; i++) {
		free(record->auths[i].method);
		free(record->auths[i].domain);
		free(record->auths[i].selector);
		free(record->auths[i].result);
	}
	free(record->auths);
	free(record->source_ip);
	free(record->disposition);
	free(record->dkim);
	free(record->spf);
	free(record->header_from);
	free(record->envelope_from);
	free(record->reason);
}

void
aggregate_free(struct aggregate *a)
{
	for (size_t i = 0; i < a->num_records; i++)
		free_record(&a->records[i]);
	free(a->records);
	free(a->organization);
	free(a->report_id);
	free(a->begin);
	free(a->end);
	free(a->domain);
	free(a->policy);
	free(a->testing);
}

bool
aggregate_passed(const struct aggregate_record *r)
{
	return strcmp(r->dkim, "pass") == 0 || strcmp(r->spf, "pass") == 0;
}
