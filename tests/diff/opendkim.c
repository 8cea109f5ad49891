/* SPDX-License-Identifier: Apache-2.0
 *
 * opendkim.c - verify many messages with libopendkim in one process.
 *
 *	opendkim RECORD < list of files > verdicts
 *	opendkim --port PORT < list of files > verdicts
 *
 * RECORD is a file with the text of the key record at the selector "seal" of every domain;
 * with --port the name server on 127.0.0.1 is asked instead, and libopendkim reads its
 * answers. One line per file: "FILE TAB pass|fail TAB reason". Only signatures of that
 * selector count: the corpus has others whose keys no longer exist.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include <opendkim/dkim.h>

#define SELECTOR "seal"
#define RECORD_MAX 4096

static char record[RECORD_MAX];

static DKIM_STAT
look_up(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t len)
{
	(void)dkim;
	if (strcmp((const char *)dkim_sig_getselector(sig), SELECTOR) != 0)
		return DKIM_STAT_NOKEY;
	if (strlen(record) >= len)
		return DKIM_STAT_NORESOURCE;
	memcpy(buf, record, strlen(record) + 1);
	return DKIM_STAT_OK;
}

/* --- asking a name server: over TCP, so that no answer is truncated ------------------ */

#define QUESTION_MAX 512

static in_port_t port;
static size_t reply_len;

