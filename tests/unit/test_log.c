/* SPDX-License-Identifier: Apache-2.0
 *
 * test_log.c - the line of one record.
 */
#include "port/gateway/log.h"
#include "tests/unit/test.h"

static uint8_t memory[2048];
static struct seal_envelope envelope;
static uint8_t line[SEAL_LOG_LINE_MAX];

static void
add(const char *path)
{
	const struct seal_path_command command = { .path = seal_span((const uint8_t *)path, strlen(path)) };

	CHECK_EQ(seal_envelope_add(&envelope, &command), SEAL_OK);
}

static bool
line_has(enum seal_log_addresses addresses, const char *what)
{
	const struct seal_record record = {
		.id = SEAL_SPAN("1-1"), .sender = SEAL_SPAN("a@b.example"), .envelope = &envelope,
		.num_recipients = envelope.num - 1u, .reply = SEAL_REPLY(250, "ok")
	};
	struct seal_out out = seal_out(line, sizeof line);
	const size_t len = strlen(what);
	size_t i = 0;

	seal_log_record(&out, &record, addresses);
	while (i + len <= out.len && memcmp(line + i, what, len) != 0)
		i++;
	return i + len <= out.len;
}

static void
begin(void)
{
	envelope = (struct seal_envelope){ .ptr = memory, .cap = sizeof memory };
	add("a@b.example");
}

TEST(recipients_are_listed_without_the_sender)
{
	begin();
	add("bob@dest.example");
	CHECK(line_has(SEAL_LOG_FULL, " recipients=1 to=<bob@dest.example>"));
	add("carol@dest.example");
	CHECK(line_has(SEAL_LOG_FULL, " recipients=2 to=\"<bob@dest.example> <carol@dest.example>\""));
	CHECK(line_has(SEAL_LOG_MASKED, " to=\"<b***@dest.example> <c***@dest.example>\""));
}

TEST(a_long_list_of_recipients_is_cut_between_two)
{
	begin();
	for (unsigned i = 0; i < 40; i++)
		add("bob@dest.example");
	CHECK(line_has(SEAL_LOG_FULL, " recipients=40 to=\"<bob@dest.example> <bob@"));
	CHECK(line_has(SEAL_LOG_FULL, "<bob@dest.example>...\""));
}

const struct test_case test_log_cases[] = {
	CASE(recipients_are_listed_without_the_sender),
	CASE(a_long_list_of_recipients_is_cut_between_two),
	CASE_END
};
