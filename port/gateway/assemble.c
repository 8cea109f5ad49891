/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/assemble.h"

#include <string.h>

#include "engine/base/ip.h"
#include "port/contract/port.h"

static void
put_text(struct seal_out *out, const char *text)
{
	seal_out_span_put(out, seal_span_text(text));
}

static const struct seal_span NOTHING = { NULL, 0 };

/* --- files ------------------------------------------------------------------------------ */

static void
put_name(struct seal_assembly *a, enum seal_file file, struct seal_span name, struct seal_out *out)
{
	a->machine->put_name(a->machine->ctx, file, name, out);
	seal_out_text(out, ":");
}

static enum seal_assemble_fault
refuse_file(struct seal_assembly *a, enum seal_file file, struct seal_span name, const char *what, struct seal_out *why)
{
	put_name(a, file, name, why);
	seal_out_text(why, " ");
	put_text(why, what);
	return SEAL_ASSEMBLE_KEY;
}

static enum seal_assemble_fault
find_file(struct seal_assembly *a, enum seal_file file, struct seal_span name, struct seal_span *octets,
          struct seal_out *why)
{
	if (a->machine->find(a->machine->ctx, file, name, octets, why))
		return SEAL_ASSEMBLE_FINE;
	*octets = NOTHING;
	return file == SEAL_FILE_CONFIG ? SEAL_ASSEMBLE_MACHINE : SEAL_ASSEMBLE_KEY;
}

static void
close_file(struct seal_assembly *a, enum seal_file file, struct seal_span *octets)
{
	if (a->machine->close != NULL && octets->ptr != NULL)
		a->machine->close(a->machine->ctx, file, *octets);
	*octets = NOTHING;
}

static void *
allocate(struct seal_assembly *a, size_t len)
{
	return a->machine->allocate(1, len);
}

static enum seal_assemble_fault
refuse(const char *text, struct seal_out *why)
{
	put_text(why, text);
	return SEAL_ASSEMBLE_MACHINE;
}

/* --- configuration ---------------------------------------------------------------------- */

static enum seal_assemble_fault
read_config(struct seal_assembly *a, struct seal_out *why)
{
	struct seal_config_error error;
	struct seal_span text;
	const enum seal_assemble_fault fault = find_file(a, SEAL_FILE_CONFIG, NOTHING, &text, why);

	if (fault != SEAL_ASSEMBLE_FINE)
		return fault;
	a->memory = a->machine->memory(a->machine->ctx, text);
	if (a->memory == NULL)
		return refuse("configuration: not enough memory", why);
	a->config.clients = a->memory->clients;
	a->config.clients_cap = a->memory->num_clients;
	a->config.domains = a->memory->domains;
	a->config.domains_cap = a->memory->num_domains;
	if (seal_config_parse(&a->config, text, &error) == SEAL_OK)
		return SEAL_ASSEMBLE_FINE;
	put_name(a, SEAL_FILE_CONFIG, NOTHING, why);
	seal_config_explain(&error, why);
	return SEAL_ASSEMBLE_TEXT;
}

static enum seal_assemble_fault
prepare(struct seal_assembly *a, struct seal_out *why)
{
	return a->machine->prepare(a->machine->ctx, a, why);
}

static void
nothing(struct seal_assembly *a)
{
	(void)a;
}

static void
end_machine(struct seal_assembly *a)
{
	a->machine->end(a->machine->ctx);
}

/* --- keys ------------------------------------------------------------------------------- */

static enum seal_assemble_fault
make_keys(struct seal_assembly *a, struct seal_out *why)
{
	return a->machine->make_keys == NULL ? SEAL_ASSEMBLE_FINE : a->machine->make_keys(a->machine->ctx, a, why);
}

static enum seal_assemble_fault
open_key(struct seal_assembly *a, size_t index, struct seal_out *why)
{
	struct seal_key_private *key = &a->memory->keys[index];
	const struct seal_span name = a->config.domains[index].key;
	struct seal_span text;
	enum seal_assemble_fault fault = find_file(a, SEAL_FILE_KEY, name, &text, why);
	enum seal_key_fault wrong;

	if (fault != SEAL_ASSEMBLE_FINE)
		return fault;
	wrong = seal_key_open(key, text, a->machine->runner());
	if (wrong != SEAL_KEY_FINE) {
		close_file(a, SEAL_FILE_KEY, &text);
		return refuse_file(a, SEAL_FILE_KEY, name, seal_key_fault_text(wrong), why);
	}
	if (a->machine->opened != NULL)
		a->machine->opened(a->machine->ctx, name, key);
	return SEAL_ASSEMBLE_FINE;
}

