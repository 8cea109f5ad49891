/* SPDX-License-Identifier: Apache-2.0
 *
 * test_keyring.c - key records (dkim/keyrec.h), and which key signs while records come and go,
 * DNS fails and devices restart (gateway/keyring.h), over simulated days.
 */
#include "engine/base/base64.h"
#include "engine/gateway/policy.h"
#include "tests/unit/test.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60u * SECOND)
#define HOUR   (60u * MINUTE)
#define DAY    (24u * HOUR)
#define START  (1000u * DAY)
#define HOLD   DAY

/* From a change in DNS until a device must have noticed it: two looks to drop a key. */
#define NOTICED (SEAL_KEYRING_LOOK_S * SECOND + SEAL_KEYRING_CONFIRM_S * SECOND)

static struct seal_span
key_span(const char *s)
{
	return seal_span((const uint8_t *)s, strlen(s));
}

/* --- records -------------------------------------------------------------- */

TEST(a_record_is_read_as_the_strictest_verifier_would)
{
	static const struct {
		const char *text;
		enum seal_keyrec_fault fault;
		const char *key;
		bool testing, strict;
	} rows[] = {
		{ "v=DKIM1; k=rsa; p=QUJD", SEAL_KEYREC_FINE, "QUJD", false, false },
		{ "p=QUJD", SEAL_KEYREC_FINE, "QUJD", false, false },
		{ "p=QUJD;", SEAL_KEYREC_FINE, "QUJD", false, false },
		{ " v = DKIM1 ;\tp = QU JD ; \r\n ", SEAL_KEYREC_FINE, "QU JD", false, false },
		{ "v=DKIM1;p=", SEAL_KEYREC_FINE, "", false, false },
		{ "v=DKIM1; p= ;", SEAL_KEYREC_FINE, "", false, false },
		{ "v=DKIM1; h=sha1 : sha256; p=QQ==", SEAL_KEYREC_FINE, "QQ==", false, false },
		{ "v=DKIM1; s=*; p=QQ==", SEAL_KEYREC_FINE, "QQ==", false, false },
		{ "v=DKIM1; s=tlsrpt:email; p=QQ==", SEAL_KEYREC_FINE, "QQ==", false, false },
		{ "v=DKIM1; t=y:s; p=QQ==", SEAL_KEYREC_FINE, "QQ==", true, true },
		{ "v=DKIM1; t=s; p=QQ==", SEAL_KEYREC_FINE, "QQ==", false, true },
		{ "v=DKIM1; t=x; p=QQ==", SEAL_KEYREC_FINE, "QQ==", false, false },
		{ "v=DKIM1; n=notes, more; x_9=?; p=QQ==", SEAL_KEYREC_FINE, "QQ==", false, false },
		{ "", SEAL_KEYREC_NO_KEY, "", false, false },
		{ "v=DKIM1", SEAL_KEYREC_NO_KEY, "", false, false },
		{ "v=DKIM1; P=QQ==", SEAL_KEYREC_NO_KEY, "", false, false },
		{ "v=DKIM1; p=QQ==; p=QQ==", SEAL_KEYREC_TWICE, "QQ==", false, false },
		{ "v=DKIM1; p=QQ==; v=DKIM1", SEAL_KEYREC_TWICE, "QQ==", false, false },
		{ "p=QQ==; v=DKIM1", SEAL_KEYREC_VERSION, "QQ==", false, false },
		{ "v=DKIM2; p=QQ==", SEAL_KEYREC_VERSION, "", false, false },
		{ "v=dkim1; p=QQ==", SEAL_KEYREC_VERSION, "", false, false },
		{ "v=DKIM1\\; p=QQ==", SEAL_KEYREC_VERSION, "", false, false },
		{ "v=DKIM1; k=ed25519; p=QQ==", SEAL_KEYREC_KEY_TYPE, "", false, false },
		{ "v=DKIM1; k=RSA; p=QQ==", SEAL_KEYREC_KEY_TYPE, "", false, false },
		{ "v=DKIM1; h=SHA256; p=QQ==", SEAL_KEYREC_HASH, "", false, false },
		{ "v=DKIM1; s=Email; p=QQ==", SEAL_KEYREC_SERVICE, "", false, false },
		{ "v=DKIM1; h=sha1; p=QQ==", SEAL_KEYREC_HASH, "", false, false },
		{ "v=DKIM1; h=sha2567; p=QQ==", SEAL_KEYREC_HASH, "", false, false },
		{ "v=DKIM1; s=tlsrpt; p=QQ==", SEAL_KEYREC_SERVICE, "", false, false },
		{ "v=DKIM1;; p=QQ==", SEAL_KEYREC_SYNTAX, "", false, false },
		{ "v=DKIM1; p=QQ==;;", SEAL_KEYREC_SYNTAX, "QQ==", false, false },
		{ "\"v=DKIM1; p=QQ==\"", SEAL_KEYREC_SYNTAX, "", false, false },
		{ "v=DKIM1 p", SEAL_KEYREC_VERSION, "", false, false },
		{ "google-site-verification", SEAL_KEYREC_SYNTAX, "", false, false },
		{ "v=DKIM1; 1p=QQ==", SEAL_KEYREC_SYNTAX, "", false, false },
		{ "v=DKIM1; n=\xC3\xBC; p=QQ==", SEAL_KEYREC_SYNTAX, "", false, false },
		{ "=", SEAL_KEYREC_SYNTAX, "", false, false },
		{ ";", SEAL_KEYREC_SYNTAX, "", false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_keyrec rec;

		if (!CHECK_EQ(seal_keyrec_read(&rec, key_span(rows[i].text)), rows[i].fault))
			CHECK_SPANS(key_span(rows[i].text), key_span(seal_keyrec_fault_text(rows[i].fault)));
		CHECK_SPANS(rec.key, key_span(rows[i].key));
		CHECK_EQ(rec.testing, rows[i].testing);
		CHECK_EQ(rec.strict, rows[i].strict);
	}
}

TEST(a_key_is_the_octets_that_its_base64_encodes)
{
	static const struct {
		const char *key, *octets; /* NULL: not base64 */
	} rows[] = {
		{ "QUJD", "ABC" }, { "QU\r\n JD", "ABC" }, { "QUI=", "AB" }, { "QQ==", "A" }, { "QQ = =", "A" },
		{ "QUJDQQ==", "ABCA" }, { "++//", "\xFB\xEF\xFF" },
		{ "", NULL }, { " ", NULL }, { "Q", NULL }, { "QU", NULL }, { "QUJ", NULL }, { "QQ=", NULL },
		{ "QQ===", NULL }, { "QUJD=", NULL }, { "QR==", NULL }, { "QUJ=", NULL }, { "=", NULL },
		{ "QQ==QUJD", NULL }, { "Q=Q=", NULL }, { "QUJ-", NULL }, { "QU\"D", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct seal_keyrec rec = { .key = key_span(rows[i].key) };
		uint8_t digest[SEAL_SHA256_LEN];
		uint8_t want[SEAL_SHA256_LEN];
		struct seal_sha256 hash;

		if (!CHECK_EQ(seal_keyrec_digest(&rec, digest), rows[i].octets != NULL))
			CHECK_SPANS(rec.key, SEAL_SPAN("what was read"));
		if (rows[i].octets == NULL)
			continue;
		seal_sha256_init(&hash);
		seal_sha256_update(&hash, (const uint8_t *)rows[i].octets, strlen(rows[i].octets));
		seal_sha256_final(&hash, want);
		CHECK_SPANS(seal_span(digest, sizeof digest), seal_span(want, sizeof want));
	}
}

/* --- the judge ------------------------------------------------------------ */

TEST(an_answer_is_judged_whole)
{
	static const struct {
		size_t num_records;
		const char *text;
		bool has_key, identity_below, is_long;
		enum seal_keyring_seen seen;
		enum seal_keyrec_fault fault;
		bool testing;
	} rows[] = {
		{ 1, "t=y; p=MA==", true, false, false, SEAL_KEYRING_OURS, SEAL_KEYREC_FINE, true },
		{ 1, "t=s; p=MA==", true, true, false, SEAL_KEYRING_MALFORMED, SEAL_KEYREC_IDENTITY, false },
		{ 1, "t=s; p=MA==", true, false, false, SEAL_KEYRING_OURS, SEAL_KEYREC_FINE, false },
		{ 1, "p=MA==", false, false, false, SEAL_KEYRING_OTHER, SEAL_KEYREC_FINE, false },
		{ 1, "p=MQ==", true, false, false, SEAL_KEYRING_OTHER, SEAL_KEYREC_FINE, false },
		{ 1, "p=", true, false, false, SEAL_KEYRING_REVOKED, SEAL_KEYREC_FINE, false },
		{ 1, "p=MA", true, false, false, SEAL_KEYRING_MALFORMED, SEAL_KEYREC_BASE64, false },
		{ 1, "", true, false, true, SEAL_KEYRING_MALFORMED, SEAL_KEYREC_LONG, false },
		{ 2, "p=MA==", true, false, false, SEAL_KEYRING_SEVERAL, SEAL_KEYREC_FINE, false },
		{ 0, "", true, false, false, SEAL_KEYRING_ABSENT, SEAL_KEYREC_FINE, false },
	};
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, (const uint8_t *)"0", 1);
	seal_sha256_final(&hash, digest);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct seal_keyring_wanted wanted = { rows[i].has_key ? digest : NULL, rows[i].identity_below };
		const struct seal_keyring_answer answer = {
			.outcome = SEAL_DNS_FOUND, .num_records = rows[i].num_records, .text = key_span(rows[i].text),
			.is_long = rows[i].is_long
		};
		const struct seal_keyring_verdict verdict = seal_keyring_judge(&wanted, &answer);

		CHECK_EQ(verdict.seen, rows[i].seen);
		CHECK_EQ(verdict.fault, rows[i].fault);
		CHECK_EQ(verdict.testing, rows[i].testing);
	}
}

