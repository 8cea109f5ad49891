/* SPDX-License-Identifier: Apache-2.0
 *
 * dns.h - ask DNS for the commands: a resolver, or a zone's own servers, over UDP and, for
 * answers that do not fit, over TCP. ldns reads and writes the messages.
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

/* Answers stay until dns_free; the same question is asked once. */
struct dns {
	struct dns_server resolvers[DNS_SERVERS_MAX];
	size_t num_resolvers;
	bool authoritative;     /* dns_lookup asks the zones' servers */
	uint16_t zone_port;     /* where those listen: 53             */
	uint32_t timeout_ms;    /* for each of two attempts           */
	struct dns_entry *entries;
	struct dns_entry *zone_entries;
};

/* The resolvers of resolv.conf, or `server`: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. False:
 * reported. dns_free in any case. */
bool dns_init(struct dns *dns, const char *server);
void dns_free(struct dns *dns);

/* What the resolver says, and what the servers of the name's zone say. */
const struct dns_answer *dns_ask(struct dns *dns, const char *name, enum dns_type type);
const struct dns_answer *dns_ask_zone(struct dns *dns, const char *name, enum dns_type type);

/* The one or the other, as dns->authoritative says. */
struct dns_lookup dns_lookup(struct dns *dns);

/* The zone that has the name; false: not found, and zone is "". */
bool dns_zone_of(struct dns *dns, const char *name, char zone[DNS_NAME_SIZE]);

/* Both have the same records. */
bool dns_answers_equal(const struct dns_answer *a, const struct dns_answer *b);

/* Names, from 0 on, about which a zone's servers do not say the same; NULL at the end. */
const char *dns_disagreement(const struct dns *dns, size_t index);

const char *dns_status_text(enum dns_status status);

#endif
