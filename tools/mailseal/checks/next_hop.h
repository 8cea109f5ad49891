/* SPDX-License-Identifier: Apache-2.0
 *
 * next_hop.h - the SPF term for the configured next hop, if it is known.
 */
#ifndef TOOLS_CHECKS_NEXT_HOP_H
#define TOOLS_CHECKS_NEXT_HOP_H

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/config_file.h"
#include "tools/mailseal/records/spf_judge.h"

/* Returns the service of the next hop, with its SPF term; prints the note about the service, if it has one. NULL
 * (reported, with what to find out): the term is not known, or none is needed. `how` tells users how to pass the term,
 * such as "--add include:NAME". */
const struct spf_host *next_hop_service(const struct config_file *file, const char *how);

/* Reads all values of --sends-from into `senders`, which has room for them. Returns false on an error (reported). */
bool next_hop_read_senders(const struct option_list *values, struct spf_sender *senders);

/* Replaces each sender "next-hop" by the term of the next hop in the configuration at `config`, which may be NULL if no
 * sender is "next-hop". Returns TOOL_OK, or an exit code (reported). */
int next_hop_senders(struct spf_sender *senders, size_t num, const char *config);

#endif
