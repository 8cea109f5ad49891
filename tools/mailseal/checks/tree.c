/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/tree.h"

void
tree_visit(void *ctx, const struct spf_step *step)
{
	struct tree *const tree = ctx;
	const bool refers = step->term->kind == SPF_INCLUDE || step->term->kind == SPF_REDIRECT;

	if (tree->steps == NULL)
		tree->steps = json_array();
	json_array_append_new(tree->steps, json_pack(
		"{s:i, s:s, s:o, s:s, s:i, s:b, s:s?}", "depth", (int)step->depth, "domain", step->domain, "term",
		report_text_json(text_visible(step->term->text)), "target", step->target, "lookups", (int)step->lookups,
		"void", step->is_void, "service", refers ? spf_service(step->target) : NULL));
}

void
tree_print(FILE *to, const struct tree *tree)
{
	for (size_t i = 0; i < json_array_size(tree->steps); i++) {
		const json_t *const step = json_array_get(tree->steps, i);
		const char *const service = json_string_value(json_object_get(step, "service"));

		fprintf(to, "%3d  %*s%s%s%s%s\n", (int)json_integer_value(json_object_get(step, "lookups")),
		        2 * (int)json_integer_value(json_object_get(step, "depth")), "",
		        json_string_value(json_object_get(step, "term")), service == NULL ? "" : "  # ",
		        service == NULL ? "" : service, json_is_true(json_object_get(step, "void")) ? "  (void)" : "");
	}
}

json_t *
tree_json(const struct tree *tree)
{
	return tree->steps == NULL ? json_array() : json_incref(tree->steps);
}

void
tree_free(struct tree *tree)
{
	json_decref(tree->steps);
	tree->steps = NULL;
}
