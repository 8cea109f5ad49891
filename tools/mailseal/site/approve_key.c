/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/approve_key.h"

/* The value of `activation` in the section, which has that key. */
static struct seal_span
find_activation(struct seal_span section)
{
	struct seal_span line;

	for (;; section = seal_span_from(section, line.len + 1)) {
		const size_t equals = seal_span_find(section, '=');

		line = seal_span_first(section, seal_span_find(section, '\n'));
		if (equals < line.len && seal_span_equal(seal_span_trim(seal_span_first(line, equals)),
		                                         SEAL_SPAN("activation")))
			break;
	}
	line = seal_span_from(line, seal_span_find(line, '=') + 1);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return seal_span_trim(line);
}

int
approve_key(struct site *s, const char *domain, const char *selector)
{
	size_t num_keys;
	const struct seal_config_domain *section = site_find_key(s, domain, selector, &num_keys);
	struct seal_span value;

	if (section == NULL)
		return TOOL_CONFIG;
	if (section->activation != SEAL_ACTIVATION_MANUAL) {
		tool_error("%s: %s of %s does not wait for approval", s->path, selector, domain);
		return TOOL_CONFIG;
	}
	value = find_activation(config_file_section(&s->file, section->name));
	return site_edit(s, &(struct site_edit){ (size_t)(value.ptr - s->file.text.ptr), value.len, "dns" });
}
