/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/out.h"
#include "engine/dkim/select.h"
#include "tests/unit/test.h"

static bool
wants_listed(const void *ctx, struct seal_span name)
{
	return seal_select_wants(ctx, name);
}

/* "name=value" of every entry in order, separated by ":". */
static void
check_select(struct seal_select_list list, struct seal_span message, struct seal_span want, int line)
{
	uint8_t work[512];
	uint8_t memory[512];
	struct seal_out out = seal_out(memory, sizeof memory);
	struct seal_header h;
	struct seal_select s;
	struct seal_select_entry entry;

	seal_header_init(&h, work, sizeof work);
	(void)seal_header_recv(&h, (struct seal_header_wanted){ wants_listed, &list }, message.ptr, message.len);
	seal_header_finish(&h);
	seal_select_init(&s, &list);
	while (seal_select_next(&s, &list, &h, &entry)) {
		if (out.len > 0)
			seal_out_octet(&out, ':');
		seal_out_span_put(&out, entry.name);
		if (entry.field.len > 0) {
			seal_out_octet(&out, '=');
			seal_out_span_put(&out, seal_span_trim(seal_field_value(entry.field)));
		}
	}
	test_check_span(seal_out_span(&out), want, "select", __FILE__, line);
}

#define SELECT(oversigned, present, message, want) \
	check_select((struct seal_select_list){ SEAL_SPAN(oversigned), SEAL_SPAN(present) }, \
	             SEAL_SPAN(message), SEAL_SPAN(want), __LINE__)

TEST(oversigned_names_come_once_more_than_they_occur)
{
	SELECT("From,Subject", "", "From: a\r\nSubject: s\r\n\r\n", "From=a:From:Subject=s:Subject");
	SELECT("From,Subject", "", "From: a\r\n\r\n", "From=a:From:Subject");
	SELECT("From", "", "From: a\r\nFrom: b\r\n\r\n", "From=b:From=a:From");
}

TEST(present_names_come_as_often_as_they_occur)
{
	SELECT("From", "Sender,List-Id", "From: a\r\nlist-id: l\r\n\r\n", "From=a:From:List-Id=l");
	SELECT("From", "Received", "Received: 1\r\nFrom: a\r\nReceived: 2\r\n\r\n",
	       "From=a:From:Received=2:Received=1");
}

TEST(a_name_given_twice_counts_once)
{
	SELECT("From,from", "FROM,To,to", "From: a\r\nTo: t\r\n\r\n", "From=a:From:To=t");
	SELECT("", "From,To,From", "From: a\r\nTo: t\r\n\r\n", "From=a:To=t");
}

TEST(blanks_and_empty_items_do_no_harm)
{
	SELECT(" From , To ", " ,", "From: a\r\n\r\n", "From=a:From:To");
}

TEST(the_default_oversigns_visible_fields_but_not_those_that_lists_add)
{
	static const char *const OVERSIGNED[] = {
		"From", "Subject", "To", "Cc", "Date", "Reply-To", "Message-ID", "MIME-Version",
		"Content-Type", "Content-Transfer-Encoding"
	};
	static const char *const PRESENT[] = { "Sender", "List-Id", "List-Unsubscribe", "In-Reply-To", "References" };
	const struct seal_select_list list = { SEAL_SPAN(SEAL_SELECT_OVERSIGNED), SEAL_SPAN(SEAL_SELECT_PRESENT) };
	struct seal_span bad;

	CHECK(seal_select_check(list.oversigned, &bad));
	CHECK(seal_select_check(list.present, &bad));
	for (size_t i = 0; i < sizeof OVERSIGNED / sizeof OVERSIGNED[0]; i++) {
		struct seal_select_list only = { list.oversigned, { NULL, 0 } };

		CHECK(seal_select_wants(&only, seal_span_text(OVERSIGNED[i])));
	}
	for (size_t i = 0; i < sizeof PRESENT / sizeof PRESENT[0]; i++) {
		struct seal_select_list over = { list.oversigned, { NULL, 0 } };

		CHECK(seal_select_wants(&list, seal_span_text(PRESENT[i])));
		CHECK(!seal_select_wants(&over, seal_span_text(PRESENT[i])));
	}
	CHECK(!seal_select_wants(&list, SEAL_SPAN("Received")));
	CHECK(!seal_select_wants(&list, SEAL_SPAN("Return-Path")));
	CHECK(!seal_select_wants(&list, SEAL_SPAN("DKIM-Signature")));
}

TEST(a_list_holds_field_names_only)
{
	struct seal_span bad;

	CHECK(seal_select_check(SEAL_SPAN("From, X-Y"), &bad));
	CHECK(!seal_select_check(SEAL_SPAN("From, , To"), &bad));
	CHECK_SPAN(bad, "");
	CHECK(!seal_select_check(SEAL_SPAN("From, a b"), &bad));
	CHECK_SPAN(bad, "a b");
	CHECK(!seal_select_check(SEAL_SPAN("a:b"), &bad));
	CHECK(!seal_select_check(SEAL_SPAN("a;b"), &bad));
	CHECK(!seal_select_check(SEAL_SPAN(""), &bad));
}

const struct test_case test_select_cases[] = {
	CASE(oversigned_names_come_once_more_than_they_occur),
	CASE(present_names_come_as_often_as_they_occur),
	CASE(a_name_given_twice_counts_once),
	CASE(blanks_and_empty_items_do_no_harm),
	CASE(the_default_oversigns_visible_fields_but_not_those_that_lists_add),
	CASE(a_list_holds_field_names_only),
	CASE_END
};
