/* SPDX-License-Identifier: Apache-2.0
 *
 * sender.h - who handed in a message, as its trace fields tell (RFC 5321 4.4).
 */
#ifndef TOOLS_DOCTOR_SENDER_H
#define TOOLS_DOCTOR_SENDER_H

#include "tools/mailseal/doctor/message.h"
#include "tools/mailseal/records/spf.h"

struct sender {
	char client[64];              /* address, "" when not known  */
	char helo[DNS_NAME_SIZE];
	char envelope[DNS_NAME_SIZE]; /* domain of the return path   */
};

/* The topmost Received whose client has a public address is where the receiver's servers took
 * the message over; Return-Path is what the last of them wrote. */
void sender_find(struct sender *s, const struct message *m);

#endif
