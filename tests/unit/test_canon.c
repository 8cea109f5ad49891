/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dkim/body_hash.h"
#include "tests/unit/split.h"
#include "tests/unit/test.h"

static void
canon_out_write(void *ctx, const uint8_t *ptr, size_t len)
{
	struct seal_out *out = ctx;

	seal_out_span_put(out, seal_span(ptr, len));
}

static void
check_field(enum seal_canon mode, struct seal_span field, struct seal_span want, int line)
{
	uint8_t memory[256];
	struct seal_out out = seal_out(memory, sizeof memory);

	seal_canon_field(mode, field, (struct seal_sink){ canon_out_write, &out });
	test_check_span(seal_out_span(&out), want, "field", __FILE__, line);
}

#define RELAXED(field, want) check_field(SEAL_CANON_RELAXED, SEAL_SPAN(field), SEAL_SPAN(want), __LINE__)
#define SIMPLE(field)        check_field(SEAL_CANON_SIMPLE, SEAL_SPAN(field), SEAL_SPAN(field), __LINE__)

TEST(rfc_6376_3_4_5_example_fields)
{
	RELAXED("A: X", "a:X");
	RELAXED("B : Y\t\r\n\tZ  ", "b:Y Z");
	SIMPLE("A: X");
	SIMPLE("B : Y\t\r\n\tZ  ");
}

TEST(relaxed_unfolds_and_collapses)
{
	RELAXED("Subject:\r\n x", "subject:x");
	RELAXED("Subject: \r\n\t \r\n x", "subject:x");
	RELAXED("Subject:", "subject:");
	RELAXED("Subject: ", "subject:");
	RELAXED("Subject:\r\n ", "subject:");
	RELAXED("SUBJect\t:AbC", "subject:AbC");
	RELAXED("X:a\r\n b\r\n\tc", "x:a b c");
	RELAXED("X: a:b : c", "x:a:b : c");
	RELAXED("X:\ta \t b\t", "x:a b");
	RELAXED("X:a\x0b" "b", "x:a\x0b" "b");
}

static void
canon_body(enum seal_canon mode, struct seal_span input, size_t first, size_t second,
           struct seal_out *out)
{
	const struct seal_sink sink = { canon_out_write, out };
	struct seal_canon_body c;

	seal_canon_body_init(&c, mode);
	for (unsigned i = 0; i < 3; i++) {
		const struct seal_span piece = split_piece(input, first, second, i);

		(void)seal_canon_body_update(&c, sink, piece.ptr, piece.len);
	}
	if (seal_canon_body_finish(&c, sink) != SEAL_OK) {
		out->len = 0;
		seal_out_text(out, "ERROR");
	}
}

static void
simple_body(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	canon_body(SEAL_CANON_SIMPLE, input, first, second, out);
}

static void
relaxed_body(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	canon_body(SEAL_CANON_RELAXED, input, first, second, out);
}

static void
check_body(struct seal_span input, struct seal_span simple, struct seal_span relaxed, int line)
{
	uint8_t memory[256];
	struct seal_out out = seal_out(memory, sizeof memory);

	simple_body(input, input.len, input.len, &out);
	test_check_span(seal_out_span(&out), simple, "simple", __FILE__, line);
	out.len = 0;
	relaxed_body(input, input.len, input.len, &out);
	test_check_span(seal_out_span(&out), relaxed, "relaxed", __FILE__, line);
	split_check(simple_body, input, __FILE__, line);
	split_check(relaxed_body, input, __FILE__, line);
}

#define BODY(input, simple, relaxed) \
	check_body(SEAL_SPAN(input), SEAL_SPAN(simple), SEAL_SPAN(relaxed), __LINE__)

TEST(rfc_6376_3_4_5_example_body)
{
	BODY(" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n");
}

TEST(empty_and_blank_bodies)
{
	BODY("", "\r\n", "");
	BODY("\r\n", "\r\n", "");
	BODY("\r\n\r\n\r\n", "\r\n", "");
	BODY(" \t", " \t\r\n", "");
	BODY(" \r\n", " \r\n", "");
	BODY(" \r\n\r\n\t\r\n", " \r\n\r\n\t\r\n", "");
}

TEST(a_body_without_final_crlf_gets_one)
{
	BODY("a", "a\r\n", "a\r\n");
	BODY("a ", "a \r\n", "a\r\n");
	BODY("a\r\n b", "a\r\n b\r\n", "a\r\n b\r\n");
	BODY("a\r\n ", "a\r\n \r\n", "a\r\n");
}

