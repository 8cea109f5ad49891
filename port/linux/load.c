/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/ct.h"
#include "port/mbedtls/tls.h"

#define CONFIG_MAX ((size_t)1 << 20)
#define KEY_MAX    ((size_t)1 << 16)
#define BUNDLE_MAX ((size_t)4 << 20)
#define HOSTS_CA   "/etc/ssl/certs/ca-certificates.crt"

/* --- files -------------------------------------------------------------------------- */

static uint8_t *
read_fd(int fd, size_t max, size_t *len)
{
	uint8_t *text = malloc(max + 1);
	ssize_t n = 1;

	*len = 0;
	while (text != NULL && n > 0 && *len <= max) {
		n = read(fd, text + *len, max + 1 - *len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			*len += (size_t)n;
	}
	if (text != NULL && n == 0)
		return text;
	if (n > 0)
		errno = text == NULL ? ENOMEM : EFBIG;
	free(text);
	return NULL;
}

static int
report_errno(const char *path, const char *what)
{
	fprintf(stderr, "mailseald: %s: %s: %s\n", path, what, strerror(errno));
	return EXIT_IO;
}

static void *
allocate(size_t num, size_t size)
{
	void *memory = calloc(num > 0 ? num : 1, size);

	if (memory == NULL) {
		fputs("mailseald: out of memory\n", stderr);
		exit(EXIT_IO);
	}
	return memory;
}

/* --- configuration ------------------------------------------------------------------ */

static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *directory = allocate(len + 1, 1);

	memcpy(directory, path, len);
	return directory;
}

/* "PATH:LINE:COLUMN: KEY: expected ... found ..." */
static void
explain(const char *path, const struct seal_config_error *error)
{
	fprintf(stderr, "%s:%lu:%lu: ", path, (unsigned long)error->line, (unsigned long)error->column);
	if (error->key != NULL)
		fprintf(stderr, "%s: ", error->key);
	fprintf(stderr, "expected %s", error->expected);
	if (error->meant[0] != '\0')
		fprintf(stderr, " %s", error->meant);
	fputs(", found ", stderr);
	if (error->found.len == 0)
		fputs("nothing", stderr);
	for (size_t i = 0; i < error->found.len; i++) {
		const uint8_t c = error->found.ptr[i];

		fputc(c < 32 || c == 127 ? '?' : c, stderr);
	}
	fputc('\n', stderr);
}

int
seal_load_config(struct seal_loaded *loaded, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct seal_config_error error;
	size_t num_sections = 0;
	size_t len;

	memset(loaded, 0, sizeof *loaded);
	loaded->text = fd < 0 ? NULL : read_fd(fd, CONFIG_MAX, &len);
	if (loaded->text == NULL)
		return report_errno(path, "configuration cannot be read");
	close(fd);
	loaded->directory = directory_of(path);
	for (size_t i = 0; i < len; i++)
		num_sections += loaded->text[i] == '[';     /* each section has at least one */
	loaded->config.clients = allocate(num_sections, sizeof *loaded->config.clients);
	loaded->config.domains = allocate(num_sections, sizeof *loaded->config.domains);
	loaded->config.clients_cap = num_sections;
	loaded->config.domains_cap = num_sections;
	if (seal_config_parse(&loaded->config, seal_span(loaded->text, len), &error) == SEAL_OK)
		return EXIT_DONE;
	explain(path, &error);
	return EXIT_CONFIG;
}

/* --- keys --------------------------------------------------------------------------- */

static int
check_mode(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return report_errno(path, "key cannot be read");
	if ((st.st_mode & 077u) == 0)
		return EXIT_DONE;
	fprintf(stderr, "mailseald: %s: private key is open to others (mode %04o); run: chmod 600 %s\n", path,
	        (unsigned)(st.st_mode & 07777u), path);
	return EXIT_KEY;
}

/* The text of a private key; NULL: reported. */
static uint8_t *
read_key(const char *path, size_t *len)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *text = NULL;

	if (fd < 0) {
		(void)report_errno(path, "key cannot be opened");
		return NULL;
	}
	if (check_mode(fd, path) == EXIT_DONE) {
		text = read_fd(fd, KEY_MAX, len);
		if (text == NULL)
			(void)report_errno(path, "key cannot be read");
	}
	close(fd);
	return text;
}

static int
open_key(struct seal_key_private *key, const char *path, struct seal_key_runner runner)
{
	enum seal_key_fault fault;
	size_t len;
	uint8_t *text = read_key(path, &len);

	if (text == NULL)
		return EXIT_KEY;
	fault = seal_key_open(key, seal_span(text, len), runner);
	if (fault != SEAL_KEY_FINE) {
		fprintf(stderr, "mailseald: %s: %s\n", path, seal_key_fault_text(fault));
		seal_wipe(text, len);
		free(text);
		return EXIT_KEY;
	}
	if (seal_key_is_weak(key))
		fprintf(stderr, "mailseald: %s: warning: a key of %lu bits; use 2048 (RFC 8301)\n", path,
		        (unsigned long)key->bits);
	return EXIT_DONE;
}

static int
name_path(const struct seal_loaded *loaded, struct seal_span name, char path[PATH_MAX])
{
	const bool absolute = name.len > 0 && name.ptr[0] == '/';
	const int len = snprintf(path, PATH_MAX, "%s%.*s", absolute ? "" : loaded->directory, (int)name.len,
	                         (const char *)name.ptr);

	if (len < PATH_MAX)
		return EXIT_DONE;
	fprintf(stderr, "mailseald: %s: the name is too long\n", path);
	return EXIT_KEY;
}

