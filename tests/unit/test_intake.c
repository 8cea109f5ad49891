/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/base64.h"
#include "engine/gateway/intake.h"
#include "engine/gateway/signer.h"
#include "tests/fake_key.h"
#include "tests/unit/split.h"
#include "tests/unit/test.h"

static const char CONFIG[] =
	"[gateway]\nhostname = gw.example\nnext-hop = hop.example\n"
	"[domain example.com]\nselector = s1\nkey = k1\ncanonicalization = simple/simple\nsign-with = all\n"
	"[domain example.com]\nselector = s2\nkey = k2\nsign-with = all\n"
	"[domain plain.example]\nunsigned = pass\n"
	"[client lan]\nnetwork = 192.0.2.0/24\nfrom = example.com, plain.example\n";

struct scene {
	struct seal_config config;
	struct seal_config_client clients[1];
	struct seal_config_domain domains[4];
	struct seal_intake_rules rules;
	struct seal_intake intake;
	uint8_t work[512];
};

static void
intake_set_scene(struct scene *s)
{
	struct seal_config_error error;

	memset(s, 0, sizeof *s);
	s->config.clients = s->clients;
	s->config.clients_cap = 1;
	s->config.domains = s->domains;
	s->config.domains_cap = 4;
	CHECK_EQ(seal_config_parse(&s->config, seal_span((const uint8_t *)CONFIG, sizeof CONFIG - 1u), &error),
	         SEAL_OK);
	s->rules = (struct seal_intake_rules){
		.config = &s->config, .client = &s->clients[0], .size_max = 1000, .eight_bit = true
	};
}

static void
give(struct scene *s, struct seal_span message, struct seal_out *kept)
{
	while (message.len > 0) {
		struct seal_span run;
		const size_t n = seal_intake_recv(&s->intake, message.ptr, message.len, &run);

		CHECK(n > 0);
		message = seal_span_from(message, n);
		if (kept != NULL)
			seal_out_span_put(kept, run);
	}
}

/* The kept content, then the verdict: number of signers and both body hashes, or the refusal. */
static void
take_in(enum seal_bare_lf bare_lf, struct seal_span message, size_t first, size_t second,
        struct seal_out *out)
{
	struct scene s;
	uint8_t text[SEAL_REPLY_TEXT_MAX];
	struct seal_out scratch = seal_out(text, sizeof text);

	intake_set_scene(&s);
	s.rules.bare_lf = bare_lf;
	seal_intake_init(&s.intake, &s.rules, s.work, sizeof s.work);
	for (unsigned i = 0; i < 3; i++)
		give(&s, split_piece(message, first, second, i), out);
	seal_out_octet(out, '|');
	if (seal_intake_finish(&s.intake) != SEAL_OK) {
		const struct seal_reply refusal = seal_intake_refusal(&s.intake, &scratch);

		out->len = 0; /* how much was kept until the fault was seen depends on the cut */
		seal_out_u64(out, refusal.code);
		seal_out_octet(out, ' ');
		seal_out_span_put(out, refusal.text);
		return;
	}
	seal_out_u64(out, s.intake.verdict.num_signers);
	for (unsigned mode = 0; mode < 2; mode++) {
		const uint8_t *digest = seal_body_hash_digest(&s.intake.body, (enum seal_canon)mode);

		seal_out_octet(out, ' ');
		if (digest != NULL)
			seal_base64_put(out, seal_span(digest, 9));
	}
}

static void
strict(struct seal_span message, size_t first, size_t second, struct seal_out *out)
{
	take_in(SEAL_BARE_LF_REFUSE, message, first, second, out);
}

static void
lenient(struct seal_span message, size_t first, size_t second, struct seal_out *out)
{
	take_in(SEAL_BARE_LF_NORMALIZE, message, first, second, out);
}

static void
check_intake(split_run run, struct seal_span message, struct seal_span want, int line)
{
	uint8_t memory[512];
	struct seal_out out = seal_out(memory, sizeof memory);

	run(message, message.len, message.len, &out);
	test_check_span(seal_out_span(&out), want, "intake", __FILE__, line);
	split_check(run, message, __FILE__, line);
}

