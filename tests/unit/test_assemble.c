/* SPDX-License-Identifier: Apache-2.0
 *
 * test_assemble.c - assemble a gateway on a machine with files in memory, where everything fails once.
 */
#include "port/gateway/assemble.h"
#include "port/mbedtls/arena.h"
#include "tests/unit/fake_port.h"
#include "tests/unit/test.h"
#include "tests/vectors/tls.h"

#define NOW      UINT64_C(1767225600) /* 2026-01-01 */
#define SESSIONS 3u
#define SECTIONS 4u
#define NEVER    SIZE_MAX

static const char full[] =
	"[gateway]\nhostname = gateway.test\nnext-hop = mail.example.com:587\n"
	"certificate = chain.pem\ncertificate-key = server.pem\n"
	"[next-hop]\ntls = starttls\nca = ca.pem\nauth = plain\nuser = ann\nsecret = secret.txt\n"
	"[client printer]\nnetwork = 192.0.2.0/24\nfrom = example.com\n"
	"[domain example.com]\nselector = s1\nkey = s1.pem\nactivation = dns\n"
	"[domain example.com]\nselector = s2\nkey = s2.pem\nactivation = manual\n";

static const char plain[] =
	"[gateway]\nhostname = gateway.test\nnext-hop = mail.example.com\n"
	"[client printer]\nnetwork = 192.0.2.0/24\nfrom = example.com\n"
	"[domain example.com]\nselector = s1\nkey = s1.pem\n";

static uint8_t arena[192u * 1024u];
static uint8_t authorities[2048];
static struct seal_assembly assembly;
static struct seal_config_client clients[SECTIONS];
static struct seal_bucket buckets[SECTIONS];
static struct seal_config_domain domains[SECTIONS];
static struct seal_key_private keys[SECTIONS];
static struct seal_key_use key_uses[SECTIONS];
static struct seal_session sessions[SESSIONS];
static struct seal_link links[SESSIONS];
static struct seal_transaction transactions[SESSIONS];
static uint8_t transaction_octets[SESSIONS * 70u];
static struct seal_learn learn;
static struct seal_learn_entry learned[2];

/* --- the machine ---------------------------------------------------------------------------- */

static struct {
	const char *text;           /* of the configuration; other files are files[] */
	size_t arena_len;
	size_t fail_at;             /* which call of a hook that can fail does */
	size_t num_calls;
	size_t num_open;            /* files */
	bool has_config;            /* likewise, this one */
	size_t num_ends;
	uint32_t random;
	struct seal_out log;        /* "STEP CALL, STEP CALL, ..." */
	uint8_t log_octets[4096];
} machine;

static struct file {
	const char *name, *text;
} files[] = {
	{ "s1.pem", tls_key_rsa },
	{ "s2.pem", tls_key_rsa },
	{ "chain.pem", tls_leaf_rsa },
	{ "server.pem", tls_key_rsa },
	{ "ca.pem", tls_root },
	{ "secret.txt", "open sesame\n" },
};

static void
assemble_note(const char *call)
{
	struct seal_out *log = &machine.log;

	if (log->len > 0)
		seal_out_text(log, "\n");
	seal_out_span_put(log, seal_span_text(seal_assemble_step((size_t)assembly.num_begun - 1u)));
	seal_out_text(log, ": ");
	seal_out_span_put(log, seal_span_text(call));
}

static bool
fails(const char *call)
{
	assemble_note(call);
	return ++machine.num_calls == machine.fail_at;
}

static bool
find_named(struct seal_span name, struct seal_span *octets)
{
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (seal_span_equal(name, seal_span_text(files[i].name))) {
			*octets = seal_span_text(files[i].text);
			return true;
		}
	return false;
}

static void
assemble_put_name(void *ctx, enum seal_file file, struct seal_span name, struct seal_out *out)
{
	(void)ctx;
	seal_out_span_put(out, file == SEAL_FILE_CONFIG ? SEAL_SPAN("gateway.conf") : name);
}

