/* SPDX-License-Identifier: Apache-2.0
 *
 * sizes.c - what one session takes, part by part: "PART TAB OCTETS" lines.
 */
#include <stdio.h>

#include "port/gateway/app.h"

#define SHOW(what_, size_) printf("%s\t%zu\n", what_, (size_t)(size_))

int
main(void)
{
	SHOW("server's side of SMTP", sizeof(struct seal_smtpd));
	SHOW("client's side of SMTP", sizeof(struct seal_smtpc));
	SHOW("intake: header, body hash, line ends", sizeof(struct seal_intake));
	SHOW("signer", sizeof(struct seal_signer));
	SHOW("session: what an idle connection costs", sizeof(struct seal_session));
	SHOW("link: client's side and its own, from EHLO on", sizeof(struct seal_link));
	SHOW("transaction: intake, signer and its own, from MAIL on", sizeof(struct seal_transaction));
	SHOW("work area: header fields held for h=", SEAL_WORK_TYPICAL);
	SHOW("envelope: MAIL and RCPT", SEAL_ENVELOPE_TYPICAL);
	SHOW("our own fields", SEAL_ADDED_MAX);
	SHOW("**a session in all**",
	     sizeof(struct seal_session) + sizeof(struct seal_link) + sizeof(struct seal_transaction) +
	     SEAL_WORK_TYPICAL + SEAL_ENVELOPE_TYPICAL + SEAL_ADDED_MAX);
	return 0;
}
