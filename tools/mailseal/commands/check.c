/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/checks/changed.h"
#include "tools/mailseal/checks/tls_files.h"
#include "tools/mailseal/checks/keyring.h"

struct check {
	const char *path;
	bool json;
	struct config_file file;
	struct tool_heard heard;          /* what is said of nothing else in `document` */
	json_t *document;
};

/* --- keys -------------------------------------------------------------------- */

static void
tell_no_key(const struct check *c, const struct seal_config_domain *domain)
{
	const char *const what = domain->pass_unsigned ? "pass" : "refuse";

	if (c->json)
		json_array_append_new(json_object_get(c->document, "without_key"),
		                      json_pack("{s:o, s:s}", "domain", tool_json_span(domain->name), "unsigned",
		                                what));
	else
		printf("no key: %.*s, unsigned = %s\n", (int)domain->name.len, (const char *)domain->name.ptr, what);
}

static bool
check_device_key(const struct check *c, struct keyring *ring, const struct seal_config_domain *domain, json_t *said)
{
	const bool adopted = keyring_is_adopted(&c->file, domain);
	struct keyring_public public;

	if (c->json) {
		json_object_set_new(said, "adopted", json_boolean(adopted));
		if (adopted && keyring_public(ring, domain, &public))
			json_object_set_new(said, "bits", json_integer(public.bits));
		return true;
	}
	printf("key on the device: %.*s, selector %.*s%s\n", (int)domain->name.len,
	       (const char *)domain->name.ptr, (int)domain->selector.len, (const char *)domain->selector.ptr,
	       adopted ? "" : ", not adopted yet");
	return true;
}

static bool
check_file(const struct check *c, struct keyring *ring, const struct seal_config_domain *domain, json_t *said)
{
	const struct keyring_key *const key = keyring_check(ring, domain);

	if (c->json) {
		char *const path = config_file_path(&c->file, domain->key);

		json_object_set_new(said, "file", tool_json_span(seal_span_text(path)));
		free(path);
	}
	if (key == NULL)
		return false;
	if (c->json) {
		json_object_set_new(said, "algorithm", json_string(key->private.key.algorithm));
		json_object_set_new(said, "bits", json_integer(key->private.bits));
		return true;
	}
	printf("key ok: %.*s, selector %.*s, %s, %s of %lu bits\n", (int)domain->name.len,
	       (const char *)domain->name.ptr, (int)domain->selector.len, (const char *)domain->selector.ptr,
	       key->path, key->private.key.algorithm, (unsigned long)key->private.bits);
	return true;
}

static bool
check_key(struct check *c, struct keyring *ring, const struct seal_config_domain *domain)
{
	const bool on_device = seal_config_key_is_on_device(domain);
	struct tool_heard heard = { NULL, NULL };
	json_t *said = NULL;
	bool ok;

	if (c->json) {
		tool_hear(&heard);
		said = json_pack("{s:o, s:o, s:n, s:b, s:n, s:n, s:n, s:o, s:o}", "domain",
		                 tool_json_span(domain->name), "selector", tool_json_span(domain->selector), "file",
		                 "on_device", on_device, "adopted", "algorithm", "bits", "errors", heard.errors,
		                 "warnings", heard.warnings);
		json_array_append_new(json_object_get(c->document, "keys"), said);
	}
	ok = on_device ? check_device_key(c, ring, domain, said) : check_file(c, ring, domain, said);
	if (c->json)
		tool_hear_again(&c->heard);
	return ok;
}

static int
check_keys(struct check *c)
{
	const struct seal_config *config = &c->file.config;
	struct keyring ring;
	bool ok = keyring_init(&ring, &c->file);

	for (size_t i = 0; i < config->num_domains; i++) {
		if (config->domains[i].key.len == 0)
			tell_no_key(c, &config->domains[i]);
		else
			ok = check_key(c, &ring, &config->domains[i]) && ok;
	}
	keyring_free(&ring);
	return ok ? TOOL_OK : TOOL_KEY;
}

/* --- all of it --------------------------------------------------------------- */

