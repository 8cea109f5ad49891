/* SPDX-License-Identifier: Apache-2.0
 *
 * config_check.h - what keys and sections demand of each other. Inside of config.c.
 *
 * Each answers false with *error set but for line and column.
 */
#ifndef SEAL_GATEWAY_CONFIG_CHECK_H
#define SEAL_GATEWAY_CONFIG_CHECK_H

#include "engine/gateway/config.h"

/* The last domain section, complete, by itself and against those before it. */
bool seal_config_check_domain(const struct seal_config *cfg, struct seal_config_error *error);

/* The domains that client and domain sections name, when all sections are read. */
bool seal_config_check_references(const struct seal_config *cfg, struct seal_config_error *error);

#endif