/* As long as the memory of a resolver allows, and one octet longer. */
TEST(a_long_record_is_malformed)
{
	static char text[SEAL_KEYRING_TEXT_TYPICAL + 2];
	const struct seal_keyring_wanted wanted = { NULL, false };
	struct seal_keyring_answer answer = { .outcome = SEAL_DNS_FOUND, .num_records = 1 };

	memset(text, 'x', sizeof text - 1);
	memcpy(text, "p=MA==; n=", 10);
	answer.text = seal_span_first(key_span(text), SEAL_KEYRING_TEXT_TYPICAL);
	CHECK_EQ(seal_keyring_judge(&wanted, &answer).seen, SEAL_KEYRING_OTHER);
	answer.text = key_span(text);
	CHECK_EQ(seal_keyring_judge(&wanted, &answer).fault, SEAL_KEYREC_LONG);
}

/* --- a zone and a device -------------------------------------------------- */

#define KEYS_MAX 4u

#define KEY(selector) "[domain a.example]\nselector = " selector "\nkey = k\nactivation = dns\n"
#define TWO_KEYS   KEY("s1") KEY("s2")
#define THREE_KEYS TWO_KEYS KEY("s3")

enum state { NONE, OURS, OTHER, REVOKED, BROKEN, TWO };

static struct seal_config_domain domains[KEYS_MAX];
static struct seal_config config;

/* What DNS really has. */
static struct {
	enum state state[KEYS_MAX];
	uint64_t since_ms[KEYS_MAX];
	uint32_t ttl_s, negative_ttl_s;
	bool down;
	uint64_t up_since_ms;
} zone;

struct device {
	struct seal_keyring keyring;
	struct seal_keyring_entry entries[KEYS_MAX];
	uint64_t born_ms;
	unsigned looks;
};
static struct device one;
static uint64_t now_ms;

static void
begin_at(uint64_t ms, const char *sections)
{
	static char text[1024];
	struct seal_out out = seal_out((uint8_t *)text, sizeof text);
	struct seal_config_error error;

	seal_out_text(&out, "[gateway]\nhostname = gw.example\nnext-hop = mx.example\n");
	seal_out_span_put(&out, key_span(sections));
	config = (struct seal_config){ .domains = domains, .domains_cap = KEYS_MAX };
	if (!CHECK_EQ(seal_config_parse(&config, seal_out_span(&out), &error), SEAL_OK))
		CHECK_SPANS(error.found, key_span(error.expected));
	memset(&zone, 0, sizeof zone);
	zone.ttl_s = 3600;
	zone.negative_ttl_s = 300;
	zone.up_since_ms = ms - 100u * DAY;
	now_ms = ms;
}

static void
keyring_begin(const char *sections)
{
	begin_at(START, sections);
}

static void
publish(size_t index, enum state state)
{
	if (zone.state[index] != state)
		zone.since_ms[index] = now_ms;
	zone.state[index] = state;
}

static void
dns_fails(bool down)
{
	zone.down = down;
	zone.up_since_ms = now_ms;
}

/* Power on. The public key of section 0 is "0", and so on. */
static void
boot(struct device *d)
{
	d->born_ms = now_ms;
	d->looks = 0;
	memset(d->entries, 0xA5, sizeof d->entries);
	seal_keyring_init(&d->keyring, &config, d->entries, now_ms);
	for (size_t i = 0; i < config.num_domains; i++) {
		const uint8_t key = (uint8_t)('0' + i);

		seal_keyring_set_key(&d->keyring, i, seal_span(&key, 1));
	}
}

static struct seal_keyring_answer
answer_about(size_t index, enum state state, struct seal_out *text)
{
	const uint8_t key = (uint8_t)('0' + index + (state == OTHER ? 1 : 0));
	struct seal_keyring_answer a = { .outcome = SEAL_DNS_FOUND, .ttl_s = zone.ttl_s, .num_records = 1 };

	if (state == NONE)
		return (struct seal_keyring_answer){ .outcome = SEAL_DNS_NXDOMAIN, .ttl_s = zone.negative_ttl_s };
	seal_out_text(text, "v=DKIM1; p=");
	if (state != REVOKED)
		seal_base64_put(text, seal_span(&key, 1));
	if (state == BROKEN)
		seal_out_octet(text, '"');
	a.text = seal_out_span(text);
	a.num_records = state == TWO ? 2 : 1;
	return a;
}

