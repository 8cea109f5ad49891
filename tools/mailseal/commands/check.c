/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - check a configuration and the files that it names.
 */
#include "tools/mailseal/commands/check.h"

#include <stdlib.h>

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/checks/changed.h"
#include "tools/mailseal/checks/keyring.h"
#include "tools/mailseal/checks/tls_files.h"

struct check_work {
	struct config_file file;
	struct result *result;
	json_t *keys, *without_key;      /* lists of the document */
};

static const struct option_row options[] = {
	OPTION_CONFIG_ARGUMENT(struct check_request, argument),
	OPTION_CONFIG_FILE(struct check_request, config, "The configuration to check."),
	OPTIONS_END
};

/* --- keys -------------------------------------------------------------------- */

static void
put_without_key(const struct check_work *w, const struct seal_config_domain *domain)
{
	const char *const what = domain->pass_unsigned ? "pass" : "refuse";

	json_array_append_new(w->without_key, json_pack("{s:o, s:s}", "domain", tool_json_span(domain->name),
	                                                "unsigned", what));
	fprintf(w->result->text, "no key: %.*s, unsigned = %s\n", (int)domain->name.len,
	        (const char *)domain->name.ptr, what);
}

static void
check_device_key(const struct check_work *w, struct keyring *ring, const struct seal_config_domain *domain,
                 json_t *found)
{
	const bool adopted = keyring_is_adopted(&w->file, domain);
	struct keyring_public public;

	json_object_set_new(found, "adopted", json_boolean(adopted));
	if (adopted && keyring_public(ring, domain, &public))
		json_object_set_new(found, "bits", json_integer(public.bits));
	fprintf(w->result->text, "key on the device: %.*s, selector %.*s%s\n", (int)domain->name.len,
	        (const char *)domain->name.ptr, (int)domain->selector.len, (const char *)domain->selector.ptr,
	        adopted ? "" : ", not adopted yet");
}

static bool
check_file(const struct check_work *w, struct keyring *ring, const struct seal_config_domain *domain, json_t *found)
{
	const struct keyring_key *const key = keyring_check(ring, domain);
	char *const path = config_file_path(&w->file, domain->key);

	json_object_set_new(found, "file", tool_json_span(seal_span_text(path)));
	free(path);
	if (key == NULL)
		return false;
	json_object_set_new(found, "algorithm", json_string(key->private.key.algorithm));
	json_object_set_new(found, "bits", json_integer(key->private.bits));
	fprintf(w->result->text, "key ok: %.*s, selector %.*s, %s, %s of %lu bits\n", (int)domain->name.len,
	        (const char *)domain->name.ptr, (int)domain->selector.len, (const char *)domain->selector.ptr,
	        key->path, key->private.key.algorithm, (unsigned long)key->private.bits);
	return true;
}

static bool
check_key(const struct check_work *w, struct keyring *ring, const struct seal_config_domain *domain)
{
	const bool on_device = seal_config_key_is_on_device(domain);
	const size_t from = w->result->num_messages;
	bool ok = true;
	json_t *const found = json_pack("{s:o, s:o, s:n, s:b, s:n, s:n, s:n}", "domain", tool_json_span(domain->name),
	                                "selector", tool_json_span(domain->selector), "file", "on_device", on_device,
	                                "adopted", "algorithm", "bits");

	if (on_device)
		check_device_key(w, ring, domain, found);
	else
		ok = check_file(w, ring, domain, found);
	json_object_set_new(found, "errors", result_take_messages(w->result, TOOL_ERROR, from));
	json_object_set_new(found, "warnings", result_take_messages(w->result, TOOL_WARNING, from));
	json_array_append_new(w->keys, found);
	return ok;
}

static bool
check_keys(const struct check_work *w)
{
	const struct seal_config *const config = &w->file.config;
	struct keyring ring;
	bool ok = keyring_init(&ring, &w->file);

	for (size_t i = 0; i < config->num_domains; i++) {
		if (config->domains[i].key.len == 0)
			put_without_key(w, &config->domains[i]);
		else
			ok = check_key(w, &ring, &config->domains[i]) && ok;
	}
	keyring_free(&ring);
	return ok;
}

/* --- all of it --------------------------------------------------------------- */

