/* SPDX-License-Identifier: Apache-2.0
 *
 * sender.h - who sent a message, according to its trace fields (RFC 5321 4.4).
 */
#ifndef TOOLS_DOCTOR_SENDER_H
#define TOOLS_DOCTOR_SENDER_H

#include "tools/mailseal/doctor/message.h"
#include "tools/mailseal/records/spf.h"

struct sender {
	char client[64];              /* address; "": not known      */
	char helo[DNS_NAME_SIZE];
	char envelope[DNS_NAME_SIZE]; /* domain of the return path   */
};

/* The receiver's servers accepted the message at the topmost Received field whose client has a public address. The last
 * of these servers wrote Return-Path. */
void sender_find(struct sender *s, const struct message *m);

#endif
