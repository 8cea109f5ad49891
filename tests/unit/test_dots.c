/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/dots.h"
#include "tests/unit/split.h"
#include "tests/unit/test.h"

/* The complete output of undot for `input`: "content|" and "END" or "-", and how many
 * octets were left. */
static void
undot(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	struct seal_undot u;
	size_t consumed = 0;

	seal_undot_init(&u);
	for (unsigned i = 0; i < 3; i++) {
		struct seal_span piece = split_piece(input, first, second, i);

		while (piece.len > 0 && !seal_undot_ended(&u)) {
			struct seal_span run;
			const size_t n = seal_undot_recv(&u, piece.ptr, piece.len, &run);

			CHECK(n > 0 || run.len > 0);
			seal_out_span_put(out, run);
			piece = seal_span_from(piece, n);
			consumed += n;
		}
	}
	seal_out_octet(out, '|');
	seal_out_span_put(out, seal_undot_ended(&u) ? SEAL_SPAN("END") : SEAL_SPAN("-"));
	seal_out_u64(out, input.len - consumed);
}

static void
check_undot(struct seal_span input, struct seal_span want, int line)
{
	uint8_t memory[256];
	struct seal_out out = seal_out(memory, sizeof memory);

	undot(input, input.len, input.len, &out);
	test_check_span(seal_out_span(&out), want, "undot", __FILE__, line);
	split_check(undot, input, __FILE__, line);
}

#define UNDOT(input, want) check_undot(SEAL_SPAN(input), SEAL_SPAN(want), __LINE__)

TEST(only_crlf_dot_crlf_ends_the_data)
{
	UNDOT("a\r\n.\r\n", "a\r\n|END0");
	UNDOT(".\r\n", "|END0");
	UNDOT("a\r\n.\r\nQUIT\r\n", "a\r\n|END6");
	UNDOT("a\n.\nb", "a\n.\nb|-0");
	UNDOT("a\n.\r\nb", "a\n.\r\nb|-0");
	UNDOT("a\r\n.\nb", "a\r\n\nb|-0");
	UNDOT("a\r.\rb", "a\r.\rb|-0");
	UNDOT("a\r\n.\rb", "a\r\n\rb|-0");
	UNDOT("a\r\n.\r\r\nb", "a\r\n\r\r\nb|-0");
	UNDOT("a\r.\r\nb", "a\r.\r\nb|-0");
	UNDOT("a\r\n\0.\r\nb", "a\r\n\0.\r\nb|-0");
	UNDOT("a\r\n.\0\r\nb", "a\r\n\0\r\nb|-0");
	UNDOT("a\r\n. \r\n", "a\r\n \r\n|-0");
	UNDOT("a\r\r\n.\r\n", "a\r\r\n|END0");
}

TEST(one_dot_is_taken_off_a_line)
{
	UNDOT("..\r\n...\r\n.a\r\nb.c\r\n.\r\n", ".\r\n..\r\na\r\nb.c\r\n|END0");
	UNDOT("a\r\n.", "a\r\n|-0");
	UNDOT("a\r\n.\r", "a\r\n|-0");
}

static void
stuff(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	struct seal_dot d;

	seal_dot_init(&d);
	for (unsigned i = 0; i < 3; i++) {
		struct seal_span piece = split_piece(input, first, second, i);

		while (piece.len > 0) {
			struct seal_span run;
			const size_t n = seal_dot_send(&d, piece.ptr, piece.len, &run);

			CHECK(run.len > 0);
			seal_out_span_put(out, run);
			piece = seal_span_from(piece, n);
		}
	}
	seal_out_span_put(out, seal_dot_end(&d));
}

static void
check_stuff(struct seal_span input, struct seal_span want, int line)
{
	uint8_t memory[256];
	struct seal_out out = seal_out(memory, sizeof memory);

	stuff(input, input.len, input.len, &out);
	test_check_span(seal_out_span(&out), want, "stuff", __FILE__, line);
	split_check(stuff, input, __FILE__, line);
}

#define STUFF(input, want) check_stuff(SEAL_SPAN(input), SEAL_SPAN(want), __LINE__)

TEST(a_dot_is_put_before_a_dot_at_line_start)
{
	STUFF("", ".\r\n");
	STUFF("a\r\n", "a\r\n.\r\n");
	STUFF(".\r\n", "..\r\n.\r\n");
	STUFF("a\r\n.b\r\n..c\r\nd.\r\n", "a\r\n..b\r\n...c\r\nd.\r\n.\r\n");
	STUFF("a", "a\r\n.\r\n");
	STUFF("a\n.b\r\n", "a\n.b\r\n.\r\n");
}

/* Any content is the same after stuffing and unstuffing. */
TEST(stuffing_and_unstuffing_cancel_out)
{
	static const uint8_t ALPHABET[4] = { '.', '\r', '\n', 'x' };

	for (unsigned code = 0; code < 4u * 4u * 4u * 4u * 4u * 4u; code++) {
		uint8_t input[8];
		uint8_t sent[64];
		uint8_t back[64];
		struct seal_out sent_out = seal_out(sent, sizeof sent);
		struct seal_out back_out = seal_out(back, sizeof back);

		for (unsigned i = 0; i < 6; i++)
			input[i] = ALPHABET[code >> 2u * i & 3u];
		input[6] = '\r';
		input[7] = '\n';
		stuff(seal_span(input, sizeof input), 3, 5, &sent_out);
		undot(seal_out_span(&sent_out), 2, 7, &back_out);
		if (!CHECK_SPAN(seal_span_from(seal_out_span(&back_out), 8), "|END0") ||
		    !CHECK_SPANS(seal_span_first(seal_out_span(&back_out), 8), seal_span(input, 8)))
			return;
	}
}

const struct test_case test_dots_cases[] = {
	CASE(only_crlf_dot_crlf_ends_the_data),
	CASE(one_dot_is_taken_off_a_line),
	CASE(a_dot_is_put_before_a_dot_at_line_start),
	CASE(stuffing_and_unstuffing_cancel_out),
	CASE_END
};
