/* SPDX-License-Identifier: Apache-2.0
 *
 * config.h - the one configuration text, the same on host and device.
 *
 *	# comment
 *	[gateway]           hostname, listen, next-hop ...
 *	[next-hop]          how the connection to it is encrypted, and how we log in there
 *	[client NAME]       who may send mail, and for which domains
 *	[domain NAME]       which key signs for NAME; one section per key, newest last
 *
 * `key = value` lines, ended by LF or CRLF; a UTF-8 byte order mark before the first is skipped.
 * Words are lower case. A comma separates items of a list; a line that begins with white
 * space continues the list before it. A comment begins with # or ; in the first column
 * and nowhere else, so a value may hold both. Values are spans into the text, which must
 * outlive the configuration. The gateway never starts with half a configuration: the first
 * error ends the reading. key_rows.h has every key with its default and its meaning.
 *
 * [gateway] occurs once, [next-hop] at most once. Without a client section nothing is relayed. A
 * value is never empty, except of `headers` and `oversign`, where that means no field.
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

/* Each section begins with `written`: bit i is set if the text has row i of its keys (key_rows.h).
 * An empty span or a zero is a key that was left out and has no default. */

/* [gateway]; host names are ASCII without final dot, fit for EHLO and a resolver. */
struct seal_config_gateway {
	uint32_t written;
	struct seal_span hostname;      /* not an address                                         */
	struct seal_endpoint listen;    /* an address                                             */
	struct seal_endpoint next_hop;
	uint64_t max_size;              /* bytes                                                  */
	struct seal_span address;       /* "dhcp" or A.B.C.D/LEN                                  */
	struct seal_span router;        /* an address                                             */
	struct seal_endpoint dns_server;/* an address                                             */
	struct seal_span time_server;   /* a host                                                 */
	struct seal_endpoint log_server;
	bool mask_addresses;
	struct seal_span certificate;   /* file names; both or neither                            */
	struct seal_span certificate_key;
	struct seal_endpoint listen_tls;/* an address; needs the certificate                      */
};

/* [next-hop]. Without it: no TLS, no login. A next hop that is an address needs `pin` or `name`. */
struct seal_config_next_hop {
	uint32_t written;
	uint8_t tls;                    /* enum seal_smtpc_tls                                    */
	uint8_t auth;                   /* enum seal_smtpc_auth                                   */
	bool clear_auth;                /* needed for auth without TLS                            */
	struct seal_span ca;            /* a file name                                            */
	struct seal_span pin;           /* a list: seal_config_pins                               */
	struct seal_span name;          /* a domain name                                          */
	struct seal_span user;          /* with auth                                              */
	struct seal_span secret;        /* a file name: seal_config_secret; with auth, this or ... */
	struct seal_span secret_helper; /* ... a command (host only)                              */
};

/* [client NAME] */
struct seal_config_client {
	uint32_t written;
	struct seal_span name;          /* unique; letters, digits, "-", "_", "."                 */
	struct seal_span networks;      /* a list: seal_network_read; no bits after the prefix    */
	struct seal_span from;          /* a list of domains, or "*.DOMAIN": a domain section
	                                 * covers each, "*." one with subdomains = yes            */
	uint32_t rate_count;            /* messages ...                                           */
	uint32_t rate_period_s;         /* ... in this time                                       */
	uint32_t patience_s;
	uint8_t bare_lf;                /* enum seal_bare_lf                                      */
	bool refuse_long_lines;
	bool pass_8bit_header;
	bool add_date, add_message_id;
	uint8_t tls;                    /* enum seal_smtpd_offer; where it is left out, a
	                                 * certificate decides                                    */
	uint8_t auth;                   /* enum seal_smtpd_offer                                  */
	bool any_login;                 /* every login is accepted unseen, also without TLS       */
	bool clear_login;
	struct seal_span login;         /* a list: seal_login_read                                */
};

enum seal_activation {
	SEAL_ACTIVATION_IMMEDIATE,
	SEAL_ACTIVATION_DNS,     /* the key signs once its record was seen (keyring.h)            */
	SEAL_ACTIVATION_MANUAL   /* its record is watched, and it does not sign: making this "dns"
	                          * approves it                                                   */
};
#define SEAL_ACTIVATION_WORDS "immediate|dns|manual"

/* [domain NAME]: one key, and how it signs. A section without a key decides what happens
 * to a domain that has none. */
