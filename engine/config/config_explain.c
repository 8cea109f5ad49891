/* SPDX-License-Identifier: Apache-2.0
 *
 * config_explain.c - an error of the configuration in words.
 */
#include "engine/base/out.h"
#include "engine/config/config_keys.h"

static void
put_text(struct seal_out *out, const char *text)
{
	seal_out_span_put(out, seal_span_text(text));
}

static void
put_printable(struct seal_out *out, struct seal_span text)
{
	for (size_t i = 0; i < text.len && !out->overflow; i++) {
		const uint8_t c = text.ptr[i];

		seal_out_octet(out, c == '\t' || (c >= 32 && c != 127) ? c : '?');
	}
}

static void
put_section(struct seal_out *out, const char *before, const struct seal_config_section *section)
{
	put_text(out, before);
	put_text(out, " [");
	put_text(out, section->word);
	put_text(out, "]");
}

static void
put_keys(struct seal_out *out, const struct seal_config_section *section)
{
	put_section(out, "", section);
	for (size_t i = 0; i < section->num_keys; i++) {
		put_text(out, i == 0 ? ": " : ", ");
		put_text(out, section->keys[i].name);
	}
}

void
seal_config_put_expected(const struct seal_config_error *error, struct seal_out *out)
{
	put_text(out, error->expected);
	if (error->section != NULL)
		put_keys(out, error->section);
	if (error->meant[0] != '\0') {
		put_text(out, " ");
		put_text(out, error->meant);
	}
}

/* The sections that know the key. */
static void
put_belongs(struct seal_out *out, struct seal_span key)
{
	const char *before = ", which belongs in";

	for (size_t i = 0; i < SEAL_CONFIG_NUM_SECTIONS; i++) {
		const struct seal_config_section *section = &seal_config_sections[i];

		if (seal_config_find_key(section, key) == section->num_keys)
			continue;
		put_section(out, before, section);
		before = " or";
	}
}

void
seal_config_explain(const struct seal_config_error *error, struct seal_out *out)
{
	seal_out_u64(out, error->line);
	put_text(out, ":");
	seal_out_u64(out, error->column);
	put_text(out, ": ");
	if (error->key != NULL) {
		put_text(out, error->key);
		put_text(out, ": ");
	}
	put_text(out, "expected ");
	seal_config_put_expected(error, out);
	put_text(out, ", found ");
	put_text(out, error->found.len == 0 ? "nothing" : "");
	put_printable(out, error->found);
	if (error->section != NULL)
		put_belongs(out, error->found);
}
