/* SPDX-License-Identifier: Apache-2.0
 *
 * html.c - the sheet as one HTML file that needs no scripts and no other files. It fits on one printed page.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/sheet/formats.h"
#include "tools/mailseal/sheet/qr.h"
#include "tools/mailseal/sheet/texts.h"

#define WIDE " class=\"wide\"" /* for a value below its label */

static void
escape(FILE *to, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			fputs("&amp;", to);
		else if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '>')
			fputs("&gt;", to);
		else if (*text == '"')
			fputs("&quot;", to);
		else
			fputc(*text, to);
	}
}

/* <TAG>text</TAG>\n */
static void
put(FILE *to, const struct sheet *s, const char *tag, const char *key)
{
	fprintf(to, "<%s>", tag);
	sheet_put(to, s, key, "", escape);
	fprintf(to, "</%s>\n", tag);
}

static void
html_labelled(FILE *to, const struct sheet *s, const char *key, const char *text)
{
	put(to, s, "dt", key);
	fputs("<dd>", to);
	escape(to, text);
	fputs("</dd>\n", to);
}

/* --- head --------------------------------------------------------------- */

static void
html_head(FILE *to, const struct sheet *s)
{
	fprintf(to, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	        "<meta name=\"generator\" content=\"mailseal\">\n", text_files[s->lang].lang);
	put(to, s, "title", "title");
	fputs("<style>\n", to);
	fwrite(sheet_css, 1, sheet_css_len, to);
	fputs("</style>\n</head>\n<body>\n<header>\n<div>", to);
	put(to, s, "h1", "title");
	put(to, s, "p", "subtitle");
	fputs("</div>\n<dl>\n", to);
	html_labelled(to, s, "label.date", words_date(s->lang, s->made.dashed).text);
	html_labelled(to, s, "label.until", words_date(s->lang, s->until.dashed).text);
	if (s->request->contact != NULL) {
		html_labelled(to, s, "label.contact", s->request->contact);
	} else {
		put(to, s, "dt", "label.contact");
		put(to, s, "dd", "contact.sender");
	}
	fputs("</dl>\n</header>\n<main>\n", to);
}

static void
html_entry_texts(FILE *to, const struct sheet *s)
{
	const struct sheet_keys texts = sheet_entry_texts(s);

	fputs("<p>", to);
	for (const char *const *key = texts.keys; *key != NULL; key++) {
		fputs(key == texts.keys ? "" : " ", to);
		sheet_put(to, s, *key, "", escape);
	}
	fputs("</p>\n", to);
}

static void
html_provider(FILE *to, const struct sheet *s)
{
	char key[32];

	if (s->provider == NULL)
		return;
	(void)snprintf(key, sizeof key, "provider.%s", s->provider->name);
	fprintf(to, "<p><b><a href=\"%s\">", s->provider->help);
	sheet_put(to, s, "provider.heading", "", escape);
	fputs("</a>:</b> ", to);
	sheet_put(to, s, key, "", escape);
	fputs("</p>\n", to);
}

/* --- records ------------------------------------------------------------ */

static void
html_host(FILE *to, const struct sheet *s, const struct sheet_record *r)
{
	const char *other = sheet_other_zone(s);

	put(to, s, "dt", "field.host");
	fputs("<dd><code class=\"copy\">", to);
	sheet_put_host(to, s, r->name, s->zone.text);
	fputs("</code>", to);
	if (other != NULL) {
		fputs(" (", to);
		sheet_put(to, s, "host.in", s->zone.text, escape);
		fputs(") · <code class=\"copy\">", to);
		sheet_put_host(to, s, r->name, other);
		fputs("</code> (", to);
		sheet_put(to, s, "host.in", other, escape);
		fputs(")", to);
	}
	fputs("</dd>\n", to);
}

