/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "port/lwip/stack.h"

#define PIECES_MAX  16u
#define BATCH       64u

int
seal_tap_open(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	const size_t len = strlen(name);
	int fd;

	if (len == 0 || len >= sizeof request.ifr_name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(request.ifr_name, name, len);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) != 0) {
		const int error = errno;

		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

void
seal_tap_send(void *ctx, const struct seal_span *pieces, size_t num_pieces)
{
	const int *fd = ctx;
	struct iovec parts[PIECES_MAX];
	ssize_t sent;

	if (num_pieces > PIECES_MAX)
		return;
	for (size_t i = 0; i < num_pieces; i++) {
		/* writev(2) does not write here, although the type is not const */
		memcpy(&parts[i].iov_base, &pieces[i].ptr, sizeof parts[i].iov_base);
		parts[i].iov_len = pieces[i].len;
	}
	do
		sent = writev(*fd, parts, (int)num_pieces);
	while (sent < 0 && errno == EINTR);
	/* else it is dropped, as Ethernet may do: the queue is full or the device is down */
}

void
seal_tap_receive(int fd)
{
	uint8_t frame[SEAL_NET_FRAME_MAX];

	for (unsigned i = 0; i < BATCH; i++) {
		const ssize_t len = read(fd, frame, sizeof frame);

		if (len <= 0)
			return;
		seal_net_input(frame, (size_t)len);
	}
}
