/* SPDX-License-Identifier: Apache-2.0
 *
 * key_rows.h - every key of the configuration, one row each. All lists of keys come from here:
 * the parser (config_keys.c), the documents, `mailseal help config` and what `mailseal bundle` removes.
 *
 *	KEY(NAME, FLAGS, READER, MEMBER, DETAIL, DEFAULT, EXPECTED, UNSET, MEANING)
 *
 * FLAGS, READER, MEMBER and DETAIL are those of struct seal_config_key. DEFAULT is read where the
 * key is left out; NULL: then UNSET says what happens, "" with a required key. EXPECTED completes
 * "expected ..." in an error. UNSET and MEANING are for documents and never reach a board.
 * SECTION: its reader writes several members. A new key needs its row here, its member in config.h,
 * its consumer and a test; then `make docs`.
 */
#ifndef SEAL_CONFIG_KEY_ROWS_H
#define SEAL_CONFIG_KEY_ROWS_H

#define SEAL_TEXT_HOST      "a host name in ASCII or an IPv4 address"
#define SEAL_TEXT_ENDPOINT  "HOST:PORT, a host name in ASCII or an IPv4 address"
#define SEAL_TEXT_LISTEN    "ADDRESS:PORT, an IPv4 address"
#define SEAL_TEXT_FIELDS    "names of header fields"
#define SEAL_TEXT_DURATION  "a duration with its unit, such as 90s, 10m, 2h or 7d"
#define SEAL_TEXT_YES       "yes or no"

#define SEAL_CONFIG_GATEWAY_KEYS(KEY) \
	KEY("hostname", SEAL_CONFIG_REQUIRED, host_name, AT(gateway, hostname), NULL, NULL, "our host name in ASCII", \
	    "", "Host name of the gateway, as it stands in its greeting, in EHLO and in Received fields.") \
	KEY("listen", 0, listen, AT(gateway, listen), NULL, "0.0.0.0:25", SEAL_TEXT_LISTEN, \
	    "", "Address and port where clients connect.") \
	KEY("next-hop", SEAL_CONFIG_REQUIRED, endpoint, AT(gateway, next_hop), "25", NULL, SEAL_TEXT_ENDPOINT, \
	    "", "Mail server that receives every message, as `HOST:PORT`. The port is 25 if left out.") \
	KEY("max-size", 0, size, AT(gateway, max_size), NULL, "25M", "a number of bytes, such as 500K or 25M", \
	    "", "Largest message in bytes; `K` stands for 1024, `M` for 1024 K. Clients are offered the smallest " \
	    "of this, the limit of the next hop and the size of the spool.") \
	KEY("address", 0, address, AT(gateway, address), NULL, "dhcp", "dhcp or A.B.C.D/LEN", \
	    "", "Address of the gateway on its network. On Linux it counts with `--tap` only.") \
	KEY("router", 0, ipv4, AT(gateway, router), NULL, NULL, "an IPv4 address", \
	    "from DHCP", "Router of that network.") \
	KEY("dns-server", 0, listen, AT(gateway, dns_server), "53", NULL, "an IPv4 address, or ADDRESS:PORT", \
	    "from DHCP, or the host's", "DNS server for key records and for the addresses of the next hop, the " \
	    "time server and the log server. The port is 53 if left out.") \
	KEY("time-server", 0, host, AT(gateway, time_server), NULL, NULL, SEAL_TEXT_HOST, \
	    "none", "NTP server. Only boards use it: Linux has its own clock.") \
	KEY("log-server", 0, endpoint, AT(gateway, log_server), "514", NULL, SEAL_TEXT_ENDPOINT, \
	    "none", "Syslog server. The port is 514 if left out. Only boards use it: on Linux the log goes to " \
	    "standard error.") \
	KEY("log-addresses", 0, word, AT(gateway, mask_addresses), "full|masked", "full", "full or masked", \
	    "", "`masked` hides the local parts of addresses in the log, as in a***@example.com.") \
	KEY("certificate", SEAL_CONFIG_FILE, span, AT(gateway, certificate), NULL, NULL, \
	    "the file name of a certificate chain", \
	    "none", "PEM file with the certificate chain for clients that use TLS, the gateway's own certificate " \
	    "first. It needs `certificate-key`.") \
	KEY("certificate-key", SEAL_CONFIG_KEY_FILE, span, AT(gateway, certificate_key), NULL, NULL, \
	    "the file name of the certificate's private key", \
	    "none", "PEM file with the private key of that certificate, RSA or P-256.") \
	KEY("listen-tls", 0, listen, AT(gateway, listen_tls), "465", NULL, SEAL_TEXT_LISTEN, \
	    "none", "Address and port where clients begin with TLS at once. The port is 465 if left out. It needs " \
	    "`certificate`.")

