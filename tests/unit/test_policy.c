/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/policy.h"
#include "tests/unit/test.h"

#define MINUTE 60000u
#define DAY    86400000u

static struct seal_config_client clients[4];
static struct seal_config_domain domains[8];
static struct seal_config cfg;

static struct seal_span
policy_span_of(const char *s)
{
	return seal_span((const uint8_t *)s, strlen(s));
}

static void
read_config(const char *sections)
{
	static char text[1024];
	const struct seal_span gateway = SEAL_SPAN("[gateway]\nhostname = gw.example\nnext-hop = mx.example\n");
	struct seal_out out = seal_out((uint8_t *)text, sizeof text);
	struct seal_config_error error;

	seal_out_span_put(&out, gateway);
	seal_out_span_put(&out, policy_span_of(sections));
	cfg = (struct seal_config){
		.clients = clients, .clients_cap = 4, .domains = domains, .domains_cap = 8
	};
	if (!CHECK_EQ(seal_config_parse(&cfg, seal_out_span(&out), &error), SEAL_OK))
		CHECK_SPANS(error.found, policy_span_of(error.expected));
}

/* NULL: none. */
static const struct seal_config_client *
client_at(uint32_t address)
{
	const struct seal_ip ip = seal_ip_v4(address);

	return seal_policy_client(&cfg, &ip);
}

/* --- clients ------------------------------------------------------------------ */

TEST(the_longest_prefix_finds_the_client)
{
	static const struct {
		uint32_t address;
		const char *client; /* "" for none */
	} rows[] = {
		{ 0x0A000001u, "net" }, { 0x0A010203u, "office" }, { 0x0A01FF02u, "printer" },
		{ 0x0A01FF03u, "office" }, { 0xC0000201u, "net" }, { 0xC0000200u, "net" },
		{ 0xC00002FFu, "net" }, { 0xC0000300u, "" }, { 0x09FFFFFFu, "" }, { 0x0B000000u, "" },
		{ 0, "" }, { 0xFFFFFFFFu, "" }, { 0x7F000001u, "" },
	};

	read_config("[domain a.example]\n"
	            "[client net]\nnetwork = 10.0.0.0/8, 192.0.2.0/24\nfrom = a.example\n"
	            "[client office]\nnetwork = 10.1.0.0/16\nfrom = a.example\n"
	            "[client printer]\nnetwork = 10.1.255.2/32\nfrom = a.example\n"
	            "[client twin]\nnetwork = 10.0.0.0/8\nfrom = a.example\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct seal_config_client *c = client_at(rows[i].address);

		CHECK_SPANS(c == NULL ? SEAL_SPAN("") : c->name, policy_span_of(rows[i].client));
	}
}

/* The configuration does not allow IPv6 yet, so the networks are added afterwards. */
TEST(the_longest_prefix_finds_the_client_by_ipv6_too)
{
	static const struct {
		const char *address;
		const char *client; /* "" for none */
	} rows[] = {
		{ "2001:db8::1", "net" }, { "2001:db8:0:1::1", "office" }, { "2001:db8:0:1::2", "printer" },
		{ "2001:db8:0:1::3", "office" }, { "2001:db8:0:2::2", "net" }, { "2001:db9::1", "" }, { "::", "" },
		{ "::10.0.0.1", "" }, { "10.0.0.1", "four" }, { "::ffff:10.0.0.1", "four" },
	};
	static const char *const networks[] = {
		"2001:db8::/32, ff00::/8", "2001:db8:0:1::/64", "fe80::1, 2001:db8:0:1::2"
	};

	read_config("[domain a.example]\n"
	            "[client net]\nnetwork = 192.0.2.1\nfrom = a.example\n"
	            "[client office]\nnetwork = 192.0.2.1\nfrom = a.example\n"
	            "[client printer]\nnetwork = 192.0.2.1\nfrom = a.example\n"
	            "[client four]\nnetwork = 10.0.0.0/8\nfrom = a.example\n");
	for (size_t i = 0; i < 3; i++)
		clients[i].networks = policy_span_of(networks[i]);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_ip ip;
		const struct seal_config_client *c;

		CHECK(seal_ip_read(policy_span_of(rows[i].address), &ip));
		c = seal_policy_client(&cfg, &ip);
		CHECK_SPANS(c == NULL ? SEAL_SPAN("") : c->name, policy_span_of(rows[i].client));
	}
}

