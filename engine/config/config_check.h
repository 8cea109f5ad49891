/* SPDX-License-Identifier: Apache-2.0
 *
 * config_check.h - what keys and sections require of each other. Inside of config.c.
 *
 * Each returns false with *error set, except line and column. Where a key is missing in
 * the current section, error->found.ptr is NULL.
 */
#ifndef SEAL_CONFIG_CONFIG_CHECK_H
#define SEAL_CONFIG_CONFIG_CHECK_H

#include "engine/config/config.h"

/* One section, complete. */
bool seal_config_check_gateway(const struct seal_config *cfg, struct seal_config_error *error);
bool seal_config_check_next_hop(const struct seal_config *cfg, struct seal_config_error *error);

/* The last domain section, complete, alone and against those before it. */
bool seal_config_check_domain(const struct seal_config *cfg, struct seal_config_error *error);

/* What sections require of others, once all are read and defaults are set. */
bool seal_config_check_references(const struct seal_config *cfg, struct seal_config_error *error);

#endif
