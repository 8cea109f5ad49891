/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/device_keys.h"

#include <string.h>

#include "engine/base/base64.h"
#include "engine/base/ct.h"
#include "engine/gateway/keyring.h"
#include "port/cortexm/console.h"
#include "port/cortexm/files.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/storage.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/keygen.h"

#define PRIMES_LEN  SEAL_KEY_SECRET(SEAL_DEVICE_KEY_BITS)
#define NUMBERS_LEN SEAL_KEY_EXPANDED(SEAL_DEVICE_KEY_BITS)

/* "device-key name=... record="..."", with the longest names. */
#define LINE_LEN (SEAL_DOMAIN_MAX + SEAL_BASE64_LEN(SEAL_KEY_PUBLIC_MAX) + 64u)

_Static_assert(PRIMES_LEN <= SEAL_VAULT_SECRET_MAX, "one block holds the primes");

/* In the arena, only while it is needed. */
struct work {
	struct seal_assembly *assembly;
	struct seal_vault vault;
	uint8_t block[SEAL_BLOCK_SIZE];
	uint8_t primes[PRIMES_LEN];
	uint8_t public_key[SEAL_KEY_PUBLIC_MAX];
	uint8_t line[LINE_LEN];
};

static bool
refuse(struct seal_out *why, const char *text)
{
	seal_out_text(why, "key = device: ");
	seal_out_span_put(why, seal_span_text(text));
	return false;
}

static void
log_line(const struct seal_out *line)
{
	seal_console_line(seal_span(NULL, 0), seal_out_span(line));
	seal_console_flush();
}

/* Begin a line with `what` and the section's record name. */
static struct seal_out
begin_line(struct work *w, const struct seal_config_domain *section, const char *what)
{
	struct seal_out line = seal_out(w->line, sizeof w->line);

	seal_out_span_put(&line, seal_span_text(what));
	seal_out_text(&line, " name=");
	seal_keyring_name(section, &line);
	return line;
}

static struct seal_vault_id
id_of(struct work *w, const struct seal_config_domain *section)
{
	struct seal_out name = seal_out(w->line, sizeof w->line);

	seal_keyring_name(section, &name);
	return seal_vault_id(seal_out_span(&name));
}

/* A section uses the key of this id. */
static bool
is_wanted(void *ctx, struct seal_vault_id id)
{
	struct work *w = ctx;
	const struct seal_config *config = &w->assembly->config;

	for (size_t i = 0; i < config->num_domains; i++) {
		const struct seal_vault_id other = id_of(w, &config->domains[i]);

		if (seal_config_key_is_on_device(&config->domains[i]) && memcmp(&id, &other, sizeof id) == 0)
			return true;
	}
	return false;
}

/* --- the vault ------------------------------------------------------------------------- */

static bool
load_primes(struct work *w, uint8_t slot, struct seal_vault_id id, struct seal_out *why)
{
	struct seal_span secret = seal_span(NULL, 0);
	const enum seal_status status = seal_storage_load(&w->vault, slot, id, w->block, &secret);

	if (status == SEAL_OK && secret.len == PRIMES_LEN)
		memcpy(w->primes, secret.ptr, PRIMES_LEN);
	else if (status == SEAL_E_SPOOL)
		return refuse(why, "the medium does not respond");
	else
		return refuse(why, "damaged, or made with another seed; give the section a new selector");
	return true;
}

static bool
make_primes(struct work *w, const struct seal_config_domain *section, struct seal_vault_id id, struct seal_out *why)
{
	struct seal_random *random = seal_signing_generator();
	uint8_t nonce[SEAL_CIPHER_NONCE];
	struct seal_out line;
	enum seal_key_fault fault;
	uint8_t slot;

	if (!seal_vault_place(&w->vault, is_wanted, w, &slot))
		return refuse(why, "no free place on the medium");
	line = begin_line(w, section, "making a key, a minute or more,");
	log_line(&line);
	fault = seal_key_make(SEAL_DEVICE_KEY_BITS, random, w->primes);
	if (fault == SEAL_KEY_FINE && seal_random_bytes(random, nonce, sizeof nonce) != SEAL_OK)
		fault = SEAL_KEY_NO_RANDOM;
	if (fault != SEAL_KEY_FINE)
		return refuse(why, seal_key_fault_text(fault));
	return seal_storage_store(&w->vault, slot, id, nonce, seal_span(w->primes, PRIMES_LEN), w->block) == SEAL_OK ||
	       refuse(why, "the medium did not keep it");
}

/* --- keys ------------------------------------------------------------------------------ */

static bool
log_record(struct work *w, size_t index, struct seal_out *why)
{
	struct seal_out public_key = seal_out(w->public_key, sizeof w->public_key);
	struct seal_out line = begin_line(w, &w->assembly->config.domains[index], "device-key");

	if (seal_key_public(&w->assembly->memory->keys[index], &public_key) != SEAL_OK)
		return refuse(why, seal_key_fault_text(SEAL_KEY_NO_MEMORY));
	seal_out_text(&line, " record=\"v=DKIM1; k=");
	seal_out_span_put(&line, seal_span_text(seal_key_type(&w->assembly->memory->keys[index])));
	seal_out_text(&line, "; p=");
	seal_base64_put(&line, seal_out_span(&public_key));
	seal_out_text(&line, "\"");
	log_line(&line);
	return true;
}

static bool
start_key(struct work *w, size_t index, uint8_t *numbers, struct seal_out *why)
{
	struct seal_assembly *a = w->assembly;
	const struct seal_vault_id id = id_of(w, &a->config.domains[index]);
	enum seal_key_fault fault;
	uint8_t slot;
	const bool ok = seal_vault_find(&w->vault, id, &slot) ? load_primes(w, slot, id, why)
	                                                       : make_primes(w, &a->config.domains[index], id, why);

	if (!ok)
		return false;
	fault = seal_key_expand(seal_span(w->primes, PRIMES_LEN), numbers);
	if (fault == SEAL_KEY_FINE)
		fault = seal_key_open_expanded(&a->memory->keys[index], seal_span(numbers, NUMBERS_LEN),
		                                  seal_signing_runner());
	if (fault != SEAL_KEY_FINE)
		return refuse(why, seal_key_fault_text(fault));
	return log_record(w, index, why);
}

/* What stays is allocated before what goes, so that no hole is left in the arena. */
static bool
with_work(struct seal_assembly *a, size_t index, struct seal_out *why)
{
	uint8_t *numbers = seal_arena_calloc(1, NUMBERS_LEN);
	struct work *w = seal_arena_calloc(1, sizeof *w);
	bool ok = false;

	if (numbers == NULL || w == NULL) {
		(void)refuse(why, seal_key_fault_text(SEAL_KEY_NO_MEMORY));
	} else {
		w->assembly = a;
		if (seal_storage_open(&w->vault, seal_files_seed(), w->block) == SEAL_OK)
			ok = start_key(w, index, numbers, why);
		else
			(void)refuse(why, "the medium's content is unknown: damaged, or no response");
	}
	seal_arena_free(w); /* which wipes it */
	return ok;
}

bool
seal_device_keys_start(struct seal_assembly *a, uint32_t boots, struct seal_out *why)
{
	for (size_t i = 0; i < a->config.num_domains; i++) {
		if (!seal_config_key_is_on_device(&a->config.domains[i]))
			continue;
		if (boots == 0)
			return refuse(why, "needs a medium, to count starts and keep the key");
		if (!with_work(a, i, why))
			return false;
	}
	return true;
}
