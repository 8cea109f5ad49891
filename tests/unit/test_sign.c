/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dkim/body_hash.h"
#include "engine/dkim/sign.h"
#include "tests/fake_key.h"
#include "tests/unit/test.h"

static const char MESSAGE[] =
	"From: Joe SixPack <joe@football.example.com>\r\n"
	"To: Suzie Q <suzie@shopping.example.net>\r\n"
	"Subject: Is dinner ready?\r\n"
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
	"\r\n"
	"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n";

struct scene {
	uint8_t work[1024];
	uint8_t field[2048];
	struct seal_header header;
	struct seal_body_hash body;
	struct seal_sign_params params;
	struct fake_key key;
	struct seal_out out;
	struct seal_sign sign;
};

static void
sign_out_write(void *ctx, const uint8_t *ptr, size_t len)
{
	struct seal_out *out = ctx;

	seal_out_span_put(out, seal_span(ptr, len));
}

static bool
wants_all(const void *ctx, struct seal_span name)
{
	(void)ctx;
	(void)name;
	return true;
}

static void
sign_set_scene(struct scene *s)
{
	const uint8_t *message = (const uint8_t *)MESSAGE;
	size_t header_len;

	memset(s, 0, sizeof *s);
	seal_header_init(&s->header, s->work, sizeof s->work);
	header_len = seal_header_recv(&s->header, (struct seal_header_wanted){ wants_all, NULL },
	                              message, sizeof MESSAGE - 1u);
	seal_body_hash_init(&s->body, true, true);
	(void)seal_body_hash_update(&s->body, message + header_len, sizeof MESSAGE - 1u - header_len);
	(void)seal_body_hash_final(&s->body);
	s->params = (struct seal_sign_params){
		.domain = SEAL_SPAN("football.example.com"),
		.selector = SEAL_SPAN("test"),
		.fields = { SEAL_SPAN("From,Subject"), SEAL_SPAN("To,Date") },
		.header_canon = SEAL_CANON_RELAXED,
		.body_canon = SEAL_CANON_SIMPLE
	};
	fake_key_init(&s->key, 32);
	s->out = seal_out(s->field, sizeof s->field);
}

static enum seal_status
sign_start(struct scene *s)
{
	return seal_sign_start(&s->sign, &s->params, &s->header,
	                       seal_body_hash_digest(&s->body, s->params.body_canon), &s->key.key, &s->out);
}

static enum seal_status
sign_finish(struct scene *s)
{
	enum seal_status status = sign_start(s);

	do {
		if (status == SEAL_OK || status == SEAL_PENDING)
			status = seal_sign_run(&s->sign, &s->out);
	} while (status == SEAL_PENDING);
	return status;
}

TEST(the_field_has_the_configured_tags)
{
	struct scene s;

	sign_set_scene(&s);
	s.params.identity = SEAL_SPAN("@football.example.com");
	s.params.query_method = true;
	s.params.signed_at_s = 1528637909;
	s.params.lifetime_s = 86400;
	CHECK_EQ(sign_start(&s), SEAL_OK);
	CHECK_SPAN(seal_out_span(&s.out),
	           "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=football.example.com;\r\n"
	           " s=test; i=@football.example.com; q=dns/txt; t=1528637909; x=1528724309;\r\n"
	           " h=From:From:Subject:Subject:To:Date;\r\n"
	           " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=");
}

TEST(without_a_clock_t_and_x_are_left_out)
{
	struct scene s;

	sign_set_scene(&s);
	s.params.lifetime_s = 86400;
	CHECK_EQ(sign_start(&s), SEAL_OK);
	CHECK_SPAN(seal_out_span(&s.out),
	           "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=football.example.com;\r\n"
	           " s=test; h=From:From:Subject:Subject:To:Date;\r\n"
	           " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=");
}

/* RFC 8463 A.3, the RSA signature: its digest is what the public key of A.2 recovers
 * from its b= (fed71e6d...), and this is the input that A.3 hashes: the same fields in
 * the same order, which are oversigned here too. The field differs in form, so it is
 * canonicalized as written in the RFC. */
TEST(rfc_8463_a_3_header_hash)
{
	static const char *const FIELDS[] = {
		"From: Joe SixPack <joe@football.example.com>",
		"To: Suzie Q <suzie@shopping.example.net>",
		"Subject: Is dinner ready?",
		"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
		"Message-ID: <20030712040037.46341.5F8J@football.example.com>",
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
		" d=football.example.com; i=@football.example.com;\r\n"
		" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
		" date : message-id : from : subject : date;\r\n"
		" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
		" b="
	};
	const size_t num = sizeof FIELDS / sizeof FIELDS[0];
	uint8_t canonical[1024];
	struct seal_out out = seal_out(canonical, sizeof canonical);
	struct seal_sha256 hash;
	uint8_t digest[SEAL_SHA256_LEN];
	uint8_t text[64];
	struct seal_out hex = seal_out(text, sizeof text);

	for (size_t i = 0; i < num; i++) {
		seal_canon_field(SEAL_CANON_RELAXED, seal_span_text(FIELDS[i]),
		                 (struct seal_sink){ sign_out_write, &out });
		if (i + 1 < num)
			seal_out_text(&out, "\r\n");
	}
	seal_sha256_init(&hash);
	seal_sha256_update(&hash, out.ptr, out.len);
	seal_sha256_final(&hash, digest);
	seal_out_hex(&hex, seal_span(digest, sizeof digest));
	CHECK_SPAN(seal_out_span(&hex),
	           "fed71e6d70fb123bb5c353adc42821b304b6b9d54fc867f304f7c61daaaa1111");
}

