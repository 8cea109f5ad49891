/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/addr.h"

#include "engine/base/ascii.h"
#include "engine/mail/idn.h"

/* Tokens of RFC 5322 3.2 and 4.1, with comments and folding already skipped. */
enum token {
	TOKEN_END,
	TOKEN_ATOM,     /* atext and UTF-8                      */
	TOKEN_QUOTED,   /* "..."                                */
	TOKEN_LITERAL,  /* [...]                                */
	TOKEN_SPECIAL,  /* one of . @ < > , ; :                 */
	TOKEN_BAD
};

struct cursor {
	struct seal_span text;
	size_t at;               /* after the current token         */
	size_t start;            /* of the current token            */
	enum token token;
};

static bool
is_fws(uint8_t c) /* RFC 5322 3.2.2; the content was checked, so CR and LF come in pairs */
{
	return seal_is_wsp(c) || c == '\r' || c == '\n';
}

static bool
is_atom(uint8_t c) /* RFC 5322 3.2.3, RFC 6532 3.2 */
{
	return seal_is_atext(c) || seal_is_8bit(c);
}

/* Skip a run that ends with `close`; with `nested`, "(" opens another level. Returns
 * false if it does not end. A backslash quotes one octet (3.2.1). */
static bool
pass_enclosed(struct cursor *c, uint8_t close, bool nested)
{
	size_t depth = 1;

	for (c->at++; c->at < c->text.len; c->at++) {
		const uint8_t octet = c->text.ptr[c->at];

		if (octet == '\\')
			c->at++;
		else if (octet == close && --depth == 0) {
			c->at++;
			return true;
		} else if (nested && octet == '(')
			depth++;
	}
	c->at = c->text.len;
	return false;
}

/* Skip CFWS (3.2.2). Returns false if a comment does not end. */
static bool
pass_cfws(struct cursor *c)
{
	while (c->at < c->text.len) {
		if (is_fws(c->text.ptr[c->at]))
			c->at++;
		else if (c->text.ptr[c->at] != '(')
			return true;
		else if (!pass_enclosed(c, ')', true))
			return false;
	}
	return true;
}

static void
next(struct cursor *c)
{
	const bool cfws = pass_cfws(c);
	uint8_t first;

	c->start = c->at;
	c->token = cfws ? TOKEN_END : TOKEN_BAD;
	if (c->at == c->text.len)
		return;
	first = c->text.ptr[c->at];
	if (is_atom(first)) {
		c->token = TOKEN_ATOM;
		while (c->at < c->text.len && is_atom(c->text.ptr[c->at]))
			c->at++;
	} else if (first == '"') {
		c->token = pass_enclosed(c, '"', false) ? TOKEN_QUOTED : TOKEN_BAD;
	} else if (first == '[') {
		c->token = pass_enclosed(c, ']', false) ? TOKEN_LITERAL : TOKEN_BAD;
	} else {
		const struct seal_span specials = SEAL_SPAN(".@<>,;:");

		c->token = seal_span_find(specials, first) < specials.len ? TOKEN_SPECIAL : TOKEN_BAD;
		c->at++;
	}
}

static bool
is_special(const struct cursor *c, uint8_t special)
{
	return c->token == TOKEN_SPECIAL && c->text.ptr[c->start] == special;
}

static struct seal_span
token_text(const struct cursor *c)
{
	return seal_span(c->text.ptr + c->start, c->at - c->start);
}

/* Words and dots: a phrase or a local part. Only the token after them decides which
 * (3.2.5, 3.4.1, obsolete forms of 4.1 and 4.4). */
struct words {
	unsigned num;       /* words                                                 */
	bool adjacent;      /* two words without a dot between them: only a phrase   */
};

static struct words
read_words(struct cursor *c)
{
	struct words w = { 0, false };
	bool after_word = false;

	for (; c->token == TOKEN_ATOM || c->token == TOKEN_QUOTED || is_special(c, '.'); next(c)) {
		const bool word = c->token != TOKEN_SPECIAL;

		w.adjacent |= word && after_word;
		w.num += word;
		after_word = word;
	}
	return w;
}

/* Read the domain after "@" (3.4.1, 4.4) into `domain`, without CFWS. */
static enum seal_addr_fault
read_domain(struct cursor *c, struct seal_out *domain)
{
	bool more = true;

	if (c->token == TOKEN_LITERAL)
		return SEAL_ADDR_LITERAL;
	domain->len = 0;
	while (more) {
		if (c->token != TOKEN_ATOM)
			return c->token == TOKEN_BAD ? SEAL_ADDR_SYNTAX : SEAL_ADDR_BAD_DOMAIN;
		seal_out_span_put(domain, token_text(c));
		next(c);
		more = is_special(c, '.');
		if (more) {
			seal_out_octet(domain, '.');
			next(c);
		}
	}
	return domain->overflow ? SEAL_ADDR_BAD_DOMAIN : SEAL_ADDR_FINE;
}

/* Skip obs-route (4.4): "@a,@b:" before the addr-spec; its domains are ignored. */
static enum seal_addr_fault
skip_route(struct cursor *c, struct seal_out *scratch)
{
	while (is_special(c, '@') || is_special(c, ',')) {
		const bool domain_follows = is_special(c, '@');

		next(c);
		if (domain_follows && read_domain(c, scratch) != SEAL_ADDR_FINE)
			return SEAL_ADDR_SYNTAX;
	}
	if (!is_special(c, ':'))
		return SEAL_ADDR_SYNTAX;
	next(c);
	return SEAL_ADDR_FINE;
}

