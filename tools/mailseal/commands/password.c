/* SPDX-License-Identifier: Apache-2.0
 *
 * password.c - what the configuration knows of a client's password (engine/gateway/login.h).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/ct.h"
#include "engine/gateway/login.h"
#include "tools/mailseal/base/json.h"
#include "tools/mailseal/checks/keyring.h"

#define PASSWORD_MAX   255u   /* octets, of name and password each (RFC 4616 2) */
#define ROUNDS_DEFAULT 100000u
#define SALT_LEN       16u
#define ITEM_MAX       (PASSWORD_MAX + 128u)

struct request {
	const char *user;        /* or NULL */
	uint64_t rounds;
	bool json;
};

struct password {
	uint8_t octets[PASSWORD_MAX + 3];    /* with CR and LF, and one more */
	size_t len;
};

/* --- the terminal ------------------------------------------------------------------------------- */

static struct termios shown; /* how the terminal was; static for the handler */

static void
show_and_end(int number)
{
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &shown);
	(void)raise(number);     /* SA_RESETHAND: this time it ends the program */
}

/* From now on a signal brings the echo back before it ends the program. */
static bool
hide(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction action = { .sa_handler = show_and_end, .sa_flags = (int)SA_RESETHAND | SA_NODEFER };
	struct termios hidden;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return false;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		(void)sigaction(numbers[i], &action, NULL);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

/* --- the password ------------------------------------------------------------------------------- */

/* Up to the first line end, the end, or one octet too many; octet by octet, so that the next
 * line is still to be read. */
static bool
read_line(struct password *p)
{
	p->len = 0;
	while (p->len < sizeof p->octets) {
		const ssize_t n = read(STDIN_FILENO, p->octets + p->len, 1);

		if (n == 0)
			return true;
		if (n > 0 && p->octets[p->len++] == '\n')
			return true;
		if (n < 0 && errno != EINTR) {
			tool_error("standard input: cannot be read: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

static void
trim(struct password *p)
{
	if (p->len > 0 && p->octets[p->len - 1] == '\n')
		p->len--;
	if (p->len > 0 && p->octets[p->len - 1] == '\r')
		p->len--;
}

static bool
is_usable(const struct password *p)
{
	size_t at = 0;

	while (at < p->len && !seal_is_ctl(p->octets[at]))
		at++;
	if (p->len == 0)
		tool_error("the password is empty");
	else if (p->len > PASSWORD_MAX)
		tool_error("the password has over %u octets", PASSWORD_MAX);
	else if (at < p->len)
		tool_error("the password holds a control character");
	return p->len > 0 && p->len <= PASSWORD_MAX && at == p->len;
}

static bool
ask(const char *prompt, struct password *p)
{
	bool ok;

	fputs(prompt, stderr);
	ok = read_line(p);
	fputc('\n', stderr);
	trim(p);
	return ok;
}

static bool
ask_twice(struct password *p)
{
	struct password again;
	bool ok;

	if (!hide()) {
		tool_error("the terminal cannot be told to hide a password: %s", strerror(errno));
		return false;
	}
	ok = ask("Password: ", p) && is_usable(p) && ask("Once more: ", &again);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	if (ok && !seal_span_equal(seal_span(p->octets, p->len), seal_span(again.octets, again.len))) {
		tool_error("these were two different passwords");
		ok = false;
	}
	seal_wipe(&again, sizeof again);
	return ok;
}

static bool
read_only_line(struct password *p)
{
	uint8_t more;

	if (!read_line(p))
		return false;
	trim(p);
	if (!is_usable(p))
		return false;
	if (read(STDIN_FILENO, &more, 1) == 0)
		return true;
	tool_error("standard input: expected one line, found more");
	return false;
}

/* --- the item ----------------------------------------------------------------------------------- */

/* Without a name, as if for x: so that it can be read back. */
static void
put_item(struct seal_out *out, const struct request *r, struct seal_span salt, struct seal_span hash)
{
	seal_out_span_put(out, seal_span_text(r->user != NULL ? r->user : "x"));
	seal_out_text(out, ":pbkdf2-sha256:");
	seal_out_u64(out, r->rounds);
	seal_out_text(out, ":");
	seal_base64_put(out, salt);
	seal_out_text(out, ":");
	seal_base64_put(out, hash);
}

/* Only what the configuration will accept, for exactly that user. */
static bool
is_login(const struct request *r, struct seal_span item)
{
	struct seal_login_entry entry;

	return seal_login_read(item, &entry) &&
	       (r->user == NULL || seal_span_equal(entry.user, seal_span_text(r->user)));
}

static int
print_item(const struct request *r, const struct password *p)
{
	const struct seal_entropy entropy = keyring_entropy();
	uint8_t salt[SALT_LEN], item[ITEM_MAX];
	struct seal_out out = seal_out(item, sizeof item);
	const size_t skipped = r->user == NULL ? sizeof "x:" - 1 : 0;
	struct seal_pbkdf2 kdf;

	if (!entropy.get(entropy.ctx, salt, sizeof salt)) {
		tool_error("the operating system gives no random octets");
		return TOOL_IO;
	}
	seal_pbkdf2_init(&kdf, seal_span(p->octets, p->len), seal_span(salt, sizeof salt), (uint32_t)r->rounds);
	(void)seal_pbkdf2_run(&kdf, UINT32_MAX);
	put_item(&out, r, seal_span(salt, sizeof salt), seal_span(kdf.key, sizeof kdf.key));
	seal_wipe(&kdf, sizeof kdf);
	if (out.overflow || !is_login(r, seal_out_span(&out))) {
		tool_error("--user: expected 1 to %u octets without colon, comma or control character", PASSWORD_MAX);
		return TOOL_USAGE;
	}
	if (r->json)
		return tool_print_json(json_pack("{s:o}", "login", tool_json_span(seal_span_from(seal_out_span(&out),
		                                                                               skipped))));
	printf("%.*s\n", (int)(out.len - skipped), (const char *)item + skipped);
	return tool_finish_output();
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "user", required_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ .rounds = ROUNDS_DEFAULT };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == 'u')
			r->user = optarg;
		else if (option == 'j')
			r->json = true;
		else if (option != 'r' ||
		         !tool_number(optarg, "--rounds", SEAL_LOGIN_ROUNDS_MIN, SEAL_LOGIN_ROUNDS_MAX, &r->rounds))
			return false;
	}
	return tool_arguments(argc, 0, "");
}

static bool
judge_user(const char *user)
{
	const struct seal_span s = seal_span_text(user == NULL ? "x" : user);

	if (s.len <= PASSWORD_MAX && seal_span_equal(seal_span_trim(s), s))
		return true;
	tool_error("--user: expected at most %u octets, without blanks at its ends", PASSWORD_MAX);
	return false;
}

static int
run(int argc, char **argv)
{
	struct request r;
	struct password p;
	int code = TOOL_IO;

	if (!read_options(argc, argv, &r) || !judge_user(r.user))
		return TOOL_USAGE;
	if (isatty(STDIN_FILENO) != 0 ? ask_twice(&p) : read_only_line(&p))
		code = print_item(&r, &p);
	seal_wipe(&p, sizeof p);
	return code;
}

const struct tool_command tool_password = {
	"password", "[--user NAME] [--rounds N] [--json]", "Make an item of login = out of a password",
	"  --user NAME  the name to log in with; else put NAME: in front of what is printed\n"
	"  --rounds N   100000 unless given; 1000 to 1000000. Each login costs the gateway as many,\n"
	"               and whoever has the configuration as many per guess; for a board try 10000\n"
	"  --json       { login }\n"
	"\n"
	"The password is asked for twice, and not shown; when standard input is no terminal, it\n"
	"is its only line. It is never taken from the command line, which others can see. The\n"
	"item stands in a [client] section: login = NAME:pbkdf2-sha256:..., with auth = offered\n"
	"or auth = required.\n",
	.run = run
};