#define INTAKE(run, message, want) check_intake(run, SEAL_SPAN(message), SEAL_SPAN(want), __LINE__)

/* The digests' first 9 octets: printf 'b  c\r\n' | openssl dgst -sha256 -binary | head -c 9 | base64, and of
 * 'b c\r\n' for relaxed. */
TEST(a_message_is_kept_and_hashed_as_it_came)
{
	INTAKE(strict, "From: a@example.com\r\n\r\nb  c\r\n",
	       "From: a@example.com\r\n\r\nb  c\r\n|2 8EYw0VtQNtWy 2GK9mgMfyRp7");
	INTAKE(strict, "From: a@plain.example\r\n\r\nb\r\n", "From: a@plain.example\r\n\r\nb\r\n|0  ");
}

TEST(bare_lf_is_made_crlf_before_all_else)
{
	INTAKE(lenient, "From: a@example.com\n\nb  c\n",
	       "From: a@example.com\r\n\r\nb  c\r\n|2 8EYw0VtQNtWy 2GK9mgMfyRp7");
}

TEST(each_fault_has_its_reply)
{
	INTAKE(strict, "From: a@example.com\r\n\r\nb\n", "550 5.6.0 Message contains a bare LF");
	INTAKE(strict, "From: a@example.com\r\n\r\nb\rc\r\n", "550 5.6.0 Message contains a bare CR");
	INTAKE(lenient, "From: a@example.com\r\n\r\nb\rc\r\n", "550 5.6.0 Message contains a bare CR");
	INTAKE(strict, "From: a@example.com\r\n\r\n\0\r\n", "550 5.6.0 Message contains a NUL");
	INTAKE(strict, "", "550 5.6.0 No From field");
	INTAKE(strict, "\r\nbody\r\n", "550 5.6.0 No From field");
	INTAKE(strict, "From: a@example.com\r\nfrom: b@example.com\r\n\r\n", "550 5.6.0 More than one From field");
	INTAKE(strict, "From: a@example.com, b@example.com\r\n\r\n",
	       "550 5.6.0 From field with more than one address");
	INTAKE(strict, "From: a@[192.0.2.1]\r\n\r\n",
	       "550 5.6.0 From address with an address literal as domain");
	INTAKE(strict, "From: a@example.com\r\nfoo\r\n\r\n", "550 5.6.0 Header line without a colon, line 2");
	INTAKE(strict, "From: a@example.com\r\nX: \xc3\xa9\r\n\r\n", "550 5.6.7 8-bit header field without SMTPUTF8");
	INTAKE(strict, "From: a@other.example\r\n\r\n", "550 5.7.1 Author domain not allowed for this client");
}

static void
check_refusal(struct scene *s, struct seal_span message, uint16_t code, int line)
{
	uint8_t text[SEAL_REPLY_TEXT_MAX];
	struct seal_out scratch = seal_out(text, sizeof text);

	seal_intake_init(&s->intake, &s->rules, s->work, sizeof s->work);
	give(s, message, NULL);
	test_check_eq(seal_intake_finish(&s->intake), SEAL_E_PEER, "refused", __FILE__, line);
	test_check_eq(seal_intake_refusal(&s->intake, &scratch).code, code, "code", __FILE__, line);
}

