/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/envelope.h"
#include "tests/unit/test.h"

static const struct seal_path_command MAIL = {
	.path = { (const uint8_t *)"a@example.com", 13 },
	.domain = { (const uint8_t *)"example.com", 11 },
	.size = 123456789012u,
	.body = SEAL_BODY_8BITMIME,
	.smtputf8 = true,
	.ret = { (const uint8_t *)"HDRS", 4 },
	.envid = { (const uint8_t *)"QQ+2B", 5 }
};

static const struct seal_path_command RCPT = {
	.path = { (const uint8_t *)"b@dest.example", 14 },
	.domain = { (const uint8_t *)"dest.example", 12 },
	.notify = { (const uint8_t *)"NEVER", 5 },
	.orcpt = { (const uint8_t *)"rfc822;b@dest.example", 21 }
};

static bool
same(const struct seal_path_command *a, const struct seal_path_command *b)
{
	return CHECK_SPANS(a->path, b->path) && CHECK_SPANS(a->domain, b->domain) &&
	       CHECK_EQ(a->size, b->size) && CHECK_EQ(a->body, b->body) &&
	       CHECK_EQ(a->smtputf8, b->smtputf8) && CHECK_SPANS(a->ret, b->ret) &&
	       CHECK_SPANS(a->envid, b->envid) && CHECK_SPANS(a->notify, b->notify) &&
	       CHECK_SPANS(a->orcpt, b->orcpt);
}

TEST(commands_come_back_as_they_were)
{
	uint8_t memory[512];
	struct seal_envelope e = { .ptr = memory, .cap = sizeof memory };
	static const struct seal_path_command NULL_SENDER = { .size = 0 };
	struct seal_path_command command;
	size_t at = 0;

	CHECK_EQ(seal_envelope_add(&e, &MAIL), SEAL_OK);
	CHECK_EQ(seal_envelope_add(&e, &RCPT), SEAL_OK);
	CHECK_EQ(seal_envelope_add(&e, &NULL_SENDER), SEAL_OK);
	CHECK_EQ(e.num, 3);
	CHECK(seal_envelope_next(&e, &at, &command) && same(&command, &MAIL));
	CHECK(seal_envelope_next(&e, &at, &command) && same(&command, &RCPT));
	CHECK(seal_envelope_next(&e, &at, &command) && same(&command, &NULL_SENDER));
	CHECK_EQ(at, e.len);
	CHECK(!seal_envelope_next(&e, &at, &command));
}

TEST(a_refused_recipient_is_taken_out_again)
{
	uint8_t memory[512];
	struct seal_envelope e = { .ptr = memory, .cap = sizeof memory };
	struct seal_path_command command;
	size_t before;
	size_t at = 0;

	CHECK_EQ(seal_envelope_add(&e, &MAIL), SEAL_OK);
	before = e.len;
	CHECK_EQ(seal_envelope_add(&e, &RCPT), SEAL_OK);
	seal_envelope_drop(&e, before);
	CHECK_EQ(e.num, 1);
	CHECK(seal_envelope_next(&e, &at, &command));
	CHECK(!seal_envelope_next(&e, &at, &command));
}

TEST(a_command_that_does_not_fit_leaves_the_others)
{
	uint8_t memory[256];

	for (size_t cap = 0; cap < sizeof memory; cap++) {
		struct seal_envelope e = { .ptr = memory, .cap = cap };
		size_t len;
		uint32_t num = 0;

		while (seal_envelope_add(&e, &RCPT) == SEAL_OK)
			num++;
		len = e.len;
		CHECK_EQ(seal_envelope_add(&e, &RCPT), SEAL_E_LIMIT);
		CHECK_EQ(e.num, num);
		CHECK_EQ(e.len, len);
	}
}

const struct test_case test_envelope_cases[] = {
	CASE(commands_come_back_as_they_were),
	CASE(a_refused_recipient_is_taken_out_again),
	CASE(a_command_that_does_not_fit_leaves_the_others),
	CASE_END
};