struct seal_config_domain {
	uint32_t written;
	struct seal_span name;          /* as written: seal_config_name compares it               */
	struct seal_span selector;      /* labels, unique for NAME                                */
	struct seal_span key;           /* a file name, or "device"; both or neither of the two.
	                                 * "device" is not immediate                              */
	enum seal_canon header_canon;
	enum seal_canon body_canon;
	uint8_t activation;             /* enum seal_activation                                   */
	bool sign_off;                  /* the same in all sections of NAME                       */
	struct seal_select_list fields; /* From is in one of the two                              */
	struct seal_span identity;      /* i=, at or below NAME, ASCII                            */
	uint32_t lifetime_s;            /* x= is t= plus this; 0: no x=                           */
	bool timestamp;                 /* t=                                                     */
	bool query_method;              /* q=                                                     */
	bool subdomains;
	bool pass_unsigned;
	bool all_keys;
	struct seal_span cosign;        /* a list of domains, each with a key                     */
	uint32_t hold_s;                /* never written with immediate                           */
	uint32_t made_day;              /* days since 1970; 0: unknown                            */
	uint32_t rotate_after_s;        /* counts from made_day                                   */
};

/* Opaque storage is the caller's: arrays of any size, lent as long as the configuration is used. */
struct seal_config {
	struct seal_config_gateway gateway;
	struct seal_config_next_hop next_hop;
	struct seal_config_client *clients;
	size_t clients_cap, num_clients;
	struct seal_config_domain *domains;
	size_t domains_cap, num_domains;
};

/* What is wrong, and where; seal_config_explain puts it into words. */
struct seal_config_section;
struct seal_config_error {
	uint32_t line, column;      /* 1-based; column in bytes, a byte order mark not counted */
	struct seal_span found;     /* in the text, of one line; empty: something is missing   */
	const char *key;            /* the key it is about, NUL-ended; NULL: none              */
	const char *expected;       /* begins what was expected, NUL-ended                     */
	const struct seal_config_section *section; /* whose keys were expected; NULL: none     */
	char meant[SEAL_IP_TEXT_MAX + sizeof "/128"]; /* a network to write instead, or ""          */
};

/* Read `text`. The caller sets cfg's arrays and capacities before, the rest is
 * overwritten. SEAL_E_PEER: *error has what and where. SEAL_E_LIMIT: more sections
 * than fit, *error names the first that does not. Every span is validated: names are
 * domain names, selectors are labels, lists hold field names; a client's `from` and
 * `cosign` name configured domains. Work grows with text times sections. */
enum seal_status seal_config_parse(struct seal_config *cfg, struct seal_span text,
                                   struct seal_config_error *error);

/* Append "LINE:COLUMN: KEY: expected EXPECTED, found FOUND"; of what was found as much as fits, "?" for
 * a control character. A key of another section: ", which belongs in [SECTION]". */
struct seal_out;
void seal_config_explain(const struct seal_config_error *error, struct seal_out *out);

/* Append only EXPECTED. */
void seal_config_put_expected(const struct seal_config_error *error, struct seal_out *out);

/* A domain of the configuration in the form that names are compared in: a span in
 * `buf`, empty when `written` is no domain name. */
struct seal_span seal_config_name(struct seal_span written, uint8_t buf[SEAL_DOMAIN_MAX + 1]);

/* The length of the section's name when the section speaks for `domain` (normalized), by
 * name or as a parent with subdomains = yes; else 0. The longest is the most specific. */
size_t seal_config_covers(const struct seal_config_domain *section, struct seal_span domain);

/* The section's text has this key, so its value is no default. */
bool seal_config_domain_has(const struct seal_config_domain *section, const char *key);

/* The section's key signs only as DNS publishes it: its record is asked for. */
static inline bool
seal_config_is_watched(const struct seal_config_domain *section)
{
	return section->key.len != 0 && section->activation != SEAL_ACTIVATION_IMMEDIATE;
}

/* Some key of the configuration is watched: DNS is needed for signing. */
bool seal_config_has_watched(const struct seal_config *cfg);

/* key = device. */
bool seal_config_key_is_on_device(const struct seal_config_domain *section);

/* The digests of `pin`, SEAL_CONFIG_PIN_LEN bytes each, one after the other, into `out`.
 * Returns their length in bytes; 0: no pin exists, one is malformed, or `cap` is too
 * small. For the pins of a configuration SEAL_CONFIG_PINS_LEN is enough. */
#define SEAL_CONFIG_PIN_LEN  32u
#define SEAL_CONFIG_PINS_LEN (SEAL_CONFIG_PINS_MAX * SEAL_CONFIG_PIN_LEN)
size_t seal_config_pins(struct seal_span pin, uint8_t *out, size_t cap);

/* The secret in the text of the file that `secret` names: its first line. Returns NULL, or what is
 * wrong with it, NUL-ended: empty, with NUL, over SEAL_CONFIG_SECRET_MAX. */
const char *seal_config_secret(struct seal_span text, struct seal_span *secret);

#endif
