/* SPDX-License-Identifier: Apache-2.0
 *
 * password.c - hash a client's password for the configuration (engine/gateway/login.h).
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
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/keyring.h"

#define PASSWORD_MAX   255u   /* octets, of name and password each (RFC 4616 2) */
#define ROUNDS_DEFAULT "100000"
#define SALT_LEN       16u
#define ITEM_MAX       (PASSWORD_MAX + 128u)

struct request {
	const char *user;        /* or NULL */
	uint64_t rounds;
};

static const struct option_row options[] = {
	{ "user", 0, OPT_STRING, offsetof(struct request, user), "NAME",
	  .text = "The name to log in with. Without it, write NAME: before the printed hash." },
	{ "rounds", 0, OPT_NUMBER, offsetof(struct request, rounds), "N",
	  .text = "Rounds of PBKDF2. Each login costs the gateway this many, and so does each guess of an attacker "
	          "who has the configuration. For a board try 10000.",
	  .fallback = ROUNDS_DEFAULT, .min = SEAL_LOGIN_ROUNDS_MIN, .max = SEAL_LOGIN_ROUNDS_MAX },
	OPTIONS_END
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

/* Up to the first line end, the end of input, or one octet too many. Octet by octet, because the next line must
 * remain in the input. */
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
		tool_error("the password has more than %u bytes", PASSWORD_MAX);
	else if (at < p->len)
		tool_error("the password contains a control character");
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
		tool_error("the terminal cannot hide a password: %s", strerror(errno));
		return false;
	}
	ok = ask("Password: ", p) && is_usable(p) && ask("Repeat the password: ", &again);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	if (ok && !seal_span_equal(seal_span(p->octets, p->len), seal_span(again.octets, again.len))) {
		tool_error("passwords do not match");
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
put_login(const struct request *r, const struct password *p, struct result *result)
{
	const struct seal_entropy entropy = keyring_entropy();
	uint8_t salt[SALT_LEN], item[ITEM_MAX];
	struct seal_out out = seal_out(item, sizeof item);
	const size_t skipped = r->user == NULL ? sizeof "x:" - 1 : 0;
	struct seal_pbkdf2 kdf;

	if (!entropy.get(entropy.ctx, salt, sizeof salt)) {
		tool_error("the operating system returned no random bytes");
		return TOOL_IO;
	}
	seal_pbkdf2_init(&kdf, seal_span(p->octets, p->len), seal_span(salt, sizeof salt), (uint32_t)r->rounds);
	(void)seal_pbkdf2_run(&kdf, UINT32_MAX);
	put_item(&out, r, seal_span(salt, sizeof salt), seal_span(kdf.key, sizeof kdf.key));
	seal_wipe(&kdf, sizeof kdf);
	if (out.overflow || !is_login(r, seal_out_span(&out))) {
		tool_error("--user: expected 1 to %u bytes without colon, comma or control character", PASSWORD_MAX);
		return TOOL_USAGE;
	}
	result_set(result, json_pack("{s:o}", "login", tool_json_span(seal_span_from(seal_out_span(&out), skipped))));
	fprintf(result->text, "%.*s\n", (int)(out.len - skipped), (const char *)item + skipped);
	return TOOL_OK;
}

static bool
judge_user(const char *user)
{
	const struct seal_span s = seal_span_text(user == NULL ? "x" : user);

	if (s.len <= PASSWORD_MAX && seal_span_equal(seal_span_trim(s), s))
		return true;
	tool_error("--user: expected at most %u bytes, without blanks at either end", PASSWORD_MAX);
	return false;
}

static int
start(const void *request, struct result *result)
{
	const struct request *const r = request;
	struct password p;
	int code = TOOL_IO;

	if (!judge_user(r->user))
		return TOOL_USAGE;
	if (isatty(STDIN_FILENO) != 0 ? ask_twice(&p) : read_only_line(&p))
		code = put_login(r, &p, result);
	seal_wipe(&p, sizeof p);
	return code;
}

const struct tool_command tool_password = {
	.name = "password", .summary = "Hash a client's password for the configuration",
	.options = options, .request_size = sizeof(struct request), .start = start,
	.help =
		"Asks for the password twice without showing it. If standard input is not a terminal, the\n"
		"password is its only line. The command line is never used, because other users can see it.\n"
		"Put the printed item into a [client] section: login = NAME:pbkdf2-sha256:..., with\n"
		"auth = offered or auth = required.\n"
		"Exit codes: 0 done, 2 usage, 5 the password is not usable, or the terminal failed.\n"
		"\n"
		"  mailseal password --user scanner\n",
	.json = "{ login }\n"
};