TEST(of_a_clients_networks_the_longest_counts)
{
	read_config("[domain a.example]\n"
	            "[client wide]\nnetwork = 10.0.0.0/8, 10.1.2.0/24\nfrom = a.example\n"
	            "[client office]\nnetwork = 10.1.0.0/16, 0.0.0.0/0\nfrom = a.example\n");
	CHECK_SPAN(client_at(0x0A010203u)->name, "wide");
	CHECK_SPAN(client_at(0x0A010303u)->name, "office");
	CHECK_SPAN(client_at(0x0A020303u)->name, "wide");
	CHECK_SPAN(client_at(0x0B000001u)->name, "office");
}

TEST(a_network_of_all_addresses_matches_what_no_other_does)
{
	read_config("[domain a.example]\n"
	            "[client rest]\nnetwork = 0.0.0.0/0\nfrom = a.example\n"
	            "[client one]\nnetwork = 10.0.0.1\nfrom = a.example\n");
	CHECK_SPAN(client_at(0)->name, "rest");
	CHECK_SPAN(client_at(0xFFFFFFFFu)->name, "rest");
	CHECK_SPAN(client_at(0x0A000001u)->name, "one");
}

TEST(without_client_sections_no_address_is_a_client)
{
	read_config("");
	CHECK(client_at(0x7F000001u) == NULL);
}

/* --- rates ---------------------------------------------------------------------- */

static unsigned
take_all(struct seal_bucket *bucket, const struct seal_config_client *client, uint64_t now_ms)
{
	unsigned taken = 0;

	while (taken < 1000 && seal_policy_rate(bucket, client, now_ms))
		taken++;
	return taken;
}

TEST(a_bucket_starts_full_at_any_time)
{
	const struct seal_config_client client = { .rate_count = 5, .rate_period_s = 60 };
	static const uint64_t starts[] = { 0, 1, UINT64_MAX };

	for (size_t i = 0; i < 3; i++) {
		struct seal_bucket bucket = { .updated_ms = 0 };

		CHECK_EQ(take_all(&bucket, &client, starts[i]), 5);
	}
}

TEST(a_bucket_fills_evenly_and_not_over_its_brim)
{
	const struct seal_config_client client = { .rate_count = 6, .rate_period_s = 60 };
	struct seal_bucket bucket = { .updated_ms = 0 };

	CHECK_EQ(take_all(&bucket, &client, 1000), 6);
	CHECK(!seal_policy_rate(&bucket, &client, 1000 + 9999));
	CHECK(seal_policy_rate(&bucket, &client, 1000 + 10000));
	CHECK(!seal_policy_rate(&bucket, &client, 1000 + 10000));
	CHECK_EQ(take_all(&bucket, &client, 1000 + 40000), 3);
	CHECK_EQ(take_all(&bucket, &client, 1000 + 100u * MINUTE), 6);
}

TEST(frequent_calls_neither_lose_nor_gain_a_message)
{
	static const struct seal_config_client rates[] = {
		{ .rate_count = 7, .rate_period_s = 1 }, { .rate_count = 7, .rate_period_s = 60 },
		{ .rate_count = 1000, .rate_period_s = 3600 }, { .rate_count = 13, .rate_period_s = 86400 },
	};

	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		const uint64_t period_ms = rates[i].rate_period_s * UINT64_C(1000);
		const uint64_t step_ms = period_ms / 997u + 1u;
		struct seal_bucket bucket = { .updated_ms = 0 };
		uint64_t taken = 0;

		take_all(&bucket, &rates[i], 0);
		for (uint64_t now = step_ms; now <= 3u * period_ms; now += step_ms) {
			taken += take_all(&bucket, &rates[i], now);
			CHECK_EQ(taken, now * rates[i].rate_count / period_ms);
		}
	}
}

