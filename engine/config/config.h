/* SPDX-License-Identifier: Apache-2.0
 *
 * config.h - the one configuration text, the same on host and device.
 *
 *	# comment
 *	[gateway]           hostname, listen, next-hop ...
 *	[next-hop]          how private the way to it is, and how we log in there
 *	[client NAME]       who may hand in mail, and as whom
 *	[domain NAME]       which key signs for whom; one section per key, newest last
 *
 * `key = value` lines, ended by LF or CRLF; a UTF-8 byte order mark in front is skipped.
 * Words are lower case. A comma separates items of a list; a line that begins with white
 * space continues the list before it. A comment begins with # or ; in the first column
 * and nowhere else, so a value may hold both. Values are spans into the text, which must
 * outlive the configuration. Nothing starts half configured: the first error ends the
 * reading. README.md lists every key with its default.
 *
 * [gateway] stands once, [next-hop] at most once. No client section: nothing is relayed. A
 * value is never empty, but for `headers` and `oversign`, where that means no field.
 */
#ifndef SEAL_CONFIG_CONFIG_H
#define SEAL_CONFIG_CONFIG_H

#include "engine/base/bounds.h"
#include "engine/base/ip.h"
#include "engine/dkim/canon.h"
#include "engine/dkim/select.h"
#include "engine/mail/lines.h"
#include "engine/smtp/client.h"
#include "engine/smtp/server.h"

struct seal_endpoint {      /* HOST:PORT */
	struct seal_span host;  /* a domain name or a dotted quad */
	uint16_t port;
};

/* [gateway]; host names are ASCII without final dot, fit for EHLO and a resolver. */
struct seal_config_gateway {
	struct seal_span hostname;      /* hostname = our name in greeting, EHLO and Received
	                                 * (required), not an address                             */
	struct seal_endpoint listen;    /* listen = ADDRESS:PORT; default 0.0.0.0:25              */
	struct seal_endpoint next_hop;  /* next-hop = HOST:PORT (required); port 25 when left out */
	uint64_t max_size;              /* max-size = octets, with K (1024) or M; default 25M     */
	struct seal_span address;       /* address = dhcp | A.B.C.D/LEN; default dhcp             */
	struct seal_span router;        /* router = A.B.C.D                                       */
	struct seal_endpoint dns_server;/* dns-server = A.B.C.D[:PORT]; default from DHCP         */
	struct seal_span time_server;   /* time-server = HOST                                     */
	struct seal_endpoint log_server;/* log-server = HOST:PORT; port 514 when left out         */
	bool mask_addresses;            /* log-addresses = full | masked; default full            */
	struct seal_span certificate;   /* certificate = file name: the chain, our own first, PEM */
	struct seal_span certificate_key; /* certificate-key = file name; both or neither         */
	struct seal_endpoint listen_tls;/* listen-tls = ADDRESS:PORT, port 465 when left out: TLS
	                                 * from the first octet; default none; needs certificate  */
};

/* [next-hop]. Without it: no TLS, no login. A name that is an address needs `pin` or `name`. */
struct seal_config_next_hop {
	uint8_t tls;                    /* enum seal_smtpc_tls: tls = none | starttls | implicit
	                                 * (required)                                             */
	uint8_t auth;                   /* enum seal_smtpc_auth: auth = none | plain | login |
	                                 * xoauth2; default none                                  */
	bool clear_auth;                /* auth-in-clear = no | yes; needed for auth without TLS  */
	struct seal_span ca;            /* ca = file name of CA certificates, PEM; default: the
	                                 * host's own; on a board it or `pin` is required         */
	struct seal_span pin;           /* pin = sha256/BASE64, ...: SHA-256 of the key's
	                                 * SubjectPublicKeyInfo; any of them is enough            */
	struct seal_span name;          /* name = DOMAIN in its certificate; default: the host of
	                                 * gateway.next_hop                                       */
	struct seal_span user;          /* user = NAME; with auth                                 */
	struct seal_span secret;        /* secret = file name: its first line; or                 */
	struct seal_span secret_helper; /* secret-helper = COMMAND that prints it (host only)     */
};