TEST(rules_of_client_and_next_hop_apply)
{
	static const struct seal_span EIGHT_BIT = { (const uint8_t *)"From: a@example.com\r\n\r\n\xe9\r\n", 26 };
	static const struct seal_span PLAIN = { (const uint8_t *)"From: a@example.com\r\n\r\nb\r\n", 26 };
	uint8_t line[SEAL_LINE_MAX + 40u];
	struct seal_out out = seal_out(line, sizeof line);
	struct scene s;

	intake_set_scene(&s);
	s.rules.eight_bit = false;
	check_refusal(&s, EIGHT_BIT, 554, __LINE__);
	intake_set_scene(&s);
	s.rules.size_max = PLAIN.len - 1u;
	check_refusal(&s, PLAIN, 552, __LINE__);
	intake_set_scene(&s);
	s.rules.refuse_long_lines = true;
	s.rules.size_max = sizeof line;
	seal_out_text(&out, "From: a@example.com\r\n\r\n");
	for (unsigned i = 0; i <= SEAL_LINE_MAX; i++)
		seal_out_octet(&out, 'x');
	seal_out_text(&out, "\r\n");
	check_refusal(&s, seal_out_span(&out), 550, __LINE__);
	s.rules.refuse_long_lines = false;
	seal_intake_init(&s.intake, &s.rules, s.work, sizeof s.work);
	give(&s, seal_out_span(&out), NULL);
	CHECK_EQ(seal_intake_finish(&s.intake), SEAL_OK);
	CHECK_EQ(s.intake.lines.long_lines, 1);
}

TEST(fifty_received_fields_are_no_loop_but_fifty_one_are)
{
	struct scene s;

	for (unsigned num = SEAL_RECEIVED_MAX; num <= SEAL_RECEIVED_MAX + 1u; num++) {
		intake_set_scene(&s);
		seal_intake_init(&s.intake, &s.rules, s.work, sizeof s.work);
		for (unsigned i = 0; i < num; i++)
			give(&s, SEAL_SPAN("Received: x\r\n"), NULL);
		give(&s, SEAL_SPAN("From: a@example.com\r\n\r\n"), NULL);
		CHECK_EQ(seal_intake_finish(&s.intake) == SEAL_OK, num == SEAL_RECEIVED_MAX);
	}
	CHECK_EQ(s.intake.fault, SEAL_INTAKE_LOOP);
}

struct two_keys {
	struct fake_key key[2];
};

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	struct two_keys *keys = ctx;

	return &keys->key[seal_span_equal(domain->selector, SEAL_SPAN("s1")) ? 0 : 1].key;
}

static enum seal_status
sign_all(struct scene *s, struct two_keys *keys, struct seal_out *out)
{
	struct seal_signer signer;
	enum seal_status status;

	seal_intake_init(&s->intake, &s->rules, s->work, sizeof s->work);
	give(s, SEAL_SPAN("From: a@example.com\r\n\r\nb\r\n"), NULL);
	CHECK_EQ(seal_intake_finish(&s->intake), SEAL_OK);
	seal_signer_init(&signer, out);
	do
		status = seal_signer_run(&signer, &s->intake, (struct seal_key_source){ find_key, keys }, 1, out);
	while (status == SEAL_PENDING);
	CHECK(!signer.running);
	return status;
}

TEST(a_message_gets_all_its_signatures_or_none)
{
	for (unsigned failing = 0; failing <= 2; failing++) {
		uint8_t memory[2048];
		struct seal_out out = seal_out(memory, sizeof memory);
		struct two_keys keys;
		struct scene s;

		intake_set_scene(&s);
		fake_key_init(&keys.key[0], 128);
		fake_key_init(&keys.key[1], 256);
		keys.key[0].pending = 2;
		if (failing < 2)
			keys.key[failing].fail_at = 2;
		CHECK_EQ(sign_all(&s, &keys, &out), failing < 2 ? SEAL_E_KEY : SEAL_OK);
		CHECK_EQ(out.len > 0, failing == 2);
		CHECK_EQ(keys.key[0].num_runs + keys.key[1].num_runs >= 2, true);
	}
}

const struct test_case test_intake_cases[] = {
	CASE(a_message_is_kept_and_hashed_as_it_came),
	CASE(bare_lf_is_made_crlf_before_all_else),
	CASE(each_fault_has_its_reply),
	CASE(rules_of_client_and_next_hop_apply),
	CASE(fifty_received_fields_are_no_loop_but_fifty_one_are),
	CASE(a_message_gets_all_its_signatures_or_none),
	CASE_END
};