static void
html_fields(FILE *to, const struct sheet *s, const struct sheet_record *r)
{
	fputs("<dl>\n", to);
	put(to, s, "dt", "field.type");
	fprintf(to, "<dd><code>%s</code>, ", r->type);
	sheet_put(to, s, "field.ttl", "", escape);
	fprintf(to, " %u</dd>\n", SHEET_TTL);
	html_host(to, s, r);
	put(to, s, "dt", "field.name");
	fprintf(to, "<dd" WIDE "><code class=\"copy\">%s.</code></dd>\n", r->name);
	put(to, s, "dt", "field.value");
	fprintf(to, "<dd" WIDE "><pre class=\"copy%s\">", strlen(r->value) > RECORD_STRING_MAX ? "" : " words");
	sheet_put_value(to, s, r);
	fputs("</pre></dd>\n</dl>\n", to);
}

/* Shown only on a screen; on paper, the value fits only once. */
static void
put_details(FILE *to, const struct sheet *s, const struct sheet_record *r)
{
	const bool split = strcmp(r->type, "TXT") == 0 && strlen(r->value) > RECORD_STRING_MAX;

	if (split) {
		fputs("<details>", to);
		put(to, s, "summary", "field.strings");
		fputs("<pre class=\"copy\">", to);
		record_put_strings(to, r->value, "\n");
		fputs("</pre></details>\n", to);
	}
	fputs("<details>", to);
	put(to, s, "summary", "field.lines");
	fputs("<pre class=\"copy\">", to);
	format_zone_line(to, r, SHEET_TTL);
	fputs("</pre></details>\n", to);
}

/* Short, to fit the page: it is for another zone. */
static void
html_report(FILE *to, const struct sheet *s)
{
	fputs("<p>", to);
	sheet_put(to, s, "report.text", "", escape);
	fputs(" <code class=\"copy\">", to);
	format_zone_line(to, &s->report, SHEET_TTL);
	fputs("</code></p>\n", to);
}

static void
open_article(FILE *to, const struct sheet *s, const char *heading, size_t number)
{
	fprintf(to, "<article>\n<h3><b>%zu</b>", number);
	sheet_put(to, s, heading, "", escape);
	fputs("</h3>\n<p>", to);
}

static void
html_record(FILE *to, const struct sheet *s, const struct sheet_record *r, size_t number)
{
	char key[32];

	(void)snprintf(key, sizeof key, "%s.heading", sheet_kind_text(r->kind));
	open_article(to, s, key, number);
	(void)snprintf(key, sizeof key, "%s.text", sheet_kind_text(r->kind));
	sheet_put(to, s, key, "", escape);
	if (strcmp(r->type, "CNAME") == 0) {
		fputc(' ', to);
		sheet_put(to, s, "cname.text", "", escape);
	}
	fputs("</p>\n", to);
	html_fields(to, s, r);
	if (r->kind == SHEET_DMARC && s->report.name != NULL)
		html_report(to, s);
	put_details(to, s, r);
	fputs("</article>\n", to);
}

static void
put_part(FILE *to, const char *text, size_t len)
{
	char *part = strndup(text, len);

	if (part != NULL)
		escape(to, part);
	free(part);
}

/* Marks the middle part, where the two texts differ. */
static void
put_difference(FILE *to, const char *old, const char *merged)
{
	const size_t old_len = strlen(old);
	const size_t merged_len = strlen(merged);
	size_t head = 0;
	size_t tail = 0;

	while (head < old_len && head < merged_len && old[head] == merged[head])
		head++;
	while (tail < old_len - head && tail < merged_len - head &&
	       old[old_len - 1 - tail] == merged[merged_len - 1 - tail])
		tail++;
	put_part(to, merged, head);
	fputs("<ins>", to);
	put_part(to, merged + head, merged_len - head - tail);
	fputs("</ins>", to);
	put_part(to, merged + merged_len - tail, tail);
}

static void
html_spf_change(FILE *to, const struct sheet *s, size_t number)
{
	open_article(to, s, "change.heading", number);
	sheet_put(to, s, "change.text", "", escape);
	fputs("</p>\n<dl>\n", to);
	put(to, s, "dt", "field.type");
	fprintf(to, "<dd><code>%s</code></dd>\n", s->change.type);
	html_host(to, s, &s->change);
	put(to, s, "dt", "change.old");
	fputs("<dd" WIDE "><pre class=\"words\">", to);
	escape(to, s->request->existing_spf);
	fputs("</pre></dd>\n", to);
	put(to, s, "dt", "change.merged");
	fputs("<dd" WIDE "><pre class=\"copy words\">", to);
	put_difference(to, s->request->existing_spf, s->spf_merged);
	fputs("</pre></dd>\n</dl>\n</article>\n", to);
}