TEST(the_slowest_rate_brings_its_message_after_a_day)
{
	const struct seal_config_client client = { .rate_count = 1, .rate_period_s = 86400 };
	struct seal_bucket bucket = { .updated_ms = 0 };

	CHECK_EQ(take_all(&bucket, &client, 0), 1);
	for (uint64_t now = 1; now < DAY; now += 999)
		CHECK(!seal_policy_rate(&bucket, &client, now));
	CHECK(!seal_policy_rate(&bucket, &client, DAY - 1));
	CHECK(seal_policy_rate(&bucket, &client, DAY));
}

TEST(the_highest_rate_and_time_do_not_overflow)
{
	const struct seal_config_client client = { .rate_count = UINT32_MAX, .rate_period_s = 86400 };
	struct seal_bucket bucket = { .updated_ms = 0 };

	CHECK(seal_policy_rate(&bucket, &client, 0));
	CHECK(seal_policy_rate(&bucket, &client, UINT64_MAX));
	CHECK_EQ(bucket.parts, (uint64_t)(UINT32_MAX - 1u) * DAY);
	CHECK(seal_policy_rate(&bucket, &client, UINT64_MAX));
	CHECK_EQ(bucket.parts, (uint64_t)(UINT32_MAX - 2u) * DAY);
}

TEST(time_going_back_gives_no_message_and_locks_no_client_out)
{
	const struct seal_config_client client = { .rate_count = 2, .rate_period_s = 60 };
	struct seal_bucket bucket = { .updated_ms = 0 };

	CHECK_EQ(take_all(&bucket, &client, 100u * MINUTE), 2);
	CHECK_EQ(take_all(&bucket, &client, 50u * MINUTE), 0);
	CHECK_EQ(take_all(&bucket, &client, 0), 0);
	CHECK_EQ(take_all(&bucket, &client, MINUTE / 2 - 1), 0);
	CHECK_EQ(take_all(&bucket, &client, MINUTE / 2), 1);
}

/* --- which client may send as which domain ------------------------------------------ */

#define TENANTS \
	"[domain a.example]\nsubdomains = yes\n[domain B\xC3\xBC" "cher.example.]\n" \
	"[domain c.example]\nsubdomains = yes\n" \
	"[client all]\nnetwork = 10.0.0.1\n" \
	"from = A.example, *.a.example,\n\tb\xC3\xBC" "cher.example\n" \
	"[client below]\nnetwork = 10.0.0.2\nfrom = *.a.example\n" \
	"[client one]\nnetwork = 10.0.0.3\nfrom = c.example.\n"

TEST(a_client_sends_as_the_domains_of_its_from_only)
{
	static const struct {
		const char *domain;
		bool all, below, one;
	} rows[] = {
		{ "a.example", true, false, false },
		{ "x.a.example", true, true, false },
		{ "y.x.a.example", true, true, false },
		{ "xa.example", false, false, false },
		{ "example", false, false, false },
		{ "xn--bcher-kva.example", true, false, false },
		{ "x.xn--bcher-kva.example", false, false, false },
		{ "c.example", false, false, true },
		{ "x.c.example", false, false, false },
		{ "", false, false, false },
	};

	read_config(TENANTS);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct seal_span domain = policy_span_of(rows[i].domain);

		CHECK_EQ(seal_policy_may_send_as(&clients[0], domain), rows[i].all);
		CHECK_EQ(seal_policy_may_send_as(&clients[1], domain), rows[i].below);
		CHECK_EQ(seal_policy_may_send_as(&clients[2], domain), rows[i].one);
	}
}

TEST(an_envelope_may_name_strangers_but_no_other_tenant)
{
	static const struct {
		const char *domain;
		bool one;
	} rows[] = {
		{ "c.example", true },      /* its own              */
		{ "a.example", false },     /* another client's     */
		{ "x.a.example", false },   /* covered by subdomains */
		{ "x.c.example", false },   /* of no client, but ours */
		{ "stranger.example", true },
		{ "example", true },
		{ "x.xn--bcher-kva.example", true },
	};

	read_config(TENANTS);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		CHECK_EQ(seal_policy_may_bounce_to(&cfg, &clients[2], policy_span_of(rows[i].domain)), rows[i].one);
}

/* --- which keys sign ---------------------------------------------------------------- */

