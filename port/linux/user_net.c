/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/user_net.h"

#include <errno.h>
#include <libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "port/lwip/stack.h"
#include "port/contract/port.h"

/* Room for the windows of all connections: libslirp repeats a lost frame only after a second. */
#define FRAMES_MAX 4096u
#define TIMERS_MAX 4u
#define BACKLOG    128

struct frame {
	uint16_t len;
	uint8_t octets[SEAL_NET_FRAME_MAX];
};

struct timer {
	SlirpTimerCb fire;
	void *ctx;
	int64_t at_ms;          /* negative: not set */
	bool used;
};

static struct {
	Slirp *slirp;
	struct frame *frames;   /* a ring, because libslirp must not be entered from send_packet */
	size_t first, num;
	struct timer timers[TIMERS_MAX];
	struct pollfd *fds;     /* during _fill */
	const struct pollfd *ready_fds;
	size_t num_fds, cap_fds;
	bool unsent;            /* as of the last _fill */
} user;

/* --- callbacks of libslirp ---------------------------------------------------------- */

static ssize_t
on_packet(const void *buf, size_t len, void *ctx)
{
	struct frame *f = &user.frames[(user.first + user.num) % FRAMES_MAX];

	(void)ctx;
	if (len > sizeof f->octets || user.num == FRAMES_MAX)
		return (ssize_t)len;    /* dropped, as Ethernet may do */
	memcpy(f->octets, buf, len);
	f->len = (uint16_t)len;
	user.num++;
	return (ssize_t)len;
}

static void
on_error(const char *message, void *ctx)
{
	(void)message;
	(void)ctx;
}

