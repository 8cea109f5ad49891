/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/exchange.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/bounds.h"
#include "tools/mailseal/base/progress.h"

#define UDP_SIZE 1232u  /* avoids fragments: DNS Flag Day 2020 */
#define ATTEMPTS 2u

struct question {
	uint8_t *wire;
	size_t len;
	uint16_t id;
	ldns_rdf *name;
	ldns_rr_type type;
};

/* Writes the name in wire format and returns the length; 0: not a name. */
static size_t
put_name(const char *name, uint8_t wire[DNS_NAME_MAX + 2])
{
	size_t at = 0;

	while (name[0] != '\0') {
		const size_t len = strcspn(name, ".");

		if (len == 0 || len > SEAL_LABEL_MAX || at + 1 + len > DNS_NAME_MAX + 1)
			return 0;
		wire[at++] = (uint8_t)len;
		memcpy(wire + at, name, len);
		at += len;
		name += len + (name[len] == '.');
		if (name[0] == '\0' && name[-1] == '.')
			return 0;
	}
	wire[at++] = 0;
	return at;
}

bool
exchange_is_name(const char *name)
{
	uint8_t wire[DNS_NAME_MAX + 2];

	return put_name(name, wire) > 1;
}

static uint64_t
exchange_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* False: the time is over. */
static bool
wait_for(int fd, short events, uint64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now, left_ms;
	int ready;

	do {
		progress_tick();
		now = exchange_now_ms();
		left_ms = now >= deadline_ms ? 0 : deadline_ms - now;
		ready = left_ms == 0 ? 0 : poll(&p, 1, (int)(left_ms < PROGRESS_STEP_MS ? left_ms : PROGRESS_STEP_MS));
	} while ((ready < 0 && errno == EINTR) || (ready == 0 && left_ms > 0));
	return ready > 0;
}

static bool
question_init(struct question *q, const char *name, enum dns_type type, bool recursive)
{
	uint8_t wire[DNS_NAME_MAX + 2];
	const size_t len = put_name(name, wire);
	ldns_pkt *pkt;
	bool ok;

	*q = (struct question){ .type = (ldns_rr_type)type };
	q->name = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, len, wire);
	pkt = ldns_pkt_query_new(ldns_rdf_clone(q->name), q->type, LDNS_RR_CLASS_IN, recursive ? LDNS_RD : 0);
	ok = pkt != NULL && getrandom(&q->id, sizeof q->id, 0) == sizeof q->id;
	if (ok) {
		ldns_pkt_set_id(pkt, q->id);
		ldns_pkt_set_edns_udp_size(pkt, UDP_SIZE);
		ok = ldns_pkt2wire(&q->wire, pkt, &q->len) == LDNS_STATUS_OK;
	}
	ldns_pkt_free(pkt);
	return ok;
}

static void
question_free(struct question *q)
{
	free(q->wire);
	ldns_rdf_deep_free(q->name);
}

/* True if the reply has exactly this one question. */
static ldns_pkt *
read_reply(const struct question *q, const uint8_t *wire, size_t len)
{
	ldns_pkt *pkt = NULL;
	const ldns_rr *asked;

	if (ldns_wire2pkt(&pkt, wire, len) != LDNS_STATUS_OK)
		return NULL;
	asked = ldns_rr_list_rr_count(ldns_pkt_question(pkt)) == 1 ? ldns_rr_list_rr(ldns_pkt_question(pkt), 0) : NULL;
	if (ldns_pkt_qr(pkt) && ldns_pkt_id(pkt) == q->id && asked != NULL && ldns_rr_get_type(asked) == q->type &&
	    ldns_dname_compare(ldns_rr_owner(asked), q->name) == 0)
		return pkt;
	ldns_pkt_free(pkt);
	return NULL;
}

static int
open_socket(const struct dns_server *server, int type, uint64_t deadline_ms)
{
	const int fd = socket(server->address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;
	socklen_t len = sizeof error;

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&server->address, server->len) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline_ms) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
		return fd;
	close(fd);
	return -1;
}

/* Replies to other questions are ignored. */
static ldns_pkt *
ask_udp(const struct question *q, const struct dns_server *server, uint64_t deadline_ms)
{
	const int fd = open_socket(server, SOCK_DGRAM, deadline_ms);
	uint8_t buf[65535];
	ldns_pkt *pkt = NULL;
	bool ok = fd >= 0 && send(fd, q->wire, q->len, MSG_NOSIGNAL) == (ssize_t)q->len;

	while (ok && pkt == NULL && wait_for(fd, POLLIN, deadline_ms)) {
		const ssize_t len = recv(fd, buf, sizeof buf, 0);

		ok = len >= 0 || errno == EAGAIN || errno == EINTR;
		if (len > 0)
			pkt = read_reply(q, buf, (size_t)len);
	}
	if (fd >= 0)
		close(fd);
	return pkt;
}

static bool
read_all(int fd, uint8_t *buf, size_t len, uint64_t deadline_ms)
{
	while (len > 0) {
		ssize_t n;

		if (!wait_for(fd, POLLIN, deadline_ms))
			return false;
		n = recv(fd, buf, len, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (n > 0) {
			buf += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* RFC 7766 8: the length, two octets, is sent first and together with the message. */
static ldns_pkt *
ask_tcp(const struct question *q, const struct dns_server *server, uint64_t deadline_ms)
{
	const int fd = open_socket(server, SOCK_STREAM, deadline_ms);
	uint8_t buf[65535];
	ldns_pkt *pkt = NULL;
	size_t len = 0;
	bool ok;

	buf[0] = (uint8_t)(q->len >> 8);
	buf[1] = (uint8_t)q->len;
	memcpy(buf + 2, q->wire, q->len);
	ok = fd >= 0 && send(fd, buf, q->len + 2, MSG_NOSIGNAL) == (ssize_t)q->len + 2;
	ok = ok && read_all(fd, buf, 2, deadline_ms);
	if (ok)
		len = (size_t)buf[0] << 8 | buf[1];
	if (ok && read_all(fd, buf, len, deadline_ms))
		pkt = read_reply(q, buf, len);
	if (fd >= 0)
		close(fd);
	return pkt;
}

ldns_pkt *
exchange(const struct dns_server *server, const char *name, enum dns_type type, bool recursive, uint32_t timeout_ms)
{
	struct question q;
	ldns_pkt *pkt = NULL;

	progress_set("asking %s for %s", server->text, name);
	if (question_init(&q, name, type, recursive)) {
		for (unsigned i = 0; pkt == NULL && i < ATTEMPTS; i++)
			pkt = ask_udp(&q, server, exchange_now_ms() + timeout_ms);
		if (pkt != NULL && ldns_pkt_tc(pkt)) {
			ldns_pkt_free(pkt);
			pkt = ask_tcp(&q, server, exchange_now_ms() + timeout_ms);
		}
	}
	question_free(&q);
	return pkt;
}
