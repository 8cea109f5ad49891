/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config/config_keys.h"
#include "tests/unit/test.h"

#define GATEWAY "[gateway]\nhostname = gw.example.com\nnext-hop = mx.example.net\n"
#define DOMAIN  "[domain example.com]\nselector = s1\nkey = s1.pem\n"
#define CLIENT  "[client printer]\nnetwork = 192.0.2.0/24\nfrom = example.com\n"
#define BASE    GATEWAY DOMAIN CLIENT

#define TLS "[next-hop]\ntls = starttls\n"
#define CERT "[gateway]\nhostname = gw.example.com\nnext-hop = mx.example.net\ncertificate = c.pem\n" \
	"certificate-key = k.pem\n"

#define DIGEST "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ZEROS  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HASHED ":pbkdf2-sha256:1000:c2FsdHNhbHQ=:" ZEROS

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define L46 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst"

#define TEXT_CAP 3072u
#define DUMP_CAP ((SEAL_CONFIG_SECRET_MAX + 4u) / 2u)

static const char sample[] =
	"# a gateway for two domains\n"
	"[gateway]\n"
	"hostname = gw.example.com\n"
	"listen = 192.0.2.1:2525\n"
	"next-hop = mx.example.net:587\n"
	"max-size = 10M\n"
	"address = 192.0.2.1/24\n"
	"router = 192.0.2.254\n"
	"dns-server = 192.0.2.53:5353\n"
	"time-server = ntp.example.net\n"
	"log-server = 192.0.2.9\n"
	"log-addresses = masked\n"
	"certificate = tls/chain.pem\n"
	"certificate-key = tls/key.pem\n"
	"listen-tls = 192.0.2.1:4465\n"
	"[next-hop]\n"
	"tls = implicit\n"
	"ca = tls/ca.pem\n"
	"pin = " DIGEST ",\n"
	"  sha256/" ZEROS "\n"
	"name = smtp.example.net\n"
	"auth = xoauth2\n"
	"user = gw@example.com\n"
	"secret = token\n"
	"auth-in-clear = yes\n"
	"\n"
	"; comments may begin like this too\n"
	"[client printers]\n"
	"network = 192.0.2.0/25, 198.51.100.7,\n"
	"\t203.0.113.0/24\n"
	"from = example.com,\n"
	"  *.example.com\n"
	"rate = 10/min\n"
	"patience = 90s\n"
	"bare-newline = normalize\n"
	"long-lines = refuse\n"
	"8bit-header = pass\n"
	"add = date, message-id\n"
	"tls = required\n"
	"auth = required\n"
	"auth-in-clear = yes\n"
	"login = joe" HASHED ",\n"
	"  ann@example.com" HASHED "\n"
	"   \n"
	"[client scanner]\n"
	"network = 10.0.0.0/8\n"
	"from = B\xC3\xBC" "cher.example\n"
	"[domain example.com]\n"
	"selector = old.2025\n"
	"key = keys/old #1.pem\n"
	"[ domain  EXAMPLE.com. ]\n"
	"selector = new\n"
	"key = new.pem\n"
	"canonicalization = relaxed/simple\n"
	"headers = Subject,\n\tDate\n"
	"oversign = From\n"
	"identity = mail@sub.example.com\n"
	"expire = 7d\n"
	"timestamp = yes\n"
	"query-method = yes\n"
	"subdomains = yes\n"
	"unsigned = pass\n"
	"sign-with = all\n"
	"cosign = example.net,\n"
	" example.org\n"
	"activation = dns\n"
	"hold = 36h\n"
	"made = 2026-11-28\n"
	"rotate-after = 180d\n"
	"sign = on\n"
	"[domain b\xC3\xBC" "cher.example]\n"
	"unsigned = pass\n"
	"sign = off\n"
	"[domain example.net]\n"
	"selector = n\n"
	"key = n.pem\n"
	"[domain example.org]\n"
	"selector = o\n"
	"key = o.pem\n";

static struct seal_config_client clients[3];
static struct seal_config_domain domains[5];
static struct seal_config cfg;
static struct seal_config_error error;
static uint8_t text[TEXT_CAP];
static uint8_t dumps[2 * DUMP_CAP];

static enum seal_status
parse_span(struct seal_span s)
{
	memset(&cfg, 0xA5, sizeof cfg); /* members that are not the caller's are overwritten */
	cfg.clients = clients;
	cfg.clients_cap = sizeof clients / sizeof clients[0];
	cfg.domains = domains;
	cfg.domains_cap = sizeof domains / sizeof domains[0];
	return seal_config_parse(&cfg, s, &error);
}

static struct seal_span
config_span_of(const char *s)
{
	return seal_span((const uint8_t *)s, s == NULL ? 0 : strlen(s));
}

static enum seal_status
parse(const char *s)
{
	return parse_span(config_span_of(s));
}

/* Copies of a text end where `text` ends, so that a read beyond them is found. */
static struct seal_span
copy(const char *s, size_t len)
{
	return seal_span(memcpy(text + sizeof text - len, s, len), len);
}

/* The text with CRLF line ends, after `mark`. */
static struct seal_span
with_crlf(const char *s, const char *mark)
{
	struct seal_out out = seal_out(text, sizeof text);

	seal_out_span_put(&out, config_span_of(mark));
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			seal_out_octet(&out, '\r');
		seal_out_octet(&out, (uint8_t)*s);
	}
	CHECK(!out.overflow);
	memmove(text + sizeof text - out.len, text, out.len);
	return seal_span(text + sizeof text - out.len, out.len);
}

/* --- valid texts ------------------------------------------------------------- */

TEST(every_key_of_gateway_is_read)
{
	const struct seal_config_gateway *g = &cfg.gateway;

	CHECK_EQ(parse(sample), SEAL_OK);
	CHECK_EQ(error.line, 0);
	CHECK_SPAN(g->hostname, "gw.example.com");
	CHECK_SPAN(g->listen.host, "192.0.2.1");
	CHECK_EQ(g->listen.port, 2525);
	CHECK_SPAN(g->next_hop.host, "mx.example.net");
	CHECK_EQ(g->next_hop.port, 587);
	CHECK_EQ(g->max_size, 10u * 1024u * 1024u);
	CHECK_SPAN(g->address, "192.0.2.1/24");
	CHECK_SPAN(g->router, "192.0.2.254");
	CHECK_SPAN(g->dns_server.host, "192.0.2.53");
	CHECK_EQ(g->dns_server.port, 5353);
	CHECK_SPAN(g->time_server, "ntp.example.net");
	CHECK_SPAN(g->log_server.host, "192.0.2.9");
	CHECK_EQ(g->log_server.port, 514);
	CHECK(g->mask_addresses);
	CHECK_SPAN(g->certificate, "tls/chain.pem");
	CHECK_SPAN(g->certificate_key, "tls/key.pem");
	CHECK_SPAN(g->listen_tls.host, "192.0.2.1");
	CHECK_EQ(g->listen_tls.port, 4465);
}

TEST(every_key_of_next_hop_is_read)
{
	const struct seal_config_next_hop *hop = &cfg.next_hop;

	CHECK_EQ(parse(sample), SEAL_OK);
	CHECK_EQ(hop->tls, SEAL_SMTPC_TLS_IMPLICIT);
	CHECK_SPAN(hop->ca, "tls/ca.pem");
	CHECK_SPAN(hop->pin, DIGEST ",\n  sha256/" ZEROS);
	CHECK_SPAN(hop->name, "smtp.example.net");
	CHECK_EQ(hop->auth, SEAL_SMTPC_AUTH_XOAUTH2);
	CHECK_SPAN(hop->user, "gw@example.com");
	CHECK_SPAN(hop->secret, "token");
	CHECK_EQ(hop->secret_helper.len, 0);
	CHECK(hop->clear_auth);
	CHECK_EQ(parse(GATEWAY "[next-hop]\ntls = none\nauth = plain\nuser = a b\nauth-in-clear = yes\n"
	               "secret-helper = /bin/token --for smtp\n"), SEAL_OK);
	CHECK_EQ(hop->tls, SEAL_SMTPC_TLS_NONE);
	CHECK_EQ(hop->auth, SEAL_SMTPC_AUTH_PLAIN);
	CHECK_SPAN(hop->user, "a b");
	CHECK_SPAN(hop->secret_helper, "/bin/token --for smtp");
	CHECK_EQ(parse(TLS "auth = login\nuser = u\nsecret = s\n" GATEWAY), SEAL_OK);
	CHECK_EQ(hop->tls, SEAL_SMTPC_TLS_STARTTLS);
	CHECK_EQ(hop->auth, SEAL_SMTPC_AUTH_LOGIN);
	CHECK_EQ(parse(GATEWAY TLS "auth = none\nauth-in-clear = no\n"), SEAL_OK);
	CHECK_EQ(hop->auth, SEAL_SMTPC_AUTH_NONE);
}

static struct seal_network networks[SEAL_CONFIG_NETWORKS_MAX];

/* Into `networks`; how many. */
static size_t
networks_of(const struct seal_config_client *c)
{
	struct seal_span rest = c->networks;
	struct seal_span item;
	size_t num = 0;

	while (num < SEAL_CONFIG_NETWORKS_MAX && seal_span_split(&rest, ',', &item))
		CHECK(seal_network_read(item, &networks[num++]));
	CHECK(!seal_span_split(&rest, ',', &item));
	return num;
}

