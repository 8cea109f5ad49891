/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config/config.h"

#include "engine/base/ascii.h"
#include "engine/config/config_check.h"
#include "engine/config/config_keys.h"

struct reader {
	struct seal_config *cfg;
	struct seal_config_error *error;
	struct seal_span rest;           /* lines still to come               */
	const struct seal_config_section *section; /* NULL before the first heading */
	void *target;                    /* the structure that it fills       */
	struct seal_span heading;
	bool has_next_hop;
	enum seal_status failure;        /* what a failure is                 */
};

static bool
fail(struct reader *r, struct seal_span found, const char *expected)
{
	*r->error = (struct seal_config_error){ .found = found, .expected = expected };
	return false;
}

/* Where something is missing: right after `s`. */
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

_Static_assert(SEAL_CONFIG_LINE_MAX == 1024, "the text below holds 1024");

static bool
take_line(struct reader *r, struct seal_span *line)
{
	*line = peek_line(r);
	r->rest = seal_span_from(r->rest, seal_span_find(r->rest, '\n') + 1);
	if (line->len > SEAL_CONFIG_LINE_MAX)
		return fail(r, seal_span_first(*line, SEAL_COLUMN_MAX), "a line of at most 1024 bytes");
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
refuse_section(struct reader *r, struct seal_span found, const char *expected)
{
	fail(r, found, expected);
	return NULL;
}

static void *
refuse_for_room(struct reader *r)
{
	refuse_section(r, r->heading, "no more sections of this kind, because there is no room for them");
	r->failure = SEAL_E_LIMIT;
	return NULL;
}

static void *
open_gateway(struct reader *r, struct seal_span name)
{
	struct seal_config_gateway *gateway = &r->cfg->gateway;

	if (name.len != 0)
		return refuse_section(r, name, "no name: only one [gateway] exists");
	if (gateway->hostname.len != 0)
		return refuse_section(r, r->heading, "[gateway] once");
	return gateway;
}

static void *
open_next_hop(struct reader *r, struct seal_span name)
{
	if (name.len != 0)
		return refuse_section(r, name, "no name: only one [next-hop] exists");
	if (r->has_next_hop)
		return refuse_section(r, r->heading, "[next-hop] once");
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
		return refuse_section(r, name, "a client's name: letters, digits, hyphens, underscores, dots");
	if (is_known_client(cfg, name))
		return refuse_section(r, name, "each client's name once");
	if (cfg->num_clients == cfg->clients_cap)
		return refuse_for_room(r);
	client = &cfg->clients[cfg->num_clients++];
	*client = (struct seal_config_client){ .name = name };
	return client;
}

static void *
open_domain(struct reader *r, struct seal_span name)
{
	struct seal_config *cfg = r->cfg;
	struct seal_config_domain *domain;

	if (!seal_config_is_domain(name))
		return refuse_section(r, name, "a domain name");
	if (cfg->num_domains == cfg->domains_cap)
		return refuse_for_room(r);
	domain = &cfg->domains[cfg->num_domains++];
	*domain = (struct seal_config_domain){ .name = name };
	return domain;
}

/* By enum seal_config_section_number. */
static const struct {
	void *(*open)(struct reader *r, struct seal_span name); /* NULL: refused                       */
	bool (*check)(const struct seal_config *cfg, struct seal_config_error *error); /* or NULL */
} kinds[SEAL_CONFIG_NUM_SECTIONS] = {
	{ open_gateway, seal_config_check_gateway },
	{ open_next_hop, seal_config_check_next_hop },
	{ open_client, NULL },
	{ open_domain, seal_config_check_domain },
};

/* Each section's structure begins with it. */
static uint32_t *
written(const struct reader *r)
{
	return r->target;
}

static bool
has_required_keys(struct reader *r)
{
	const struct seal_config_key *keys = r->section->keys;

	for (size_t i = 0; i < r->section->num_keys; i++) {
		if ((keys[i].flags & SEAL_CONFIG_REQUIRED) != 0 && (*written(r) >> i & 1u) == 0) {
			fail(r, seal_span(r->heading.ptr, 0), keys[i].expected);
			r->error->key = keys[i].name;
			return false;
		}
	}
	return true;
}

/* The section in hand is complete. */
static bool
close_section(struct reader *r)
{
	bool (*check)(const struct seal_config *cfg, struct seal_config_error *error);

	if (r->section == NULL)
		return true;
	if (!has_required_keys(r))
		return false;
	check = kinds[r->section - seal_config_sections].check;
	if (check == NULL || check(r->cfg, r->error))
		return true;
	if (r->error->found.ptr == NULL)
		r->error->found = seal_span(r->heading.ptr, 0);
	return false;
}

static bool
read_member(const struct reader *r, const struct seal_config_key *key, struct seal_span value)
{
	uint8_t *base = r->target;

	return key->read(base + key->offset, key, value, r->error);
}

static void
set_defaults(struct reader *r)
{
	for (size_t i = 0; i < r->section->num_keys; i++) {
		const struct seal_config_key *key = &r->section->keys[i];

		if (key->default_value != NULL)
			(void)read_member(r, key, seal_span_text(key->default_value));
	}
}

static bool
open_section(struct reader *r, struct seal_span word, struct seal_span name)
{
	for (size_t i = 0; i < SEAL_CONFIG_NUM_SECTIONS; i++) {
		if (!seal_config_is(word, seal_config_sections[i].word))
			continue;
		r->section = &seal_config_sections[i];
		r->target = kinds[i].open(r, name);
		if (r->target != NULL)
			set_defaults(r);
		return r->target != NULL;
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
		return fail(r, r->heading, "a heading such as [domain example.com], and nothing after it");
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
	size_t number;

	if (r->section == NULL)
		return fail(r, name, "a heading such as [gateway] before the first key");
	number = seal_config_find_key(r->section, name);
	if (number == r->section->num_keys) {
		fail(r, name, "a key of");
		r->error->section = r->section;
		return false;
	}
	if ((*written(r) >> number & 1u) != 0)
		return fail(r, name, "each key once in a section");
	*written(r) |= UINT32_C(1) << number;
	*key = &r->section->keys[number];
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
			                             : "a value on one line: only lists may continue in the next line");
		*value = value->len == 0 ? line
		                         : seal_span(value->ptr, (size_t)(line.ptr - value->ptr) + line.len);
		line = peek_line(r);
	}
	return true;
}

