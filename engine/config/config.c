/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config/config.h"

#include "engine/base/ascii.h"
#include "engine/config/config_check.h"
#include "engine/config/config_keys.h"

#define MAX_SIZE_DEFAULT (25u * 1024u * 1024u)

struct reader {
	struct seal_config *cfg;
	struct seal_config_error *error;
	struct seal_span rest;           /* lines still to come               */
	const struct section *section;   /* NULL before the first heading     */
	void *target;                    /* the structure that it fills       */
	struct seal_span heading;
	uint32_t seen;                   /* a bit for each key of the section */
	bool has_next_hop;
	enum seal_status failure;        /* what a failure is                 */
};

struct section {
	char word[9];
	const struct seal_config_key *keys;
	const char *all_keys;
	void *(*open)(struct reader *r, struct seal_span name); /* NULL: refused     */
	bool (*check)(const struct seal_config *cfg, struct seal_config_error *error); /* or NULL */
};

static bool
fail(struct reader *r, struct seal_span found, const char *expected)
{
	*r->error = (struct seal_config_error){ .found = found, .expected = expected };
	return false;
}

/* Where something is missing: right behind `s`. */
static struct seal_span
after(struct seal_span s)
{
	return s.len == 0 ? s : seal_span(s.ptr + s.len, 0);
}

/* --- lines -------------------------------------------------------------- */

