/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/dns.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/num.h"
#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/checks/exchange.h"
#include "tools/mailseal/records/text.h"

#define ALIASES_MAX 8u
#define RESOLV_CONF "/etc/resolv.conf"
#define DNS_PORT    53u
#define TIMEOUT_MS  2500u

struct dns_entry {
	struct dns_entry *next;
	char name[DNS_NAME_SIZE], alias[DNS_NAME_SIZE], zone[DNS_NAME_SIZE];
	enum dns_type type;
	struct dns_answer answer;
	struct dns_record *records;
};

const char *
dns_status_text(enum dns_status status)
{
	static const char *const texts[] = { "found", "nodata", "nxdomain", "servfail", "timeout", "loop", "bad-name" };

	return texts[status];
}

/* --- which servers ------------------------------------------------------------ */

static void
set_text(struct dns_server *s)
{
	char host[48] = "", port[8] = "";

	(void)getnameinfo((const struct sockaddr *)&s->address, s->len, host, sizeof host, port, sizeof port,
	                  NI_NUMERICHOST | NI_NUMERICSERV);
	(void)snprintf(s->text, sizeof s->text, s->address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static bool
set_server(struct dns_server *s, const char *address, uint16_t port)
{
	struct sockaddr_in *const in = (struct sockaddr_in *)&s->address;
	struct sockaddr_in6 *const in6 = (struct sockaddr_in6 *)&s->address;

	*s = (struct dns_server){ .len = sizeof *in };
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
	} else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		s->len = sizeof *in6;
	} else {
		return false;
	}
	set_text(s);
	return true;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS] or [ADDRESS]:PORT */
static bool
parse_server(struct dns_server *s, const char *text)
{
	char address[64];
	const char *const bracket = text[0] == '[' ? strchr(text, ']') : NULL;
	const char *const colon = strchr(bracket != NULL ? bracket : text, ':');
	const bool has_port = colon != NULL && (bracket != NULL || strchr(colon + 1, ':') == NULL);
	const char *const from = bracket != NULL ? text + 1 : text;
	const char *const end = bracket != NULL ? bracket : has_port ? colon : text + strlen(text);
	uint64_t port = DNS_PORT;

	if ((size_t)(end - from) >= sizeof address)
		return false;
	memcpy(address, from, (size_t)(end - from));
	address[end - from] = '\0';
	if (has_port && (!seal_num_u64(seal_span_text(colon + 1), &port) || port == 0 || port > 65535))
		return false;
	return set_server(s, address, (uint16_t)port);
}

static bool
read_resolv_conf(struct dns *dns)
{
	FILE *const file = fopen(RESOLV_CONF, "re");
	char line[256], address[64];

	while (file != NULL && dns->num_resolvers < DNS_SERVERS_MAX && fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "nameserver %63s", address) == 1 &&
		    set_server(&dns->resolvers[dns->num_resolvers], address, DNS_PORT))
			dns->num_resolvers++;
	}
	if (file != NULL)
		(void)fclose(file);
	if (dns->num_resolvers == 0)
		tool_error("%s: lists no name server; use --server ADDRESS[:PORT]", RESOLV_CONF);
	return dns->num_resolvers > 0;
}

bool
dns_init(struct dns *dns, const char *server)
{
	*dns = (struct dns){ .zone_port = DNS_PORT, .timeout_ms = TIMEOUT_MS };
	if (server == NULL)
		return read_resolv_conf(dns);
	dns->num_resolvers = 1;
	if (parse_server(&dns->resolvers[0], server))
		return true;
	tool_error("--server: expected ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, found %s", server);
	return false;
}

static void
entry_free(struct dns_entry *e)
{
	for (size_t i = 0; i < e->answer.num_records; i++)
		free((void *)(uintptr_t)e->records[i].data.ptr);
	free(e->records);
	free(e);
}

void
dns_free(struct dns *dns)
{
	struct dns_entry *const lists[] = { dns->entries, dns->zone_entries };

	for (size_t i = 0; i < 2; i++) {
		for (struct dns_entry *e = lists[i], *next; e != NULL; e = next) {
			next = e->next;
			entry_free(e);
		}
	}
}

/* --- reading replies ----------------------------------------------------------- */

/* Without the escapes that ldns would write, because names are compared. An unprintable character becomes "?", which
 * occurs in no name that is asked for. */
static void
rdf_name(const ldns_rdf *rdf, char out[DNS_NAME_SIZE])
{
	const uint8_t *const wire = ldns_rdf_data(rdf);
	const size_t size = ldns_rdf_size(rdf);
	size_t len = 0;

	for (size_t at = 0; at < size && wire[at] != 0; at += 1u + wire[at]) {
		if (len > 0 && len < DNS_NAME_MAX)
			out[len++] = '.';
		for (size_t i = 1; i <= wire[at] && at + i < size && len < DNS_NAME_MAX; i++) {
			const uint8_t c = wire[at + i];

			out[len++] = seal_is_vchar(c) || c == ' ' ? (char)seal_lower(c) : '?';
		}
	}
	out[len] = '\0';
}

