/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dns/resolver.h"

#include <string.h>

#define TCP_LENGTH_LEN 2u    /* RFC 1035 4.2.2 */
#define PORT_MIN       1024u /* RFC 5452 10 */

static const char *const TEXTS[] = {
	[SEAL_DNS_ASKING] = "asking",
	[SEAL_DNS_FOUND] = "found",
	[SEAL_DNS_NODATA] = "no-data",
	[SEAL_DNS_NXDOMAIN] = "no-such-name",
	[SEAL_DNS_FAILED] = "failed",
};
_Static_assert(sizeof TEXTS / sizeof TEXTS[0] == SEAL_DNS_FAILED + 1u, "an outcome without text");

const char *
seal_dns_outcome_text(enum seal_dns_outcome outcome)
{
	return TEXTS[outcome];
}

enum seal_dns_outcome
seal_dns_outcome(const struct seal_dns_resolver *r)
{
	return (enum seal_dns_outcome)r->outcome;
}

uint32_t
seal_dns_ttl_s(const struct seal_dns_resolver *r)
{
	return r->ttl_s;
}

uint32_t
seal_dns_minimum_s(const struct seal_dns_resolver *r)
{
	return r->minimum_s;
}

uint64_t
seal_dns_deadline_ms(const struct seal_dns_resolver *r)
{
	return r->due_ms;
}

struct seal_ip
seal_dns_found_address(const struct seal_dns_resolver *r)
{
	return r->address;
}

bool
seal_dns_wants_tcp(const struct seal_dns_resolver *r)
{
	return r->outcome == SEAL_DNS_ASKING && r->waiting && r->tcp;
}

static bool
is_for_address(const struct seal_dns_resolver *r)
{
	return r->type == SEAL_DNS_A || r->type == SEAL_DNS_AAAA;
}

/* --- asking --------------------------------------------------------------- */

static enum seal_dns_outcome
end(struct seal_dns_resolver *r, enum seal_dns_outcome outcome)
{
	r->outcome = (uint8_t)outcome;
	r->waiting = false;
	return outcome;
}

/* Send the question (again) at `due_ms`. */
static enum seal_dns_outcome
ask_at(struct seal_dns_resolver *r, uint64_t due_ms)
{
	r->waiting = false;
	r->due_ms = due_ms;
	return SEAL_DNS_ASKING;
}

static uint64_t
round_ms(const struct seal_dns_resolver *r)
{
	return (uint64_t)SEAL_DNS_ANSWER_MS << r->attempt / r->num_servers;
}

/* Move on to the next server, or to the next round. A round that nothing delayed begins after a
 * pause, to give servers in trouble time to recover. */
static enum seal_dns_outcome
next_attempt(struct seal_dns_resolver *r, bool waited, uint64_t now_ms)
{
	const uint64_t pause_ms = round_ms(r);

	r->tcp = false;
	r->edns = !is_for_address(r);
	r->attempt++;
	if (r->attempt >= r->num_servers * SEAL_DNS_ROUNDS)
		return end(r, SEAL_DNS_FAILED);
	return ask_at(r, waited || r->attempt % r->num_servers != 0 ? now_ms : now_ms + pause_ms);
}

void
seal_dns_init(struct seal_dns_resolver *r, uint8_t *memory, size_t memory_cap)
{
	memset(r, 0, sizeof *r);
	r->memory = memory;
	r->memory_cap = memory != NULL ? memory_cap : sizeof r->question;
	r->outcome = SEAL_DNS_FAILED;
}

void
seal_dns_set_servers(struct seal_dns_resolver *r, const struct seal_dns_server *servers, size_t num)
{
	if (r->outcome == SEAL_DNS_ASKING)
		end(r, SEAL_DNS_FAILED);
	r->num_servers = (uint8_t)(num < SEAL_DNS_SERVERS_MAX ? num : SEAL_DNS_SERVERS_MAX);
	for (size_t i = 0; i < r->num_servers; i++)
		r->servers[i] = servers[i];
}