#define SEAL_CONFIG_NEXT_HOP_KEYS(KEY) \
	KEY("tls", SEAL_CONFIG_REQUIRED, word, AT(next_hop, tls), SEAL_SMTPC_TLS_WORDS, NULL, \
	    "none, starttls or implicit", \
	    "", "How the connection is encrypted: not at all, after STARTTLS (port 25 or 587), or from its first " \
	    "byte (port 465). If TLS is configured and not available, no mail is sent.") \
	KEY("ca", SEAL_CONFIG_FILE, span, AT(next_hop, ca), NULL, NULL, "the file name of CA certificates", \
	    "the host's own", "PEM file with the certificate authorities that may have issued the next hop's " \
	    "certificate. A board needs this or `pin`.") \
	KEY("pin", SEAL_CONFIG_LIST, pins, AT(next_hop, pin), NULL, NULL, "sha256/BASE64 of 32 bytes", \
	    "none", "Up to four public keys, each as `sha256/BASE64`: the SHA-256 of the certificate's " \
	    "SubjectPublicKeyInfo. One of them must match; neither the name nor the authority counts then.") \
	KEY("name", 0, host_name, AT(next_hop, name), NULL, NULL, "a domain name in ASCII", \
	    "the host of `next-hop`", "Name that the next hop's certificate must be issued for.") \
	KEY("auth", 0, word, AT(next_hop, auth), SEAL_SMTPC_AUTH_WORDS, "none", "none, plain, login or xoauth2", \
	    "", "How the gateway logs in to the next hop. `xoauth2` sends a token instead of a password.") \
	KEY("user", 0, span, AT(next_hop, user), NULL, NULL, "the name to log in with", \
	    "none", "Name that the gateway logs in with. It is required with `auth`.") \
	KEY("secret", SEAL_CONFIG_SECRET_FILE, span, AT(next_hop, secret), NULL, NULL, \
	    "the file name of a password or token", \
	    "none", "File whose first line is the password or token. With `auth`, either this or `secret-helper` " \
	    "is required.") \
	KEY("secret-helper", SEAL_CONFIG_COMMAND, span, AT(next_hop, secret_helper), NULL, NULL, \
	    "a command that prints a password or token", \
	    "none", "Command that prints the password or token. Boards cannot run one.") \
	KEY("auth-in-clear", 0, word, AT(next_hop, clear_auth), "no|yes", "no", SEAL_TEXT_YES, \
	    "", "`yes` allows the login over a connection without TLS.")

#define SEAL_CONFIG_CLIENT_KEYS(KEY) \
	KEY("network", SEAL_CONFIG_REQUIRED | SEAL_CONFIG_LIST, networks, AT(client, networks), NULL, NULL, \
	    "IPv4 networks, A.B.C.D/LEN", \
	    "", "Up to eight addresses or networks that this client connects from. If an address is in the " \
	    "networks of several clients, the longest prefix decides.") \
	KEY("from", SEAL_CONFIG_REQUIRED | SEAL_CONFIG_LIST, from, AT(client, from), NULL, NULL, \
	    "domain names, or *.DOMAIN for those below it", \
	    "", "Domains that this client may use in From; `*.DOMAIN` stands for every name below DOMAIN. A " \
	    "`[domain]` section must cover each of them.") \
	KEY("rate", 0, rate, SECTION, NULL, "60/min", "COUNT/s, COUNT/min, COUNT/h or COUNT/d", \
	    "", "Number of messages that this client may send in a period. Further ones get 451 4.7.1.") \
	KEY("patience", 0, seconds, AT(client, patience_s), NULL, "10m", SEAL_TEXT_DURATION, \
	    "", "How long this client waits for the reply to its final dot. The gateway replies after nine tenths " \
	    "of this at the latest.") \
	KEY("bare-newline", 0, word, AT(client, bare_lf), SEAL_BARE_LF_WORDS, "refuse", "refuse or normalize", \
	    "", "What happens to a message with an LF that has no CR: it is refused, or each such LF becomes CRLF " \
	    "before the message is signed.") \
	KEY("long-lines", 0, word, AT(client, refuse_long_lines), "sign|refuse", "sign", "sign or refuse", \
	    "", "What happens to a message with lines over 998 bytes.") \
	KEY("8bit-header", 0, word, AT(client, pass_8bit_header), "refuse|pass", "refuse", "refuse or pass", \
	    "", "What happens to a message with 8-bit bytes in its header that did not declare SMTPUTF8.") \
	KEY("add", SEAL_CONFIG_LIST, add, SECTION, NULL, NULL, "date, message-id or both", \
	    "nothing", "Fields that are added and signed where they are missing: `date`, `message-id` or both.") \
	KEY("tls", 0, word, AT(client, tls), SEAL_SMTPD_TLS_WORDS, NULL, "hidden, offered or required", \
	    "`offered` with a `certificate`, else `hidden`", "Whether STARTTLS is offered to this client, and " \
	    "whether mail is refused without it.") \
	KEY("auth", 0, auth_offer, SECTION, SEAL_SMTPD_AUTH_WORDS "|any", "none", "none, any, offered or required", \
	    "", "Whether a login (PLAIN or LOGIN) is offered to this client, and whether mail is refused without " \
	    "it. `any` accepts every name and password unseen, for devices that insist on a login.") \
	KEY("auth-in-clear", 0, word, AT(client, clear_login), "no|yes", "no", SEAL_TEXT_YES, \
	    "", "`yes` allows the login over a connection without TLS.") \
	KEY("login", SEAL_CONFIG_LIST | SEAL_CONFIG_SECRET, logins, AT(client, login), NULL, NULL, \
	    "USER:pbkdf2-sha256:ROUNDS:SALT:HASH, made by: mailseal password", \
	    "none", "Names and hashed passwords, as `mailseal password` prints them. With `auth = offered` or " \
	    "`required` at least one is needed.")

