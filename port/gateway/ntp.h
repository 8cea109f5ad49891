/* SPDX-License-Identifier: Apache-2.0
 *
 * ntp.h - the rules of an SNTP client: what to ask, what to believe, when to ask again.
 *
 *	init -> { tick -> ask -> take or failed }...     now_s at any time
 *
 * RFC 4330, and RFC 5905 where it is stricter. No I/O and no clock: `now_ms` is monotonic
 * and comes from the caller. One server, one question at a time. sntp.h adds the network.
 *
 * An answer is believed if it repeats the 64 random bits of the question, so only those who see
 * the question can lie. They can still shift the clock; there is no cryptography here.
 */
#ifndef PORT_GATEWAY_NTP_H
#define PORT_GATEWAY_NTP_H

#include "engine/base/span.h"

#define SEAL_NTP_PORT        123u
#define SEAL_NTP_PACKET_LEN  48u
#define SEAL_NTP_NONCE_LEN   8u

#define SEAL_NTP_ANSWER_MS   5000u       /* how long an answer is awaited: half of it is the
                                          * worst error of the clock                       */
#define SEAL_NTP_RETRY_MS    15000u      /* after a failure, then twice as long each time; RFC
                                          * 4330 10: never less                            */
#define SEAL_NTP_POLL_MS     1024000u    /* between good answers, and the longest retry       */
#define SEAL_NTP_POLL_MAX_MS 131072000u  /* RFC 5905 7.2 MAXPOLL: for servers that ask for it */
#define SEAL_NTP_STEP_MS     1000000u    /* a larger step is doubted ...                      */
#define SEAL_NTP_DOUBTS      2u          /* ... this often, and then believed                 */
#define SEAL_NTP_DOUBT_MS    256000u     /* until the server is asked again                   */
#define SEAL_NTP_TRUST_MS    604800000u  /* without an answer the clock is given up after a
                                          * week: at 100 ppm it is off by a minute         */

enum seal_ntp_verdict {
	SEAL_NTP_NOT_OURS,       /* not an answer to the question: ignored                       */
	SEAL_NTP_SET,            /* the clock is known now                                       */
	SEAL_NTP_KEPT,           /* it is right, or nearly so                                    */
	SEAL_NTP_STEPPED,        /* a large step was repeated often enough                       */
	SEAL_NTP_DOUBTED,        /* a large step: the clock stays as it was                      */
	SEAL_NTP_UNSYNCHRONIZED, /* the server does not know the time                            */
	SEAL_NTP_ABSURD,         /* before 2025, after 2099, or sent before it was received      */
	SEAL_NTP_RATE,           /* the server asks for fewer questions, and gets them           */
	SEAL_NTP_DENIED          /* the server asks for none; the next comes in a day and a half */
};

/* One word, NUL-ended. */
const char *seal_ntp_verdict_text(enum seal_ntp_verdict verdict);

/* Opaque. */
struct seal_ntp {
	uint64_t next_ms;        /* time of the next question, or the end of the wait */
	uint64_t asked_ms;
	uint64_t good_ms;        /* when the last answer was believed                 */
	uint64_t clock_ms;       /* since 1970 UTC, when the monotonic clock was 0    */
	uint64_t doubted_ms;     /* the same, by the doubted answers                  */
	uint64_t poll_ms, retry_ms;
	uint8_t nonce[SEAL_NTP_NONCE_LEN];
	uint8_t num_doubts;
	uint8_t num_failures;    /* in a row                                          */
	bool asking;             /* an answer to nonce is awaited                     */
	bool known;              /* clock_ms is the time                              */
};

/* The first question is due at once. */
void seal_ntp_init(struct seal_ntp *n, uint64_t now_ms);

/* Notes an answer that is overdue. True: a question is due, so call _ask or _failed. Call at or
 * after _deadline_ms; earlier calls are harmless. */
bool seal_ntp_tick(struct seal_ntp *n, uint64_t now_ms);
uint64_t seal_ntp_deadline_ms(const struct seal_ntp *n);

/* The question to send now; `random` is new each time and cannot be guessed. */
void seal_ntp_ask(struct seal_ntp *n, const uint8_t random[SEAL_NTP_NONCE_LEN],
                  uint8_t packet[SEAL_NTP_PACKET_LEN], uint64_t now_ms);

/* A datagram came from the server. */
enum seal_ntp_verdict seal_ntp_take(struct seal_ntp *n, struct seal_span packet, uint64_t now_ms);

/* The question cannot be asked: no network, or no address of the server. */
void seal_ntp_failed(struct seal_ntp *n, uint64_t now_ms);

/* Seconds since 1970 UTC, 2025 or later, 0: not known. */
uint64_t seal_ntp_now_s(const struct seal_ntp *n, uint64_t now_ms);

#endif
