/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/ip.h"
#include "engine/base/num.h"
#include "engine/base/version.h"
#include "port/linux/signers.h"

static const char HELP[] =
	"usage: mailseald -c CONFIG [options]\n"
	"\n"
	"An SMTP gateway that signs mail with DKIM and passes it on immediately.\n"
	"\n"
	"  -c, --config FILE       configuration; names of key files are relative to it\n"
	"      --listen ADDR:PORT  listen there instead of at the configured address; port 0 takes\n"
	"                          a free port\n"
	"      --listen-tls ADDR:PORT  likewise, for TLS from the first byte\n"
	"      --next-hop HOST:PORT  pass mail on to this host instead of the configured one\n"
	"      --dns-server ADDR:PORT  ask this DNS server instead of the configured one\n"
	"      --tap NAME          use this TAP device, with address, router and dns-server of the\n"
	"                          configuration; default: a network in user mode, which needs no\n"
	"                          privileges but listens on loopback only, because it hides the\n"
	"                          addresses of clients\n"
	"      --spool memory|DIR  where messages wait for their signature: memory for four of the\n"
	"                          largest (default), or unnamed files in DIR\n"
	"      --signers N         number of signing threads; default: one for each processor\n"
	"      --sessions N        clients at a time, 1 to 64; default: 64; more get 421\n"
	"  -h, --help              print this help\n"
	"      --version           print the version\n"
	"\n"
	"SIGTERM, SIGINT: finish running transactions, for at most 60 s, and exit; again: exit at once.\n"
	"SIGHUP: the same, because no reload exists.\n"
	"SIGUSR1: log counters, keys and unknown senders. The log goes to stderr, one line per message.\n"
	"\n"
	"Exit codes: 0 ended by a signal, nothing lost; 1 transactions were cut off; 2 usage;\n"
	"3 configuration; 4 key; 5 network, spool or memory.\n";

static bool
wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "mailseald: %s: expected %s, found %s\n", option, expected, value);
	return false;
}

static bool
read_number(const char *option, const char *value, unsigned max, unsigned *out)
{
	const struct seal_span text = { (const uint8_t *)value, strlen(value) };
	uint64_t number;

	if (!seal_num_u64(text, &number) || number < 1 || number > max) {
		fprintf(stderr, "mailseald: %s: expected a number from 1 to %u, found %s\n", option, max, value);
		return false;
	}
	*out = (unsigned)number;
	return true;
}

static bool
read_port(struct seal_span text, uint16_t *port)
{
	uint64_t number;

	if (!seal_num_u64(text, &number) || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

static bool
read_listen(const char *option, const char *value, struct seal_endpoint *out)
{
	const struct seal_span text = { (const uint8_t *)value, strlen(value) };
	const size_t colon = seal_span_find(text, ':');
	struct seal_ip address;

	out->host = seal_span_first(text, colon);
	if (seal_ip_read_v4(out->host, &address) && read_port(seal_span_from(text, colon + 1), &out->port))
		return true;
	return wrong(option, value, "ADDRESS:PORT, such as 127.0.0.1:2525");
}

static bool
is_host(struct seal_span s)
{
	if (s.len == 0 || s.len > SEAL_DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = s.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '.' &&
		    c != '-' && c != '_')
			return false;
	}
	return true;
}

static bool
read_next_hop(const char *value, struct seal_endpoint *out)
{
	const struct seal_span text = { (const uint8_t *)value, strlen(value) };
	const size_t colon = seal_span_find(text, ':');

	out->host = seal_span_first(text, colon);
	out->port = 25;
	if (is_host(out->host) &&
	    (colon == text.len || (read_port(seal_span_from(text, colon + 1), &out->port) && out->port > 0)))
		return true;
	return wrong("--next-hop", value, "HOST or HOST:PORT");
}

static bool
set_option(struct seal_options *o, int option, const char *value)
{
	switch (option) {
	case 'c':
		o->config = value;
		return true;
	case 'l':
		return read_listen("--listen", value, &o->listen);
	case 'L':
		return read_listen("--listen-tls", value, &o->listen_tls);
	case 'n':
		return read_next_hop(value, &o->next_hop);
	case 'd':
		return read_listen("--dns-server", value, &o->dns_server) &&
		       (o->dns_server.port > 0 || wrong("--dns-server", value, "a port from 1"));
	case 't':
		o->tap = value;
		return true;
	case 's':
		o->spool = strcmp(value, "memory") == 0 ? NULL : value;
		return true;
	case 'g':
		return read_number("--signers", value, SEAL_SIGNERS_MAX, &o->signers);
	case 'e':
		return read_number("--sessions", value, SEAL_SESSIONS_MAX, &o->sessions);
	default:
		return false;   /* getopt has printed the reason */
	}
}

static unsigned
default_signers(void)
{
	const long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (online < 1)
		return 1;
	return online > (long)SEAL_SIGNERS_MAX ? SEAL_SIGNERS_MAX : (unsigned)online;
}

enum seal_options_result
seal_options_parse(struct seal_options *o, int argc, char **argv)
{
	static const struct option LONG[] = {
		{ "config", required_argument, NULL, 'c' },   { "listen", required_argument, NULL, 'l' },
		{ "listen-tls", required_argument, NULL, 'L' },
		{ "next-hop", required_argument, NULL, 'n' }, { "tap", required_argument, NULL, 't' },
		{ "dns-server", required_argument, NULL, 'd' },
		{ "spool", required_argument, NULL, 's' },    { "signers", required_argument, NULL, 'g' },
		{ "sessions", required_argument, NULL, 'e' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*o = (struct seal_options){ .signers = default_signers(), .sessions = SEAL_SESSIONS_MAX };
	while ((option = getopt_long(argc, argv, "c:h", LONG, NULL)) != -1) {
		if (option == 'h' || option == 'v') {
			fputs(option == 'h' ? HELP : "mailseald " SEAL_VERSION "\n", stdout);
			return SEAL_OPTIONS_HELP;
		}
		if (!set_option(o, option, optarg))
			return SEAL_OPTIONS_WRONG;
	}
	if (optind < argc) {
		(void)wrong("command line", argv[optind], "options only");
		return SEAL_OPTIONS_WRONG;
	}
	if (o->config == NULL) {
		fputs("mailseald: no configuration given; use: mailseald -c CONFIG, or mailseald --help\n", stderr);
		return SEAL_OPTIONS_WRONG;
	}
	return SEAL_OPTIONS_FINE;
}
