/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/crc32.h"
#include "engine/base/ct.h"
#include "engine/base/num.h"
#include "engine/base/sha256.h"
#include "tests/unit/split.h"
#include "tests/unit/test.h"

TEST(spans_compare_without_case)
{
	CHECK(seal_span_equal_nocase(SEAL_SPAN("Content-Type"), SEAL_SPAN("content-TYPE")));
	CHECK(!seal_span_equal_nocase(SEAL_SPAN("From"), SEAL_SPAN("From ")));
	CHECK(!seal_span_equal(SEAL_SPAN("From"), SEAL_SPAN("from")));
	CHECK(seal_span_starts_nocase(SEAL_SPAN("MAIL FROM:<>"), SEAL_SPAN("mail from:")));
	CHECK(!seal_span_starts_nocase(SEAL_SPAN("MAIL"), SEAL_SPAN("MAIL FROM:")));
	CHECK(seal_span_ends_nocase(SEAL_SPAN("a.Example"), SEAL_SPAN(".example")));
	CHECK(!seal_span_ends_nocase(SEAL_SPAN("example"), SEAL_SPAN(".example")));
}

TEST(spans_never_reach_beyond_their_end)
{
	CHECK_SPAN(seal_span_from(SEAL_SPAN("abc"), 3), "");
	CHECK_SPAN(seal_span_from(SEAL_SPAN("abc"), 4), "");
	CHECK_SPAN(seal_span_first(SEAL_SPAN("abc"), 9), "abc");
	CHECK_EQ(seal_span_find(SEAL_SPAN("abc"), 'x'), 3);
	CHECK_SPAN(seal_span_trim(SEAL_SPAN(" \t ")), "");
	CHECK_SPAN(seal_span_trim(SEAL_SPAN("\t a b ")), "a b");
}

TEST(split_gives_every_item)
{
	struct seal_span rest = SEAL_SPAN("a, b ,,c");
	struct seal_span item;

	CHECK(seal_span_split(&rest, ',', &item));
	CHECK_SPAN(item, "a");
	CHECK(seal_span_split(&rest, ',', &item));
	CHECK_SPAN(item, "b");
	CHECK(seal_span_split(&rest, ',', &item));
	CHECK_SPAN(item, "");
	CHECK(seal_span_split(&rest, ',', &item));
	CHECK_SPAN(item, "c");
	CHECK(!seal_span_split(&rest, ',', &item));
}

TEST(out_appends_whole_or_not_at_all)
{
	uint8_t memory[4];
	struct seal_out out = seal_out(memory, sizeof memory);

	seal_out_text(&out, "abc");
	seal_out_text(&out, "de");
	CHECK(out.overflow);
	CHECK_SPAN(seal_out_span(&out), "abc");
	seal_out_octet(&out, 'd');
	CHECK_SPAN(seal_out_span(&out), "abcd");
	CHECK(out.overflow);
}

TEST(numbers_are_written_in_decimal_and_hex)
{
	uint8_t memory[64];
	struct seal_out out = seal_out(memory, sizeof memory);

	seal_out_u64(&out, 0);
	seal_out_octet(&out, ' ');
	seal_out_u64(&out, UINT64_MAX);
	seal_out_octet(&out, ' ');
	seal_out_u64_padded(&out, 7, 2);
	seal_out_octet(&out, ' ');
	seal_out_hex(&out, SEAL_SPAN("\x00\xfe"));
	CHECK_SPAN(seal_out_span(&out), "0 18446744073709551615 07 00fe");
}

TEST(numbers_notice_overflow_and_dirt)
{
	uint64_t value = 0;

	CHECK(seal_num_u64(SEAL_SPAN("18446744073709551615"), &value));
	CHECK_EQ(value, UINT64_MAX);
	CHECK(!seal_num_u64(SEAL_SPAN("18446744073709551616"), &value));
	CHECK(!seal_num_u64(SEAL_SPAN(""), &value));
	CHECK(!seal_num_u64(SEAL_SPAN("-1"), &value));
	CHECK(!seal_num_u64(SEAL_SPAN("1 "), &value));
	CHECK(!seal_num_u64(SEAL_SPAN("0x1"), &value));
}

TEST(base64_is_that_of_rfc_4648_10)
{
	static const char *const VECTORS[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }
	};

	for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++) {
		uint8_t memory[16];
		struct seal_out out = seal_out(memory, sizeof memory);

		seal_base64_put(&out, seal_span_text(VECTORS[i][0]));
		CHECK_SPANS(seal_out_span(&out), seal_span_text(VECTORS[i][1]));
		CHECK_EQ(out.len, SEAL_BASE64_LEN(seal_span_text(VECTORS[i][0]).len));
	}
}