TEST(every_key_of_client_is_read)
{
	const struct seal_config_client *c = &clients[0];
	struct seal_span from;
	struct seal_span item;

	CHECK_EQ(parse(sample), SEAL_OK);
	CHECK_EQ(cfg.num_clients, 2);
	CHECK_SPAN(c->name, "printers");
	CHECK_EQ(networks_of(c), 3);
	CHECK_EQ(seal_ip_to_v4(&networks[0].address), 0xC0000200u);
	CHECK_EQ(networks[0].prefix_len, 96 + 25);
	CHECK_EQ(seal_ip_to_v4(&networks[1].address), 0xC6336407u);
	CHECK_EQ(networks[1].prefix_len, 96 + 32);
	CHECK_EQ(seal_ip_to_v4(&networks[2].address), 0xCB007100u);
	CHECK_EQ(networks[2].prefix_len, 96 + 24);
	from = c->from;
	CHECK(seal_span_split(&from, ',', &item));
	CHECK_SPAN(item, "example.com");
	CHECK(seal_span_split(&from, ',', &item));
	CHECK_SPAN(item, "*.example.com");
	CHECK(!seal_span_split(&from, ',', &item));
	CHECK_EQ(c->rate_count, 10);
	CHECK_EQ(c->rate_period_s, 60);
	CHECK_EQ(c->patience_s, 90);
	CHECK_EQ(c->bare_lf, SEAL_BARE_LF_NORMALIZE);
	CHECK(c->refuse_long_lines);
	CHECK(c->pass_8bit_header);
	CHECK(c->add_date);
	CHECK(c->add_message_id);
	CHECK_EQ(c->tls, SEAL_SMTPD_REQUIRED);
	CHECK_EQ(c->auth, SEAL_SMTPD_REQUIRED);
	CHECK(!c->any_login && c->clear_login);
	CHECK_SPAN(c->login, "joe" HASHED ",\n  ann@example.com" HASHED);
	CHECK_EQ(clients[1].tls, SEAL_SMTPD_OFFERED);
	CHECK_EQ(clients[1].auth, SEAL_SMTPD_HIDDEN);
}

TEST(a_client_is_offered_what_its_section_allows)
{
	static const struct {
		const char *text;
		enum seal_smtpd_offer tls, auth;
		bool any, clear;
	} rows[] = {
		{ CERT DOMAIN CLIENT, SEAL_SMTPD_OFFERED, SEAL_SMTPD_HIDDEN, false, false },
		{ DOMAIN CLIENT CERT, SEAL_SMTPD_OFFERED, SEAL_SMTPD_HIDDEN, false, false },
		{ DOMAIN CLIENT "tls = required\n" CERT, SEAL_SMTPD_REQUIRED, SEAL_SMTPD_HIDDEN, false, false },
		{ CERT DOMAIN CLIENT "tls = offered\n", SEAL_SMTPD_OFFERED, SEAL_SMTPD_HIDDEN, false, false },
		{ CERT DOMAIN CLIENT "tls = hidden\n", SEAL_SMTPD_HIDDEN, SEAL_SMTPD_HIDDEN, false, false },
		{ BASE "tls = hidden\n", SEAL_SMTPD_HIDDEN, SEAL_SMTPD_HIDDEN, false, false },
		{ BASE "auth = none\n", SEAL_SMTPD_HIDDEN, SEAL_SMTPD_HIDDEN, false, false },
		{ BASE "auth = any\n", SEAL_SMTPD_HIDDEN, SEAL_SMTPD_OFFERED, true, false },
		{ BASE "auth = offered\nauth-in-clear = yes\nlogin = a" HASHED "\n",
		  SEAL_SMTPD_HIDDEN, SEAL_SMTPD_OFFERED, false, true },
		{ CERT DOMAIN CLIENT "auth = required\nauth-in-clear = no\nlogin = a" HASHED "\n",
		  SEAL_SMTPD_OFFERED, SEAL_SMTPD_REQUIRED, false, false },
		{ CERT "listen-tls = 0.0.0.0\n" DOMAIN CLIENT "tls = hidden\nauth = required\nlogin = a" HASHED "\n",
		  SEAL_SMTPD_HIDDEN, SEAL_SMTPD_REQUIRED, false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!CHECK_EQ(parse(rows[i].text), SEAL_OK))
			CHECK_SPANS(config_span_of(error.expected), error.found);
		CHECK_EQ(clients[0].tls, rows[i].tls);
		CHECK_EQ(clients[0].auth, rows[i].auth);
		CHECK_EQ(clients[0].any_login, rows[i].any);
		CHECK_EQ(clients[0].clear_login, rows[i].clear);
	}
	CHECK_EQ(cfg.gateway.listen_tls.port, 465);
}

TEST(every_key_of_domain_is_read)
{
	const struct seal_config_domain *d = &domains[1];
	struct seal_span cosign;
	struct seal_span item;

	CHECK_EQ(parse(sample), SEAL_OK);
	CHECK_EQ(cfg.num_domains, 5);
	CHECK_SPAN(domains[0].selector, "old.2025");
	CHECK_SPAN(domains[0].key, "keys/old #1.pem");
	CHECK_SPAN(d->name, "EXAMPLE.com.");
	CHECK_SPAN(d->selector, "new");
	CHECK_SPAN(d->key, "new.pem");
	CHECK_EQ(d->header_canon, SEAL_CANON_RELAXED);
	CHECK_EQ(d->body_canon, SEAL_CANON_SIMPLE);
	CHECK_SPAN(d->fields.present, "Subject,\n\tDate");
	CHECK_SPAN(d->fields.oversigned, "From");
	CHECK_SPAN(d->identity, "mail@sub.example.com");
	CHECK_EQ(d->lifetime_s, 7u * 86400u);
	CHECK(d->timestamp);
	CHECK(d->query_method);
	CHECK(d->subdomains);
	CHECK(d->pass_unsigned);
	CHECK(d->all_keys);
	CHECK_EQ(d->activation, SEAL_ACTIVATION_DNS);
	CHECK(seal_config_is_watched(d) && !seal_config_is_watched(&domains[0]));
	CHECK_EQ(d->hold_s, 36u * 3600u);
	CHECK_EQ(d->made_day, 20785u);
	CHECK_EQ(d->rotate_after_s, 180u * 86400u);
	CHECK(!d->sign_off);
	CHECK(domains[2].sign_off);
	cosign = d->cosign;
	CHECK(seal_span_split(&cosign, ',', &item));
	CHECK_SPAN(item, "example.net");
	CHECK(seal_span_split(&cosign, ',', &item));
	CHECK_SPAN(item, "example.org");
	CHECK(!seal_span_split(&cosign, ',', &item));
}

TEST(missing_keys_have_their_defaults)
{
	const struct seal_config_gateway *g = &cfg.gateway;
	const struct seal_config_domain *d = &domains[0];

	CHECK_EQ(parse(BASE), SEAL_OK);
	CHECK_SPAN(g->listen.host, "0.0.0.0");
	CHECK_EQ(g->listen.port, 25);
	CHECK_EQ(g->next_hop.port, 25);
	CHECK_EQ(g->max_size, 25u * 1024u * 1024u);
	CHECK_SPAN(g->address, "dhcp");
	CHECK_EQ(g->router.len + g->dns_server.host.len + g->time_server.len + g->log_server.host.len, 0);
	CHECK(!g->mask_addresses);
	CHECK_EQ(g->certificate.len + g->certificate_key.len + g->listen_tls.host.len + g->listen_tls.port, 0);
	CHECK_EQ(cfg.next_hop.tls, SEAL_SMTPC_TLS_NONE);
	CHECK_EQ(cfg.next_hop.auth, SEAL_SMTPC_AUTH_NONE);
	CHECK_EQ(cfg.next_hop.user.len + cfg.next_hop.name.len + cfg.next_hop.ca.len + cfg.next_hop.pin.len, 0);
	CHECK_EQ(clients[0].tls, SEAL_SMTPD_HIDDEN);
	CHECK_EQ(clients[0].auth, SEAL_SMTPD_HIDDEN);
	CHECK(!clients[0].any_login && !clients[0].clear_login && clients[0].login.len == 0);
	CHECK_EQ(clients[0].rate_count, 60);
	CHECK_EQ(clients[0].rate_period_s, 60);
	CHECK_EQ(clients[0].patience_s, 600);
	CHECK_EQ(clients[0].bare_lf, SEAL_BARE_LF_REFUSE);
	CHECK(!clients[0].refuse_long_lines && !clients[0].pass_8bit_header);
	CHECK(!clients[0].add_date && !clients[0].add_message_id);
	CHECK_EQ(d->header_canon, SEAL_CANON_RELAXED);
	CHECK_EQ(d->body_canon, SEAL_CANON_RELAXED);
	CHECK_SPAN(d->fields.present, SEAL_SELECT_PRESENT);
	CHECK_SPAN(d->fields.oversigned, SEAL_SELECT_OVERSIGNED);
	CHECK_EQ(d->identity.len + d->cosign.len, 0);
	CHECK_EQ(d->lifetime_s, 0);
	CHECK(d->timestamp);
	CHECK(!d->query_method && !d->subdomains && !d->pass_unsigned && !d->all_keys);
	CHECK(!d->sign_off);
	CHECK_EQ(d->activation, SEAL_ACTIVATION_IMMEDIATE);
	CHECK_EQ(d->hold_s, 86400u);
	CHECK(!seal_config_domain_has(d, "hold") && !seal_config_domain_has(d, "rotate-after"));
	CHECK(seal_config_domain_has(d, "key"));
	CHECK_EQ(d->made_day, 0);
	CHECK_EQ(d->rotate_after_s, 365u * 86400u);
	CHECK(!seal_config_key_is_on_device(d));
}

