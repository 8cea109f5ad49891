/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_keys.c - the keys of a configuration: list them, approve or revoke one.
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
	bool dns, dry_run;
	struct report_request report;
	struct site_name domain;   /* "": all */
	const char *selector;
};

static bool
take_option(struct request *r, int option)
{
	switch (option) {
	case 'c':
		r->config = optarg;
		return true;
	case 'n':
		r->dry_run = true;
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
read_options(int argc, char **argv, const struct option *options, struct request *r)
{
	int option;

	*r = (struct request){ .config = SITE_CONFIG };
	report_request_init(&r->report);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(r, option))
			return false;
	}
	return true;
}

static bool
read_domain(struct request *r, const char *given)
{
	r->domain = site_name(given, "DOMAIN");
	return r->domain.text[0] != '\0';
}

/* --- key list ----------------------------------------------------------- */

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
run_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dns", no_argument, NULL, OPT_DNS },
		{ "log", required_argument, NULL, OPT_LOG },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	struct request r;
	struct site site;
	struct dns dns = { .num_resolvers = 0 };
	int code;

	if (!read_options(argc, argv, options, &r) || (argc - optind == 1 && !read_domain(&r, argv[optind])) ||
	    (argc - optind > 1 && !tool_arguments(argc, 1, "at most one domain")) ||
	    (r.dns && !report_open(&r.report, &dns)))
		return TOOL_USAGE;
	code = site_open(&site, r.config, SITE_READ);
	if (code == TOOL_OK)
		code = list(&r, &site, &dns);
	site_close(&site);
	dns_free(&dns);
	return code;
}

/* --- one key ------------------------------------------------------------ */

/* The section of r->selector, NULL: reported; and how many keys the domain has. */
static const struct seal_config_domain *
find_section(const struct site *s, const struct request *r, size_t *num_keys)
{
	const struct seal_config_domain *section = NULL;
	const struct seal_config_domain *key = NULL;

	*num_keys = 0;
	while ((key = site_next_key(s, r->domain.text, key)) != NULL) {
		(*num_keys)++;
		if (seal_span_equal_nocase(key->selector, seal_span_text(r->selector)))
			section = key;
	}
	if (section == NULL)
		tool_error("%s: %s has no key with the selector %s; see: mailseal key list", s->path, r->domain.text,
		           r->selector);
	return section;
}

/* The command line of a change to one key, and the change itself. */
static int
run_change(int argc, char **argv, int (*change)(struct site *s, const struct request *r))
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ NULL, 0, NULL, 0 }
	};
	struct request r;
	struct site site;
	int code;

	if (!read_options(argc, argv, options, &r) || !tool_arguments(argc, 2, "a domain and a selector") ||
	    !read_domain(&r, argv[optind]))
		return TOOL_USAGE;
	r.selector = argv[optind + 1];
	code = site_open(&site, r.config, r.dry_run ? SITE_READ : SITE_CHANGE);
	if (code == TOOL_OK)
		code = change(&site, &r);
	site_close(&site);
	return code;
}

/* --- key approve -------------------------------------------------------- */

/* The value of `activation` in the section, which has that key. */
static struct seal_span
find_activation(struct seal_span section)
{
	struct seal_span line;

	for (;; section = seal_span_from(section, line.len + 1)) {
		const size_t equals = seal_span_find(section, '=');

		line = seal_span_first(section, seal_span_find(section, '\n'));
		if (equals < line.len && seal_span_equal(seal_span_trim(seal_span_first(line, equals)),
		                                         SEAL_SPAN("activation")))
			break;
	}
	line = seal_span_from(line, seal_span_find(line, '=') + 1);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return seal_span_trim(line);
}

static int
approve(struct site *s, const struct request *r)
{
	size_t num_keys;
	const struct seal_config_domain *section = find_section(s, r, &num_keys);
	struct seal_span value;
	int code;

	if (section == NULL)
		return TOOL_CONFIG;
	if (section->activation != SEAL_ACTIVATION_MANUAL) {
		tool_error("%s: %s of %s does not wait for approval", s->path, r->selector, r->domain.text);
		return TOOL_CONFIG;
	}
	value = find_activation(config_file_section(&s->file, section->name));
	code = site_edit(s, &(struct site_edit){ (size_t)(value.ptr - s->file.text.ptr), value.len, "dns" });
	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code != TOOL_OK)
		return code;
	if (r->report.json)
		return tool_print_json(json_pack("{s:s, s:b, s:s, s:s}", "configuration", r->config, "dry_run",
		                                 r->dry_run, "domain", r->domain.text, "selector", r->selector));
	printf("%s  %s  approved\n", r->domain.text, r->selector);
	return tool_finish_output();
}

