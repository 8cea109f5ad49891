/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/activation.h"

#include "port/contract/port.h"
#include "port/cortexm/sizes.h"
#include "port/gateway/observer.h"
#include "port/mbedtls/arena.h"

#define IDLE_MS 60000u

/* In the arena: a board without it has other uses for its memory. */
static struct activation {
	struct seal_keyring keyring;
	struct seal_observer observer;
	uint8_t memory[SEAL_KEY_BITS > 2048 ? SEAL_OBSERVER_MEMORY : SEAL_OBSERVER_MEMORY_SMALL];
	struct seal_keyring_entry entries[]; /* one for each section there is */
} *activation;

#if SEAL_LEARN > 0
__attribute__((section(".bulk.learned")))
static struct seal_learn_entry learned[SEAL_LEARN];
static struct seal_learn learn;
#endif

bool
seal_activation_wanted(const struct seal_settings *s)
{
	return seal_observer_wanted(&s->config);
}

/* Not within start: what is on the stack here need not be there while signing. */
__attribute__((noinline))
static bool
set_key(const struct seal_settings *s, size_t index)
{
	uint8_t text[SEAL_RSA_PUBLIC_MAX];
	struct seal_out out = seal_out(text, sizeof text);

	if (seal_rsa_key_public(&s->keys[index], &out) != SEAL_OK)
		return false;
	seal_keyring_set_key(&activation->keyring, index, seal_out_span(&out));
	return true;
}

bool
seal_activation_start(const struct seal_settings *s, struct seal_out *why)
{
	const size_t num = s->config.num_domains;

	if (!seal_activation_wanted(s))
		return true;
	activation = seal_arena_calloc(1, sizeof *activation + num * sizeof activation->entries[0]);
	if (activation != NULL)
		seal_keyring_init(&activation->keyring, &s->config, activation->entries, seal_port_now_ms());
	for (size_t i = 0; activation != NULL && i < num; i++) {
		if (seal_config_is_watched(&s->domains[i]) && !set_key(s, i))
			activation = NULL;
	}
	if (activation == NULL)
		seal_out_text(why, "activation: not enough memory");
	return activation != NULL;
}

void
seal_activation_give(struct seal_app_setup *setup)
{
#if SEAL_LEARN > 0
	seal_learn_init(&learn, learned, SEAL_LEARN);
	setup->learn = &learn;
#endif
	if (activation == NULL)
		return;
	setup->keyring = &activation->keyring;
	seal_observer_start(&activation->observer, &activation->keyring, setup->ask, activation->memory,
	                    sizeof activation->memory);
}

uint32_t
seal_activation_run(void)
{
	return activation == NULL ? IDLE_MS : seal_observer_run(&activation->observer);
}
