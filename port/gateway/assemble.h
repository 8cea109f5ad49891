/* SPDX-License-Identifier: Apache-2.0
 *
 * assemble.h - a gateway from its configuration, the same on every machine.
 *
 *	seal_assemble -> seal_assembly_app -> (seal_app_init) ...
 *
 * It is one list of steps, in assemble.c. A machine finds files, gives memory, and takes part in the
 * steps that concern it. A step that fails puts one line into `why`, without a line end: the thing,
 * what is wrong, what to do. Everything that was open is then closed in reverse order.
 */
#ifndef PORT_GATEWAY_ASSEMBLE_H
#define PORT_GATEWAY_ASSEMBLE_H

#include "engine/base/out.h"
#include "port/gateway/app.h"
#include "port/gateway/observer.h"
#include "port/mbedtls/key_store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is at fault when the gateway cannot start. */
enum seal_assemble_fault {
	SEAL_ASSEMBLE_FINE,
	SEAL_ASSEMBLE_TEXT,     /* the configuration, at a line and column */
	SEAL_ASSEMBLE_CONFIG,   /* it needs what this machine cannot do    */
	SEAL_ASSEMBLE_KEY,      /* a key, certificate or secret            */
	SEAL_ASSEMBLE_MACHINE   /* network, spool or memory                */
};

/* Kinds of files, each found by name. */
enum seal_file {
	SEAL_FILE_CONFIG,           /* the machine knows its name                              */
	SEAL_FILE_KEY,
	SEAL_FILE_CERTIFICATE,      /* PEM or DER, our own first                               */
	SEAL_FILE_CERTIFICATE_KEY,
	SEAL_FILE_CA,               /* DER, one after the other; without a name: the machine's */
	SEAL_FILE_SECRET
};

/* Zeroed, lent for good. */
struct seal_assemble_memory {
	struct seal_config_client *clients;
	struct seal_bucket *buckets;
	size_t num_clients;
	struct seal_config_domain *domains;
	struct seal_key_private *keys;
	struct seal_key_use *key_uses;
	size_t num_domains;
	struct seal_session *sessions;
	struct seal_link *links;            /* as many                                */
	struct seal_transaction *transactions; /* as many                             */
	uint8_t *transaction_octets;        /* for each of them, one after the other: */
	size_t work_len, envelope_len, added_len;
	size_t num_sessions;
	size_t tls_max;                     /* connections with TLS at once           */
	size_t observer_len;                /* of the observer (observer.h)           */
	struct seal_learn *learn;           /* NULL: no unknown sender is remembered  */
	struct seal_learn_entry *learned;
	size_t num_learned;
};

struct seal_assembly;

struct seal_machine {
	void *ctx;

	/* Set *octets to the file `name`, lent until close; false: *why says what is wrong. */
	bool (*find)(void *ctx, enum seal_file file, struct seal_span name, struct seal_span *octets,
	             struct seal_out *why);
	/* NULL: nothing needs to be given back. */
	void (*close)(void *ctx, enum seal_file file, struct seal_span octets);
	/* Append the name that messages use for that file. */
	void (*put_name)(void *ctx, enum seal_file file, struct seal_span name, struct seal_out *out);

	/* Memory for the configuration in `text`; NULL: not enough. */
	const struct seal_assemble_memory *(*memory)(void *ctx, struct seal_span text);
	/* Zeroed memory for what only some configurations need; like calloc and free. After prepare. */
	void *(*allocate)(size_t count, size_t size);
	void (*release)(void *memory);

	/* The configuration was read: change it by options, refuse what this machine cannot do, and start the
	 * arena, the worker and the spool. */
	enum seal_assemble_fault (*prepare)(void *ctx, struct seal_assembly *a, struct seal_out *why);
	struct seal_key_runner (*runner)(void);
	struct seal_tls_random (*random)(void);
	uint64_t (*now_s)(void);    /* as in tls.h */
	/* seal_tls_server; NULL: this machine has no TLS for its clients. */
	enum seal_tls_fault (*server)(struct seal_tls_peer *peer, const struct seal_tls_server_setup *setup);