TEST(inner_blank_lines_and_leading_space_stay)
{
	BODY("\r\na\r\n\r\n\r\n  b  c\t\r\n", "\r\na\r\n\r\n\r\n  b  c\t\r\n", "\r\na\r\n\r\n\r\n b c\r\n");
	BODY("a\r\n \r\nb\r\n \r\n", "a\r\n \r\nb\r\n \r\n", "a\r\n\r\nb\r\n");
	BODY(".\r\n..\r\n", ".\r\n..\r\n", ".\r\n..\r\n");
	BODY("a\x0b\x0c\x01 \r\n", "a\x0b\x0c\x01 \r\n", "a\x0b\x0c\x01\r\n");
}

TEST(line_ends_that_stand_alone_are_refused)
{
	BODY("a\rb\r\n", "ERROR", "ERROR");
	BODY("a\nb\r\n", "ERROR", "ERROR");
	BODY("a\r\r\n", "ERROR", "ERROR");
	BODY("a\r", "ERROR", "ERROR");
	BODY("\n", "ERROR", "ERROR");
}

/* A simple reader of RFC 6376 3.4.3 and 3.4.4: lines in an array, rules in
 * the order of the text. Returns false for a bare CR or LF. */
static bool
naive_body(enum seal_canon mode, struct seal_span input, struct seal_out *out)
{
	uint8_t lines[16][16];
	size_t lens[16] = { 0 };
	size_t num = 0;
	bool open = false;

	for (size_t i = 0; i < input.len; i++) {
		const uint8_t c = input.ptr[i];

		if (c == '\r') {
			if (i + 1 == input.len || input.ptr[i + 1] != '\n')
				return false;
			i++;
			num++;
			open = false;
		} else if (c == '\n') {
			return false;
		} else {
			lines[num][lens[num]++] = c;
			open = true;
		}
	}
	if (open)
		num++; /* "If there is no trailing CRLF on the message body, a CRLF is added." */
	for (size_t i = 0; mode == SEAL_CANON_RELAXED && i < num; i++) {
		uint8_t reduced[16];
		size_t len = 0;

		/* "Reduce all sequences of WSP within a line to a single SP character." */
		for (size_t j = 0; j < lens[i]; j++) {
			const bool wsp = lines[i][j] == ' ' || lines[i][j] == '\t';

			if (!wsp)
				reduced[len++] = lines[i][j];
			else if (len == 0 || reduced[len - 1] != ' ')
				reduced[len++] = ' ';
		}
		/* "Ignore all whitespace at the end of lines." */
		while (len > 0 && reduced[len - 1] == ' ')
			len--;
		memcpy(lines[i], reduced, len);
		lens[i] = len;
	}
	/* "Ignore all empty lines at the end of the message body." */
	while (num > 0 && lens[num - 1] == 0)
		num--;
	for (size_t i = 0; i < num; i++) {
		seal_out_span_put(out, seal_span(lines[i], lens[i]));
		seal_out_text(out, "\r\n");
	}
	/* "an empty body is canonicalized as CRLF" (simple only) */
	if (num == 0 && mode == SEAL_CANON_SIMPLE)
		seal_out_text(out, "\r\n");
	return true;
}

static bool
matches_naive(enum seal_canon mode, struct seal_span input)
{
	uint8_t want[64];
	uint8_t got[64];
	struct seal_out want_out = seal_out(want, sizeof want);
	struct seal_out got_out = seal_out(got, sizeof got);
	const bool fine = naive_body(mode, input, &want_out);

	canon_body(mode, input, input.len / 2u, input.len, &got_out);
	if (!fine)
		return CHECK_SPAN(seal_out_span(&got_out), "ERROR");
	return CHECK_SPANS(seal_out_span(&got_out), seal_out_span(&want_out));
}

TEST(all_strings_up_to_length_7_match_a_naive_reader)
{
	static const uint8_t ALPHABET[5] = { '\r', '\n', ' ', '\t', 'x' };
	uint32_t num = 1;
	uint32_t num_checked = 0;

	for (unsigned len = 0; len <= 7; len++, num *= 5u) {
		for (uint32_t code = 0; code < num; code++) {
			uint8_t input[7];
			uint32_t rest = code;

			for (unsigned i = 0; i < len; i++, rest /= 5u)
				input[i] = ALPHABET[rest % 5u];
			if (!matches_naive(SEAL_CANON_SIMPLE, seal_span(input, len)) ||
			    !matches_naive(SEAL_CANON_RELAXED, seal_span(input, len)))
				return;
			num_checked++;
		}
	}
	CHECK_EQ(num_checked, 97656);
}

