/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/sender.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"

/* RFC 6890: addresses for use inside a network. */
static bool
is_private(const struct spf_address *address)
{
	static const char *const networks[][2] = {
		{ "10.0.0.0", "8" }, { "172.16.0.0", "12" }, { "192.168.0.0", "16" }, { "127.0.0.0", "8" },
		{ "169.254.0.0", "16" }, { "100.64.0.0", "10" }, { "::1", "128" }, { "fc00::", "7" }, { "fe80::", "10" }
	};

	for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
		struct spf_address network;

		if (spf_address_parse(seal_span_text(networks[i][0]), &network) &&
		    spf_address_within(address, &network, (unsigned)strtoul(networks[i][1], NULL, 10)))
			return true;
	}
	return false;
}

static void
copy_name(char out[DNS_NAME_SIZE], const char *text, size_t len)
{
	out[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		if (!seal_is_vchar((uint8_t)text[i]))
			return;
	}
	(void)name_copy(out, seal_span((const uint8_t *)text, len));
}

/* "from HELO (NAME [ADDRESS]) by ..." */
static bool
read_received(struct sender *s, const char *value)
{
	const char *const by = strstr(value, " by ");
	const char *at = value + strspn(value, " \t");
	struct spf_address address;

	if (strncmp(at, "from ", 5) != 0)
		return false;
	at += 5;
	copy_name(s->helo, at, strcspn(at, " \t"));
	for (at = strchr(at, '['); at != NULL && (by == NULL || at < by); at = strchr(at, '[')) {
		size_t len;

		at++;
		if (strncmp(at, "IPv6:", 5) == 0)
			at += 5;
		len = strcspn(at, "]");
		if (len < sizeof s->client && spf_address_parse(seal_span((const uint8_t *)at, len), &address) &&
		    !is_private(&address)) {
			memcpy(s->client, at, len);
			s->client[len] = '\0';
			return true;
		}
	}
	return false;
}

void
sender_find(struct sender *s, const struct message *m)
{
	struct seal_span field;
	bool found = false;

	memset(s, 0, sizeof *s);
	for (uint32_t i = 0; !found && message_field_down(m, SEAL_SPAN("Received"), i, &field); i++) {
		char *const value = message_unfold(field);

		found = read_received(s, value);
		free(value);
	}
	if (!found)
		s->helo[0] = '\0';
	if (message_field_down(m, SEAL_SPAN("Return-Path"), 0, &field)) {
		char *const value = message_unfold(field);
		const char *const at = strrchr(value, '@');

		if (at != NULL)
			copy_name(s->envelope, at + 1, strcspn(at + 1, "> \t"));
		free(value);
	}
}
