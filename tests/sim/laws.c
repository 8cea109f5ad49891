/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/laws.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/hop.h"
#include "tests/sim/journal.h"
#include "tests/sim/client.h"
#include "tests/sim/verify.h"
#include "tests/sim/world.h"

/* --- visits --------------------------------------------------------------------------------------- */

static bool
is_in_doubt(const struct visit *v)
{
	return v->read_code == 0 && visit_dot_given(v);
}

static bool
is_delivered(const struct visit *v)
{
	return v->read_code / 100 == 2;
}

static void
check_visit(const struct visit *v)
{
	unsigned num = 0;

	EXPECT(v->letter != NULL, "the next hop gets a message without a client");
	for (unsigned i = 0; i < visits_count(); i++)
		num += visits_at(i)->letter == v->letter;
	EXPECT(num == 1, "%s: DATA was given %u times", v->letter->id, num);
	if (v->dot_arrived)
		verify_visit(v);
	if (is_delivered(v))
		EXPECT(v->dot_arrived || v->is_early, "%s: is delivered without its final dot", v->letter->id);
}

/* --- records --------------------------------------------------------------------------------------- */

static const struct letter *
letter_of(const struct entry *e)
{
	for (unsigned i = 0; i < clients_count(); i++) {
		const struct client *c = clients_at(i);

		for (unsigned n = 0; n < c->num_letters && c->address == e->address; n++) {
			if (c->letters[n].is_counted && c->letters[n].number == e->number)
				return &c->letters[n];
		}
	}
	return NULL;
}

/* The next hop is not reachable at an EHLO, which is still answered positively: the record is not
 * counted, and has the number of the transaction before it. */
static bool
is_hello_alarm(const struct entry *e)
{
	const struct letter *l = letter_of(e);

	return e->alarm && !e->has_sender && e->num_rcpts == 0 &&
	       (e->number == 0 || (l != NULL && (l->sender != SENDER_NULL || l->mail_code == 250)));
}

static bool
is_of_connection(const struct entry *e)
{
	return e->number == 0 || is_hello_alarm(e) || e->has_why || strncmp(e->text, "4.4.2 Timeout", 13) == 0 ||
	       strncmp(e->text, "4.7.0 Too many", 14) == 0 || strncmp(e->text, "5.5.0 Data sent", 15) == 0;
}

static unsigned
records_of(const struct client *c, unsigned number, const struct entry **last)
{
	unsigned num = 0;

	*last = NULL;
	for (unsigned i = 0; i < journal_count(); i++) {
		const struct entry *e = journal_at(i);

		if (e->address != c->address || e->number != number || is_of_connection(e))
			continue;
		num++;
		*last = e;
	}
	return num;
}

static const struct visit *
visit_of(const struct letter *l)
{
	for (unsigned i = 0; i < visits_count(); i++) {
		if (visits_at(i)->letter == l)
			return visits_at(i);
	}
	return NULL;
}

static bool
is_entry(const struct entry *e, const char *verdict, unsigned code, bool by_next_hop)
{
	return strcmp(e->verdict, verdict) == 0 && e->code == code && e->by_next_hop == by_next_hop;
}

/* The last record of a transaction has its verdict. */
static void
check_verdict(const struct client *c, const struct letter *l, const struct entry *e)
{
	const struct visit *v = visit_of(l);
	const unsigned read = v != NULL ? v->read_code : 0;

	if (v != NULL && is_delivered(v))
		EXPECT(is_entry(e, "delivered", read, true), "%s: was delivered, the log has %s %u", l->id,
		       e->verdict, e->code);
	else if (read >= 400 && c->is_gone && !visit_dot_given(v) && e->code == 0)
		return; /* a client that leaves before the final dot may be earlier */
	else if (read >= 400)
		EXPECT(is_entry(e, read >= 500 ? "refused" : "deferred", read, true),
		       "%s: the next hop replied %u, the log has %s %u", l->id, read, e->verdict, e->code);
	else if (v != NULL && is_in_doubt(v))
		EXPECT(is_entry(e, "in-doubt", 451, false), "%s: is in doubt, the log has %s %u", l->id, e->verdict,
		       e->code);
	else if (l->dot_code != 0 && l->dot_code != 421)
		EXPECT(is_entry(e, l->dot_code >= 500 ? "refused" : "deferred", l->dot_code, false),
		       "%s: its client got %u, the log has %s %u", l->id, l->dot_code, e->verdict, e->code);
	else
		EXPECT(strcmp(e->verdict, "delivered") != 0 && strcmp(e->verdict, "in-doubt") != 0,
		       "%s: did not reach the next hop, the log has %s", l->id, e->verdict);
	if (v != NULL && is_delivered(v))
		EXPECT(e->num_signers == setting_signers(&world.setting, l->author).num,
		       "%s: the log has other signatures", l->id);
}