static void
keyring_answer(struct device *d, size_t index, enum state state)
{
	uint8_t buf[64];
	struct seal_out text = seal_out(buf, sizeof buf);
	const struct seal_keyring_answer a = answer_about(index, state, &text);

	seal_keyring_answer(&d->keyring, index, &a, now_ms);
}

static void
answer_nothing(struct device *d, size_t index)
{
	const struct seal_keyring_answer a = { .outcome = SEAL_DNS_FAILED };

	seal_keyring_answer(&d->keyring, index, &a, now_ms);
}

/* Ask the questions that are due. */
static void
keyring_look(struct device *d)
{
	size_t index;

	while (seal_keyring_next_question(&d->keyring, now_ms, &index)) {
		d->looks++;
		if (zone.down)
			answer_nothing(d, index);
		else
			keyring_answer(d, index, zone.state[index]);
		CHECK(!seal_keyring_next_question(&d->keyring, now_ms, &index) ||
		      d->entries[index].next_ms - now_ms - 1 > DAY); /* that one is asked */
	}
}

/* The signer by policy; KEYS_MAX: no key signs. */
static size_t
signer_for(const struct device *d, const char *domain)
{
	const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX];
	enum seal_policy_author author;
	const size_t num = seal_policy_signers(&config, &d->keyring, key_span(domain), signers, &author);

	return num == 0 ? KEYS_MAX : (size_t)(signers[0] - domains);
}

static size_t
signer(const struct device *d)
{
	return signer_for(d, "a.example");
}

static bool
was_for(size_t index, enum state state, uint64_t ms)
{
	return zone.state[index] == state && now_ms - zone.since_ms[index] >= ms;
}

/* Check the promises against the real content of DNS. A device may only know what it could have seen
 * since its start. */
static void
check_promises(const struct device *d)
{
	const size_t now = signer(d);
	const bool could_see = now_ms - d->born_ms > NOTICED && !zone.down && now_ms - zone.up_since_ms > NOTICED;

	for (size_t other = 0; other < config.num_domains; other++) {
		if (other == now)
			continue;
		/* never a key that is not published while another is */
		if (could_see && was_for(other, OURS, NOTICED)) {
			CHECK(now != KEYS_MAX);
			CHECK(zone.state[now] == OURS || now_ms - zone.since_ms[now] <= NOTICED);
		}
		/* never a key younger than the hold time while an older one has been published for that long */
		if (now != KEYS_MAX && other < now && zone.state[now] == OURS && now_ms - zone.since_ms[now] < HOLD &&
		    !zone.down)
			CHECK(!was_for(other, OURS, HOLD) || now_ms == d->born_ms);
	}
}

static void
run_until(struct device *d, uint64_t end_ms)
{
	for (;;) {
		uint64_t next_ms;

		keyring_look(d);
		check_promises(d);
		next_ms = seal_keyring_deadline_ms(&d->keyring, now_ms);
		if (end_ms - now_ms < next_ms - now_ms)
			break;
		now_ms = next_ms;
	}
	now_ms = end_ms;
	check_promises(d);
}

static void
keyring_run(struct device *d, uint64_t ms)
{
	run_until(d, now_ms + ms);
}

/* The waiting events, as "index:kind index:kind ". */
static void
check_events(struct device *d, const char *want)
{
	static const char *const names[] = {
		"published", "rotating", "switched", "safe", "retired", "answers", "waits", "gone", "revoked",
		"changed", "bad", "several", "testing", "unpublished", "silent"
	};
	uint8_t buf[256];
	struct seal_out out = seal_out(buf, sizeof buf);
	struct seal_keyring_event event;

	while (seal_keyring_next_event(&d->keyring, now_ms, &event)) {
		CHECK_EQ(seal_keyring_is_alarm(event.kind), event.kind >= SEAL_KEYRING_GONE);
		CHECK(strlen(seal_keyring_event_text(event.kind)) > 8);
		seal_out_u64(&out, event.index);
		seal_out_octet(&out, ':');
		seal_out_span_put(&out, key_span(names[event.kind]));
		seal_out_octet(&out, ' ');
	}
	CHECK_SPANS(seal_out_span(&out), key_span(want));
}

/* One device, and one published key that it has known for a long time. */
static void
begin_in_order(const char *sections)
{
	keyring_begin(sections);
	publish(0, OURS);
	boot(&one);
	keyring_run(&one, 30u * DAY);
	CHECK_EQ(signer(&one), 0);
	CHECK(one.entries[0].held);
	check_events(&one, "");
}

/* --- the start ------------------------------------------------------------ */

TEST(before_the_first_answer_the_oldest_key_signs)
{
	keyring_begin(THREE_KEYS);
	boot(&one);
	CHECK_EQ(signer(&one), 0);
	CHECK(!seal_keyring_is_settled(&one.keyring));
	dns_fails(true);
	keyring_run(&one, 3u * DAY);
	CHECK_EQ(signer(&one), 0);
	CHECK(seal_keyring_is_settled(&one.keyring)); /* asked in vain is asked */
}

TEST(the_oldest_is_asked_for_first)
{
	size_t index = KEYS_MAX;

	keyring_begin(THREE_KEYS);
	boot(&one);
	for (size_t i = 0; i < 3; i++) {
		uint8_t buf[64];
		struct seal_out name = seal_out(buf, sizeof buf);
		const char want[] = { 's', (char)('1' + (char)i), '\0' };

		CHECK(!seal_keyring_is_settled(&one.keyring));
		CHECK(seal_keyring_next_question(&one.keyring, now_ms, &index));
		CHECK_EQ(index, i);
		seal_keyring_name(&domains[i], &name);
		CHECK_SPANS(seal_span_first(seal_out_span(&name), 2), key_span(want));
		CHECK_SPANS(seal_span_from(seal_out_span(&name), 2), key_span("._domainkey.a.example"));
		keyring_answer(&one, index, OURS);
	}
	CHECK(!seal_keyring_next_question(&one.keyring, now_ms, &index));
	CHECK(seal_keyring_is_settled(&one.keyring));
}

TEST(a_key_known_to_be_published_is_preferred_to_one_that_is_not_known)
{
	keyring_begin(TWO_KEYS);
	boot(&one);
	answer_nothing(&one, 0);
	CHECK_EQ(signer(&one), 0);
	keyring_answer(&one, 1, OURS);
	CHECK_EQ(signer(&one), 1);
	now_ms += MINUTE;
	keyring_answer(&one, 0, OURS); /* as far as is known, it was published all the time */
	CHECK_EQ(signer(&one), 0);
}

TEST(the_oldest_of_those_published_signs_until_the_hold_time_has_run)
{
	keyring_begin(THREE_KEYS);
	publish(1, OURS);
	publish(2, OURS);
	now_ms += 100u * DAY;
	boot(&one);
	keyring_look(&one);
	CHECK_EQ(signer(&one), 1);
	check_events(&one, "1:switched 2:rotating ");
	keyring_run(&one, HOLD - 1);
	CHECK_EQ(signer(&one), 1);
	keyring_run(&one, 1);
	keyring_look(&one);
	CHECK_EQ(signer(&one), 2);
	check_events(&one, "2:switched ");
}

