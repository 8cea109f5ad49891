/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/ntp.h"

#include <string.h>

/* RFC 5905 7.3: where fields lie. */
#define STRATUM_AT    1u
#define ROOT_DELAY_AT 4u
#define ROOT_DISP_AT  8u
#define REFERENCE_AT  12u
#define ORIGIN_AT     24u
#define RECEIVE_AT    32u
#define TRANSMIT_AT   40u

#define LI_UNKNOWN  3u
#define VERSION     4u
#define MODE_CLIENT 3u
#define MODE_SERVER 4u

#define STRATUM_KISS 0u
#define STRATUM_MAX  15u

#define ROOT_DISTANCE_MAX (16u << 16) /* RFC 5905 MAXDISP, 16 s in 1/65536 s */

/* Seconds count from 1900 and wrap in 2036. A time before 2025, when this program did not exist,
 * belongs to the next era. */
#define SECONDS_1900_TO_1970 UINT64_C(2208988800)
#define ERA                  (UINT64_C(1) << 32)
#define EARLIEST_S           UINT64_C(1735689600) /* 2025-01-01 */
#define LATEST_S             UINT64_C(4102444800) /* 2100-01-01 */

static const char *const TEXTS[] = {
	[SEAL_NTP_NOT_OURS] = "not-ours",
	[SEAL_NTP_SET] = "set",
	[SEAL_NTP_KEPT] = "kept",
	[SEAL_NTP_STEPPED] = "stepped",
	[SEAL_NTP_DOUBTED] = "doubted",
	[SEAL_NTP_UNSYNCHRONIZED] = "unsynchronized",
	[SEAL_NTP_ABSURD] = "absurd",
	[SEAL_NTP_RATE] = "rate-limited",
	[SEAL_NTP_DENIED] = "denied",
};
_Static_assert(sizeof TEXTS / sizeof TEXTS[0] == SEAL_NTP_DENIED + 1u, "a verdict without text");

const char *
seal_ntp_verdict_text(enum seal_ntp_verdict verdict)
{
	return TEXTS[verdict];
}

