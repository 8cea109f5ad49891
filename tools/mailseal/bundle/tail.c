/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/bundle/tail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static uint64_t
count_lines(struct seal_span s)
{
	uint64_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += s.ptr[i] == '\n';
	return count;
}

static void
drop(struct tail *t, size_t len)
{
	memmove(t->text.ptr, t->text.ptr + len, t->text.len - len);
	t->text.len -= len;
}

/* Where the last `num_lines` lines begin. */
static size_t
last_lines(struct seal_span s, uint64_t num_lines)
{
	size_t at = s.len;

	if (at > 0 && s.ptr[at - 1] == '\n')
		at--;
	while (at > 0) {
		if (s.ptr[at - 1] == '\n' && --num_lines == 0)
			break;
		at--;
	}
	return at;
}

static bool
read_all(struct tail *t, int fd, const char *name, bool *dropped)
{
	ssize_t n;

	for (;;) {
		if (t->text.len == 2 * TAIL_MAX) {
			drop(t, TAIL_MAX);
			*dropped = true;
		}
		n = read(fd, t->text.ptr + t->text.len, 2 * TAIL_MAX - t->text.len);
		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR) {
			tool_error("%s: the log cannot be read: %s", name, strerror(errno));
			return false;
		}
		if (n < 0)
			continue;
		t->num_lines += count_lines(seal_span(t->text.ptr + t->text.len, (size_t)n));
		t->text.len += (size_t)n;
	}
}

bool
tail_read(struct tail *t, int fd, const char *name, uint64_t num_lines)
{
	bool dropped = false;
	struct seal_span all;

	*t = (struct tail){ .text = { tool_allocate(2 * TAIL_MAX), 0 } };
	if (!read_all(t, fd, name, &dropped))
		return false;
	t->num_lines += t->text.len > 0 && t->text.ptr[t->text.len - 1] != '\n';
	if (t->text.len > TAIL_MAX) {
		drop(t, t->text.len - TAIL_MAX);
		dropped = true;
	}
	all = tool_span(t->text);
	if (dropped)
		drop(t, seal_span_find(all, '\n') < all.len ? seal_span_find(all, '\n') + 1 : 0);
	drop(t, last_lines(tool_span(t->text), num_lines));
	t->num_kept = count_lines(tool_span(t->text)) +
	              (t->text.len > 0 && t->text.ptr[t->text.len - 1] != '\n');
	return true;
}