int
seal_load_keys(struct seal_loaded *loaded, struct seal_key_runner runner)
{
	int result = EXIT_DONE;

	loaded->keys = allocate(loaded->config.num_domains, sizeof *loaded->keys);
	for (size_t i = 0; i < loaded->config.num_domains && result == EXIT_DONE; i++) {
		const struct seal_span name = loaded->config.domains[i].key;
		char path[PATH_MAX];

		if (name.len == 0)
			continue;
		if (seal_config_key_is_on_device(&loaded->config.domains[i])) {
			fputs("mailseald: key = device is for boards: name a file here\n", stderr);
			return EXIT_CONFIG;
		}
		result = name_path(loaded, name, path);
		if (result == EXIT_DONE)
			result = open_key(&loaded->keys[i], path, runner);
	}
	return result;
}

/* --- TLS and logins ----------------------------------------------------------------- */

/* What is in the file; NULL: reported as unreadable `what`. */
static uint8_t *
read_file(const char *path, const char *what, size_t max, size_t *len)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *octets = fd < 0 ? NULL : read_fd(fd, max, len);

	if (octets == NULL)
		fprintf(stderr, "mailseald: %s: %s cannot be read: %s\n", path, what, strerror(errno));
	if (fd >= 0)
		close(fd);
	return octets;
}

static int
load_certificate(struct seal_loaded *loaded)
{
	const struct seal_config_gateway *gateway = &loaded->config.gateway;
	char path[PATH_MAX];
	uint8_t *text;
	size_t len = 0;

	if (gateway->certificate.len == 0)
		return EXIT_DONE;
	if (name_path(loaded, gateway->certificate, path) != EXIT_DONE)
		return EXIT_KEY;
	text = read_file(path, "certificate", KEY_MAX, &len);
	loaded->certificate = seal_span(text, len);
	if (text == NULL || name_path(loaded, gateway->certificate_key, path) != EXIT_DONE)
		return EXIT_KEY;
	text = read_key(path, &len);
	loaded->certificate_key = seal_span(text, len);
	return text != NULL ? EXIT_DONE : EXIT_KEY;
}

static int
load_bundle(struct seal_loaded *loaded, const char *path)
{
	size_t len;
	uint8_t *pem = read_file(path, "CA certificates", BUNDLE_MAX, &len);
	struct seal_out der;
	size_t num;

	if (pem == NULL)
		return EXIT_KEY;
	der = seal_out(allocate(len, 1), len);
	num = seal_tls_bundle_der(seal_span(pem, len), &der);
	free(pem);
	loaded->authorities = seal_out_span(&der);
	if (num > 0)
		return EXIT_DONE;
	fprintf(stderr, "mailseald: %s: expected CA certificates in PEM, found none, or a damaged one\n", path);
	return EXIT_KEY;
}

static int
load_authorities(struct seal_loaded *loaded)
{
	const struct seal_config_next_hop *hop = &loaded->config.next_hop;
	uint8_t *pins;
	char path[PATH_MAX];

	if (hop->pin.len != 0) {
		pins = allocate(SEAL_CONFIG_PINS_LEN, 1);
		loaded->pins = seal_span(pins, seal_config_pins(hop->pin, pins, SEAL_CONFIG_PINS_LEN));
	}
	if (hop->ca.len != 0)
		return name_path(loaded, hop->ca, path) == EXIT_DONE ? load_bundle(loaded, path) : EXIT_KEY;
	return hop->tls == SEAL_SMTPC_TLS_NONE || hop->pin.len != 0 ? EXIT_DONE : load_bundle(loaded, HOSTS_CA);
}

static int
load_secret(struct seal_loaded *loaded)
{
	const struct seal_span name = loaded->config.next_hop.secret;
	char path[PATH_MAX];
	const char *fault;
	uint8_t *text;
	struct stat st;
	size_t len;

	if (name.len == 0)
		return EXIT_DONE;
	if (name_path(loaded, name, path) != EXIT_DONE)
		return EXIT_KEY;
	text = read_file(path, "secret", KEY_MAX, &len);
	if (text == NULL)
		return EXIT_KEY;
	fault = seal_config_secret(seal_span(text, len), &loaded->secret);
	if (fault != NULL)
		fprintf(stderr, "mailseald: %s: %s\n", path, fault);
	if (stat(path, &st) == 0 && (st.st_mode & 077u) != 0)
		fprintf(stderr, "mailseald: %s: warning: secret is open to others (mode %04o); run: chmod 600 %s\n",
		        path, (unsigned)(st.st_mode & 07777u), path);
	return fault == NULL ? EXIT_DONE : EXIT_KEY;
}

int
seal_load_tls(struct seal_loaded *loaded)
{
	int result = load_certificate(loaded);

	if (result == EXIT_DONE)
		result = load_authorities(loaded);
	return result == EXIT_DONE ? load_secret(loaded) : result;
}

/* --- for the gateway ---------------------------------------------------------------- */

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	struct seal_loaded *loaded = ctx;
	struct seal_key_private *key = &loaded->keys[domain - loaded->config.domains];

	return seal_key_is_open(key) ? &key->key : NULL;
}

struct seal_key_source
seal_load_key_source(struct seal_loaded *loaded)
{
	return (struct seal_key_source){ find_key, loaded };
}
