/* SPDX-License-Identifier: Apache-2.0
 *
 * sink.c - a next hop for demonstrations and tests: the engine's own SMTP server over
 * sockets, one poll loop, a folder of messages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/ip.h"
#include "engine/base/num.h"
#include "engine/smtp/server.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/result.h"
#include "tools/mailseal/base/store.h"
#include "tools/mailseal/base/tool.h"

#define CONNECTIONS_MAX 128u
#define SIZE_MAX_OFFERED ((uint64_t)1 << 30)
#define LINGER_MS 1000u  /* after the last message of --once, for QUIT */

struct connection {
	int fd;              /* -1: free */
	struct seal_smtpd smtpd;
	struct seal_smtpd_info info;
	struct store_message message;
	size_t in_len, in_at;
	uint8_t in[16384];
};

struct sink {
	struct store store;
	int listener;
	uint64_t once;       /* messages until the end; 0: no end */
	uint64_t stored;
	uint64_t end_ms;     /* 0: not over */
	struct connection *connections;
};

static const struct seal_extensions extensions = {
	.size_max = SIZE_MAX_OFFERED, .eight_bit_mime = true, .smtputf8 = true, .dsn = true
};

static volatile sig_atomic_t end_requested;

static void
on_signal(int number)
{
	(void)number;
	end_requested = 1;
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* --- Envelope ------------------------------------------------------------------- */

static void
put_parameter(struct seal_out *out, struct seal_span name, struct seal_span value)
{
	if (value.len == 0)
		return;
	seal_out_span_put(out, name);
	seal_out_span_put(out, value);
}

static void
keep_command(struct store_message *m, bool is_mail, const struct seal_path_command *c)
{
	uint8_t buf[SEAL_COMMAND_EXT_MAX + 64];
	struct seal_out out = seal_out(buf, sizeof buf);

	seal_out_span_put(&out, is_mail ? SEAL_SPAN("MAIL FROM:<") : SEAL_SPAN("RCPT TO:<"));
	seal_out_span_put(&out, c->path);
	seal_out_text(&out, ">");
	if (c->size > 0) {
		seal_out_text(&out, " SIZE=");
		seal_out_u64(&out, c->size);
	}
	if (c->body != SEAL_BODY_NONE)
		put_parameter(&out, SEAL_SPAN(" BODY="),
		              c->body == SEAL_BODY_7BIT ? SEAL_SPAN("7BIT") : SEAL_SPAN("8BITMIME"));
	if (c->smtputf8)
		seal_out_text(&out, " SMTPUTF8");
	put_parameter(&out, SEAL_SPAN(" RET="), c->ret);
	put_parameter(&out, SEAL_SPAN(" ENVID="), c->envid);
	put_parameter(&out, SEAL_SPAN(" NOTIFY="), c->notify);
	put_parameter(&out, SEAL_SPAN(" ORCPT="), c->orcpt);
	seal_out_text(&out, "\n");
	store_envelope(m, seal_out_span(&out));
}

/* --- Events ----------------------------------------------------------------------- */

static struct seal_reply
accept_path(struct connection *c, bool is_mail)
{
	if (is_mail && c->info.command.size > SIZE_MAX_OFFERED)
		return SEAL_REPLY(552, "5.3.4 Message too large");
	keep_command(&c->message, is_mail, &c->info.command);
	return is_mail ? SEAL_REPLY(250, "2.1.0 Sender OK") : SEAL_REPLY(250, "2.1.5 Recipient OK");
}

static void
finish_message(struct sink *s, struct connection *c, uint64_t now)
{
	uint8_t buf[64];
	struct seal_out text = seal_out(buf, sizeof buf);
	struct seal_reply reply = SEAL_REPLY(452, "4.3.1 Cannot be stored");

	if (c->message.size > SIZE_MAX_OFFERED) {
		reply = SEAL_REPLY(552, "5.3.4 Message too large");
	} else if (store_commit(&s->store, &c->message)) {
		s->stored++;
		seal_out_text(&text, "2.0.0 stored as ");
		seal_out_span_put(&text, seal_span_text(c->message.name));
		seal_out_text(&text, ".eml");
		reply = (struct seal_reply){ 250, seal_out_span(&text) };
	}
	seal_smtpd_answer(&c->smtpd, reply, now);
	store_abort(&s->store, &c->message);
}

/* Handle the waiting event; false: none is waiting. */
static bool
handle_event(struct sink *s, struct connection *c, uint64_t now)
{
	switch (seal_smtpd_next(&c->smtpd)) {
	case SEAL_SMTPD_HELLO:
		seal_smtpd_answer_hello(&c->smtpd, SEAL_SPAN("sink.invalid"), &extensions, now);
		return true;
	case SEAL_SMTPD_MAIL:
		seal_smtpd_answer(&c->smtpd, accept_path(c, true), now);
		return true;
	case SEAL_SMTPD_RCPT:
		seal_smtpd_answer(&c->smtpd, accept_path(c, false), now);
		return true;
	case SEAL_SMTPD_DATA:
		seal_smtpd_answer(&c->smtpd, store_create(&s->store, &c->message)
		                  ? SEAL_REPLY(354, "End data with <CR><LF>.<CR><LF>")
		                  : SEAL_REPLY(452, "4.3.1 Cannot be stored"), now);
		return true;
	case SEAL_SMTPD_CONTENT:
		store_write(&c->message, c->info.content);
		return true;
	case SEAL_SMTPD_END:
		finish_message(s, c, now);
		return true;
	case SEAL_SMTPD_ABORT:
		store_abort(&s->store, &c->message);
		return true;
	case SEAL_SMTPD_STARTTLS: /* hidden, because seal_smtpd_set_access was not called */
	case SEAL_SMTPD_AUTH:
	case SEAL_SMTPD_CLOSE:
	case SEAL_SMTPD_NONE:
		break;
	}
	return false;
}

/* Pass what was read to the server, as much as it takes. */
static void
pump(struct sink *s, struct connection *c, uint64_t now)
{
	size_t taken;
	bool handled;

	do {
		taken = seal_smtpd_recv(&c->smtpd, c->in + c->in_at, c->in_len - c->in_at, now, &c->info);
		c->in_at += taken;
		handled = handle_event(s, c, now);
	} while (taken > 0 || handled);
	if (c->in_at == c->in_len)
		c->in_at = c->in_len = 0;
}

/* --- Connections -------------------------------------------------------------------- */

static void
drop(struct sink *s, struct connection *c)
{
	store_abort(&s->store, &c->message);
	close(c->fd);
	c->fd = -1;
}

static void
receive(struct sink *s, struct connection *c, uint64_t now)
{
	const ssize_t n = c->in_len > 0 ? -2 : recv(c->fd, c->in, sizeof c->in, 0);

	if (n > 0) {
		c->in_len = (size_t)n;
	} else if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		seal_smtpd_peer_closed(&c->smtpd);
	}
	pump(s, c, now);
}

