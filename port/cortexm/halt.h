/* SPDX-License-Identifier: Apache-2.0
 *
 * halt.h - the end of a run. Which one is chosen when an image is linked: halt_reset.c
 * starts the device again, halt_semihosting.c gives the code to the debugger or QEMU.
 * (Without either, semihosting is a fault on silicon.)
 */
#ifndef PORT_CORTEXM_HALT_H
#define PORT_CORTEXM_HALT_H

#include <stddef.h>

/* Exit codes of an image under QEMU. */
enum seal_halt {
	SEAL_HALT_DONE,
	SEAL_HALT_FAILED,      /* of a test image: something failed                        */
	SEAL_HALT_REFUSED = 3, /* configuration or keys; its reason is on the UART         */
	SEAL_HALT_CANARY = 96, /* .data was not copied, or .bss not cleared                */
	SEAL_HALT_PANIC = 97,
	SEAL_HALT_FAULT = 98
};

/* From any context, also from a fault. */
_Noreturn void seal_halt(enum seal_halt code);

/* Text for whoever waits for the code; nobody does after halt_reset.c. */
void seal_halt_write(const char *text, size_t len);

#endif