static enum seal_assemble_fault
open_keys(struct seal_assembly *a, struct seal_out *why)
{
	enum seal_assemble_fault fault = SEAL_ASSEMBLE_FINE;

	for (size_t i = 0; fault == SEAL_ASSEMBLE_FINE && i < a->config.num_domains; i++)
		if (a->config.domains[i].key.len != 0 && !seal_config_key_is_on_device(&a->config.domains[i]))
			fault = open_key(a, i, why);
	return fault;
}

static void
close_keys(struct seal_assembly *a)
{
	for (size_t i = 0; i < a->config.num_domains; i++) {
		struct seal_key_private *key = &a->memory->keys[i];

		if (!seal_config_key_is_on_device(&a->config.domains[i]))
			close_file(a, SEAL_FILE_KEY, &key->text);
		memset(key, 0, sizeof *key);
	}
}

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	struct seal_assembly *a = ctx;
	struct seal_key_private *key = &a->memory->keys[domain - a->config.domains];

	return seal_key_is_open(key) ? &key->key : NULL;
}

/* --- activation = dns --------------------------------------------------------------------- */

/* Not inlined, so that its locals are not on the stack while signing. */
__attribute__((noinline))
static bool
set_key(struct seal_assembly *a, size_t index)
{
	uint8_t text[SEAL_KEY_PUBLIC_MAX];
	struct seal_out out = seal_out(text, sizeof text);

	if (seal_key_public(&a->memory->keys[index], &out) != SEAL_OK)
		return false;
	seal_keyring_set_key(&a->watched->keyring, index, seal_out_span(&out));
	return true;
}

static enum seal_assemble_fault
watch_keys(struct seal_assembly *a, struct seal_out *why)
{
	const size_t num = a->config.num_domains;
	bool ok;

	if (!seal_config_has_watched(&a->config))
		return SEAL_ASSEMBLE_FINE;
	a->watched = allocate(a, sizeof *a->watched + num * sizeof a->watched->entries[0] + a->memory->observer_len);
	ok = a->watched != NULL;
	if (ok)
		seal_keyring_init(&a->watched->keyring, &a->config, a->watched->entries, seal_port_now_ms());
	for (size_t i = 0; ok && i < num; i++)
		ok = !seal_config_is_watched(&a->config.domains[i]) || set_key(a, i);
	return ok ? SEAL_ASSEMBLE_FINE : refuse("activation: not enough memory", why);
}

static void
forget_keys(struct seal_assembly *a)
{
	a->machine->release(a->watched);
	a->watched = NULL;
}

/* --- files of TLS and login ----------------------------------------------------------------- */

static enum seal_assemble_fault
find_certificate(struct seal_assembly *a, struct seal_out *why)
{
	const struct seal_config_gateway *gateway = &a->config.gateway;
	enum seal_assemble_fault fault;

	if (!seal_assembly_has_client_tls(a))
		return SEAL_ASSEMBLE_FINE;
	fault = find_file(a, SEAL_FILE_CERTIFICATE, gateway->certificate, &a->certificate, why);
	if (fault == SEAL_ASSEMBLE_FINE)
		fault = find_file(a, SEAL_FILE_CERTIFICATE_KEY, gateway->certificate_key, &a->certificate_key, why);
	return fault;
}

static void
close_certificate(struct seal_assembly *a)
{
	close_file(a, SEAL_FILE_CERTIFICATE_KEY, &a->certificate_key);
	close_file(a, SEAL_FILE_CERTIFICATE, &a->certificate);
}

/* Without `ca` and `pin`, the machine's own authorities are trusted. */
static enum seal_assemble_fault
find_authorities(struct seal_assembly *a, struct seal_out *why)
{
	const struct seal_config_next_hop *hop = &a->config.next_hop;

	if (hop->ca.len == 0 && (hop->pin.len != 0 || !seal_assembly_has_next_hop_tls(a)))
		return SEAL_ASSEMBLE_FINE;
	return find_file(a, SEAL_FILE_CA, hop->ca, &a->authorities, why);
}

static void
close_authorities(struct seal_assembly *a)
{
	close_file(a, SEAL_FILE_CA, &a->authorities);
}

static enum seal_assemble_fault
ask_helper(struct seal_assembly *a, struct seal_out *why)
{
	if (a->machine->helper != NULL)
		return a->machine->helper(a->machine->ctx, a->config.next_hop.secret_helper, &a->secret, why);
	seal_out_text(why, "secret-helper: a board cannot run programs; use secret = FILE");
	return SEAL_ASSEMBLE_CONFIG;
}

