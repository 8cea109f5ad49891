/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/spf.h"

#include <arpa/inet.h>
#include <string.h>

#include "engine/base/ascii.h"

/* The argument that may follow a name (12). */
enum argument {
	NOTHING,
	DOMAIN,           /* ":" domain-spec      */
	MAYBE_DOMAIN,
	MAYBE_DOMAIN_CIDR,
	NETWORK
};

static const struct mechanism {
	char name[8];
	enum spf_kind kind;
	enum argument argument;
} mechanisms[] = {
	{ "all", SPF_ALL, NOTHING },
	{ "include", SPF_INCLUDE, DOMAIN },
	{ "a", SPF_A, MAYBE_DOMAIN_CIDR },
	{ "mx", SPF_MX, MAYBE_DOMAIN_CIDR },
	{ "ptr", SPF_PTR, MAYBE_DOMAIN },
	{ "ip4", SPF_IP4, NETWORK },
	{ "ip6", SPF_IP6, NETWORK },
	{ "exists", SPF_EXISTS, DOMAIN }
};

bool
spf_is_record(struct seal_span text)
{
	return seal_span_starts_nocase(text, SEAL_SPAN("v=spf1")) && (text.len == 6 || text.ptr[6] == ' ');
}

struct seal_span
spf_terms(struct seal_span record)
{
	return seal_span_from(record, 6);
}

bool
spf_is_joined(const struct spf_term *term)
{
	return term->kind == SPF_UNKNOWN && seal_span_equal_nocase(term->text, SEAL_SPAN("v=spf1"));
}

bool
spf_needs_lookup(const struct spf_term *term)
{
	switch (term->kind) {
	case SPF_INCLUDE:
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
	case SPF_REDIRECT:
		return true;
	case SPF_ALL:
	case SPF_IP4:
	case SPF_IP6:
	case SPF_EXP:
	case SPF_UNKNOWN:
		break;
	}
	return false;
}

bool
spf_address_parse(struct seal_span text, struct spf_address *address)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char buf[INET6_ADDRSTRLEN];

	*address = (struct spf_address){ .v6 = false };
	if (text.len == 0 || text.len >= sizeof buf || memchr(text.ptr, '\0', text.len) != NULL)
		return false;
	memcpy(buf, text.ptr, text.len);
	buf[text.len] = '\0';
	if (inet_pton(AF_INET, buf, address->octets) == 1)
		return true;
	if (inet_pton(AF_INET6, buf, address->octets) != 1)
		return false;
	address->v6 = memcmp(address->octets, mapped, sizeof mapped) != 0;
	if (!address->v6)
		memmove(address->octets, address->octets + sizeof mapped, 4);
	return true;
}

bool
spf_address_within(const struct spf_address *address, const struct spf_address *network, unsigned prefix)
{
	if (address->v6 != network->v6)
		return false;
	for (unsigned bit = 0; bit < prefix; bit++) {
		if (((address->octets[bit / 8] ^ network->octets[bit / 8]) & (0x80u >> bit % 8)) != 0)
			return false;
	}
	return true;
}

/* The length in octets of the macro-expand at the front, which begins with "%"; 0: it is not one (7.1). */
static size_t
macro_len(struct seal_span s, bool in_exp)
{
	size_t at = 3;

	if (s.len >= 2 && (s.ptr[1] == '%' || s.ptr[1] == '_' || s.ptr[1] == '-'))
		return 2;
	if (s.len < 4 || s.ptr[1] != '{' || strchr(in_exp ? "slodiphcrtv" : "slodiphv", seal_lower(s.ptr[2])) == NULL ||
	    s.ptr[2] == '\0')
		return 0;
	while (at < s.len && seal_is_digit(s.ptr[at]))
		at++;
	if (at > 3 && seal_span_find(seal_span_first(seal_span_from(s, 3), at - 3), '0') == 0)
		return 0;
	at += at < s.len && seal_lower(s.ptr[at]) == 'r';
	while (at < s.len && s.ptr[at] != '\0' && strchr(".-+,/_=", s.ptr[at]) != NULL)
		at++;
	return at < s.len && s.ptr[at] == '}' ? at + 1 : 0;
}

