/* SPDX-License-Identifier: Apache-2.0
 *
 * halt.h - the end of a run. What happens then is chosen when an image is linked:
 * halt_reset.c restarts the device, halt_semihosting.c passes the code to the debugger or
 * QEMU. (Without either of them, semihosting is a fault on silicon.)
 */
#ifndef PORT_CORTEXM_HALT_H
#define PORT_CORTEXM_HALT_H

#include <stddef.h>

/* Exit codes of an image under QEMU. */
enum seal_halt {
	SEAL_HALT_DONE,
	SEAL_HALT_FAILED,      /* of a test image: a test failed                   */
	SEAL_HALT_REFUSED = 3, /* configuration or keys; the reason is on the UART */
	SEAL_HALT_CANARY = 96, /* .data was not copied, or .bss not cleared        */
	SEAL_HALT_PANIC = 97,
	SEAL_HALT_FAULT = 98
};

/* From any context, even from a fault. */
_Noreturn void seal_halt(enum seal_halt code);

/* Text for the program that waits for the code; with halt_reset.c there is no such program. */
void seal_halt_write(const char *text, size_t len);

#endif