static bool
find(void *ctx, enum seal_file file, struct seal_span name, struct seal_span *octets, struct seal_out *why)
{
	static const char *const calls[] = {
		"find the configuration", "find a key", "find the certificate", "find its key", "find authorities",
		"find the secret",
	};
	bool ok = !fails(calls[file]);

	if (file == SEAL_FILE_CONFIG) {
		*octets = seal_span_text(machine.text);
		machine.has_config = ok;
	} else {
		ok = ok && find_named(name, octets);
	}
	if (ok && file == SEAL_FILE_CA) {
		struct seal_out der = seal_out(authorities, sizeof authorities);

		ok = seal_tls_bundle_der(*octets, &der) > 0;
		*octets = seal_out_span(&der);
	}
	machine.num_open += ok;
	if (!ok) {
		assemble_put_name(ctx, file, name, why);
		seal_out_text(why, ": cannot be read");
	}
	return ok;
}

static void
close(void *ctx, enum seal_file file, struct seal_span octets)
{
	(void)ctx;
	(void)file;
	CHECK(octets.ptr != NULL);
	machine.num_open--;
}

static const struct seal_assemble_memory *
memory(void *ctx, struct seal_span text)
{
	static const struct seal_assemble_memory given = {
		.clients = clients, .buckets = buckets, .num_clients = SECTIONS,
		.domains = domains, .keys = keys, .key_uses = key_uses, .num_domains = SECTIONS,
		.sessions = sessions, .links = links, .transactions = transactions,
		.transaction_octets = transaction_octets,
		.num_sessions = SESSIONS,
		.work_len = 40, .envelope_len = 20, .added_len = 10,
		.tls_max = 4, .observer_len = SEAL_OBSERVER_MEMORY_SMALL,
		.learn = &learn, .learned = learned, .num_learned = 2,
	};

	(void)ctx;
	CHECK_SPANS(text, seal_span_text(machine.text));
	return fails("memory") ? NULL : &given;
}

static void *
allocate(size_t count, size_t size)
{
	return fails("allocate") ? NULL : seal_arena_calloc(count, size);
}

static enum seal_assemble_fault
hook(const char *call, struct seal_out *why)
{
	if (!fails(call))
		return SEAL_ASSEMBLE_FINE;
	seal_out_span_put(why, seal_span_text(call));
	seal_out_text(why, ": failed");
	return SEAL_ASSEMBLE_MACHINE;
}

static enum seal_assemble_fault
assemble_prepare(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	(void)ctx;
	CHECK(a == &assembly);
	seal_arena_init(arena, machine.arena_len, (struct seal_arena_lock){ NULL, NULL, NULL });
	return hook("prepare", why);
}

static bool
submit(void *ctx, struct seal_key_job *job)
{
	(void)ctx;
	(void)job;
	return false;
}

static struct seal_key_runner
runner(void)
{
	return (struct seal_key_runner){ submit, NULL };
}

static bool
assemble_draw(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		machine.random = machine.random * 1664525u + 1013904223u;
		out[i] = (uint8_t)(machine.random >> 24);
	}
	return true;
}

static struct seal_tls_random
assemble_random_octets(void)
{
	return (struct seal_tls_random){ assemble_draw, NULL };
}

static uint64_t
assemble_now_s(void)
{
	return NOW;
}

static enum seal_assemble_fault
make_keys(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	(void)ctx;
	CHECK(a == &assembly);
	return hook("make keys", why);
}

static enum seal_assemble_fault
helper(void *ctx, struct seal_span command, struct seal_span *secret, struct seal_out *why)
{
	(void)ctx;
	CHECK_SPAN(command, "print-it");
	*secret = SEAL_SPAN("printed");
	return hook("helper", why);
}

static enum seal_assemble_fault
network(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	(void)ctx;
	CHECK(a == &assembly);
	return hook("network", why);
}

static void
opened(void *ctx, struct seal_span name, const struct seal_key_private *key)
{
	struct seal_span octets;

	(void)ctx;
	CHECK(find_named(name, &octets) && octets.ptr == key->text.ptr);
	assemble_note("opened");
}

static void
end(void *ctx)
{
	(void)ctx;
	machine.num_ends++;
	machine.num_open -= machine.has_config; /* close is not asked for this one */
}

static const struct seal_machine everything = {
	.find = find, .close = close, .put_name = assemble_put_name, .memory = memory,
	.allocate = allocate, .release = seal_arena_free, .prepare = assemble_prepare, .runner = runner,
	.random = assemble_random_octets, .now_s = assemble_now_s, .server = seal_tls_server, .make_keys = make_keys,
	.helper = helper, .network = network, .undo = seal_assemble_undo, .end = end, .opened = opened,
	.login_rounds = 7,
};

