/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/bounds.h"
#include "engine/mail/lines.h"
#include "tests/unit/split.h"
#include "tests/unit/test.h"

static void
run_lines(enum seal_bare_lf policy, struct seal_span input, size_t first, size_t second,
          struct seal_out *out)
{
	struct seal_lines l;

	seal_lines_init(&l, policy);
	for (unsigned i = 0; i < 3; i++) {
		struct seal_span piece = split_piece(input, first, second, i);

		while (piece.len > 0) {
			struct seal_span run;
			const size_t n = seal_lines_recv(&l, piece.ptr, piece.len, &run);

			CHECK(n > 0 && run.len > 0 && run.len <= n + 1);
			seal_out_span_put(out, run);
			piece = seal_span_from(piece, n);
		}
	}
	seal_lines_finish(&l);
	seal_out_octet(out, '|');
	if (l.bare_cr)
		seal_out_text(out, " bare-cr");
	if (l.bare_lf)
		seal_out_text(out, " bare-lf");
	if (l.nul)
		seal_out_text(out, " nul");
	if (l.eight_bit)
		seal_out_text(out, " 8bit");
	if (l.normalized > 0) {
		seal_out_text(out, " normalized=");
		seal_out_u64(out, l.normalized);
	}
}

static void
refusing(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	run_lines(SEAL_BARE_LF_REFUSE, input, first, second, out);
}

static void
normalizing(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	run_lines(SEAL_BARE_LF_NORMALIZE, input, first, second, out);
}

static void
lines_check_lines(split_run run, struct seal_span input, struct seal_span want, int line)
{
	uint8_t memory[256];
	struct seal_out out = seal_out(memory, sizeof memory);

	run(input, input.len, input.len, &out);
	test_check_span(seal_out_span(&out), want, "lines", __FILE__, line);
	split_check(run, input, __FILE__, line);
}

#define LINES(run, input, want) lines_check_lines(run, SEAL_SPAN(input), SEAL_SPAN(want), __LINE__)

TEST(clean_content_passes_unchanged)
{
	LINES(refusing, "", "|");
	LINES(refusing, "a b\r\n\r\n\tc\r\n", "a b\r\n\r\n\tc\r\n|");
	LINES(refusing, "caf\xc3\xa9\r\n", "caf\xc3\xa9\r\n| 8bit");
	LINES(normalizing, "a\r\nb", "a\r\nb|");
}

TEST(bare_line_ends_are_named)
{
	LINES(refusing, "a\nb\r\n", "a\nb\r\n| bare-lf");
	LINES(refusing, "\n", "\n| bare-lf");
	LINES(refusing, "a\rb\r\n", "a\rb\r\n| bare-cr");
	LINES(refusing, "a\r\r\n", "a\r\r\n| bare-cr");
	LINES(refusing, "a\r", "a\r| bare-cr");
	LINES(refusing, "a\0b\r\n", "a\0b\r\n| nul");
	LINES(refusing, "a\r\0\n", "a\r\0\n| bare-cr bare-lf nul");
}

TEST(a_bare_lf_becomes_crlf_only_when_asked)
{
	LINES(normalizing, "a\nb\n\nc\r\n", "a\r\nb\r\n\r\nc\r\n| normalized=3");
	LINES(normalizing, "\n.\n", "\r\n.\r\n| normalized=2");
	LINES(normalizing, "a\rb\n", "a\rb\r\n| bare-cr normalized=1");
}

static uint32_t
long_lines(size_t len, bool ended)
{
	uint8_t line[SEAL_LINE_MAX + 4u];
	struct seal_lines l;
	struct seal_span run;

	memset(line, 'x', sizeof line);
	line[len] = '\r';
	line[len + 1] = '\n';
	seal_lines_init(&l, SEAL_BARE_LF_REFUSE);
	(void)seal_lines_recv(&l, line, ended ? len + 2u : len, &run);
	seal_lines_finish(&l);
	return l.long_lines;
}

TEST(lines_over_998_octets_are_counted)
{
	CHECK_EQ(long_lines(SEAL_LINE_MAX, true), 0);
	CHECK_EQ(long_lines(SEAL_LINE_MAX + 1, true), 1);
	CHECK_EQ(long_lines(SEAL_LINE_MAX, false), 0);
	CHECK_EQ(long_lines(SEAL_LINE_MAX + 1, false), 1);
}

const struct test_case test_lines_cases[] = {
	CASE(clean_content_passes_unchanged),
	CASE(bare_line_ends_are_named),
	CASE(a_bare_lf_becomes_crlf_only_when_asked),
	CASE(lines_over_998_octets_are_counted),
	CASE_END
};
