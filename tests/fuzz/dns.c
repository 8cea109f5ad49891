/* SPDX-License-Identifier: Apache-2.0
 *
 * dns.c - answers of DNS servers, over UDP and, in any cut, over TCP. Promised: results lie in the octets
 * received, names are valid, and every question ends.
 */
#include "engine/dns/resolver.h"
#include "tests/fuzz/fuzz.h"

#define ASKS_MAX 1000u
#define TYPE_OPT 41u /* RFC 6891 6.1.3: flags in place of a TTL */

static const uint16_t types[] = { SEAL_DNS_TXT, SEAL_DNS_A, SEAL_DNS_MX, SEAL_DNS_CNAME, SEAL_DNS_SOA, SEAL_DNS_AAAA };

static void
check_name(const struct seal_dns_name *name)
{
	struct seal_dns_name again;
	uint8_t text[SEAL_DNS_NAME_MAX];
	struct seal_out out = seal_out(text, sizeof text);
	size_t at = 0;

	REQUIRE(name->len >= 1);
	while (name->wire[at] != 0) {
		REQUIRE(name->wire[at] <= 63);
		at += name->wire[at] + 1u;
		REQUIRE(at < name->len);
	}
	REQUIRE(at + 1 == name->len);
	if (!seal_dns_name_put(name, &out)) {
		REQUIRE(out.len == 0);
		return;
	}
	REQUIRE(!fuzz_has_control(seal_out_span(&out)));
	if (out.len > 0) {
		REQUIRE(seal_dns_name_set(&again, seal_out_span(&out)));
		REQUIRE(seal_dns_name_equal(&again, name) && seal_dns_name_within(&again, name));
	}
}

static void
dns_check_record(const struct seal_dns_message *m, const struct seal_dns_record *record, struct seal_span octets)
{
	uint8_t text[65536];
	struct seal_out out = seal_out(text, sizeof text);
	struct seal_dns_name name;
	uint32_t number;
	struct seal_ip address;
	uint16_t preference;

	REQUIRE(fuzz_within(record->data, octets));
	REQUIRE(record->ttl_s <= INT32_MAX || record->type == TYPE_OPT);
	if (m != NULL) {
		seal_dns_owner(m, record, &name);
		check_name(&name);
		if (seal_dns_target(m, record, &name))
			check_name(&name);
		seal_dns_minimum(m, record, &number);
	}
	seal_dns_preference(record, &preference);
	if (seal_dns_address(record, &address))
		REQUIRE(record->type == SEAL_DNS_A ? record->data.len == 4 && seal_ip_is_v4(&address)
		                                   : record->type == SEAL_DNS_AAAA && record->data.len == SEAL_IP_LEN);
	if (seal_dns_text(record, &out))
		REQUIRE(record->type == SEAL_DNS_TXT && out.len < record->data.len);
}

/* An answer to `question`: the same id and question, the rest from the input. */
static struct seal_span
answer_to(struct seal_span question, size_t question_len, struct seal_span *in, size_t max)
{
	struct seal_span piece = fuzz_piece(in, max);
	uint8_t *message;
	size_t len;

	if (piece.len < SEAL_DNS_HEADER_LEN || fuzz_choice(in) % 8 == 7)
		return piece;
	len = question_len + piece.len - SEAL_DNS_HEADER_LEN;
	message = malloc(len);
	REQUIRE(message != NULL);
	memcpy(message, piece.ptr, SEAL_DNS_HEADER_LEN);
	memcpy(message, question.ptr, 2);
	memcpy(message + 4, question.ptr + 4, 2);
	message[2] |= 0x80u;
	memcpy(message + SEAL_DNS_HEADER_LEN, question.ptr + SEAL_DNS_HEADER_LEN, question_len - SEAL_DNS_HEADER_LEN);
	memcpy(message + question_len, piece.ptr + SEAL_DNS_HEADER_LEN, piece.len - SEAL_DNS_HEADER_LEN);
	fuzz_free(piece);
	return seal_span(message, len);
}

/* The header and the question, without the OPT record after them. */
static size_t
question_len(struct seal_span question)
{
	size_t at = SEAL_DNS_HEADER_LEN;

	while (question.ptr[at] != 0)
		at += question.ptr[at] + 1u;
	return at + 5;
}

