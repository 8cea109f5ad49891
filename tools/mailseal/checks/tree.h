/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - the terms of an SPF record and of the records that it includes, in the order of evaluation.
 */
#ifndef TOOLS_CHECKS_TREE_H
#define TOOLS_CHECKS_TREE_H

#include <stdio.h>

#include "tools/mailseal/checks/report.h"

struct tree {
	json_t *steps; /* { depth, domain, term, target, lookups, void, service } */
};

void tree_visit(void *ctx, const struct spf_step *step); /* ctx is the tree */
void tree_print(FILE *to, const struct tree *tree);
json_t *tree_json(const struct tree *tree);              /* a new reference */
void tree_free(struct tree *tree);

#endif
