/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/verify.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "engine/base/base64.h"
#include "engine/base/sha256.h"
#include "tests/sim/world.h"

#define FIELDS_MAX 40u

struct text {
	const char *ptr;
	size_t len;
};

struct message {
	char octets[VISIT_MAX];
	size_t len, body_at;
	struct text fields[FIELDS_MAX]; /* without the last CRLF */
	unsigned num_fields;
};

static struct message message;

/* --- reading ----------------------------------------------------------------------------------- */

static void
unstuff(const struct visit *v)
{
	bool line_start = true;

	message.len = 0;
	for (size_t i = 0; i + 3 < v->arrived_len; i++) {
		if (!(line_start && v->content[i] == '.'))
			message.octets[message.len++] = (char)v->content[i];
		line_start = v->content[i] == '\n';
	}
}

static void
split_fields(void)
{
	size_t start = 0;

	message.num_fields = 0;
	for (size_t i = 0; i + 1 < message.len && message.num_fields < FIELDS_MAX; i++) {
		const char *const at = message.octets + i;

		if (at[0] != '\r' || at[1] != '\n')
			continue;
		message.body_at = i + 2;
		if (i == start)
			return;
		if (message.body_at < message.len && (at[2] == ' ' || at[2] == '\t'))
			continue;
		message.fields[message.num_fields++] = (struct text){ message.octets + start, i - start };
		start = message.body_at;
	}
}

static bool
is_field(struct text field, const char *name, size_t len)
{
	return field.len > len && field.ptr[len] == ':' && strncasecmp(field.ptr, name, len) == 0;
}

/* The value of a tag, without white space. */
static void
tag(struct text field, const char *name, char *out, size_t cap)
{
	const size_t name_len = strlen(name);
	size_t at = sizeof "DKIM-Signature:" - 1u;
	size_t len = 0;

	while (at < field.len) {
		while (at < field.len && isspace((unsigned char)field.ptr[at]))
			at++;
		if (strncmp(field.ptr + at, name, name_len) == 0 && field.ptr[at + name_len] == '=')
			break;
		while (at < field.len && field.ptr[at++] != ';')
			;
	}
	for (at += name_len + 1; at < field.len && field.ptr[at] != ';'; at++) {
		if (!isspace((unsigned char)field.ptr[at]) && len + 1 < cap)
			out[len++] = field.ptr[at];
	}
	out[len] = '\0';
}

/* --- canonical forms (3.4) ------------------------------------------------------------------------ */

static void
hash(struct seal_sha256 *sha, char c)
{
	const uint8_t octet = (uint8_t)c;

	seal_sha256_update(sha, &octet, 1);
}

static void
hash_field(struct seal_sha256 *sha, struct text field, bool relaxed)
{
	const char *const colon = memchr(field.ptr, ':', field.len);
	bool space = false, any = false;

	if (!relaxed) {
		seal_sha256_update(sha, (const uint8_t *)field.ptr, field.len);
		return;
	}
	for (const char *p = field.ptr; p <= colon; p++) {
		if (*p != ' ' && *p != '\t')
			hash(sha, (char)tolower((unsigned char)*p));
	}
	for (const char *p = colon + 1; p < field.ptr + field.len; p++) {
		if (*p == '\r' || *p == '\n')
			continue;
		if (*p == ' ' || *p == '\t') {
			space = true;
			continue;
		}
		if (space && any)
			hash(sha, ' ');
		space = false;
		any = true;
		hash(sha, *p);
	}
}

/* One line in canonical form, without its CRLF; returns its length. */
static size_t
canonical_line(const char *line, size_t len, bool relaxed, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const bool is_wsp = line[i] == ' ' || line[i] == '\t';

		if (!relaxed)
			out[n++] = line[i];
		else if (is_wsp && n > 0 && out[n - 1] == ' ')
			continue;
		else
			out[n++] = is_wsp ? ' ' : line[i];
	}
	while (relaxed && n > 0 && out[n - 1] == ' ')
		n--;
	return n;
}

static void
hash_body(struct seal_sha256 *sha, bool relaxed)
{
	static char out[VISIT_MAX];
	unsigned empty = 0;
	size_t at = message.body_at;
	bool any = false;

	while (at < message.len) {
		const char *const line = message.octets + at;
		const char *const end = memmem(line, message.len - at, "\r\n", 2);
		const size_t len = end == NULL ? message.len - at : (size_t)(end - line);
		const size_t n = canonical_line(line, len, relaxed, out);

		at += len + 2;
		if (n == 0) {
			empty++;
			continue;
		}
		for (; empty > 0; empty--)
			seal_sha256_update(sha, (const uint8_t *)"\r\n", 2);
		seal_sha256_update(sha, (const uint8_t *)out, n);
		seal_sha256_update(sha, (const uint8_t *)"\r\n", 2);
		any = true;
	}
	if (!any && !relaxed)
		seal_sha256_update(sha, (const uint8_t *)"\r\n", 2);
}

