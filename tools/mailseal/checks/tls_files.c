/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/tls_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/ct.h"
#include "engine/base/out.h"
#include "engine/config/config_keys.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/tls.h"
#include "tools/mailseal/base/certificate.h"
#include "tools/mailseal/checks/keyring.h"

#define FILE_LEN_MAX ((size_t)4 << 20)
#define HOSTS_CA     "/etc/ssl/certs/ca-certificates.crt"
#define DAY_S        86400u
#define SOON_DAYS    30u

static uint8_t arena[(size_t)1 << 17]; /* for a chain and its key */

/* --- files -------------------------------------------------------------------------------------- */

static bool
read_named(struct tls_file *f, const struct config_file *file, struct seal_span name)
{
	if (name.len == 0)
		return true;
	f->name = name;
	f->path = config_file_path(file, name);
	return tool_read_file(f->path, FILE_LEN_MAX, &f->text);
}

static bool
is_open_to_others(const struct tls_file *f, uint32_t *mode)
{
	struct stat st;

	*mode = stat(f->path, &st) == 0 ? (uint32_t)st.st_mode & 07777u : 0;
	return keyring_mode_is_open(*mode);
}

static bool
read_key(struct tls_file *f, const struct config_file *file)
{
	uint32_t mode;

	if (!read_named(f, file, file->config.gateway.certificate_key))
		return false;
	if (f->path == NULL || !is_open_to_others(f, &mode))
		return true;
	tool_error("%s: key file is readable by other users (mode %04lo); run: chmod 600 %s", f->path,
	           (unsigned long)mode, f->path);
	return false;
}

static bool
read_secret(struct tls_file *f, const struct config_file *file)
{
	struct seal_span secret;
	const char *fault;
	uint32_t mode;

	if (!read_named(f, file, file->config.next_hop.secret))
		return false;
	if (f->path == NULL)
		return true;
	fault = seal_config_secret(tool_span(f->text), &secret);
	if (fault != NULL)
		tool_error("%s: %s", f->path, fault);
	if (is_open_to_others(f, &mode))
		tool_warning(f->path, "secret file is readable by other users (mode %04lo); run: chmod 600 %s",
		             (unsigned long)mode, f->path);
	return fault == NULL;
}

/* --- certificates ------------------------------------------------------------------------------- */

static bool
read_certificates(struct tls_file *f, const struct config_file *file, struct seal_span name)
{
	struct seal_out out;

	if (!read_named(f, file, name))
		return false;
	if (f->path == NULL)
		return true;
	f->der.ptr = tool_allocate(f->text.len);
	out = seal_out(f->der.ptr, f->text.len);
	f->num_certificates = seal_tls_bundle_der(tool_span(f->text), &out);
	f->der.len = out.len;
	if (f->num_certificates == 0)
		tool_error("%s: expected certificates in PEM, found none or a damaged one", f->path);
	return f->num_certificates > 0;
}

static void
put_date(char text[sizeof "2026-11-22"], uint64_t seconds)
{
	const time_t at = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL || strftime(text, sizeof "2026-11-22", "%Y-%m-%d", &tm) == 0)
		memcpy(text, "never", sizeof "never");
}

static void
judge_dates(const struct tls_file *f, size_t number, const struct certificate *c)
{
	const uint64_t now_s = (uint64_t)time(NULL);
	char date[sizeof "2026-11-22"];

	put_date(date, c->begins_s > now_s ? c->begins_s : c->expires_s);
	if (c->begins_s > now_s)
		tool_warning(f->path, "certificate %zu is not valid before %s", number, date);
	else if (c->expires_s < now_s)
		tool_warning(f->path, "certificate %zu expired on %s", number, date);
	else if (c->expires_s - now_s < SOON_DAYS * DAY_S)
		tool_warning(f->path, "certificate %zu expires on %s", number, date);
}

/* Returns when the first certificate expires, in seconds since 1970. */
static uint64_t
judge_all_dates(const struct tls_file *f)
{
	struct seal_span rest = tool_span(f->der);
	uint64_t expires_s = 0;
	struct certificate c;

	for (size_t i = 1; certificate_take(&rest, &c); i++) {
		judge_dates(f, i, &c);
		expires_s = i == 1 ? c.expires_s : expires_s;
	}
	return expires_s;
}

