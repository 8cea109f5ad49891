/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/lines.h"

#include "engine/base/bounds.h"

static const uint8_t CRLF[2] = { '\r', '\n' };

void
seal_lines_init(struct seal_lines *l, enum seal_bare_lf policy)
{
	*l = (struct seal_lines){ .bare_lf_policy = policy };
}

static void
end_line(struct seal_lines *l)
{
	if (l->line_len > SEAL_LINE_MAX)
		l->long_lines++;
	l->line_len = 0;
	l->saw_cr = false;
}

/* Judge one octet: CR, LF, NUL or another control character. */
static void
judge(struct seal_lines *l, uint8_t c)
{
	if (c == '\n') {
		l->bare_lf |= !l->saw_cr;
		end_line(l);
		return;
	}
	l->bare_cr |= l->saw_cr;
	l->saw_cr = c == '\r';
	l->nul |= c == '\0';
	if (!l->saw_cr)
		l->line_len++;
}

/* Pass the octets from `data` on that are not CR, LF, NUL or another low control character. */
static size_t
pass_plain(struct seal_lines *l, const uint8_t *data, size_t len)
{
	uint8_t all = 0;
	size_t i = 0;

	while (i < len && data[i] > '\r')
		all |= data[i++];
	if (i > 0) {
		l->bare_cr |= l->saw_cr;
		l->saw_cr = false;
		l->line_len += i;
		l->eight_bit |= (all & 0x80u) != 0;
	}
	return i;
}

size_t
seal_lines_recv(struct seal_lines *l, const uint8_t *data, size_t len, struct seal_span *run)
{
	size_t i = 0;

	while (i < len) {
		const size_t plain = pass_plain(l, data + i, len - i);

		i += plain;
		if (plain > 0)
			continue;
		if (data[i] == '\n' && !l->saw_cr && l->bare_lf_policy == SEAL_BARE_LF_NORMALIZE) {
			if (i > 0)
				break;
			l->normalized++;
			end_line(l);
			*run = seal_span(CRLF, sizeof CRLF);
			return 1;
		}
		judge(l, data[i]);
		i++;
	}
	*run = seal_span(data, i);
	return i;
}

void
seal_lines_finish(struct seal_lines *l)
{
	l->bare_cr |= l->saw_cr;
	end_line(l);
}