static uint32_t
read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* Milliseconds since 1970 of a timestamp; 0: none, or not in 2025 to 2099. */
static uint64_t
read_time_ms(const uint8_t *p)
{
	const uint64_t fraction = read_u32(p + 4);
	uint64_t seconds = read_u32(p);

	if (seconds == 0 && fraction == 0)
		return 0;
	if (seconds < EARLIEST_S + SECONDS_1900_TO_1970)
		seconds += ERA;
	seconds -= SECONDS_1900_TO_1970;
	return seconds < LATEST_S ? seconds * 1000u + (fraction * 1000u >> 32) : 0;
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Up to an eighth longer, at random, so that devices that start together do not ask together. */
static void
ask_again(struct seal_ntp *n, uint64_t wait_ms, uint64_t now_ms)
{
	n->asking = false;
	n->next_ms = now_ms + wait_ms + wait_ms / 8u * n->nonce[0] / 256u;
}

void
seal_ntp_init(struct seal_ntp *n, uint64_t now_ms)
{
	*n = (struct seal_ntp){ .next_ms = now_ms, .poll_ms = SEAL_NTP_POLL_MS, .retry_ms = SEAL_NTP_RETRY_MS };
}

uint64_t
seal_ntp_deadline_ms(const struct seal_ntp *n)
{
	return n->next_ms;
}

void
seal_ntp_failed(struct seal_ntp *n, uint64_t now_ms)
{
	uint64_t wait_ms = n->retry_ms;

	for (uint8_t i = 0; i < n->num_failures && wait_ms < n->poll_ms; i++)
		wait_ms *= 2u;
	if (wait_ms > n->poll_ms)
		wait_ms = n->poll_ms;
	if (n->num_failures < UINT8_MAX)
		n->num_failures++;
	ask_again(n, wait_ms, now_ms);
}

bool
seal_ntp_tick(struct seal_ntp *n, uint64_t now_ms)
{
	if (now_ms < n->next_ms)
		return false;
	if (!n->asking)
		return true;
	seal_ntp_failed(n, now_ms);
	return false;
}

/* All other fields are zero: a server does not need to know them. */
void
seal_ntp_ask(struct seal_ntp *n, const uint8_t random[SEAL_NTP_NONCE_LEN],
             uint8_t packet[SEAL_NTP_PACKET_LEN], uint64_t now_ms)
{
	memcpy(n->nonce, random, sizeof n->nonce);
	memset(packet, 0, SEAL_NTP_PACKET_LEN);
	packet[0] = VERSION << 3 | MODE_CLIENT;
	memcpy(packet + TRANSMIT_AT, random, sizeof n->nonce);
	n->asking = true;
	n->asked_ms = now_ms;
	n->next_ms = now_ms + SEAL_NTP_ANSWER_MS;
}

/* RFC 4330 5: the answer repeats what the question had as its transmit timestamp. */
static bool
ntp_is_ours(const struct seal_ntp *n, struct seal_span packet)
{
	unsigned version, mode;

	if (!n->asking || packet.len < SEAL_NTP_PACKET_LEN)
		return false;
	version = packet.ptr[0] >> 3 & 7u;
	mode = packet.ptr[0] & 7u;
	return mode == MODE_SERVER && (version == VERSION || version == VERSION - 1u) &&
	       memcmp(packet.ptr + ORIGIN_AT, n->nonce, sizeof n->nonce) == 0;
}

static void
double_up_to_max(uint64_t *ms)
{
	*ms = *ms < SEAL_NTP_POLL_MAX_MS / 2u ? *ms * 2u : SEAL_NTP_POLL_MAX_MS;
}

/* RFC 5905 7.4: the kiss-o'-death. */
static enum seal_ntp_verdict
take_kiss(struct seal_ntp *n, const uint8_t *code, uint64_t now_ms)
{
	if (memcmp(code, "RATE", 4) == 0) {
		double_up_to_max(&n->poll_ms);
		double_up_to_max(&n->retry_ms);
		ask_again(n, n->poll_ms, now_ms);
		return SEAL_NTP_RATE;
	}
	if (memcmp(code, "DENY", 4) == 0 || memcmp(code, "RSTR", 4) == 0) {
		ask_again(n, SEAL_NTP_POLL_MAX_MS, now_ms);
		return SEAL_NTP_DENIED;
	}
	seal_ntp_failed(n, now_ms);
	return SEAL_NTP_UNSYNCHRONIZED;
}

/* RFC 4330 5, RFC 5905 A.5.1.1: the server's own clock is right. */
static bool
is_synchronized(const uint8_t *p)
{
	const uint64_t distance_max = (uint64_t)read_u32(p + ROOT_DELAY_AT) / 2u + read_u32(p + ROOT_DISP_AT);

	return p[0] >> 6 != LI_UNKNOWN && p[STRATUM_AT] <= STRATUM_MAX && distance_max < ROOT_DISTANCE_MAX;
}

/* The first time is believed; a later one that is far off only if it is repeated. */
static enum seal_ntp_verdict
ntp_judge(struct seal_ntp *n, uint64_t clock_ms)
{
	if (!n->known)
		return SEAL_NTP_SET;
	if (distance(clock_ms, n->clock_ms) <= SEAL_NTP_STEP_MS)
		return SEAL_NTP_KEPT;
	if (n->num_doubts > 0 && distance(clock_ms, n->doubted_ms) > SEAL_NTP_STEP_MS)
		n->num_doubts = 0;      /* a different time: start counting again */
	n->doubted_ms = clock_ms;
	if (n->num_doubts == SEAL_NTP_DOUBTS)
		return SEAL_NTP_STEPPED;
	n->num_doubts++;
	return SEAL_NTP_DOUBTED;
}

enum seal_ntp_verdict
seal_ntp_take(struct seal_ntp *n, struct seal_span packet, uint64_t now_ms)
{
	const uint8_t *p = packet.ptr;
	uint64_t received_ms, sent_ms, travel_ms, clock_ms;
	enum seal_ntp_verdict verdict;

	if (!ntp_is_ours(n, packet))
		return SEAL_NTP_NOT_OURS;
	if (p[STRATUM_AT] == STRATUM_KISS)
		return take_kiss(n, p + REFERENCE_AT, now_ms);
	received_ms = read_time_ms(p + RECEIVE_AT);
	sent_ms = read_time_ms(p + TRANSMIT_AT);
	if (!is_synchronized(p) || received_ms == 0 || sent_ms < received_ms) {
		seal_ntp_failed(n, now_ms);
		return is_synchronized(p) ? SEAL_NTP_ABSURD : SEAL_NTP_UNSYNCHRONIZED;
	}
	/* Assume that both ways take equally long: half of the time that passed here and not there. */
	travel_ms = now_ms - n->asked_ms;
	travel_ms = travel_ms > sent_ms - received_ms ? travel_ms - (sent_ms - received_ms) : 0;
	clock_ms = sent_ms + travel_ms / 2u - now_ms;
	verdict = ntp_judge(n, clock_ms);
	n->num_failures = 0;
	if (verdict == SEAL_NTP_DOUBTED) {
		ask_again(n, n->poll_ms > SEAL_NTP_POLL_MS ? n->poll_ms : SEAL_NTP_DOUBT_MS, now_ms);
		return verdict;
	}
	n->known = true;
	n->clock_ms = clock_ms;
	n->good_ms = now_ms;
	n->num_doubts = 0;
	ask_again(n, n->poll_ms, now_ms);
	return verdict;
}

uint64_t
seal_ntp_now_s(const struct seal_ntp *n, uint64_t now_ms)
{
	if (!n->known || now_ms - n->good_ms > SEAL_NTP_TRUST_MS)
		return 0;
	return (n->clock_ms + now_ms) / 1000u;
}
