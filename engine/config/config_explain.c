/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/out.h"
#include "engine/config/config.h"

static void
put_printable(struct seal_out *out, struct seal_span text)
{
	for (size_t i = 0; i < text.len && !out->overflow; i++) {
		const uint8_t c = text.ptr[i];

		seal_out_octet(out, c == '\t' || (c >= 32 && c != 127) ? c : '?');
	}
}

void
seal_config_explain(const struct seal_config_error *error, struct seal_out *out)
{
	seal_out_u64(out, error->line);
	seal_out_text(out, ":");
	seal_out_u64(out, error->column);
	seal_out_text(out, ": ");
	if (error->key != NULL) {
		seal_out_span_put(out, seal_span_text(error->key));
		seal_out_text(out, ": ");
	}
	seal_out_text(out, "expected ");
	seal_out_span_put(out, seal_span_text(error->expected));
	if (error->meant[0] != '\0') {
		seal_out_text(out, " ");
		seal_out_span_put(out, seal_span_text(error->meant));
	}
	seal_out_text(out, ", found ");
	if (error->found.len == 0)
		seal_out_text(out, "nothing");
	put_printable(out, error->found);
}