/* --- rotation ------------------------------------------------------------- */

TEST(a_new_key_signs_exactly_when_it_was_seen_for_the_hold_time)
{
	struct seal_keyring_event event;
	uint64_t seen_ms;

	begin_in_order(TWO_KEYS);
	publish(1, OURS);
	while (one.entries[1].seen != SEAL_KEYRING_OURS)
		keyring_run(&one, SECOND);
	seen_ms = one.entries[1].since_ms;
	CHECK(seen_ms - zone.since_ms[1] <= 300u * SECOND); /* the negative TTL */
	CHECK(seal_keyring_next_event(&one.keyring, now_ms, &event));
	CHECK_EQ(event.kind, SEAL_KEYRING_PUBLISHED);
	CHECK(seal_keyring_next_event(&one.keyring, seen_ms, &event));
	CHECK_EQ(event.kind, SEAL_KEYRING_ROTATING);
	CHECK_EQ(event.index, 1);
	CHECK_EQ(event.in_s, HOLD / SECOND);
	run_until(&one, seen_ms + HOLD - 1);
	CHECK_EQ(signer(&one), 0);
	run_until(&one, seen_ms + HOLD);
	keyring_look(&one);
	CHECK_EQ(signer(&one), 1);
	check_events(&one, "1:switched ");
	keyring_run(&one, 7u * DAY - SECOND);
	check_events(&one, "");
	keyring_run(&one, 2u * HOUR);
	check_events(&one, "0:safe ");
	keyring_run(&one, 30u * DAY);
	check_events(&one, "");
	publish(0, NONE);
	keyring_run(&one, 2u * HOUR);
	check_events(&one, "0:retired ");
	CHECK_EQ(signer(&one), 1);
	publish(0, OURS); /* published again: the earlier report no longer counts */
	keyring_run(&one, 2u * HOUR);
	check_events(&one, "0:published 0:safe ");
	publish(1, NONE);
	keyring_run(&one, 2u * HOUR);
	check_events(&one, "0:switched 1:gone ");
	publish(1, OURS);
	keyring_run(&one, 9u * DAY);
	check_events(&one, "0:safe 1:published 1:rotating 1:switched ");
}

TEST(the_hold_time_is_configured_and_at_least_as_long_as_others_remember)
{
	static const struct {
		const char *hold;
		uint32_t ttl_s, negative_ttl_s;
		uint64_t want_s;
	} rows[] = {
		{ "", 300, 300, 86400 }, { "hold = 1h\n", 300, 300, 3600 }, { "hold = 1h\n", 7200, 300, 7200 },
		{ "hold = 1h\n", 300, 10800, 10800 }, { "hold = 2d\n", 300, 300, 172800 },
		{ "hold = 1s\n", 0, 0, 1 }, { "", 0, 0, 86400 }, { "", 604800, 300, 604800 },
		{ "hold = 10d\n", 604800, 86400, 864000 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char sections[256];
		struct seal_out out = seal_out((uint8_t *)sections, sizeof sections - 1);

		seal_out_text(&out, TWO_KEYS);
		seal_out_span_put(&out, key_span(rows[i].hold));
		sections[out.len] = '\0';
		keyring_begin(sections);
		zone.ttl_s = rows[i].ttl_s;
		zone.negative_ttl_s = rows[i].negative_ttl_s;
		boot(&one);
		keyring_answer(&one, 0, OURS);
		keyring_answer(&one, 1, NONE);
		now_ms += HOUR;
		keyring_answer(&one, 1, OURS);
		now_ms += rows[i].want_s * SECOND - 1;
		keyring_answer(&one, 1, OURS);
		CHECK(!one.entries[1].held);
		CHECK_EQ(one.entries[1].next_ms, now_ms + 1);
		now_ms += 1;
		keyring_answer(&one, 1, OURS);
		CHECK(one.entries[1].held);
	}
}

/* A cache answers with the remaining TTL. */
TEST(others_may_remember_for_longer_than_the_cache_that_is_asked)
{
	const struct seal_keyring_answer nothing = {
		.outcome = SEAL_DNS_NXDOMAIN, .ttl_s = 100, .minimum_s = 10800,
	};

	keyring_begin(TWO_KEYS "hold = 1h\n");
	boot(&one);
	keyring_answer(&one, 0, OURS);
	seal_keyring_answer(&one.keyring, 1, &nothing, now_ms);
	CHECK_EQ(one.entries[1].next_ms, now_ms + 100u * SECOND);
	now_ms += 100u * SECOND;
	keyring_answer(&one, 1, OURS);
	now_ms += 10800u * SECOND - 1;
	keyring_answer(&one, 1, OURS);
	CHECK(!one.entries[1].held);
	now_ms += 1;
	keyring_answer(&one, 1, OURS);
	CHECK(one.entries[1].held);
}

/* Several looks in a row, each of which counts; a hold time of one second. */
TEST(the_longest_ttl_counts_and_only_that_of_the_previous_record)
{
	keyring_begin(TWO_KEYS "hold = 1s\n");
	boot(&one);
	keyring_answer(&one, 0, OURS);
	zone.negative_ttl_s = 7200;
	keyring_answer(&one, 1, NONE);
	zone.negative_ttl_s = 60;
	keyring_answer(&one, 1, NONE);
	zone.ttl_s = 10800;
	keyring_answer(&one, 1, OURS);
	CHECK_EQ(one.entries[1].next_ms, now_ms + HOUR);
	now_ms += 3u * HOUR - 1;
	zone.ttl_s = 60;
	keyring_answer(&one, 1, OURS);
	CHECK_EQ(one.entries[1].next_ms, now_ms + 1); /* the longest TTL */
	keyring_answer(&one, 1, NONE);
	keyring_answer(&one, 1, NONE);
	keyring_answer(&one, 1, OURS);
	CHECK_EQ(one.entries[1].next_ms, now_ms + MINUTE);
	keyring_answer(&one, 1, OTHER);
	zone.ttl_s = 240;
	keyring_answer(&one, 1, OTHER);
	zone.ttl_s = 0;
	keyring_answer(&one, 1, OTHER);
	keyring_answer(&one, 1, OURS);
	CHECK_EQ(one.entries[1].next_ms, now_ms + 4u * MINUTE); /* caches have the other one */
}

TEST(the_old_key_withdrawn_first_makes_way_at_once)
{
	begin_in_order(TWO_KEYS);
	publish(1, OURS);
	keyring_run(&one, 2u * HOUR);
	check_events(&one, "1:published 1:rotating ");
	publish(0, NONE);
	keyring_run(&one, NOTICED);
	CHECK_EQ(signer(&one), 1);
	check_events(&one, "0:gone 1:switched ");
}

TEST(a_new_key_that_is_withdrawn_starts_over)
{
	begin_in_order(TWO_KEYS);
	publish(1, OURS);
	keyring_run(&one, 20u * HOUR);
	publish(1, NONE);
	keyring_run(&one, 2u * HOUR);
	check_events(&one, "1:published 1:rotating 1:gone ");
	publish(1, OURS);
	keyring_run(&one, 23u * HOUR);
	CHECK_EQ(signer(&one), 0);
	keyring_run(&one, 2u * HOUR);
	CHECK_EQ(signer(&one), 1);
	publish(1, REVOKED); /* and back */
	keyring_run(&one, NOTICED);
	CHECK_EQ(signer(&one), 0);
	check_events(&one, "0:switched 1:published 1:rotating 1:switched 1:revoked ");
	publish(1, OURS);
	keyring_run(&one, 23u * HOUR);
	CHECK_EQ(signer(&one), 0);
	keyring_run(&one, 2u * HOUR);
	CHECK_EQ(signer(&one), 1);
}

TEST(of_two_new_keys_the_one_known_for_longer_takes_over)
{
	begin_in_order(THREE_KEYS);
	publish(2, OURS);
	keyring_run(&one, 10u * HOUR);
	publish(1, OURS);
	keyring_run(&one, HOUR);
	publish(0, NONE);
	keyring_run(&one, NOTICED);
	CHECK_EQ(signer(&one), 2);
	keyring_run(&one, 2u * DAY);
	CHECK_EQ(signer(&one), 2);
}

TEST(two_keys_published_from_the_beginning_end_with_the_newer)
{
	keyring_begin(TWO_KEYS);
	publish(0, OURS);
	publish(1, OURS);
	boot(&one);
	keyring_run(&one, 23u * HOUR);
	CHECK_EQ(signer(&one), 0);
	keyring_run(&one, 2u * HOUR);
	CHECK_EQ(signer(&one), 1);
}

/* --- DNS that fails and lies ---------------------------------------------- */

TEST(while_dns_fails_nothing_changes_and_no_hold_time_ends)
{
	begin_in_order(TWO_KEYS);
	publish(1, OURS);
	keyring_run(&one, HOUR);
	check_events(&one, "1:published 1:rotating ");
	dns_fails(true);
	keyring_run(&one, 3u * HOUR);
	check_events(&one, "0:silent 1:silent ");
	keyring_run(&one, 10u * DAY);
	CHECK_EQ(signer(&one), 0);
	check_events(&one, "");
	publish(0, NONE); /* not known */
	keyring_run(&one, DAY);
	CHECK_EQ(signer(&one), 0);
	dns_fails(false);
	keyring_run(&one, HOUR);
	CHECK_EQ(signer(&one), 1);
	check_events(&one, "0:answers 0:gone 1:switched 1:answers ");
}

TEST(failures_are_asked_again_later_and_later)
{
	static const uint64_t waits_s[] = { 30, 60, 120, 240, 480, 900, 900 };

	keyring_begin(KEY("s1"));
	boot(&one);
	for (size_t i = 0; i < sizeof waits_s / sizeof waits_s[0]; i++) {
		answer_nothing(&one, 0);
		CHECK_EQ(one.entries[0].next_ms - now_ms, waits_s[i] * SECOND);
	}
	one.entries[0].num_failures = UINT16_MAX;
	answer_nothing(&one, 0);
	CHECK_EQ(one.entries[0].num_failures, UINT16_MAX);
	keyring_answer(&one, 0, OURS);
	CHECK_EQ(one.entries[0].num_failures, 0);
}

TEST(one_answer_alone_takes_no_key_away)
{
	static const enum state lies[] = { NONE, OTHER, REVOKED, BROKEN, TWO };

	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		begin_in_order(TWO_KEYS);
		keyring_answer(&one, 0, lies[i]);
		CHECK_EQ(signer(&one), 0);
		CHECK(one.entries[0].doubted);
		CHECK_EQ(one.entries[0].next_ms, now_ms + MINUTE);
		answer_nothing(&one, 0);
		answer_nothing(&one, 0);
		CHECK_EQ(signer(&one), 0);
		keyring_answer(&one, 0, OURS);
		CHECK(one.entries[0].held && !one.entries[0].doubted);
		keyring_answer(&one, 0, lies[i]);
		CHECK_EQ(signer(&one), 0);
		check_events(&one, "");
		keyring_answer(&one, 0, lies[i]);
		CHECK_EQ(signer(&one), KEYS_MAX);
	}
}