static enum seal_assemble_fault
find_secret(struct seal_assembly *a, struct seal_out *why)
{
	const struct seal_config_next_hop *hop = &a->config.next_hop;
	struct seal_span text;
	enum seal_assemble_fault fault;
	const char *wrong;

	if (hop->secret_helper.len != 0)
		return ask_helper(a, why);
	if (hop->secret.len == 0)
		return SEAL_ASSEMBLE_FINE;
	fault = find_file(a, SEAL_FILE_SECRET, hop->secret, &text, why);
	if (fault != SEAL_ASSEMBLE_FINE)
		return fault;
	wrong = seal_config_secret(text, &a->secret);
	if (wrong == NULL)
		return SEAL_ASSEMBLE_FINE;
	a->secret = NOTHING;
	close_file(a, SEAL_FILE_SECRET, &text);
	return refuse_file(a, SEAL_FILE_SECRET, hop->secret, wrong, why);
}

static void
close_secret(struct seal_assembly *a)
{
	if (a->config.next_hop.secret.len != 0)
		close_file(a, SEAL_FILE_SECRET, &a->secret);
	a->secret = NOTHING;
}

/* --- TLS -------------------------------------------------------------------------------------- */

size_t
seal_assembly_num_tls(const struct seal_assembly *a)
{
	const size_t num = a->memory->num_sessions *
	                   ((size_t)seal_assembly_has_next_hop_tls(a) + (size_t)seal_assembly_has_client_tls(a));

	return num < a->memory->tls_max ? num : a->memory->tls_max;
}

static enum seal_assemble_fault
judge_tls(enum seal_tls_fault fault, const char *what, struct seal_out *why)
{
	if (fault == SEAL_TLS_FINE)
		return SEAL_ASSEMBLE_FINE;
	put_text(why, what);
	put_text(why, seal_tls_fault_text(fault));
	return fault == SEAL_TLS_NO_MEMORY ? SEAL_ASSEMBLE_MACHINE : SEAL_ASSEMBLE_KEY;
}

static enum seal_assemble_fault
take_connections(struct seal_assembly *a, struct seal_out *why)
{
	const size_t num = seal_assembly_num_tls(a);

	if (num > 0) {
		a->tls = allocate(a, num * sizeof *a->tls);
		if (a->tls == NULL)
			return judge_tls(SEAL_TLS_NO_MEMORY, "TLS: ", why);
	}
	return SEAL_ASSEMBLE_FINE;
}

static void
give_connections(struct seal_assembly *a)
{
	a->machine->release(a->tls);
	a->tls = NULL;
}

static void
give_peer(struct seal_assembly *a, struct seal_tls_peer **peer)
{
	if (*peer != NULL)
		seal_tls_peer_release(*peer);
	a->machine->release(*peer);
	*peer = NULL;
}

/* The name in the next hop's certificate. An address is no name and is never sent as one (RFC 6066 3). */
static struct seal_span
next_hop_name(const struct seal_config *config)
{
	const struct seal_span name = config->next_hop.name.len > 0 ? config->next_hop.name
	                                                             : config->gateway.next_hop.host;
	struct seal_ip address;

	return seal_ip_read(name, &address) ? NOTHING : name;
}

/* The name and the pins are allocated after the peer, to which they are lent. */
static enum seal_assemble_fault
secure_next_hop(struct seal_assembly *a, struct seal_out *why)
{
	const struct seal_span name = next_hop_name(&a->config);
	const struct seal_span pin = a->config.next_hop.pin;
	const size_t pins_cap = pin.len > 0 ? SEAL_CONFIG_PINS_LEN : 0;
	struct seal_tls_client_setup setup = {
		.authorities = a->authorities,
		.random = a->machine->random(),
		.now_s = a->machine->now_s,
	};
	uint8_t *pins;

	if (!seal_assembly_has_next_hop_tls(a))
		return SEAL_ASSEMBLE_FINE;
	a->next_hop_tls = allocate(a, sizeof *a->next_hop_tls + pins_cap + name.len + 1u);
	if (a->next_hop_tls == NULL)
		return judge_tls(SEAL_TLS_NO_MEMORY, "next-hop: ", why);
	pins = (uint8_t *)(a->next_hop_tls + 1);
	if (name.len > 0)
		memcpy(pins + pins_cap, name.ptr, name.len);
	setup.pins = seal_span(pins, seal_config_pins(pin, pins, pins_cap));
	setup.name = (const char *)(pins + pins_cap);
	return judge_tls(seal_tls_client(a->next_hop_tls, &setup), "next-hop: ", why);
}

static void
unsecure_next_hop(struct seal_assembly *a)
{
	give_peer(a, &a->next_hop_tls);
}

static enum seal_assemble_fault
secure_clients(struct seal_assembly *a, struct seal_out *why)
{
	const struct seal_tls_server_setup setup = {
		.chain = a->certificate,
		.key = a->certificate_key,
		.random = a->machine->random(),
		.now_s = a->machine->now_s,
	};

	if (!seal_assembly_has_client_tls(a))
		return SEAL_ASSEMBLE_FINE;
	if (a->machine->server == NULL) {
		seal_out_text(why, "certificate: this board has no TLS for clients");
		return SEAL_ASSEMBLE_CONFIG;
	}
	a->client_tls = allocate(a, sizeof *a->client_tls);
	if (a->client_tls == NULL)
		return judge_tls(SEAL_TLS_NO_MEMORY, "certificate: ", why);
	return judge_tls(a->machine->server(a->client_tls, &setup), "certificate: ", why);
}

