/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/out.h"
#include "engine/gateway/login.h"
#include "tests/unit/test.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define S200 "ssssssssssssssssssssssssssssssssssssssssssssssssss" "ssssssssssssssssssssssssssssssssssssssssssssssssss" \
	"ssssssssssssssssssssssssssssssssssssssssssssssssss" "ssssssssssssssssssssssssssssssssssssssssssssssssss"

#define SALT8  "c2FsdHNhbHQ="                                  /* "saltsalt"           */
#define SALT32 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HASH   "qQDPSZa3Ormyy9oK1Pu0ZLLwP2Svzmx3yu8OvDdq/J0="  /* of "correct horse"   */
#define OTHER  "O6jgOt1q+B34iPXBsGmtwQXJ9N6JMBGKcYJayljgLDw="  /* of "tr0ub4dor", 1001 */
#define JOE    "joe:pbkdf2-sha256:1000:" SALT8 ":" HASH
#define ANN    "ann@example.com:pbkdf2-sha256:1001:" SALT32 ":" OTHER

static struct seal_span
login_span_of(const char *s)
{
	return seal_span_text(s);
}

/* --- PBKDF2 --------------------------------------------------------------------------- */

#define S(literal) { (const uint8_t *)(literal), sizeof(literal) - 1u }

static const struct vector {
	struct seal_span password, salt;
	uint32_t rounds;
	const char *key;
} vectors[] = {
	/* RFC 7914 11, the first 32 octets */
	{ S("passwd"), S("salt"), 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc" },
	{ S("Password"), S("NaCl"), 80000, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56" },
	/* the inputs of RFC 6070 */
	{ S("password"), S("salt"), 1, "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b" },
	{ S("password"), S("salt"), 2, "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43" },
	{ S("password"), S("salt"), 4096, "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a" },
	{ S("passwordPASSWORDpassword"), S("saltSALTsaltSALTsaltSALTsaltSALTsalt"), 4096,
	  "348c89dbcbd32b2f32d814b8116e84cf2b17347ebc1800181c4e2a1fb8dd53e1" },
	{ S("pass\0word"), S("sa\0lt"), 4096, "89b69d0516f829893c696226650a86878c029ac13ee276509d5ae58b6466a724" },
	/* around the block's length; by Python's hashlib */
	{ { NULL, 0 }, S("salt"), 1, "f135c27993baf98773c5cdb40a5706ce6a345cde61b000a67858650cd6a324d7" },
	{ S("password"), { NULL, 0 }, 2, "8bc2f9167a81cdcfad1235cd9047f1136271c1f978fcfcb35e22dbeafa4634f6" },
	{ S(X64), { (const uint8_t *)S200, 64 }, 3,
	  "653e71feec3db92efa94a91b1312e26549078a3e4ae20d28cd23310181398bd3" },
	{ S(X64 "x"), S(S200), 3, "ffe974031e15b256c05e812d018bef35bfedafeea8678f9bf5056a58cc0dbf4b" },
};

static bool
makes(const struct vector *v, uint32_t step)
{
	uint8_t hex[2 * SEAL_SHA256_LEN];
	struct seal_out out = seal_out(hex, sizeof hex);
	struct seal_pbkdf2 p;

	seal_pbkdf2_init(&p, v->password, v->salt, v->rounds);
	while (!seal_pbkdf2_run(&p, step))
		;
	seal_out_hex(&out, seal_span(p.key, sizeof p.key));
	return CHECK_SPANS(seal_out_span(&out), login_span_of(v->key));
}

TEST(pbkdf2_gives_the_known_answers)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		makes(&vectors[i], UINT32_MAX);
}

TEST(pbkdf2_in_steps_gives_the_same)
{
	static const uint32_t steps[] = { 1, 2, 3, 7, 100, 4094, 4095, 4096, 4097 };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		makes(&vectors[4], steps[i]);
}

TEST(pbkdf2_does_as_many_rounds_as_requested)
{
	struct seal_pbkdf2 p;

	seal_pbkdf2_init(&p, login_span_of("a"), login_span_of("b"), 10);
	CHECK(!seal_pbkdf2_run(&p, 0));
	CHECK(!seal_pbkdf2_run(&p, 8));
	CHECK_EQ(p.rounds_left, 1);
	CHECK(seal_pbkdf2_run(&p, 1));
	CHECK(seal_pbkdf2_run(&p, 1));
	seal_pbkdf2_init(&p, login_span_of("a"), login_span_of("b"), 1);
	CHECK(seal_pbkdf2_run(&p, 0));
}

/* --- items ---------------------------------------------------------------------------- */

TEST(a_login_item_is_read)
{
	struct seal_login_entry e;

	CHECK(seal_login_read(login_span_of(ANN), &e));
	CHECK_SPAN(e.user, "ann@example.com");
	CHECK_EQ(e.rounds, 1001);
	CHECK_EQ(e.salt_len, 32);
	CHECK_EQ(e.salt[31], 31);
	CHECK_EQ(e.hash[0], 0x3b);
	CHECK(seal_login_read(login_span_of("a b\xC3\xA4:pbkdf2-sha256:1000000:" SALT8 ":" HASH), &e));
	CHECK_EQ(e.rounds, SEAL_LOGIN_ROUNDS_MAX);
	CHECK_EQ(e.salt_len, 8);
}

TEST(another_form_is_no_login_item)
{
	static const char *const wrong[] = {
		"", ":", "::::", "joe", "joe:secret", "joe:pbkdf2-sha256", "joe:pbkdf2-sha256:1000:" SALT8,
		"joe:pbkdf2-sha256:1000:" SALT8 ":", ":pbkdf2-sha256:1000:" SALT8 ":" HASH,
		"joe:pbkdf2-sha1:1000:" SALT8 ":" HASH, "joe:PBKDF2-SHA256:1000:" SALT8 ":" HASH,
		"joe::1000:" SALT8 ":" HASH, "joe:pbkdf2-sha256::" SALT8 ":" HASH,
		"joe:pbkdf2-sha256:999:" SALT8 ":" HASH, "joe:pbkdf2-sha256:1000001:" SALT8 ":" HASH,
		"joe:pbkdf2-sha256:+1000:" SALT8 ":" HASH, "joe:pbkdf2-sha256:99999999999999999999:" SALT8 ":" HASH,
		"joe:pbkdf2-sha256:4294968296:" SALT8 ":" HASH,
		"joe:pbkdf2-sha256:1000::" HASH, "joe:pbkdf2-sha256:1000:c2FsdHNhbA==:" HASH,
		"joe:pbkdf2-sha256:1000:" SALT8 ":" HASH ":", "joe:pbkdf2-sha256:1000:" SALT8 ":" HASH "AAAA",
		"joe:pbkdf2-sha256:1000:AAAA" SALT32 ":" HASH,
		"joe:pbkdf2-sha256:1000:" SALT8 ":AAAA", "joe:pbkdf2-sha256:1000:" SALT8 ": " HASH,
		"joe:pbkdf2-sha256:1000:c2FsdHNhbHQ:" HASH, "joe:x:pbkdf2-sha256:1000:" SALT8 ":" HASH,
		"j\noe:pbkdf2-sha256:1000:" SALT8 ":" HASH, "j,oe:pbkdf2-sha256:1000:" SALT8 ":" HASH,
	};
	struct seal_login_entry e;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		if (!CHECK(!seal_login_read(login_span_of(wrong[i]), &e)))
			CHECK_SPANS(login_span_of(wrong[i]), login_span_of("no item"));
	}
}