static void
note_verdict(const struct entry *e)
{
	if (strcmp(e->verdict, "delivered") == 0)
		dice_note(DIM_VERDICT, VERDICT_DELIVERED);
	else if (strcmp(e->verdict, "in-doubt") == 0)
		dice_note(DIM_VERDICT, VERDICT_IN_DOUBT);
	else if (e->code == 0)
		dice_note(DIM_VERDICT, VERDICT_ABORTED);
	else if (e->by_next_hop)
		dice_note(DIM_VERDICT, VERDICT_HOP_REFUSED);
	else
		dice_note(DIM_VERDICT, e->code >= 500 ? VERDICT_REFUSED : VERDICT_DEFERRED);
}

static bool
is_clear(unsigned code)
{
	return code != 0 && code != 421;
}

/* One verdict per transaction, and one record for each refused recipient. */
static void
check_transaction(const struct client *c, const struct letter *l)
{
	const struct entry *last;
	const unsigned num = records_of(c, l->number, &last);
	unsigned refused = 0, unknown = 0;

	for (unsigned i = 0; i < l->num_rcpts; i++) {
		refused += l->rcpt_code[i] >= 400 && l->rcpt_code[i] != 503 && is_clear(l->rcpt_code[i]);
		unknown += !is_clear(l->rcpt_code[i]);
	}
	EXPECT(num > refused && num <= 1 + refused + (l->data_code == 354 ? 0 : unknown),
	       "%s: %u records, with %u refused recipients",
	       l->id, num, refused);
	if (last == NULL)
		return;
	note_verdict(last);
	if (l->mail_code >= 400)
		EXPECT(last->code == l->mail_code, "%s: MAIL was refused with %u, the log has %u", l->id,
		       l->mail_code, last->code);
	else
		check_verdict(c, l, last);
}

/* The log names one client per id, and only transactions that this client has begun. */
static void
check_entry(unsigned i)
{
	const struct entry *e = journal_at(i);

	for (unsigned n = 0; e->has_id && n < i; n++)
		EXPECT(!journal_at(n)->has_id || journal_at(n)->id != e->id || journal_at(n)->address == e->address,
		       "two clients have one id");
}

/* --- clients ------------------------------------------------------------------------------------------ */

/* A connection ends with a reply or with a reset. */
static void
check_end(const struct client *c)
{
	const bool was_cut_off = c->was_reset && c->ended_ms >= world_cut_off_ms();
	const bool is_wordless = (c->tried_tls && c->handshake != SHAKE_GOOD) || (c->was_turned_away && c->is_private);

	if (c->wire == NULL || c->is_gone)
		return;
	EXPECT(c->was_ended || c->was_reset, "client %u is left waiting", c->number);
	EXPECT(!c->was_ended || is_wordless || c->saw_421 || c->last_code == 221 || c->last_code >= 500 ||
	       c->was_hostile ||
	       (strncmp(c->last_text, "2.0.0 Ready", 11) == 0 && world.drained_ms != UINT64_MAX) ||
	       (c->is_private && world.drained_ms != UINT64_MAX && c->last_code == 0),
	       "client %u: the connection is closed without a word, after %u %s", c->number, c->last_code,
	       c->last_text);
	EXPECT(!c->was_reset || was_cut_off || is_wordless || c->wants_tls,
	       "client %u is reset", c->number);
	if (c->in_transaction && c->ended_ms >= world_cut_off_ms())
		EXPECT(!c->was_ended, "client %u is cut off politely in a transaction", c->number);
}

static void
check_client(const struct client *c)
{
	for (unsigned i = 0; i < c->num_letters; i++) {
		const struct letter *l = &c->letters[i];

		if (l->is_counted)
			check_transaction(c, l);
		if (!c->is_gone && l->dot_taken_ms != 0 && !c->was_reset && world.now_ms < world_cut_off_ms())
			EXPECT(l->dot_code != 0, "%s: its client never gets a verdict", l->id);
	}
	check_end(c);
}

/* --- counters ------------------------------------------------------------------------------------------- */

static void
check_counter(enum counter counter, uint64_t expected)
{
	EXPECT(journal_counter(counter) == expected, "%s=%llu and not %llu", journal_counter_name(counter),
	       (unsigned long long)journal_counter(counter), (unsigned long long)expected);
}