/* [client NAME] */
struct seal_config_client {
	struct seal_span name;          /* unique; letters, digits, "-", "_", "."                 */
	struct seal_span networks;      /* network = CIDR, ... (required), seal_network_read;
	                                 * without /LEN one address, host bits are an error       */
	struct seal_span from;          /* from = DOMAIN, ...: may send as these (required);
	                                 * "*.DOMAIN" is every name below DOMAIN. A domain section
	                                 * must cover each, "*." one with subdomains = yes        */
	uint32_t rate_count;            /* rate = COUNT/s|min|h|d messages; default 60/min        */
	uint32_t rate_period_s;
	uint32_t patience_s;            /* patience = 10m: how long the client waits for the reply
	                                 * to its final dot; s, m, h, d; default 10m              */
	uint8_t bare_lf;                /* enum seal_bare_lf: bare-newline = refuse | normalize;
	                                 * default refuse                                         */
	bool refuse_long_lines;         /* long-lines = sign | refuse; default sign               */
	bool pass_8bit_header;          /* 8bit-header = refuse | pass; default refuse            */
	bool add_date, add_message_id;  /* add = date, message-id; default none                   */
	uint8_t tls;                    /* enum seal_smtpd_offer: tls = hidden | offered | required;
	                                 * default offered where there is a certificate, else
	                                 * hidden                                                 */
	uint8_t auth;                   /* enum seal_smtpd_offer: auth = none | any | offered |
	                                 * required; default none                                 */
	bool any_login;                 /* auth = any: whatever it is, nobody looks at it; also
	                                 * without TLS                                            */
	bool clear_login;               /* auth-in-clear = no | yes: AUTH without TLS; default no */
	bool tls_is_written;            /* else `tls` is the default                              */
	struct seal_span login;         /* login = USER:pbkdf2-sha256:ROUNDS:SALT:HASH, ... as
	                                 * `mailseal password` prints them (SALT, HASH base64)    */
};

enum seal_activation {
	SEAL_ACTIVATION_IMMEDIATE,
	SEAL_ACTIVATION_DNS,     /* the key signs when its record was seen (keyring.h)            */
	SEAL_ACTIVATION_MANUAL   /* its record is watched, and it does not sign: it is approved by
	                          * making this "dns"                                             */
};

/* [domain NAME]: one key, and how it signs. A section without key says what is to happen
 * to a domain that has none. */
struct seal_config_domain {
	struct seal_span name;          /* as written: seal_config_name compares it               */
	struct seal_span selector;      /* selector = LABEL[.LABEL], unique for NAME              */
	struct seal_span key;           /* key = file name | device; both or neither of the two.
	                                 * device: it was made on the board and never leaves it,
	                                 * so only with activation = dns or manual                */
	enum seal_canon header_canon;   /* canonicalization = HEADER/BODY, each relaxed or simple,
	                                 * always both; default relaxed/relaxed                   */
	enum seal_canon body_canon;
	uint8_t activation;             /* enum seal_activation: activation = immediate | dns |
	                                 * manual; default immediate                              */
	bool sign_off;                  /* sign = on | off: mail of NAME passes unsigned, with a
	                                 * key or without; alike in all sections of NAME; on      */
	struct seal_select_list fields; /* headers = NAME, ...  and  oversign = NAME, ...: what is
	                                 * left out keeps its default; From must be in one        */
	struct seal_span identity;      /* identity = [local]@DOMAIN: i=, at or below NAME, ASCII */
	uint32_t lifetime_s;            /* expire = 7d: x= is t= plus this; default none          */
	bool timestamp;                 /* timestamp = yes | no; default yes                      */
	bool query_method;              /* query-method = yes | no: q=dns/txt; default no         */
	bool subdomains;                /* subdomains = yes | no: signs for names below; no       */
	bool pass_unsigned;             /* unsigned = refuse | pass; default refuse               */
	bool all_keys;                  /* sign-with = newest | all keys of this name; newest     */
	struct seal_span cosign;        /* cosign = DOMAIN, ...: these sign too; each has a key   */
	uint32_t hold_s;                /* hold = 24h: for how long it must have been seen; s, m,
	                                 * h, d; not with immediate; 0: the default               */
	uint32_t made_day;              /* made = YYYY-MM-DD: when the key was made, in days since
	                                 * 1970; 0: not known                                     */
	uint32_t rotate_after_s;        /* rotate-after = 365d: from `made` on; then an alarm each
	                                 * day that it signs; needs made; 0: the default          */
};

