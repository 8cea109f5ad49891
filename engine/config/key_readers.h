/* SPDX-License-Identifier: Apache-2.0
 *
 * key_readers.h - one reader for each kind of value. Inside of config.c.
 */
#ifndef SEAL_CONFIG_KEY_READERS_H
#define SEAL_CONFIG_KEY_READERS_H

#include "engine/config/config_keys.h"

seal_config_reader seal_config_read_size, seal_config_read_seconds, seal_config_read_rate,
	seal_config_read_date, seal_config_read_word, seal_config_read_auth_offer,
	seal_config_read_add, seal_config_read_canonicalization, seal_config_read_span, seal_config_read_host_name,
	seal_config_read_host, seal_config_read_selector, seal_config_read_identity, seal_config_read_domains,
	seal_config_read_from, seal_config_read_fields, seal_config_read_networks, seal_config_read_endpoint,
	seal_config_read_listen, seal_config_read_ipv4, seal_config_read_address, seal_config_read_pins,
	seal_config_read_logins;

#endif
