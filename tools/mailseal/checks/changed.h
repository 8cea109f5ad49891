/* SPDX-License-Identifier: Apache-2.0
 *
 * changed.h - keys of the configuration whose meaning has changed since an older version; see docs/from-0.1.0.md.
 */
#ifndef TOOLS_CHECKS_CHANGED_H
#define TOOLS_CHECKS_CHANGED_H

#include "engine/config/config.h"

/* Prints a note about `path` for each such key that this configuration uses. */
void changed_note(const struct seal_config *config, const char *path);

#endif
