/* SPDX-License-Identifier: Apache-2.0
 *
 * config_keys.c - what each key of the configuration accepts.
 */
#include "engine/config/key_readers.h"

bool
seal_config_is(struct seal_span s, const char *word)
{
	size_t i = 0;

	while (i < s.len && word[i] != '\0' && s.ptr[i] == (uint8_t)word[i])
		i++;
	return i == s.len && word[i] == '\0';
}

/* --- the tables ----------------------------------------------------------- */

#define AT(section, member) (uint16_t)offsetof(struct seal_config_##section, member)
#define TEXT_HOST      "a host name in ASCII or an IPv4 address"
#define TEXT_ENDPOINT  "HOST:PORT, a host name in ASCII or an IPv4 address"
#define TEXT_FIELDS    "names of header fields"
#define TEXT_DURATION  "a duration with its unit, such as 90s, 10m, 2h or 7d"

const struct seal_config_key seal_config_gateway_keys[] = {
	{ "hostname", SEAL_CONFIG_REQUIRED, 0, AT(gateway, hostname), seal_config_read_host_name,
	  "our host name in ASCII", NULL },
	{ "listen", 0, 0, AT(gateway, listen), seal_config_read_listen, "ADDRESS:PORT, an IPv4 address", NULL },
	{ "next-hop", SEAL_CONFIG_REQUIRED, 25, AT(gateway, next_hop), seal_config_read_endpoint,
	  TEXT_ENDPOINT, NULL },
	{ "max-size", 0, 0, AT(gateway, max_size), seal_config_read_size,
	  "a number of octets, such as 500K or 25M", NULL },
	{ "address", 0, 0, AT(gateway, address), seal_config_read_address, "dhcp or A.B.C.D/LEN", NULL },
	{ "router", 0, 0, AT(gateway, router), seal_config_read_ipv4, "an IPv4 address", NULL },
	{ "dns-server", 0, 53, AT(gateway, dns_server), seal_config_read_listen, "an IPv4 address, or ADDRESS:PORT", NULL },
	{ "time-server", 0, 0, AT(gateway, time_server), seal_config_read_host, TEXT_HOST, NULL },
	{ "log-server", 0, 514, AT(gateway, log_server), seal_config_read_endpoint, TEXT_ENDPOINT, NULL },
	{ "log-addresses", 0, 0, AT(gateway, mask_addresses), seal_config_read_word,
	  "full or masked", "full|masked" },
	{ "certificate", 0, 0, AT(gateway, certificate), seal_config_read_span,
	  "the file name of a certificate chain", NULL },
	{ "certificate-key", 0, 0, AT(gateway, certificate_key), seal_config_read_span,
	  "the file name of the certificate's private key", NULL },
	{ "listen-tls", 0, 465, AT(gateway, listen_tls), seal_config_read_listen, "ADDRESS:PORT, an IPv4 address", NULL },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};

const struct seal_config_key seal_config_next_hop_keys[] = {
	{ "tls", SEAL_CONFIG_REQUIRED, 0, AT(next_hop, tls), seal_config_read_word,
	  "none, starttls or implicit", "none|starttls|implicit" },
	{ "ca", 0, 0, AT(next_hop, ca), seal_config_read_span, "the file name of CA certificates", NULL },
	{ "pin", SEAL_CONFIG_LIST, 0, AT(next_hop, pin), seal_config_read_pins,
	  "sha256/BASE64 of 32 octets", NULL },
	{ "name", 0, 0, AT(next_hop, name), seal_config_read_host_name, "a domain name in ASCII", NULL },
	{ "auth", 0, 0, AT(next_hop, auth), seal_config_read_word, "none, plain, login or xoauth2",
	  "none|plain|login|xoauth2" },
	{ "user", 0, 0, AT(next_hop, user), seal_config_read_span, "the name to log in with", NULL },
	{ "secret", 0, 0, AT(next_hop, secret), seal_config_read_span,
	  "the file name of a password or token", NULL },
	{ "secret-helper", 0, 0, AT(next_hop, secret_helper), seal_config_read_span,
	  "a command that prints a password or token", NULL },
	{ "auth-in-clear", 0, 0, AT(next_hop, clear_auth), seal_config_read_word, "yes or no", "no|yes" },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};