TEST(a_gateway_alone_is_enough_and_relays_nothing)
{
	CHECK_EQ(parse(GATEWAY), SEAL_OK);
	CHECK_EQ(cfg.num_clients, 0);
	CHECK_EQ(cfg.num_domains, 0);
}

TEST(the_last_line_needs_no_line_end)
{
	CHECK_EQ(parse("[gateway]\nhostname = gw.example\nnext-hop = mx.example"), SEAL_OK);
	CHECK_SPAN(cfg.gateway.next_hop.host, "mx.example");
	CHECK_EQ(parse("[gateway]\nhostname = gw.example\nnext-hop = mx.example\r"), SEAL_OK);
	CHECK_SPAN(cfg.gateway.next_hop.host, "mx.example");
}

TEST(values_at_their_limits_are_accepted)
{
	static const char *const good[] = {
		GATEWAY "max-size = 1\n", GATEWAY "max-size = 18446744073709551615\n",
		GATEWAY "max-size = 18014398509481983K\n",
		GATEWAY "listen = 0.0.0.0:1\n", GATEWAY "listen = 255.255.255.255:65535\n",
		GATEWAY "address = 10.0.0.7/0\n", GATEWAY "address = 10.0.0.7/32\n",
		GATEWAY "time-server = 192.0.2.1\n", GATEWAY "log-server = log:65535\n",
		BASE "rate = 1/d\n", BASE "rate = 4294967295/s\n", BASE "rate = 5/h\n",
		BASE "patience = 1s\n", BASE "patience = 49710d\n", BASE "patience = 2h\n",
		BASE "add = message-id\n", BASE "8bit-header = refuse\n", BASE "long-lines = sign\n",
		GATEWAY DOMAIN "expire = 4294967295s\n", GATEWAY DOMAIN "timestamp = no\n",
		GATEWAY DOMAIN "canonicalization = simple/simple\n",
		GATEWAY DOMAIN "canonicalization = simple/relaxed\n",
		GATEWAY DOMAIN "canonicalization = relaxed/relaxed\n",
		GATEWAY DOMAIN "headers =\n", GATEWAY DOMAIN "headers = From\noversign =\n",
		GATEWAY DOMAIN "oversign = FROM , X-Any\n", GATEWAY DOMAIN "headers = Subject\n",
		GATEWAY DOMAIN "identity = @example.com\n", GATEWAY DOMAIN "identity = a.b+c@EXAMPLE.com\n",
		GATEWAY DOMAIN "sign-with = newest\nunsigned = refuse\nsubdomains = no\n",
		GATEWAY DOMAIN "cosign = example.com\n",
		GATEWAY "[domain example.com]\n",
		GATEWAY DOMAIN "activation = immediate\n",
		GATEWAY DOMAIN "activation = dns\nhold = 1s\n", GATEWAY DOMAIN "hold = 49710d\nactivation = dns\n",
		GATEWAY DOMAIN "activation = dns\nsign = off\nunsigned = refuse\n",
		GATEWAY DOMAIN "activation = manual\nhold = 2h\n",
		GATEWAY "[domain a]\nselector = s\nkey = device\nactivation = manual\n",
		GATEWAY "[domain a]\nselector = s\nactivation = dns\nkey = device\n",
		GATEWAY DOMAIN "made = 2000-02-29\n", GATEWAY DOMAIN "rotate-after = 1d\nmade = 9999-12-31\n",
		GATEWAY "[domain a]\nsign = off\n", GATEWAY "[domain a]\nsign = off\n" DOMAIN,
		GATEWAY DOMAIN "sign = off\n[domain example.COM.]\nsign = off\n",
		GATEWAY DOMAIN "activation = dns\n[domain example.com]\nselector = s2\nkey = k\n",
		GATEWAY "[domain xyz." L46 ".]\nselector = " L63 "." L63 "." L63 "\nkey = k\n",
		BASE "add =\n date,\n message-id,\n\tdate\n",
		CERT "listen-tls = 192.0.2.1:1\n", CERT "[next-hop]\ntls = none\n",
		GATEWAY TLS "pin = " DIGEST "\n", GATEWAY TLS "pin = " DIGEST "," DIGEST "," DIGEST "," DIGEST "\n",
		GATEWAY TLS "name = mx.example.net\nca = ca.pem\n",
		"[gateway]\nhostname = a\nnext-hop = 192.0.2.1:465\n[next-hop]\ntls = implicit\nname = mx.example\n",
		TLS "pin = " DIGEST "\n" "[gateway]\nhostname = a\nnext-hop = 192.0.2.1\n",
		"[gateway]\nhostname = a\nnext-hop = 192.0.2.1\n[next-hop]\ntls = none\n",
		GATEWAY "[next-hop]\ntls = none\nauth = login\nuser = u\nsecret = s\nauth-in-clear = yes\n",
		BASE "auth = any\nauth-in-clear = yes\n",
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (!CHECK_EQ(parse(good[i]), SEAL_OK)) {
			CHECK_SPANS(config_span_of(good[i]), config_span_of(""));
			CHECK_SPANS(config_span_of(error.expected), error.found);
		}
	}
}

/* --- errors -------------------------------------------------------------------- */

struct wrong {
	const char *text;
	uint32_t line, column;
	const char *found;
	const char *key;       /* or NULL         */
	const char *expected;  /* its first words */
};

