/* SPDX-License-Identifier: Apache-2.0
 *
 * config_keys.c - the rows of key_rows.h, without their documentation, as the parser needs them.
 */
#include "engine/config/key_readers.h"
#include "engine/config/key_rows.h"

#define AT(section, member) offsetof(struct seal_config_##section, member)
#define SECTION 0

#define ROW(name, flags, reader, member, detail, value, expected, unset, meaning) \
	{ name, seal_config_read_##reader, expected, detail, value, (uint16_t)(member), flags },

static const struct seal_config_key gateway_keys[] = { SEAL_CONFIG_GATEWAY_KEYS(ROW) };
static const struct seal_config_key next_hop_keys[] = { SEAL_CONFIG_NEXT_HOP_KEYS(ROW) };
static const struct seal_config_key client_keys[] = { SEAL_CONFIG_CLIENT_KEYS(ROW) };
static const struct seal_config_key domain_keys[] = { SEAL_CONFIG_DOMAIN_KEYS(ROW) };

#define NUM(keys) (sizeof (keys) / sizeof (keys)[0])

_Static_assert(NUM(gateway_keys) < 32 && NUM(next_hop_keys) < 32 && NUM(client_keys) < 32 && NUM(domain_keys) < 32,
               "each key has a bit in `written`");

const struct seal_config_section seal_config_sections[SEAL_CONFIG_NUM_SECTIONS] = {
	[SEAL_CONFIG_GATEWAY] = { "gateway", NUM(gateway_keys), gateway_keys },
	[SEAL_CONFIG_NEXT_HOP] = { "next-hop", NUM(next_hop_keys), next_hop_keys },
	[SEAL_CONFIG_CLIENT] = { "client", NUM(client_keys), client_keys },
	[SEAL_CONFIG_DOMAIN] = { "domain", NUM(domain_keys), domain_keys },
};

bool
seal_config_is(struct seal_span s, const char *word)
{
	size_t i = 0;

	while (i < s.len && word[i] != '\0' && s.ptr[i] == (uint8_t)word[i])
		i++;
	return i == s.len && word[i] == '\0';
}

size_t
seal_config_find_key(const struct seal_config_section *section, struct seal_span name)
{
	size_t i = 0;

	while (i < section->num_keys && !seal_config_is(name, section->keys[i].name))
		i++;
	return i;
}

bool
seal_config_domain_has(const struct seal_config_domain *section, const char *key)
{
	const struct seal_config_section *const keys = &seal_config_sections[SEAL_CONFIG_DOMAIN];

	return (section->written >> seal_config_find_key(keys, seal_span_text(key)) & 1u) != 0;
}