/* The counters that the next hop's replies decide. */
static void
check_delivery_counters(void)
{
	uint64_t delivered = 0, in_doubt = 0, signatures = 0, without = 0;

	for (unsigned i = 0; i < visits_count(); i++) {
		const struct visit *v = visits_at(i);
		const unsigned num = v->letter != NULL ? setting_signers(&world.setting, v->letter->author).num : 0;

		in_doubt += is_in_doubt(v);
		delivered += is_delivered(v);
		signatures += is_delivered(v) ? num : 0;
		without += is_delivered(v) && num == 0;
	}
	check_counter(COUNT_DELIVERED, delivered);
	check_counter(COUNT_IN_DOUBT, in_doubt);
	check_counter(COUNT_SIGNATURES, signatures);
	check_counter(COUNT_UNSIGNED, without);
	EXPECT(journal_key_uses() == signatures, "keys were used %llu times, and made %llu signatures",
	       (unsigned long long)journal_key_uses(), (unsigned long long)signatures);
}

/* Every record is counted, except an alarm at EHLO, which is answered positively. */
static void
check_record_counters(void)
{
	uint64_t refused = 0, deferred = 0, by_next_hop = 0, aborted = 0, key = 0;

	for (unsigned i = 0; i < journal_count(); i++) {
		const struct entry *e = journal_at(i);

		if (is_hello_alarm(e))
			continue;
		by_next_hop += e->by_next_hop && e->code >= 400;
		refused += !e->by_next_hop && e->code >= 500;
		deferred += !e->by_next_hop && e->code >= 400 && e->code < 500;
		aborted += e->code == 0;
		key += strncmp(e->text, "4.7.5 DKIM signing failed", 25) == 0;
	}
	check_counter(COUNT_REFUSED, refused);
	check_counter(COUNT_DEFERRED, deferred);
	check_counter(COUNT_HOP_REFUSED, by_next_hop);
	check_counter(COUNT_ABORTED, aborted);
	check_counter(COUNT_KEY_ALARMS, key);
	EXPECT(journal_counter(COUNT_SPOOL_ALARMS) <= machine_spool_alarms(),
	       "more alarms of the spool than it has failed");
}

/* The counters that clients can check. */
static void
check_client_counters(void)
{
	uint64_t connections = 0, long_lines = 0, normalized = 0, logins = 0;
	bool is_sure = true;

	for (unsigned i = 0; i < clients_count(); i++) {
		const struct client *c = clients_at(i);

		connections += c->wire != NULL && !c->was_turned_away;
		logins += c->num_refused_logins;
		is_sure &= !c->is_gone && !c->saw_421 && !c->was_reset;
		for (unsigned n = 0; n < c->num_letters; n++) {
			const struct letter *l = &c->letters[n];
			const bool was_read = l->dot_taken_ms != 0;

			long_lines += was_read && l->shape == SHAPE_LONG_LINE;
			normalized += was_read && l->shape == SHAPE_BARE_LF &&
			       world.setting.sections[l->section].normalize;
		}
	}
	check_counter(COUNT_CONNECTIONS, connections);
	if (!is_sure)
		return;
	check_counter(COUNT_LONG_LINES, long_lines);
	check_counter(COUNT_NORMALIZED, normalized);
	check_counter(COUNT_LOGINS_REFUSED, logins);
}

/* A reply after the final dot may blame the spool only as often as the spool refused. */
static void
check_spool_replies(void)
{
	unsigned num = 0;

	for (unsigned i = 0; i < clients_count(); i++) {
		for (unsigned n = 0; n < clients_at(i)->num_letters; n++) {
			const struct letter *l = &clients_at(i)->letters[n];

			num += l->dot_code / 100 == 4 && (strncmp(l->dot_text, "4.3.0 Spool", 11) == 0 ||
			       strncmp(l->dot_text, "4.3.1 Spool", 11) == 0);
		}
	}
	EXPECT(num <= machine_spool_refusals(), "%u messages are refused because of the spool, which refused %u times",
	       num, machine_spool_refusals());
}

void
laws_check(void)
{
	const bool was_cut_off = world.now_ms >= world_cut_off_ms(); /* then the machine ends */

	for (unsigned i = 0; i < visits_count(); i++)
		check_visit(visits_at(i));
	for (unsigned i = 0; i < clients_count(); i++)
		check_client(clients_at(i));
	for (unsigned i = 0; i < journal_count(); i++)
		check_entry(i);
	for (unsigned i = 0; i < wires_count(); i++)
		EXPECT(wires_at(i)->conn == NULL, "a connection is left");
	check_delivery_counters();
	check_record_counters();
	check_client_counters();
	check_spool_replies();
	if (was_cut_off)
		return;
	machine_check_end();
	world_check_end();
}