/* Send what is pending; drop the connection when it is closing and empty, or broken. */
static void
transmit(struct sink *s, struct connection *c, uint64_t now)
{
	struct seal_span view = seal_smtpd_send_view(&c->smtpd);
	ssize_t n = 1;

	while (view.len > 0 && n > 0) {
		n = send(c->fd, view.ptr, view.len, MSG_NOSIGNAL);
		if (n > 0) {
			seal_smtpd_sent(&c->smtpd, (size_t)n, now);
			pump(s, c, now);
		}
		view = seal_smtpd_send_view(&c->smtpd);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		seal_smtpd_peer_closed(&c->smtpd);
		pump(s, c, now);
		drop(s, c);
	} else if (view.len == 0 && seal_smtpd_closing(&c->smtpd)) {
		drop(s, c);
	}
}

static struct connection *
free_connection(struct sink *s)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (s->connections[i].fd < 0)
			return &s->connections[i];
	}
	return NULL;
}

static void
accept_one(struct sink *s, uint64_t now)
{
	const int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct connection *c = free_connection(s);

	if (fd < 0)
		return;
	if (c == NULL) {
		(void)!send(fd, seal_smtpd_busy.ptr, seal_smtpd_busy.len, MSG_NOSIGNAL);
		close(fd);
		return;
	}
	c->fd = fd;
	c->in_len = c->in_at = 0;
	store_begin(&c->message);
	seal_smtpd_init(&c->smtpd, now);
	seal_smtpd_greet(&c->smtpd, SEAL_SPAN("sink.invalid"));
	transmit(s, c, now);
}

/* --- The loop ----------------------------------------------------------------------- */

static uint64_t
earliest(const struct sink *s)
{
	uint64_t deadline = s->end_ms != 0 ? s->end_ms : UINT64_MAX;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		const struct connection *c = &s->connections[i];

		if (c->fd >= 0 && seal_smtpd_deadline_ms(&c->smtpd) < deadline)
			deadline = seal_smtpd_deadline_ms(&c->smtpd);
	}
	return deadline;
}

static int
wait_for_events(const struct sink *s, struct pollfd *polled, const sigset_t *signals)
{
	const uint64_t now = now_ms();
	const uint64_t deadline = earliest(s);
	const uint64_t wait_ms = deadline <= now ? 0 : deadline - now < 60000u ? deadline - now : 60000u;
	const struct timespec wait = { (time_t)(wait_ms / 1000u), (long)(wait_ms % 1000u) * 1000000L };

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		const struct connection *c = &s->connections[i];
		const bool sends = c->fd >= 0 && seal_smtpd_send_view(&c->smtpd).len > 0;

		polled[i].fd = c->fd;
		polled[i].events = (short)((c->in_len > 0 ? 0 : POLLIN) | (sends ? POLLOUT : 0));
		polled[i].revents = 0;
	}
	polled[CONNECTIONS_MAX] = (struct pollfd){ s->end_ms != 0 ? -1 : s->listener, POLLIN, 0 };
	return ppoll(polled, CONNECTIONS_MAX + 1, &wait, signals);
}

