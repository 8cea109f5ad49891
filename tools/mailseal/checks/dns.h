/* SPDX-License-Identifier: Apache-2.0
 *
 * dns.h - DNS queries for the commands, to a resolver or to a zone's own servers. They use UDP, and TCP for answers
 * that do not fit. ldns reads and writes the messages.
 */
#ifndef TOOLS_CHECKS_DNS_H
#define TOOLS_CHECKS_DNS_H

#include <stdint.h>
#include <sys/socket.h>

#include "tools/mailseal/records/lookup.h"

#define DNS_SERVERS_MAX 8u

struct dns_server {
	struct sockaddr_storage address;
	socklen_t len;
	char text[64];          /* ADDRESS:PORT */
};

struct dns_entry;

/* Answers remain valid until dns_free; the same question is asked only once. */
struct dns {
	struct dns_server resolvers[DNS_SERVERS_MAX];
	size_t num_resolvers;
	bool authoritative;     /* dns_lookup asks the zones' servers */
	uint16_t zone_port;     /* the port of those servers: 53      */
	uint32_t timeout_ms;    /* of each of two attempts            */
	struct dns_entry *entries;
	struct dns_entry *zone_entries;
};

/* Uses the resolvers of resolv.conf, or `server`: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. Returns false on an error
 * (reported). Call dns_free in any case. */
bool dns_init(struct dns *dns, const char *server);
void dns_free(struct dns *dns);

/* dns_ask returns the answer of the resolver, dns_ask_zone that of the servers of the name's zone. */
const struct dns_answer *dns_ask(struct dns *dns, const char *name, enum dns_type type);
const struct dns_answer *dns_ask_zone(struct dns *dns, const char *name, enum dns_type type);

/* Calls dns_ask_zone if dns->authoritative, otherwise dns_ask. */
struct dns_lookup dns_lookup(struct dns *dns);

/* The zone that contains the name; false: not found, and `zone` is "". */
bool dns_zone_of(struct dns *dns, const char *name, char zone[DNS_NAME_SIZE]);

/* True if both have the same records. */
bool dns_answers_equal(const struct dns_answer *a, const struct dns_answer *b);

/* Name number `index`, from 0 on, for which the servers of its zone returned different records; NULL: no more. */
const char *dns_disagreement(const struct dns *dns, size_t index);

const char *dns_status_text(enum dns_status status);

#endif
