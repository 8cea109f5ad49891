/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "engine/mail/date.h"
#include "engine/smtp/client.h"
#include "tools/mailseal/base/progress.h"
#include "tools/mailseal/records/text.h"

#define MESSAGE_CAP 4096u

enum stage {
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_CONTENT,
	STAGE_END,
	STAGE_QUIT,
	STAGE_OVER
};

struct session {
	struct probe *probe;
	struct seal_smtpc smtpc;
	struct seal_span content;
	enum stage stage;
	int fd, code;
};

bool
probe_address(const char *text, const char *what, char buf[SEAL_PATH_MAX + 3], struct seal_path_command *c)
{
	static const struct seal_extensions none = { .size_max = 0 };

	if (strlen(text) < SEAL_PATH_MAX) {
		(void)snprintf(buf, SEAL_PATH_MAX + 3, "<%s>", text);
		if (seal_command_path(false, seal_span_text(buf), &none, c) == SEAL_COMMAND_FINE && c->domain.len > 0)
			return true;
	}
	tool_error("%s: expected an address such as user@example.com, found %s", what, text);
	return false;
}

/* --- the message ------------------------------------------------------------------ */

static uint64_t
token(void)
{
	uint64_t value = 0;

	if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
		value = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	return value;
}

static struct seal_span
compose(struct probe *p, uint8_t *buf)
{
	uint8_t date[64];
	struct seal_out out = seal_out(date, sizeof date);
	const struct seal_span domain = p->from.domain;
	const unsigned long long id = token();
	int len;

	seal_date_put(&out, (uint64_t)time(NULL));
	(void)snprintf(p->message_id, sizeof p->message_id, "<" PROBE_PREFIX "%016llx@%.*s>", id, (int)domain.len,
	               (const char *)domain.ptr);
	len = snprintf((char *)buf, MESSAGE_CAP,
	               "From: <%.*s>\r\nTo: <%.*s>\r\nSubject: mailseal selftest %016llx\r\nDate: %.*s\r\n"
	               "Message-ID: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"
	               "Content-Transfer-Encoding: 7bit\r\n\r\n"
	               "This message was sent by mailseal selftest.\r\n\r\n"
	               "Save its original source to a file and run:\r\n\r\n"
	               "    mailseal selftest --read FILE\r\n", (int)p->from.path.len,
	               (const char *)p->from.path.ptr, (int)p->to.path.len, (const char *)p->to.path.ptr, id,
	               (int)out.len, (const char *)out.ptr, p->message_id);
	return seal_span(buf, (size_t)len);
}

/* --- the dialogue ------------------------------------------------------------------ */

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static void
keep_reply(struct probe *p, struct seal_reply reply)
{
	char *const visible = text_visible(reply.text);

	p->code = reply.code;
	(void)snprintf(p->reply, sizeof p->reply, "%s", visible);
	free(visible);
}

/* Sends the command of the present stage. */
static void
command(struct session *s)
{
	const uint64_t now = now_ms();
	enum seal_status status = SEAL_OK;

	if (s->stage == STAGE_MAIL)
		status = seal_smtpc_mail(&s->smtpc, &s->probe->from, now);
	else if (s->stage == STAGE_RCPT)
		status = seal_smtpc_rcpt(&s->smtpc, &s->probe->to, now);
	else if (s->stage == STAGE_DATA)
		status = seal_smtpc_data(&s->smtpc, now);
	else if (s->stage == STAGE_QUIT)
		status = seal_smtpc_quit(&s->smtpc, now);
	if (status != SEAL_OK)
		s->stage = STAGE_OVER;
}

static void
on_reply(struct session *s)
{
	const struct seal_reply reply = seal_smtpc_reply(&s->smtpc);

	if (s->stage == STAGE_QUIT) {
		s->stage = STAGE_OVER;
		return;
	}
	keep_reply(s->probe, reply);
	if (!seal_reply_is_positive(reply))
		s->code = TOOL_REFUSED;
	else if (s->stage == STAGE_END)
		s->code = TOOL_OK;
	s->stage = s->code == TOOL_IO ? (enum stage)(s->stage + 1) : STAGE_QUIT;
	command(s);
}

static void
on_wants(struct session *s)
{
	if (s->content.len > 0) {
		(void)seal_smtpc_content(&s->smtpc, s->content);
		s->content.len = 0;
	} else {
		s->stage = STAGE_END;
		(void)seal_smtpc_end(&s->smtpc, now_ms());
	}
}

