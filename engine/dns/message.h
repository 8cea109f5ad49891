/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - one DNS question and one answer to it (RFC 1035 4).
 *
 *	question -> (network) -> open -> records -> next ... -> text, target, address, minimum
 *
 * open checks the whole answer once; after that no record can reach beyond its octets.
 * Records are read where they lie, so they are valid as long as the octets are.
 * Compression pointers only lead backwards, so every name ends.
 */
#ifndef SEAL_DNS_MESSAGE_H
#define SEAL_DNS_MESSAGE_H

#include "engine/base/bounds.h"
#include "engine/base/ip.h"
#include "engine/base/out.h"

/* RFC 1035 3.2.2, RFC 3596 2.1 */
#define SEAL_DNS_A     1u
#define SEAL_DNS_NS    2u
#define SEAL_DNS_CNAME 5u
#define SEAL_DNS_SOA   6u
#define SEAL_DNS_MX    15u
#define SEAL_DNS_TXT   16u
#define SEAL_DNS_AAAA  28u

/* RFC 1035 4.1.1 */
#define SEAL_DNS_RCODE_NOERROR  0u
#define SEAL_DNS_RCODE_FORMERR  1u
#define SEAL_DNS_RCODE_SERVFAIL 2u
#define SEAL_DNS_RCODE_NXDOMAIN 3u
#define SEAL_DNS_RCODE_NOTIMP   4u
#define SEAL_DNS_RCODE_REFUSED  5u

/* --- names ---------------------------------------------------------------- */

/* A name in its wire form, without compression: each label after its length, then the
 * root's zero octet. */
struct seal_dns_name {
	uint8_t len; /* 1..SEAL_DNS_NAME_MAX */
	uint8_t wire[SEAL_DNS_NAME_MAX];
};

/* Set from "example.com", with or without a final dot. Returns false if a label is empty,
 * or a label or the name is too long. Nothing is escaped: each dot separates labels. */
bool seal_dns_name_set(struct seal_dns_name *name, struct seal_span text);

/* Append as text without a final dot; the root is "". Returns false and writes nothing if
 * `out` is too small, or a label holds a dot or anything but visible ASCII: as text it would
 * be another name. */
bool seal_dns_name_put(const struct seal_dns_name *name, struct seal_out *out);

/* True if the names are equal, without regard to the case of letters (RFC 4343). */
bool seal_dns_name_equal(const struct seal_dns_name *a, const struct seal_dns_name *b);

/* True if `name` is `zone` or below it. */
bool seal_dns_name_within(const struct seal_dns_name *name, const struct seal_dns_name *zone);

/* --- a question ----------------------------------------------------------- */

#define SEAL_DNS_HEADER_LEN   12u
#define SEAL_DNS_QUESTION_MAX (SEAL_DNS_HEADER_LEN + SEAL_DNS_NAME_MAX + 4u + 11u)

/* Append one question of class IN with RD; with `edns` also an OPT record for answers of up
 * to SEAL_DNS_UDP_MAX octets (RFC 6891 6.1). At most SEAL_DNS_QUESTION_MAX octets. */
void seal_dns_question(struct seal_out *out, uint16_t id, const struct seal_dns_name *name,
                       uint16_t type, bool edns);

/* --- an answer ------------------------------------------------------------ */

enum seal_dns_verdict {
	SEAL_DNS_OURS,
	SEAL_DNS_NOT_OURS,  /* another id or question, or not an answer: ignore it         */
	SEAL_DNS_MALFORMED  /* an answer to our question, but broken                       */
};

struct seal_dns_message {
	struct seal_span octets;
	size_t records_at;
	uint16_t num_answers, num_authorities, num_additionals;
	uint16_t rcode;     /* extended by OPT (RFC 6891 6.1.3) */
	bool truncated;     /* then `records` gives none: they may be cut anywhere   */
};

/* Check a whole answer to that question: id, QR, opcode, the repeated question (a server that
 * refuses may leave it out), and every record up to the last octet. `octets` are lent. */
enum seal_dns_verdict seal_dns_open(struct seal_dns_message *m, struct seal_span octets, uint16_t id,
                                    const struct seal_dns_name *name, uint16_t type);

enum seal_dns_section {
	SEAL_DNS_ANSWER,
	SEAL_DNS_AUTHORITY,
	SEAL_DNS_ADDITIONAL
};

struct seal_dns_record {
	size_t name_at;     /* offset in the message */
	size_t data_at;
	struct seal_span data;
	uint32_t ttl_s;     /* 0 if its highest bit was set (RFC 2181 8) */
	uint16_t type;
	uint16_t dns_class; /* in OPT it is not a class */
	uint8_t section;    /* enum seal_dns_section */
};

#define SEAL_DNS_IN 1u /* dns_class */

/* A cursor before the first record; then record after record, false after the last. */
struct seal_dns_cursor {
	size_t at;
	uint32_t num;
};
struct seal_dns_cursor seal_dns_records(const struct seal_dns_message *m);
bool seal_dns_next(const struct seal_dns_message *m, struct seal_dns_cursor *cursor,
                   struct seal_dns_record *record);

/* The owner of a record. */
void seal_dns_owner(const struct seal_dns_message *m, const struct seal_dns_record *record,
                    struct seal_dns_name *name);

/* The content of a record. Each returns false if the record is not of that type, or its data is not
 * exactly what the type demands. */
bool seal_dns_target(const struct seal_dns_message *m, const struct seal_dns_record *record,
                     struct seal_dns_name *name);             /* CNAME, MX               */
bool seal_dns_preference(const struct seal_dns_record *record, uint16_t *preference); /* MX */
bool seal_dns_address(const struct seal_dns_record *record, struct seal_ip *address); /* A, AAAA */
bool seal_dns_minimum(const struct seal_dns_message *m, const struct seal_dns_record *record,
                      uint32_t *seconds);                     /* SOA: RFC 2308 4         */

/* TXT: append the joined strings to `out` (RFC 6376 3.6.2.2). Returns false also if it is full. */
bool seal_dns_text(const struct seal_dns_record *record, struct seal_out *out);

#endif