enum seal_dns_outcome
seal_dns_start(struct seal_dns_resolver *r, struct seal_span name, uint16_t type, uint64_t now_ms)
{
	r->outcome = SEAL_DNS_ASKING;
	r->type = type;
	r->attempt = 0;
	r->num_aliases = 0;
	r->tcp = false;
	r->edns = !is_for_address(r);
	r->ttl_s = SEAL_DNS_TTL_MAX_S;
	r->minimum_s = 0;
	ask_at(r, now_ms);
	if (r->num_servers == 0 || !seal_dns_name_set(&r->name, name))
		return end(r, SEAL_DNS_FAILED);
	return SEAL_DNS_ASKING;
}

void
seal_dns_stop(struct seal_dns_resolver *r)
{
	end(r, SEAL_DNS_FAILED);
}

/* True if the time has come. Half of all times lie ahead, because the clock may wrap. */
static bool
is_reached(uint64_t time_ms, uint64_t now_ms)
{
	return now_ms - time_ms <= UINT64_MAX / 2u;
}

bool
seal_dns_tick(struct seal_dns_resolver *r, uint64_t now_ms)
{
	if (r->outcome != SEAL_DNS_ASKING || !is_reached(r->due_ms, now_ms))
		return false;
	if (r->waiting) {
		r->timeouts++;
		next_attempt(r, true, now_ms);
	}
	return r->outcome == SEAL_DNS_ASKING;
}

void
seal_dns_ask(struct seal_dns_resolver *r, const uint8_t random[SEAL_DNS_RANDOM_LEN],
             struct seal_dns_ask *ask, uint64_t now_ms)
{
	struct seal_out out = seal_out(r->question + TCP_LENGTH_LEN, sizeof r->question - TCP_LENGTH_LEN);
	const unsigned by_chance = (unsigned)random[2] << 8 | random[3];

	r->id = (uint16_t)((unsigned)random[0] << 8 | random[1]);
	seal_dns_question(&out, r->id, &r->name, r->type, r->edns);
	r->question[0] = (uint8_t)(out.len >> 8);
	r->question[1] = (uint8_t)out.len;
	*ask = (struct seal_dns_ask){
		.octets = r->tcp ? seal_span(r->question, TCP_LENGTH_LEN + out.len) : seal_out_span(&out),
		.server = r->servers[r->attempt % r->num_servers],
		.local_port = (uint16_t)(PORT_MIN + by_chance % (UINT16_MAX + 1u - PORT_MIN)),
		.tcp = r->tcp,
	};
	r->waiting = true;
	r->num_ignored = 0;
	r->memory_len = 0;
	r->due_ms = now_ms + (r->tcp ? SEAL_DNS_TCP_MS : round_ms(r));
	r->questions++;
}

enum seal_dns_outcome
seal_dns_failed(struct seal_dns_resolver *r, uint64_t now_ms)
{
	if (r->outcome != SEAL_DNS_ASKING)
		return seal_dns_outcome(r);
	return next_attempt(r, false, now_ms);
}

/* --- answers -------------------------------------------------------------- */

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool
is_about(const struct seal_dns_message *m, const struct seal_dns_record *record,
         const struct seal_dns_name *name)
{
	struct seal_dns_name owner;

	if (record->section != SEAL_DNS_ANSWER || record->dns_class != SEAL_DNS_IN)
		return false;
	seal_dns_owner(m, record, &owner);
	return seal_dns_name_equal(&owner, name);
}

struct seal_dns_cursor
seal_dns_results(const struct seal_dns_resolver *r)
{
	return seal_dns_records(&r->answer);
}

bool
seal_dns_result(const struct seal_dns_resolver *r, struct seal_dns_cursor *cursor,
                struct seal_dns_record *record)
{
	if (r->outcome != SEAL_DNS_FOUND)
		return false;
	while (seal_dns_next(&r->answer, cursor, record)) {
		if (record->type == r->type && is_about(&r->answer, record, &r->name))
			return true;
	}
	return false;
}

enum found {
	FOUND_NOTHING,
	FOUND_RECORDS,
	FOUND_ALIAS
};