/* True for macros and visible characters; sets *last_macro to the end of the last macro. */
static bool
is_macro_string(struct seal_span s, bool in_exp, size_t *last_macro)
{
	size_t at = 0;

	*last_macro = 0;
	while (at < s.len) {
		if (s.ptr[at] == '%') {
			const size_t len = macro_len(seal_span_from(s, at), in_exp);

			if (len == 0)
				return false;
			at += len;
			*last_macro = at;
		} else if (seal_is_vchar(s.ptr[at])) {
			at++;
		} else {
			return false;
		}
	}
	return true;
}

/* Letters, digits and inner hyphens, but not only digits (12, toplabel). */
static bool
is_top_label(struct seal_span label)
{
	bool numeric = true;

	if (label.len == 0 || !seal_is_let_dig(label.ptr[0]) || !seal_is_let_dig(label.ptr[label.len - 1]))
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (!seal_is_let_dig(label.ptr[i]) && label.ptr[i] != '-')
			return false;
		numeric = numeric && seal_is_digit(label.ptr[i]);
	}
	return !numeric;
}

/* macro-string domain-end: ends with a macro, or with "." and a top label. */
static bool
is_domain_spec(struct seal_span s)
{
	size_t end, last_macro;

	if (s.len == 0 || !is_macro_string(s, false, &last_macro))
		return false;
	if (last_macro == s.len)
		return s.ptr[s.len - 1] == '}';
	end = s.ptr[s.len - 1] == '.' ? s.len - 1 : s.len;
	for (size_t i = end; i > last_macro; i--) {
		if (s.ptr[i - 1] == '.')
			return is_top_label(seal_span_first(seal_span_from(s, i), end - i));
	}
	return false;
}

/* Takes "/NUMBER" with this many slashes off the end of *s; false: the end has another form. */
static bool
take_prefix(struct seal_span *s, size_t slashes, unsigned *prefix)
{
	size_t at = s->len;
	unsigned value = 0;

	while (at > 0 && seal_is_digit(s->ptr[at - 1]))
		at--;
	if (at == s->len || s->len - at > 3 || at < slashes || s->ptr[at - 1] != '/' || s->ptr[at - slashes] != '/')
		return false;
	if (s->ptr[at] == '0' && s->len - at > 1)
		return false;
	for (size_t i = at; i < s->len; i++)
		value = value * 10 + (unsigned)(s->ptr[i] - '0');
	*prefix = value;
	*s = seal_span_first(*s, at - slashes);
	return true;
}

static bool
read_network(struct seal_span argument, struct spf_term *term)
{
	unsigned *const prefix = term->kind == SPF_IP6 ? &term->prefix6 : &term->prefix4;
	struct seal_span address;

	if (argument.len == 0 || argument.ptr[0] != ':')
		return false;
	address = seal_span_from(argument, 1);
	(void)take_prefix(&address, 1, prefix);
	if (term->kind == SPF_IP4)
		return spf_address_parse(address, &term->network) && !term->network.v6 && *prefix <= 32 &&
		       seal_span_find(address, ':') == address.len;
	if (seal_span_find(address, ':') == address.len || *prefix > 128)
		return false;
	return spf_address_parse(address, &term->network);
}

/* Reads [":" domain-spec], which ends before a prefix length. */
static bool
read_domain(struct seal_span argument, enum argument wanted, struct spf_term *term)
{
	if (wanted == MAYBE_DOMAIN_CIDR) {
		(void)take_prefix(&argument, 2, &term->prefix6);
		(void)take_prefix(&argument, 1, &term->prefix4);
	}
	if (argument.len == 0)
		return wanted != DOMAIN && term->prefix4 <= 32 && term->prefix6 <= 128;
	if (argument.ptr[0] != ':')
		return false;
	term->domain = seal_span_from(argument, 1);
	return is_domain_spec(term->domain) && term->prefix4 <= 32 && term->prefix6 <= 128;
}

