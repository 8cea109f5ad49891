/* SPDX-License-Identifier: Apache-2.0
 *
 * names.c - the datagrams of port/contract/net.h, and the name server that they go to.
 */
#include "tests/sim/names.h"

#include <string.h>

#include "engine/base/base64.h"
#include "port/gateway/ask.h"
#include "tests/sim/world.h"

#define SERVER    0xc0000235u /* 192.0.2.53 */
#define NEXT_HOP  0xc0000219u
#define LOCAL     0xc0000201u
#define OWNER     0xc00cu     /* the name of the question */

/* A SubjectPublicKeyInfo that is only compared, never used. */
const uint8_t names_public_key[64] = { 0x30, 0x3e };

/* One port is open at a time, and one question awaits its answer. */
static struct {
	struct seal_net_udp *udp;
	uint64_t due_ms;            /* of the answer; UINT64_MAX: none will come */
	uint8_t question[SEAL_DNS_QUESTION_MAX];
} names;

void
names_start(void)
{
	names.udp = NULL;
	names.due_ms = UINT64_MAX;
}

bool
names_can_progress(void)
{
	return world.now_ms >= names.due_ms;
}

uint64_t
names_due_ms(void)
{
	return names.due_ms;
}

/* --- questions ------------------------------------------------------------------------------ */

/* The end of the name in the question, after its last octet. */
static size_t
name_end(void)
{
	size_t end = SEAL_DNS_HEADER_LEN;

	while (names.question[end] != 0)
		end += names.question[end] + 1u;
	return end + 1u;
}

static bool
asks_address(void)
{
	return names.question[name_end() + 1u] == SEAL_DNS_A;
}

/* --- the answer ------------------------------------------------------------------------------ */

static void
put_u16(struct seal_out *out, unsigned value)
{
	seal_out_octet(out, (uint8_t)(value >> 8));
	seal_out_octet(out, (uint8_t)value);
}

static void
put_key_record(struct seal_out *out, unsigned type, unsigned ttl_s, struct seal_span data)
{
	put_u16(out, OWNER);
	put_u16(out, type);
	put_u16(out, SEAL_DNS_IN);
	put_u16(out, 0);
	put_u16(out, ttl_s);
	put_u16(out, (unsigned)data.len);
	seal_out_span_put(out, data);
}

static void
put_key(struct seal_out *out, bool is_ours)
{
	uint8_t key[sizeof names_public_key];
	uint8_t text[200];
	struct seal_out record = seal_out(text, sizeof text);

	memcpy(key, names_public_key, sizeof key);
	key[9] ^= !is_ours;
	seal_out_octet(&record, 0);
	seal_out_text(&record, "v=DKIM1; k=rsa; p=");
	seal_base64_put(&record, seal_span(key, sizeof key));
	text[0] = (uint8_t)(record.len - 1u);
	put_key_record(out, SEAL_DNS_TXT, 300, seal_out_span(&record));
}

/* Header and question, unchanged. */
static void
put_head(struct seal_out *out, unsigned rcode, unsigned num)
{
	seal_out_span_put(out, seal_span(names.question, 2));
	put_u16(out, 0x8180u | rcode);
	put_u16(out, 1);
	put_u16(out, num);
	put_u16(out, 0);
	put_u16(out, 0);
	seal_out_span_put(out, seal_span(names.question + SEAL_DNS_HEADER_LEN, name_end() + 4u - SEAL_DNS_HEADER_LEN));
}

static void
put_address_answer(struct seal_out *out)
{
	static const uint8_t ADDRESS[] = {
		NEXT_HOP >> 24, NEXT_HOP >> 16 & 255u, NEXT_HOP >> 8 & 255u, NEXT_HOP & 255u
	};
	const bool is_known = world.setting.hop_name != NAME_NONE;

	put_head(out, is_known ? SEAL_DNS_RCODE_NOERROR : SEAL_DNS_RCODE_NXDOMAIN, is_known);
	if (is_known)
		put_key_record(out, SEAL_DNS_A, dice_below(2) * 300u, seal_span(ADDRESS, sizeof ADDRESS));
}

