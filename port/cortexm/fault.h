/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.h - the program ends itself: all registers on the UART, then seal_halt.
 */
#ifndef PORT_CORTEXM_FAULT_H
#define PORT_CORTEXM_FAULT_H

/* The handler of every exception that should not happen. It has its own stack. */
void seal_fault(void);

#endif