/* --- running -------------------------------------------------------------------------------- */

static uint8_t why_octets[512];
static struct seal_out why;

static enum seal_assemble_fault
assemble(const struct seal_machine *m, const char *text, size_t fail_at, size_t arena_len)
{
	memset(&machine, 0, sizeof machine);
	memset(keys, 0, sizeof keys);
	machine.text = text;
	machine.fail_at = fail_at;
	machine.arena_len = arena_len;
	machine.log = seal_out(machine.log_octets, sizeof machine.log_octets);
	seal_arena_init(arena, 0, (struct seal_arena_lock){ NULL, NULL, NULL });
	why = seal_out(why_octets, sizeof why_octets);
	return seal_assemble(&assembly, m, &why);
}

static void
check_nothing_is_open(void)
{
	CHECK_EQ(machine.num_open, 0);
	CHECK_EQ(machine.num_ends, 1);
	CHECK_EQ(seal_arena_use().used, 0);
	CHECK_EQ(assembly.num_begun, 0);
	for (size_t i = 0; i < SECTIONS; i++)
		CHECK(!seal_key_is_open(&keys[i]));
}

static void
check_refused(void)
{
	const struct seal_span line = seal_out_span(&why);

	CHECK(line.len > 0 && !why.overflow && line.ptr[line.len - 1] != ' ');
	CHECK_EQ(seal_span_find(line, '\n'), line.len);
	check_nothing_is_open();
}

static void
assemble_finish(void)
{
	seal_assemble_undo(&assembly);
	check_nothing_is_open();
}

/* --- tests ---------------------------------------------------------------------------------- */

TEST(steps_come_in_this_order)
{
	static const char *const names[] = {
		"configuration", "machine", "keys made here", "keys", "keyring", "certificate", "authorities", "secret",
		"connections with TLS", "TLS with the next hop", "TLS with clients", "sessions", "network",
	};
	const size_t num = sizeof names / sizeof names[0];

	for (size_t i = 0; i < num; i++)
		CHECK_SPANS(seal_span_text(seal_assemble_step(i)), seal_span_text(names[i]));
	CHECK(seal_assemble_step(num) == NULL);

	CHECK_EQ(assemble(&everything, full, NEVER, sizeof arena), SEAL_ASSEMBLE_FINE);
	CHECK_SPAN(seal_out_span(&machine.log),
	           "configuration: find the configuration\n"
	           "configuration: memory\n"
	           "machine: prepare\n"
	           "keys made here: make keys\n"
	           "keys: find a key\n"
	           "keys: opened\n"
	           "keys: find a key\n"
	           "keys: opened\n"
	           "keyring: allocate\n"
	           "certificate: find the certificate\n"
	           "certificate: find its key\n"
	           "authorities: find authorities\n"
	           "secret: find the secret\n"
	           "connections with TLS: allocate\n"
	           "TLS with the next hop: allocate\n"
	           "TLS with clients: allocate\n"
	           "network: network");
	assemble_finish();

	CHECK_EQ(assemble(&everything, plain, NEVER, sizeof arena), SEAL_ASSEMBLE_FINE);
	CHECK_SPAN(seal_out_span(&machine.log),
	           "configuration: find the configuration\n"
	           "configuration: memory\n"
	           "machine: prepare\n"
	           "keys made here: make keys\n"
	           "keys: find a key\n"
	           "keys: opened\n"
	           "network: network");
	assemble_finish();
}