/* Read "@" domain after the words of the local part. */
static enum seal_addr_fault
read_at_domain(struct cursor *c, struct words local, struct seal_out *domain)
{
	if (local.num == 0 || local.adjacent)
		return SEAL_ADDR_SYNTAX;
	next(c);
	return read_domain(c, domain);
}

/* Read [route] local "@" domain ">" after "<". */
static enum seal_addr_fault
read_angle(struct cursor *c, struct seal_out *domain)
{
	enum seal_addr_fault fault = SEAL_ADDR_FINE;
	struct words local;

	next(c);
	if (is_special(c, '@') || is_special(c, ','))
		fault = skip_route(c, domain);
	if (fault != SEAL_ADDR_FINE)
		return fault;
	local = read_words(c);
	if (is_special(c, '>'))
		return SEAL_ADDR_NO_DOMAIN;
	if (!is_special(c, '@'))
		return SEAL_ADDR_SYNTAX;
	fault = read_at_domain(c, local, domain);
	if (fault == SEAL_ADDR_FINE && !is_special(c, '>'))
		fault = SEAL_ADDR_SYNTAX;
	if (fault == SEAL_ADDR_FINE)
		next(c);
	return fault;
}

/* Read one item of the list, up to "," or the end. *num_mailboxes counts it unless it
 * is empty (4.4 obs-mbox-list). */
static enum seal_addr_fault
read_mailbox(struct cursor *c, struct seal_out *domain, unsigned *num_mailboxes)
{
	const struct words words = read_words(c);
	enum seal_addr_fault fault;

	if (words.num == 0 && (is_special(c, ',') || c->token == TOKEN_END))
		return SEAL_ADDR_FINE;
	if (is_special(c, '<'))
		fault = read_angle(c, domain);
	else if (is_special(c, '@'))
		fault = read_at_domain(c, words, domain);
	else if (is_special(c, ':'))
		fault = words.num > 0 ? SEAL_ADDR_GROUP : SEAL_ADDR_SYNTAX;
	else if (is_special(c, ',') || c->token == TOKEN_END)
		fault = SEAL_ADDR_NO_DOMAIN;
	else
		fault = SEAL_ADDR_SYNTAX;
	if (fault == SEAL_ADDR_FINE && !is_special(c, ',') && c->token != TOKEN_END)
		fault = SEAL_ADDR_SYNTAX;
	++*num_mailboxes;
	return fault;
}

enum seal_status
seal_addr_author_domain(struct seal_span value, struct seal_out *domain,
                        enum seal_addr_fault *fault, size_t *at)
{
	struct cursor c = { .text = value };
	uint8_t found[SEAL_DOMAIN_MAX + 1u];
	struct seal_out first = seal_out(found, sizeof found);
	struct seal_out *into = &first;
	uint8_t ignored[SEAL_DOMAIN_MAX + 1u];
	struct seal_out second = seal_out(ignored, sizeof ignored);
	unsigned num_mailboxes = 0;
	enum seal_status status;

	next(&c);
	do {
		if (is_special(&c, ','))
			next(&c);
		*fault = read_mailbox(&c, into, &num_mailboxes);
		if (num_mailboxes > 0)
			into = &second;
	} while (*fault == SEAL_ADDR_FINE && is_special(&c, ','));
	*at = c.start;
	if (*fault == SEAL_ADDR_FINE && num_mailboxes != 1)
		*fault = num_mailboxes == 0 ? SEAL_ADDR_NONE : SEAL_ADDR_SEVERAL;
	if (*fault != SEAL_ADDR_FINE)
		return SEAL_E_PEER;
	status = seal_addr_domain_normalize(seal_out_span(&first), domain);
	if (status == SEAL_E_PEER)
		*fault = SEAL_ADDR_BAD_DOMAIN;
	return status;
}

/* Append one label in lower case, or as an A-label. */
static bool
put_label(struct seal_out *out, struct seal_span label)
{
	const size_t before = out->len;

	if (label.len == 0 || label.len > 4u * SEAL_LABEL_MAX)
		return false;
	if (seal_span_has_8bit(label)) {
		if (!seal_idn_put_a_label(out, label))
			return false;
	} else {
		for (size_t i = 0; i < label.len; i++) {
			const uint8_t c = seal_lower(label.ptr[i]);

			if (!seal_is_let_dig(c) && c != '-' && c != '_')
				return false;
			seal_out_octet(out, c);
		}
		/* RFC 5321 2.3.5: a label begins and ends with a letter or digit. "_" is
		 * tolerated because real hosts have it. */
		if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
			return false;
	}
	return out->overflow || out->len - before <= SEAL_LABEL_MAX;
}

enum seal_status
seal_addr_domain_normalize(struct seal_span domain, struct seal_out *out)
{
	const size_t before = out->len;
	bool fine = domain.len > 0;

	if (domain.len > 1 && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	while (fine) {
		const size_t len = seal_span_find(domain, '.');

		fine = put_label(out, seal_span_first(domain, len));
		if (len == domain.len)
			break;
		seal_out_octet(out, '.');
		domain = seal_span_from(domain, len + 1);
	}
	if (fine && !out->overflow && out->len - before <= SEAL_DOMAIN_MAX - 2u)
		return SEAL_OK;
	out->len = before;
	/* text that does not fit the longest name is no name */
	return fine && out->overflow && out->cap - before < SEAL_DOMAIN_MAX ? SEAL_E_LIMIT : SEAL_E_PEER;
}

bool
seal_addr_domain_within(struct seal_span domain, struct seal_span parent)
{
	if (seal_span_equal_nocase(domain, parent))
		return true;
	return domain.len > parent.len + 1u && seal_span_ends_nocase(domain, parent) &&
	       domain.ptr[domain.len - parent.len - 1u] == '.';
}
