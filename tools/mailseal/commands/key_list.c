/* SPDX-License-Identifier: Apache-2.0
 *
 * key_list.c - list the keys of a configuration, with what DNS and the gateway report of them.
 */
#include "tools/mailseal/commands/key_list.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/suggest.h"
#include "tools/mailseal/site/observed.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct key_list_request, domain), "DOMAIN",
	  .text = "List only the keys of this domain." },
	OPTION_CONFIG_FILE(struct key_list_request, config, "The configuration."),
	{ "dns", 0, OPT_FLAG, offsetof(struct key_list_request, dns), NULL,
	  .text = "Ask what DNS publishes of each key." },
	{ "log", 0, OPT_STRING, offsetof(struct key_list_request, log), "FILE",
	  .text = "The gateway's log, or - for standard input. Prefixes of its lines and other lines do not matter." },
	OPTION_GROUP_DNS(struct key_list_request, report),
	OPTIONS_END
};

#define COLUMNS_MAX 10u
#define CELL_SIZE 512u

/* Cells row by row, the first row with the names of the columns. */
struct table {
	size_t num_columns, num_rows;
	char (*cells)[COLUMNS_MAX][CELL_SIZE];
};

static void
put(struct table *t, const char *column, const char *text)
{
	const size_t i = t->num_columns++;

	(void)snprintf(t->cells[0][i], CELL_SIZE, "%s", column);
	(void)snprintf(t->cells[t->num_rows][i], CELL_SIZE, "%s", text);
}

static const char *
yes_or_no(enum gateway_log_answer answer)
{
	return answer == GATEWAY_LOG_UNKNOWN ? "-" : answer == GATEWAY_LOG_YES ? "yes" : "no";
}

static void
put_gateway(struct table *t, const struct gateway_log_key *key)
{
	put(t, "SIGNS", yes_or_no(key->signs));
	put(t, "USED", key->last_used_s > 0 ? site_date(key->last_used_s).dashed : "-");
}

static void
put_key(struct table *t, const struct inventory *inv, const struct observed *o, size_t i)
{
	const struct inventory_key *key = &inv->keys[i];
	char number[32] = "-";

	t->num_columns = 0;
	t->num_rows++;
	put(t, "DOMAIN", key->domain);
	put(t, "SELECTOR", key->selector);
	put(t, "STATE", site_state_text(key->state));
	if (key->bits > 0)
		(void)snprintf(number, sizeof number, "%lu", (unsigned long)key->bits);
	put(t, "BITS", number);
	(void)snprintf(number, sizeof number, "-");
	if (key->made_s > 0)
		(void)snprintf(number, sizeof number, "%lld d", (long long)(site_now() - key->made_s) / 86400);
	put(t, "AGE", number);
	if (o->records != NULL)
		put(t, "DNS", observed_dns_text(o, i));
	if (o->gateway != NULL)
		put_gateway(t, &o->gateway[i]);
	put(t, "FILE", key->file != NULL ? key->file : "-");
	if (o->records != NULL || o->gateway != NULL)
		put(t, "NOTE", observed_note(o, inv, i));
}

static bool
is_number(const char *column)
{
	return strcmp(column, "BITS") == 0 || strcmp(column, "AGE") == 0;
}

static void
print_row(FILE *to, const struct table *t, size_t row, const int *widths)
{
	size_t last = t->num_columns;

	while (last > 0 && t->cells[row][last - 1][0] == '\0')
		last--;
	for (size_t i = 0; i < last; i++) {
		const int width = is_number(t->cells[0][i]) ? widths[i] : i + 1 < last ? -widths[i] : 0;

		fprintf(to, "%*s%s", width, t->cells[row][i], i + 1 < last ? "  " : "\n");
	}
}