/* The steps of a verifier (RFC 6376 3.7): the fields of h= in order, then the signature field
 * without the value of b=. Relaxed; the message is the one above. */
TEST(exactly_the_octets_of_the_field_are_hashed)
{
	struct scene s;
	struct seal_sha256 hash;
	uint8_t digest[SEAL_SHA256_LEN];
	static const char INPUT[] =
		"from:Joe SixPack <joe@football.example.com>\r\n"
		"subject:Is dinner ready?\r\n"
		"to:Suzie Q <suzie@shopping.example.net>\r\n"
		"date:Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
		"dkim-signature:v=1; a=rsa-sha256; c=relaxed/simple; d=football.example.com; "
		"s=test; h=From:From:Subject:Subject:To:Date; "
		"bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=";

	sign_set_scene(&s);
	CHECK_EQ(sign_start(&s), SEAL_OK);
	seal_sha256_init(&hash);
	seal_sha256_update(&hash, (const uint8_t *)INPUT, sizeof INPUT - 1u);
	seal_sha256_final(&hash, digest);
	CHECK(memcmp(digest, s.sign.job.digest, sizeof digest) == 0);
}

TEST(the_signature_follows_b_folded)
{
	struct scene s;
	struct seal_span field;
	size_t column = 0;

	sign_set_scene(&s);
	fake_key_init(&s.key, SEAL_SIGNATURE_MAX);
	CHECK_EQ(sign_finish(&s), SEAL_OK);
	CHECK_EQ(s.key.num_runs, 2);
	field = seal_out_span(&s.out);
	CHECK_SPAN(seal_span_from(field, field.len - 2u), "\r\n");
	for (size_t i = 0; i < field.len; i++) {
		column = field.ptr[i] == '\n' ? 0 : column + 1u;
		CHECK(column <= SEAL_COLUMN_MAX || field.ptr[i] == '\r');
	}
}

TEST(a_slow_key_is_asked_again)
{
	struct scene s;

	sign_set_scene(&s);
	s.key.pending = 3;
	CHECK_EQ(sign_start(&s), SEAL_OK);
	for (unsigned i = 0; i < 6; i++)
		CHECK_EQ(seal_sign_run(&s.sign, &s.out), SEAL_PENDING);
	CHECK_EQ(seal_sign_run(&s.sign, &s.out), SEAL_OK);
	CHECK_EQ(seal_sign_run(&s.sign, &s.out), SEAL_OK);
	CHECK_EQ(s.key.num_runs, 2);
}

TEST(a_failing_key_leaves_no_field)
{
	for (unsigned n = 1; n <= 2; n++) {
		struct scene s;

		sign_set_scene(&s);
		seal_out_text(&s.out, "before");
		s.key.fail_at = n;
		CHECK_EQ(sign_finish(&s), SEAL_E_KEY);
		CHECK_SPAN(seal_out_span(&s.out), "before");
		CHECK_EQ(seal_sign_run(&s.sign, &s.out), SEAL_E_KEY);
	}
}

TEST(a_wrong_signature_never_leaves)
{
	struct scene s;

	sign_set_scene(&s);
	s.key.wrong_at = 1;
	CHECK_EQ(sign_finish(&s), SEAL_E_KEY);
	CHECK_EQ(s.out.len, 0);
}

TEST(a_buffer_too_small_is_a_limit_and_stays_as_it_was)
{
	struct scene s;
	size_t need;

	sign_set_scene(&s);
	CHECK_EQ(sign_finish(&s), SEAL_OK);
	need = s.out.len;
	for (size_t cap = 0; cap < need; cap++) {
		sign_set_scene(&s);
		s.out = seal_out(s.field, cap);
		CHECK_EQ(sign_finish(&s), SEAL_E_LIMIT);
		CHECK_EQ(s.out.len, 0);
		CHECK(!s.out.overflow);
	}
}

TEST(from_must_be_present_and_signed)
{
	struct scene s;

	sign_set_scene(&s);
	s.params.fields.oversigned = SEAL_SPAN("Subject");
	CHECK_EQ(sign_start(&s), SEAL_E_CALLER);
	sign_set_scene(&s);
	s.params.fields = (struct seal_select_list){ SEAL_SPAN("Subject"), SEAL_SPAN("from") };
	CHECK_EQ(sign_start(&s), SEAL_OK);
	sign_set_scene(&s);
	s.header.num_from = 0;
	CHECK_EQ(sign_start(&s), SEAL_E_PEER);
	sign_set_scene(&s);
	s.params.domain.len = 0;
	CHECK_EQ(sign_start(&s), SEAL_E_CALLER);
}

const struct test_case test_sign_cases[] = {
	CASE(the_field_has_the_configured_tags),
	CASE(without_a_clock_t_and_x_are_left_out),
	CASE(rfc_8463_a_3_header_hash),
	CASE(exactly_the_octets_of_the_field_are_hashed),
	CASE(the_signature_follows_b_folded),
	CASE(a_slow_key_is_asked_again),
	CASE(a_failing_key_leaves_no_field),
	CASE(a_wrong_signature_never_leaves),
	CASE(a_buffer_too_small_is_a_limit_and_stays_as_it_was),
	CASE(from_must_be_present_and_signed),
	CASE_END
};