/* The fields of h=, bottom-up for each name, then the signature without its value. */
static void
hash_header(struct seal_sha256 *sha, struct text signature, bool relaxed)
{
	char names[1200];
	bool used[FIELDS_MAX] = { false };
	char *rest = NULL;
	const char *name;
	size_t end = signature.len;

	tag(signature, "h", names, sizeof names);
	for (name = strtok_r(names, ":", &rest); name != NULL; name = strtok_r(NULL, ":", &rest)) {
		unsigned i = message.num_fields;

		while (i > 0 && (used[i - 1] || !is_field(message.fields[i - 1], name, strlen(name))))
			i--;
		if (i == 0)
			continue;
		used[i - 1] = true;
		hash_field(sha, message.fields[i - 1], relaxed);
		seal_sha256_update(sha, (const uint8_t *)"\r\n", 2);
	}
	while (end > 2 && !(signature.ptr[end - 1] == '=' && signature.ptr[end - 2] == 'b' &&
	                    strchr("; \t\n", signature.ptr[end - 3]) != NULL))
		end--;
	hash_field(sha, (struct text){ signature.ptr, end }, relaxed);
}

/* --- judging ------------------------------------------------------------------------------------------ */

static void
verify_signature(const struct visit *v, struct text field, unsigned key)
{
	static const char *const CANON[] = { "relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple" };
	const char *const canon = CANON[(world.setting.canon + key) % 4u];
	const char *const id = v->letter->id;
	char value[300];
	uint8_t digest[SEAL_SHA256_LEN], octets[300];
	struct seal_out out = seal_out(octets, sizeof octets);
	struct seal_sha256 sha;
	bool same = true;

	tag(field, "c", value, sizeof value);
	EXPECT(strcmp(value, canon) == 0, "%s: c=%s and not %s", id, value, canon);
	tag(field, "d", value, sizeof value);
	EXPECT(strcmp(value, setting_key_domain(key)) == 0, "%s: d=%s and not %s", id, value, setting_key_domain(key));
	tag(field, "s", value, sizeof value);
	EXPECT(value[0] == 'k' && value[1] == (char)('0' + key) && value[2] == '\0', "%s: s=%s and not k%u", id, value,
	       key);
	seal_sha256_init(&sha);
	hash_body(&sha, strcmp(strchr(canon, '/') + 1, "relaxed") == 0);
	seal_sha256_final(&sha, digest);
	tag(field, "bh", value, sizeof value);
	EXPECT(seal_base64_get(&out, seal_span_text(value)) && out.len == sizeof digest &&
	       memcmp(octets, digest, sizeof digest) == 0, "%s: the body hash differs", id);
	seal_sha256_init(&sha);
	hash_header(&sha, field, strncmp(canon, "relaxed", 7) == 0);
	seal_sha256_final(&sha, digest);
	tag(field, "b", value, sizeof value);
	out.len = 0;
	same = seal_base64_get(&out, seal_span_text(value)) && out.len == 64;
	for (size_t i = 0; same && i < out.len; i++)
		same = octets[i] == (digest[i % sizeof digest] ^ key);
	EXPECT(same, "%s: the signature of key %u does not verify", id, key);
}

/* The fields between the signatures and the letter: Received and the missing ones. */
static void
verify_added(const struct visit *v, unsigned at, size_t kept_at)
{
	const struct section *s = &world.setting.sections[v->letter->section];
	const bool has_clock = world.clock_s != 0;
	unsigned dates = 0;

	EXPECT(is_field(message.fields[at], "Received", 8), "%s: no Received after the signatures", v->letter->id);
	for (at++; at < message.num_fields && message.fields[at].ptr < message.octets + kept_at; at++) {
		EXPECT(is_field(message.fields[at], "Date", 4), "%s: an unexpected field", v->letter->id);
		dates++;
	}
	EXPECT(dates == (s->add_date && has_clock ? 1u : 0u), "%s: %u Date fields were added", v->letter->id, dates);
}

void
verify_visit(const struct visit *v)
{
	const struct letter *l = v->letter;
	const struct signers signers = setting_signers(&world.setting, l->author);
	size_t kept_at;
	unsigned num = 0;

	unstuff(v);
	split_fields();
	EXPECT(message.len > l->kept_len && memcmp(message.octets + message.len - l->kept_len, l->kept,
	       l->kept_len) == 0,
	       "%s: its octets are not those that its client sent", l->id);
	kept_at = message.len - l->kept_len;
	while (num < message.num_fields && is_field(message.fields[num], "DKIM-Signature", 14))
		num++;
	EXPECT(num == signers.num && signers.code == 0, "%s: %u signatures and not %u", l->id, num, signers.num);
	for (unsigned i = 0; i < num && i < signers.num; i++)
		verify_signature(v, message.fields[i], signers.keys[i]);
	if (num < message.num_fields)
		verify_added(v, num, kept_at);
}