static const struct wrong wrongs[] = {
	/* headings */
	{ "", 1, 1, "", NULL, "a [gateway] section" },
	{ "# nothing\n", 2, 1, "", NULL, "a [gateway] section" },
	{ DOMAIN, 4, 1, "", NULL, "a [gateway] section" },
	{ "hostname = a\n", 1, 1, "hostname", NULL, "a heading such as [gateway]" },
	{ "[gateway\n", 1, 1, "[gateway", NULL, "a heading such as" },
	{ "[gateway] x\n", 1, 1, "[gateway] x", NULL, "a heading such as" },
	{ "[\n", 1, 1, "[", NULL, "a heading such as" },
	{ "[]\n", 1, 2, "", NULL, "[gateway], [next-hop], [client NAME] or [domain NAME]" },
	{ "[ gate way]\n", 1, 3, "gate", NULL, "[gateway], [next-hop], [client NAME] or" },
	{ "[Gateway]\n", 1, 2, "Gateway", NULL, "[gateway], [next-hop], [client NAME] or" },
	{ "[gateway main]\n", 1, 10, "main", NULL, "no name" },
	{ GATEWAY "[gateway]\n", 4, 1, "[gateway]", NULL, "[gateway] once" },
	{ GATEWAY "[client]\n", 4, 8, "", NULL, "a client's name" },
	{ GATEWAY "[client a b]\n", 4, 9, "a b", NULL, "a client's name" },
	{ GATEWAY "[client a]]\n", 4, 9, "a]", NULL, "a client's name" },
	{ BASE "[client Printer]\n", 10, 9, "Printer", NULL, "each client's name once" },
	{ GATEWAY "[domain]\n", 4, 8, "", NULL, "a domain name" },
	{ GATEWAY "[domain a..b]\n", 4, 9, "a..b", NULL, "a domain name" },
	{ GATEWAY "[domain 192.0.2.1]\n", 4, 9, "192.0.2.1", NULL, "a domain name" },
	{ GATEWAY "[domain 10]\n", 4, 9, "10", NULL, "a domain name" },
	{ GATEWAY "[domain \xFF]\n", 4, 9, "\xFF", NULL, "a domain name" },
	/* lines */
	{ "[gateway]\nhostname\n", 2, 1, "hostname", NULL, "KEY = VALUE" },
	{ "[gateway]\n= x\n", 2, 1, "", NULL, "a key of [gateway]: hostname" },
	{ "[gateway]\nhost name = x\n", 2, 1, "host name", NULL, "a key of [gateway]" },
	{ "[gateway]\n  hostname = x\n", 2, 3, "hostname = x", NULL, "text in the first column" },
	{ " [gateway]\n", 1, 2, "[gateway]", NULL, "text in the first column" },
	{ "[gateway]\nhostname = a\n  b\n", 3, 3, "b", NULL, "a value on one line" },
	{ BASE "add = date,\n\n message-id\n", 12, 2, "message-id", NULL, "text in the first column" },
	{ BASE "add = date,\n# so\n message-id\n", 12, 2, "message-id", NULL, "text in the first" },
	{ BASE "add = date,\n  # so\n message-id\n", 11, 3, "# so", NULL, "an item: comments begin" },
	{ "[gateway]\nhostname = a\x01" "b\n", 2, 13, "\x01", NULL, "text without control characters" },
	{ BASE "add = date,\n message-id\n \x01\n", 12, 2, "\x01", NULL, "text without control" },
	{ "# a\x7F\n", 1, 4, "\x7F", NULL, "text without control characters" },
	{ "[gateway]\nhostname = a\rb\n", 2, 13, "", NULL, "text without control characters" },
	/* keys */
	{ "[gateway]\nport = 25\n", 2, 1, "port", NULL, "a key of [gateway]: hostname, listen" },
	{ "[gateway]\nHostname = a\n", 2, 1, "Hostname", NULL, "a key of [gateway]" },
	{ "[gateway]\nhostnam = a\n", 2, 1, "hostnam", NULL, "a key of [gateway]" },
	{ "[gateway]\nhostnames = a\n", 2, 1, "hostnames", NULL, "a key of [gateway]" },
	{ GATEWAY "[client a]\nhostname = a\n", 5, 1, "hostname", NULL, "a key of [client]: network" },
	{ GATEWAY DOMAIN "signed = off\n", 7, 1, "signed", NULL, "a key of [domain]: selector" },
	{ GATEWAY DOMAIN "l = 100\n", 7, 1, "l", NULL, "a key of [domain]: selector" },
	{ GATEWAY "hostname = b\n", 4, 1, "hostname", NULL, "each key once" },
	{ BASE "from = example.com\n", 10, 1, "from", NULL, "each key once" },
	{ "[gateway]\n", 1, 1, "", "hostname", "our host name" },
	{ "[gateway]\nhostname = a\n", 1, 1, "", "next-hop", "HOST:PORT" },
	{ GATEWAY "\n[client a]\nfrom = b\n", 5, 1, "", "network", "IPv4 networks" },
	{ GATEWAY "\n[client a]\nnetwork = 10.0.0.1\n[domain b]\n", 5, 1, "", "from", "domain names" },
	/* [gateway] */
	{ "[gateway]\nhostname =\n", 2, 11, "", "hostname", "our host name" },
	{ "[gateway]\nhostname = 192.0.2.1\n", 2, 12, "192.0.2.1", "hostname", "our host name" },
	{ "[gateway]\nhostname = gw.example.\n", 2, 12, "gw.example.", "hostname", "our host name" },
	{ "[gateway]\nhostname = a b\n", 2, 12, "a b", "hostname", "our host name" },
	{ "[gateway]\nhostname = b\xC3\xBC" ".example # x\n", 2, 12, "b\xC3\xBC" ".example # x",
	  "hostname", "our host name" },
	{ "[gateway]\nhostname = b\xC3\xBC" ".example\n", 2, 12, "b\xC3\xBC" ".example",
	  "hostname", "our host name in ASCII" },
	{ "[gateway]\nnext-hop = a:0\n", 2, 12, "a:0", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = a:65536\n", 2, 12, "a:65536", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = a:\n", 2, 12, "a:", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = :25\n", 2, 12, ":25", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = a:smtp\n", 2, 12, "a:smtp", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = [2001:db8::1]:25\n", 2, 12, "[2001:db8::1]:25", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = 192.0.2.256\n", 2, 12, "192.0.2.256", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = 10.1\n", 2, 12, "10.1", "next-hop", "HOST:PORT" },
	{ "[gateway]\nlisten = 192.0.2.1\n", 2, 10, "192.0.2.1", "listen", "ADDRESS:PORT" },
	{ "[gateway]\nlisten = localhost:25\n", 2, 10, "localhost:25", "listen", "ADDRESS:PORT" },
	{ "[gateway]\nlisten = 25\n", 2, 10, "25", "listen", "ADDRESS:PORT" },
	{ "[gateway]\nmax-size = 0\n", 2, 12, "0", "max-size", "a number of bytes" },
	{ "[gateway]\nmax-size = 0M\n", 2, 12, "0M", "max-size", "a number of bytes" },
	{ "[gateway]\nmax-size = M\n", 2, 12, "M", "max-size", "a number of bytes" },
	{ "[gateway]\nmax-size = 25m\n", 2, 12, "25m", "max-size", "a number of bytes" },
	{ "[gateway]\nmax-size = 25MB\n", 2, 12, "25MB", "max-size", "a number of bytes" },
	{ "[gateway]\nmax-size = -1\n", 2, 12, "-1", "max-size", "a number of bytes" },
	{ "[gateway]\nmax-size = 1.5M\n", 2, 12, "1.5M", "max-size", "a number of bytes" },
	{ "[gateway]\nmax-size = 18446744073709551616\n", 2, 12, "18446744073709551616", "max-size",
	  "a number of bytes" },
	{ "[gateway]\nmax-size = 18014398509481984K\n", 2, 12, "18014398509481984K", "max-size",
	  "a number of bytes" },
	{ "[gateway]\naddress = 192.0.2.1\n", 2, 11, "192.0.2.1", "address", "dhcp or" },
	{ "[gateway]\naddress = 192.0.2.1/33\n", 2, 11, "192.0.2.1/33", "address", "dhcp or" },
	{ "[gateway]\naddress = auto\n", 2, 11, "auto", "address", "dhcp or" },
	{ "[gateway]\nrouter = r.example\n", 2, 10, "r.example", "router", "an IPv4 address" },
	{ "[gateway]\ndns-server = 192.0.2.1:0\n", 2, 14, "192.0.2.1:0", "dns-server", "an IPv4" },
	{ "[gateway]\ndns-server = ns.example\n", 2, 14, "ns.example", "dns-server", "an IPv4" },
	{ "[gateway]\ntime-server = a..b\n", 2, 15, "a..b", "time-server", "a host name" },
	{ "[gateway]\nlog-server = a:b\n", 2, 14, "a:b", "log-server", "HOST:PORT" },
	{ "[gateway]\nlog-addresses = no\n", 2, 17, "no", "log-addresses", "full or masked" },
	/* [client] */
	{ GATEWAY "[client a]\nnetwork = 192.0.2.77/24\n", 5, 11, "192.0.2.77/24", "network",
	  "an IPv4 network without bits after" },
	{ GATEWAY "[client a]\nnetwork = 10.0.0.0/8, 10.0.0.1/0\n", 5, 23, "10.0.0.1/0", "network",
	  "an IPv4 network without bits after" },
	{ GATEWAY "[client a]\nnetwork = 10.0.0.0/8,\n  2001:db8::/32\n", 6, 3, "2001:db8::/32",
	  "network", "IPv4 networks, A.B.C.D/LEN; IPv6 networks are not supported yet" },
	{ GATEWAY "[client a]\nnetwork = ::ffff:10.0.0.1\n", 5, 11, "::ffff:10.0.0.1", "network",
	  "IPv4 networks, A.B.C.D/LEN; IPv6 networks are not supported yet" },
	{ GATEWAY "[client a]\nnetwork = 2001:db8::/129\n", 5, 11, "2001:db8::/129", "network", "IPv4 networks" },
	{ "[gateway]\nlisten = [::]:25\n", 2, 10, "[::]:25", "listen", "ADDRESS:PORT" },
	{ "[gateway]\nlisten = :::25\n", 2, 10, ":::25", "listen", "ADDRESS:PORT" },
	{ "[gateway]\nnext-hop = [2001:db8::1]:25\n", 2, 12, "[2001:db8::1]:25", "next-hop", "HOST:PORT" },
	{ "[gateway]\nnext-hop = mx.example:\n", 2, 12, "mx.example:", "next-hop", "HOST:PORT" },
	{ "[gateway]\ndns-server = 2001:db8::53\n", 2, 14, "2001:db8::53", "dns-server", "an IPv4" },
	{ "[gateway]\ndns-server = [2001:db8::53]\n", 2, 14, "[2001:db8::53]", "dns-server", "an IPv4" },
	{ "[gateway]\nrouter = fe80::1\n", 2, 10, "fe80::1", "router", "an IPv4 address" },
	{ "[gateway]\naddress = 2001:db8::1/64\n", 2, 11, "2001:db8::1/64", "address", "dhcp or" },
	{ GATEWAY "[client a]\nnetwork = 10.0.0.0/33\n", 5, 11, "10.0.0.0/33", "network", "IPv4 networks" },
	{ GATEWAY "[client a]\nnetwork = 10.0.0.0/\n", 5, 11, "10.0.0.0/", "network", "IPv4 networks" },
	{ GATEWAY "[client a]\nnetwork = 10.0.0/8\n", 5, 11, "10.0.0/8", "network", "IPv4 networks" },
	{ GATEWAY "[client a]\nnetwork = 10.0.0.1,,10.0.0.2\n", 5, 20, "", "network", "IPv4 networks" },
	{ GATEWAY "[client a]\nnetwork = 10.0.0.1\n 10.0.0.2\n", 5, 11, "10.0.0.1", "network",
	  "IPv4 networks" },
	{ GATEWAY "[client a]\nnetwork =\n 10.0.0.1/8\n", 6, 2, "10.0.0.1/8", "network",
	  "an IPv4 network without" },
	{ GATEWAY "[client a]\nnetwork =\n", 5, 10, "", "network", "IPv4 networks" },
	{ GATEWAY "[client a]\nnetwork = 1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,"
	  "1.0.0.8,1.0.0.9\n", 5, 75, "1.0.0.9", "network", "at most eight" },
	{ GATEWAY "[client a]\nfrom = user@example.com\n", 5, 8, "user@example.com", "from", "domain names" },
	{ GATEWAY "[client a]\nfrom = *\n", 5, 8, "*", "from", "domain names, or *.DOMAIN" },
	{ GATEWAY "[client a]\nfrom = *.\n", 5, 8, "*.", "from", "domain names, or *.DOMAIN" },
	{ GATEWAY "[client a]\nfrom = a.example, *.*.example\n", 5, 19, "*.*.example", "from",
	  "domain names" },
	{ GATEWAY "[client a]\nrate = 10\n", 5, 8, "10", "rate", "COUNT/s" },
	{ GATEWAY "[client a]\nrate = 10/m\n", 5, 8, "10/m", "rate", "COUNT/s" },
	{ GATEWAY "[client a]\nrate = 10/\n", 5, 8, "10/", "rate", "COUNT/s" },
	{ GATEWAY "[client a]\nrate = 0/min\n", 5, 8, "0/min", "rate", "COUNT/s" },
	{ GATEWAY "[client a]\nrate = /min\n", 5, 8, "/min", "rate", "COUNT/s" },
	{ GATEWAY "[client a]\nrate = 4294967296/s\n", 5, 8, "4294967296/s", "rate", "COUNT/s" },
	{ GATEWAY "[client a]\npatience = 10\n", 5, 12, "10", "patience", "a duration with its unit" },
	{ GATEWAY "[client a]\npatience = 10 m\n", 5, 12, "10 m", "patience", "a duration" },
	{ GATEWAY "[client a]\npatience = 0s\n", 5, 12, "0s", "patience", "a duration" },
	{ GATEWAY "[client a]\npatience = 49711d\n", 5, 12, "49711d", "patience", "a duration" },
	{ GATEWAY "[client a]\nbare-newline = keep\n", 5, 16, "keep", "bare-newline", "refuse or normalize" },
	{ GATEWAY "[client a]\nlong-lines = fold\n", 5, 14, "fold", "long-lines", "sign or refuse" },
	{ GATEWAY "[client a]\n8bit-header = yes\n", 5, 15, "yes", "8bit-header", "refuse or pass" },
	{ GATEWAY "[client a]\nadd = date, from\n", 5, 13, "from", "add", "date, message-id" },
	{ GATEWAY "[client a]\nadd =\n", 5, 6, "", "add", "date, message-id" },
	{ GATEWAY CLIENT, 6, 8, "example.com", "from", "a domain that a domain section covers" },
	{ GATEWAY DOMAIN "[client a]\nnetwork = 10.0.0.1\nfrom = example.com, a.example.com\n", 9, 21,
	  "a.example.com", "from", "a domain that a domain section covers" },
	{ GATEWAY DOMAIN "[client a]\nnetwork = 10.0.0.1\nfrom = *.example.com\n", 9, 8,
	  "*.example.com", "from", "a domain that a section with subdomains = yes" },
	{ GATEWAY DOMAIN "subdomains = yes\n[client a]\nnetwork = 10.0.0.1\nfrom = *.com\n", 10, 8,
	  "*.com", "from", "a domain that a section with subdomains = yes" },
	/* [domain] */
	{ GATEWAY "[domain a]\nselector = s1\n", 5, 12, "s1", "selector", "a key with" },
	{ GATEWAY "[domain a]\nkey = s1.pem\n", 5, 7, "s1.pem", "key", "a selector with" },
	{ GATEWAY "[domain a]\nkey =\n", 5, 6, "", "key", "the file name" },
	{ GATEWAY "[domain a]\nselector = s_1\n", 5, 12, "s_1", "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = -s\n", 5, 12, "-s", "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = s-\n", 5, 12, "s-", "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = s.\n", 5, 12, "s.", "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = .s\n", 5, 12, ".s", "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = a..s\n", 5, 12, "a..s", "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = s;x\n", 5, 12, "s;x", "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = a" L63 "\n", 5, 12, "a" L63, "selector", "labels of" },
	{ GATEWAY "[domain a]\nselector = " L63 "." L63 "." L63 ".x\n", 5, 12,
	  L63 "." L63 "." L63 ".x", "selector", "labels of" },
	{ GATEWAY "[domain wxyz." L46 "]\nselector = " L63 "." L63 "." L63 "\nkey = k\n", 5, 12,
	  L63 "." L63 "." L63, "selector", "a selector that with ._domainkey" },
	{ GATEWAY "[domain a]\ncanonicalization = relaxed\n", 5, 20, "relaxed", "canonicalization",
	  "HEADER/BODY" },
	{ GATEWAY "[domain a]\ncanonicalization = relaxed/nofws\n", 5, 20, "relaxed/nofws",
	  "canonicalization", "HEADER/BODY" },
	{ GATEWAY "[domain a]\ncanonicalization = simple/simple/simple\n", 5, 20, "simple/simple/simple",
	  "canonicalization", "HEADER/BODY" },
	{ GATEWAY "[domain a]\nheaders = Subject, a b\n", 5, 20, "a b", "headers", "names of header" },
	{ GATEWAY "[domain a]\noversign = From:To\n", 5, 12, "From:To", "oversign", "names of header" },
	{ GATEWAY "[domain a]\noversign = Subject\n", 5, 12, "Subject", "oversign", "From in headers" },
	{ GATEWAY "[domain a]\noversign =\n", 5, 11, "", "oversign", "From in headers" },
	{ GATEWAY "[domain a]\nidentity = a\n", 5, 12, "a", "identity", "LOCAL@DOMAIN" },
	{ GATEWAY "[domain a]\nidentity = @\n", 5, 12, "@", "identity", "LOCAL@DOMAIN" },
	{ GATEWAY "[domain a]\nidentity = a=b@a\n", 5, 12, "a=b@a", "identity", "LOCAL@DOMAIN" },
	{ GATEWAY "[domain a]\nidentity = .a@a\n", 5, 12, ".a@a", "identity", "LOCAL@DOMAIN" },
	{ GATEWAY "[domain a]\nidentity = a.@a\n", 5, 12, "a.@a", "identity", "LOCAL@DOMAIN" },
	{ GATEWAY "[domain a]\nidentity = a;b@a\n", 5, 12, "a;b@a", "identity", "LOCAL@DOMAIN" },
	{ GATEWAY "[domain a.b]\nidentity = x@b\n", 5, 12, "x@b", "identity", "an identity at or below" },
	{ GATEWAY "[domain a.b]\nidentity = x@ca.b\n", 5, 12, "x@ca.b", "identity", "an identity at" },
	{ GATEWAY "[domain a]\nexpire = 7\n", 5, 10, "7", "expire", "a duration" },
	{ GATEWAY "[domain a]\ntimestamp = no\nexpire = 7d\n", 4, 9, "", "expire", "timestamp = yes" },
	{ GATEWAY "[domain a]\ntimestamp = on\n", 5, 13, "on", "timestamp", "yes or no" },
	{ GATEWAY "[domain a]\nquery-method = dns\n", 5, 16, "dns", "query-method", "yes or no" },
	{ GATEWAY "[domain a]\nsubdomains = Yes\n", 5, 14, "Yes", "subdomains", "yes or no" },
	{ GATEWAY "[domain a]\nunsigned = allow\n", 5, 12, "allow", "unsigned", "refuse or pass" },
	{ GATEWAY "[domain a]\nsign-with = oldest\n", 5, 13, "oldest", "sign-with", "newest or all" },
	{ GATEWAY DOMAIN "activation = DNS\n", 7, 14, "DNS", "activation", "immediate, dns or manual" },
	{ GATEWAY "[domain a]\nactivation = dns\n", 4, 9, "", "activation", "a key with activation" },
	{ GATEWAY DOMAIN "activation = dns\nhold = 0s\n", 8, 8, "0s", "hold", "a duration" },
	{ GATEWAY DOMAIN "activation = dns\nhold = 24\n", 8, 8, "24", "hold", "a duration" },
	{ GATEWAY DOMAIN "hold = 24h\n", 4, 9, "", "hold", "activation = dns with hold" },
	{ GATEWAY "[domain a]\nselector = s\nkey = device\n", 6, 7, "device", "key", "activation = dns or manual" },
	{ GATEWAY DOMAIN "made = 2026-02-29\n", 7, 8, "2026-02-29", "made", "a date, YYYY-MM-DD" },
	{ GATEWAY DOMAIN "made = 2026-1-1\n", 7, 8, "2026-1-1", "made", "a date" },
	{ GATEWAY DOMAIN "made = yesterday\n", 7, 8, "yesterday", "made", "a date" },
	{ GATEWAY "[domain a]\nmade = 2026-01-01\n", 4, 9, "", "made", "a key with made" },
	{ GATEWAY DOMAIN "rotate-after = 1d\n", 4, 9, "", "rotate-after", "made, which rotate-after counts" },
	{ GATEWAY DOMAIN "made = 2026-01-01\nrotate-after = 1\n", 8, 16, "1", "rotate-after", "a duration" },
	{ GATEWAY DOMAIN "activation = immediate\nhold = 24h\n", 4, 9, "", "hold", "activation = dns with" },
	{ GATEWAY DOMAIN "sign = no\n", 7, 8, "no", "sign", "on or off" },
	{ GATEWAY DOMAIN "[domain a]\nsign = off\ncosign = example.com\n", 9, 10, "example.com", "cosign",
	  "sign = on, or no cosign" },
	{ GATEWAY DOMAIN "sign = off\n[domain a]\ncosign = example.com\n", 9, 10, "example.com", "cosign",
	  "the name of a domain section with a key" },
	{ GATEWAY DOMAIN "[domain Example.com]\nsign = off\n", 7, 9, "", "sign", "the same in all sections" },
	{ GATEWAY DOMAIN "sign = off\n[domain Example.com]\n", 8, 9, "", "sign", "the same in all sections" },
	{ GATEWAY "[domain a]\ncosign = b, c d\n", 5, 13, "c d", "cosign", "domain names" },
	{ GATEWAY "[domain a]\ncosign = b\n", 5, 10, "b", "cosign", "the name of a domain section with" },
	{ GATEWAY "[domain a]\ncosign = b\n[domain b]\n", 5, 10, "b", "cosign", "the name of a domain" },
	{ GATEWAY DOMAIN "subdomains = yes\n[domain a]\ncosign = example.com, b.example.com\n", 9, 23,
	  "b.example.com", "cosign", "the name of a domain section with a key" },
	{ GATEWAY DOMAIN "[domain EXAMPLE.COM.]\nkey = k\nselector = S1\n", 9, 12, "S1", "selector",
	  "each selector once" },
	{ GATEWAY "[domain a]\n[domain A]\n", 5, 9, "A", NULL, "one section without key" },
	/* certificates */
	{ "[gateway]\ncertificate =\n", 2, 14, "", "certificate", "the file name of a certificate chain" },
	{ "[gateway]\ncertificate-key =\n", 2, 18, "", "certificate-key", "the file name of the certificate's" },
	{ "[gateway]\nlisten-tls = localhost\n", 2, 14, "localhost", "listen-tls", "ADDRESS:PORT" },
	{ "[gateway]\nlisten-tls = 0.0.0.0:0\n", 2, 14, "0.0.0.0:0", "listen-tls", "ADDRESS:PORT" },
	{ GATEWAY "certificate = c.pem\n", 4, 15, "c.pem", "certificate", "a certificate-key with" },
	{ GATEWAY "certificate-key = k.pem\n[domain a]\n", 4, 19, "k.pem", "certificate-key", "a certificate with" },
	{ GATEWAY "listen-tls = 0.0.0.0:465\n", 4, 14, "0.0.0.0", "listen-tls", "a certificate with" },
	/* [next-hop] */
	{ GATEWAY "[next-hop mx]\n", 4, 11, "mx", NULL, "no name: only one [next-hop] exists" },
	{ GATEWAY TLS "[next-hop]\ntls = none\n", 6, 1, "[next-hop]", NULL, "[next-hop] once" },
	{ GATEWAY "[next-hop]\n", 4, 1, "", "tls", "none, starttls or implicit" },
	{ GATEWAY "[next-hop]\nhost = a\n", 5, 1, "host", NULL, "a key of [next-hop]: tls, ca, pin" },
	{ GATEWAY "[next-hop]\ntls = yes\n", 5, 7, "yes", "tls", "none, starttls or implicit" },
	{ GATEWAY "[next-hop]\ntls = STARTTLS\n", 5, 7, "STARTTLS", "tls", "none, starttls or implicit" },
	{ GATEWAY TLS "tls = none\n", 6, 1, "tls", NULL, "each key once" },
	{ GATEWAY TLS "ca =\n", 6, 5, "", "ca", "the file name of CA certificates" },
	{ GATEWAY TLS "pin =\n", 6, 6, "", "pin", "sha256/BASE64 of 32 bytes" },
	{ GATEWAY TLS "pin = " ZEROS "\n", 6, 7, ZEROS, "pin", "sha256/BASE64 of 32 bytes" },
	{ GATEWAY TLS "pin = " DIGEST ", sha1/" ZEROS "\n", 6, 60, "sha1/" ZEROS, "pin", "sha256/BASE64" },
	{ GATEWAY TLS "pin = sha256/AAAA\n", 6, 7, "sha256/AAAA", "pin", "sha256/BASE64 of 32 bytes" },
	{ GATEWAY TLS "pin = sha256/AA" ZEROS "AA\n", 6, 7, "sha256/AA" ZEROS "AA", "pin", "sha256/BASE64" },
	{ GATEWAY TLS "pin = " DIGEST ",\n  " DIGEST ",\n  sha256/\n", 8, 3, "sha256/", "pin", "sha256/BASE64" },
	{ GATEWAY TLS "pin = " DIGEST ",\n " DIGEST ",\n " DIGEST ",\n " DIGEST ",\n " DIGEST "\n", 10, 2, DIGEST,
	  "pin", "at most four pins" },
	{ GATEWAY TLS "name = 192.0.2.1\n", 6, 8, "192.0.2.1", "name", "a domain name in ASCII" },
	{ GATEWAY TLS "name = *.example.net\n", 6, 8, "*.example.net", "name", "a domain name in ASCII" },
	{ GATEWAY TLS "auth = PLAIN\n", 6, 8, "PLAIN", "auth", "none, plain, login or xoauth2" },
	{ GATEWAY TLS "auth = cram-md5\n", 6, 8, "cram-md5", "auth", "none, plain, login or xoauth2" },
	{ GATEWAY TLS "user =\n", 6, 7, "", "user", "the name to log in with" },
	{ GATEWAY TLS "secret =\n", 6, 9, "", "secret", "the file name of a password or token" },
	{ GATEWAY TLS "secret-helper =\n", 6, 16, "", "secret-helper", "a command that prints" },
	{ GATEWAY TLS "auth-in-clear = maybe\n", 6, 17, "maybe", "auth-in-clear", "yes or no" },
	{ GATEWAY TLS "user = u\n", 6, 8, "u", "user", "auth = plain, login or xoauth2 with it" },
	{ GATEWAY TLS "secret = s\n", 6, 10, "s", "secret", "auth = plain, login or xoauth2 with it" },
	{ GATEWAY TLS "secret-helper = s\nauth = none\n", 6, 17, "s", "secret-helper", "auth = plain, login" },
	{ GATEWAY TLS "auth = plain\nsecret = s\n", 4, 1, "", "user", "a user with auth" },
	{ GATEWAY TLS "auth = plain\nuser = u\n", 4, 1, "", "secret", "a secret or a secret-helper with auth" },
	{ GATEWAY TLS "auth = login\nuser = u\nsecret = s\nsecret-helper = h\n" DOMAIN, 9, 17, "h",
	  "secret-helper", "either secret or secret-helper" },
	{ GATEWAY "[next-hop]\nauth = plain\nuser = u\nsecret = s\ntls = none\n", 4, 1, "", "auth-in-clear",
	  "auth-in-clear = yes, as auth is without TLS" },
	{ GATEWAY "[next-hop]\ntls = none\nauth = xoauth2\nuser = u\nsecret = s\nauth-in-clear = no\n", 4, 1, "",
	  "auth-in-clear", "auth-in-clear = yes" },
	{ GATEWAY "[next-hop]\ntls = none\nca = c\n", 6, 6, "c", "ca", "tls = starttls or tls = implicit" },
	{ GATEWAY "[next-hop]\ntls = none\npin = " DIGEST "\n", 6, 7, DIGEST, "pin", "tls = starttls or tls" },
	{ GATEWAY "[next-hop]\ntls = none\nname = mx\n", 6, 8, "mx", "name", "tls = starttls or tls = implicit" },
	{ "[gateway]\nhostname = a\nnext-hop = 192.0.2.1:25\n" TLS "ca = c\n", 3, 12, "192.0.2.1", "next-hop",
	  "a host name, because [next-hop] has neither name nor pin" },
	{ "[next-hop]\ntls = implicit\n[gateway]\nhostname = a\nnext-hop = 192.0.2.1\n", 5, 12, "192.0.2.1",
	  "next-hop", "a host name, because [next-hop] has neither name nor pin" },
	/* what clients are offered */
	{ BASE "tls = yes\n", 10, 7, "yes", "tls", "hidden, offered or required" },
	{ BASE "auth = hidden\n", 10, 8, "hidden", "auth", "none, any, offered or required" },
	{ BASE "auth-in-clear =\n", 10, 16, "", "auth-in-clear", "yes or no" },
	{ BASE "login = joe:secret\n", 10, 9, "joe", "login", "USER:pbkdf2-sha256:ROUNDS:SALT:HASH" },
	{ BASE "login = joe" HASHED ", ann:pbkdf2-sha1:1000:c2FsdHNhbHQ=:" ZEROS "\n", 10, 91, "ann", "login",
	  "USER:pbkdf2-sha256:ROUNDS:SALT:HASH" },
	{ BASE "login = joe" HASHED ",\n  Joe" HASHED ",\n  joe" HASHED "\n", 12, 3, "joe", "login",
	  "each user once in a section" },
	{ BASE "tls = offered\n", 7, 9, "", "tls", "a certificate in [gateway]" },
	{ BASE "tls = required\n", 7, 9, "", "tls", "a certificate in [gateway]" },
	{ BASE "login = a" HASHED "\n", 10, 9, "a", "login", "auth = offered or auth = required with it" },
	{ BASE "auth = none\nlogin = a" HASHED "\n", 11, 9, "a", "login", "auth = offered or auth = required" },
	{ BASE "login = a" HASHED "\nauth = any\n", 10, 9, "a", "login", "auth = offered or auth = required" },
	{ CERT DOMAIN CLIENT "auth = offered\n", 9, 9, "", "login", "a login, as auth is offered or required" },
	{ CERT DOMAIN CLIENT "auth = required\n", 9, 9, "", "login", "a login, as auth is offered or required" },
	{ BASE "auth = offered\nlogin = a" HASHED "\n", 7, 9, "", "auth-in-clear", "auth-in-clear = yes, as auth is" },
	{ CERT DOMAIN CLIENT "tls = hidden\nauth = required\nlogin = a" HASHED "\n", 9, 9, "", "auth-in-clear",
	  "auth-in-clear = yes, as auth is without TLS" },
	/* the first of two errors */
	{ "[gateway]\n[client a]\nbogus = 1\n", 1, 1, "", "hostname", "our host name" },
};

static bool
differs(struct seal_span got, const char *want)
{
	return !seal_span_equal(got, config_span_of(want));
}

static struct seal_span
expected_text(void)
{
	static uint8_t buf[512];
	struct seal_out out = seal_out(buf, sizeof buf);

	seal_config_put_expected(&error, &out);
	CHECK(!out.overflow);
	return seal_out_span(&out);
}

static void
check_wrong(const struct wrong *w, struct seal_span s)
{
	const enum seal_status status = parse_span(s);
	const struct seal_span expected = expected_text();

	if (status != SEAL_E_PEER || error.line != w->line || error.column != w->column ||
	    differs(error.found, w->found) || differs(config_span_of(error.key), w->key) ||
	    differs(seal_span_first(expected, strlen(w->expected)), w->expected)) {
		CHECK_SPANS(expected, config_span_of(w->expected));
		CHECK_SPANS(error.found, config_span_of(w->found));
		CHECK_EQ(error.line, w->line);
		CHECK_EQ(error.column, w->column);
		CHECK_SPANS(config_span_of(w->text), config_span_of("a text that is answered so"));
	}
}

TEST(every_error_names_line_column_found_and_expected)
{
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
		check_wrong(&wrongs[i], copy(wrongs[i].text, strlen(wrongs[i].text)));
}

TEST(errors_are_the_same_with_crlf_line_ends_and_a_byte_order_mark)
{
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
		check_wrong(&wrongs[i], with_crlf(wrongs[i].text, ""));
		check_wrong(&wrongs[i], with_crlf(wrongs[i].text, "\xEF\xBB\xBF"));
	}
}