#define SEAL_CONFIG_DOMAIN_KEYS(KEY) \
	KEY("selector", 0, selector, AT(domain, selector), NULL, NULL, \
	    "labels of letters, digits and hyphens, separated by dots", \
	    "none", "Selector of the key: its record is published at SELECTOR._domainkey.NAME. Each selector of " \
	    "NAME has one section. `selector` and `key` need each other.") \
	KEY("key", SEAL_CONFIG_KEY_FILE, span, AT(domain, key), NULL, NULL, \
	    "the file name of a private key, or device", \
	    "none", "PEM file with the private key, or `device` for a key that the board made and that never " \
	    "leaves it. `device` needs `activation = dns` or `manual`.") \
	KEY("made", 0, date, AT(domain, made_day), NULL, NULL, "a date, YYYY-MM-DD", \
	    "unknown", "Day when the key was made.") \
	KEY("rotate-after", 0, seconds, AT(domain, rotate_after_s), NULL, "365d", SEAL_TEXT_DURATION, \
	    "", "Age of the key from which an alarm is logged on each day that it signs. It needs `made`.") \
	KEY("canonicalization", 0, canonicalization, SECTION, NULL, "relaxed/relaxed", \
	    "HEADER/BODY, each relaxed or simple", \
	    "", "How header and body are made comparable before they are signed: `HEADER/BODY`, each `relaxed` or " \
	    "`simple`.") \
	KEY("headers", SEAL_CONFIG_MAY_BE_EMPTY | SEAL_CONFIG_LIST, fields, AT(domain, fields.present), NULL, \
	    SEAL_SELECT_PRESENT, SEAL_TEXT_FIELDS, \
	    "", "Fields that are signed as often as they occur.") \
	KEY("oversign", SEAL_CONFIG_MAY_BE_EMPTY | SEAL_CONFIG_LIST, fields, AT(domain, fields.oversigned), NULL, \
	    SEAL_SELECT_OVERSIGNED, SEAL_TEXT_FIELDS, \
	    "", "Fields that are signed once more than they occur, so that adding another one breaks the " \
	    "signature. From must be in this list or in `headers`.") \
	KEY("identity", 0, identity, AT(domain, identity), NULL, NULL, "LOCAL@DOMAIN or @DOMAIN in ASCII", \
	    "none", "Identity in the signature (`i=`), at NAME or below it.") \
	KEY("expire", 0, seconds, AT(domain, lifetime_s), NULL, NULL, SEAL_TEXT_DURATION, \
	    "never", "Time after which the signature expires (`x=`). It needs `timestamp = yes`.") \
	KEY("timestamp", 0, word, AT(domain, timestamp), "no|yes", "yes", SEAL_TEXT_YES, \
	    "", "Whether the signature holds the time when it was made (`t=`).") \
	KEY("query-method", 0, word, AT(domain, query_method), "no|yes", "no", SEAL_TEXT_YES, \
	    "", "Whether the signature holds `q=dns/txt`.") \
	KEY("subdomains", 0, word, AT(domain, subdomains), "no|yes", "no", SEAL_TEXT_YES, \
	    "", "Whether the section also covers the names below NAME.") \
	KEY("unsigned", 0, word, AT(domain, pass_unsigned), "refuse|pass", "refuse", "refuse or pass", \
	    "", "What happens to mail of NAME while it has no key that may sign: it is refused (451 while a key " \
	    "waits for its record), or it passes unsigned.") \
	KEY("sign-with", 0, word, AT(domain, all_keys), "newest|all", "newest", "newest or all", \
	    "", "Which keys of NAME sign: the newest that may sign, or all, one signature each.") \
	KEY("cosign", SEAL_CONFIG_LIST, domains, AT(domain, cosign), NULL, NULL, "domain names", \
	    "none", "Other domains whose newest key signs mail of NAME too. Each needs a section with a key.") \
	KEY("activation", 0, word, AT(domain, activation), SEAL_ACTIVATION_WORDS, "immediate", \
	    "immediate, dns or manual", \
	    "", "When the key may sign: `immediate` always; `dns` while DNS publishes its record; `manual` not " \
	    "before `mailseal key approve`, while its record is already watched.") \
	KEY("hold", 0, seconds, AT(domain, hold_s), NULL, "24h", SEAL_TEXT_DURATION, \
	    "", "With `activation = dns` or `manual`: how long the record must have been seen before the key takes " \
	    "over from an older one. If the TTL of the record is longer, the TTL counts.") \
	KEY("sign", 0, word, AT(domain, sign_off), "on|off", "on", "on or off", \
	    "", "`off` passes mail of NAME unsigned, with or without a key. All sections of NAME must have the " \
	    "same.")

#endif