static void
add_record(struct dns_entry *e, const uint8_t *data, size_t len, uint16_t preference)
{
	uint8_t *const copy = tool_allocate(len + 1);
	struct dns_record *const list = realloc(e->records, (e->answer.num_records + 1) * sizeof *list);

	if (list == NULL)
		abort();
	memcpy(copy, data, len);
	copy[len] = '\0';
	e->records = list;
	list[e->answer.num_records++] = (struct dns_record){ .data = { copy, len }, .preference = preference };
	e->answer.records = list;
}

/* The strings of a TXT record are one text (RFC 6376 3.6.2.2, RFC 7208 3.3). */
static void
add_txt(struct dns_entry *e, const ldns_rr *rr)
{
	uint8_t text[65535];
	size_t len = 0;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *const rdf = ldns_rr_rdf(rr, i);
		const size_t size = ldns_rdf_size(rdf);

		if (size > 1 && len + size - 1 <= sizeof text) {
			memcpy(text + len, ldns_rdf_data(rdf) + 1, size - 1);
			len += size - 1;
		}
	}
	add_record(e, text, len, 0);
}

static void
add_rr(struct dns_entry *e, const ldns_rr *rr)
{
	const bool is_mx = e->type == DNS_MX;
	const ldns_rdf *const rdf = ldns_rr_rdf(rr, is_mx ? 1 : 0);
	char name[DNS_NAME_SIZE];

	if (rdf == NULL)
		return;
	switch (e->type) {
	case DNS_TXT:
		add_txt(e, rr);
		break;
	case DNS_A:
	case DNS_AAAA:
		add_record(e, ldns_rdf_data(rdf), ldns_rdf_size(rdf), 0);
		break;
	case DNS_NS:
	case DNS_CNAME:
	case DNS_SOA:
	case DNS_PTR:
	case DNS_MX:
		rdf_name(rdf, name);
		add_record(e, (const uint8_t *)name, strlen(name),
		           is_mx ? ldns_rdf2native_int16(ldns_rr_rdf(rr, 0)) : 0);
		break;
	}
}

static void
lower_ttl(struct dns_entry *e, uint32_t ttl_s)
{
	if (ttl_s < e->answer.ttl_s)
		e->answer.ttl_s = ttl_s;
}

/* Replaces `name` by the target of its CNAME in the reply; false: it has none. */
static bool
follow_alias(struct dns_entry *e, const ldns_pkt *pkt, char name[DNS_NAME_SIZE])
{
	const ldns_rr_list *const answer = ldns_pkt_answer(pkt);
	char owner[DNS_NAME_SIZE];

	for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		const ldns_rr *const rr = ldns_rr_list_rr(answer, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_CNAME)
			continue;
		rdf_name(ldns_rr_owner(rr), owner);
		if (!name_equal(owner, name))
			continue;
		rdf_name(ldns_rr_rdf(rr, 0), name);
		lower_ttl(e, ldns_rr_ttl(rr));
		return true;
	}
	return false;
}

static void
collect(struct dns_entry *e, const ldns_pkt *pkt, const char *name)
{
	const ldns_rr_list *const answer = ldns_pkt_answer(pkt);
	char owner[DNS_NAME_SIZE];

	for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		const ldns_rr *const rr = ldns_rr_list_rr(answer, i);

		if (ldns_rr_get_type(rr) != (ldns_rr_type)e->type)
			continue;
		rdf_name(ldns_rr_owner(rr), owner);
		if (!name_equal(owner, name))
			continue;
		lower_ttl(e, ldns_rr_ttl(rr));
		add_rr(e, rr);
	}
}

/* Reads how long a negative answer may be cached (RFC 2308 5), and the zone. */
static bool
read_soa(struct dns_entry *e, const ldns_pkt *pkt)
{
	const ldns_rr_list *const authority = ldns_pkt_authority(pkt);

	for (size_t i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr *const rr = ldns_rr_list_rr(authority, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA || ldns_rr_rd_count(rr) < 7)
			continue;
		rdf_name(ldns_rr_owner(rr), e->zone);
		lower_ttl(e, ldns_rr_ttl(rr));
		lower_ttl(e, ldns_rdf2native_int32(ldns_rr_rdf(rr, 6)));
		return true;
	}
	return false;
}