TEST(a_forger_can_choose_among_our_own_keys_and_no_others)
{
	begin_in_order(TWO_KEYS);
	for (unsigned i = 0; i < 100; i++) {
		keyring_answer(&one, 1, i % 2 == 0 ? OTHER : OURS);
		CHECK_EQ(signer(&one), 0);
		now_ms += MINUTE;
	}
}

/* --- every kind of record ------------------------------------------------- */

TEST(every_fault_of_a_record_is_reported)
{
	static const struct {
		enum state state;
		enum seal_keyring_seen seen;
		const char *from_start, *later; /* events */
	} rows[] = {
		{ NONE, SEAL_KEYRING_ABSENT, "0:unpublished ", "0:gone 0:unpublished " },
		{ REVOKED, SEAL_KEYRING_REVOKED, "0:unpublished ", "0:revoked 0:unpublished " },
		{ OTHER, SEAL_KEYRING_OTHER, "0:changed 0:unpublished ", "0:changed 0:unpublished " },
		{ BROKEN, SEAL_KEYRING_MALFORMED, "0:bad 0:unpublished ", "0:bad 0:unpublished " },
		{ TWO, SEAL_KEYRING_SEVERAL, "0:several 0:unpublished ", "0:several 0:unpublished " },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		keyring_begin(KEY("s1"));
		publish(0, rows[i].state);
		boot(&one);
		keyring_run(&one, DAY);
		CHECK_EQ(one.entries[0].seen, rows[i].seen);
		CHECK_EQ(signer(&one), KEYS_MAX);
		check_events(&one, rows[i].from_start);
		publish(0, OURS);
		keyring_run(&one, HOUR);
		CHECK_EQ(signer(&one), 0); /* the only one does not wait */
		check_events(&one, "0:published 0:switched ");
		publish(0, rows[i].state);
		keyring_run(&one, NOTICED);
		check_events(&one, rows[i].later);
		CHECK(seal_keyring_seen_text((enum seal_keyring_seen)one.entries[0].seen)[0] != '\0');
	}
	CHECK_EQ(one.entries[0].fault, SEAL_KEYREC_FINE);
}

/* One record of that text. */
static void
answer_text(struct device *d, const char *text)
{
	const struct seal_keyring_answer a = {
		.outcome = SEAL_DNS_FOUND, .ttl_s = 60, .num_records = 1, .text = key_span(text)
	};

	seal_keyring_answer(&d->keyring, 0, &a, now_ms);
}

