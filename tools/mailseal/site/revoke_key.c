/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/revoke_key.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/result.h"

/* The section of the key, if the domain has another key too; else NULL (reported). */
static const struct seal_config_domain *
find_revocable(const struct site *s, const char *domain, const char *selector)
{
	size_t num_keys;
	const struct seal_config_domain *section = site_find_key(s, domain, selector, &num_keys);

	if (section != NULL && num_keys == 1)
		tool_error("%s: this is the only key of %s, and without it mail from the domain would be rejected; "
		           "create another one first: mailseal key next %s -c %s", s->path, domain, domain, s->path);
	return num_keys > 1 ? section : NULL;
}

/* The note replaces the section. */
static int
replace_by_note(struct site *s, const struct seal_config_domain *section, const char *domain)
{
	struct document *const d = &s->file.document;
	const struct document_section *const old = config_file_section(&s->file, section->name);
	const size_t start = d->lines[old->heading].start;
	const struct document_line *const last = &d->lines[old->end - 1];
	char *note = NULL;

	if (asprintf(&note, "# mailseal: revoked = %s %.*s %s %.*s", domain, (int)section->selector.len,
	             (const char *)section->selector.ptr, site_date(site_now()).dashed, (int)section->key.len,
	             (const char *)section->key.ptr) < 0) {
		tool_error("no memory for the new configuration");
		return TOOL_IO;
	}
	document_replace(d, seal_span(d->text.ptr + start, last->start + last->text.len - start), note);
	free(note);
	return site_settle(s);
}

int
revoke_key(struct site *s, const char *domain, const char *selector, struct inventory *inv,
           const struct inventory_key **key)
{
	const struct seal_config_domain *section = find_revocable(s, domain, selector);

	*inv = (struct inventory){ .keys = NULL };
	*key = NULL;
	if (section == NULL)
		return TOOL_CONFIG;
	/* A missing key file must not prevent the revocation. */
	result_soften(true);
	(void)inventory_take(inv, s, domain);
	result_soften(false);
	for (size_t i = 0; i < inv->num_keys && *key == NULL; i++) {
		if (strcasecmp(inv->keys[i].selector, selector) == 0)
			*key = &inv->keys[i];
	}
	return *key != NULL ? replace_by_note(s, section, domain) : TOOL_CONFIG;
}
