/* SPDX-License-Identifier: Apache-2.0
 *
 * key_list.c - list the keys of a configuration, with what DNS and the gateway report of them.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/site/observed.h"

enum {
	OPT_DNS = OPTION_OWN,
	OPT_LOG
};

struct request {
	const char *config, *log;
	bool dns;
	struct report_request report;
	struct site_name domain;   /* "": all */
};

static bool
take_option(struct request *r, int option)
{
	switch (option) {
	case 'c':
		r->config = optarg;
		return true;
	case OPT_DNS:
		r->dns = true;
		return true;
	case OPT_LOG:
		r->log = optarg;
		return true;
	default:
		return report_take_option(&r->report, option);
	}
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dns", no_argument, NULL, OPT_DNS },
		{ "log", required_argument, NULL, OPT_LOG },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ .config = SITE_CONFIG };
	report_request_init(&r->report);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(r, option))
			return false;
	}
	if (argc - optind > 1)
		return tool_arguments(argc, 1, "at most one domain");
	if (argc - optind == 1)
		r->domain = site_name(argv[optind], "DOMAIN");
	return argc == optind || r->domain.text[0] != '\0';
}

static int
list_json(const struct inventory *inv, const struct observed *o)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < inv->num_keys; i++)
		json_array_append_new(keys, observed_json(o, inv, i));
	return tool_print_json(json_pack("{s:o}", "keys", keys));
}

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
	return answer == GATEWAY_LOG_UNSAID ? "-" : answer == GATEWAY_LOG_YES ? "yes" : "no";
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
print_row(const struct table *t, size_t row, const int *widths)
{
	size_t last = t->num_columns;

	while (last > 0 && t->cells[row][last - 1][0] == '\0')
		last--;
	for (size_t i = 0; i < last; i++) {
		const int width = is_number(t->cells[0][i]) ? widths[i] : i + 1 < last ? -widths[i] : 0;

		printf("%*s%s", width, t->cells[row][i], i + 1 < last ? "  " : "\n");
	}
}

static void
print_table(const struct table *t)
{
	int widths[COLUMNS_MAX] = { 0 };

	for (size_t row = 0; row <= t->num_rows; row++) {
		for (size_t i = 0; i < t->num_columns; i++) {
			const int width = (int)strlen(t->cells[row][i]);

			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
	for (size_t row = 0; t->num_rows > 0 && row <= t->num_rows; row++)
		print_row(t, row, widths);
}

/* The reminder: nobody would miss a record that is left where it is. */
static void
remind(const struct inventory *inv, const struct observed *o)
{
	for (size_t i = 0; o->gateway != NULL && i < inv->num_keys; i++) {
		if (strcmp(observed_note(o, inv, i), "safe to delete") == 0)
			tool_error("note: %s has not signed for a week: have its record deleted, then: mailseal key "
			           "revoke %s %s", inventory_name(&inv->keys[i]).text, inv->keys[i].domain,
			           inv->keys[i].selector);
	}
}

static int
list_text(const struct inventory *inv, const struct observed *o)
{
	struct table t = { .num_columns = 0 };

	t.cells = tool_allocate((inv->num_keys + 1) * sizeof *t.cells);
	for (size_t i = 0; i < inv->num_keys; i++)
		put_key(&t, inv, o, i);
	print_table(&t);
	free(t.cells);
	remind(inv, o);
	return tool_finish_output();
}

static int
list(const struct request *r, const struct site *s, struct dns *dns)
{
	struct inventory inv;
	struct observed o;
	const int taken = inventory_take(&inv, s, r->domain.text[0] != '\0' ? r->domain.text : NULL);
	int code = observed_take(&o, &inv, r->dns ? dns : NULL, r->log);

	if (code == TOOL_OK)
		code = r->report.json ? list_json(&inv, &o) : list_text(&inv, &o);
	observed_free(&o);
	inventory_free(&inv);
	return code == TOOL_OK ? taken : code;
}

static int
run(int argc, char **argv)
{
	struct request r;
	struct site site;
	struct dns dns = { .num_resolvers = 0 };
	int code;

	if (!read_options(argc, argv, &r) || (r.dns && !report_open(&r.report, &dns)))
		return TOOL_USAGE;
	code = site_open(&site, r.config, SITE_READ);
	if (code == TOOL_OK)
		code = list(&r, &site, &dns);
	site_close(&site);
	dns_free(&dns);
	return code;
}

const struct tool_command tool_key_list = {
	"key list", "[DOMAIN] [-c CONF] [--dns] [--log FILE] [--json]", "List the keys of a configuration",
	"  -c, --config CONF  default: gateway.conf\n"
	"  --dns              ask what DNS publishes of each key\n"
	REPORT_OPTIONS_HELP
	"  --log FILE         the gateway's log, or - for standard input: what is in front of its lines\n"
	"                     does not matter, and other lines neither\n"
	"  --json             { keys: [ { domain, selector, state, file, bits, made, age_days,\n"
	"                     record: { name, type, value, cname }, dns: { verdict, testing, findings },\n"
	"                     gateway: { seen, signs, held, used, last_used, safe_to_delete, alarm, note }\n"
	"                     } ] }; unknown is null, gateway too where the log does not name the key\n"
	"\n"
	"The state is what the configuration tells: signing; waiting: for key approve; next: handed\n"
	"over and held back; retiring: an older key, whose record is needed for a week more; revoked.\n"
	"The age is counted from made, or it is that of the file. A key that was made on a device has\n"
	"no file. DNS is what the gateway would say of the record: published, absent,\n"
	"another-key, revoked, malformed, several-records, unknown. SIGNS and USED, the day of the\n"
	"last signature, are what the gateway reports, the last line counts; NOTE is its alarm, as the\n"
	"event is called, or that the record may be deleted. That is void when the gateway was started\n"
	"since; with several gateways, look into the log of each.\n"
	"Exit codes: 4 a key file could not be read; the list is complete all the same; 5 the log\n"
	"could not be read. What DNS says changes none.\n",
	.run = run
};