static bool
check_tls(const struct check_work *w, json_t *document)
{
	struct tls_files tls;
	const bool ok = tls_files_load(&tls, &w->file) == TOOL_OK;

	if (ok) {
		tls_files_json(&tls, &w->file.config, document);
		tls_files_describe(w->result->text, &tls, &w->file.config);
	}
	tls_files_free(&tls);
	return ok;
}

static int
check_files(const struct check_work *w, const char *path, json_t *document)
{
	const struct seal_config *const config = &w->file.config;
	bool ok;

	fprintf(w->result->text, "configuration ok: %s, client sections %zu, domain sections %zu\n", path,
	        config->num_clients, config->num_domains);
	json_object_set_new(document, "clients", json_integer((json_int_t)config->num_clients));
	json_object_set_new(document, "domains", json_integer((json_int_t)config->num_domains));
	config_file_warn(&w->file, path);
	config_file_note_listen(&w->file, path);
	changed_note(config, path);
	ok = check_keys(w);
	return check_tls(w, document) && ok ? TOOL_OK : TOOL_KEY;
}

static json_t *
error_json(const struct seal_config_error *e)
{
	uint8_t text[CONFIG_FILE_EXPECTED_MAX];
	struct seal_out expected = seal_out(text, sizeof text);

	seal_config_put_expected(e, &expected);
	return json_pack("{s:i, s:i, s:s?, s:o, s:o}", "line", (int)e->line, "column", (int)e->column, "key", e->key,
	                 "expected", tool_json_span(seal_out_span(&expected)), "found", tool_json_span(e->found));
}

static void
put_errors(const struct reading *r, json_t *document)
{
	json_t *const list = json_object_get(document, "configuration_errors");

	for (size_t i = 0; i < r->num_faults; i++)
		json_array_append_new(list, error_json(&r->faults[i].error));
	if (r->num_faults > 0)
		json_object_set_new(document, "error", error_json(&r->faults[0].error));
}

int
check(const struct check_request *r, struct result *result)
{
	const char *const path = config_named(r->argument, r->config);
	struct check_work w = { .result = result, .keys = json_array(), .without_key = json_array() };
	json_t *const document = json_pack("{s:o, s:n, s:n, s:[], s:n, s:n, s:o, s:o, s:n, s:n}", "configuration",
	                                   tool_json_span(seal_span_text(path)), "ok", "error", "configuration_errors",
	                                   "clients", "domains", "keys", w.keys, "without_key", w.without_key,
	                                   "certificate", "next_hop");
	int code = config_file_load(&w.file, path);

	if (code == TOOL_OK)
		code = check_files(&w, path, document);
	else
		put_errors(&w.file.reading, document);
	json_object_set_new(document, "ok", json_boolean(code == TOOL_OK));
	result_set(result, document);
	config_file_free(&w.file);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return check(request, result);
}

const struct tool_command tool_check = {
	.name = "check", .summary = "Check a configuration and the files that it names",
	.options = options, .request_size = sizeof(struct check_request), .start = start,
	.help =
		"All errors of the configuration are shown with line and column. If it has none, each key file\n"
		"is read. It is an error if it does not exist, is not a private RSA key, or can be read by\n"
		"other users; a weak key, or one that is used twice, is a warning. certificate and\n"
		"certificate-key, ca and secret are read too. It is an error if certificate and key do not\n"
		"belong together; a certificate that expires within 30 days, and a secret that other users can\n"
		"read, are warnings. A secret-helper is not run.\n"
		"Exit codes: 0 the gateway can start with it, 3 the configuration has errors, 4 a key or another\n"
		"file has, 5 the configuration cannot be read.\n"
		"\n"
		"  mailseal check gateway.conf\n",
	.json =
		"{ configuration, ok, error: { line, column, key, expected, found },\n"
		"  configuration_errors: [ { as error, which is the first one } ], clients, domains,\n"
		"  keys: [ { domain, selector, file, on_device, adopted, algorithm, bits, errors, warnings } ],\n"
		"  without_key: [ { domain, unsigned } ],\n"
		"  certificate: { file, key, certificates, valid_until },\n"
		"  next_hop: { host, port, tls, pins, name, ca, ca_certificates, auth, user, secret,\n"
		"    secret_helper } }\n"
		"What does not exist, or could not be read, is null.\n"
};
