/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/ct.h"

#define CONFIG_MAX ((size_t)1 << 20)
#define KEY_MAX    ((size_t)1 << 16)
#define BUNDLE_MAX ((size_t)4 << 20)
#define HOSTS_CA   "/etc/ssl/certs/ca-certificates.crt"

/* For one session: all fields that h= may name, and a thousand recipients. */
#define WORK_LEN     65536u
#define ENVELOPE_LEN 131072u

/* Pairs of an unknown From domain and a client that are remembered for the report. */
#define LEARNED 64u

static struct {
	struct seal_assemble_memory memory;
	struct seal_span config;
	struct seal_learn learn;
	struct seal_learn_entry learned[LEARNED];
} loaded;

void
seal_load_printf(struct seal_out *out, const char *format, ...)
{
	const size_t room = out->cap - out->len;
	va_list values;
	int len;

	va_start(values, format);
	len = vsnprintf((char *)out->ptr + out->len, room, format, values);
	va_end(values);
	if (len > 0)
		out->len += (size_t)len < room ? (size_t)len : room - 1u;
}

/* --- files ------------------------------------------------------------------------------ */

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

/* What the message calls a file that cannot be read, and how long it may be. */
static const struct {
	const char *cannot;
	size_t max;
} kinds[] = {
	[SEAL_FILE_CONFIG] = { "configuration cannot be read", CONFIG_MAX },
	[SEAL_FILE_KEY] = { "key cannot be read", KEY_MAX },
	[SEAL_FILE_CERTIFICATE] = { "certificate cannot be read", KEY_MAX },
	[SEAL_FILE_CERTIFICATE_KEY] = { "key cannot be read", KEY_MAX },
	[SEAL_FILE_CA] = { "CA certificates cannot be read", BUNDLE_MAX },
	[SEAL_FILE_SECRET] = { "secret cannot be read", KEY_MAX },
};

static bool
is_key(enum seal_file file)
{
	return file == SEAL_FILE_KEY || file == SEAL_FILE_CERTIFICATE_KEY;
}

static bool
put_errno(const char *path, const char *what, struct seal_out *why)
{
	seal_load_printf(why, "%s: %s: %s", path, what, strerror(errno));
	return false;
}

/* A key that other users can access is refused; for a secret a warning is enough. */
static bool
check_mode(enum seal_file file, int fd, const char *path, struct seal_out *why)
{
	struct stat st;
	unsigned mode;

	if (fstat(fd, &st) != 0)
		return put_errno(path, kinds[file].cannot, why);
	mode = (unsigned)(st.st_mode & 07777u);
	if ((mode & 077u) == 0)
		return true;
	if (is_key(file))
		seal_load_printf(why, "%s: private key is readable by other users (mode %04o); run: chmod 600 %s", path,
		                 mode, path);
	else if (file == SEAL_FILE_SECRET)
		fprintf(stderr, "mailseald: %s: warning: secret is open to other users (mode %04o); run: chmod 600 "
		        "%s\n", path, mode, path);
	return !is_key(file);
}

static bool
read_file(enum seal_file file, const char *path, struct seal_span *octets, struct seal_out *why)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *text = NULL;
	size_t len = 0;

	if (fd < 0) {
		(void)put_errno(path, is_key(file) ? "key cannot be opened" : kinds[file].cannot, why);
		if (file == SEAL_FILE_CONFIG && errno == ENOENT)
			seal_load_printf(why, "; to begin, copy docs/examples/gateway.conf");
		return false;
	}
	if (check_mode(file, fd, path, why)) {
		text = read_fd(fd, kinds[file].max, &len);
		if (text == NULL)
			(void)put_errno(path, kinds[file].cannot, why);
	}
	close(fd);
	*octets = seal_span(text, len);
	return text != NULL;
}

/* Replace the PEM in *octets by its DER. */
static bool
make_der(const char *path, struct seal_span *octets, struct seal_out *why)
{
	uint8_t *const pem = (uint8_t *)(uintptr_t)octets->ptr; /* allocated by read_file */
	struct seal_out der = seal_out(malloc(octets->len + 1u), octets->len);
	const size_t num = der.ptr == NULL ? 0 : seal_tls_bundle_der(*octets, &der);

	free(pem);
	*octets = seal_out_span(&der);
	if (num > 0)
		return true;
	free(der.ptr);
	seal_load_printf(why, "%s: expected CA certificates in PEM, found none or a damaged one", path);
	return false;
}

