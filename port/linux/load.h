/* SPDX-License-Identifier: Apache-2.0
 *
 * load.h - the files of a gateway on this host, and its memory: hooks of struct seal_machine.
 */
#ifndef PORT_LINUX_LOAD_H
#define PORT_LINUX_LOAD_H

#include "port/gateway/assemble.h"
#include "port/linux/options.h"

/* What a message may need: a path, and words. */
#define SEAL_LOAD_WHY 8192u

/* Append, cut at the end of `out`. */
void seal_load_printf(struct seal_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* `ctx` is the struct seal_options. Names are relative to the folder of the configuration. A key that
 * other users may access is refused. Without a name, the authorities are the host's CA certificates. */
bool seal_load_find(void *ctx, enum seal_file file, struct seal_span name, struct seal_span *octets,
                    struct seal_out *why);
void seal_load_close(void *ctx, enum seal_file file, struct seal_span octets);
void seal_load_put_name(void *ctx, enum seal_file file, struct seal_span name, struct seal_out *out);

/* Valid until seal_load_end, which also closes the configuration. */
const struct seal_assemble_memory *seal_load_memory(void *ctx, struct seal_span text);
void seal_load_end(void);

#endif