TEST(base64_that_does_not_fit_writes_nothing)
{
	uint8_t memory[7];
	struct seal_out out = seal_out(memory, sizeof memory);

	seal_base64_put(&out, SEAL_SPAN("foob"));
	CHECK(out.overflow);
	CHECK_EQ(out.len, 0);
}

TEST(base64_decodes_what_it_encodes)
{
	uint8_t text[400];
	uint8_t memory[300];
	uint8_t octets[257];

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 37u + 5u);
	for (size_t len = 0; len <= sizeof octets; len++) {
		struct seal_out encoded = seal_out(text, sizeof text);
		struct seal_out out = seal_out(memory, sizeof memory);

		seal_base64_put(&encoded, seal_span(octets, len));
		CHECK(seal_base64_get(&out, seal_out_span(&encoded)));
		CHECK_SPANS(seal_out_span(&out), seal_span(octets, len));
		out = seal_out(text, encoded.len); /* in place */
		CHECK(seal_base64_get(&out, seal_out_span(&encoded)));
		CHECK_SPANS(seal_out_span(&out), seal_span(octets, len));
	}
}

TEST(invalid_base64_is_refused)
{
	static const char *const BAD[] = {
		"A", "AA", "AAA", "AAAAA", "=", "==", "===", "====", "A===", "=AAA", "A=AA", "AA=A", "AAA=AAAA",
		"AA==AAAA", "AAAA=", "AAAA====", "AA A", "AAA-", "AAA_", "AAA\n", "AAAA\r\n", "AAA*",
		"AB==", "AP==", "AAB=", "AAD=", "\xc3\xbc" "AA"
	};
	uint8_t memory[16];

	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
		struct seal_out out = seal_out(memory, sizeof memory);

		if (!CHECK(!seal_base64_get(&out, seal_span_text(BAD[i]))))
			CHECK_SPAN(seal_span_text(BAD[i]), "");
	}
	for (unsigned c = 0; c < 256; c++) {
		const uint8_t text[4] = { 'A', 'A', 'A', (uint8_t)c };
		const struct seal_span alphabet = SEAL_SPAN(
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
		struct seal_out out = seal_out(memory, sizeof memory);

		CHECK_EQ(seal_base64_get(&out, seal_span(text, 4)),
		         seal_span_find(alphabet, (uint8_t)c) < alphabet.len);
	}
}

TEST(base64_that_does_not_fit_is_refused)
{
	uint8_t memory[4];

	for (size_t cap = 0; cap <= sizeof memory; cap++) {
		struct seal_out out = seal_out(memory, cap);

		CHECK_EQ(seal_base64_get(&out, SEAL_SPAN("Zm9vYg==")), cap == 4);
	}
}

static void
hash_split(struct seal_span input, size_t first, size_t second, struct seal_out *out)
{
	struct seal_sha256 hash;
	uint8_t digest[SEAL_SHA256_LEN];

	seal_sha256_init(&hash);
	for (unsigned i = 0; i < 3; i++) {
		const struct seal_span piece = split_piece(input, first, second, i);
		const struct seal_sha256 checkpoint = hash;

		seal_sha256_update(&hash, (const uint8_t *)"not this", 8);
		hash = checkpoint;
		seal_sha256_update(&hash, piece.ptr, piece.len);
	}
	seal_sha256_final(&hash, digest);
	seal_out_hex(out, seal_span(digest, sizeof digest));
}

