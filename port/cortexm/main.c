/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the gateway as firmware. Thread mode starts everything, then signs or sleeps; the
 * network is in network.c.
 */
#include <stdbool.h>

#include "port/cortexm/board.h"
#include "port/cortexm/activation.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/console.h"
#include "port/cortexm/device_keys.h"
#include "port/cortexm/entropy.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/network.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/secrecy.h"
#include "port/cortexm/settings.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/start.h"
#include "port/cortexm/storage.h"

#define LINE_MAX 192u

/* What pools are for. */
enum label {
	FOR_SIGNING = 'S',
	FOR_NETWORK = 'N'
};

static struct seal_settings settings;
static struct seal_entropy_pool pools[2];

static void
say(struct seal_span line)
{
	seal_console_line(seal_span(NULL, 0), line);
	seal_console_flush();
}

static _Noreturn void
refuse(const struct seal_out *why)
{
	seal_console_urgent("refused: ");
	say(seal_out_span(why));
	seal_halt(SEAL_HALT_REFUSED);
}

static void
say_start(uint32_t boots)
{
	uint8_t text[LINE_MAX];
	struct seal_out line = seal_out(text, sizeof text);

	if (boots != 0) {
		seal_out_text(&line, "start number ");
		seal_out_u64(&line, boots);
	} else {
		seal_out_text(&line, "no store counts this start: random numbers may come again after a reset");
	}
	say(seal_out_span(&line));
}

/* Not within main: what is on the stack here need not be there while signing. */
__attribute__((noinline))
static void
start(void)
{
	uint8_t text[LINE_MAX];
	struct seal_out line = seal_out(text, sizeof text);
	struct seal_out *why = &line;
	struct seal_spool *spool;
	enum seal_rsa_fault fault;
	uint32_t boots;

	seal_clock_start();
	seal_console_start();
	seal_out_text(&line, "mailseal on ");
	seal_out_span_put(&line, seal_span_text(seal_board.name));
	say(seal_out_span(&line));
	line.len = 0;
	if (!seal_settings_open(&settings, why))
		refuse(why);
	spool = seal_storage_start();
	boots = seal_storage_count();
	say_start(boots);
	seal_entropy_start(&pools[0], settings.image.seed, boots, FOR_SIGNING);
	seal_entropy_start(&pools[1], settings.image.seed, boots, FOR_NETWORK);
	fault = seal_signing_start(seal_entropy_source(&pools[0]), 
	                           seal_secrecy_wanted(&settings) || seal_activation_wanted(&settings));
	if (fault != SEAL_RSA_FINE) {
		seal_out_span_put(why, seal_span_text(seal_rsa_fault_text(fault)));
		refuse(why);
	}
	if (!seal_device_keys_start(&settings, boots, why) ||
	    !seal_settings_keys(&settings, seal_signing_runner(), why) || !seal_activation_start(&settings, why) ||
	    !seal_secrecy_start(&settings, boots, why) ||
	    !seal_network_start(&settings, spool, seal_entropy_source(&pools[1]), why))
		refuse(why);
}

/* Sleep until an interrupt. What one may have brought since the last look is looked at with
 * interrupts masked; what comes after that ends WFI, masked or not. */
static void
rest(void)
{
	const uint32_t before = seal_mask_interrupts();

	if (!seal_signing_busy() && !seal_network_waits())
		__asm__ volatile ("dsb\n\twfi" ::: "memory");
	seal_restore_interrupts(before);
}

int
main(void)
{
	start();
	/* A job goes before frames that wait, or a flood would keep it waiting for ever. */
	for (;;) {
		seal_network_thread_turn();
		if (seal_signing_do())
			continue;
		if (seal_network_waits())
			seal_pend_network();
		else
			rest();
	}
}