static void
serve(struct sink *s, const struct pollfd *polled)
{
	const uint64_t now = now_ms();

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &s->connections[i];

		if (c->fd < 0)
			continue;
		if (polled[i].revents != 0)
			receive(s, c, now);
		seal_smtpd_tick(&c->smtpd, now);
		pump(s, c, now);
		transmit(s, c, now);
	}
	if (polled[CONNECTIONS_MAX].revents != 0)
		accept_one(s, now);
	if (s->once != 0 && s->stored >= s->once && s->end_ms == 0)
		s->end_ms = now + LINGER_MS;
}

static bool
is_over(const struct sink *s)
{
	bool busy = false;

	if (end_requested != 0)
		return true;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		busy = busy || s->connections[i].fd >= 0;
	return s->end_ms != 0 && (!busy || now_ms() >= s->end_ms);
}

/* Signals are delivered only in ppoll, so none is missed. */
static int
loop(struct sink *s)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd polled[CONNECTIONS_MAX + 1];
	sigset_t blocked, before;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	while (!is_over(s)) {
		if (wait_for_events(s, polled, &before) >= 0) {
			serve(s, polled);
		} else if (errno != EINTR) {
			tool_error("waiting failed: %s", strerror(errno));
			return TOOL_IO;
		}
	}
	return TOOL_OK;
}

/* --- Start ------------------------------------------------------------------------------ */

static bool
parse_endpoint(const char *text, struct sockaddr_in *address)
{
	const struct seal_span s = seal_span_text(text);
	const size_t colon = seal_span_find(s, ':');
	uint64_t port;
	struct seal_ip ip;

	if (!seal_ip_read_v4(seal_span_first(s, colon), &ip) ||
	    !seal_num_u64(seal_span_from(s, colon + 1), &port) || port > 65535) {
		tool_error("--listen: expected ADDRESS:PORT such as 127.0.0.1:2526, found %s", text);
		return false;
	}
	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(seal_ip_to_v4(&ip))
	};
	return true;
}

static int
listen_on(const char *text, const struct sockaddr_in *address)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 && listen(fd, 128) == 0)
		return fd;
	if (errno == EADDRINUSE)
		tool_error("%s: another program already listens on this port; stop it or choose another port with "
		           "--listen", text);
	else
		tool_error("%s: cannot listen: %s", text, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
announce(const struct sink *s)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof address;
	char ip[INET_ADDRSTRLEN] = "";

	if (getsockname(s->listener, (struct sockaddr *)&address, &len) == 0)
		inet_ntop(AF_INET, &address.sin_addr, ip, sizeof ip);
	tool_note(NULL, "listening on %s:%u, storing in %s", ip, (unsigned)ntohs(address.sin_port), s->store.directory);
}

static int
serve_until_end(struct sink *s)
{
	int code;

	s->connections = tool_allocate(CONNECTIONS_MAX * sizeof *s->connections);
	memset(s->connections, 0, CONNECTIONS_MAX * sizeof *s->connections);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		s->connections[i].fd = -1;
	announce(s);
	code = loop(s);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (s->connections[i].fd >= 0)
			drop(s, &s->connections[i]);
	}
	free(s->connections);
	return code;
}

struct request {
	const char *directory, *endpoint;
	uint64_t once;
};

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct request, directory), "DIR",
	  .text = "The folder for NNNNNN.eml, each message as it was received, and NNNNNN.env, its envelope (MAIL and "
	          "RCPT with their parameters).", .flags = OPT_REQUIRED },
	{ "listen", 0, OPT_STRING, offsetof(struct request, endpoint), "ADDRESS:PORT",
	  .text = "Port 0 takes any free port.", .fallback = "127.0.0.1:2526" },
	{ "once", 0, OPT_NUMBER, offsetof(struct request, once), "N", .text = "End after N messages.",
	  .min = 1, .max = UINT32_MAX },
	OPTIONS_END
};

static int
start(const void *request, struct result *result)
{
	const struct request *const r = request;
	struct sink s = { .listener = -1, .once = r->once };
	struct sockaddr_in address;
	int code = TOOL_IO;

	result_live(result);
	if (!parse_endpoint(r->endpoint, &address))
		return TOOL_USAGE;
	s.listener = listen_on(r->endpoint, &address);
	if (s.listener < 0)
		return TOOL_IO;
	if (store_open(&s.store, r->directory)) {
		code = serve_until_end(&s);
		store_close(&s.store);
	}
	close(s.listener);
	return code;
}

const struct tool_command tool_sink = {
	.name = "sink", .summary = "Run a test mail server that stores messages in a folder",
	.options = options, .request_size = sizeof(struct request), .start = start,
	.help =
		"Accepts every message from every client and passes none on: a next hop to try a gateway with.\n"
		"Prints on standard error where it listens. Ends on SIGTERM.\n"
		"Exit codes: 0 ended as requested, 2 usage, 5 the port or the folder failed.\n"
		"\n"
		"  mailseal sink mail --listen 127.0.0.1:2526\n"
};