static void
print_table(FILE *to, const struct table *t)
{
	int widths[COLUMNS_MAX] = { 0 };

	for (size_t row = 0; row <= t->num_rows; row++) {
		for (size_t i = 0; i < t->num_columns; i++) {
			const int width = (int)strlen(t->cells[row][i]);

			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
	for (size_t row = 0; t->num_rows > 0 && row <= t->num_rows; row++)
		print_row(to, t, row, widths);
}

/* A record that is no longer needed does no harm, so it would be forgotten. */
static void
remind(const struct inventory *inv, const struct observed *o)
{
	for (size_t i = 0; i < inv->num_keys; i++) {
		const struct inventory_key *const key = &inv->keys[i];

		if (observed_is_safe_to_delete(o, inv, i))
			tool_note(NULL, "%s has not signed for a week: have its record deleted, then: mailseal key "
			          "revoke %s %s", inventory_name(key).text, key->domain, key->selector);
	}
}

static void
put_keys(const struct inventory *inv, const struct observed *o, struct result *result)
{
	json_t *const keys = json_array();
	struct table t = { .num_columns = 0 };

	for (size_t i = 0; i < inv->num_keys; i++)
		json_array_append_new(keys, observed_json(o, inv, i));
	result_set(result, json_pack("{s:o}", "keys", keys));
	t.cells = tool_allocate((inv->num_keys + 1) * sizeof *t.cells);
	for (size_t i = 0; i < inv->num_keys; i++)
		put_key(&t, inv, o, i);
	print_table(result->text, &t);
	free(t.cells);
	remind(inv, o);
}

static void
note_no_key(const struct site *s, const char *domain)
{
	struct suggestion best = suggestion(domain);
	struct site_name kept = { "" };
	char *meant;

	for (size_t i = 0; i < s->file.config.num_domains; i++) {
		struct site_name known = { "" };
		uint8_t buf[SEAL_DOMAIN_MAX + 1];
		const struct seal_span name = seal_config_name(s->file.config.domains[i].name, buf);
		struct suggestion one = suggestion(domain);

		(void)snprintf(known.text, sizeof known.text, "%.*s", (int)name.len, (const char *)name.ptr);
		suggest_word(&one, known.text);
		if (one.best == NULL || (best.best != NULL && one.distance >= best.distance))
			continue;
		kept = known;
		best.best = kept.text;
		best.distance = one.distance;
	}
	if (strcmp(kept.text, domain) == 0)
		best.best = NULL;
	meant = suggest_text(&best, "");
	tool_note(NULL, "%s has no key in %s%s", domain, s->path, meant);
	free(meant);
}

/* Each domain of which all keys wait or are held back. */
static void
note_without_signing_key(const struct site *s, const struct inventory *inv)
{
	const char *last = "";

	for (size_t i = 0; i < inv->num_keys; i++) {
		const char *const domain = inv->keys[i].domain;

		if (inv->keys[i].state == SITE_REVOKED || strcmp(domain, last) == 0)
			continue;
		last = domain;
		if (!site_has_signing_key(s, domain))
			tool_note(domain, "no key signs, because all wait for approval or are held back");
	}
}

static int
list_keys(const struct key_list_request *r, const char *domain, struct dns *dns, struct result *result)
{
	struct inventory inv = { .keys = NULL };
	struct observed o = { .num_keys = 0 };
	struct site site;
	int taken = TOOL_OK;
	int code = site_open(&site, r->config, SITE_READ);

	if (code == TOOL_OK) {
		taken = inventory_take(&inv, &site, domain);
		code = observed_take(&o, &inv, r->dns ? dns : NULL, r->log);
	}
	if (code == TOOL_OK)
		put_keys(&inv, &o, result);
	if (code == TOOL_OK && domain != NULL && inv.num_keys == 0)
		note_no_key(&site, domain);
	if (code == TOOL_OK)
		note_without_signing_key(&site, &inv);
	observed_free(&o);
	inventory_free(&inv);
	site_close(&site);
	return code == TOOL_OK ? taken : code;
}

int
key_list(const struct key_list_request *r, struct result *result)
{
	struct site_name domain = { "" };
	struct dns dns = { .num_resolvers = 0 };
	int code = TOOL_USAGE;

	result_set(result, json_pack("{s:n}", "keys"));
	if (r->domain != NULL)
		domain = site_name(r->domain, "DOMAIN");
	if ((r->domain == NULL || domain.text[0] != '\0') && (!r->dns || report_open(&r->report, &dns)))
		code = list_keys(r, r->domain == NULL ? NULL : domain.text, &dns, result);
	dns_free(&dns);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return key_list(request, result);
}

const struct tool_command tool_key_list = {
	.name = "key list", .summary = "List the keys of a configuration",
	.options = options, .request_size = sizeof(struct key_list_request), .start = start,
	.help =
		"STATE is what the configuration alone shows: signing; waiting: for mailseal key approve; next:\n"
		"handed over and held back; retiring: an older key, whose record is still needed for a week;\n"
		"revoked. AGE is counted from made, or from the date of the file. A key that was created on a\n"
		"device has no file. DNS is the gateway's verdict on the record: published, absent,\n"
		"another-key, revoked, malformed, several-records, unknown. SIGNS and USED, the day of the last\n"
		"signature, are what the gateway logged; the last line counts. NOTE is its alarm, named like\n"
		"the event, or that the record may be deleted; a restart of the gateway cancels that. If\n"
		"several gateways sign, read the log of each. Errors of the configuration are warnings: the\n"
		"list has all that can be read.\n"
		"Exit codes: 3 nothing can be read, 4 a key file could not be read; the list is still complete,\n"
		"5 the log could not be read. The verdicts on DNS change none.\n",
	.json =
		"{ keys: [ { domain, selector, state, file, bits, made, age_days,\n"
		"  record: { name, type, value, cname }, dns: { verdict, testing, findings },\n"
		"  gateway: { seen, signs, held, used, last_used, safe_to_delete, alarm, note } } ] }\n"
		"What is unknown is null, and gateway too if the log does not name the key.\n"
};