const struct seal_config_key seal_config_client_keys[] = {
	{ "network", SEAL_CONFIG_REQUIRED | SEAL_CONFIG_LIST, 0, AT(client, networks), seal_config_read_networks,
	  "IPv4 networks, A.B.C.D/LEN", NULL },
	{ "from", SEAL_CONFIG_REQUIRED | SEAL_CONFIG_LIST, 0, AT(client, from), seal_config_read_from,
	  "domain names, or *.DOMAIN for those below it", NULL },
	{ "rate", 0, 0, 0, seal_config_read_rate, "COUNT/s, COUNT/min, COUNT/h or COUNT/d", NULL },
	{ "patience", 0, 0, AT(client, patience_s), seal_config_read_seconds, TEXT_DURATION, NULL },
	{ "bare-newline", 0, 0, AT(client, bare_lf), seal_config_read_word,
	  "refuse or normalize", "refuse|normalize" },
	{ "long-lines", 0, 0, AT(client, refuse_long_lines), seal_config_read_word,
	  "sign or refuse", "sign|refuse" },
	{ "8bit-header", 0, 0, AT(client, pass_8bit_header), seal_config_read_word,
	  "refuse or pass", "refuse|pass" },
	{ "add", SEAL_CONFIG_LIST, 0, 0, seal_config_read_add, "date, message-id or both", NULL },
	{ "tls", 0, 0, 0, seal_config_read_tls_offer, "hidden, offered or required",
	  "hidden|offered|required" },
	{ "auth", 0, 0, 0, seal_config_read_auth_offer, "none, any, offered or required",
	  "none|offered|required" },
	{ "auth-in-clear", 0, 0, AT(client, clear_login), seal_config_read_word, "yes or no", "no|yes" },
	{ "login", SEAL_CONFIG_LIST, 0, AT(client, login), seal_config_read_logins,
	  "USER:pbkdf2-sha256:ROUNDS:SALT:HASH, as from: mailseal password", NULL },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};

const struct seal_config_key seal_config_domain_keys[] = {
	{ "selector", 0, 0, AT(domain, selector), seal_config_read_selector,
	  "labels of letters, digits and hyphens, separated by dots", NULL },
	{ "key", 0, 0, AT(domain, key), seal_config_read_span, "the file name of a private key, or device", NULL },
	{ "made", 0, 0, AT(domain, made_day), seal_config_read_date, "a date, YYYY-MM-DD", NULL },
	{ "rotate-after", 0, 0, AT(domain, rotate_after_s), seal_config_read_seconds, TEXT_DURATION, NULL },
	{ "canonicalization", 0, 0, 0, seal_config_read_canonicalization,
	  "HEADER/BODY, each relaxed or simple", NULL },
	{ "headers", SEAL_CONFIG_MAY_BE_EMPTY | SEAL_CONFIG_LIST, 0, AT(domain, fields.present), seal_config_read_fields,
	  TEXT_FIELDS, NULL },
	{ "oversign", SEAL_CONFIG_MAY_BE_EMPTY | SEAL_CONFIG_LIST, 0, AT(domain, fields.oversigned), seal_config_read_fields,
	  TEXT_FIELDS, NULL },
	{ "identity", 0, 0, AT(domain, identity), seal_config_read_identity,
	  "LOCAL@DOMAIN or @DOMAIN in ASCII", NULL },
	{ "expire", 0, 0, AT(domain, lifetime_s), seal_config_read_seconds, TEXT_DURATION, NULL },
	{ "timestamp", 0, 0, AT(domain, timestamp), seal_config_read_word, "yes or no", "no|yes" },
	{ "query-method", 0, 0, AT(domain, query_method), seal_config_read_word, "yes or no", "no|yes" },
	{ "subdomains", 0, 0, AT(domain, subdomains), seal_config_read_word, "yes or no", "no|yes" },
	{ "unsigned", 0, 0, AT(domain, pass_unsigned), seal_config_read_word, "refuse or pass", "refuse|pass" },
	{ "sign-with", 0, 0, AT(domain, all_keys), seal_config_read_word, "newest or all", "newest|all" },
	{ "cosign", SEAL_CONFIG_LIST, 0, AT(domain, cosign), seal_config_read_domains, "domain names", NULL },
	{ "activation", 0, 0, AT(domain, activation), seal_config_read_word, "immediate, dns or manual",
	  "immediate|dns|manual" },
	{ "hold", 0, 0, AT(domain, hold_s), seal_config_read_seconds, TEXT_DURATION, NULL },
	{ "sign", 0, 0, AT(domain, sign_off), seal_config_read_word, "on or off", "on|off" },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};
