/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - the sheet as plain text and as Markdown, in the same order.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/sheet/formats.h"
#include "tools/mailseal/sheet/qr.h"

#define WIDTH 78u

struct page {
	FILE *to;
	const struct sheet *sheet;
	bool markdown;
};

/* --- words -------------------------------------------------------------- */

/* Counts characters, not bytes, because the texts are UTF-8. */
static size_t
width_of(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0u) != 0x80u;
	return width;
}

/* The text of a key; the caller frees it. */
static char *
text_of(const struct page *p, const char *key, const char *argument)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (to != NULL) {
		sheet_put(to, p->sheet, key, argument, words_plain);
		if (fclose(to) == 0)
			return text;
	}
	free(text);
	return strdup("");
}

static void
put_wrapped(FILE *to, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		const size_t len = strcspn(text, " ");
		const size_t width = width_of(text, len);

		if (column > 0 && column + 1 + width > WIDTH) {
			fputc('\n', to);
			column = 0;
		} else if (column > 0) {
			fputc(' ', to);
			column++;
		}
		fprintf(to, "%.*s", (int)len, text);
		column += width;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

static void
put_paragraph(const struct page *p, const char *key)
{
	char *text = text_of(p, key, "");

	put_wrapped(p->to, text);
	fputc('\n', p->to);
	free(text);
}

/* Level 1 to 3; `number` precedes the text unless it is 0. */
static void
put_heading(const struct page *p, const char *key, int level, size_t number)
{
	char *text = text_of(p, key, "");
	char prefix[32] = "";

	if (number > 0)
		(void)snprintf(prefix, sizeof prefix, "%zu. ", number);
	if (p->markdown) {
		fprintf(p->to, "%.*s %s%s\n\n", level, "###", prefix, text);
	} else {
		fprintf(p->to, "%s%s\n", prefix, text);
		for (size_t i = strlen(prefix) + width_of(text, strlen(text)); i > 0; i--)
			fputc(level == 1 ? '=' : '-', p->to);
		fputs("\n\n", p->to);
	}
	free(text);
}

/* --- records ------------------------------------------------------------ */

static size_t
label_width(const struct page *p, const char *key)
{
	char *text = text_of(p, key, "");
	const size_t width = width_of(text, strlen(text));

	free(text);
	return width;
}

/* All labels of a group are padded to the width of its widest. */
static void
put_label(const struct page *p, const char *key)
{
	const size_t widest = label_width(p, strncmp(key, "label.", 6) == 0 ? "label.until" : "field.name") + 1;
	const size_t column = widest < 14 ? 14 : widest;
	const size_t width = label_width(p, key);
	char *text = text_of(p, key, "");

	if (p->markdown)
		fprintf(p->to, "- **%s:** ", text);
	else
		fprintf(p->to, "  %s%*s", text, width < column ? (int)(column - width) : 1, "");
	free(text);
}

static void
put_code(const struct page *p, const char *text)
{
	fprintf(p->to, p->markdown ? "`%s`" : "%s", text);
}

/* A label that is alone on its line. */
static void
put_label_line(const struct page *p, const char *key)
{
	char *text = text_of(p, key, "");

	fprintf(p->to, p->markdown ? "- **%s:**\n\n" : "  %s\n\n", text);
	free(text);
}

/* Text to copy is on separate lines, without indentation. */
static void
open_block(const struct page *p)
{
	fputs(p->markdown ? "```\n" : "", p->to);
}

static void
close_block(const struct page *p)
{
	fputs(p->markdown ? "\n```\n\n" : "\n\n", p->to);
}

static void
put_host_in(const struct page *p, const char *name, const char *zone)
{
	char *in = text_of(p, "host.in", zone);

	fputs(p->markdown ? "`" : "", p->to);
	sheet_put_host(p->to, p->sheet, name, zone);
	fprintf(p->to, "%s (%s)\n", p->markdown ? "`" : "", in);
	free(in);
}

static void
put_type_and_host(const struct page *p, const struct sheet_record *r)
{
	const char *other = sheet_other_zone(p->sheet);

	put_label(p, "field.type");
	put_code(p, r->type);
	fputc('\n', p->to);
	put_label(p, "field.host");
	put_host_in(p, r->name, p->sheet->zone.text);
	if (other != NULL) {
		put_label(p, "field.host");
		put_host_in(p, r->name, other);
	}
}

static void
put_name_and_ttl(const struct page *p, const struct sheet_record *r)
{
	put_label(p, "field.name");
	fprintf(p->to, p->markdown ? "`%s.`\n" : "%s.\n", r->name);
	put_label(p, "field.ttl");
	fprintf(p->to, "%u\n", SHEET_TTL);
}

static void
put_fields(const struct page *p, const struct sheet_record *r)
{
	put_type_and_host(p, r);
	put_name_and_ttl(p, r);
}

/* Long values are also shown as strings, unless the provider's form requires strings anyway. */
static void
put_values(const struct page *p, const struct sheet_record *r)
{
	const struct provider *provider = p->sheet->provider;

	put_label_line(p, "field.value");
	open_block(p);
	sheet_put_value(p->to, p->sheet, r);
	close_block(p);
	if (strcmp(r->type, "TXT") != 0 || strlen(r->value) <= RECORD_STRING_MAX ||
	    (provider != NULL && provider->value != PROVIDER_PLAIN))
		return;
	put_paragraph(p, "field.strings");
	open_block(p);
	record_put_strings(p->to, r->value, "\n");
	close_block(p);
}

static void
put_record(const struct page *p, const struct sheet_record *r, size_t number)
{
	char key[32];

	(void)snprintf(key, sizeof key, "%s.heading", sheet_kind_text(r->kind));
	put_heading(p, key, 3, number);
	(void)snprintf(key, sizeof key, "%s.text", sheet_kind_text(r->kind));
	put_paragraph(p, key);
	if (strcmp(r->type, "CNAME") == 0)
		put_paragraph(p, "cname.text");
	put_fields(p, r);
	put_values(p, r);
}

/* --- the whole page ----------------------------------------------------- */

static void
put_labelled(const struct page *p, const char *key, const char *text)
{
	put_label(p, key);
	fprintf(p->to, "%s\n", text);
}

static void
put_spf_change(const struct page *p, size_t number)
{
	const struct sheet *s = p->sheet;

	put_heading(p, "change.heading", 3, number);
	put_paragraph(p, "change.text");
	put_type_and_host(p, &s->change);
	fputs(p->markdown ? "\n" : "", p->to);
	if (p->markdown) {
		fprintf(p->to, "```diff\n- %s\n+ %s\n```\n\n", s->request->existing_spf, s->spf_merged);
		return;
	}
	put_label_line(p, "change.old");
	fprintf(p->to, "%s\n\n", s->request->existing_spf);
	put_label_line(p, "change.merged");
	fprintf(p->to, "%s\n\n", s->spf_merged);
}

/* In a zone whose apex is unknown: without Host. */
static void
put_report(const struct page *p)
{
	const struct sheet_record *r = &p->sheet->report;

	put_heading(p, "report.heading", 3, 0);
	put_paragraph(p, "report.text");
	put_label(p, "field.type");
	put_code(p, r->type);
	fputc('\n', p->to);
	put_name_and_ttl(p, r);
	put_label(p, "field.value");
	put_code(p, r->value);
	fputs("\n\n", p->to);
}

static void
put_stages(const struct page *p)
{
	put_heading(p, "stages.heading", 2, 0);
	put_paragraph(p, "stages.text");
	for (int i = 1; i <= 3; i++) {
		char key[32];
		char *text;

		(void)snprintf(key, sizeof key, "stage.%d", i);
		text = text_of(p, key, "");
		fprintf(p->to, "%s%d. %s\n", p->markdown ? "" : "  ", i, text);
		free(text);
	}
	fputc('\n', p->to);
}

/* The steps, and who does each of them. */
static void
put_steps(const struct page *p)
{
	size_t number = 0;

	put_heading(p, "steps.heading", 2, 0);
	for (size_t i = 0; i < WORDS_NUM_STEPS; i++) {
		char key[32];
		char *step;
		char *who;

		if (!sheet_has_step(p->sheet, &words_steps[i]))
			continue;
		(void)snprintf(key, sizeof key, "step.%s", words_steps[i].name);
		step = text_of(p, key, "");
		(void)snprintf(key, sizeof key, "who.%s", sheet_step_who(p->sheet, &words_steps[i]));
		who = text_of(p, key, "");
		fprintf(p->to, "%s%zu. %s (%s)\n", p->markdown ? "" : "  ", ++number, step, who);
		free(step);
		free(who);
	}
	fputc('\n', p->to);
}

static void
put_check_command(const struct page *p, const struct sheet_record *r)
{
	fputs(p->markdown ? "" : "  ", p->to);
	sheet_put_command(p->to, r);
	fputc('\n', p->to);
}

static void
put_check_commands(const struct page *p)
{
	put_paragraph(p, "check.command");
	fputs(p->markdown ? "```\n" : "", p->to);
	for (size_t i = 0; i < p->sheet->num_records; i++)
		put_check_command(p, &p->sheet->records[i]);
	if (p->sheet->change.name != NULL)
		put_check_command(p, &p->sheet->change);
	fputs(p->markdown ? "```\n\n" : "\n", p->to);
}

static bool
put_check(const struct page *p)
{
	bool ok = true;

	put_heading(p, "check.heading", 2, 0);
	put_paragraph(p, "check.text");
	put_paragraph(p, p->markdown ? "check.link" : "check.code");
	fprintf(p->to, p->markdown ? "<%s>\n\n" : "  %s\n\n", p->sheet->link);
	if (!p->markdown) {
		ok = qr_put_blocks(p->to, p->sheet->link, "    ");
		fputc('\n', p->to);
	}
	put_check_commands(p);
	return ok;
}

static void
put_top(const struct page *p)
{
	const struct sheet *s = p->sheet;
	const struct sheet_keys texts = sheet_entry_texts(s);
	char *sender = NULL;

	put_heading(p, "title", 1, 0);
	put_paragraph(p, "subtitle");
	put_labelled(p, "label.date", words_date(s->lang, s->made.dashed).text);
	put_labelled(p, "label.until", words_date(s->lang, s->until.dashed).text);
	if (s->request->contact != NULL)
		put_labelled(p, "label.contact", s->request->contact);
	else
		put_labelled(p, "label.contact", sender = text_of(p, "contact.sender", ""));
	free(sender);
	fputc('\n', p->to);
	put_heading(p, "why.heading", 2, 0);
	put_paragraph(p, "why.text");
	put_heading(p, "do.heading", 2, 0);
	for (const char *const *key = texts.keys; *key != NULL; key++)
		put_paragraph(p, *key);
}

static void
put_provider(const struct page *p)
{
	char key[32];

	if (p->sheet->provider == NULL)
		return;
	(void)snprintf(key, sizeof key, "provider.%s", p->sheet->provider->name);
	put_heading(p, "provider.heading", 3, 0);
	put_paragraph(p, key);
	fprintf(p->to, p->markdown ? "<%s>\n\n" : "  %s\n\n", p->sheet->provider->help);
}

static bool
put_page(const struct page *p)
{
	const struct sheet *s = p->sheet;
	size_t number = 0;
	bool ok;

	put_top(p);
	put_provider(p);
	for (size_t i = 0; i < s->num_records; i++)
		put_record(p, &s->records[i], ++number);
	if (s->change.name != NULL)
		put_spf_change(p, ++number);
	if (s->report.name != NULL)
		put_report(p);
	if (sheet_has(s, SHEET_DMARC))
		put_stages(p);
	ok = put_check(p);
	if (!s->request->for_operator)
		put_steps(p);
	put_heading(p, "keep.heading", 2, 0);
	put_paragraph(p, "keep.text");
	fputs(p->markdown ? "---\n\n" : "--\n", p->to);
	put_paragraph(p, "footer");
	return ok;
}

bool
format_text(FILE *to, const struct sheet *s)
{
	return put_page(&(struct page){ to, s, false });
}

bool
format_markdown(FILE *to, const struct sheet *s)
{
	return put_page(&(struct page){ to, s, true });
}