TEST(flags_of_the_record_are_understood)
{
	keyring_begin(KEY("s1") "identity = x@sub.a.example\n");
	boot(&one);
	answer_text(&one, "t=s; p=MA==");
	CHECK_EQ(one.entries[0].seen, SEAL_KEYRING_MALFORMED);
	CHECK_EQ(one.entries[0].fault, SEAL_KEYREC_IDENTITY);
	answer_text(&one, "t=y; p=M A = =");
	CHECK_EQ(one.entries[0].seen, SEAL_KEYRING_OURS);
	CHECK(one.entries[0].testing);
	check_events(&one, "0:published 0:switched 0:bad 0:testing 0:unpublished ");
	answer_text(&one, "p=MA==; t=y");
	check_events(&one, "");
	answer_text(&one, "p=MA==");
	CHECK(!one.entries[0].testing);
	keyring_begin(KEY("s1") "identity = x@A.example\n");
	boot(&one);
	answer_text(&one, "t=s; p=MA==");
	CHECK_EQ(one.entries[0].seen, SEAL_KEYRING_OURS);
	answer_text(&one, "p=MA");
	answer_text(&one, "p=MA");
	CHECK_EQ(one.entries[0].fault, SEAL_KEYREC_BASE64);
}

TEST(without_our_own_key_no_record_is_ours)
{
	keyring_begin(KEY("s1"));
	boot(&one);
	one.entries[0].has_key = false;
	keyring_answer(&one, 0, OURS);
	CHECK_EQ(one.entries[0].seen, SEAL_KEYRING_OTHER);
}

/* --- looking -------------------------------------------------------------- */

TEST(the_interval_between_looks_follows_the_ttl_within_limits)
{
	static const struct {
		enum state state;
		uint32_t ttl_s;
		uint64_t want_s;
	} rows[] = {
		{ OURS, 0, 300 }, { OURS, 299, 300 }, { OURS, 1000, 1000 }, { OURS, 604800, 3600 },
		{ NONE, 0, 60 }, { NONE, 59, 60 }, { NONE, 1000, 1000 }, { NONE, 86400, 3600 }, { OTHER, 0, 60 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		keyring_begin(KEY("s1"));
		zone.ttl_s = rows[i].ttl_s;
		zone.negative_ttl_s = rows[i].ttl_s;
		publish(0, rows[i].state);
		boot(&one);
		keyring_look(&one);
		CHECK_EQ(seal_keyring_deadline_ms(&one.keyring, now_ms), now_ms + rows[i].want_s * SECOND);
	}
}

TEST(looking_costs_little)
{
	begin_in_order(TWO_KEYS);
	one.looks = 0;
	zone.negative_ttl_s = 3600;
	keyring_run(&one, 10u * DAY);
	CHECK(one.looks <= 2u * 24u * 10u + 20u);
}

TEST(sections_that_need_no_dns_are_never_asked_for)
{
	size_t index;

	keyring_begin("[domain a.example]\nselector = s1\nkey = k\n[domain b.example]\n"
	              "[domain a.example]\nunsigned = pass\n");
	boot(&one);
	CHECK(!seal_keyring_next_question(&one.keyring, now_ms, &index));
	CHECK_EQ(seal_keyring_deadline_ms(&one.keyring, now_ms), now_ms + HOUR);
	CHECK(seal_keyring_is_settled(&one.keyring));
	CHECK_EQ(signer(&one), 0);
	CHECK_EQ(signer_for(&one, "b.example"), KEYS_MAX);
}

static void
look_after(uint64_t ms)
{
	now_ms += ms;
	keyring_look(&one);
}

TEST(a_key_that_waits_for_approval_is_watched_and_does_not_sign)
{
	begin_in_order(KEY("s1") "[domain a.example]\nselector = s2\nkey = k\nactivation = manual\n");
	CHECK_EQ(one.entries[1].seen, SEAL_KEYRING_ABSENT);
	publish(1, OURS);
	keyring_run(&one, 30u * DAY);
	CHECK_EQ(signer(&one), 0);
	CHECK_EQ(one.entries[1].seen, SEAL_KEYRING_OURS);
	check_events(&one, "1:waits ");
	boot(&one);
	keyring_run(&one, HOUR);
	check_events(&one, "1:waits ");         /* the administrator is reminded to approve it */
	publish(0, NONE);
	for (unsigned i = 0; i < 3; i++)
		look_after(HOUR);
	CHECK_EQ(signer(&one), KEYS_MAX);       /* not even when no other is left */
	check_events(&one, "0:gone 1:unpublished ");
	publish(1, OTHER);
	for (unsigned i = 0; i < 3; i++)
		look_after(HOUR);
	check_events(&one, "1:changed ");
}

/* --- restarts ------------------------------------------------------------- */

/* A realistic rotation, in hours: the next key is published, signs, and the old one is withdrawn;
 * then another key is published and withdrawn, and DNS fails for a while. */
static void
change_zone(unsigned hour)
{
	switch (hour) {
	case 30:
		publish(1, OURS);
		break;
	case 30 + 24 + 8 * 24:
		publish(0, NONE);
		break;
	case 300:
		publish(2, OURS);
		break;
	case 310:
		publish(2, NONE);
		break;
	case 315:
		publish(2, OURS);
		dns_fails(true);
		break;
	case 320:
		dns_fails(false);
		break;
	case 350:
		publish(1, REVOKED);
		break;
	default:
		break;
	}
}

#define STORY_HOURS 380u

/* Hour by hour; the device restarts as `restarts` determines, and is off for 0 to 4 hours. */
static void
tell_story(uint64_t start_ms, bool (*restarts)(unsigned hour, unsigned how), unsigned how)
{
	begin_at(start_ms, THREE_KEYS);
	publish(0, OURS);
	now_ms += 10u * DAY;
	boot(&one);
	for (unsigned hour = 0; hour < STORY_HOURS; hour++) {
		change_zone(hour);
		if (restarts(hour, how)) {
			now_ms += how % 7u * 11u * MINUTE;
			boot(&one);
		}
		keyring_run(&one, HOUR);
	}
	keyring_run(&one, 2u * DAY);
	CHECK_EQ(signer(&one), 2);
}

static bool
never(unsigned hour, unsigned how)
{
	(void)hour;
	(void)how;
	return false;
}

static bool
once(unsigned hour, unsigned how)
{
	return hour == how;
}

static bool
often(unsigned hour, unsigned how)
{
	return hour % how == 0;
}

TEST(a_restart_at_any_hour_breaks_no_promise)
{
	tell_story(START, never, 0);
	for (unsigned how = 0; how < STORY_HOURS; how += TEST_EVERY)
		tell_story(START, once, how);
}

TEST(restarts_again_and_again_break_no_promise)
{
	for (unsigned how = 1; how < 60; how += 1 + how / 8u)
		tell_story(START, often, how);
}

TEST(the_clock_may_wrap_at_any_hour)
{
	for (unsigned hour = 0; hour < STORY_HOURS + 11 * 24; hour += 7u * TEST_EVERY)
		tell_story(UINT64_MAX - hour * HOUR - MINUTE, never, 0);
}

TEST(a_device_that_never_runs_for_the_hold_time_follows_when_the_old_record_goes)
{
	begin_in_order(TWO_KEYS);
	publish(1, OURS);
	for (unsigned day = 0; day < 20; day++) {
		boot(&one);
		keyring_run(&one, 10u * HOUR);
		CHECK_EQ(signer(&one), 0);
		check_events(&one, "1:rotating ");
		now_ms += 14u * HOUR;
	}
	boot(&one);
	keyring_run(&one, HOUR);
	publish(0, NONE);
	keyring_run(&one, NOTICED);
	CHECK_EQ(signer(&one), 1);
}

TEST(after_a_restart_it_is_safe_to_delete_only_after_another_week)
{
	begin_in_order(TWO_KEYS);
	publish(1, OURS);
	keyring_run(&one, 20u * DAY);
	check_events(&one, "0:safe 1:published 1:rotating 1:switched ");
	boot(&one);
	keyring_run(&one, 7u * DAY);
	check_events(&one, "1:rotating 1:switched ");
	keyring_run(&one, DAY + HOUR);
	check_events(&one, "0:safe ");
}

TEST(two_devices_with_one_name_both_keep_the_promises)
{
	static struct device two;

	keyring_begin(TWO_KEYS);
	publish(0, OURS);
	now_ms += 10u * DAY;
	boot(&one);
	boot(&two);
	for (unsigned hour = 0; hour < 500; hour++) {
		const uint64_t hour_ms = now_ms;

		if (hour == 24)
			publish(1, OURS);
		if (hour == 60)
			boot(&two); /* signs with the old key again, the other one does not */
		if (hour == 70) {
			CHECK_EQ(signer(&one), 1);
			CHECK_EQ(signer(&two), 0);
		}
		if (hour == 60 + 25 + 7 * 24) {
			check_events(&one, "0:safe 1:published 1:rotating 1:switched ");
			check_events(&two, "0:safe 1:rotating 1:switched ");
			publish(0, NONE);
		}
		keyring_run(&one, HOUR);
		now_ms = hour_ms;
		keyring_run(&two, HOUR);
	}
	CHECK_EQ(signer(&one), 1);
	CHECK_EQ(signer(&two), 1);
}

/* --- policy --------------------------------------------------------------- */

/* "selector selector " of the signers, and why. */
static void
check_policy(const char *domain, const char *want, enum seal_policy_author want_author)
{
	const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX];
	enum seal_policy_author author;
	const size_t num = seal_policy_signers(&config, &one.keyring, key_span(domain), signers, &author);
	uint8_t buf[64];
	struct seal_out out = seal_out(buf, sizeof buf);

	for (size_t i = 0; i < num; i++) {
		seal_out_span_put(&out, signers[i]->selector);
		seal_out_octet(&out, ' ');
	}
	CHECK_SPANS(seal_out_span(&out), key_span(want));
	CHECK_EQ(author, want_author);
}