static void
unsecure_clients(struct seal_assembly *a)
{
	give_peer(a, &a->client_tls);
}

/* --- sessions and network ------------------------------------------------------------------- */

static enum seal_assemble_fault
give_sessions_memory(struct seal_assembly *a, struct seal_out *why)
{
	const struct seal_assemble_memory *m = a->memory;
	uint8_t *at = m->transaction_octets;

	(void)why;
	for (size_t i = 0; i < m->num_sessions; i++) {
		const struct seal_transaction_memory lent = {
			.work = at, .work_cap = m->work_len,
			.envelope = at + m->work_len, .envelope_cap = m->envelope_len,
			.added = at + m->work_len + m->envelope_len, .added_cap = m->added_len,
		};

		seal_transaction_init(&m->transactions[i], &lent);
		at += m->work_len + m->envelope_len + m->added_len;
	}
	if (m->learn != NULL)
		seal_learn_init(m->learn, m->learned, m->num_learned);
	return SEAL_ASSEMBLE_FINE;
}

static enum seal_assemble_fault
start_network(struct seal_assembly *a, struct seal_out *why)
{
	seal_ask_init(&a->ask);
	return a->machine->network(a->machine->ctx, a, why);
}

struct seal_app_setup
seal_assembly_app(struct seal_assembly *a)
{
	const struct seal_config_next_hop *hop = &a->config.next_hop;

	return (struct seal_app_setup){
		.config = &a->config,
		.ask = &a->ask,
		.spool = a->spool,
		.buckets = a->memory->buckets,
		.sessions = a->memory->sessions,
		.links = a->memory->links,
		.transactions = a->memory->transactions,
		.num_sessions = a->memory->num_sessions,
		.keys = { find_key, a },
		.keyring = a->watched == NULL ? NULL : &a->watched->keyring,
		.key_uses = a->memory->key_uses,
		.learn = a->memory->learn,
		.needs = {
			.tls = hop->tls, .auth = hop->auth, .clear_auth = hop->clear_auth,
			.user = hop->user, .secret = a->secret,
		},
		.login_rounds = a->machine->login_rounds,
		.tls = a->tls,
		.num_tls = seal_assembly_num_tls(a),
		.next_hop_tls = a->next_hop_tls,
		.client_tls = a->client_tls,
	};
}

/* --- the steps -------------------------------------------------------------------------------- */

/* One list, from which three tables are made; a board has only the first. What stays in an arena is
 * allocated before what goes. X(name, begin, undo) */
#define STEPS(X) \
	X("configuration", read_config, end_machine) \
	X("machine", prepare, nothing) \
	X("keys made here", make_keys, nothing) \
	X("keys", open_keys, close_keys) \
	X("keyring", watch_keys, forget_keys) \
	X("certificate", find_certificate, close_certificate) \
	X("authorities", find_authorities, close_authorities) \
	X("secret", find_secret, close_secret) \
	X("connections with TLS", take_connections, give_connections) \
	X("TLS with the next hop", secure_next_hop, unsecure_next_hop) \
	X("TLS with clients", secure_clients, unsecure_clients) \
	X("sessions", give_sessions_memory, nothing) \
	X("network", start_network, nothing)

#define NAME(name, begin, undo)  name,
#define BEGIN(name, begin, undo) begin,
#define UNDO(name, begin, undo)  undo,

enum seal_assemble_fault
seal_assemble(struct seal_assembly *a, const struct seal_machine *machine, struct seal_out *why)
{
	static enum seal_assemble_fault (*const begin[])(struct seal_assembly *, struct seal_out *) = { STEPS(BEGIN) };
	enum seal_assemble_fault fault = SEAL_ASSEMBLE_FINE;

	memset(a, 0, sizeof *a);
	a->machine = machine;
	while (fault == SEAL_ASSEMBLE_FINE && a->num_begun < sizeof begin / sizeof begin[0])
		fault = begin[a->num_begun++](a, why);
	if (fault != SEAL_ASSEMBLE_FINE && machine->undo != NULL)
		machine->undo(a);
	return fault;
}

void
seal_assemble_undo(struct seal_assembly *a)
{
	static void (*const undo[])(struct seal_assembly *) = { STEPS(UNDO) };

	while (a->num_begun > 0)
		undo[--a->num_begun](a);
}

const char *
seal_assemble_step(size_t index)
{
	static const char *const names[] = { STEPS(NAME) };

	return index < sizeof names / sizeof names[0] ? names[index] : NULL;
}