static void
put_key_answer(struct seal_out *out)
{
	static const unsigned NUM[] = { [RECORD_OURS] = 1, [RECORD_OTHER] = 1, [RECORD_SEVERAL] = 2,
	       [RECORD_SILENCE] = 0 };
	const unsigned record = world.setting.record;
	const unsigned num = NUM[record];

	put_head(out, record == RECORD_ABSENT ? SEAL_DNS_RCODE_NXDOMAIN
	         : record == RECORD_SERVFAIL ? SEAL_DNS_RCODE_SERVFAIL : SEAL_DNS_RCODE_NOERROR, num);
	for (unsigned i = 0; i < num; i++)
		put_key(out, i == 0 && record != RECORD_OTHER);
}

/* In one piece, or in two if it need not be read in place. */
static void
arrive(struct seal_span octets, uint32_t from)
{
	const size_t cut = asks_address() ? octets.len : 1 + dice_below((unsigned)octets.len);
	const struct seal_span pieces[] = { seal_span_first(octets, cut), seal_span_from(octets, cut) };
	const struct seal_net_datagram datagram = {
		seal_ip_v4(from), SEAL_DNS_PORT, octets.len, pieces, cut < octets.len ? 2 : 1
	};

	names.udp->received(names.udp->ctx, &datagram);
}

/* A datagram that does not answer the question and has other content. */
static void
mislead(struct seal_out *out)
{
	const unsigned how = dice_below(8);
	const uint8_t last = out->ptr[out->len - 1u];

	if (how > 1)
		return;
	out->ptr[1] ^= how == 0;
	out->ptr[out->len - 1u] ^= 1u;
	arrive(seal_out_span(out), how == 0 ? SERVER : LOCAL);
	out->ptr[1] ^= how == 0;
	out->ptr[out->len - 1u] = last;
}

void
names_progress(void)
{
	uint8_t octets[SEAL_DNS_UDP_MAX];
	struct seal_out out = seal_out(octets, sizeof octets);

	names.due_ms = UINT64_MAX;
	if (asks_address())
		put_address_answer(&out);
	else
		put_key_answer(&out);
	mislead(&out);
	arrive(seal_out_span(&out), SERVER);
}

/* --- the gateway's end (port/contract/net.h) -------------------------------------------------- */

bool
seal_net_is_up(void)
{
	return true;
}

bool
seal_net_dns_server(struct seal_ip *address, uint16_t *port)
{
	*address = seal_ip_v4(SERVER);
	*port = SEAL_DNS_PORT;
	return true;
}

bool
seal_net_udp_open(struct seal_net_udp *udp, uint16_t port)
{
	world_expect(names.udp == NULL && port >= 1024u, "a second port is opened");
	names.udp = udp;
	udp->pcb = &names;
	return true;
}

/* When the answer to the last question comes. */
static uint64_t
answer_ms(void)
{
	if (!asks_address())
		return world.setting.record == RECORD_SILENCE ? UINT64_MAX : world.now_ms + dice_below(20);
	if (world.setting.hop_name == NAME_AT_ONCE)
		return world.now_ms;
	if (world.setting.hop_name == NAME_NONE && dice_one_in(2))
		return UINT64_MAX;
	return world.now_ms + dice_below(3000);
}

enum seal_net_sent
seal_net_udp_send(struct seal_net_udp *udp, const struct seal_ip *address, uint16_t port,
                  const struct seal_span *pieces, size_t num_pieces)
{
	static const uint8_t HOP[] = "\3hop\7example";

	world_expect(udp == names.udp && seal_ip_to_v4(address) == SERVER && port == SEAL_DNS_PORT && num_pieces == 1 &&
	             pieces[0].len <= sizeof names.question, "another name server is asked");
	memcpy(names.question, pieces[0].ptr, pieces[0].len);
	if (asks_address())
		world_expect(memcmp(names.question + SEAL_DNS_HEADER_LEN, HOP, sizeof HOP) == 0 &&
		             world.setting.hop_name != NAME_ADDRESS, "another name is looked up");
	names.due_ms = answer_ms();
	return SEAL_NET_SENT;
}

void
seal_net_udp_close(struct seal_net_udp *udp)
{
	if (udp->pcb == NULL)
		return;
	udp->pcb = NULL;
	names_start();
}