TEST(an_unpublished_domain_is_refused_for_now_or_passed)
{
	const struct seal_config_client client = { .from = SEAL_SPAN("a.example, b.example") };
	struct seal_policy_verdict verdict;

	keyring_begin(KEY("s1") "[domain b.example]\nselector = b\nkey = k\nactivation = dns\nunsigned = pass\n");
	boot(&one);
	keyring_look(&one);
	check_policy("a.example", "", SEAL_POLICY_UNPUBLISHED);
	check_policy("b.example", "", SEAL_POLICY_PASS_UNPUBLISHED);
	seal_policy_judge(&config, &one.keyring, &client, SEAL_SPAN("a.example"), &verdict);
	CHECK_EQ(verdict.refusal.code, 451);
	CHECK_EQ(verdict.author, SEAL_POLICY_UNPUBLISHED);
	seal_policy_judge(&config, &one.keyring, &client, SEAL_SPAN("b.example"), &verdict);
	CHECK_EQ(verdict.refusal.code, 0);
	CHECK_EQ(verdict.num_signers, 0);
	seal_policy_judge(&config, NULL, &client, SEAL_SPAN("a.example"), &verdict);
	CHECK_EQ(verdict.num_signers, 1); /* without a keyring as if immediate */
}

TEST(a_key_that_waits_for_approval_is_in_no_verdict)
{
	const struct seal_config_client client = { .from = SEAL_SPAN("a.example") };
	struct seal_policy_verdict verdict;

	keyring_begin("[domain a.example]\nselector = s1\nkey = k\nactivation = manual\n" KEY("s2"));
	publish(0, OURS);
	publish(1, OURS);
	boot(&one);
	keyring_look(&one);
	check_policy("a.example", "s2 ", SEAL_POLICY_SIGNS);
	domains[1].all_keys = true;
	check_policy("a.example", "s2 ", SEAL_POLICY_SIGNS);
	domains[1].activation = SEAL_ACTIVATION_MANUAL;
	check_policy("a.example", "", SEAL_POLICY_UNPUBLISHED);
	seal_policy_judge(&config, NULL, &client, SEAL_SPAN("a.example"), &verdict);
	CHECK_EQ(verdict.refusal.code, 451);    /* nor without a keyring */
}

TEST(an_immediate_key_counts_as_held)
{
	keyring_begin("[domain a.example]\nselector = old\nkey = k\n" KEY("new"));
	publish(0, OURS); /* for the promises; no question is asked */
	boot(&one);
	check_policy("a.example", "old ", SEAL_POLICY_SIGNS);
	publish(1, OURS);
	keyring_run(&one, HOUR);
	check_policy("a.example", "old ", SEAL_POLICY_SIGNS);
	keyring_run(&one, DAY);
	check_policy("a.example", "new ", SEAL_POLICY_SIGNS);
	publish(1, NONE);
	keyring_run(&one, NOTICED);
	check_policy("a.example", "old ", SEAL_POLICY_SIGNS);
}

TEST(all_keys_are_those_that_are_published_and_not_newer)
{
	keyring_begin(KEY("s1") "sign-with = all\n" KEY("s2") "sign-with = all\n" KEY("s3") "sign-with = all\n");
	publish(0, OURS);
	boot(&one);
	keyring_run(&one, 2u * DAY);
	publish(1, OURS);
	publish(2, OURS);
	keyring_run(&one, HOUR);
	check_policy("a.example", "s1 ", SEAL_POLICY_SIGNS);
	keyring_run(&one, DAY);
	check_policy("a.example", "s3 s2 s1 ", SEAL_POLICY_SIGNS);
	keyring_run(&one, 10u * DAY);
	check_events(&one, "1:published 1:rotating 1:switched 2:published 2:rotating 2:switched ");
	publish(1, NONE);
	keyring_run(&one, NOTICED);
	check_policy("a.example", "s3 s1 ", SEAL_POLICY_SIGNS);
}

TEST(a_cosigner_signs_when_it_is_published)
{
	keyring_begin(KEY("s1") "cosign = b.example\n[domain b.example]\nselector = b\nkey = k\nactivation = dns\n");
	publish(0, OURS);
	boot(&one);
	keyring_look(&one);
	check_policy("a.example", "s1 ", SEAL_POLICY_SIGNS);
	publish(1, OURS);
	keyring_run(&one, HOUR);
	check_policy("a.example", "s1 b ", SEAL_POLICY_SIGNS);
}

