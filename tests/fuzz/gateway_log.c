/* SPDX-License-Identifier: Apache-2.0
 *
 * gateway_log.c - a gateway's log, into which any program may have written, and which hostile
 * clients fill. Promised: any cut gives the same, reported words are our own, and names stay.
 */
#include "tests/fuzz/fuzz.h"
#include "tools/mailseal/site/gateway_log.h"

#define NUM_KEYS 3u

static const char *const names[NUM_KEYS] = {
	"s1._domainkey.example.com", "s2._domainkey.example.com", "a._domainkey.b"
};

static void
set_names(struct gateway_log_key *keys)
{
	memset(keys, 0xA5, NUM_KEYS * sizeof *keys);
	for (size_t i = 0; i < NUM_KEYS; i++)
		(void)name_copy(keys[i].name, seal_span_text(names[i]));
}

static void
check_key(const struct gateway_log_key *key, size_t i)
{
	const int64_t now_s = INT64_C(1796000000);
	const char *const alarm = gateway_log_alarm(key);

	REQUIRE(strcmp(key->name, names[i]) == 0);
	REQUIRE((alarm != NULL) == (key->alarms != 0) && key->alarms >> (SEAL_KEYRING_SILENT + 1u) == 0);
	REQUIRE(key->last_used_s >= 0 && key->last_used_s < INT64_C(253402300800));
	REQUIRE(!key->has_seen || key->seen <= SEAL_KEYRING_SEVERAL);
	REQUIRE(strlen(gateway_log_note(key, now_s)) < 32);
	REQUIRE(!gateway_log_is_safe_to_delete(key, now_s) || key->signs != GATEWAY_LOG_YES);
	REQUIRE(key->reported || (alarm == NULL && key->last_used_s == 0 && !key->has_used));
}

static bool
is_same(const struct gateway_log_key *a, const struct gateway_log_key *b)
{
	return a->reported == b->reported && a->signs == b->signs && a->held == b->held && a->alarms == b->alarms &&
	       a->has_seen == b->has_seen && (!a->has_seen || a->seen == b->seen) && a->has_used == b->has_used &&
	       (!a->has_used || a->used == b->used) && a->last_used_s == b->last_used_s &&
	       a->reported_safe == b->reported_safe && a->retired == b->retired && a->waits == b->waits &&
	       a->rotating == b->rotating && a->old == b->old;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gateway_log_key whole[NUM_KEYS], pieces[NUM_KEYS];
	static struct gateway_log log;
	struct seal_span in = seal_span(data, len);

	set_names(whole);
	gateway_log_init(&log, whole, NUM_KEYS);
	gateway_log_read(&log, in);
	gateway_log_end(&log);
	set_names(pieces);
	gateway_log_init(&log, pieces, NUM_KEYS);
	for (size_t i = 0; i < len; i++) {
		struct seal_span rest = seal_span_from(in, i);
		const size_t cut = data[i] % 3u == 0 ? 1 : data[i] % 17u + 1u;
		const struct seal_span piece = fuzz_piece(&rest, cut);

		gateway_log_read(&log, piece);
		i += piece.len - 1;
		fuzz_free(piece);
	}
	gateway_log_end(&log);
	for (size_t i = 0; i < NUM_KEYS; i++) {
		check_key(&whole[i], i);
		REQUIRE(is_same(&whole[i], &pieces[i]));
	}
	return 0;
}