/* The same for CRLF-clean text with more lines: tokens instead of octets. */
TEST(all_token_strings_match_a_naive_reader)
{
	static const char *const TOKENS[5] = { "\r\n", " ", "\t", "x", ". " };
	uint32_t num = 1;

	for (unsigned len = 0; len <= 7; len++, num *= 5u) {
		for (uint32_t code = 0; code < num; code++) {
			uint8_t memory[14];
			struct seal_out input = seal_out(memory, sizeof memory);
			uint32_t rest = code;

			for (unsigned i = 0; i < len; i++, rest /= 5u)
				seal_out_span_put(&input, seal_span_text(TOKENS[rest % 5u]));
			if (!matches_naive(SEAL_CANON_SIMPLE, seal_out_span(&input)) ||
			    !matches_naive(SEAL_CANON_RELAXED, seal_out_span(&input)))
				return;
		}
	}
}

static void
check_hash(enum seal_canon mode, const char *want, int line)
{
	struct seal_body_hash b;
	uint8_t memory[64];
	struct seal_out hex = seal_out(memory, sizeof memory);

	seal_body_hash_init(&b, mode == SEAL_CANON_SIMPLE, mode == SEAL_CANON_RELAXED);
	test_check_eq(seal_body_hash_final(&b), SEAL_OK, "final", __FILE__, line);
	seal_out_hex(&hex, seal_span(seal_body_hash_digest(&b, mode), SEAL_SHA256_LEN));
	test_check_span(seal_out_span(&hex), seal_span_text(want), "digest", __FILE__, line);
	test_check(seal_body_hash_digest(&b, mode == SEAL_CANON_SIMPLE ?
	                                 SEAL_CANON_RELAXED : SEAL_CANON_SIMPLE) == NULL,
	           "other lane is off", __FILE__, line);
}

/* RFC 6376 3.4.3: frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; 3.4.4:
 * 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= */
TEST(empty_body_hashes_are_those_of_the_rfc)
{
	check_hash(SEAL_CANON_SIMPLE, "7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6", __LINE__);
	check_hash(SEAL_CANON_RELAXED, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", __LINE__);
}

TEST(both_lanes_run_side_by_side)
{
	struct seal_body_hash both;
	struct seal_body_hash one;
	const uint8_t body[] = "a  b \r\n\r\n";

	seal_body_hash_init(&both, true, true);
	seal_body_hash_init(&one, false, true);
	CHECK_EQ(seal_body_hash_update(&both, body, 9), SEAL_OK);
	CHECK_EQ(seal_body_hash_update(&one, body, 9), SEAL_OK);
	CHECK_EQ(seal_body_hash_final(&both), SEAL_OK);
	CHECK_EQ(seal_body_hash_final(&one), SEAL_OK);
	CHECK(memcmp(seal_body_hash_digest(&both, SEAL_CANON_RELAXED),
	             seal_body_hash_digest(&one, SEAL_CANON_RELAXED), SEAL_SHA256_LEN) == 0);
	CHECK(memcmp(seal_body_hash_digest(&both, SEAL_CANON_RELAXED),
	             seal_body_hash_digest(&both, SEAL_CANON_SIMPLE), SEAL_SHA256_LEN) != 0);
	CHECK_EQ(seal_body_hash_update(&both, body, 1), SEAL_E_CALLER);
}

const struct test_case test_canon_cases[] = {
	CASE(rfc_6376_3_4_5_example_fields),
	CASE(relaxed_unfolds_and_collapses),
	CASE(rfc_6376_3_4_5_example_body),
	CASE(empty_and_blank_bodies),
	CASE(a_body_without_final_crlf_gets_one),
	CASE(inner_blank_lines_and_leading_space_stay),
	CASE(line_ends_that_stand_alone_are_refused),
	CASE(all_strings_up_to_length_7_match_a_naive_reader),
	CASE(all_token_strings_match_a_naive_reader),
	CASE(empty_body_hashes_are_those_of_the_rfc),
	CASE(both_lanes_run_side_by_side),
	CASE_END
};
