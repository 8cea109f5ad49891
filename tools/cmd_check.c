/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/keyring.h"
#include "tools/tls_files.h"

static bool
check_key(struct keyring *ring, size_t i)
{
	const struct seal_config_domain *domain = &ring->file->config.domains[i];
	const struct keyring_key *key;

	if (seal_config_key_is_on_device(domain)) {
		printf("key on the device: %.*s, selector %.*s%s\n", (int)domain->name.len,
		       (const char *)domain->name.ptr, (int)domain->selector.len, (const char *)domain->selector.ptr,
		       keyring_is_adopted(ring->file, domain) ? "" : ", not adopted yet");
		return true;
	}
	key = keyring_check(ring, domain);
	if (key == NULL)
		return false;
	printf("key ok: %.*s, selector %.*s, %s, %s of %lu bits\n", (int)domain->name.len,
	       (const char *)domain->name.ptr, (int)domain->selector.len, (const char *)domain->selector.ptr,
	       key->path, key->rsa.key.algorithm, (unsigned long)key->rsa.bits);
	return true;
}

static int
check_keys(const struct config_file *file)
{
	const struct seal_config *config = &file->config;
	struct keyring ring;
	bool ok = keyring_init(&ring, file);

	for (size_t i = 0; i < config->num_domains; i++) {
		const struct seal_span name = config->domains[i].name;

		if (config->domains[i].key.len == 0)
			printf("no key: %.*s, unsigned = %s\n", (int)name.len, (const char *)name.ptr,
			       config->domains[i].pass_unsigned ? "pass" : "refuse");
		else
			ok = check_key(&ring, i) && ok;
	}
	keyring_free(&ring);
	return ok ? TOOL_OK : TOOL_KEY;
}

static int
check_tls(const struct config_file *file)
{
	struct tls_files tls;
	const int code = tls_files_load(&tls, file);

	if (code == TOOL_OK)
		tls_files_describe(&tls, &file->config);
	tls_files_free(&tls);
	return code;
}

static int
check(const char *path)
{
	struct config_file file;
	int code = config_file_load(&file, path);

	if (code == TOOL_OK) {
		printf("configuration ok: %s, client sections %zu, domain sections %zu\n", path,
		       file.config.num_clients, file.config.num_domains);
		config_file_warn(&file, path);
		code = check_keys(&file);
		if (check_tls(&file) != TOOL_OK)
			code = TOOL_KEY;
	}
	config_file_free(&file);
	return code;
}

static int
run(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	int code;

	if (tool_option(argc, argv, options) != -1 || !tool_arguments(argc, 1, "a configuration file"))
		return TOOL_USAGE;
	code = check(argv[optind]);
	return tool_finish_output() == TOOL_OK ? code : TOOL_IO;
}

const struct tool_command tool_check = {
	"check", "CONF", "Check a configuration and the files that it names",
	"The first error of the configuration is shown with its line and column. Then each key\n"
	"file is read: is it there, is it a private RSA key, can others read it (an error), is\n"
	"it weak or used twice (warnings)? The same for certificate and certificate-key, ca and\n"
	"secret: do certificate and key belong together, does a certificate expire within 30\n"
	"days, can others read the secret (warnings)? A secret-helper is not run. Exit code 0:\n"
	"the gateway can start with it; 3: error in the configuration; 4: in a key or another\n"
	"file.\n",
	run
};