	/* Open the keys that this machine made; NULL: it makes none. */
	enum seal_assemble_fault (*make_keys)(void *ctx, struct seal_assembly *a, struct seal_out *why);
	/* Start the program that prints the secret of the next hop; NULL: this machine has no programs. */
	enum seal_assemble_fault (*helper)(void *ctx, struct seal_span command, struct seal_span *secret,
	                                   struct seal_out *why);
	/* Everything but the network is ready: start it, and the gateway with seal_assembly_app. */
	enum seal_assemble_fault (*network)(void *ctx, struct seal_assembly *a, struct seal_out *why);
	/* seal_assemble_undo, which is called after a fault; NULL: this machine halts instead. */
	void (*undo)(struct seal_assembly *a);
	/* For undo: end what memory, prepare and network have begun, even in part, and close the configuration. */
	void (*end)(void *ctx);

	/* Called when the key in this file was opened; may be NULL. */
	void (*opened)(void *ctx, struct seal_span name, const struct seal_key_private *key);
	uint32_t login_rounds;      /* as in relay.h */
};

/* Keys with activation = dns; in allocated memory. */
struct seal_watched {
	struct seal_keyring keyring;
	struct seal_observer observer;
	struct seal_keyring_entry entries[]; /* one for each section, then the observer's memory */
};

/* It must not move. Read only, except that prepare sets `config` and `spool`. */
struct seal_assembly {
	const struct seal_machine *machine;
	const struct seal_assemble_memory *memory;
	struct seal_config config;
	struct seal_spool *spool;

	/* For TLS and logins; empty if not configured. */
	struct seal_span certificate, certificate_key, authorities, secret;
	struct seal_tls *tls;
	struct seal_tls_peer *next_hop_tls, *client_tls;  /* NULL: none           */

	struct seal_ask ask;                              /* the DNS client              */
	struct seal_watched *watched;                     /* NULL: no section is         */
	uint8_t num_begun;                                /* steps, with one that failed */
	bool listening;
};

/* Do all steps. `machine` is lent for good. */
enum seal_assemble_fault seal_assemble(struct seal_assembly *a, const struct seal_machine *machine,
                                       struct seal_out *why);

/* Undo all steps that were begun, in reverse. */
void seal_assemble_undo(struct seal_assembly *a);

/* The steps by name, in order; NULL after the last. */
const char *seal_assemble_step(size_t index);

/* TLS is configured for the next hop; for clients. */
static inline bool
seal_assembly_has_next_hop_tls(const struct seal_assembly *a)
{
	return a->config.next_hop.tls != SEAL_SMTPC_TLS_NONE;
}

static inline bool
seal_assembly_has_client_tls(const struct seal_assembly *a)
{
	return a->config.gateway.certificate.len > 0;
}

/* Connections with TLS at once. */
size_t seal_assembly_num_tls(const struct seal_assembly *a);

/* What seal_app_init needs, except what the network knows. */
struct seal_app_setup seal_assembly_app(struct seal_assembly *a);

/* --- the gateway runs (assemble_run.c) ------------------------------------------------------- */

/* After seal_net_start: start the observer and the gateway. `setup` is that of seal_assembly_app. */
void seal_assembly_start(struct seal_assembly *a, struct seal_app *app, const struct seal_app_setup *setup);

/* Let the observer do all that can be done now. Call again after the returned milliseconds. */
uint32_t seal_assembly_run(struct seal_assembly *a);

/* The same for the DNS client, after all its users have run. 0: an answer came, let them run. */
uint32_t seal_assembly_ask(struct seal_assembly *a);

/* Listen on these ports as soon as DNS was asked about every key; 0: none. True: clients are accepted from
 * this call on. */
bool seal_assembly_listen(struct seal_assembly *a, struct seal_app *app, uint16_t port, uint16_t port_tls);

#ifdef __cplusplus
}
#endif

#endif
