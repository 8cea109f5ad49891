/* SPDX-License-Identifier: Apache-2.0
 *
 * next_hop.h - what SPF must allow, as far as the configured next hop shows.
 */
#ifndef TOOLS_CHECKS_NEXT_HOP_H
#define TOOLS_CHECKS_NEXT_HOP_H

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/config_file.h"
#include "tools/mailseal/records/spf_judge.h"

/* The service that the next hop belongs to, with its SPF term; its note is reported. NULL: its term is not known, or it
 * needs none; reported, with what to find out and `how` to use it, such as "--add include:NAME". */
const struct spf_host *next_hop_service(const struct config_file *file, const char *how);

/* The values of --sends-from, each of them. False: reported. */
bool next_hop_read_senders(const struct option_list *values, struct spf_sender *senders);

/* Each sender that is "next-hop" becomes the term of the next hop in the configuration at `config`, or NULL for none.
 * TOOL_OK, or an error that was reported. */
int next_hop_senders(struct spf_sender *senders, size_t num, const char *config);

#endif
