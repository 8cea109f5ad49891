/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/console.h"

#include <string.h>

#include "port/cortexm/board.h"
#include "engine/base/out.h"
#include "port/cortexm/sizes.h"

/* The UART gets at most this many octets per call, so that the network does not wait for it. */
#define RUN_MAX 64u

#define NOTE_MAX 32u

static struct {
	uint8_t ring[SEAL_CONSOLE_RING];
	uint32_t from, len;
	uint32_t lost, lost_reported;
} console;

static bool
console_put(uint8_t octet)
{
	return seal_board.uart.ops->put(&seal_board.uart, octet);
}

void
seal_console_start(void)
{
	seal_board.uart.ops->start(&seal_board.uart, SEAL_CONSOLE_BAUD);
}

static void
append(struct seal_span text)
{
	for (size_t i = 0; i < text.len; i++)
		console.ring[(console.from + console.len++) % SEAL_CONSOLE_RING] = text.ptr[i];
}

void
seal_console_line(struct seal_span mark, struct seal_span line)
{
	const struct seal_span end = SEAL_SPAN("\r\n");
	uint8_t text[NOTE_MAX];
	struct seal_out note = seal_out(text, sizeof text);
	size_t most;

	if (console.lost != console.lost_reported) {
		seal_out_text(&note, "lost-lines=");
		seal_out_u64(&note, console.lost - console.lost_reported);
		seal_out_text(&note, "\r\n");
	}
	most = SEAL_CONSOLE_RING - note.len - mark.len - end.len;
	line = seal_span_first(line, most);
	if (console.len + line.len > most) {
		console.lost++;
		return;
	}
	console.lost_reported = console.lost;
	append(seal_out_span(&note));
	append(mark);
	append(line);
	append(end);
}

bool
seal_console_run(void)
{
	for (unsigned n = 0; n < RUN_MAX && console.len > 0; n++) {
		if (!console_put(console.ring[console.from]))
			break;
		console.from = (console.from + 1u) % SEAL_CONSOLE_RING;
		console.len--;
	}
	return console.len > 0;
}

uint32_t
seal_console_lost(void)
{
	return console.lost;
}

void
seal_console_flush(void)
{
	while (seal_console_run())
		;
}

void
seal_console_urgent(const char *text)
{
	seal_console_flush();
	for (; *text != '\0'; text++)
		while (!console_put((uint8_t)*text))
			;
}
