/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/reports/collection.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/reports/unpack.h"

static int
read_one(const char *path, struct aggregate *a)
{
	struct tool_text xml;
	int code = unpack_file(path, &xml);

	if (code == TOOL_OK)
		code = aggregate_read(a, path, tool_span(xml));
	free(xml.ptr);
	return code;
}

/* A mailbox often has the same report twice. */
static bool
is_repeated(const struct collection *c, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (c->list[i].report_id[0] != '\0' && strcmp(c->list[k].report_id, c->list[i].report_id) == 0 &&
		    strcmp(c->list[k].organization, c->list[i].organization) == 0)
			return true;
	}
	return false;
}

int
collection_read(struct collection *c, const char *const *files, size_t num)
{
	int worst = TOOL_OK;

	*c = (struct collection){ .num = 0 };
	c->list = tool_allocate(num * sizeof *c->list);
	c->repeated = tool_allocate(num * sizeof *c->repeated);
	memset(c->list, 0, num * sizeof *c->list);
	memset(c->repeated, 0, num * sizeof *c->repeated);
	for (size_t i = 0; i < num; i++) {
		const int code = read_one(files[i], &c->list[i]);

		worst = code > worst ? code : worst;
		c->num = i + 1;
		if (worst != TOOL_OK)
			continue;
		c->repeated[i] = is_repeated(c, i);
		if (c->repeated[i])
			tool_note(files[i], "same report as in another file; not counted again");
	}
	return worst;
}

void
collection_free(struct collection *c)
{
	for (size_t i = 0; i < c->num; i++)
		aggregate_free(&c->list[i]);
	free(c->list);
	free(c->repeated);
}
