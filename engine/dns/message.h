/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - one DNS question, and one answer to it (RFC 1035 4).
 *
 *	question -> (network) -> open -> records -> next ... -> text, target, address, minimum
 *
 * An answer is looked through once, whole, by open; after that nothing can run out of it.
 * Records are read where they lie: all of it is valid for as long as the octets are.
 * Compression pointers only ever lead backwards, so every name ends.
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

/* A name in its wire form, without compression: labels behind their lengths, and the
 * root's zero octet. */
struct seal_dns_name {
	uint8_t len; /* 1..SEAL_DNS_NAME_MAX */
	uint8_t wire[SEAL_DNS_NAME_MAX];
};

/* From "example.com", with or without final dot. False: an empty label, or one or the
 * whole too long. Nothing is escaped: each dot separates. */
bool seal_dns_name_set(struct seal_dns_name *name, struct seal_span text);

/* As text without final dot; the root is "". False, and nothing is written: a label holds
 * what is no visible ASCII or is a dot, so as text it would be another name. */
bool seal_dns_name_put(const struct seal_dns_name *name, struct seal_out *out);

/* Letters without regard to case (RFC 4343). */
bool seal_dns_name_equal(const struct seal_dns_name *a, const struct seal_dns_name *b);

/* `name` is `zone` or below it. */
bool seal_dns_name_within(const struct seal_dns_name *name, const struct seal_dns_name *zone);

/* --- a question ----------------------------------------------------------- */

#define SEAL_DNS_HEADER_LEN   12u
#define SEAL_DNS_QUESTION_MAX (SEAL_DNS_HEADER_LEN + SEAL_DNS_NAME_MAX + 4u + 11u)

/* Append one question of class IN with RD; `edns`: and an OPT record for answers of up to
 * SEAL_DNS_UDP_MAX octets (RFC 6891 6.1). */
void seal_dns_question(struct seal_out *out, uint16_t id, const struct seal_dns_name *name,
                       uint16_t type, bool edns);

/* --- an answer ------------------------------------------------------------ */

enum seal_dns_verdict {
	SEAL_DNS_OURS,
	SEAL_DNS_NOT_OURS,  /* another id or question, or no answer: as if it had not come */
	SEAL_DNS_MALFORMED  /* to our question, and broken                                 */
};

struct seal_dns_message {
	struct seal_span octets;
	size_t records_at;
	uint16_t num_answers, num_authorities, num_additionals;
	uint16_t rcode;     /* extended by OPT (RFC 6891 6.1.3) */
	bool truncated;     /* then it has no records here: they may be cut anywhere */
};

/* Look through an answer to that question: id, QR, opcode, the question again (a server
 * that refuses may leave it out), and every record up to the last octet. */
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
	uint32_t ttl_s;     /* with the highest bit set it is 0 (RFC 2181 8) */
	uint16_t type;
	uint16_t dns_class; /* of OPT it is no class */
	uint8_t section;    /* enum seal_dns_section */
};

#define SEAL_DNS_IN 1u /* dns_class */

/* All records, in order; false when there is none any more. */
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

/* What a record says. False: it is not of that type, or its data does not hold what the type
 * demands, exactly. */
bool seal_dns_target(const struct seal_dns_message *m, const struct seal_dns_record *record,
                     struct seal_dns_name *name);             /* CNAME, MX               */
bool seal_dns_preference(const struct seal_dns_record *record, uint16_t *preference); /* MX */
bool seal_dns_address(const struct seal_dns_record *record, struct seal_ip *address); /* A, AAAA */
bool seal_dns_minimum(const struct seal_dns_message *m, const struct seal_dns_record *record,
                      uint32_t *seconds);                     /* SOA: RFC 2308 4         */

/* TXT: the strings joined, appended to `out` (RFC 6376 3.6.2.2). False too when it is full. */
bool seal_dns_text(const struct seal_dns_record *record, struct seal_out *out);

#endif