TEST(only_sections_that_speak_for_the_domain_count)
{
	keyring_begin(KEY("s1") "subdomains = yes\n" KEY("s2"));
	publish(0, OURS);
	publish(1, OURS);
	boot(&one);
	keyring_run(&one, 2u * DAY);
	check_policy("a.example", "s2 ", SEAL_POLICY_SIGNS);
	check_policy("x.a.example", "s1 ", SEAL_POLICY_SIGNS);
	publish(0, NONE);
	keyring_run(&one, NOTICED);
	check_policy("x.a.example", "", SEAL_POLICY_UNPUBLISHED);
}

TEST(where_sign_is_off_mail_passes_unsigned_and_nothing_is_missed)
{
	keyring_begin(KEY("s1") "sign = off\nunsigned = refuse\n[domain b.example]\nsign = off\nsubdomains = yes\n");
	boot(&one);
	keyring_run(&one, HOUR);
	check_policy("a.example", "", SEAL_POLICY_OFF);
	check_policy("x.b.example", "", SEAL_POLICY_OFF);
	check_events(&one, "");
	publish(0, OURS);
	keyring_run(&one, HOUR);
	check_policy("a.example", "", SEAL_POLICY_OFF);
	check_events(&one, "0:published ");
}

/* --- with a resolver ------------------------------------------------------ */

static struct seal_dns_resolver resolver;
static uint8_t wire[256];

/* Ask for "s" and answer with these records of TXT data. */
static struct seal_keyring_answer
resolve(const char *const *data, size_t num, struct seal_out *text)
{
	const struct seal_dns_server server = { seal_ip_v4(1), 53 };
	const uint8_t random[SEAL_DNS_RANDOM_LEN] = { 0, 1, 2, 3 };
	struct seal_out out = seal_out(wire, sizeof wire);
	struct seal_dns_ask ask;

	seal_dns_init(&resolver, NULL, 0);
	seal_dns_set_servers(&resolver, &server, 1);
	seal_dns_start(&resolver, SEAL_SPAN("s"), SEAL_DNS_TXT, 0);
	CHECK(seal_dns_tick(&resolver, 0));
	seal_dns_ask(&resolver, random, &ask, 0);
	seal_out_text(&out, "\0\1\x81\x80\0\1\0\0\0\0\0\0" "\1s\0\0\x10\0\1");
	wire[7] = (uint8_t)num;
	for (size_t i = 0; i < num; i++) {
		seal_out_text(&out, "\1s\0\0\x10\0\1\0\0\0\x3C\0");
		seal_out_octet(&out, (uint8_t)(strlen(data[i]) + 1));
		seal_out_octet(&out, (uint8_t)strlen(data[i]));
		seal_out_span_put(&out, key_span(data[i]));
	}
	seal_dns_recv(&resolver, server, seal_out_span(&out), 0);
	return seal_keyring_read(&resolver, text);
}

TEST(a_resolvers_answer_is_read)
{
	static const char *const records[] = { "v=DKIM1; p=MA==", "other" };
	uint8_t buf[16];
	struct seal_out text = seal_out(buf, sizeof buf);
	struct seal_keyring_answer a = resolve(records, 1, &text);

	CHECK_EQ(a.outcome, SEAL_DNS_FOUND);
	CHECK_EQ(a.ttl_s, 60);
	CHECK_EQ(a.num_records, 1);
	CHECK_SPAN(a.text, "v=DKIM1; p=MA==");
	CHECK(!a.is_long);
	text = seal_out(buf, sizeof buf);
	a = resolve(records, 2, &text);
	CHECK_EQ(a.num_records, 2);
	text = seal_out(buf, 14);
	a = resolve(records, 1, &text);
	CHECK_EQ(a.num_records, 1);
	CHECK_EQ(a.text.len, 0); /* does not fit: malformed */
	CHECK(a.is_long);
	text = seal_out(buf, sizeof buf);
	a = resolve(records, 0, &text);
	CHECK_EQ(a.outcome, SEAL_DNS_NODATA);
	keyring_begin(KEY("s1"));
	boot(&one);
	text = seal_out(buf, sizeof buf);
	a = resolve(records, 1, &text);
	seal_keyring_answer(&one.keyring, 0, &a, now_ms);
	CHECK_EQ(one.entries[0].seen, SEAL_KEYRING_OURS);
}

const struct test_case test_keyring_cases[] = {
	CASE(a_record_is_read_as_the_strictest_verifier_would),
	CASE(a_key_is_the_octets_that_its_base64_encodes),
	CASE(an_answer_is_judged_whole),
	CASE(a_long_record_is_malformed),
	CASE(before_the_first_answer_the_oldest_key_signs),
	CASE(the_oldest_is_asked_for_first),
	CASE(a_key_known_to_be_published_is_preferred_to_one_that_is_not_known),
	CASE(the_oldest_of_those_published_signs_until_the_hold_time_has_run),
	CASE(a_new_key_signs_exactly_when_it_was_seen_for_the_hold_time),
	CASE(the_hold_time_is_configured_and_at_least_as_long_as_others_remember),
	CASE(others_may_remember_for_longer_than_the_cache_that_is_asked),
	CASE(the_longest_ttl_counts_and_only_that_of_the_previous_record),
	CASE(the_old_key_withdrawn_first_makes_way_at_once),
	CASE(a_new_key_that_is_withdrawn_starts_over),
	CASE(of_two_new_keys_the_one_known_for_longer_takes_over),
	CASE(two_keys_published_from_the_beginning_end_with_the_newer),
	CASE(while_dns_fails_nothing_changes_and_no_hold_time_ends),
	CASE(failures_are_asked_again_later_and_later),
	CASE(one_answer_alone_takes_no_key_away),
	CASE(a_forger_can_choose_among_our_own_keys_and_no_others),
	CASE(every_fault_of_a_record_is_reported),
	CASE(flags_of_the_record_are_understood),
	CASE(without_our_own_key_no_record_is_ours),
	CASE(the_interval_between_looks_follows_the_ttl_within_limits),
	CASE(looking_costs_little),
	CASE(sections_that_need_no_dns_are_never_asked_for),
	CASE(a_key_that_waits_for_approval_is_watched_and_does_not_sign),
	CASE(a_restart_at_any_hour_breaks_no_promise),
	CASE(restarts_again_and_again_break_no_promise),
	CASE(the_clock_may_wrap_at_any_hour),
	CASE(a_device_that_never_runs_for_the_hold_time_follows_when_the_old_record_goes),
	CASE(after_a_restart_it_is_safe_to_delete_only_after_another_week),
	CASE(two_devices_with_one_name_both_keep_the_promises),
	CASE(an_unpublished_domain_is_refused_for_now_or_passed),
	CASE(a_key_that_waits_for_approval_is_in_no_verdict),
	CASE(an_immediate_key_counts_as_held),
	CASE(all_keys_are_those_that_are_published_and_not_newer),
	CASE(a_cosigner_signs_when_it_is_published),
	CASE(only_sections_that_speak_for_the_domain_count),
	CASE(where_sign_is_off_mail_passes_unsigned_and_nothing_is_missed),
	CASE(a_resolvers_answer_is_read),
	CASE_END
};