static bool
receive(int fd, u_char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(fd, buf, len, 0);
		if (n <= 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

/* RFC 1035 4.1.2, after the two octets of length of 4.2.2 */
static size_t
make_question(u_char out[QUESTION_MAX], int type, const char *name)
{
	static const u_char header[12] = { 0x12, 0x34, 0x01, 0x00, 0, 1 };
	size_t len = 2 + sizeof header;

	memcpy(out + 2, header, sizeof header);
	while (*name != '\0') {
		size_t label = strcspn(name, ".");
		if (label == 0 || label > 63 || len + label + 6 > QUESTION_MAX)
			return 0;
		out[len++] = (u_char)label;
		memcpy(out + len, name, label);
		len += label;
		name += label + (name[label] == '.');
	}
	memcpy(out + len, (const u_char[]){ 0, 0, (u_char)type, 0, 1 }, 5);
	len += 5;
	out[0] = (u_char)((len - 2) >> 8);
	out[1] = (u_char)(len - 2);
	return len;
}

static int
query_start(void *dns, int type, u_char *name, u_char *buf, size_t buf_len, void **handle)
{
	const struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(port),
	                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	u_char question[QUESTION_MAX], size[2];
	size_t len = make_question(question, type, (const char *)name);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool good = fd >= 0 && len > 0 && connect(fd, (const struct sockaddr *)&server, sizeof server) == 0 &&
		    send(fd, question, len, MSG_NOSIGNAL) == (ssize_t)len && receive(fd, size, sizeof size);

	(void)dns;
	reply_len = good ? (size_t)size[0] << 8 | size[1] : 0;
	good = good && reply_len <= buf_len && receive(fd, buf, reply_len);
	if (fd >= 0)
		close(fd);
	*handle = &reply_len;
	return good ? DKIM_DNS_SUCCESS : DKIM_DNS_ERROR;
}

static int
query_cancel(void *dns, void *handle)
{
	(void)dns;
	(void)handle;
	return DKIM_DNS_SUCCESS;
}

static int
query_wait(void *dns, void *handle, struct timeval *timeout, size_t *len, int *error, int *dnssec)
{
	(void)dns;
	(void)handle;
	(void)timeout;
	if (len != NULL)
		*len = reply_len;
	if (error != NULL)
		*error = 0;
	if (dnssec != NULL)
		*dnssec = DKIM_DNSSEC_UNKNOWN;
	return DKIM_DNS_SUCCESS;
}

static int
dns_init(void **service)
{
	*service = &port;
	return 0;
}

static void
dns_close(void *service)
{
	(void)service;
}

static void
ask_name_server(DKIM_LIB *lib)
{
	dkim_dns_set_close(lib, dns_close);
	dkim_dns_set_init(lib, dns_init);
	dkim_dns_set_query_start(lib, query_start);
	dkim_dns_set_query_cancel(lib, query_cancel);
	dkim_dns_set_query_waitreply(lib, query_wait);
}

static u_char *
slurp(const char *name, size_t *len)
{
	FILE *f = fopen(name, "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
		perror(name);
		exit(2);
	}
	long size = ftell(f);
	rewind(f);
	u_char *data = malloc((size_t)size + 1);
	if (data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size) {
		perror(name);
		exit(2);
	}
	fclose(f);
	*len = (size_t)size;
	return data;
}

/* The topmost of our own signatures; the rest of the message does not matter. */
static const char *
verdict(DKIM *dkim, bool *good)
{
	int n = 0;
	DKIM_SIGINFO **sigs = NULL;

	if (dkim_getsiglist(dkim, &sigs, &n) != DKIM_STAT_OK)
		return "no list of signatures";
	for (int i = 0; i < n; i++) {
		const u_char *selector = dkim_sig_getselector(sigs[i]);
		if (selector == NULL || strcmp((const char *)selector, SELECTOR) != 0)
			continue;
		DKIM_STAT status = dkim_sig_process(dkim, sigs[i]);
		int error = dkim_sig_geterror(sigs[i]);
		if (status != DKIM_STAT_OK)
			return dkim_getresultstr(status);
		if (error != DKIM_SIGERROR_OK && error != DKIM_SIGERROR_UNKNOWN)
			return dkim_sig_geterrorstr(error);
		if ((dkim_sig_getflags(sigs[i]) & DKIM_SIGFLAG_PASSED) == 0)
			return "signature does not verify";
		if (dkim_sig_getbh(sigs[i]) != DKIM_SIGBH_MATCH)
			return "body hash does not match";
		*good = true;
		return "";
	}
	return "no signature of ours";
}

/* The octets up to the CRLF that ends the field at `data`: the first one without white space after it. */
static size_t
field_len(const u_char *data, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (data[i] == '\r' && data[i + 1] == '\n' &&
		    (i + 2 == len || (data[i + 2] != ' ' && data[i + 2] != '\t')))
			return i;
	return len;
}

/* Pass the message as the filter of a mail server does: field by field, then the body. */
static DKIM_STAT
feed(DKIM *dkim, u_char *data, size_t len)
{
	DKIM_STAT status;

	while (len > 0 && !(len >= 2 && data[0] == '\r' && data[1] == '\n')) {
		size_t n = field_len(data, len);
		/* A broken foreign signature is a syntax error for it, but it continues. */
		status = dkim_header(dkim, data, n);
		if (status != DKIM_STAT_OK && status != DKIM_STAT_SYNTAX)
			return status;
		n = n + 2 < len ? n + 2 : len;
		data += n;
		len -= n;
	}
	if ((status = dkim_eoh(dkim)) != DKIM_STAT_OK)
		return status;
	if (len > 2 && (status = dkim_body(dkim, data + 2, len - 2)) != DKIM_STAT_OK)
		return status;
	(void)dkim_eom(dkim, NULL);
	return DKIM_STAT_OK;
}

static void
verify(DKIM_LIB *lib, const char *name)
{
	DKIM_STAT status;
	bool good = false;
	const char *reason;
	size_t len;
	u_char *data = slurp(name, &len);
	DKIM *dkim = dkim_verify(lib, (const u_char *)"t", NULL, &status);

	if (dkim == NULL) {
		fputs("cannot make a handle\n", stderr);
		exit(2);
	}
	if ((status = feed(dkim, data, len)) != DKIM_STAT_OK) {
		reason = dkim_geterror(dkim);
		if (reason == NULL)
			reason = dkim_getresultstr(status);
	} else {
		reason = verdict(dkim, &good);
	}
	printf("%s\t%s\t%s\n", name, good ? "pass" : "fail", reason);
	dkim_free(dkim);
	free(data);
}

static void
read_record(const char *name)
{
	size_t len;
	u_char *text = slurp(name, &len);

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len >= sizeof record)
		exit(2);
	memcpy(record, text, len);
	free(text);
}

int
main(int argc, char **argv)
{
	static char name[4096];
	bool has_port = argc == 3 && strcmp(argv[1], "--port") == 0;

	if (argc != 2 && !has_port) {
		fputs("usage: opendkim RECORD|--port PORT < list\n", stderr);
		return 2;
	}
	if (has_port)
		port = (in_port_t)atoi(argv[2]);
	else
		read_record(argv[1]);

	DKIM_LIB *lib = dkim_init(NULL, NULL);
	u_int flags = DKIM_LIBFLAGS_BADSIGHANDLES;
	if (lib == NULL ||
	    dkim_options(lib, DKIM_OP_GETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags) != DKIM_STAT_OK)
		return 2;
	flags |= DKIM_LIBFLAGS_BADSIGHANDLES;
	if (dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags) != DKIM_STAT_OK)
		return 2;
	if (has_port)
		ask_name_server(lib);
	else if (dkim_set_key_lookup(lib, look_up) != DKIM_STAT_OK)
		return 2;
	while (fgets(name, sizeof name, stdin) != NULL) {
		name[strcspn(name, "\n")] = '\0';
		verify(lib, name);
	}
	dkim_close(lib);
	return 0;
}