/* False: the chain of aliases ends at `alias`, about which this reply has no data. */
static bool
read_packet(struct dns_entry *e, const ldns_pkt *pkt)
{
	const bool nxdomain = ldns_pkt_get_rcode(pkt) == LDNS_RCODE_NXDOMAIN;
	char name[DNS_NAME_SIZE];
	unsigned aliases = 0;
	bool has_soa;

	e->answer.ttl_s = UINT32_MAX;
	memcpy(name, e->name, sizeof name);
	while (e->type != DNS_CNAME && aliases <= ALIASES_MAX && follow_alias(e, pkt, name))
		aliases++;
	memcpy(e->alias, aliases > 0 ? name : "", aliases > 0 ? sizeof name : 1);
	collect(e, pkt, name);
	if (e->answer.num_records > 0) {
		e->answer.status = DNS_FOUND;
		return true;
	}
	has_soa = read_soa(e, pkt);
	if (e->answer.ttl_s == UINT32_MAX)
		e->answer.ttl_s = 0;
	e->answer.status = aliases > ALIASES_MAX ? DNS_LOOP : nxdomain ? DNS_NXDOMAIN : DNS_NODATA;
	return aliases == 0 || aliases > ALIASES_MAX || nxdomain || has_soa;
}

/* --- asking -------------------------------------------------------------------- */

static bool
is_answer(const ldns_pkt *pkt, bool recursive)
{
	const ldns_pkt_rcode rcode = ldns_pkt_get_rcode(pkt);

	return (rcode == LDNS_RCODE_NOERROR || rcode == LDNS_RCODE_NXDOMAIN) && (recursive || ldns_pkt_aa(pkt));
}

static struct dns_entry *
new_entry(const char *name, enum dns_type type)
{
	struct dns_entry *const e = tool_allocate(sizeof *e);

	*e = (struct dns_entry){ .type = type };
	(void)name_copy(e->name, seal_span_text(name));
	e->answer = (struct dns_answer){ .status = DNS_TIMEOUT, .zone = e->zone, .alias = e->alias };
	return e;
}

/* The answer for the target of an alias becomes the answer; the shorter TTL counts. */
static void
take_over(struct dns_entry *e, const struct dns_answer *target)
{
	const uint32_t ttl_s = e->answer.ttl_s;

	for (size_t i = 0; i < target->num_records; i++)
		add_record(e, target->records[i].data.ptr, target->records[i].data.len, target->records[i].preference);
	e->answer.status = target->status;
	e->answer.disagree = e->answer.disagree || target->disagree;
	e->answer.ttl_s = target->ttl_s < ttl_s ? target->ttl_s : ttl_s;
	if (target->alias[0] != '\0')
		(void)name_copy(e->alias, seal_span_text(target->alias));
	(void)name_copy(e->zone, seal_span_text(target->zone));
}

/* Asks the servers in turn until one of them answers. True: the answer is complete. */
static bool
ask_servers(struct dns *dns, struct dns_entry *e, const struct dns_server *servers, size_t num, bool recursive)
{
	for (size_t i = 0; i < num; i++) {
		ldns_pkt *const pkt = exchange(&servers[i], e->name, e->type, recursive, dns->timeout_ms);
		bool complete;

		if (pkt == NULL)
			continue;
		if (is_answer(pkt, recursive)) {
			complete = read_packet(e, pkt);
			ldns_pkt_free(pkt);
			return complete;
		}
		e->answer.status = DNS_SERVFAIL;
		ldns_pkt_free(pkt);
	}
	return true;
}

static struct dns_entry *
find_entry(struct dns_entry *list, const char *name, enum dns_type type)
{
	for (struct dns_entry *e = list; e != NULL; e = e->next) {
		if (e->type == type && name_equal(e->name, name))
			return e;
	}
	return NULL;
}

typedef bool (*ask_once_fn)(struct dns *dns, struct dns_entry *e);

static bool
ask_resolvers(struct dns *dns, struct dns_entry *e)
{
	return ask_servers(dns, e, dns->resolvers, dns->num_resolvers, true);
}

/* A reply may end with an alias. Its target is then asked for separately, ALIASES_MAX times at most. */
static void
fill(struct dns *dns, struct dns_entry *e, ask_once_fn ask_once)
{
	bool complete = ask_once(dns, e);

	for (unsigned i = 0; !complete && i < ALIASES_MAX; i++) {
		struct dns_entry *const target = new_entry(e->alias, e->type);

		complete = ask_once(dns, target);
		take_over(e, &target->answer);
		entry_free(target);
	}
	if (!complete)
		e->answer.status = DNS_LOOP;
}

static const struct dns_answer *
ask_through(struct dns *dns, struct dns_entry **list, const char *name, enum dns_type type, ask_once_fn ask_once)
{
	struct dns_entry *e = find_entry(*list, name, type);

	if (e != NULL)
		return &e->answer;
	e = new_entry(name, type);
	e->next = *list;
	*list = e;
	if (exchange_is_name(name))
		fill(dns, e, ask_once);
	else
		e->answer.status = DNS_BAD_NAME;
	return &e->answer;
}