static void
fuzz_message(struct seal_span in)
{
	const uint16_t type = types[fuzz_choice(&in) % (sizeof types / sizeof types[0])];
	uint8_t octets[SEAL_DNS_QUESTION_MAX];
	struct seal_out question = seal_out(octets, sizeof octets);
	struct seal_dns_cursor cursor;
	struct seal_dns_record record;
	struct seal_dns_message m;
	struct seal_dns_name name;
	struct seal_span answer;
	size_t num = 0;

	REQUIRE(seal_dns_name_set(&name, SEAL_SPAN("s1._domainkey.example.com")));
	seal_dns_question(&question, 0x1234, &name, type, false);
	REQUIRE(!question.overflow && question_len(seal_out_span(&question)) == question.len);
	answer = answer_to(seal_out_span(&question), question.len, &in, SIZE_MAX);
	if (seal_dns_open(&m, answer, 0x1234, &name, type) == SEAL_DNS_OURS) {
		REQUIRE(fuzz_within(m.octets, answer));
		cursor = seal_dns_records(&m);
		while (seal_dns_next(&m, &cursor, &record)) {
			num++;
			dns_check_record(&m, &record, answer);
		}
		REQUIRE(m.truncated ? num == 0
		                    : num == (size_t)m.num_answers + m.num_authorities + m.num_additionals);
	}
	fuzz_free(answer);
}

static void
check_outcome(const struct seal_dns_resolver *r, struct seal_span octets)
{
	struct seal_dns_cursor cursor;
	struct seal_dns_record record;
	size_t num = 0;

	REQUIRE(seal_dns_ttl_s(r) <= SEAL_DNS_TTL_MAX_S);
	if (seal_dns_outcome(r) != SEAL_DNS_FOUND)
		return;
	cursor = seal_dns_results(r);
	while (seal_dns_result(r, &cursor, &record)) {
		num++;
		REQUIRE(record.type == r->type);
		dns_check_record(&r->answer, &record, octets);
	}
	REQUIRE(num > 0);
}

/* Over TCP: a length, which may lie, and a message; in pieces. */
static void
answer_tcp(struct seal_dns_resolver *r, struct seal_span answer, struct seal_span *in, struct seal_span memory,
           uint64_t now_ms)
{
	const size_t len = fuzz_choice(in) % 8 == 7 ? fuzz_choice(in) : answer.len;
	struct seal_span rest = answer, piece;
	uint8_t length[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	seal_dns_recv_tcp(r, seal_span(length, 1), now_ms);
	seal_dns_recv_tcp(r, seal_span(length + 1, 1), now_ms);
	while (rest.len > 0 && seal_dns_wants_tcp(r)) {
		piece = fuzz_piece(&rest, fuzz_cut(in));
		seal_dns_recv_tcp(r, piece, now_ms);
		fuzz_free(piece);
	}
	check_outcome(r, memory);
}

static void
fuzz_resolver(struct seal_span in)
{
	static const struct seal_dns_server servers[2] = { { { { 1 } }, 53 }, { { { 2 } }, 5353 } };
	const size_t memory_len = fuzz_choice(&in) * 8u;
	const uint16_t type = types[fuzz_choice(&in) % (sizeof types / sizeof types[0])];
	uint8_t *memory = malloc(memory_len > 0 ? memory_len : 1);
	struct seal_dns_resolver r;
	uint64_t now_ms = UINT64_MAX - 3000u;
	struct seal_span answer = { NULL, 0 };
	size_t asks = 0;

	seal_dns_init(&r, memory, memory_len);
	seal_dns_set_servers(&r, servers, 1u + fuzz_choice(&in) % 2u);
	seal_dns_start(&r, SEAL_SPAN("s1._domainkey.example.com"), type, now_ms);
	while (seal_dns_outcome(&r) == SEAL_DNS_ASKING) {
		uint8_t random[SEAL_DNS_RANDOM_LEN] = { (uint8_t)asks, 7, (uint8_t)(asks >> 3), 9 };
		struct seal_dns_ask ask;
		struct seal_span question;
		unsigned what;

		if (!seal_dns_tick(&r, now_ms)) {
			now_ms = seal_dns_deadline_ms(&r);
			continue;
		}
		REQUIRE(++asks < ASKS_MAX);
		seal_dns_ask(&r, random, &ask, now_ms);
		REQUIRE(ask.local_port >= 1024);
		question = ask.tcp ? seal_span_from(ask.octets, 2) : ask.octets;
		what = in.len == 0 ? 3 : fuzz_choice(&in) % 8;
		if (what == 7) {
			seal_dns_failed(&r, now_ms);
		} else if (what != 3) {
			fuzz_free(answer);
			answer = answer_to(question, question_len(question), &in, fuzz_choice(&in) * 4u);
			if (ask.tcp) {
				answer_tcp(&r, answer, &in, seal_span(memory, memory_len), now_ms);
			} else {
				seal_dns_recv(&r, what == 6 ? servers[1] : ask.server, answer, now_ms);
				check_outcome(&r, answer);
			}
		}
	}
	seal_dns_stop(&r);
	REQUIRE(seal_dns_outcome(&r) == SEAL_DNS_FAILED);
	fuzz_free(answer);
	free(memory);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal_span in = seal_span(data, len);

	if (fuzz_choice(&in) % 2 == 0)
		fuzz_message(in);
	else
		fuzz_resolver(in);
	return 0;
}