static int
run_approve(int argc, char **argv)
{
	return run_change(argc, argv, approve);
}

/* --- key revoke --------------------------------------------------------- */

/* The section of a key that may go. */
static const struct seal_config_domain *
find_revocable(const struct site *s, const struct request *r)
{
	size_t num_keys;
	const struct seal_config_domain *section = find_section(s, r, &num_keys);

	if (section != NULL && num_keys == 1)
		tool_error("%s: this is the only key of %s, whose mail would be refused without it; make another "
		           "first: mailseal key next %s", s->path, r->domain.text, r->domain.text);
	return num_keys > 1 ? section : NULL;
}

/* A note stays in the section's place. */
static int
take_out(struct site *s, const struct seal_config_domain *section, const struct request *r)
{
	const struct seal_span cut = config_file_section(&s->file, section->name);
	char *note = NULL;
	int code;

	if (asprintf(&note, "# mailseal: revoked = %s %.*s %s %.*s\n", r->domain.text, (int)section->selector.len,
	             (const char *)section->selector.ptr, site_date(site_now()).dashed, (int)section->key.len,
	             (const char *)section->key.ptr) < 0) {
		tool_error("no memory for the new configuration");
		return TOOL_IO;
	}
	code = site_edit(s, &(struct site_edit){ (size_t)(cut.ptr - s->file.text.ptr), cut.len, note });
	free(note);
	return code;
}

static int
report(const struct request *r, const struct inventory_key *revoked)
{
	struct inventory_key key = *revoked;
	struct inventory_name name;

	key.state = SITE_REVOKED;
	(void)snprintf(key.value.text, sizeof key.value.text, "%s", RECORD_REVOKED);
	name = key.delegated != NULL ? inventory_target(&key) : inventory_name(&key);
	if (r->report.json)
		return tool_print_json(json_pack("{s:s, s:b, s:o}", "configuration", r->config, "dry_run", r->dry_run,
		                                 "key", inventory_json(&key)));
	printf("; name:  %s\n; type:  TXT\n; value: %s\n%s. IN TXT \"%s\"\n", name.text, key.value.text, name.text,
	       key.value.text);
	return tool_finish_output();
}

static int
revoke(struct site *s, const struct request *r)
{
	struct inventory inv;
	const struct seal_config_domain *section = find_revocable(s, r);
	const struct inventory_key *key = NULL;
	int code = TOOL_CONFIG;

	if (section == NULL)
		return code;
	/* A key file that is gone is no reason to keep a key. */
	(void)inventory_take(&inv, s, r->domain.text);
	for (size_t i = 0; i < inv.num_keys && key == NULL; i++) {
		if (strcasecmp(inv.keys[i].selector, r->selector) == 0)
			key = &inv.keys[i];
	}
	if (key != NULL)
		code = take_out(s, section, r);
	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK)
		code = report(r, key);
	if (code == TOOL_OK)
		tool_error("note: replace the record in DNS by this one, do not only delete it; %s%s",
		           key->on_device ? "the key stays on the device" : "the key file is kept: ",
		           key->on_device ? "" : key->file);
	inventory_free(&inv);
	return code;
}

static int
run_revoke(int argc, char **argv)
{
	return run_change(argc, argv, revoke);
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
	run_list
};

const struct tool_command tool_key_approve = {
	"key approve", "DOMAIN SELECTOR [-c CONF] [--dry-run] [--json]", "Let a key sign that waited for it",
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { configuration, dry_run, domain, selector }\n"
	"\n"
	"A key with activation = manual does not sign, however its record looks; the gateway says in its\n"
	"log when it is there. This makes it activation = dns: start the gateway anew with it. Exit code\n"
	"3: there is no such key, or it does not wait.\n",
	run_approve
};

const struct tool_command tool_key_revoke = {
	"key revoke", "DOMAIN SELECTOR [-c CONF] [--dry-run] [--json]",
	"Take a key out and print what DNS is to say of it",
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { configuration, dry_run, key: { as for: key list } }\n"
	"\n"
	"The section goes, a note stays in its place. The record with an empty p= tells verifiers\n"
	"that the key was withdrawn (RFC 6376 3.6.1). The key file stays. Exit code 3: there is no\n"
	"such key, or it is the only one of the domain.\n",
	run_revoke
};