TEST(a_login_item_that_lost_any_octet_is_invalid_or_names_another_user)
{
	const size_t name_len = sizeof "joe:" - 1;
	static const char item[] = JOE;
	uint8_t cut[sizeof item];
	struct seal_login_entry e;

	for (size_t i = name_len; i < sizeof item - 1; i++) {
		memcpy(cut, item, i);
		memcpy(cut + i, &item[i + 1], sizeof item - 1 - i);
		CHECK(!seal_login_read(seal_span(cut, sizeof item - 2), &e));
	}
}

/* --- passwords ------------------------------------------------------------------------ */

struct attempt {
	enum seal_status status;
	uint32_t calls;           /* of one round each */
};

static struct attempt
try(const char *list, const char *user, const char *secret)
{
	const struct seal_config_client client = { .login = login_span_of(list) };
	struct attempt a = { SEAL_PENDING, 0 };
	struct seal_login l;

	seal_login_begin(&l, &client, login_span_of(user), login_span_of(secret));
	for (; a.status == SEAL_PENDING; a.calls++)
		a.status = seal_login_run(&l, 1);
	CHECK_EQ(seal_login_run(&l, 1), SEAL_E_PEER); /* it was wiped: no second answer */
	return a;
}

#define RIGHT(list, user, secret) CHECK_EQ(try(list, user, secret).status, SEAL_OK)
#define WRONG(list, user, secret) CHECK_EQ(try(list, user, secret).status, SEAL_E_PEER)

