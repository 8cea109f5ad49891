/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/config_keys.h"

#include <stdlib.h>
#include <string.h>

#include "engine/config/key_rows.h"
#include "tools/mailseal/base/suggest.h"
#include "tools/mailseal/base/tool.h"

#define ROW(section, name, flags, detail, value, expected, unset, meaning) \
	{ name, detail, value, expected, unset, meaning, section, flags },
#define GATEWAY_ROW(name, flags, reader, member, detail, value, expected, unset, meaning) \
	ROW(SEAL_CONFIG_GATEWAY, name, flags, detail, value, expected, unset, meaning)
#define NEXT_HOP_ROW(name, flags, reader, member, detail, value, expected, unset, meaning) \
	ROW(SEAL_CONFIG_NEXT_HOP, name, flags, detail, value, expected, unset, meaning)
#define CLIENT_ROW(name, flags, reader, member, detail, value, expected, unset, meaning) \
	ROW(SEAL_CONFIG_CLIENT, name, flags, detail, value, expected, unset, meaning)
#define DOMAIN_ROW(name, flags, reader, member, detail, value, expected, unset, meaning) \
	ROW(SEAL_CONFIG_DOMAIN, name, flags, detail, value, expected, unset, meaning)

const struct config_key config_keys[] = {
	SEAL_CONFIG_GATEWAY_KEYS(GATEWAY_ROW)
	SEAL_CONFIG_NEXT_HOP_KEYS(NEXT_HOP_ROW)
	SEAL_CONFIG_CLIENT_KEYS(CLIENT_ROW)
	SEAL_CONFIG_DOMAIN_KEYS(DOMAIN_ROW)
};

const size_t num_config_keys = sizeof config_keys / sizeof config_keys[0];

const char *
config_section_heading(enum seal_config_section_number section)
{
	static const char *const headings[SEAL_CONFIG_NUM_SECTIONS] = {
		[SEAL_CONFIG_GATEWAY] = "[gateway]", [SEAL_CONFIG_NEXT_HOP] = "[next-hop]",
		[SEAL_CONFIG_CLIENT] = "[client NAME]", [SEAL_CONFIG_DOMAIN] = "[domain NAME]"
	};

	return headings[section];
}

char *
config_keys_suggest_section(struct seal_span word)
{
	static const char *const words[] = { "gateway", "next-hop", "client", "domain" };
	char *const typed = tool_allocate(word.len + 1);
	struct suggestion s = suggestion(typed);
	char *text;

	if (word.len > 0)
		memcpy(typed, word.ptr, word.len);
	typed[word.len] = '\0';
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		suggest_word(&s, words[i]);
	text = suggest_text(&s, "");
	free(typed);
	return text;
}

char *
config_keys_suggest(const struct seal_config_section *section, struct seal_span word)
{
	char *const typed = tool_allocate(word.len + 1);
	struct suggestion s = suggestion(typed);
	char *text;

	if (word.len > 0)
		memcpy(typed, word.ptr, word.len);
	typed[word.len] = '\0';
	for (size_t i = 0; i < section->num_keys; i++)
		suggest_word(&s, section->keys[i].name);
	text = suggest_text(&s, "");
	free(typed);
	return text;
}