static bool
read_argument(struct seal_span argument, enum argument wanted, struct spf_term *term, const char **why)
{
	switch (wanted) {
	case NOTHING:
		*why = "no argument after all";
		return argument.len == 0;
	case NETWORK:
		*why = term->kind == SPF_IP4 ? "ip4:ADDRESS or ip4:ADDRESS/0..32" : "ip6:ADDRESS or ip6:ADDRESS/0..128";
		return read_network(argument, term);
	case DOMAIN:
		*why = "\":\" and a domain name";
		return read_domain(argument, wanted, term);
	case MAYBE_DOMAIN:
	case MAYBE_DOMAIN_CIDR:
		break;
	}
	*why = "no argument, \":\" and a domain name, or a prefix length";
	return read_domain(argument, wanted, term);
}

static enum spf_next
read_mechanism(struct seal_span text, struct spf_term *term, const char **why)
{
	size_t name_len = 0;

	if (text.len > 0 && strchr("+-~?", text.ptr[0]) != NULL && text.ptr[0] != '\0') {
		term->qualifier = (char)text.ptr[0];
		text = seal_span_from(text, 1);
	}
	while (name_len < text.len && text.ptr[name_len] != ':' && text.ptr[name_len] != '/')
		name_len++;
	for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
		const struct mechanism *const m = &mechanisms[i];

		if (!seal_span_equal_nocase(seal_span_first(text, name_len), seal_span_text(m->name)))
			continue;
		term->kind = m->kind;
		return read_argument(seal_span_from(text, name_len), m->argument, term, why) ? SPF_NEXT_TERM
		                                                                            : SPF_NEXT_ERROR;
	}
	*why = "all, include, a, mx, ptr, ip4, ip6, exists, redirect= or exp=";
	return SPF_NEXT_ERROR;
}

static bool
is_modifier_name(struct seal_span name)
{
	if (name.len == 0 || !seal_is_alpha(name.ptr[0]))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (!seal_is_let_dig(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '_' && name.ptr[i] != '.')
			return false;
	}
	return true;
}

static enum spf_next
read_modifier(struct seal_span name, struct seal_span value, struct spf_term *term, const char **why)
{
	size_t last_macro;

	term->domain = value;
	term->kind = seal_span_equal_nocase(name, SEAL_SPAN("redirect")) ? SPF_REDIRECT
	             : seal_span_equal_nocase(name, SEAL_SPAN("exp")) ? SPF_EXP : SPF_UNKNOWN;
	*why = term->kind == SPF_UNKNOWN ? "characters and %{macros} after \"=\"" : "a domain name after \"=\"";
	if (term->kind == SPF_UNKNOWN)
		return is_macro_string(value, true, &last_macro) ? SPF_NEXT_TERM : SPF_NEXT_ERROR;
	return is_domain_spec(value) ? SPF_NEXT_TERM : SPF_NEXT_ERROR;
}

enum spf_next
spf_next(struct seal_span *rest, struct spf_term *term, const char **why)
{
	size_t equals, colon;

	while (rest->len > 0 && rest->ptr[0] == ' ')
		*rest = seal_span_from(*rest, 1);
	*term = (struct spf_term){ .qualifier = '+', .prefix4 = 32, .prefix6 = 128 };
	if (rest->len == 0)
		return SPF_NEXT_END;
	term->text = seal_span_first(*rest, seal_span_find(*rest, ' '));
	*rest = seal_span_from(*rest, term->text.len);
	equals = seal_span_find(term->text, '=');
	colon = seal_span_find(term->text, ':');
	if (equals < colon && is_modifier_name(seal_span_first(term->text, equals)))
		return read_modifier(seal_span_first(term->text, equals), seal_span_from(term->text, equals + 1), term,
		                     why);
	return read_mechanism(term->text, term, why);
}

bool
spf_check_syntax(struct seal_span record, struct seal_span *text, const char **why)
{
	struct seal_span rest = spf_terms(record);
	unsigned num_redirect = 0, num_exp = 0;
	struct spf_term term;
	enum spf_next next;

	while ((next = spf_next(&rest, &term, why)) == SPF_NEXT_TERM) {
		num_redirect += term.kind == SPF_REDIRECT;
		num_exp += term.kind == SPF_EXP;
		if (num_redirect > 1 || num_exp > 1) {
			*why = "redirect= and exp= at most once";
			next = SPF_NEXT_ERROR;
			break;
		}
	}
	*text = term.text;
	return next == SPF_NEXT_END;
}