TEST(the_right_password_is_right_and_no_other)
{
	RIGHT(JOE, "joe", "correct horse");
	RIGHT(JOE ",\n  " ANN, "joe", "correct horse");
	RIGHT(JOE ",\n  " ANN, "ann@example.com", "tr0ub4dor");
	RIGHT(ANN " , " JOE, "joe", "correct horse");
	WRONG(JOE, "joe", "correct horsf");
	WRONG(JOE, "joe", "correct horse ");
	WRONG(JOE, "joe", "");
	WRONG(JOE, "Joe", "correct horse");
	WRONG(JOE, "jo", "correct horse");
	WRONG(JOE, "", "correct horse");
	WRONG(JOE "," ANN, "joe", "tr0ub4dor");
	WRONG(JOE "," ANN, "ann@example.com", "correct horse");
}

TEST(an_unknown_user_is_never_accepted_and_takes_as_long)
{
	const struct attempt known = try(JOE "," ANN, "joe", "wrong");
	const struct attempt unknown = try(JOE "," ANN, "jim", "wrong");

	CHECK_EQ(unknown.calls, known.calls);
	CHECK_EQ(unknown.calls, 999);
	WRONG(JOE "," ANN, "jim", "correct horse"); /* what the first one's dummy computes */
	WRONG(ANN "," JOE, "jim", "tr0ub4dor");
	CHECK_EQ(try(ANN "," JOE, "jim", "x").calls, 1000);
}

TEST(without_a_login_no_password_is_accepted)
{
	CHECK_EQ(try("", "", "").status, SEAL_E_PEER);
	CHECK_EQ(try("", "joe", "correct horse").calls, SEAL_LOGIN_ROUNDS_MIN - 1);
}

TEST(any_octet_of_the_hash_counts)
{
	const struct seal_config_client client = { .login = login_span_of(JOE) };
	struct seal_login l;

	for (size_t i = 0; i < sizeof l.hash; i++) {
		seal_login_begin(&l, &client, login_span_of("joe"), login_span_of("correct horse"));
		l.hash[i] ^= 1;
		CHECK_EQ(seal_login_run(&l, UINT32_MAX), SEAL_E_PEER);
	}
}

TEST(nothing_is_left_of_a_password)
{
	static const uint8_t zeros[sizeof(struct seal_login)];
	const struct seal_config_client client = { .login = login_span_of(JOE) };
	struct seal_login l;

	memset(&l, 0, sizeof l);
	seal_login_begin(&l, &client, login_span_of("joe"), login_span_of("correct horse"));
	CHECK_EQ(seal_login_run(&l, UINT32_MAX), SEAL_OK);
	CHECK(memcmp(&l, zeros, sizeof l) == 0);
}

const struct test_case test_login_cases[] = {
	CASE(pbkdf2_gives_the_known_answers),
	CASE(pbkdf2_in_steps_gives_the_same),
	CASE(pbkdf2_does_as_many_rounds_as_requested),
	CASE(a_login_item_is_read),
	CASE(another_form_is_no_login_item),
	CASE(a_login_item_that_lost_any_octet_is_invalid_or_names_another_user),
	CASE(the_right_password_is_right_and_no_other),
	CASE(an_unknown_user_is_never_accepted_and_takes_as_long),
	CASE(without_a_login_no_password_is_accepted),
	CASE(any_octet_of_the_hash_counts),
	CASE(nothing_is_left_of_a_password),
	CASE_END
};