static uint64_t
no_clock(void)
{
	return 0;
}

/* Makes the same check as mailseald and the boards at their start. */
static bool
belong_together(const struct tls_file *certificate, const struct tls_file *key)
{
	const struct seal_entropy entropy = keyring_entropy();
	const struct seal_tls_server_setup setup = {
		tool_span(certificate->text), tool_span(key->text), { entropy.get, entropy.ctx }, no_clock
	};
	struct seal_tls_peer peer = { .config = NULL };
	enum seal_tls_fault fault;

	seal_arena_init(arena, sizeof arena, (struct seal_arena_lock){ NULL, NULL, NULL });
	fault = seal_tls_server(&peer, &setup);
	if (fault == SEAL_TLS_CERTIFICATE)
		tool_error("%s: not the private key of the first certificate in %s; expected RSA or P-256, not "
		           "encrypted", key->path, certificate->path);
	else if (fault != SEAL_TLS_FINE)
		tool_error("%s: %s", certificate->path, seal_tls_fault_text(fault));
	return fault == SEAL_TLS_FINE;
}

static bool
check_server(struct tls_files *f, const struct config_file *file)
{
	struct tls_file *certificate = &f->files[TLS_CERTIFICATE];
	struct tls_file *key = &f->files[TLS_CERTIFICATE_KEY];
	bool ok = read_certificates(certificate, file, file->config.gateway.certificate);

	ok = read_key(key, file) && ok;
	if (!ok || certificate->path == NULL)
		return ok;
	f->expires_s = judge_all_dates(certificate);
	return belong_together(certificate, key);
}

static bool
uses_hosts_ca(const struct seal_config_next_hop *hop)
{
	return hop->tls != SEAL_SMTPC_TLS_NONE && hop->ca.len == 0 && hop->pin.len == 0;
}

static bool
check_next_hop(struct tls_files *f, const struct config_file *file)
{
	const struct seal_config_next_hop *hop = &file->config.next_hop;
	bool ok = read_certificates(&f->files[TLS_CA], file, hop->ca);

	if (ok && hop->ca.len != 0)
		(void)judge_all_dates(&f->files[TLS_CA]);
	if (uses_hosts_ca(hop) && access(HOSTS_CA, R_OK) != 0)
		tool_warning(HOSTS_CA, "%s; the gateway does not start on this machine; use ca = FILE",
		             strerror(errno));
	return read_secret(&f->files[TLS_SECRET], file) && ok;
}

int
tls_files_load(struct tls_files *f, const struct config_file *file)
{
	bool ok;

	*f = (struct tls_files){ .expires_s = 0 };
	ok = check_server(f, file);
	ok = check_next_hop(f, file) && ok;
	return ok ? TOOL_OK : TOOL_KEY;
}

static void
wipe(struct tool_text *text)
{
	if (text->ptr != NULL)
		seal_wipe(text->ptr, text->len);
	free(text->ptr);
}

void
tls_files_free(struct tls_files *f)
{
	for (size_t i = 0; i < TLS_NUM_FILES; i++) {
		wipe(&f->files[i].text);
		wipe(&f->files[i].der);
		free(f->files[i].path);
	}
}

/* --- description -------------------------------------------------------------------------------- */

static size_t
num_pins(const struct seal_config_next_hop *hop)
{
	uint8_t pins[SEAL_CONFIG_PINS_LEN];

	return seal_config_pins(hop->pin, pins, sizeof pins) / SEAL_CONFIG_PIN_LEN;
}

static struct seal_span
tls_word(const struct seal_config_next_hop *hop)
{
	return seal_config_word(SEAL_SMTPC_TLS_WORDS, hop->tls);
}

static struct seal_span
auth_word(const struct seal_config_next_hop *hop)
{
	return seal_config_word(SEAL_SMTPC_AUTH_WORDS, hop->auth);
}

