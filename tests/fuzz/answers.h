/* SPDX-License-Identifier: Apache-2.0
 *
 * answers.h - a DNS made from the input: each name and type always gets the same answer.
 */
#ifndef TESTS_FUZZ_ANSWERS_H
#define TESTS_FUZZ_ANSWERS_H

#include "tests/fuzz/fuzz.h"
#include "tools/mailseal/records/lookup.h"

#define ANSWERS_MAX  300u
#define ANSWERS_EACH 12u

struct answers {
	struct seal_span in;
	size_t num;
	struct {
		char name[DNS_NAME_SIZE];
		enum dns_type type;
		struct dns_answer answer;
		struct dns_record records[ANSWERS_EACH];
	} list[ANSWERS_MAX];
};

/* The text up to the next line end, with a NUL after the span. */
static inline struct seal_span
answers_line(struct seal_span *in)
{
	const size_t len = seal_span_find(*in, '\n');
	char *copy = malloc(len + 1);

	REQUIRE(copy != NULL);
	if (len > 0)
		memcpy(copy, in->ptr, len);
	copy[len] = '\0';
	*in = seal_span_from(*in, len + 1);
	return seal_span((const uint8_t *)copy, len);
}

static inline struct seal_span
answers_record(struct answers *a, enum dns_type type)
{
	struct seal_span line;

	if (type == DNS_A || type == DNS_AAAA) {
		uint8_t *address = calloc(1, 16);

		REQUIRE(address != NULL);
		for (unsigned i = 0; i < 16 && i < a->in.len; i++)
			address[i] = a->in.ptr[i];
		a->in = seal_span_from(a->in, type == DNS_A ? 4 : 16);
		return seal_span(address, type == DNS_A ? 4 : 16);
	}
	line = answers_line(&a->in);
	if (type == DNS_TXT)
		return line;
	/* The real lookup returns only valid names, and only what fits. */
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] <= 0x20 || line.ptr[i] > 0x7E || i >= DNS_NAME_MAX) {
			fuzz_free(line);
			return answers_line(&(struct seal_span){ (const uint8_t *)"mx.example.com", 14 });
		}
	return line;
}

static inline const struct dns_answer *
answers_ask(void *ctx, const char *name, enum dns_type type)
{
	static const struct dns_answer none = { DNS_NXDOMAIN, NULL, 0, 60, "", "", false };
	struct answers *a = ctx;
	size_t i = 0;
	unsigned choice;

	while (i < a->num && (strcmp(a->list[i].name, name) != 0 || a->list[i].type != type))
		i++;
	if (i < a->num)
		return &a->list[i].answer;
	REQUIRE(strlen(name) <= DNS_NAME_MAX);
	if (i == ANSWERS_MAX || a->in.len == 0)
		return &none;
	a->num++;
	strcpy(a->list[i].name, name);
	a->list[i].type = type;
	a->list[i].answer = none;
	choice = fuzz_choice(&a->in);
	if (choice % 16 != 0 && choice % 16 <= DNS_BAD_NAME) {
		a->list[i].answer.status = (enum dns_status)(choice % 16);
		return &a->list[i].answer;
	}
	a->list[i].answer.status = DNS_FOUND;
	a->list[i].answer.records = a->list[i].records;
	a->list[i].answer.num_records = choice < 192 ? 1 : choice % ANSWERS_EACH + 1u;
	for (size_t j = 0; j < a->list[i].answer.num_records; j++)
		a->list[i].records[j].data = answers_record(a, type);
	return &a->list[i].answer;
}

static inline void
answers_free(struct answers *a)
{
	for (size_t i = 0; i < a->num; i++)
		for (size_t j = 0; j < a->list[i].answer.num_records; j++)
			fuzz_free(a->list[i].records[j].data);
	a->num = 0;
}

#endif