/* FIPS 180-4 examples (csrc.nist.gov, "SHA256.pdf"); the rest with coreutils sha256sum. */
TEST(sha256_gives_the_published_digests)
{
	uint8_t memory[64];
	struct seal_out out = seal_out(memory, sizeof memory);

	hash_split(SEAL_SPAN("abc"), 3, 3, &out);
	CHECK_SPAN(seal_out_span(&out),
	           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	out.len = 0;
	hash_split(SEAL_SPAN("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), 0, 1, &out);
	CHECK_SPAN(seal_out_span(&out),
	           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	out.len = 0;
	hash_split(SEAL_SPAN(""), 0, 0, &out);
	CHECK_SPAN(seal_out_span(&out),
	           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* The linked kernel against the portable one; many blocks, odd addresses. */
TEST(sha256_kernels_agree)
{
	uint8_t input[64 * 5 + 3];
	uint32_t a[8];
	uint32_t b[8];

	for (size_t i = 0; i < sizeof input; i++)
		input[i] = (uint8_t)(i * 31u + i / 7u);
	for (size_t num = 0; num <= 5; num++) {
		for (size_t start = 0; start <= 3; start++) {
			for (size_t i = 0; i < 8; i++)
				a[i] = b[i] = (uint32_t)(0x9e3779b9u * (i + num + start));
			seal_sha256_blocks(a, input + start, num);
			seal_sha256_blocks_portable(b, input + start, num);
			CHECK(memcmp(a, b, sizeof a) == 0);
		}
	}
}

TEST(sha256_does_not_care_about_cuts)
{
	uint8_t input[131];

	for (size_t i = 0; i < sizeof input; i++)
		input[i] = (uint8_t)(i * 7u);
	SPLIT_CHECK(hash_split, seal_span(input, sizeof input));
}

/* `head -c N /dev/zero | tr '\0' a | sha256sum` around the padding's edges */
TEST(sha256_pads_at_every_edge)
{
	static const struct {
		size_t len;
		const char *digest;
	} VECTORS[] = {
		{ 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
		{ 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
		{ 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
		{ 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
		{ 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" }
	};
	uint8_t input[120];

	memset(input, 'a', sizeof input);
	for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++) {
		uint8_t memory[64];
		struct seal_out out = seal_out(memory, sizeof memory);

		hash_split(seal_span(input, VECTORS[i].len), 1, 2, &out);
		CHECK_SPANS(seal_out_span(&out), seal_span_text(VECTORS[i].digest));
	}
}

TEST(crc32_is_the_usual_one)
{
	const uint8_t digits[] = "123456789";

	CHECK_EQ(seal_crc32(0, digits, 9), 0xcbf43926u);
	CHECK_EQ(seal_crc32(seal_crc32(0, digits, 4), digits + 4, 5), 0xcbf43926u);
	CHECK_EQ(seal_crc32(0, digits, 0), 0);
}

TEST(wiped_memory_is_zero)
{
	uint8_t secret[5] = { 1, 2, 3, 4, 5 };
	const uint8_t zero[5] = { 0 };

	CHECK(!seal_ct_equal(secret, zero, sizeof secret));
	seal_wipe(secret, sizeof secret);
	CHECK(seal_ct_equal(secret, zero, sizeof secret));
}

TEST(atext_is_rfc_5322_atext)
{
	const struct seal_span atext = SEAL_SPAN(
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~");

	for (unsigned c = 0; c < 256; c++)
		CHECK_EQ(seal_is_atext((uint8_t)c), seal_span_find(atext, (uint8_t)c) < atext.len);
}

/* On boards, port/cortexm/small.c. */
TEST(numbers_of_64_bits_divide)
{
	static const uint64_t patterns[] = {
		1, 10, 1000, UINT32_MAX, 0x8000000000000001u, 0xfedcba9876543210u, UINT64_MAX
	};
	const size_t num = sizeof patterns / sizeof patterns[0];

	for (size_t i = 0; i < num * 64u; i++) {
		for (size_t j = 0; j < num * 64u; j += TEST_EVERY) {
			const volatile uint64_t n = patterns[i % num] >> i / num, d = patterns[j % num] >> j / num;

			if (d != 0 && (n / d > n || n % d >= d || n / d * d + n % d != n))
				CHECK_EQ(n, d);
		}
	}
}

TEST(strings_of_the_c_library)
{
	const char *const volatile text = "abc\xff";
	const char *const volatile shorter = "ab";
	const char *const volatile plain = "abcd";

	CHECK_EQ(strlen(text), 4);
	CHECK_EQ(strlen(""), 0);
	CHECK(strcmp(text, text) == 0);
	CHECK(strcmp(shorter, plain) < 0);
	CHECK(strcmp(plain, shorter) > 0);
	CHECK(strcmp(text, plain) > 0);
	CHECK(strchr(plain, 'd') == plain + 3);
	CHECK(strchr(plain, '\0') == plain + 4);
	CHECK(strchr(plain, 'e') == NULL);
}

const struct test_case test_base_cases[] = {
	CASE(numbers_of_64_bits_divide),
	CASE(strings_of_the_c_library),
	CASE(spans_compare_without_case),
	CASE(spans_never_reach_beyond_their_end),
	CASE(split_gives_every_item),
	CASE(out_appends_whole_or_not_at_all),
	CASE(numbers_are_written_in_decimal_and_hex),
	CASE(numbers_notice_overflow_and_dirt),
	CASE(base64_is_that_of_rfc_4648_10),
	CASE(base64_that_does_not_fit_writes_nothing),
	CASE(base64_decodes_what_it_encodes),
	CASE(invalid_base64_is_refused),
	CASE(base64_that_does_not_fit_is_refused),
	CASE(sha256_gives_the_published_digests),
	CASE(sha256_kernels_agree),
	CASE(sha256_does_not_care_about_cuts),
	CASE(sha256_pads_at_every_edge),
	CASE(crc32_is_the_usual_one),
	CASE(wiped_memory_is_zero),
	CASE(atext_is_rfc_5322_atext),
	CASE_END
};
