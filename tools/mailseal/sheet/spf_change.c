/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/sheet/spf_change.h"

#include <stdlib.h>

#include "engine/base/ip.h"
#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/records/spf_judge.h"

enum spf_change
spf_change(const char *existing, const char *const *terms, size_t num_terms, char **merged)
{
	const struct seal_span record = existing != NULL ? seal_span_text(existing) : seal_span(NULL, 0);
	struct seal_network network;
	struct seal_span wrong;
	const char *why;
	const enum spf_merge result = spf_merge(record, terms, num_terms, merged, &wrong, &why);

	if (result == SPF_MERGED)
		return SPF_CHANGE;
	if (result == SPF_MERGE_SAME)
		tool_note(NULL, "the current SPF record already has %s; no change is needed", terms[0]);
	else if (result == SPF_MERGE_CONFLICT)
		tool_error("--spf: the current record has %.*s with another qualifier; correct that first",
		           (int)wrong.len, (const char *)wrong.ptr);
	else if (result != SPF_MERGE_BAD_RECORD && seal_network_read(wrong, &network))
		tool_error("--spf: expected %s, found %.*s; did you mean %s:%.*s?", why, (int)wrong.len,
		           (const char *)wrong.ptr, seal_ip_is_v4(&network.address) ? "ip4" : "ip6", (int)wrong.len,
		           (const char *)wrong.ptr);
	else
		tool_error("%s: expected %s, found %.*s",
		           result == SPF_MERGE_BAD_RECORD ? "--existing-spf" : "--spf", why, (int)wrong.len,
		           (const char *)wrong.ptr);
	free(*merged);
	*merged = NULL;
	return result == SPF_MERGE_SAME ? SPF_NO_CHANGE : SPF_BAD;
}