/* Look for records at r->name: those of the type, of which the lowest TTL counts, or a CNAME. */
static enum found
look(struct seal_dns_resolver *r, struct seal_dns_record *alias)
{
	struct seal_dns_cursor cursor = seal_dns_records(&r->answer);
	struct seal_dns_record record;
	enum found found = FOUND_NOTHING;

	while (seal_dns_next(&r->answer, &cursor, &record)) {
		if (record.type != r->type && record.type != SEAL_DNS_CNAME)
			continue;
		if (!is_about(&r->answer, &record, &r->name))
			continue;
		if (record.type == r->type) {
			r->ttl_s = least(r->ttl_s, record.ttl_s);
			found = FOUND_RECORDS;
		} else if (found == FOUND_NOTHING) {
			*alias = record;
			found = FOUND_ALIAS;
		}
	}
	return found;
}

/* Read the authority section. A SOA of a zone that holds r->name limits how long "no such record"
 * may be kept (RFC 2308 5). *refers: it has name servers and no such SOA. */
static bool
read_authority(const struct seal_dns_resolver *r, uint32_t *negative_ttl_s, uint32_t *minimum_s, bool *refers)
{
	struct seal_dns_cursor cursor = seal_dns_records(&r->answer);
	struct seal_dns_record record;
	struct seal_dns_name zone;

	*refers = false;
	*negative_ttl_s = 0;
	while (seal_dns_next(&r->answer, &cursor, &record)) {
		if (record.section != SEAL_DNS_AUTHORITY || record.dns_class != SEAL_DNS_IN)
			continue;
		*refers = *refers || record.type == SEAL_DNS_NS;
		if (!seal_dns_minimum(&r->answer, &record, minimum_s))
			continue;
		seal_dns_owner(&r->answer, &record, &zone);
		if (!seal_dns_name_within(&r->name, &zone))
			continue;
		*minimum_s = least(*minimum_s, SEAL_DNS_NEGATIVE_MAX_S);
		*negative_ttl_s = least(record.ttl_s, *minimum_s);
		*refers = false;
		return true;
	}
	return false;
}

/* The chain of aliases ends at r->name, and the answer has no record of the type there. */
static enum seal_dns_outcome
take_nothing(struct seal_dns_resolver *r, bool followed, uint64_t now_ms)
{
	uint32_t negative_ttl_s, minimum_s = 0;
	bool refers;
	const bool has_soa = read_authority(r, &negative_ttl_s, &minimum_s, &refers);

	if (r->answer.rcode == SEAL_DNS_RCODE_NOERROR && !has_soa && followed)
		return ask_at(r, now_ms);      /* follow the rest of the chain with a new question */
	if (r->answer.rcode == SEAL_DNS_RCODE_NOERROR && refers)
		return next_attempt(r, false, now_ms); /* RFC 2308 2.2: a referral proves nothing */
	r->ttl_s = least(r->ttl_s, negative_ttl_s);
	r->minimum_s = has_soa ? minimum_s : 0;
	return end(r, r->answer.rcode == SEAL_DNS_RCODE_NXDOMAIN ? SEAL_DNS_NXDOMAIN : SEAL_DNS_NODATA);
}

/* Keep the first address. Returns false if no record holds a valid one. */
static bool
keep_address(struct seal_dns_resolver *r)
{
	struct seal_dns_cursor cursor = seal_dns_records(&r->answer);
	struct seal_dns_record record;

	while (seal_dns_next(&r->answer, &cursor, &record)) {
		if (record.type == r->type && is_about(&r->answer, &record, &r->name) &&
		    seal_dns_address(&record, &r->address))
			return true;
	}
	return false;
}

static enum seal_dns_outcome
take_records(struct seal_dns_resolver *r, uint64_t now_ms)
{
	const uint8_t num_before = r->num_aliases;
	struct seal_dns_record alias;
	struct seal_dns_name target;
	enum found found = look(r, &alias);

	while (found == FOUND_ALIAS) {
		if (r->num_aliases == SEAL_DNS_ALIASES_MAX)
			return end(r, SEAL_DNS_FAILED);
		if (!seal_dns_target(&r->answer, &alias, &target))
			return next_attempt(r, false, now_ms);
		r->num_aliases++;
		r->ttl_s = least(r->ttl_s, alias.ttl_s);
		r->name = target;
		found = look(r, &alias);
	}
	if (found == FOUND_NOTHING)
		return take_nothing(r, r->num_aliases != num_before, now_ms);
	if (r->answer.rcode == SEAL_DNS_RCODE_NXDOMAIN) /* with records of that name: a contradiction */
		return next_attempt(r, false, now_ms);
	if (is_for_address(r) && !keep_address(r))
		return next_attempt(r, false, now_ms);
	return end(r, SEAL_DNS_FOUND);
}