static void
describe_peer(FILE *to, const struct tls_files *f, const struct seal_config *config)
{
	const struct seal_config_next_hop *hop = &config->next_hop;
	const struct seal_endpoint *at = &config->gateway.next_hop;
	const struct seal_span name = hop->name.len != 0 ? hop->name : at->host;
	const struct seal_span mode = tls_word(hop);
	const struct tls_file *ca = &f->files[TLS_CA];

	fprintf(to, "next hop: %.*s:%u, tls = %.*s, ", (int)at->host.len, (const char *)at->host.ptr, at->port,
	       (int)mode.len, (const char *)mode.ptr);
	if (hop->pin.len != 0) {
		fprintf(to, "verified by its pinned key, pins: %zu\n", num_pins(hop));
		return;
	}
	fprintf(to, "verified by a certificate for %.*s from a CA in %s", (int)name.len, (const char *)name.ptr,
	       ca->path != NULL ? ca->path : HOSTS_CA);
	fprintf(to, ca->path != NULL ? ", certificates %zu\n" : "\n", ca->num_certificates);
}

static void
describe_login(FILE *to, const struct tls_files *f, const struct seal_config_next_hop *hop)
{
	const struct seal_span auth = auth_word(hop);

	fprintf(to, "login at the next hop: %.*s as %.*s, ", (int)auth.len, (const char *)auth.ptr, (int)hop->user.len,
	       (const char *)hop->user.ptr);
	if (hop->secret.len != 0)
		fprintf(to, "secret in %s\n", f->files[TLS_SECRET].path);
	else
		fprintf(to, "secret from: %.*s\n", (int)hop->secret_helper.len, (const char *)hop->secret_helper.ptr);
}

void
tls_files_describe(FILE *to, const struct tls_files *f, const struct seal_config *config)
{
	const struct tls_file *certificate = &f->files[TLS_CERTIFICATE];
	char date[sizeof "2026-11-22"];

	if (certificate->path != NULL) {
		put_date(date, f->expires_s);
		fprintf(to, "certificate ok: %s, certificates %zu, valid until %s, key %s\n", certificate->path,
		       certificate->num_certificates, date, f->files[TLS_CERTIFICATE_KEY].path);
	}
	if (config->next_hop.tls != SEAL_SMTPC_TLS_NONE)
		describe_peer(to, f, config);
	if (config->next_hop.auth != SEAL_SMTPC_AUTH_NONE)
		describe_login(to, f, &config->next_hop);
}

static json_t *
path_json(const struct tls_file *file)
{
	return tool_json_span(seal_span_text(file->path == NULL ? "" : file->path));
}

static json_t *
certificate_json(const struct tls_files *f)
{
	const struct tls_file *certificate = &f->files[TLS_CERTIFICATE];
	char date[sizeof "2026-11-22"];

	if (certificate->path == NULL)
		return json_null();
	put_date(date, f->expires_s);
	return json_pack("{s:o, s:o, s:I, s:s}", "file", path_json(certificate), "key",
	                 path_json(&f->files[TLS_CERTIFICATE_KEY]), "certificates",
	                 (json_int_t)certificate->num_certificates, "valid_until", date);
}

/* Name and CA are used only with TLS and without a pin. */
static json_t *
next_hop_json(const struct tls_files *f, const struct seal_config *config)
{
	const struct seal_config_next_hop *hop = &config->next_hop;
	const struct seal_endpoint *at = &config->gateway.next_hop;
	const bool by_name = hop->tls != SEAL_SMTPC_TLS_NONE && hop->pin.len == 0;
	const struct tls_file *ca = &f->files[TLS_CA];
	json_t *name = by_name ? tool_json_span(hop->name.len != 0 ? hop->name : at->host) : json_null();
	json_t *authority = !by_name ? json_null() : ca->path != NULL ? path_json(ca) : json_string(HOSTS_CA);
	json_t *count = by_name && ca->path != NULL ? json_integer((json_int_t)ca->num_certificates) : json_null();

	return json_pack("{s:o, s:i, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "host", tool_json_span(at->host),
	                 "port", (int)at->port, "tls", tool_json_span(tls_word(hop)), "pins", (json_int_t)num_pins(hop),
	                 "name", name, "ca", authority, "ca_certificates", count, "auth",
	                 tool_json_span(auth_word(hop)), "user", tool_json_span(hop->user), "secret",
	                 path_json(&f->files[TLS_SECRET]), "secret_helper",
	                 tool_json_span(hop->secret_helper));
}

void
tls_files_json(const struct tls_files *f, const struct seal_config *config, json_t *document)
{
	json_object_set_new(document, "certificate", certificate_json(f));
	json_object_set_new(document, "next_hop", next_hop_json(f, config));
}
