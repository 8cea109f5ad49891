/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/setting.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/gateway/policy.h"
#include "tests/sim/dice.h"
#include "tests/sim/values.h"

enum { AUTH_NONE, AUTH_ANY, AUTH_OFFERED, AUTH_REQUIRED };

/* By number of the key. The last two belong to one client section each. */
static const char *const KEY_DOMAINS[KEYS_MAX] = {
	"a.example", "below.example", "two.example", "two.example", "co.example", "dns.example", "", "only0.example",
	"only1.example"
};

const char *
setting_key_domain(unsigned number)
{
	return KEY_DOMAINS[number];
}

unsigned
setting_key_number(struct seal_span selector)
{
	return selector.len == 2 && selector.ptr[0] == 'k' ? (unsigned)selector.ptr[1] - '0' : KEYS_MAX;
}

const char *
setting_author(unsigned author, unsigned section)
{
	static const char *const NAMES[] = {
		[AUTHOR_SIGNED] = "a.example", [AUTHOR_BELOW] = "x.below.example", [AUTHOR_TWO_KEYS] = "two.example",
		[AUTHOR_COSIGNED] = "co.example", [AUTHOR_WATCHED] = "dns.example", [AUTHOR_PASS] = "pass.example",
		[AUTHOR_NO_KEY] = "bare.example", [AUTHOR_OFF] = "off.example", [AUTHOR_STRANGER] = "stranger.example"
	};

	if (author == AUTHOR_ANOTHERS)
		return section == 0 ? "only1.example" : "only0.example";
	return NAMES[author];
}

struct signers
setting_signers(const struct setting *s, unsigned author)
{
	const bool is_absent = s->record == RECORD_ABSENT || s->record == RECORD_OTHER || s->record == RECORD_SEVERAL;

	switch (author) {
	case AUTHOR_SIGNED:
		return (struct signers){ { 0, 0 }, 1, 0 };
	case AUTHOR_BELOW:
		return (struct signers){ { 1, 0 }, 1, 0 };
	case AUTHOR_TWO_KEYS:
		return (struct signers){ { 3, 2 }, s->sign_all ? 2u : 1u, 0 };
	case AUTHOR_COSIGNED:
		return (struct signers){ { 4, 0 }, 2, 0 };
	case AUTHOR_WATCHED:
		return (struct signers){ { 5, 0 }, 1, s->activation != 0 && is_absent ? 451u : 0u };
	case AUTHOR_PASS:
	case AUTHOR_OFF:
		return (struct signers){ { 0, 0 }, 0, 0 };
	default:
		return (struct signers){ { 0, 0 }, 0, 550 };
	}
}

/* --- the text ------------------------------------------------------------------------------ */

static size_t text_len;

static void __attribute__((format(printf, 2, 3)))
emit(struct setting *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_len += (size_t)vsnprintf(s->text + text_len, sizeof s->text - text_len, format, args);
	va_end(args);
	if (text_len >= sizeof s->text)
		abort();
}

static void
put_gateway(struct setting *s, bool knows_names)
{
	static const char *const TLS[] = { "none", "starttls", "implicit" };
	static const char *const AUTH[] = { "none", "plain", "login", "xoauth2" };
	const unsigned max_size = dice_draw(DIM_MAX_SIZE);

	s->hop_tls = dice_draw(DIM_HOP_TLS);
	s->hop_auth = dice_draw(DIM_HOP_AUTH);
	s->hop_name = dice_draw_up_to(DIM_HOP_NAME, knows_names ? NAME_LATER : NAME_NONE);
	s->masked = dice_draw(DIM_LOG) != 0;
	s->max_size = max_size == 0 ? 1024u : 25u * 1024u * 1024u;
	emit(s, "[gateway]\nhostname = gw.example\nnext-hop = %s:25\nlog-addresses = %s\ncertificate = c.pem\n"
	    "certificate-key = c.key\nlisten-tls = 0.0.0.0:465\nmax-size = %s\n",
	    s->hop_name == NAME_ADDRESS ? "192.0.2.25" : "hop.example", s->masked ? "masked" : "full",
	    max_size == 0 ? "1K" : "25M");
	emit(s, "[next-hop]\ntls = %s\nauth = %s\n", TLS[s->hop_tls], AUTH[s->hop_auth]);
	if (s->hop_tls != 0)
		emit(s, "name = hop.example\n");
	if (s->hop_auth != 0)
		emit(s, "user = us\nsecret = s.txt\n%s", s->hop_tls == 0 ? "auth-in-clear = yes\n" : "");
}

static void
put_domain(struct setting *s, unsigned key, const char *more)
{
	static const char *const CANON[] = { "relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple" };

	emit(s, "[domain %s]\nselector = k%u\nkey = k%u.pem\ncanonicalization = %s\n%s", KEY_DOMAINS[key], key, key,
	    CANON[(s->canon + key) % 4u], more);
}

