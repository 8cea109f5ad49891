/* SPDX-License-Identifier: Apache-2.0
 *
 * records.h - the records of a simulated TLS: type, length, octets. Octets of data are
 * disguised, so that octets sent in the clear are noticed.
 */
#ifndef TESTS_SIM_RECORDS_H
#define TESTS_SIM_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_HELLO 0x16u
#define RECORD_DATA  0x17u
#define RECORD_ALERT 0x15u /* 0: close_notify */
#define RECORD_HEAD  2u
#define RECORD_MAX   64u   /* octets in one */
#define DISGUISE     0x5au

#define HELLO_CLIENT  'C'
#define HELLO_SERVER  'S'
#define HELLO_EXPIRED 'X'  /* as a server, with a certificate that has expired */

struct record_reader {
	uint8_t type;
	uint8_t left;
	uint8_t seen;       /* octets of the head */
};

enum record_news { RECORD_NOTHING, RECORD_OCTET, RECORD_GREETED, RECORD_CLOSED, RECORD_ALERTED, RECORD_GARBAGE };

/* Read one more octet; *value is the octet of data, the hello or the alert. */
static inline enum record_news
record_read(struct record_reader *r, uint8_t octet, uint8_t *value)
{
	if (r->seen == 0) {
		r->type = octet;
		r->seen = 1;
		return octet >= RECORD_ALERT && octet <= RECORD_DATA ? RECORD_NOTHING : RECORD_GARBAGE;
	}
	if (r->seen == 1) {
		r->left = octet;
		r->seen = octet > 0 ? RECORD_HEAD : 0;
		return RECORD_NOTHING;
	}
	if (--r->left == 0)
		r->seen = 0;
	*value = r->type == RECORD_DATA ? octet ^ DISGUISE : octet;
	if (r->type == RECORD_DATA)
		return RECORD_OCTET;
	if (r->type == RECORD_HELLO)
		return RECORD_GREETED;
	return *value == 0 ? RECORD_CLOSED : RECORD_ALERTED;
}

/* Write the record of `len` octets (at most RECORD_MAX) to `out`. Returns its length. */
static inline size_t
record_write(uint8_t *out, uint8_t type, const uint8_t *data, size_t len)
{
	out[0] = type;
	out[1] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		out[RECORD_HEAD + i] = type == RECORD_DATA ? data[i] ^ DISGUISE : data[i];
	return RECORD_HEAD + len;
}

#endif
