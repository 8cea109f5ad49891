/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/approve_key.h"

int
approve_key(struct site *s, const char *domain, const char *selector)
{
	size_t num_keys;
	const struct seal_config_domain *section = site_find_key(s, domain, selector, &num_keys);
	struct document_entry activation;

	if (section == NULL)
		return TOOL_CONFIG;
	if (section->activation != SEAL_ACTIVATION_MANUAL) {
		tool_error("%s: %s of %s is not waiting for approval", s->path, selector, domain);
		return TOOL_CONFIG;
	}
	if (document_find(&s->file.document, config_file_section(&s->file, section->name), "activation", &activation))
		document_replace(&s->file.document, activation.value, "dns");
	return site_settle(s);
}
