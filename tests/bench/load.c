/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - a client with many connections that hands in one message again and again.
 *
 *	load PORT CONNECTIONS MESSAGES FILE > "messages/s TAB median ms TAB 99 % ms"
 *
 * FILE is the message with CRLF line ends and dots stuffed. MAIL, RCPT and DATA go in one
 * piece (RFC 2920); connections are kept. The time of a message is from MAIL to the
 * reply to its final dot. Anything but the expected reply ends the program.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define CONNECTIONS_MAX 64
#define REPLY_MAX 4096

static const char hello[] = "EHLO load.test\r\n";
static const char envelope[] = "MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@dest.example>\r\nDATA\r\n";

enum step {
	GREETING, HELLO, ENVELOPE, CONTENT, DONE
};

struct connection {
	int fd;
	enum step step;
	int replies;             /* still to come in this step    */
	const unsigned char *out;
	size_t out_len;
	double start;
	char line[REPLY_MAX];
	size_t line_len;
};

static struct bench_body content;
static struct connection connections[CONNECTIONS_MAX];
static double *times;
static int num_begun, num_done, num_messages;

static void
die(const char *why, const char *line)
{
	fprintf(stderr, "load: %s: %s\n", why, line);
	exit(1);
}

static void
say(struct connection *c, const void *data, size_t len)
{
	c->out = data;
	c->out_len = len;
}

static void
begin_message(struct connection *c)
{
	if (num_begun == num_messages) {
		close(c->fd);
		c->fd = -1;
		c->step = DONE;
		return;
	}
	num_begun++;
	c->start = bench_now();
	c->step = ENVELOPE;
	c->replies = 3;
	say(c, envelope, sizeof envelope - 1);
}

/* The last line of a reply has come. */
static void
take_reply(struct connection *c, const char *line)
{
	const bool asks = line[0] == '3';

	if (line[0] != '2' && !asks)
		die("refused", line);
	switch (c->step) {
	case GREETING:
		c->step = HELLO;
		say(c, hello, sizeof hello - 1);
		break;
	case HELLO:
		begin_message(c);
		break;
	case ENVELOPE:
		if (--c->replies == 0) {
			if (!asks)
				die("no 354", line);
			c->step = CONTENT;
			say(c, content.data, content.len);
		}
		break;
	case CONTENT:
		times[num_done++] = bench_now() - c->start;
		begin_message(c);
		break;
	case DONE:
		die("a reply too much", line);
	}
}

static void
receive(struct connection *c)
{
	char buf[REPLY_MAX];
	const ssize_t n = recv(c->fd, buf, sizeof buf, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		die("connection", n == 0 ? "closed" : strerror(errno));
	for (ssize_t i = 0; i < n && c->fd >= 0; i++) {
		if (c->line_len == sizeof c->line - 1)
			die("a line too long", "");
		c->line[c->line_len++] = buf[i];
		if (buf[i] != '\n')
			continue;
		c->line[c->line_len] = '\0';
		const bool last = c->line_len > 3 && c->line[3] != '-';
		c->line_len = 0;
		if (last)
			take_reply(c, c->line);
	}
}

static void
transmit(struct connection *c)
{
	const ssize_t n = send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die("connection", strerror(errno));
	if (n > 0) {
		c->out += n;
		c->out_len -= (size_t)n;
	}
}

static void
open_connection(struct connection *c, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&address, sizeof address) != 0)
		bench_fail("connect");
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
serve(int num_connections)
{
	struct pollfd polls[CONNECTIONS_MAX];

	while (num_done < num_messages) {
		for (int i = 0; i < num_connections; i++) {
			const struct connection *c = &connections[i];
			polls[i] = (struct pollfd){ c->fd, (short)(c->out_len > 0 ? POLLIN | POLLOUT : POLLIN), 0 };
		}
		if (poll(polls, (nfds_t)num_connections, 60000) <= 0)
			die("nothing happens for a minute", "");
		for (int i = 0; i < num_connections; i++) {
			if (connections[i].fd >= 0 && (polls[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
				receive(&connections[i]);
			if (connections[i].fd >= 0 && connections[i].out_len > 0)
				transmit(&connections[i]);
		}
	}
}

int
main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("usage: load PORT CONNECTIONS MESSAGES FILE\n", stderr);
		return 2;
	}
	const int num_connections = atoi(argv[2]);
	num_messages = atoi(argv[3]);
	if (num_connections < 1 || num_connections > CONNECTIONS_MAX || num_messages < 1)
		return 2;
	content = bench_read(argv[4]);
	content.data = realloc(content.data, content.len + 3);
	times = malloc((size_t)num_messages * sizeof *times);
	if (content.data == NULL || times == NULL)
		bench_fail("memory");
	memcpy(content.data + content.len, ".\r\n", 3);
	content.len += 3;

	for (int i = 0; i < num_connections; i++)
		open_connection(&connections[i], atoi(argv[1]));
	const double start = bench_now();
	serve(num_connections);
	const double seconds = bench_now() - start;
	qsort(times, (size_t)num_messages, sizeof *times, compare);
	printf("%.0f\t%.1f\t%.1f\n", num_messages / seconds, times[num_messages / 2] * 1e3,
	       times[num_messages * 99 / 100] * 1e3);
	free(times);
	free(content.data);
	return 0;
}