static bool
put_path(const struct seal_options *options, enum seal_file file, struct seal_span name, char path[PATH_MAX])
{
	const char *slash = strrchr(options->config, '/');
	const bool absolute = name.len > 0 && name.ptr[0] == '/';
	const int folder = slash == NULL || absolute ? 0 : (int)(slash - options->config) + 1;
	int len;

	if (file == SEAL_FILE_CONFIG)
		len = snprintf(path, PATH_MAX, "%s", options->config);
	else if (file == SEAL_FILE_CA && name.len == 0)
		len = snprintf(path, PATH_MAX, "%s", HOSTS_CA);
	else
		len = snprintf(path, PATH_MAX, "%.*s%.*s", folder, options->config, (int)name.len,
		               (const char *)name.ptr);
	return len < PATH_MAX;
}

bool
seal_load_find(void *ctx, enum seal_file file, struct seal_span name, struct seal_span *octets, struct seal_out *why)
{
	char path[PATH_MAX];

	if (!put_path(ctx, file, name, path)) {
		seal_load_printf(why, "%s: name is too long", path);
		return false;
	}
	if (!read_file(file, path, octets, why) || (file == SEAL_FILE_CA && !make_der(path, octets, why)))
		return false;
	if (file == SEAL_FILE_CONFIG)
		loaded.config = *octets;
	return true;
}

void
seal_load_close(void *ctx, enum seal_file file, struct seal_span octets)
{
	uint8_t *const memory = (uint8_t *)(uintptr_t)octets.ptr; /* allocated by find */

	(void)ctx;
	if (is_key(file) || file == SEAL_FILE_SECRET)
		seal_wipe(memory, octets.len);
	free(memory);
}

void
seal_load_put_name(void *ctx, enum seal_file file, struct seal_span name, struct seal_out *out)
{
	char path[PATH_MAX];

	(void)put_path(ctx, file, name, path);
	seal_load_printf(out, "%s", path);
}

/* --- memory ------------------------------------------------------------------------------- */

/* Each section has at least one bracket. */
static size_t
count_sections(struct seal_span text)
{
	size_t num = 1;

	for (size_t i = 0; i < text.len; i++)
		num += text.ptr[i] == '[';
	return num;
}

const struct seal_assemble_memory *
seal_load_memory(void *ctx, struct seal_span text)
{
	const struct seal_options *options = ctx;
	struct seal_assemble_memory *m = &loaded.memory;
	const size_t num = count_sections(text);

	*m = (struct seal_assemble_memory){
		.clients = calloc(num, sizeof *m->clients), .buckets = calloc(num, sizeof *m->buckets),
		.num_clients = num,
		.domains = calloc(num, sizeof *m->domains), .keys = calloc(num, sizeof *m->keys),
		.key_uses = calloc(num, sizeof *m->key_uses), .num_domains = num,
		.sessions = calloc(options->sessions, sizeof *m->sessions),
		.links = calloc(options->sessions, sizeof *m->links),
		.transactions = calloc(options->sessions, sizeof *m->transactions),
		.transaction_octets = calloc(options->sessions, WORK_LEN + ENVELOPE_LEN + SEAL_ADDED_MAX),
		.work_len = WORK_LEN, .envelope_len = ENVELOPE_LEN, .added_len = SEAL_ADDED_MAX,
		.num_sessions = options->sessions,
		.tls_max = SIZE_MAX,
		.observer_len = SEAL_OBSERVER_MEMORY,
		.learn = &loaded.learn, .learned = loaded.learned, .num_learned = LEARNED,
	};
	return m->clients != NULL && m->buckets != NULL && m->domains != NULL && m->keys != NULL &&
	       m->key_uses != NULL && m->sessions != NULL && m->links != NULL && m->transactions != NULL &&
	       m->transaction_octets != NULL ? m : NULL;
}

void
seal_load_end(void)
{
	struct seal_assemble_memory *m = &loaded.memory;

	free(m->clients);
	free(m->buckets);
	free(m->domains);
	free(m->keys);
	free(m->key_uses);
	free(m->sessions);
	free(m->links);
	free(m->transactions);
	free(m->transaction_octets);
	seal_load_close(NULL, SEAL_FILE_CONFIG, loaded.config);
	memset(&loaded, 0, sizeof loaded);
}
