/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/secret.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/config/config.h"
#include "port/contract/port.h"

/* The one in use, the one before it, and the one that is being read. */
#define GENERATIONS 3u

#define TEXT_MAX (SEAL_CONFIG_SECRET_MAX + 2u)

extern char **environ;

static struct {
	pthread_t thread;
	pthread_mutex_t lock;   /* of newest, fresh */
	char *command;
	uint8_t text[GENERATIONS][TEXT_MAX];
	struct seal_span newest;
	unsigned next;
	bool fresh;
} secret = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Read `fd` to its end; -1: out of time or room before that. */
static ssize_t
read_all(int fd, uint8_t *out, size_t cap)
{
	const int64_t until_ms = now_ms() + SEAL_SECRET_LIMIT_S * 1000;
	struct pollfd in = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < cap) {
		const int64_t left = until_ms - now_ms();

		if (left <= 0 || poll(&in, 1, (int)left) <= 0)
			return -1;
		n = read(fd, out + len, cap - len);
		len += n > 0 ? (size_t)n : 0;
	}
	return n == 0 ? (ssize_t)len : -1;
}

/* Start the shell in its own process group, with the signals unblocked that this thread blocks, and
 * `fd` as its output. */
static bool
spawn(pid_t *pid, int fd)
{
	char *const argv[] = { "sh", "-c", secret.command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	bool ok;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	ok = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ) == 0;
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return ok;
}

/* NULL: it printed the first *len octets of `out`. Else the reason why not. */
static const char *
run_helper(uint8_t *out, size_t cap, size_t *len)
{
	int fds[2];
	int status = 0;
	ssize_t n = -1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return "cannot create a pipe";
	if (!spawn(&pid, fds[1])) {
		close(fds[0]);
		close(fds[1]);
		return "cannot be run";
	}
	close(fds[1]);
	n = read_all(fds[0], out, cap);
	close(fds[0]);
	if (n < 0)
		(void)kill(-pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	if (n < 0)
		return "ran for more than 30 s, or printed too much";
	*len = (size_t)n;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL : "failed";
}

static const char *
renew(void)
{
	uint8_t *text = secret.text[secret.next];
	struct seal_span line;
	size_t len = 0;
	const char *why = run_helper(text, TEXT_MAX, &len);

	if (why == NULL)
		why = seal_config_secret(seal_span(text, len), &line);
	if (why != NULL)
		return why;
	pthread_mutex_lock(&secret.lock);
	secret.newest = line;
	secret.fresh = true;
	pthread_mutex_unlock(&secret.lock);
	secret.next = (secret.next + 1u) % GENERATIONS;
	return NULL;
}

static void *
keep_asking(void *ctx)
{
	for (;;) {
		const struct timespec period = { .tv_sec = SEAL_SECRET_PERIOD_S };
		const char *why;

		(void)nanosleep(&period, NULL);
		why = renew();
		if (why != NULL)
			fprintf(stderr, "mailseald: alarm: secret-helper: %s; the last secret stays in use\n", why);
		seal_port_wake();
	}
	return ctx;
}

const char *
seal_secret_start(struct seal_span command)
{
	const char *why;

	secret.command = strndup((const char *)command.ptr, command.len);
	why = secret.command == NULL ? "not enough memory" : renew();
	if (why == NULL && pthread_create(&secret.thread, NULL, keep_asking, NULL) != 0)
		why = "cannot create a thread";
	return why;
}

bool
seal_secret_take(struct seal_span *newest)
{
	bool fresh;

	pthread_mutex_lock(&secret.lock);
	fresh = secret.fresh;
	secret.fresh = false;
	*newest = secret.newest;
	pthread_mutex_unlock(&secret.lock);
	return fresh;
}
