/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/spf_macro.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"

#define PARTS_MAX 128u /* of a value; a name cannot have more */

struct macro {
	char letter;
	bool escape;          /* upper case: URL escaping (7.3) */
	bool reverse;
	unsigned keep;        /* rightmost parts; 0: all        */
	char delimiters[8];   /* between the parts              */
};

/* The address as %{i} expands to it. */
static char *
address_text(const struct spf_address *address)
{
	char *text = NULL;

	for (unsigned i = 0; i < (address->v6 ? 16u : 4u); i++) {
		const uint8_t octet = address->octets[i];

		if (address->v6)
			text_append(&text, "%s%x.%x", i == 0 ? "" : ".", octet >> 4, octet & 15u);
		else
			text_append(&text, "%s%u", i == 0 ? "" : ".", octet);
	}
	return text;
}

void
spf_macro_reverse(const struct spf_address *address, char out[DNS_NAME_SIZE])
{
	size_t len = 0;

	for (unsigned i = address->v6 ? 16 : 4; i > 0; i--) {
		const uint8_t octet = address->octets[i - 1];

		if (address->v6)
			len += (size_t)snprintf(out + len, DNS_NAME_SIZE - len, "%x.%x.", octet & 15u, octet >> 4);
		else
			len += (size_t)snprintf(out + len, DNS_NAME_SIZE - len, "%u.", octet);
	}
	out[len - 1] = '\0';
}

static char *
copy(const char *text)
{
	return text == NULL ? NULL : text_format("%s", text);
}

/* The value of a macro letter, or NULL: not known. */
static char *
macro_value(char letter, const struct spf_macro_values *values)
{
	const char *const at = values->sender == NULL ? NULL : strrchr(values->sender, '@');

	switch (letter) {
	case 's':
		return copy(values->sender);
	case 'l':
		return at == NULL ? NULL : text_format("%.*s", (int)(at - values->sender), values->sender);
	case 'o':
		return copy(values->origin);
	case 'd':
		return copy(values->domain);
	case 'h':
		return copy(values->helo);
	case 'p':
		return copy(values->validated);
	case 'i':
		return values->address == NULL ? NULL : address_text(values->address);
	case 'v':
		return values->address == NULL ? NULL : copy(values->address->v6 ? "ip6" : "in-addr");
	default:
		return NULL;
	}
}

/* Reads a macro such as "%{d2r.}", which spf_next has accepted; returns its length. */
static size_t
read_macro(struct seal_span s, struct macro *m)
{
	size_t at = 3, num = 0;

	*m = (struct macro){ .letter = (char)seal_lower(s.ptr[2]), .escape = s.ptr[2] != seal_lower(s.ptr[2]) };
	for (; seal_is_digit(s.ptr[at]); at++)
		m->keep = m->keep > PARTS_MAX ? m->keep : m->keep * 10 + (unsigned)(s.ptr[at] - '0');
	m->reverse = seal_lower(s.ptr[at]) == 'r';
	at += m->reverse;
	for (; s.ptr[at] != '}'; at++) {
		if (num + 1 < sizeof m->delimiters && strchr(m->delimiters, s.ptr[at]) == NULL)
			m->delimiters[num++] = (char)s.ptr[at];
	}
	if (num == 0)
		m->delimiters[0] = '.';
	return at + 1;
}

static void
append_escaped(char **out, const char *part, bool escape)
{
	for (; part[0] != '\0'; part++) {
		const uint8_t c = (uint8_t)part[0];

		if (!escape || seal_is_let_dig(c) || strchr("-._~", c) != NULL)
			text_append(out, "%c", c);
		else
			text_append(out, "%%%02x", c);
	}
}

/* Split, reverse, keep the rightmost, join with dots. */
static void
append_value(char **out, char *value, const struct macro *m)
{
	char *parts[PARTS_MAX];
	unsigned num = 0, first;

	for (char *at = value; at != NULL && num < PARTS_MAX; num++) {
		char *const end = at + strcspn(at, m->delimiters);

		parts[num] = at;
		at = end[0] == '\0' ? NULL : end + 1;
		end[0] = '\0';
	}
	first = m->keep == 0 || m->keep >= num ? 0 : num - m->keep;
	for (unsigned i = first; i < num; i++) {
		const unsigned which = m->reverse ? num - 1 - i : i;

		text_append(out, "%s", i == first ? "" : ".");
		append_escaped(out, parts[which], m->escape);
	}
}

/* Appends the macro at the front of `s` and returns its length; 0: its value is not known. */
static size_t
append_macro(char **out, struct seal_span s, const struct spf_macro_values *values)
{
	struct macro m;
	char *value;
	size_t len;

	if (s.ptr[1] != '{') {
		text_append(out, "%s", s.ptr[1] == '%' ? "%" : s.ptr[1] == '_' ? " " : "%20");
		return 2;
	}
	len = read_macro(s, &m);
	value = macro_value(m.letter, values);
	if (value == NULL)
		return 0;
	append_value(out, value, &m);
	free(value);
	return len;
}

/* Removes labels from the left until the name is short enough. */
static void
shorten(const char *text, char out[DNS_NAME_SIZE])
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '.')
		len--;
	while (len > DNS_NAME_MAX) {
		const char *const dot = memchr(text, '.', len);

		if (dot == NULL)
			break;
		len -= (size_t)(dot + 1 - text);
		text = dot + 1;
	}
	(void)name_copy(out, seal_span((const uint8_t *)text, len));
}

bool
spf_macro_expand(struct seal_span spec, const struct spf_macro_values *values, char out[DNS_NAME_SIZE])
{
	char *text = text_format("%s", "");
	bool known = true;

	for (size_t at = 0; known && at < spec.len;) {
		size_t len = 1;

		if (spec.ptr[at] == '%')
			len = append_macro(&text, seal_span_from(spec, at), values);
		else
			text_append(&text, "%c", spec.ptr[at]);
		known = len > 0;
		at += len;
	}
	out[0] = '\0';
	if (known)
		shorten(text, out);
	free(text);
	return known && out[0] != '\0';
}

bool
spf_macro_has(struct seal_span spec, char letter)
{
	for (size_t at = 0; at + 2 < spec.len; at++) {
		if (spec.ptr[at] == '%' && spec.ptr[at + 1] == '%')
			at++;
		else if (spec.ptr[at] == '%' && spec.ptr[at + 1] == '{' && (char)seal_lower(spec.ptr[at + 2]) == letter)
			return true;
	}
	return false;
}