/* Opaque storage is the caller's: arrays of any size, lent for as long. */
struct seal_config {
	struct seal_config_gateway gateway;
	struct seal_config_next_hop next_hop;
	struct seal_config_client *clients;
	size_t clients_cap, num_clients;
	struct seal_config_domain *domains;
	size_t domains_cap, num_domains;
};

/* What is wrong where; seal_config_explain puts it into words. */
struct seal_config_error {
	uint32_t line, column;      /* 1-based; column in octets, a byte order mark not counted */
	struct seal_span found;     /* in the text, of one line; empty: something is missing   */
	const char *key;            /* the key it is about, NUL-ended; NULL: none              */
	const char *expected;       /* what should have stood there, NUL-ended                 */
	char meant[SEAL_IP_TEXT_MAX + sizeof "/128"]; /* a network to write instead, or ""          */
};

/* Read `text`. cfg's arrays and capacities are set by the caller before, the rest is
 * overwritten. SEAL_E_PEER: *error says what and where. SEAL_E_LIMIT: more sections
 * than fit, *error names the first that does not. Every span is validated: names are
 * domain names, selectors are labels, lists hold field names; a client's `from` and
 * `cosign` name configured domains. Work grows with text times sections. */
enum seal_status seal_config_parse(struct seal_config *cfg, struct seal_span text,
                                   struct seal_config_error *error);

/* Append "LINE:COLUMN: KEY: expected EXPECTED MEANT, found FOUND"; of what was found as much as fits, "?" for
 * a control character. */
struct seal_out;
void seal_config_explain(const struct seal_config_error *error, struct seal_out *out);

/* A domain of the configuration in the form that names are compared in: a span in
 * `buf`, empty when `written` is no domain name. */
struct seal_span seal_config_name(struct seal_span written, uint8_t buf[SEAL_DOMAIN_MAX + 1]);

/* The length of the section's name when the section speaks for `domain` (normalized), by
 * name or as a parent with subdomains = yes; else 0. The longest is the most specific. */
size_t seal_config_covers(const struct seal_config_domain *section, struct seal_span domain);

/* The section's key signs only with what DNS publishes: its record is asked for. */
static inline bool
seal_config_is_watched(const struct seal_config_domain *section)
{
	return section->key.len != 0 && section->activation != SEAL_ACTIVATION_IMMEDIATE;
}

/* key = device. */
bool seal_config_key_is_on_device(const struct seal_config_domain *section);

/* The digests of `pin`, SEAL_CONFIG_PIN_LEN octets each, one behind the other, into `out`.
 * Answers how many octets they are; 0: there is none, one is malformed, or `cap` is too
 * small. For what is in a configuration SEAL_CONFIG_PINS_LEN is enough. */
#define SEAL_CONFIG_PIN_LEN  32u
#define SEAL_CONFIG_PINS_LEN (SEAL_CONFIG_PINS_MAX * SEAL_CONFIG_PIN_LEN)
size_t seal_config_pins(struct seal_span pin, uint8_t *out, size_t cap);

/* The secret in the text of the file that `secret` names: its first line. NULL, or what is
 * wrong with it, NUL-ended: empty, with NUL, over SEAL_CONFIG_SECRET_MAX. */
const char *seal_config_secret(struct seal_span text, struct seal_span *secret);

#endif