const struct dns_answer *
dns_ask(struct dns *dns, const char *name, enum dns_type type)
{
	return ask_through(dns, &dns->entries, name, type, ask_resolvers);
}

/* --- the zone's own servers ----------------------------------------------------- */

bool
dns_zone_of(struct dns *dns, const char *name, char zone[DNS_NAME_SIZE])
{
	zone[0] = '\0';
	for (; name[0] != '\0'; name = name_parent(name)) {
		const struct dns_answer *const soa = dns_ask(dns, name, DNS_SOA);

		if (dns_is_unknown(soa))
			return false;
		if (soa->alias[0] != '\0')
			continue;
		if (soa->status == DNS_FOUND)
			return name_copy(zone, seal_span_text(name));
		if (soa->zone[0] != '\0' && name_within(name, soa->zone))
			return name_copy(zone, seal_span_text(soa->zone));
	}
	return false;
}

static void
add_servers(struct dns *dns, const char *host, enum dns_type type, struct dns_server *servers, size_t *num)
{
	const struct dns_answer *const answer = dns_ask(dns, host, type);

	for (size_t i = 0; i < answer->num_records && *num < DNS_SERVERS_MAX; i++) {
		char text[INET6_ADDRSTRLEN];

		const int family = type == DNS_A ? AF_INET : AF_INET6;

		if (inet_ntop(family, answer->records[i].data.ptr, text, sizeof text) != NULL &&
		    set_server(&servers[*num], text, dns->zone_port))
			(*num)++;
	}
}

static size_t
find_servers(struct dns *dns, const char *name, struct dns_server servers[DNS_SERVERS_MAX])
{
	char zone[DNS_NAME_SIZE];
	const struct dns_answer *hosts;
	size_t num = 0;

	if (!dns_zone_of(dns, name, zone))
		return 0;
	hosts = dns_ask(dns, zone, DNS_NS);
	for (size_t i = 0; i < hosts->num_records; i++)
		add_servers(dns, (const char *)hosts->records[i].data.ptr, DNS_A, servers, &num);
	for (size_t i = 0; i < hosts->num_records; i++)
		add_servers(dns, (const char *)hosts->records[i].data.ptr, DNS_AAAA, servers, &num);
	return num;
}

static bool
has_record(const struct dns_answer *answer, const struct dns_record *record)
{
	for (size_t i = 0; i < answer->num_records; i++) {
		if (seal_span_equal(answer->records[i].data, record->data) &&
		    answer->records[i].preference == record->preference)
			return true;
	}
	return false;
}

bool
dns_answers_equal(const struct dns_answer *a, const struct dns_answer *b)
{
	bool equal = dns_is_absent(a) == dns_is_absent(b) && a->num_records == b->num_records &&
	             name_equal(a->alias, b->alias);

	for (size_t i = 0; equal && i < a->num_records; i++)
		equal = has_record(b, &a->records[i]);
	return equal;
}

/* The other servers are asked only to compare their records with those of the first one that answered. */
static void
compare_servers(struct dns *dns, struct dns_entry *e, const struct dns_server *servers, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		struct dns_entry *const other = new_entry(e->name, e->type);

		(void)ask_servers(dns, other, &servers[i], 1, false);
		if (!dns_is_unknown(&other->answer) && !dns_answers_equal(&e->answer, &other->answer))
			e->answer.disagree = true;
		entry_free(other);
	}
}

static bool
ask_zone_servers(struct dns *dns, struct dns_entry *e)
{
	struct dns_server servers[DNS_SERVERS_MAX];
	const size_t num = find_servers(dns, e->name, servers);
	const bool complete = ask_servers(dns, e, servers, num, false);

	if (num > 1 && !dns_is_unknown(&e->answer))
		compare_servers(dns, e, servers, num);
	return complete;
}

const struct dns_answer *
dns_ask_zone(struct dns *dns, const char *name, enum dns_type type)
{
	return ask_through(dns, &dns->zone_entries, name, type, ask_zone_servers);
}

const char *
dns_disagreement(const struct dns *dns, size_t index)
{
	for (const struct dns_entry *e = dns->zone_entries; e != NULL; e = e->next) {
		if (e->answer.disagree && index-- == 0)
			return e->name;
	}
	return NULL;
}

static const struct dns_answer *
ask_either(void *ctx, const char *name, enum dns_type type)
{
	struct dns *const dns = ctx;

	return dns->authoritative ? dns_ask_zone(dns, name, type) : dns_ask(dns, name, type);
}

struct dns_lookup
dns_lookup(struct dns *dns)
{
	return (struct dns_lookup){ ask_either, dns };
}