static int
check_tls(struct check *c)
{
	struct tls_files tls;
	const int code = tls_files_load(&tls, &c->file);

	if (code == TOOL_OK && c->json)
		tls_files_json(&tls, &c->file.config, c->document);
	else if (code == TOOL_OK)
		tls_files_describe(&tls, &c->file.config);
	tls_files_free(&tls);
	return code;
}

static int
check(struct check *c)
{
	int code = config_file_load(&c->file, c->path);

	if (code != TOOL_OK)
		return code;
	if (!c->json)
		printf("configuration ok: %s, client sections %zu, domain sections %zu\n", c->path,
		       c->file.config.num_clients, c->file.config.num_domains);
	config_file_warn(&c->file, c->path);
	changed_note(&c->file.config, c->path);
	code = check_keys(c);
	return check_tls(c) == TOOL_OK ? code : TOOL_KEY;
}

/* As far as the parser came. */
static json_t *
error_json(const struct seal_config_error *e)
{
	return json_pack("{s:i, s:i, s:s?, s:s++, s:o}", "line", (int)e->line, "column", (int)e->column, "key", e->key,
	                 "expected", e->expected, e->meant[0] == '\0' ? "" : " ", e->meant, "found",
	                 tool_json_span(e->found));
}

static int
check_to_json(struct check *c)
{
	int code, printed;

	tool_hear(&c->heard);
	c->document = json_pack("{s:o, s:n, s:n, s:n, s:n, s:[], s:[], s:n, s:n, s:o, s:o}", "configuration",
	                        tool_json_span(seal_span_text(c->path)), "ok", "error", "clients", "domains", "keys",
	                        "without_key", "certificate", "next_hop", "errors", c->heard.errors, "warnings",
	                        c->heard.warnings);
	code = check(c);
	json_object_set_new(c->document, "ok", json_boolean(code == TOOL_OK));
	if (code == TOOL_CONFIG) {
		json_object_set_new(c->document, "error", error_json(&c->file.error));
	} else if (code != TOOL_IO) {
		json_object_set_new(c->document, "clients", json_integer((json_int_t)c->file.config.num_clients));
		json_object_set_new(c->document, "domains", json_integer((json_int_t)c->file.config.num_domains));
	}
	tool_hear_again(NULL);
	printed = tool_print_json(c->document);
	return printed == TOOL_OK ? code : printed;
}

static int
run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	struct check c = { .json = false };
	int option, code;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option != 'j')
			return TOOL_USAGE;
		c.json = true;
	}
	if (!tool_arguments(argc, 1, "a configuration file"))
		return TOOL_USAGE;
	c.path = argv[optind];
	code = c.json ? check_to_json(&c) : check(&c);
	config_file_free(&c.file);
	return tool_finish_output() == TOOL_OK ? code : TOOL_IO;
}

const struct tool_command tool_check = {
	"check", "CONF [--json]", "Check a configuration and the files that it names",
	"  --json   { configuration, ok, error: { line, column, key, expected, found }, clients, domains,\n"
	"           keys: [ { domain, selector, file, on_device, adopted, algorithm, bits, errors,\n"
	"           warnings } ], without_key: [ { domain, unsigned } ], certificate: { file, key,\n"
	"           certificates, valid_until }, next_hop: { host, port, tls, pins, name, ca,\n"
	"           ca_certificates, auth, user, secret, secret_helper }, errors, warnings }; what there\n"
	"           is not, or could not be read, is null; errors and warnings are texts\n"
	"\n"
	"The first error of the configuration is shown with its line and column. Then each key\n"
	"file is read: is it there, is it a private RSA key, can others read it (an error), is\n"
	"it weak or used twice (warnings)? The same for certificate and certificate-key, ca and\n"
	"secret: do certificate and key belong together, does a certificate expire within 30\n"
	"days, can others read the secret (warnings)? A secret-helper is not run. Exit code 0:\n"
	"the gateway can start with it; 3: error in the configuration; 4: in a key or another\n"
	"file.\n",
	.run = run
};