static int64_t
on_clock(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *
on_timer_new(SlirpTimerCb fire, void *fire_ctx, void *ctx)
{
	(void)ctx;
	for (size_t i = 0; i < TIMERS_MAX; i++) {
		struct timer *t = &user.timers[i];

		if (!t->used) {
			*t = (struct timer){ fire, fire_ctx, -1, true };
			return t;
		}
	}
	seal_port_panic("libslirp wants more timers");
}

static void
on_timer_free(void *timer, void *ctx)
{
	struct timer *t = timer;

	(void)ctx;
	if (t != NULL)
		t->used = false;
}

static void
on_timer_set(void *timer, int64_t at_ms, void *ctx)
{
	struct timer *t = timer;

	(void)ctx;
	t->at_ms = at_ms;
}

static void
on_fd(int fd, void *ctx)
{
	(void)fd;
	(void)ctx;
}

/* Not needed: the loop looks again after every change. */
static void
on_notify(void *ctx)
{
	(void)ctx;
}

static const SlirpCb CALLBACKS = {
	.send_packet = on_packet,
	.guest_error = on_error,
	.clock_get_ns = on_clock,
	.timer_new = on_timer_new,
	.timer_free = on_timer_free,
	.timer_mod = on_timer_set,
	.register_poll_fd = on_fd,
	.unregister_poll_fd = on_fd,
	.notify = on_notify,
};

/* --- start ------------------------------------------------------------------------------ */

static struct in_addr
to_in(uint32_t address)
{
	return (struct in_addr){ htonl(address) };
}

bool
seal_user_net_open(void)
{
	const SlirpConfig config = {
		.version = 4,
		.in_enabled = true,
		.vnetwork = to_in(SEAL_USER_NET),
		.vnetmask = to_in(SEAL_USER_MASK),
		.vhost = to_in(SEAL_USER_HOST),
		.vnameserver = to_in(SEAL_USER_DNS),
		.vdhcp_start = to_in(SEAL_USER_ADDRESS),
		.disable_dhcp = true,
	};

	user.frames = calloc(FRAMES_MAX, sizeof *user.frames);
	if (user.frames == NULL)
		return false;
	user.slirp = slirp_new(&config, &CALLBACKS, NULL);
	return user.slirp != NULL;
}

void
seal_user_net_close(void)
{
	slirp_cleanup(user.slirp);
	free(user.frames);
}

/* libslirp lets only one connection wait, and hides the socket. The socket gets the lowest free
 * number, which is the one that `probe` had. */
static void
raise_backlog(int probe, uint16_t *port)
{
	struct sockaddr_in bound = { .sin_port = 0 };
	socklen_t len = sizeof bound;
	int listening = 0;
	socklen_t listening_len = sizeof listening;

	if (getsockopt(probe, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_len) != 0 || !listening)
		return;
	(void)listen(probe, BACKLOG);
	if (getsockname(probe, (struct sockaddr *)&bound, &len) == 0)
		*port = ntohs(bound.sin_port);
}

int
seal_user_net_listen(uint32_t address, uint16_t *port, uint16_t to)
{
	const int probe = dup(STDERR_FILENO);
	uint16_t bound = *port;

	if (probe < 0)
		return errno;
	close(probe);
	errno = EADDRINUSE;
	if (slirp_add_hostfwd(user.slirp, 0, to_in(address), *port, to_in(SEAL_USER_ADDRESS),
	                      to) != 0)
		return errno;
	raise_backlog(probe, &bound);
	*port = bound;
	return 0;
}

/* --- frames ------------------------------------------------------------------------------- */

void
seal_user_net_send(void *ctx, const struct seal_span *pieces, size_t num_pieces)
{
	uint8_t frame[SEAL_NET_FRAME_MAX];
	size_t len = 0;

	(void)ctx;
	for (size_t i = 0; i < num_pieces; i++) {
		if (pieces[i].len > sizeof frame - len)
			return;
		memcpy(frame + len, pieces[i].ptr, pieces[i].len);
		len += pieces[i].len;
	}
	slirp_input(user.slirp, frame, (int)len);
}

bool
seal_user_net_deliver(void)
{
	/* Only those that are waiting now, so that others get their turn. */
	const size_t num = user.num;

	for (size_t i = 0; i < num; i++) {
		const struct frame *f = &user.frames[user.first];

		user.first = (user.first + 1) % FRAMES_MAX;
		user.num--;
		seal_net_input(f->octets, f->len);
	}
	return num > 0;
}

/* --- poll ----------------------------------------------------------------------------------- */

static int
add_fd(int fd, int events, void *ctx)
{
	struct pollfd *p = &user.fds[user.num_fds];

	(void)ctx;
	if (user.num_fds == user.cap_fds)
		return -1;
	*p = (struct pollfd){ .fd = fd };
	if ((events & SLIRP_POLL_IN) != 0)
		p->events |= POLLIN;
	if ((events & SLIRP_POLL_OUT) != 0) {
		p->events |= POLLOUT;
		user.unsent = true;
	}
	if ((events & SLIRP_POLL_PRI) != 0)
		p->events |= POLLPRI;
	return (int)user.num_fds++;
}

static int
came(int i, void *ctx)
{
	const short revents = i < 0 ? 0 : user.ready_fds[i].revents;
	int events = 0;

	(void)ctx;
	if ((revents & POLLIN) != 0)
		events |= SLIRP_POLL_IN;
	if ((revents & POLLOUT) != 0)
		events |= SLIRP_POLL_OUT;
	if ((revents & POLLPRI) != 0)
		events |= SLIRP_POLL_PRI;
	if ((revents & POLLERR) != 0)
		events |= SLIRP_POLL_ERR;
	if ((revents & POLLHUP) != 0)
		events |= SLIRP_POLL_HUP;
	return events;
}

size_t
seal_user_net_fill(struct pollfd *fds, size_t cap, uint32_t *timeout_ms)
{
	const int64_t now_ms = on_clock(NULL) / 1000000;

	user.fds = fds;
	user.cap_fds = cap;
	user.num_fds = 0;
	user.unsent = false;
	slirp_pollfds_fill(user.slirp, timeout_ms, add_fd, NULL);
	for (size_t i = 0; i < TIMERS_MAX; i++) {
		const struct timer *t = &user.timers[i];

		if (t->used && t->at_ms >= 0 && t->at_ms - now_ms < (int64_t)*timeout_ms)
			*timeout_ms = t->at_ms > now_ms ? (uint32_t)(t->at_ms - now_ms) : 0;
	}
	if (user.num > 0)
		*timeout_ms = 0;
	return user.num_fds;
}

bool
seal_user_net_quiet(void)
{
	return !user.unsent && user.num == 0;
}

void
seal_user_net_ready(const struct pollfd *fds, size_t num)
{
	const int64_t now_ms = on_clock(NULL) / 1000000;

	(void)num;
	user.ready_fds = fds;
	slirp_pollfds_poll(user.slirp, 0, came, NULL);
	for (size_t i = 0; i < TIMERS_MAX; i++) {
		struct timer *t = &user.timers[i];

		if (t->used && t->at_ms >= 0 && t->at_ms <= now_ms) {
			t->at_ms = -1;
			t->fire(t->ctx);
		}
	}
	(void)seal_user_net_deliver();
}
