/* SPDX-License-Identifier: Apache-2.0
 *
 * changed.h - keys of the configuration whose meaning has changed since an older version: docs/from-0.1.0.md.
 */
#ifndef TOOLS_CHECKS_CHANGED_H
#define TOOLS_CHECKS_CHANGED_H

#include "engine/config/config.h"

/* A note for each of them that this configuration uses, as a line about `path`. */
void changed_note(const struct seal_config *config, const char *path);

#endif