TEST(host_bits_are_answered_with_the_network_that_was_meant)
{
	CHECK_EQ(parse(GATEWAY "[client a]\nnetwork = 192.0.2.77/24\n"), SEAL_E_PEER);
	CHECK_SPANS(config_span_of(error.meant), config_span_of("192.0.2.0/24"));
	CHECK_EQ(parse(GATEWAY "[client a]\nnetwork = 255.255.255.255/31\n"), SEAL_E_PEER);
	CHECK_SPANS(config_span_of(error.meant), config_span_of("255.255.255.254/31"));
	CHECK_EQ(parse(GATEWAY "[client a]\nnetwork = 192.0.2.77/33\n"), SEAL_E_PEER);
	CHECK_SPANS(config_span_of(error.meant), config_span_of(""));
}

TEST(a_key_in_the_wrong_section_is_shown_with_the_right_one)
{
	static const struct {
		const char *text, *end;
	} rows[] = {
		{ GATEWAY "[client a]\nhold = 3h\n", "login, found hold, which belongs in [domain]" },
		{ GATEWAY "tls = none\n", "listen-tls, found tls, which belongs in [next-hop] or [client]" },
		{ GATEWAY "[client a]\nhostnam = b\n", "login, found hostnam" },
		{ GATEWAY "[domain a]\n= b\n", "sign, found nothing" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct seal_span end = config_span_of(rows[i].end);
		uint8_t buf[512];
		struct seal_out out = seal_out(buf, sizeof buf);

		CHECK_EQ(parse(rows[i].text), SEAL_E_PEER);
		seal_config_explain(&error, &out);
		CHECK(!out.overflow && out.len > end.len);
		CHECK_SPANS(seal_span(buf + out.len - end.len, end.len), end);
	}
}

/* Their own readers refuse nothing, and a required key has none. */
TEST(every_default_is_a_value_of_its_key)
{
	static union {
		struct seal_config_gateway gateway;
		struct seal_config_next_hop next_hop;
		struct seal_config_client client;
		struct seal_config_domain domain;
		uint8_t bytes[1];
	} section;
	size_t num = 0;

	for (size_t i = 0; i < SEAL_CONFIG_NUM_SECTIONS; i++) {
		for (size_t k = 0; k < seal_config_sections[i].num_keys; k++) {
			const struct seal_config_key *key = &seal_config_sections[i].keys[k];
			bool ok;

			if (key->default_value == NULL)
				continue;
			ok = key->read(section.bytes + key->offset, key, config_span_of(key->default_value), &error);
			if (!CHECK(ok) || !CHECK_EQ(key->flags & SEAL_CONFIG_REQUIRED, 0))
				CHECK_SPANS(config_span_of(key->name), config_span_of(""));
			num++;
		}
	}
	CHECK(num > 20);
}

/* --- limits --------------------------------------------------------------------- */

static enum seal_status
parse_comment_of(size_t len)
{
	struct seal_out out = seal_out(text, sizeof text);

	seal_out_text(&out, GATEWAY "#");
	while (out.len < sizeof GATEWAY - 1 + len)
		seal_out_octet(&out, 'x');
	seal_out_text(&out, "\r\n");
	return parse_span(seal_out_span(&out));
}

TEST(a_line_may_have_1024_octets)
{
	CHECK_EQ(parse_comment_of(SEAL_CONFIG_LINE_MAX), SEAL_OK);
	CHECK_EQ(parse_comment_of(SEAL_CONFIG_LINE_MAX + 1), SEAL_E_PEER);
	CHECK_EQ(error.line, 4);
	CHECK_EQ(error.column, 1);
	CHECK_EQ(error.found.len, SEAL_COLUMN_MAX);
}

TEST(a_section_without_room_is_named_and_is_a_limit)
{
	CHECK_EQ(parse(GATEWAY "[domain a]\n[domain b]\n[domain c]\n[domain d]\n[domain e]\n"), SEAL_OK);
	CHECK_EQ(parse(GATEWAY "[domain a]\n[domain b]\n[domain c]\n[domain d]\n[domain e]\n[domain f]\n"),
	         SEAL_E_LIMIT);
	CHECK_EQ(error.line, 9);
	CHECK_SPAN(error.found, "[domain f]");
	CHECK_EQ(parse(GATEWAY "[domain a]\n"
	               "[client a]\nnetwork = 10.0.0.1\nfrom = a\n"
	               "[client b]\nnetwork = 10.0.0.1\nfrom = a\n"
	               "[client c]\nnetwork = 10.0.0.1\nfrom = a\n"
	               "[client d]\nnetwork = 10.0.0.1\nfrom = a\n"), SEAL_E_LIMIT);
	CHECK_EQ(error.line, 14);
	CHECK_SPAN(error.found, "[client d]");
}

TEST(eight_networks_fit)
{
	CHECK_EQ(parse(GATEWAY "[domain a]\n[client a]\nfrom = a\nnetwork = "
	               "1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,0.0.0.0/0\n"), SEAL_OK);
	CHECK_EQ(networks_of(&clients[0]), 8);
	CHECK_EQ(networks[7].prefix_len, 96);
}

/* --- any text -------------------------------------------------------------------- */

static void
put_list(struct seal_out *out, struct seal_span list)
{
	struct seal_span item;

	while (seal_span_split(&list, ',', &item)) {
		seal_out_span_put(out, item);
		seal_out_octet(out, ',');
	}
	seal_out_octet(out, ';');
}

static void
put_client(struct seal_out *out, const struct seal_config_client *c)
{
	put_list(out, c->name);
	put_list(out, c->networks);
	put_list(out, c->from);
	seal_out_u64(out, c->rate_count);
	seal_out_u64(out, c->patience_s);
	put_list(out, c->login);
	seal_out_u64(out, (uint64_t)c->tls << 2 | (uint64_t)c->auth);
	seal_out_u64(out, (uint64_t)c->any_login << 1 | (uint64_t)c->clear_login);
	seal_out_u64(out, (uint64_t)c->bare_lf << 4 | (uint64_t)c->refuse_long_lines << 3 |
	             (uint64_t)c->pass_8bit_header << 2 | (uint64_t)c->add_date << 1 | c->add_message_id);
}

static void
put_domain(struct seal_out *out, const struct seal_config_domain *d)
{
	put_list(out, d->name);
	put_list(out, d->selector);
	put_list(out, d->key);
	put_list(out, d->fields.oversigned);
	put_list(out, d->fields.present);
	put_list(out, d->identity);
	put_list(out, d->cosign);
	seal_out_u64(out, d->lifetime_s);
	seal_out_u64(out, d->hold_s);
	seal_out_u64(out, (uint64_t)d->made_day << 32 | d->rotate_after_s);
	seal_out_u64(out, (uint64_t)d->header_canon << 6 | (uint64_t)d->body_canon << 5 |
	             (uint64_t)d->timestamp << 4 | (uint64_t)d->query_method << 3 |
	             (uint64_t)d->activation << 7 | (uint64_t)d->sign_off << 9 |
	             (uint64_t)d->subdomains << 2 | (uint64_t)d->pass_unsigned << 1 | d->all_keys);
}

static void
put_next_hop(struct seal_out *out, const struct seal_config_next_hop *hop)
{
	put_list(out, hop->ca);
	put_list(out, hop->pin);
	put_list(out, hop->name);
	put_list(out, hop->user);
	put_list(out, hop->secret);
	put_list(out, hop->secret_helper);
	seal_out_u64(out, (uint64_t)hop->tls << 3 | (uint64_t)hop->auth << 1 | (uint64_t)hop->clear_auth);
}

static struct seal_span
dump(uint8_t buf[DUMP_CAP])
{
	struct seal_out out = seal_out(buf, DUMP_CAP);

	put_list(&out, cfg.gateway.hostname);
	put_list(&out, cfg.gateway.listen.host);
	put_list(&out, cfg.gateway.next_hop.host);
	put_list(&out, cfg.gateway.address);
	put_list(&out, cfg.gateway.router);
	put_list(&out, cfg.gateway.dns_server.host);
	put_list(&out, cfg.gateway.time_server);
	put_list(&out, cfg.gateway.log_server.host);
	put_list(&out, cfg.gateway.certificate);
	put_list(&out, cfg.gateway.certificate_key);
	put_list(&out, cfg.gateway.listen_tls.host);
	put_next_hop(&out, &cfg.next_hop);
	for (size_t i = 0; i < cfg.num_clients; i++)
		put_client(&out, &clients[i]);
	for (size_t i = 0; i < cfg.num_domains; i++)
		put_domain(&out, &domains[i]);
	CHECK(!out.overflow);
	return seal_out_span(&out);
}

TEST(line_ends_and_a_byte_order_mark_do_not_change_what_is_read)
{
	struct seal_span want;

	CHECK_EQ(parse(sample), SEAL_OK);
	want = dump(dumps);
	CHECK(want.len > 500);
	CHECK_EQ(parse_span(with_crlf(sample, "")), SEAL_OK);
	CHECK_SPANS(dump(dumps + DUMP_CAP), want);
	CHECK_EQ(parse_span(with_crlf(sample, "\xEF\xBB\xBF")), SEAL_OK);
	CHECK_SPANS(dump(dumps + DUMP_CAP), want);
}

static void
check_error_is_inside(struct seal_span s)
{
	size_t line_start = 0;

	CHECK(error.expected != NULL && error.line > 0 && error.column > 0);
	for (uint32_t line = 1; line < error.line; line++)
		line_start += seal_span_find(seal_span_from(s, line_start), '\n') + 1;
	CHECK(line_start + error.column - 1 <= s.len);
	CHECK_EQ(error.found.len == 0 || error.found.ptr == s.ptr + line_start + error.column - 1, true);
	CHECK(line_start + error.column - 1 + error.found.len <= s.len);
}

TEST(a_text_cut_anywhere_is_right_or_the_error_lies_inside_it)
{
	unsigned num_right = 0;

	for (size_t len = 0; len < sizeof sample; len++) {
		const struct seal_span cut = copy(sample, len);

		if (parse_span(cut) == SEAL_OK)
			num_right++;
		else
			check_error_is_inside(cut);
	}
	CHECK(num_right > 0);
}

TEST(a_text_with_any_octet_replaced_is_right_or_the_error_lies_inside_it)
{
	static const uint8_t octets[] = { 0, '\n', '\r', ' ', '=', '[', ']', ',', '.', '*', '/', '#', 0xFF };
	const struct seal_span all = copy(sample, sizeof sample - 1);
	uint8_t *at = text + sizeof text - all.len;

	for (size_t i = 0; i < all.len; i += TEST_EVERY) {
		for (size_t k = 0; k < sizeof octets; k++) {
			at[i] = octets[k];
			if (parse_span(all) != SEAL_OK)
				check_error_is_inside(all);
		}
		at[i] = (uint8_t)sample[i];
	}
}

TEST(no_text_at_all_is_an_error)
{
	CHECK_EQ(parse_span(seal_span(NULL, 0)), SEAL_E_PEER);
	CHECK_EQ(error.line, 1);
	CHECK_EQ(error.column, 1);
	CHECK_EQ(parse("\xEF\xBB\xBF"), SEAL_E_PEER);
	CHECK_EQ(error.column, 1);
}

/* --- names ------------------------------------------------------------------------- */

TEST(a_section_covers_its_name_and_subdomains_when_configured)
{
	static const struct {
		const char *name;
		bool subdomains;
		const char *domain;
		size_t covers;
	} rows[] = {
		{ "example.com", false, "example.com", 11 },
		{ "EXAMPLE.Com.", false, "example.com", 11 },
		{ "example.com", false, "a.example.com", 0 },
		{ "example.com", true, "a.b.example.com", 11 },
		{ "example.com", true, "anexample.com", 0 },
		{ "example.com", true, "com", 0 },
		{ "example.com", true, "example.com", 11 },
		{ "b\xC3\xBC" "cher.example", true, "x.xn--bcher-kva.example", 21 },
		{ "xn--bcher-kva.example", false, "xn--bcher-kva.example", 21 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct seal_config_domain d = {
			.name = config_span_of(rows[i].name), .subdomains = rows[i].subdomains
		};

		CHECK_EQ(seal_config_covers(&d, config_span_of(rows[i].domain)), rows[i].covers);
	}
}

/* --- keys and secrets ----------------------------------------------------------------- */

TEST(pins_become_octets)
{
	uint8_t octets[SEAL_CONFIG_PINS_LEN];

	CHECK_EQ(parse(sample), SEAL_OK);
	CHECK_EQ(seal_config_pins(cfg.next_hop.pin, octets, sizeof octets), 64);
	for (size_t i = 0; i < 64; i++)
		CHECK_EQ(octets[i], i < 32 ? i : 0);
	CHECK_EQ(seal_config_pins(cfg.next_hop.pin, octets, 64), 64);
	CHECK_EQ(seal_config_pins(cfg.next_hop.pin, octets, 63), 0);
	CHECK_EQ(seal_config_pins(config_span_of(DIGEST), octets, 32), 32);
	CHECK_EQ(seal_config_pins(config_span_of(DIGEST "," DIGEST "," DIGEST "," DIGEST), octets, sizeof octets), 128);
	CHECK_EQ(seal_config_pins(config_span_of(""), octets, sizeof octets), 0);
	CHECK_EQ(seal_config_pins(config_span_of(DIGEST ",x"), octets, sizeof octets), 0);
}

TEST(the_first_line_of_a_file_is_the_secret)
{
	static const char nul[] = "ab\0c\n";
	uint8_t *line = dumps;
	struct seal_span secret;

	CHECK(seal_config_secret(config_span_of("pass word\r\nmore\n"), &secret) == NULL);
	CHECK_SPAN(secret, "pass word");
	CHECK(seal_config_secret(config_span_of(" x \n"), &secret) == NULL);
	CHECK_SPAN(secret, " x ");
	CHECK(seal_config_secret(config_span_of("x"), &secret) == NULL);
	CHECK_SPAN(secret, "x");
	CHECK(seal_config_secret(config_span_of(""), &secret) != NULL);
	CHECK(seal_config_secret(seal_span(NULL, 0), &secret) != NULL);
	CHECK(seal_config_secret(config_span_of("\r\nx\n"), &secret) != NULL);
	CHECK(seal_config_secret(seal_span((const uint8_t *)nul, sizeof nul - 1), &secret) != NULL);
	memset(line, 'x', sizeof dumps);
	line[SEAL_CONFIG_SECRET_MAX] = '\r';
	line[SEAL_CONFIG_SECRET_MAX + 1] = '\n';
	CHECK(seal_config_secret(seal_span(line, sizeof dumps), &secret) == NULL);
	CHECK_EQ(secret.len, SEAL_CONFIG_SECRET_MAX);
	line[SEAL_CONFIG_SECRET_MAX] = 'x';
	CHECK(seal_config_secret(seal_span(line, sizeof dumps), &secret) != NULL);
}

const struct test_case test_config_cases[] = {
	CASE(every_key_of_gateway_is_read),
	CASE(every_key_of_next_hop_is_read),
	CASE(every_key_of_client_is_read),
	CASE(a_client_is_offered_what_its_section_allows),
	CASE(every_key_of_domain_is_read),
	CASE(missing_keys_have_their_defaults),
	CASE(a_gateway_alone_is_enough_and_relays_nothing),
	CASE(the_last_line_needs_no_line_end),
	CASE(values_at_their_limits_are_accepted),
	CASE(every_error_names_line_column_found_and_expected),
	CASE(errors_are_the_same_with_crlf_line_ends_and_a_byte_order_mark),
	CASE(host_bits_are_answered_with_the_network_that_was_meant),
	CASE(a_key_in_the_wrong_section_is_shown_with_the_right_one),
	CASE(every_default_is_a_value_of_its_key),
	CASE(a_line_may_have_1024_octets),
	CASE(a_section_without_room_is_named_and_is_a_limit),
	CASE(eight_networks_fit),
	CASE(line_ends_and_a_byte_order_mark_do_not_change_what_is_read),
	CASE(a_text_cut_anywhere_is_right_or_the_error_lies_inside_it),
	CASE(a_text_with_any_octet_replaced_is_right_or_the_error_lies_inside_it),
	CASE(no_text_at_all_is_an_error),
	CASE(a_section_covers_its_name_and_subdomains_when_configured),
	CASE(pins_become_octets),
	CASE(the_first_line_of_a_file_is_the_secret),
	CASE_END
};
