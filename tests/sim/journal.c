/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/gateway/log.h"
#include "tests/sim/world.h"

static const char *const COUNTERS[NUM_COUNTERS] = {
	"connections", "delivered", "signatures", "unsigned-passed", "refused", "deferred", "next-hop-refused",
	       "aborted",
	"in-doubt", "reopened", "long-lines", "normalized", "key-alarms", "spool-alarms", "link-alarms",
	       "logins-refused"
};

static struct entry entries[JOURNAL_MAX];
static unsigned num_entries;
static uint64_t counters[NUM_COUNTERS];
static uint64_t key_uses;

void
journal_clear(void)
{
	num_entries = 0;
	key_uses = 0;
	memset(counters, 0, sizeof counters);
}

unsigned
journal_count(void)
{
	return num_entries;
}

const struct entry *
journal_at(unsigned i)
{
	return &entries[i];
}

uint64_t
journal_counter(enum counter counter)
{
	return counters[counter];
}

const char *
journal_counter_name(enum counter counter)
{
	return COUNTERS[counter];
}

uint64_t
journal_key_uses(void)
{
	return key_uses;
}

/* Read the next "key=value" or "key=\"value\"" at *rest; false at the end. */
static bool
next(const char **rest, char *key, size_t key_cap, char *value, size_t value_cap)
{
	const char *p = *rest + strspn(*rest, " ");
	const size_t key_len = strcspn(p, "= ");
	const bool quoted = p[key_len] == '=' && p[key_len + 1] == '"';
	size_t len = 0;

	if (*p == '\0')
		return false;
	(void)snprintf(key, key_cap, "%.*s", (int)key_len, p);
	p += key_len;
	p += *p == '=' ? 1 : 0;
	p += quoted ? 1 : 0;
	while (*p != '\0' && *p != (quoted ? '"' : ' ')) {
		if (quoted && *p == '\\')
			p++;
		if (len + 1 < value_cap)
			value[len++] = *p;
		p++;
	}
	value[len] = '\0';
	*rest = p + (quoted && *p == '"' ? 1 : 0);
	return true;
}

static uint32_t
address_of(const char *text)
{
	uint32_t address = 0;
	char *end = NULL;

	for (unsigned i = 0; i < 4; i++) {
		address = address << 8 | (uint32_t)strtoul(text, &end, 10);
		text = end + 1;
	}
	return address;
}

static void
copy(char *out, size_t cap, const char *value)
{
	const size_t len = strlen(value) < cap ? strlen(value) : cap - 1u;

	memcpy(out, value, len);
	out[len] = '\0';
}

/* With log-addresses = masked no local part may appear. */
static void
check_mask(const char *key, const char *value)
{
	if (!world.setting.masked || (strcmp(key, "from") != 0 && strcmp(key, "to") != 0))
		return;
	for (const char *at = strchr(value, '@'); at != NULL; at = strchr(at + 1, '@'))
		EXPECT(at > value && at[-1] == '*', "an address is not masked: %s", value);
}

static void
read_value(struct entry *e, const char *key, const char *value)
{
	if (strcmp(key, "id") == 0) {
		const char *const dash = strchr(value, '-');

		e->has_id = dash != NULL;
		e->id = strtoull(value, NULL, 16);
		e->number = dash != NULL ? (unsigned)strtoul(dash + 1, NULL, 10) : 0;
	} else if (strcmp(key, "verdict") == 0) {
		copy(e->verdict, sizeof e->verdict, value);
	} else if (strcmp(key, "text") == 0) {
		copy(e->text, sizeof e->text, value);
	} else if (strcmp(key, "message-id") == 0) {
		copy(e->message_id, sizeof e->message_id, value);
	} else if (strcmp(key, "client") == 0) {
		e->address = address_of(value);
	} else if (strcmp(key, "code") == 0) {
		e->code = (unsigned)strtoul(value, NULL, 10);
	} else if (strcmp(key, "recipients") == 0) {
		e->num_rcpts = (unsigned)strtoul(value, NULL, 10);
	}
	e->by_next_hop |= strcmp(key, "by") == 0 && strcmp(value, "next-hop") == 0;
	e->has_sender |= strcmp(key, "from") == 0 && value[0] != '\0';
	e->alarm |= strcmp(key, "alarm") == 0;
	e->has_why |= strcmp(key, "why") == 0;
	e->num_signers += strcmp(key, "selector") == 0;
}

static void
read_counter(const char *key, const char *value)
{
	for (unsigned i = 0; i < NUM_COUNTERS; i++) {
		if (strcmp(key, COUNTERS[i]) == 0)
			counters[i] = strtoull(value, NULL, 10);
	}
}

void
journal_line(const char *line, size_t len)
{
	static char text[SEAL_LOG_LINE_MAX + 1];
	const char *rest = text;
	char key[32], value[600];
	struct entry *e = &entries[num_entries];
	enum { RECORD, STATS, KEY, OTHER } kind;

	if (len >= sizeof text || num_entries == JOURNAL_MAX)
		abort();
	memcpy(text, line, len);
	text[len] = '\0';
	kind = strncmp(text, "id=", 3) == 0 || strncmp(text, "verdict=", 8) == 0 ? RECORD
	       : strncmp(text, "stats ", 6) == 0 ? STATS : strncmp(text, "key ", 4) == 0 ? KEY : OTHER;
	memset(e, 0, sizeof *e);
	key_uses = kind == STATS ? 0 : key_uses;
	while (next(&rest, key, sizeof key, value, sizeof value)) {
		if (kind == RECORD)
			check_mask(key, value);
		if (kind == RECORD)
			read_value(e, key, value);
		else if (kind == STATS)
			read_counter(key, value);
		else if (kind == KEY && strcmp(key, "used") == 0)
			key_uses += strtoull(value, NULL, 10);
	}
	num_entries += kind == RECORD;
}
