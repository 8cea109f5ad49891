/* SPDX-License-Identifier: Apache-2.0
 *
 * names.c - the names of port/lwip/net.h, and port/lwip/ask.h with answers made here: engine/dns
 * reads them.
 */
#include <string.h>

#include "engine/base/base64.h"
#include "port/lwip/ask.h"
#include "port/port.h"
#include "tests/sim/names.h"
#include "tests/sim/world.h"

#define SERVER    0xc0000235u /* 192.0.2.53 */
#define NEXT_HOP  0xc0000219u
#define IDLE_MS   60000u

/* A SubjectPublicKeyInfo to be compared, not to be used. */
const uint8_t names_public_key[64] = { 0x30, 0x3e };

static struct {
	void (*found)(void *ctx, uint32_t address);
	void *ctx;
	uint64_t due_ms;            /* of the address; UINT64_MAX: not asked for */
	uint64_t answer_ms;         /* of the question for a key record          */
} names;

/* --- the next hop's address ---------------------------------------------------------------- */

uint32_t
seal_net_address(void)
{
	return 0xc0000201u;
}

uint32_t
seal_net_dns_server(void)
{
	return SERVER;
}

enum seal_net_answer
seal_net_resolve(const char *name, uint32_t *address, void (*found)(void *ctx, uint32_t address), void *ctx)
{
	const bool is_address = strcmp(name, "192.0.2.25") == 0;

	world_expect(is_address || strcmp(name, "hop.example") == 0, "another name is looked up");
	world_expect(names.due_ms == UINT64_MAX, "a name is looked up while another one is");
	*address = 0;
	if (world.setting.hop_name == NAME_NONE && dice_one_in(2))
		return SEAL_NET_NOT_FOUND;
	if (world.setting.hop_name == NAME_ADDRESS || world.setting.hop_name == NAME_AT_ONCE) {
		*address = NEXT_HOP;
		return SEAL_NET_FOUND;
	}
	names.found = found;
	names.ctx = ctx;
	names.due_ms = world.now_ms + dice_below(3000);
	return SEAL_NET_ASKING;
}

void
names_start(void)
{
	names.due_ms = names.answer_ms = UINT64_MAX;
}

bool
names_can_progress(void)
{
	return world.now_ms >= names.due_ms;
}

uint64_t
names_due_ms(void)
{
	return names.due_ms < names.answer_ms ? names.due_ms : names.answer_ms;
}

void
names_progress(void)
{
	names.due_ms = UINT64_MAX;
	names.found(names.ctx, world.setting.hop_name == NAME_NONE ? 0 : NEXT_HOP);
}

/* --- key records ------------------------------------------------------------------------------ */

void
seal_ask_init(struct seal_ask *a, uint16_t server_port, uint8_t *memory, size_t memory_cap)
{
	*a = (struct seal_ask){ .memory = memory, .memory_cap = memory_cap, .server_port = server_port };
	seal_dns_init(&a->resolver, memory, memory_cap);
	names.answer_ms = UINT64_MAX;
}

void
seal_ask_start(struct seal_ask *a, struct seal_span name, uint16_t type)
{
	const struct seal_dns_server server = { SERVER, a->server_port };

	names.answer_ms = UINT64_MAX;
	seal_dns_set_servers(&a->resolver, &server, 1);
	(void)seal_dns_start(&a->resolver, name, type, world.now_ms);
}

static void
put_u16(struct seal_out *out, unsigned value)
{
	seal_out_octet(out, (uint8_t)(value >> 8));
	seal_out_octet(out, (uint8_t)value);
}

static void
put_txt(struct seal_out *out, bool is_ours)
{
	uint8_t key[sizeof names_public_key];
	uint8_t text[200];
	struct seal_out record = seal_out(text, sizeof text);

	memcpy(key, names_public_key, sizeof key);
	key[9] ^= !is_ours;
	seal_out_text(&record, "v=DKIM1; k=rsa; p=");
	seal_base64_put(&record, seal_span(key, sizeof key));
	put_u16(out, 0xc00cu);      /* the name of the question */
	put_u16(out, SEAL_DNS_TXT);
	put_u16(out, SEAL_DNS_IN);
	put_u16(out, 0);
	put_u16(out, 300);
	put_u16(out, (unsigned)record.len + 1u);
	seal_out_octet(out, (uint8_t)record.len);
	seal_out_span_put(out, seal_out_span(&record));
}

/* Header and question as they came, then what the world's record is. */
static void
answer(struct seal_ask *a, struct seal_span question)
{
	static const unsigned NUM[] = { [RECORD_OURS] = 1, [RECORD_OTHER] = 1, [RECORD_SEVERAL] = 2,
	       [RECORD_SILENCE] = 0 };
	const unsigned record = world.setting.record;
	const unsigned num = NUM[record];
	const unsigned rcode = record == RECORD_ABSENT ? SEAL_DNS_RCODE_NXDOMAIN
	                       : record == RECORD_SERVFAIL ? SEAL_DNS_RCODE_SERVFAIL : SEAL_DNS_RCODE_NOERROR;
	const struct seal_dns_server from = { SERVER, a->server_port };
	struct seal_out out = seal_out(a->memory, a->memory_cap);
	size_t end = SEAL_DNS_HEADER_LEN;

	while (question.ptr[end] != 0)
		end += question.ptr[end] + 1u;
	seal_out_span_put(&out, seal_span_first(question, 2));
	put_u16(&out, 0x8180u | rcode);
	put_u16(&out, 1);
	put_u16(&out, num);
	put_u16(&out, 0);
	put_u16(&out, 0);
	seal_out_span_put(&out, seal_span(question.ptr + SEAL_DNS_HEADER_LEN, end + 5u - SEAL_DNS_HEADER_LEN));
	for (unsigned i = 0; i < num; i++)
		put_txt(&out, i == 0 && record != RECORD_OTHER);
	(void)seal_dns_recv(&a->resolver, from, seal_out_span(&out), world.now_ms);
}

static void
send(struct seal_ask *a)
{
	uint8_t random[SEAL_DNS_RANDOM_LEN];
	struct seal_dns_ask ask;

	seal_port_random(random, sizeof random);
	seal_dns_ask(&a->resolver, random, &ask, world.now_ms);
	if (ask.tcp)
		(void)seal_dns_failed(&a->resolver, world.now_ms);
	else if (world.setting.record != RECORD_SILENCE)
		names.answer_ms = world.now_ms + dice_below(20);
}

uint32_t
seal_ask_run(struct seal_ask *a)
{
	uint64_t deadline_ms;

	if (world.now_ms >= names.answer_ms) {
		names.answer_ms = UINT64_MAX;
		answer(a, seal_span(a->resolver.question + 2, SEAL_DNS_QUESTION_MAX));
	}
	if (seal_dns_tick(&a->resolver, world.now_ms))
		send(a);
	if (seal_dns_outcome(&a->resolver) != SEAL_DNS_ASKING)
		return IDLE_MS;
	deadline_ms = seal_dns_deadline_ms(&a->resolver);
	deadline_ms = names.answer_ms < deadline_ms ? names.answer_ms : deadline_ms;
	return deadline_ms > world.now_ms ? (uint32_t)(deadline_ms - world.now_ms) : 0;
}