static struct seal_span
peek_line(const struct reader *r)
{
	struct seal_span line = seal_span_first(r->rest, seal_span_find(r->rest, '\n'));

	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

_Static_assert(SEAL_CONFIG_LINE_MAX == 1024, "the text below says 1024");

static bool
take_line(struct reader *r, struct seal_span *line)
{
	*line = peek_line(r);
	r->rest = seal_span_from(r->rest, seal_span_find(r->rest, '\n') + 1);
	if (line->len > SEAL_CONFIG_LINE_MAX)
		return fail(r, seal_span_first(*line, SEAL_COLUMN_MAX), "a line of at most 1024 octets");
	for (size_t i = 0; i < line->len; i++) {
		if (seal_is_ctl(line->ptr[i]) && line->ptr[i] != '\t')
			return fail(r, seal_span(line->ptr + i, 1), "text without control characters");
	}
	return true;
}

static bool
is_indented(struct seal_span line)
{
	return seal_is_wsp(line.ptr[0]) && seal_span_trim(line).len > 0;
}

static bool
is_comment(struct seal_span line)
{
	return line.ptr[0] == '#' || line.ptr[0] == ';';
}

/* --- sections ----------------------------------------------------------- */

static void *
refuse(struct reader *r, struct seal_span found, const char *expected)
{
	fail(r, found, expected);
	return NULL;
}

static void *
refuse_for_room(struct reader *r)
{
	refuse(r, r->heading, "no more sections of this kind: there is no room for them");
	r->failure = SEAL_E_LIMIT;
	return NULL;
}

static void *
open_gateway(struct reader *r, struct seal_span name)
{
	struct seal_config_gateway *gateway = &r->cfg->gateway;

	if (name.len != 0)
		return refuse(r, name, "no name: there is one [gateway]");
	if (gateway->hostname.len != 0)
		return refuse(r, r->heading, "[gateway] once");
	*gateway = (struct seal_config_gateway){
		.listen = { SEAL_SPAN("0.0.0.0"), 25 },
		.max_size = MAX_SIZE_DEFAULT,
		.address = SEAL_SPAN("dhcp"),
	};
	return gateway;
}

static void *
open_next_hop(struct reader *r, struct seal_span name)
{
	if (name.len != 0)
		return refuse(r, name, "no name: there is one [next-hop]");
	if (r->has_next_hop)
		return refuse(r, r->heading, "[next-hop] once");
	r->has_next_hop = true;
	return &r->cfg->next_hop;
}

static bool
is_client_name(struct seal_span name)
{
	for (size_t i = 0; i < name.len; i++) {
		const uint8_t c = name.ptr[i];

		if (!seal_is_let_dig(c) && c != '-' && c != '_' && c != '.')
			return false;
	}
	return name.len != 0;
}

static bool
is_known_client(const struct seal_config *cfg, struct seal_span name)
{
	for (size_t i = 0; i < cfg->num_clients; i++) {
		if (seal_span_equal_nocase(cfg->clients[i].name, name))
			return true;
	}
	return false;
}

static void *
open_client(struct reader *r, struct seal_span name)
{
	struct seal_config *cfg = r->cfg;
	struct seal_config_client *client;

	if (!is_client_name(name))
		return refuse(r, name, "a client's name: letters, digits, hyphens, underscores, dots");
	if (is_known_client(cfg, name))
		return refuse(r, name, "each client's name once");
	if (cfg->num_clients == cfg->clients_cap)
		return refuse_for_room(r);
	client = &cfg->clients[cfg->num_clients++];
	*client = (struct seal_config_client){
		.name = name, .rate_count = 60, .rate_period_s = 60, .patience_s = 600,
	};
	return client;
}

static void *
open_domain(struct reader *r, struct seal_span name)
{
	struct seal_config *cfg = r->cfg;
	struct seal_config_domain *domain;

	if (!seal_config_is_domain(name))
		return refuse(r, name, "a domain name");
	if (cfg->num_domains == cfg->domains_cap)
		return refuse_for_room(r);
	domain = &cfg->domains[cfg->num_domains++];
	*domain = (struct seal_config_domain){
		.name = name, .fields = seal_select_default, .timestamp = true,
		.header_canon = SEAL_CANON_RELAXED, .body_canon = SEAL_CANON_RELAXED,
	};
	return domain;
}

static const struct section sections[] = {
	{ "gateway", seal_config_gateway_keys,
	  "a key of [gateway]: hostname, listen, next-hop, max-size, address, router, dns-server, "
	  "time-server, log-server, log-addresses, certificate, certificate-key, listen-tls",
	  open_gateway, seal_config_check_gateway },
	{ "next-hop", seal_config_next_hop_keys,
	  "a key of [next-hop]: tls, ca, pin, name, auth, user, secret, secret-helper, auth-in-clear",
	  open_next_hop, seal_config_check_next_hop },
	{ "client", seal_config_client_keys,
	  "a key of [client]: network, from, rate, patience, bare-newline, long-lines, 8bit-header, add, "
	  "tls, auth, auth-in-clear, login",
	  open_client, NULL },
	{ "domain", seal_config_domain_keys,
	  "a key of [domain]: selector, key, made, rotate-after, canonicalization, headers, oversign, "
	  "identity, expire, timestamp, query-method, subdomains, unsigned, sign-with, cosign, activation, "
	  "hold, sign",
	  open_domain, seal_config_check_domain },
};

#define NUM_SECTIONS (sizeof sections / sizeof sections[0])

static bool
has_required_keys(struct reader *r)
{
	const struct seal_config_key *keys = r->section->keys;

	for (size_t i = 0; keys[i].read != NULL; i++) {
		if ((keys[i].flags & SEAL_CONFIG_REQUIRED) != 0 && (r->seen >> i & 1u) == 0) {
			fail(r, seal_span(r->heading.ptr, 0), keys[i].expected);
			r->error->key = keys[i].name;
			return false;
		}
	}
	return true;
}

/* The section in hand is over. */
static bool
close_section(struct reader *r)
{
	if (r->section == NULL)
		return true;
	if (!has_required_keys(r))
		return false;
	if (r->section->check == NULL || r->section->check(r->cfg, r->error))
		return true;
	if (r->error->found.ptr == NULL)
		r->error->found = seal_span(r->heading.ptr, 0);
	return false;
}

static bool
open_section(struct reader *r, struct seal_span word, struct seal_span name)
{
	for (size_t i = 0; i < NUM_SECTIONS; i++) {
		if (seal_config_is(word, sections[i].word)) {
			r->section = &sections[i];
			r->seen = 0;
			r->target = sections[i].open(r, name);
			return r->target != NULL;
		}
	}
	return fail(r, word, "[gateway], [next-hop], [client NAME] or [domain NAME]");
}

static bool
read_heading(struct reader *r, struct seal_span line)
{
	struct seal_span inner;
	size_t word_len = 0;

	if (!close_section(r))
		return false;
	r->heading = seal_span_trim(line);
	if (r->heading.ptr[r->heading.len - 1] != ']')
		return fail(r, r->heading, "a heading such as [domain example.com], and nothing behind it");
	inner = seal_span_trim(seal_span(r->heading.ptr + 1, r->heading.len - 2));
	while (word_len < inner.len && !seal_is_wsp(inner.ptr[word_len]))
		word_len++;
	return open_section(r, seal_span_first(inner, word_len),
	                    seal_span_trim(seal_span(inner.ptr + word_len, inner.len - word_len)));
}

/* --- keys --------------------------------------------------------------- */

static bool
find_key(struct reader *r, struct seal_span name, const struct seal_config_key **key)
{
	const struct seal_config_key *k;
	uint32_t bit = 1;

	if (r->section == NULL)
		return fail(r, name, "a heading such as [gateway] before the first key");
	for (k = r->section->keys; k->read != NULL && !seal_config_is(name, k->name); k++)
		bit <<= 1;
	if (k->read == NULL)
		return fail(r, name, r->section->all_keys);
	if ((r->seen & bit) != 0)
		return fail(r, name, "each key once in a section");
	r->seen |= bit;
	*key = k;
	return true;
}

/* Lines that begin with white space belong to the value, if it is a list. */
static bool
take_continuation(struct reader *r, bool is_list, struct seal_span *value)
{
	struct seal_span line = peek_line(r);

	while (line.len > 0 && is_indented(line)) {
		if (!take_line(r, &line))
			return false;
		line = seal_span_trim(line);
		if (!is_list || is_comment(line))
			return fail(r, line, is_list ? "an item: comments begin in the first column"
			                             : "a value on one line: this one may not go on in the next");
		*value = value->len == 0 ? line
		                         : seal_span(value->ptr, (size_t)(line.ptr - value->ptr) + line.len);
		line = peek_line(r);
	}
	return true;
}

static bool
read_value(struct reader *r, const struct seal_config_key *key, struct seal_span value)
{
	uint8_t *base = r->target;

	/* key->read fails by answering false: what there is to say stands here. */
	*r->error = (struct seal_config_error){
		.found = value, .key = key->name, .expected = key->expected
	};
	return (value.len != 0 || (key->flags & SEAL_CONFIG_MAY_BE_EMPTY) != 0) &&
	       key->read(base + key->offset, key, value, r->error);
}

static bool
read_entry(struct reader *r, struct seal_span line)
{
	const struct seal_config_key *key = NULL;
	const size_t equals = seal_span_find(line, '=');
	struct seal_span value;

	if (equals == line.len)
		return fail(r, seal_span_trim(line), "KEY = VALUE, a [heading] or a # comment");
	if (!find_key(r, seal_span_trim(seal_span_first(line, equals)), &key))
		return false;
	value = seal_span_trim(seal_span(line.ptr + equals + 1, line.len - equals - 1));
	return take_continuation(r, (key->flags & SEAL_CONFIG_LIST) != 0, &value) &&
	       read_value(r, key, value);
}

/* --- the whole text ----------------------------------------------------- */

static bool
read_line(struct reader *r)
{
	struct seal_span line;

	if (!take_line(r, &line))
		return false;
	if (seal_span_trim(line).len == 0 || is_comment(line))
		return true;
	if (is_indented(line))
		return fail(r, seal_span_trim(line), "text in the first column: there is no list to go on here");
	return line.ptr[0] == '[' ? read_heading(r, line) : read_entry(r, line);
}

/* Sections come in any order. */
static void
offer_tls(struct seal_config *cfg)
{
	for (size_t i = 0; i < cfg->num_clients; i++) {
		if (!cfg->clients[i].tls_is_written)
			cfg->clients[i].tls = cfg->gateway.certificate.len != 0 ? SEAL_SMTPD_OFFERED
			                                                        : SEAL_SMTPD_HIDDEN;
	}
}

static bool
read_text(struct reader *r)
{
	const struct seal_span text = r->rest;

	while (r->rest.len > 0) {
		if (!read_line(r))
			return false;
	}
	if (!close_section(r))
		return false;
	if (r->cfg->gateway.hostname.len == 0)
		return fail(r, after(text), "a [gateway] section");
	offer_tls(r->cfg);
	return seal_config_check_references(r->cfg, r->error);
}

/* Line and column from where `found` lies, and of it what stands on one line. */
static void
locate(struct seal_config_error *error, struct seal_span text)
{
	const size_t offset = text.len == 0 ? 0 : (size_t)(error->found.ptr - text.ptr);

	error->line = 1;
	error->column = 1;
	for (size_t i = 0; i < offset; i++) {
		error->column++;
		if (text.ptr[i] == '\n') {
			error->line++;
			error->column = 1;
		}
	}
	error->found = seal_span_first(error->found, seal_span_find(error->found, '\n'));
	error->found = seal_span_first(error->found, seal_span_find(error->found, '\r'));
}

enum seal_status
seal_config_parse(struct seal_config *cfg, struct seal_span text, struct seal_config_error *error)
{
	const bool marked = seal_span_starts_nocase(text, SEAL_SPAN("\xEF\xBB\xBF"));
	struct reader r = { .cfg = cfg, .error = error, .failure = SEAL_E_PEER };

	cfg->gateway = (struct seal_config_gateway){ .max_size = 0 };
	cfg->next_hop = (struct seal_config_next_hop){ .tls = SEAL_SMTPC_TLS_NONE };
	cfg->num_clients = 0;
	cfg->num_domains = 0;
	r.rest = seal_span_from(text, marked ? 3 : 0);
	text = r.rest;
	if (read_text(&r)) {
		*error = (struct seal_config_error){ .line = 0 };
		return SEAL_OK;
	}
	locate(error, text);
	return r.failure;
}