/* "selector selector " of the signers, in order. */
static void
check_signers(const char *domain, const char *want, bool want_pass)
{
	const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX];
	uint8_t text[64];
	struct seal_out out = seal_out(text, sizeof text);
	enum seal_policy_author author = SEAL_POLICY_UNPUBLISHED;
	const size_t num = seal_policy_signers(&cfg, NULL, policy_span_of(domain), signers, &author);

	for (size_t i = 0; i < num; i++) {
		seal_out_span_put(&out, signers[i]->selector);
		seal_out_octet(&out, ' ');
	}
	CHECK_SPANS(seal_out_span(&out), policy_span_of(want));
	CHECK_EQ(author == SEAL_POLICY_PASS_NO_KEY || author == SEAL_POLICY_OFF, want_pass);
}

TEST(the_last_key_of_a_domain_signs)
{
	read_config("[domain a.example]\nselector = s1\nkey = 1\n"
	            "[domain b.example]\nselector = s9\nkey = 9\n"
	            "[domain A.Example]\nselector = s2\nkey = 2\n"
	            "[domain a.example]\nunsigned = pass\n");
	check_signers("a.example", "s2 ", false);
	check_signers("b.example", "s9 ", false);
	check_signers("c.example", "", false);
	check_signers("x.a.example", "", false);
	check_signers("", "", false);
}

TEST(the_most_specific_name_signs_below_it)
{
	read_config("[domain a.example]\nselector = top\nkey = 1\nsubdomains = yes\n"
	            "[domain x.a.example]\nselector = old\nkey = 2\nsubdomains = yes\n"
	            "[domain x.a.example]\nselector = new\nkey = 3\n"
	            "[domain q.a.example]\nunsigned = pass\n"
	            "[domain r.a.example]\n");
	check_signers("a.example", "top ", false);
	check_signers("z.a.example", "top ", false);
	check_signers("x.a.example", "new ", false);
	check_signers("y.x.a.example", "old ", false);
	check_signers("q.a.example", "", true);
	check_signers("y.q.a.example", "top ", false);
	check_signers("r.a.example", "", false);
	check_signers("ba.example", "", false);
}

TEST(all_keys_sign_newest_first_and_not_more_than_fit)
{
	read_config("[domain a.example]\nselector = s1\nkey = 1\n"
	            "[domain a.example]\nselector = s2\nkey = 2\nsign-with = all\n"
	            "[domain b.example]\nselector = t1\nkey = 1\nsign-with = all\n"
	            "[domain b.example]\nselector = t2\nkey = 2\n"
	            "[domain a.example]\nselector = s3\nkey = 3\nsign-with = all\n");
	check_signers("a.example", "s3 s2 s1 ", false);
	check_signers("b.example", "t2 ", false);
	read_config("[domain a.example]\nselector = s1\nkey = 1\n"
	            "[domain a.example]\nselector = s2\nkey = 2\n"
	            "[domain a.example]\nselector = s3\nkey = 3\n"
	            "[domain a.example]\nselector = s4\nkey = 4\n"
	            "[domain a.example]\nselector = s5\nkey = 5\nsign-with = all\ncosign = b.example\n"
	            "[domain b.example]\nselector = t\nkey = t\n");
	check_signers("a.example", "s5 s4 s3 s2 ", false);
}

TEST(cosigners_come_after_the_author_and_only_once)
{
	read_config("[domain a.example]\nselector = a\nkey = a\n"
	            "cosign = c.example, B.Example.,\n c.example, a.example\n"
	            "[domain b.example]\nselector = b1\nkey = b1\nsign-with = all\ncosign = d.example\n"
	            "[domain b.example]\nselector = b2\nkey = b2\nsign-with = all\n"
	            "[domain c.example]\nselector = c\nkey = c\nsubdomains = yes\n"
	            "[domain d.example]\nselector = d\nkey = d\n");
	check_signers("a.example", "a c b2 ", false);
	check_signers("b.example", "b2 b1 ", false);
	check_signers("x.c.example", "c ", false);
}

TEST(a_domain_without_key_may_pass_with_a_cosigner)
{
	read_config("[domain a.example]\nunsigned = pass\ncosign = b.example\n"
	            "[domain b.example]\nselector = b\nkey = b\n"
	            "[domain c.example]\ncosign = b.example\n");
	check_signers("a.example", "b ", true);
	check_signers("c.example", "", false);
}