static void
on_failure(struct session *s)
{
	static const char *const whys[] = {
		[SEAL_SMTPC_FINE] = "no error",
		[SEAL_SMTPC_REFUSED] = "the connection was rejected",
		[SEAL_SMTPC_LOST] = "the connection was lost",
		[SEAL_SMTPC_TIMEOUT] = "no reply within the time limit",
		[SEAL_SMTPC_NO_TLS] = "TLS is not offered",
		[SEAL_SMTPC_TLS_REFUSED] = "TLS was rejected",
		[SEAL_SMTPC_NO_LOGIN] = "no usable login method is offered",
		[SEAL_SMTPC_LOGIN_REFUSED] = "the login was rejected",
		[SEAL_SMTPC_NONSENSE] = "the peer does not use SMTP"
	};
	const struct seal_reply reply = seal_smtpc_reply(&s->smtpc);
	const enum seal_smtpc_failure failure = seal_smtpc_failure(&s->smtpc);

	s->stage = STAGE_OVER;
	if (s->code != TOOL_IO)
		return;
	if (failure == SEAL_SMTPC_REFUSED && reply.code != 0) {
		keep_reply(s->probe, reply);
		s->code = TOOL_REFUSED;
		return;
	}
	tool_error("%s: %s%s", s->probe->gateway, whys[failure],
	           seal_smtpc_in_doubt(&s->smtpc) ? "; the message may have been accepted" : "");
}

static void
handle_events(struct session *s)
{
	for (;;) {
		switch (seal_smtpc_next(&s->smtpc)) {
		case SEAL_SMTPC_READY:
			command(s);
			break;
		case SEAL_SMTPC_REPLY:
			on_reply(s);
			break;
		case SEAL_SMTPC_WANTS:
			on_wants(s);
			break;
		case SEAL_SMTPC_FAILED:
			on_failure(s);
			return;
		case SEAL_SMTPC_STARTTLS: /* only on request */
		case SEAL_SMTPC_NONE:
			return;
		}
		if (s->stage == STAGE_OVER)
			return;
	}
}

/* --- the connection ------------------------------------------------------------------ */

static void
receive(struct session *s)
{
	uint8_t buf[4096];
	const ssize_t n = recv(s->fd, buf, sizeof buf, 0);
	size_t at = 0, taken = 1;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	while (n > 0 && at < (size_t)n && taken > 0 && s->stage != STAGE_OVER) {
		taken = seal_smtpc_recv(&s->smtpc, buf + at, (size_t)n - at, now_ms());
		at += taken;
		handle_events(s);
	}
	if (n <= 0)
		seal_smtpc_closed(&s->smtpc);
	handle_events(s);
}

static void
transmit(struct session *s)
{
	const struct seal_span view = seal_smtpc_send_view(&s->smtpc);
	const ssize_t n = view.len == 0 ? 0 : send(s->fd, view.ptr, view.len, MSG_NOSIGNAL);

	if (n > 0)
		seal_smtpc_sent(&s->smtpc, (size_t)n, now_ms());
	else if (n < 0 && errno != EINTR && errno != EAGAIN)
		seal_smtpc_closed(&s->smtpc);
	handle_events(s);
}

static void
converse(struct session *s)
{
	const struct seal_smtpc_needs needs = { .tls = SEAL_SMTPC_TLS_NONE };
	const struct seal_secrecy in_the_clear = { .is_private = false };

	seal_smtpc_init(&s->smtpc, SEAL_SPAN("selftest.invalid"), &needs, now_ms());
	seal_smtpc_connected(&s->smtpc, in_the_clear, now_ms());
	progress_set("waiting for %s", s->probe->gateway);
	while (s->stage != STAGE_OVER) {
		const bool sends = seal_smtpc_send_view(&s->smtpc).len > 0;
		struct pollfd p = { s->fd, (short)(POLLIN | (sends ? POLLOUT : 0)), 0 };

		progress_tick();
		(void)poll(&p, 1, PROGRESS_STEP_MS);
		if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			receive(s);
		if (s->stage != STAGE_OVER && (p.revents & POLLOUT) != 0)
			transmit(s);
		seal_smtpc_tick(&s->smtpc, now_ms());
		if (s->stage != STAGE_OVER)
			handle_events(s);
	}
}

/* Connects to the first address that accepts the connection; -1: reported. */
static int
connect_to(const char *gateway)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *const colon = strrchr(gateway, ':');
	char *const host = text_format("%.*s", (int)(colon == NULL ? strlen(gateway) : (size_t)(colon - gateway)),
	                               gateway);
	struct addrinfo *list = NULL;
	const int error = getaddrinfo(host, colon == NULL ? "25" : colon + 1, &hints, &list);
	int fd = -1;

	for (const struct addrinfo *a = list; error == 0 && a != NULL && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0)
		tool_error("cannot connect to %s: %s", gateway, error != 0 ? gai_strerror(error) : strerror(errno));
	if (list != NULL)
		freeaddrinfo(list);
	free(host);
	return fd;
}

int
probe_send(struct probe *p)
{
	uint8_t message[MESSAGE_CAP];
	struct session s = { .probe = p, .code = TOOL_IO };

	s.content = compose(p, message);
	s.fd = connect_to(p->gateway);
	if (s.fd < 0)
		return TOOL_IO;
	converse(&s);
	close(s.fd);
	return s.code;
}
