/* SPDX-License-Identifier: Apache-2.0
 *
 * files.h - what the configuration names, read from the image in the board's flash.
 *
 *	open -> find ...
 */
#ifndef PORT_CORTEXM_FILES_H
#define PORT_CORTEXM_FILES_H

#include "port/gateway/assemble.h"

/* Hooks of struct seal_machine. Finding the configuration, which comes first, opens the image. */
bool seal_files_find(void *ctx, enum seal_file file, struct seal_span name, struct seal_span *octets,
                     struct seal_out *why);
void seal_files_put_name(void *ctx, enum seal_file file, struct seal_span name, struct seal_out *out);

/* The secret of this device, once the image is open. */
struct seal_span seal_files_seed(void);

#endif
