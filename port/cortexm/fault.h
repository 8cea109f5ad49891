/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.h - the end for reasons of our own: all registers on the UART, then seal_halt.
 */
#ifndef PORT_CORTEXM_FAULT_H
#define PORT_CORTEXM_FAULT_H

/* The handler of every exception that should not be. Has its own stack. */
void seal_fault(void);

#endif