static void
put_domains(struct setting *s)
{
	s->canon = dice_draw(DIM_CANON);
	s->sign_all = dice_draw(DIM_SIGN_WITH);
	s->activation = dice_draw(DIM_ACTIVATION);
	s->record = s->activation != 0 ? dice_draw(DIM_RECORD) : 0;
	put_domain(s, 0, "headers = From, To, X-Twice\noversign = Subject\n");
	put_domain(s, 1, "subdomains = yes\n");
	put_domain(s, 2, "");
	put_domain(s, 3, s->sign_all ? "sign-with = all\n" : "expire = 7d\n");
	put_domain(s, 4, "cosign = a.example\n");
	put_domain(s, 5, s->activation != 0 ? "activation = dns\n" : "timestamp = no\n");
	put_domain(s, 7, "");
	put_domain(s, 8, "");
	emit(s, "[domain pass.example]\nunsigned = pass\n[domain bare.example]\n[domain off.example]\nsign = off\n");
}

static void
put_section(struct setting *s, unsigned i)
{
	static const char *const TLS[] = { "hidden", "offered", "required" };
	static const char *const AUTH[] = { "none", "any", "offered", "required" };
	static const char *const RATES[] = { "2/min", "60/min", "1000/s" };
	static const char *const ADD[] = { "", "add = date\n", "add = date, message-id\n" };
	static const char *const PATIENCE[] = { "10s", "60s", "20m" };
	static const unsigned PATIENCE_S[] = { 10, 60, 1200 };
	struct section *c = &s->sections[i];
	const unsigned rate = dice_draw(DIM_RATE);
	const unsigned patience = dice_draw(DIM_PATIENCE);
	const unsigned add = dice_draw(DIM_ADD);

	c->tls = dice_draw(DIM_SECTION_TLS);
	c->auth = dice_draw(DIM_SECTION_AUTH);
	c->patience_s = PATIENCE_S[patience];
	c->rate_count = (unsigned[]){ 2, 60, 1000 }[rate];
	c->rate_period_s = rate == 2 ? 1 : 60;
	c->normalize = dice_draw(DIM_BARE_LF) != 0;
	c->refuse_long_lines = dice_draw(DIM_LONG_LINES) != 0;
	c->pass_8bit_header = dice_draw(DIM_8BIT_HEADER) != 0;
	c->add_date = add > 0;
	c->add_id = add > 1;
	emit(s, "[client s%u]\nnetwork = 10.%u.0.0/24\nrate = %s\npatience = %s\nbare-newline = %s\nlong-lines = %s\n"
	    "8bit-header = %s\n%stls = %s\nauth = %s\n", i, i, RATES[rate], PATIENCE[patience],
	    c->normalize ? "normalize" : "refuse", c->refuse_long_lines ? "refuse" : "sign",
	    c->pass_8bit_header ? "pass" : "refuse", ADD[add], TLS[c->tls], AUTH[c->auth]);
	emit(s, "from = a.example, *.below.example, two.example, co.example, dns.example, pass.example,\n"
	    " bare.example, off.example, only%u.example\n", i);
	if (c->auth > AUTH_ANY)
		emit(s, "auth-in-clear = yes\nlogin = "
		    "ali:pbkdf2-sha256:1000:MDEyMzQ1Njc4OWFiY2RlZg==:G/KrtQBwUelKajvI4KfYvtMovTUai6EhRKHwhbEk0ps=\n");
}

static void
parse(struct setting *s)
{
	static struct seal_config_client clients[SECTIONS];
	static struct seal_config_domain domains[KEYS_MAX + 4u];
	struct seal_config_error error;

	s->config = (struct seal_config){
		.clients = clients, .clients_cap = SECTIONS, .domains = domains, .domains_cap = KEYS_MAX + 4u
	};
	if (seal_config_parse(&s->config, seal_span((const uint8_t *)s->text, text_len), &error) == SEAL_OK)
		return;
	fprintf(stderr, "sim: configuration line %u: %s expected\n%s", error.line, error.expected, s->text);
	abort();
}

void
setting_make(struct setting *s, bool knows_names)
{
	static const unsigned OFFERS[] = { 0, OFFER_8BITMIME, OFFER_8BITMIME | OFFER_SMTPUTF8 | OFFER_DSN };
	static const unsigned SIZES[] = { 0, 6000, 100000 };

	text_len = 0;
	memset(s->sections, 0, sizeof s->sections);
	put_gateway(s, knows_names);
	put_domains(s);
	for (unsigned i = 0; i < SECTIONS; i++)
		put_section(s, i);
	s->offers = OFFERS[dice_draw(DIM_HOP_OFFERS)];
	s->hop_size = SIZES[dice_draw(DIM_HOP_SIZE)];
	s->later_offers = dice_draw(DIM_HOP_FORGETS) == 0 ? s->offers : s->offers & OFFER_8BITMIME & dice_below(2);
	parse(s);
}