/* --- the verdict ------------------------------------------------------------------- */

TEST(a_message_is_signed_passed_or_refused_with_the_reason)
{
	static const struct {
		const char *domain;
		size_t client, num_signers;
		uint16_t code;
		const char *text;
	} rows[] = {
		{ "a.example", 0, 1, 0, "" },
		{ "p.example", 0, 0, 0, "" },
		{ "n.example", 0, 0, 550, "5.7.1 No DKIM key for the author domain" },
		{ "a.example", 1, 0, 550, "5.7.1 Author domain not allowed for this client" },
		{ "x.a.example", 0, 0, 550, "5.7.1 Author domain not allowed for this client" },
		{ "stranger.example", 0, 0, 550, "5.7.1 Author domain not allowed for this client" },
	};

	read_config("[domain a.example]\nselector = a\nkey = a\nsubdomains = yes\n"
	            "[domain p.example]\nunsigned = pass\n[domain n.example]\n"
	            "[client one]\nnetwork = 10.0.0.1\nfrom = a.example, p.example, n.example\n"
	            "[client two]\nnetwork = 10.0.0.2\nfrom = p.example\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct seal_policy_verdict verdict;

		seal_policy_judge(&cfg, NULL, &clients[rows[i].client], policy_span_of(rows[i].domain), &verdict);
		CHECK_EQ(verdict.num_signers, rows[i].num_signers);
		CHECK_EQ(verdict.refusal.code, rows[i].code);
		CHECK_SPANS(verdict.refusal.text, policy_span_of(rows[i].text));
	}
}

TEST(the_fields_of_every_key_are_wanted_and_from_always)
{
	read_config("[domain a.example]\nselector = a\nkey = a\nheaders = X-One\noversign = From\n"
	            "[domain b.example]\nselector = b\nkey = b\nheaders = From\noversign = X-Two\n"
	            "[domain c.example]\nheaders = X-Three\n");
	CHECK(seal_policy_wants_field(&cfg, SEAL_SPAN("x-one")));
	CHECK(seal_policy_wants_field(&cfg, SEAL_SPAN("X-TWO")));
	CHECK(seal_policy_wants_field(&cfg, SEAL_SPAN("From")));
	CHECK(!seal_policy_wants_field(&cfg, SEAL_SPAN("X-Three")));
	CHECK(!seal_policy_wants_field(&cfg, SEAL_SPAN("Subject")));
	read_config("[domain c.example]\nunsigned = pass\n");
	CHECK(seal_policy_wants_field(&cfg, SEAL_SPAN("from")));
	CHECK(!seal_policy_wants_field(&cfg, SEAL_SPAN("Subject")));
}

const struct test_case test_policy_cases[] = {
	CASE(the_longest_prefix_finds_the_client),
	CASE(the_longest_prefix_finds_the_client_by_ipv6_too),
	CASE(of_a_clients_networks_the_longest_counts),
	CASE(a_network_of_all_addresses_matches_what_no_other_does),
	CASE(without_client_sections_no_address_is_a_client),
	CASE(a_bucket_starts_full_at_any_time),
	CASE(a_bucket_fills_evenly_and_not_over_its_brim),
	CASE(frequent_calls_neither_lose_nor_gain_a_message),
	CASE(the_slowest_rate_brings_its_message_after_a_day),
	CASE(the_highest_rate_and_time_do_not_overflow),
	CASE(time_going_back_gives_no_message_and_locks_no_client_out),
	CASE(a_client_sends_as_the_domains_of_its_from_only),
	CASE(an_envelope_may_name_strangers_but_no_other_tenant),
	CASE(the_last_key_of_a_domain_signs),
	CASE(the_most_specific_name_signs_below_it),
	CASE(all_keys_sign_newest_first_and_not_more_than_fit),
	CASE(cosigners_come_after_the_author_and_only_once),
	CASE(a_domain_without_key_may_pass_with_a_cosigner),
	CASE(a_message_is_signed_passed_or_refused_with_the_reason),
	CASE(the_fields_of_every_key_are_wanted_and_from_always),
	CASE_END
};
