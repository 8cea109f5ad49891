/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/observer.h"

#include "port/contract/port.h"
#include "port/gateway/log.h"

#define LOOK_MS  250u   /* for an address of ours */
#define IDLE_MS  60000u

/* Each line is written over the text of the answer, which is no longer needed. */
static void
log_events(struct seal_observer *o, uint64_t now_ms)
{
	const struct seal_config_domain *domains = o->keyring->config->domains;
	struct seal_keyring_event event;

	while (seal_keyring_next_event(o->keyring, now_ms, &event)) {
		struct seal_out line = seal_out(o->text, o->text_cap);

		seal_log_keyring(&line, &domains[event.index], &event, &o->keyring->entries[event.index]);
		seal_port_log((const char *)line.ptr, line.len);
	}
}

/* Within seal_ask_run. */
static void
observer_answered(void *ctx, const struct seal_dns_resolver *resolver)
{
	struct seal_observer *o = ctx;
	struct seal_out text = seal_out(o->text, o->text_cap);
	const struct seal_keyring_answer answer = seal_keyring_read(resolver, &text);
	const uint64_t now_ms = seal_port_now_ms();

	o->asking = false;
	seal_keyring_answer(o->keyring, o->index, &answer, now_ms);
	log_events(o, now_ms);
}

void
seal_observer_start(struct seal_observer *o, struct seal_keyring *keyring, struct seal_ask *ask,
                    uint8_t *memory, size_t memory_cap)
{
	const size_t text_cap = memory_cap / 3u;

	*o = (struct seal_observer){ .keyring = keyring, .ask = ask, .text = memory, .text_cap = text_cap };
	o->question = (struct seal_ask_question){ .answered = observer_answered, .ctx = o };
	seal_ask_lend(ask, memory + text_cap, memory_cap - text_cap);
}

/* The name is in the text memory, which is not written to until the answer comes. */
static void
observer_ask(struct seal_observer *o)
{
	struct seal_out name = seal_out(o->text, o->text_cap);

	seal_keyring_name(&o->keyring->config->domains[o->index], &name);
	seal_ask_start(o->ask, &o->question, seal_out_span(&name), SEAL_DNS_TXT);
	o->asking = true;
}

uint32_t
seal_observer_run(struct seal_observer *o)
{
	const uint64_t now_ms = seal_port_now_ms();
	uint64_t deadline_ms;

	if (!seal_net_is_up())
		return LOOK_MS;
	if (!o->asking && seal_keyring_next_question(o->keyring, now_ms, &o->index))
		observer_ask(o);
	if (o->asking)
		return IDLE_MS;
	deadline_ms = seal_keyring_deadline_ms(o->keyring, now_ms);
	return deadline_ms - now_ms < IDLE_MS ? (uint32_t)(deadline_ms - now_ms) : IDLE_MS;
}
