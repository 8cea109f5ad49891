/* SPDX-License-Identifier: Apache-2.0
 *
 * assemble_run.c - run what assemble.c has put together.
 */
#include "port/contract/port.h"
#include "port/gateway/assemble.h"

#define IDLE_MS 60000u

void
seal_assembly_start(struct seal_assembly *a, struct seal_app *app, const struct seal_app_setup *setup)
{
	seal_app_init(app, setup);
	if (a->watched != NULL)
		seal_observer_start(&a->watched->observer, &a->watched->keyring, &a->ask,
		                    (uint8_t *)(a->watched->entries + a->config.num_domains),
		                    a->memory->observer_len);
}

uint32_t
seal_assembly_run(struct seal_assembly *a)
{
	return a->watched == NULL ? IDLE_MS : seal_observer_run(&a->watched->observer);
}

uint32_t
seal_assembly_ask(struct seal_assembly *a)
{
	return seal_ask_run(&a->ask);
}

/* The network has all of its memory at that time. */
bool
seal_assembly_listen(struct seal_assembly *a, struct seal_app *app, uint16_t port, uint16_t port_tls)
{
	if (a->listening || !seal_app_may_listen(app))
		return false;
	a->listening = true;
	if (!seal_app_listen(app, port) || (port_tls != 0 && !seal_app_listen_tls(app, port_tls)))
		seal_port_panic("no memory to listen");
	return true;
}