TEST(the_gateway_has_its_configured_parts)
{
	struct seal_app_setup setup;

	CHECK_EQ(assemble(&everything, full, NEVER, sizeof arena), SEAL_ASSEMBLE_FINE);
	setup = seal_assembly_app(&assembly);
	CHECK(setup.config == &assembly.config && setup.sessions == sessions && setup.links == links);
	CHECK(setup.transactions == transactions && setup.buckets == buckets);
	CHECK(setup.key_uses == key_uses && setup.learn == &learn && learn.cap == 2);
	CHECK(setup.keyring == &assembly.watched->keyring && setup.keyring->entries[1].has_key);
	CHECK_EQ(setup.num_sessions, SESSIONS);
	CHECK_EQ(setup.login_rounds, 7);
	CHECK_EQ(setup.num_tls, 4); /* six are wanted, the machine has four */
	CHECK(setup.tls != NULL && setup.client_tls != NULL && setup.next_hop_tls != NULL);
	CHECK_SPAN(setup.next_hop_tls->name, "mail.example.com");
	CHECK_EQ(setup.next_hop_tls->pins.len, 0);
	CHECK_EQ(setup.needs.tls, SEAL_SMTPC_TLS_STARTTLS);
	CHECK_EQ(setup.needs.auth, SEAL_SMTPC_AUTH_PLAIN);
	CHECK_SPAN(setup.needs.user, "ann");
	CHECK_SPAN(setup.needs.secret, "open sesame");
	CHECK(setup.keys.find(setup.keys.ctx, &domains[1]) == &keys[1].key);
	for (size_t i = 0; i < SESSIONS; i++) {
		const struct seal_transaction *t = &setup.transactions[i];
		const uint8_t *work = t->message.work;

		CHECK(work == transaction_octets + 70u * i && t->message.work_cap == 40);
		CHECK(t->envelope.ptr == work + 40 && t->envelope.cap == 20);
		CHECK(t->message.added.ptr == work + 60 && t->message.added.cap == 10);
	}
	assemble_finish();

	CHECK_EQ(assemble(&everything, plain, NEVER, sizeof arena), SEAL_ASSEMBLE_FINE);
	setup = seal_assembly_app(&assembly);
	CHECK(setup.keyring == NULL && setup.tls == NULL && setup.client_tls == NULL && setup.next_hop_tls == NULL);
	CHECK_EQ(setup.num_tls, 0);
	CHECK_EQ(setup.needs.secret.len, 0);
	assemble_finish();
}