/* --- foot --------------------------------------------------------------- */

static void
html_stages(FILE *to, const struct sheet *s)
{
	fputs("<section>", to);
	put(to, s, "h2", "stages.heading");
	put(to, s, "p", "stages.text");
	fputs("<ol>\n", to);
	put(to, s, "li", "stage.1");
	put(to, s, "li", "stage.2");
	put(to, s, "li", "stage.3");
	fputs("</ol></section>\n", to);
}

static void
html_command(FILE *to, const struct sheet_record *r)
{
	fputs("<br><code class=\"copy\">", to);
	sheet_put_command(to, r);
	fputs("</code>", to);
}

/* Paper has room for the first one only. */
static void
html_commands(FILE *to, const struct sheet *s)
{
	sheet_put(to, s, "check.command", "", escape);
	html_command(to, &s->records[0]);
	fputs("</p>\n", to);
	if (s->num_records == 1 && s->change.name == NULL)
		return;
	fputs("<details>", to);
	put(to, s, "summary", "check.more");
	for (size_t i = 1; i < s->num_records; i++)
		html_command(to, &s->records[i]);
	if (s->change.name != NULL)
		html_command(to, &s->change);
	fputs("</details>\n", to);
}

static bool
html_check(FILE *to, const struct sheet *s)
{
	bool ok;

	fputs("<section class=\"check\">", to);
	put(to, s, "h2", "check.heading");
	fputs("<div>", to);
	put(to, s, "p", "check.text");
	fputs("<p>", to);
	sheet_put(to, s, "check.code", "", escape);
	fputs(" <a href=\"", to);
	escape(to, s->link);
	fputs("\">mxtoolbox.com</a>. ", to);
	html_commands(to, s);
	fputs("</div>\n", to);
	ok = qr_put_svg(to, s->link);
	fputs("</section>\n", to);
	return ok;
}

/* The steps, and who does each of them. */
static void
html_steps(FILE *to, const struct sheet *s)
{
	char key[32];

	fputs("<section class=\"steps\">", to);
	put(to, s, "h2", "steps.heading");
	fputs("<ol>\n", to);
	for (size_t i = 0; i < WORDS_NUM_STEPS; i++) {
		if (!sheet_has_step(s, &words_steps[i]))
			continue;
		fputs("<li>", to);
		(void)snprintf(key, sizeof key, "step.%s", words_steps[i].name);
		sheet_put(to, s, key, "", escape);
		(void)snprintf(key, sizeof key, "who.%s", sheet_step_who(s, &words_steps[i]));
		fputs(" <small>", to);
		sheet_put(to, s, key, "", escape);
		fputs("</small></li>\n", to);
	}
	fputs("</ol></section>\n", to);
}

static void
put_foot(FILE *to, const struct sheet *s)
{
	fputs("<p class=\"keep\"><b>", to);
	sheet_put(to, s, "keep.heading", "", escape);
	fputs(".</b> ", to);
	sheet_put(to, s, "keep.text", "", escape);
	fputs("</p>\n</main>\n", to);
	put(to, s, "footer", "footer");
	fputs("</body>\n</html>\n", to);
}

bool
format_html(FILE *to, const struct sheet *s)
{
	size_t number = 0;
	bool ok;

	html_head(to, s);
	put(to, s, "h2", "why.heading");
	put(to, s, "p", "why.text");
	put(to, s, "h2", "do.heading");
	html_entry_texts(to, s);
	html_provider(to, s);
	for (size_t i = 0; i < s->num_records; i++)
		html_record(to, s, &s->records[i], ++number);
	if (s->change.name != NULL)
		html_spf_change(to, s, ++number);
	fputs("<div class=\"pair\">\n", to);
	if (sheet_has(s, SHEET_DMARC))
		html_stages(to, s);
	ok = html_check(to, s);
	fputs("</div>\n", to);
	if (!s->request->for_operator)
		html_steps(to, s);
	put_foot(to, s);
	return ok;
}