static enum seal_dns_outcome
ignore(struct seal_dns_resolver *r, uint64_t now_ms)
{
	r->ignored++;
	if (r->outcome == SEAL_DNS_ASKING && r->waiting && !r->tcp && ++r->num_ignored == SEAL_DNS_IGNORED_MAX) {
		r->tcp = true;
		ask_at(r, now_ms);
	}
	return seal_dns_outcome(r);
}

static enum seal_dns_outcome
take(struct seal_dns_resolver *r, struct seal_span octets, uint64_t now_ms)
{
	const enum seal_dns_verdict verdict = seal_dns_open(&r->answer, octets, r->id, &r->name, r->type);
	const uint16_t rcode = r->answer.rcode;

	if (verdict == SEAL_DNS_NOT_OURS)
		return r->tcp ? next_attempt(r, false, now_ms) : ignore(r, now_ms);
	if (verdict == SEAL_DNS_MALFORMED || (r->answer.truncated && r->tcp))
		return next_attempt(r, false, now_ms);
	if (rcode == SEAL_DNS_RCODE_FORMERR && r->edns) { /* RFC 6891 7: the server may lack EDNS */
		r->edns = false;
		return ask_at(r, now_ms);
	}
	if (rcode != SEAL_DNS_RCODE_NOERROR && rcode != SEAL_DNS_RCODE_NXDOMAIN)
		return next_attempt(r, false, now_ms);
	if (r->answer.truncated) {
		r->tcp = true;
		return ask_at(r, now_ms);
	}
	return take_records(r, now_ms);
}

enum seal_dns_outcome
seal_dns_recv(struct seal_dns_resolver *r, struct seal_dns_server from, struct seal_span datagram,
              uint64_t now_ms)
{
	const struct seal_dns_server *asked;

	if (r->outcome != SEAL_DNS_ASKING || !r->waiting || r->tcp)
		return ignore(r, now_ms);
	asked = &r->servers[r->attempt % r->num_servers];
	if (!seal_ip_equal(&from.address, &asked->address) || from.port != asked->port)
		return ignore(r, now_ms);
	return take(r, datagram, now_ms);
}

/* Where an answer over TCP is collected. The question's memory can serve because the question has
 * been sent by then. */
static uint8_t *
memory_of(struct seal_dns_resolver *r)
{
	return r->memory != NULL ? r->memory : r->question;
}

/* How many octets of the current message over TCP are still missing, including its length. */
static size_t
missing(struct seal_dns_resolver *r)
{
	const uint8_t *length = memory_of(r);
	const size_t known = r->memory_len < TCP_LENGTH_LEN
	                     ? TCP_LENGTH_LEN
	                     : TCP_LENGTH_LEN + ((size_t)length[0] << 8 | length[1]);

	return known - r->memory_len;
}

enum seal_dns_outcome
seal_dns_recv_tcp(struct seal_dns_resolver *r, struct seal_span octets, uint64_t now_ms)
{
	uint8_t *memory = memory_of(r);

	while (seal_dns_wants_tcp(r) && octets.len > 0) {
		const struct seal_span piece = seal_span_first(octets, missing(r));

		if (piece.len > r->memory_cap - r->memory_len)
			return next_attempt(r, false, now_ms);
		memcpy(memory + r->memory_len, piece.ptr, piece.len);
		r->memory_len += piece.len;
		octets = seal_span_from(octets, piece.len);
		if (r->memory_len >= TCP_LENGTH_LEN && missing(r) == 0)
			return take(r, seal_span(memory + TCP_LENGTH_LEN, r->memory_len - TCP_LENGTH_LEN), now_ms);
	}
	return seal_dns_outcome(r);
}
