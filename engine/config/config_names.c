/* SPDX-License-Identifier: Apache-2.0
 *
 * config_names.c - what other folders ask about the sections of a configuration.
 */
#include "engine/config/config.h"
#include "engine/mail/addr.h"

struct seal_span
seal_config_name(struct seal_span written, uint8_t buf[SEAL_DOMAIN_MAX + 1])
{
	struct seal_out out = seal_out(buf, SEAL_DOMAIN_MAX + 1);

	if (seal_addr_domain_normalize(written, &out) != SEAL_OK)
		return seal_span(buf, 0);
	return seal_out_span(&out);
}

size_t
seal_config_covers(const struct seal_config_domain *section, struct seal_span domain)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span name = seal_config_name(section->name, buf);
	const bool below = section->subdomains && seal_addr_domain_within(domain, name);

	return below || seal_span_equal(domain, name) ? name.len : 0;
}

bool
seal_config_has_watched(const struct seal_config *cfg)
{
	for (size_t i = 0; i < cfg->num_domains; i++) {
		if (seal_config_is_watched(&cfg->domains[i]))
			return true;
	}
	return false;
}

bool
seal_config_key_is_on_device(const struct seal_config_domain *section)
{
	return seal_span_equal(section->key, SEAL_SPAN("device"));
}