TEST(an_address_is_no_name_of_a_next_hop)
{
	static const char pinned[] =
		"[gateway]\nhostname = gateway.test\nnext-hop = 192.0.2.1\n"
		"[next-hop]\ntls = implicit\npin = sha256/YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n"
		"auth = plain\nuser = ann\nsecret-helper = print-it\n";
	const struct seal_tls_peer *peer;

	CHECK_EQ(assemble(&everything, pinned, NEVER, sizeof arena), SEAL_ASSEMBLE_FINE);
	peer = assembly.next_hop_tls;
	CHECK_EQ(peer->name.len, 0);
	CHECK_SPAN(peer->pins, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	CHECK_EQ(peer->authorities.len, 0);
	CHECK_EQ(seal_assembly_app(&assembly).num_tls, SESSIONS);
	CHECK_SPAN(seal_assembly_app(&assembly).needs.secret, "printed");
	assemble_finish();
}

/* Each call of a hook fails once. */
TEST(every_failure_is_one_line_and_leaves_nothing_open)
{
	enum seal_assemble_fault fault = SEAL_ASSEMBLE_MACHINE;
	size_t at;

	for (at = 1; fault != SEAL_ASSEMBLE_FINE; at++) {
		fault = assemble(&everything, full, at, sizeof arena);
		if (fault != SEAL_ASSEMBLE_FINE)
			check_refused();
	}
	CHECK_EQ(at - 2u, 15); /* all but one of those that steps_come_in_this_order lists are hooks that can fail */
	assemble_finish();
}

TEST(every_arena_that_is_too_small_is_reported_in_one_line_and_leaves_nothing_open)
{
	size_t num_refused = 0;

	for (size_t len = 64; len < sizeof arena; len += 499u * TEST_EVERY) {
		if (assemble(&everything, full, NEVER, len) == SEAL_ASSEMBLE_FINE) {
			assemble_finish();
		} else {
			check_refused();
			num_refused++;
		}
	}
	CHECK(num_refused > 10);
}

/* The files have wrong content. */
TEST(a_fault_names_the_file_and_what_is_wrong)
{
	static const struct {
		const char *name, *text;
		enum seal_assemble_fault fault;
		const char *why;
	} rows[] = {
		{ "s2.pem", "hello", SEAL_ASSEMBLE_KEY,
		  "s2.pem: not a private key; expected PEM (-----BEGIN PRIVATE KEY-----) or DER" },
		{ "s1.pem", tls_leaf_rsa, SEAL_ASSEMBLE_KEY, "s1.pem: a public key or certificate, not a private key" },
		{ "s1.pem", tls_key_ec, SEAL_ASSEMBLE_KEY, "s1.pem: not an RSA key; make one with: mailseal key new" },
		{ "secret.txt", "\n", SEAL_ASSEMBLE_KEY,
		  "secret.txt: the first line is empty: a secret is expected there" },
		{ "server.pem", tls_key_other, SEAL_ASSEMBLE_KEY, "certificate: " },
		{ "chain.pem", "hello", SEAL_ASSEMBLE_KEY, "certificate: " },
		{ "ca.pem", "hello", SEAL_ASSEMBLE_KEY, "ca.pem: cannot be read" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *good = NULL;
		size_t file = 0;

		while (!seal_span_equal(seal_span_text(files[file].name), seal_span_text(rows[i].name)))
			file++;
		good = files[file].text;
		files[file].text = rows[i].text;
		CHECK_EQ(assemble(&everything, full, NEVER, sizeof arena), rows[i].fault);
		CHECK_SPANS(seal_span_first(seal_out_span(&why), strlen(rows[i].why)), seal_span_text(rows[i].why));
		check_refused();
		files[file].text = good;
	}
}

TEST(a_fault_in_the_configuration_is_found_by_line_and_column)
{
	static const char many[] = "[gateway]\nhostname = gateway.test\nmax-size = many\n";
	static const char control[] = "[gateway]\nhostname = gateway.test\nmax-size = 1\x7f\n";

	CHECK_EQ(assemble(&everything, many, NEVER, sizeof arena), SEAL_ASSEMBLE_TEXT);
	CHECK_SPAN(seal_span_first(seal_out_span(&why), 37), "gateway.conf:3:12: max-size: expected");
	CHECK(seal_span_ends_nocase(seal_out_span(&why), SEAL_SPAN(", found many")));
	check_refused();
	CHECK_EQ(assemble(&everything, control, NEVER, sizeof arena), SEAL_ASSEMBLE_TEXT);
	CHECK(seal_span_ends_nocase(seal_out_span(&why), SEAL_SPAN(", found ?")));
	check_refused();
}

TEST(a_machine_rejects_what_it_cannot_do)
{
	static const char helped[] =
		"[gateway]\nhostname = gateway.test\nnext-hop = mail.example.com\n"
		"[next-hop]\ntls = starttls\nca = ca.pem\nauth = plain\nuser = ann\nsecret-helper = print-it\n";
	struct seal_machine small = everything;

	small.server = NULL;
	small.helper = NULL;
	CHECK_EQ(assemble(&small, full, NEVER, sizeof arena), SEAL_ASSEMBLE_CONFIG);
	CHECK_SPAN(seal_out_span(&why), "certificate: this board has no TLS for clients");
	check_refused();
	CHECK_EQ(assemble(&small, helped, NEVER, sizeof arena), SEAL_ASSEMBLE_CONFIG);
	CHECK_SPAN(seal_out_span(&why), "secret-helper: a board cannot run programs; use secret = FILE");
	check_refused();
}

/* A machine that halts releases nothing. */
TEST(without_undo_nothing_is_closed)
{
	struct seal_machine board = everything;

	board.undo = NULL;
	board.make_keys = NULL;
	board.opened = NULL;
	CHECK_EQ(assemble(&board, full, 14, sizeof arena), SEAL_ASSEMBLE_MACHINE);
	CHECK_SPAN(seal_out_span(&why), "network: failed");
	CHECK_EQ(machine.num_ends, 0);
	CHECK_EQ(machine.num_open, 7);
	CHECK_EQ(assembly.num_begun, 13);
	assemble_finish();
}

const struct test_case test_assemble_cases[] = {
	CASE(steps_come_in_this_order),
	CASE(the_gateway_has_its_configured_parts),
	CASE(an_address_is_no_name_of_a_next_hop),
	CASE(every_failure_is_one_line_and_leaves_nothing_open),
	CASE(every_arena_that_is_too_small_is_reported_in_one_line_and_leaves_nothing_open),
	CASE(a_fault_names_the_file_and_what_is_wrong),
	CASE(a_fault_in_the_configuration_is_found_by_line_and_column),
	CASE(a_machine_rejects_what_it_cannot_do),
	CASE(without_undo_nothing_is_closed),
	CASE_END
};