static bool
read_value(struct reader *r, const struct seal_config_key *key, struct seal_span value)
{
	/* key->read only returns false: the error is written here. */
	*r->error = (struct seal_config_error){
		.found = value, .key = key->name, .expected = key->expected
	};
	return (value.len != 0 || (key->flags & SEAL_CONFIG_MAY_BE_EMPTY) != 0) &&
	       read_member(r, key, value);
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
		return fail(r, seal_span_trim(line), "text in the first column: no list continues here");
	return line.ptr[0] == '[' ? read_heading(r, line) : read_entry(r, line);
}

/* Known only now, because sections come in any order. */
static void
offer_tls(struct seal_config *cfg)
{
	const size_t tls = seal_config_find_key(&seal_config_sections[SEAL_CONFIG_CLIENT], SEAL_SPAN("tls"));

	for (size_t i = 0; i < cfg->num_clients; i++) {
		struct seal_config_client *client = &cfg->clients[i];

		if ((client->written >> tls & 1u) == 0 && cfg->gateway.certificate.len != 0)
			client->tls = SEAL_SMTPD_OFFERED;
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

/* Line and column from the place of `found`, which is cut at the end of its line. */
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

	cfg->gateway = (struct seal_config_gateway){ .written = 0 };
	cfg->next_hop = (struct seal_config_next_hop){ .written = 0 };
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
