/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/observed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/records/dkim.h"
#include "tools/mailseal/records/pubkey.h"

/* --- DNS ---------------------------------------------------------------------- */

bool
observed_public_key(const struct inventory_key *key, struct seal_out *der)
{
	struct pubkey public;

	if (key->section == NULL || !dkim_read(seal_span_text(key->value.text), &public))
		return false;
	seal_out_span_put(der, seal_span(public.der, public.der_len));
	return !der->overflow;
}

/* If our own key cannot be read, the record cannot be compared with it. */
static void
ask_section(struct observed_record *r, const struct inventory_key *key, const struct dns_answer *found, struct dns *dns)
{
	uint8_t buf[PUBKEY_MAX];
	struct seal_out der = seal_out(buf, sizeof buf);
	const bool has_key = observed_public_key(key, &der);
	const struct dkim_expect expect = {
		.public_key = seal_out_span(&der), .identity_below = seal_keyring_identity_below(key->section)
	};

	if (!dns_is_unknown(found)) {
		const struct seal_keyring_verdict verdict = dkim_verdict(found, &expect);

		r->seen = verdict.seen;
		r->testing = verdict.testing;
	}
	if (!has_key && (r->seen == SEAL_KEYRING_OTHER || r->seen == SEAL_KEYRING_OURS))
		r->seen = SEAL_KEYRING_UNKNOWN;
	(void)dkim_judge(dns_lookup(dns), key->domain, key->selector, &expect, &r->findings);
	report_complete(&r->findings, dns);
}

/* For a revoked key: any published key is one too many. */
static void
ask_revoked(struct observed_record *r, const struct dns_answer *found)
{
	if (dns_is_unknown(found))
		return;
	r->seen = dkim_verdict(found, &(struct dkim_expect){ { NULL, 0 }, false }).seen;
	if (r->seen == SEAL_KEYRING_OTHER)
		r->seen = SEAL_KEYRING_OURS;
}

static void
ask_all(struct observed *o, const struct inventory *inv, struct dns *dns)
{
	o->records = tool_allocate(inv->num_keys * sizeof *o->records);
	for (size_t i = 0; i < inv->num_keys; i++) {
		const struct inventory_key *const key = &inv->keys[i];
		char name[DNS_NAME_SIZE];
		const struct dns_answer *found;

		o->records[i] = (struct observed_record){ .seen = SEAL_KEYRING_UNKNOWN };
		if (!dkim_name(name, key->selector, key->domain))
			continue;
		found = dns_lookup_ask(dns_lookup(dns), name, DNS_TXT);
		if (key->section == NULL)
			ask_revoked(&o->records[i], found);
		else
			ask_section(&o->records[i], key, found, dns);
	}
}

/* --- the log ------------------------------------------------------------------- */

static int
read_log(struct gateway_log *log, int fd, const char *path)
{
	uint8_t buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			gateway_log_read(log, seal_span(buf, (size_t)n));
	}
	if (n < 0)
		tool_error("%s: the log cannot be read: %s", path, strerror(errno));
	gateway_log_end(log);
	return n < 0 ? TOOL_IO : TOOL_OK;
}

static int
take_log(struct observed *o, const struct inventory *inv, const char *path)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct gateway_log log;
	int code;

	if (fd < 0) {
		tool_error("%s: the log cannot be opened: %s", path, strerror(errno));
		return TOOL_IO;
	}
	o->gateway = tool_allocate(inv->num_keys * sizeof *o->gateway);
	for (size_t i = 0; i < inv->num_keys; i++)
		(void)name_copy(o->gateway[i].name, seal_span_text(inventory_name(&inv->keys[i]).text));
	gateway_log_init(&log, o->gateway, inv->num_keys);
	code = read_log(&log, fd, path);
	if (!is_stdin)
		close(fd);
	return code;
}

int
observed_take(struct observed *o, const struct inventory *inv, struct dns *dns, const char *log)
{
	*o = (struct observed){ .num_keys = inv->num_keys };
	if (dns != NULL)
		ask_all(o, inv, dns);
	return log != NULL ? take_log(o, inv, log) : TOOL_OK;
}

void
observed_free(struct observed *o)
{
	for (size_t i = 0; o->records != NULL && i < o->num_keys; i++)
		findings_free(&o->records[i].findings);
	free(o->records);
	free(o->gateway);
}

/* --- results ------------------------------------------------------------------- */

const char *
observed_dns_text(const struct observed *o, size_t i)
{
	return seal_keyring_seen_text(o->records[i].seen);
}

bool
observed_is_safe_to_delete(const struct observed *o, const struct inventory *inv, size_t i)
{
	const struct gateway_log_key *const key = o->gateway == NULL ? NULL : &o->gateway[i];
	const enum seal_keyring_seen seen = o->records == NULL ? SEAL_KEYRING_UNKNOWN : o->records[i].seen;

	return key != NULL && gateway_log_alarm(key) == NULL && gateway_log_is_safe_to_delete(key, site_now()) &&
	       seen != SEAL_KEYRING_ABSENT && (inv->keys[i].section != NULL || seen != SEAL_KEYRING_OURS);
}

const char *
observed_note(const struct observed *o, const struct inventory *inv, size_t i)
{
	const struct observed_record *const record = o->records == NULL ? NULL : &o->records[i];
	const struct gateway_log_key *const key = o->gateway == NULL ? NULL : &o->gateway[i];
	const char *const note = key == NULL ? "" : gateway_log_note(key, site_now());

	if (record != NULL && inv->keys[i].section == NULL && record->seen == SEAL_KEYRING_OURS)
		return "revoked, but still published";
	if (record != NULL && record->seen == SEAL_KEYRING_ABSENT && key != NULL && gateway_log_alarm(key) == NULL &&
	    gateway_log_is_safe_to_delete(key, site_now()))
		return seal_keyring_event_word(SEAL_KEYRING_RETIRED);
	if (note[0] == '\0' && record != NULL && record->testing)
		return seal_keyring_event_word(SEAL_KEYRING_TESTING);
	return note;
}

static json_t *
answer_json(enum gateway_log_answer answer)
{
	return answer == GATEWAY_LOG_UNKNOWN ? json_null() : json_boolean(answer == GATEWAY_LOG_YES);
}

static json_t *
gateway_json(const struct gateway_log_key *key)
{
	const int64_t now_s = site_now();

	if (!key->reported)
		return json_null();
	return json_pack("{s:s?, s:o, s:o, s:o, s:o, s:b, s:s?, s:s}", "seen",
	                 key->has_seen ? seal_keyring_seen_text(key->seen) : NULL, "signs", answer_json(key->signs),
	                 "held", answer_json(key->held), "used",
	                 key->has_used ? json_integer((json_int_t)key->used) : json_null(), "last_used",
	                 key->last_used_s > 0 ? json_integer(key->last_used_s) : json_null(), "safe_to_delete",
	                 gateway_log_is_safe_to_delete(key, now_s), "alarm", gateway_log_alarm(key), "note",
	                 gateway_log_note(key, now_s));
}

json_t *
observed_json(const struct observed *o, const struct inventory *inv, size_t i)
{
	json_t *const object = inventory_json(&inv->keys[i]);

	if (o->records != NULL)
		json_object_set_new(object, "dns", json_pack(
			"{s:s, s:b, s:o}", "verdict", observed_dns_text(o, i), "testing", o->records[i].testing,
			"findings", report_findings_json(&o->records[i].findings)));
	if (o->gateway != NULL)
		json_object_set_new(object, "gateway", gateway_json(&o->gateway[i]));
	return object;
}
