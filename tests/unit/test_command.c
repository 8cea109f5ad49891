/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/out.h"
#include "engine/smtp/command.h"
#include "tests/unit/test.h"

static const struct seal_extensions ALL = {
	.size_max = UINT64_MAX, .eight_bit_mime = true, .smtputf8 = true, .dsn = true, .auth = true
};
static const struct seal_extensions NOTHING = { .size_max = 0 };

static struct seal_span
text(const char *s)
{
	return seal_span((const uint8_t *)s, strlen(s));
}

/* --- verbs ------------------------------------------------------------------------- */

static const struct {
	const char *line;
	enum seal_verb verb;
	const char *argument;
} VERB_CASES[] = {
	{ "HELO x", SEAL_VERB_HELO, "x" },
	{ "ehlo  x ", SEAL_VERB_EHLO, "x" },
	{ "EHLO", SEAL_VERB_EHLO, "" },
	{ "MAIL FROM:<a@b>", SEAL_VERB_MAIL, "<a@b>" },
	{ "mail from:<a@b> SIZE=1", SEAL_VERB_MAIL, "<a@b> SIZE=1" },
	{ "MAIL FROM: <a@b>", SEAL_VERB_MAIL, "<a@b>" },
	{ "MAIL  FROM:<>", SEAL_VERB_MAIL, "<>" },
	{ "MAIL\tFROM:<>", SEAL_VERB_MAIL, "<>" },
	{ "MAIL FROM:", SEAL_VERB_MAIL, "" },
	{ "MAIL FROM", SEAL_VERB_MAIL, "" },
	{ "MAIL", SEAL_VERB_MAIL, "" },
	{ "MAIL <a@b>", SEAL_VERB_MAIL, "" },
	{ "MAIL TO:<a@b>", SEAL_VERB_MAIL, "" },
	{ "MAILFROM:<a@b>", SEAL_VERB_UNKNOWN, "" },
	{ "RCPT TO:<a@b>", SEAL_VERB_RCPT, "<a@b>" },
	{ "RCPT FROM:<a@b>", SEAL_VERB_RCPT, "" },
	{ "DATA", SEAL_VERB_DATA, "" }, { "DATA \t", SEAL_VERB_DATA, "" }, { "DATA x", SEAL_VERB_DATA, "x" },
	{ "RSET", SEAL_VERB_RSET, "" }, { "NOOP a b", SEAL_VERB_NOOP, "a b" }, { "QUIT", SEAL_VERB_QUIT, "" },
	{ "VRFY a", SEAL_VERB_VRFY, "a" }, { "HELP", SEAL_VERB_HELP, "" },
	{ "BDAT 5 LAST", SEAL_VERB_BDAT, "5 LAST" },
	{ "EXPN x", SEAL_VERB_KNOWN_NOT_DONE, "x" }, { "TURN", SEAL_VERB_KNOWN_NOT_DONE, "" },
	{ "ETRN x", SEAL_VERB_KNOWN_NOT_DONE, "x" }, { "SEND x", SEAL_VERB_KNOWN_NOT_DONE, "x" },
	{ "SOML x", SEAL_VERB_KNOWN_NOT_DONE, "x" }, { "SAML x", SEAL_VERB_KNOWN_NOT_DONE, "x" },
	{ "auth LOGIN", SEAL_VERB_AUTH, "LOGIN" }, { "AUTH PLAIN x ", SEAL_VERB_AUTH, "PLAIN x" },
	{ "STARTTLS", SEAL_VERB_STARTTLS, "" }, { "startTLS x", SEAL_VERB_STARTTLS, "x" },
	{ "XCLIENT a", SEAL_VERB_KNOWN_NOT_DONE, "a" },
	{ "GET / HTTP/1.0", SEAL_VERB_NOT_SMTP, "/ HTTP/1.0" }, { "POST /", SEAL_VERB_NOT_SMTP, "/" },
	{ "\x16\x03\x01", SEAL_VERB_NOT_SMTP, "" },
	{ "", SEAL_VERB_UNKNOWN, "" }, { " NOOP", SEAL_VERB_UNKNOWN, "NOOP" }, { "NOO", SEAL_VERB_UNKNOWN, "" },
	{ "NOOPS", SEAL_VERB_UNKNOWN, "" }, { "STARTTLSSS", SEAL_VERB_UNKNOWN, "" },
	{ "DATA\x0b", SEAL_VERB_UNKNOWN, "" },
};

TEST(verbs_are_recognized_in_any_case)
{
	for (size_t i = 0; i < sizeof VERB_CASES / sizeof VERB_CASES[0]; i++) {
		struct seal_span argument;

		CHECK_EQ(seal_command_verb(text(VERB_CASES[i].line), &argument), VERB_CASES[i].verb);
		CHECK_SPANS(argument, text(VERB_CASES[i].argument));
	}
}

TEST(a_verb_with_a_nul_after_it_is_unknown)
{
	struct seal_span argument;

	CHECK_EQ(seal_command_verb(SEAL_SPAN("NOOP\0"), &argument), SEAL_VERB_UNKNOWN);
}

TEST(names_of_ehlo)
{
	static uint8_t name[SEAL_DOMAIN_MAX + 1];

	memset(name, 'x', sizeof name);
	CHECK(seal_command_name_ok(SEAL_SPAN("client.example")));
	CHECK(seal_command_name_ok(SEAL_SPAN("HP_1")));
	CHECK(seal_command_name_ok(SEAL_SPAN("[1.2.3.4]")));
	CHECK(seal_command_name_ok(SEAL_SPAN("[IPv6:::1]")));
	CHECK(!seal_command_name_ok(SEAL_SPAN("")));
	CHECK(!seal_command_name_ok(SEAL_SPAN("a b")));
	CHECK(!seal_command_name_ok(SEAL_SPAN("a\0b")));
	CHECK(!seal_command_name_ok(SEAL_SPAN("a(b)")));
	CHECK(!seal_command_name_ok(SEAL_SPAN("m\xc3\xbcller")));
	CHECK(seal_command_name_ok(seal_span(name, SEAL_DOMAIN_MAX - 1)));
	CHECK(seal_command_name_ok(seal_span(name, SEAL_DOMAIN_MAX)));
	CHECK(!seal_command_name_ok(seal_span(name, SEAL_DOMAIN_MAX + 1)));
}

/* --- paths -------------------------------------------------------------------------- */

#define BAD NULL

/* The result for MAIL and RCPT: the path passed on, or BAD for 501. */
static const struct {
	const char *argument, *mail, *rcpt, *domain;
} PATH_CASES[] = {
	{ "<a@b.example>", "a@b.example", "a@b.example", "b.example" },
	{ "a@b.example", "a@b.example", "a@b.example", "b.example" },
	{ "<a@b>", "a@b", "a@b", "b" },
	{ "<@x.example:a@b>", "a@b", "a@b", "b" },
	{ "<@x.example,@y.example:a@b>", "a@b", "a@b", "b" },
	{ "<@x.example,@[1.2.3.4]:a@b>", "a@b", "a@b", "b" },
	{ "<\"a b\"@c>", "\"a b\"@c", "\"a b\"@c", "c" },
	{ "<\"a@b\"@c>", "\"a@b\"@c", "\"a@b\"@c", "c" },
	{ "<\"a>b\"@c>", "\"a>b\"@c", "\"a>b\"@c", "c" },
	{ "<\"a\\\"b\\\\\"@c>", "\"a\\\"b\\\\\"@c", "\"a\\\"b\\\\\"@c", "c" },
	{ "\"a b\"@c", "\"a b\"@c", "\"a b\"@c", "c" },
	{ "<a.b.c@d>", "a.b.c@d", "a.b.c@d", "d" },
	{ "<!#$%&'*+-/=?^_`{|}~@d>", "!#$%&'*+-/=?^_`{|}~@d", "!#$%&'*+-/=?^_`{|}~@d", "d" },
	{ "<a%b@c>", "a%b@c", "a%b@c", "c" },
	{ "<x!y@c>", "x!y@c", "x!y@c", "c" },
	{ "<a@my_host.example>", "a@my_host.example", "a@my_host.example", "my_host.example" },
	{ "<a@1.example>", "a@1.example", "a@1.example", "1.example" },
	{ "<a@xn--mller-kva.example>", "a@xn--mller-kva.example", "a@xn--mller-kva.example", "xn--mller-kva.example" },
	{ "<a@[1.2.3.4]>", "a@[1.2.3.4]", "a@[1.2.3.4]", "[1.2.3.4]" },
	{ "<a@[IPv6:::1]>", "a@[IPv6:::1]", "a@[IPv6:::1]", "[IPv6:::1]" },
	{ "<a@[ipv6:1:2:3:4:5:6:7:8]>", "a@[ipv6:1:2:3:4:5:6:7:8]", "a@[ipv6:1:2:3:4:5:6:7:8]",
	  "[ipv6:1:2:3:4:5:6:7:8]" },
	{ "<a@[IPv6:fe80::1:2]>", "a@[IPv6:fe80::1:2]", "a@[IPv6:fe80::1:2]", "[IPv6:fe80::1:2]" },
	{ "<a@[IPv6:1:2:3:4:5:6:1.2.3.4]>", "a@[IPv6:1:2:3:4:5:6:1.2.3.4]", "a@[IPv6:1:2:3:4:5:6:1.2.3.4]",
	  "[IPv6:1:2:3:4:5:6:1.2.3.4]" },
	{ "<a@[IPv6:::ffff:1.2.3.4]>", "a@[IPv6:::ffff:1.2.3.4]", "a@[IPv6:::ffff:1.2.3.4]",
	  "[IPv6:::ffff:1.2.3.4]" },
	{ "<a@[IPv6:1::]>", "a@[IPv6:1::]", "a@[IPv6:1::]", "[IPv6:1::]" },
	{ "<a@[IPv6:aA:fF::09]>", "a@[IPv6:aA:fF::09]", "a@[IPv6:aA:fF::09]", "[IPv6:aA:fF::09]" },
	{ "<a@[IPv6:1:2:3::4:5:6]>", "a@[IPv6:1:2:3::4:5:6]", "a@[IPv6:1:2:3::4:5:6]", "[IPv6:1:2:3::4:5:6]" },
	{ "<>", "", BAD, "" },
	{ "<postmaster>", BAD, "postmaster", "" },
	{ "<Postmaster>", BAD, "Postmaster", "" },
	{ "postmaster", BAD, "postmaster", "" },

	{ "<", BAD, BAD, "" },
	{ ">", BAD, BAD, "" },
	{ "<a@b", BAD, BAD, "" },
	{ "a@b>", BAD, BAD, "" },
	{ "<<a@b>>", BAD, BAD, "" },
	{ "<a@b>x", BAD, BAD, "" },
	{ "<a@b>>", BAD, BAD, "" },
	{ "< a@b>", BAD, BAD, "" },
	{ "<a@b >", BAD, BAD, "" },
	{ "<a b@c>", BAD, BAD, "" },
	{ "<a\tb@c>", BAD, BAD, "" },
	{ "<a\x01@b>", BAD, BAD, "" },
	{ "<\"a\x01\"@b>", BAD, BAD, "" },
	{ "<\"a\tb\"@b>", BAD, BAD, "" },
	{ "<\"\"@b>", BAD, BAD, "" },
	{ "<\"a@b>", BAD, BAD, "" },
	{ "<\"a\\\"@b>", BAD, BAD, "" },
	{ "<\"a\"b@c>", BAD, BAD, "" },
	{ "<a\"b\"@c>", BAD, BAD, "" },
	{ "<\"a\".\"b\"@c>", BAD, BAD, "" },
	{ "<(c)a@b>", BAD, BAD, "" },
	{ "<a@b(c)>", BAD, BAD, "" },
	{ "<a>", BAD, BAD, "" },
	{ "<a@>", BAD, BAD, "" },
	{ "<@b>", BAD, BAD, "" },
	{ "<@>", BAD, BAD, "" },
	{ "<a@b@c>", BAD, BAD, "" },
	{ "<.a@b>", BAD, BAD, "" },
	{ "<a.@b>", BAD, BAD, "" },
	{ "<a..b@c>", BAD, BAD, "" },
	{ "<a@.b>", BAD, BAD, "" },
	{ "<a@b.>", BAD, BAD, "" },
	{ "<a@b..c>", BAD, BAD, "" },
	{ "<a@-b>", BAD, BAD, "" },
	{ "<a@b->", BAD, BAD, "" },
	{ "<a@b-.c>", BAD, BAD, "" },
	{ "<a@b c>", BAD, BAD, "" },
	{ "<a@b/c>", BAD, BAD, "" },
	{ "<a@[]>", BAD, BAD, "" },
	{ "<a@[1.2.3]>", BAD, BAD, "" },
	{ "<a@[1.2.3.256]>", BAD, BAD, "" },
	{ "<a@[1.2.3.4>", BAD, BAD, "" },
	{ "<a@1.2.3.4]>", BAD, BAD, "" },
	{ "<a@[1.2.3.4].b>", BAD, BAD, "" },
	{ "<a@[x:1]>", BAD, BAD, "" },
	{ "<a@[IPv6:]>", BAD, BAD, "" },
	{ "<a@[IPv6:1]>", BAD, BAD, "" },
	{ "<a@[IPv6:1:2:3:4:5:6:7]>", BAD, BAD, "" },
	{ "<a@[IPv6:1:2:3:4:5:6:7:8:9]>", BAD, BAD, "" },
	{ "<a@[IPv6:1::2::3]>", BAD, BAD, "" },
	{ "<a@[IPv6::::]>", BAD, BAD, "" },
	{ "<a@[IPv6::1]>", BAD, BAD, "" },
	{ "<a@[IPv6:1:]>", BAD, BAD, "" },
	{ "<a@[IPv6:1::2:3:4:5:6:7]>", BAD, BAD, "" },
	{ "<a@[IPv6:::12345]>", BAD, BAD, "" },
	{ "<a@[IPv6:::g]>", BAD, BAD, "" },
	{ "<a@[IPv6:1.2.3.4::]>", BAD, BAD, "" },
	{ "<a@[IPv6:::1.2.3.4:1]>", BAD, BAD, "" },
	{ "<@x.example:>", BAD, BAD, "" },
	{ "<@x.example a@b>", BAD, BAD, "" },
	{ "<@:a@b>", BAD, BAD, "" },
	{ "<@x,:a@b>", BAD, BAD, "" },
	{ "<@x,y:a@b>", BAD, BAD, "" },
	{ "<@x,yz:a@b>", BAD, BAD, "" },
	{ "<@x,,@y:a@b>", BAD, BAD, "" },
	{ "<ab\"@c>", BAD, BAD, "" },
	{ "<a@[>", BAD, BAD, "" },
	{ "<a@]>", BAD, BAD, "" },
	{ "<a@x1.2.3.4]>", BAD, BAD, "" },
	{ "<a@[IPv6:1:2:3::4:5:6:7]>", BAD, BAD, "" },
	{ "<x:a@b>", BAD, BAD, "" },
	{ "SIZE=10", BAD, BAD, "" },
};

static void
check_path(bool is_mail, const char *argument, const char *path, const char *domain)
{
	struct seal_path_command c;
	const enum seal_command_fault fault = seal_command_path(is_mail, text(argument), &NOTHING, &c);

	if (path == BAD) {
		CHECK_EQ(fault, is_mail ? SEAL_COMMAND_BAD_SENDER : SEAL_COMMAND_BAD_RECIPIENT);
		return;
	}
	if (!CHECK_EQ(fault, SEAL_COMMAND_FINE))
		return;
	CHECK_SPANS(c.path, text(path));
	CHECK_SPANS(c.domain, text(domain));
}

TEST(paths_are_those_of_rfc_5321)
{
	for (size_t i = 0; i < sizeof PATH_CASES / sizeof PATH_CASES[0]; i++) {
		check_path(true, PATH_CASES[i].argument, PATH_CASES[i].mail, PATH_CASES[i].domain);
		check_path(false, PATH_CASES[i].argument, PATH_CASES[i].rcpt, PATH_CASES[i].domain);
	}
}

TEST(a_missing_path_is_a_missing_argument)
{
	struct seal_path_command c;

	CHECK_EQ(seal_command_path(true, text(""), &ALL, &c), SEAL_COMMAND_NO_ARGUMENT);
}

TEST(a_nul_in_a_path_is_bad)
{
	struct seal_path_command c;

	CHECK_EQ(seal_command_path(true, SEAL_SPAN("<a\0b@c>"), &ALL, &c), SEAL_COMMAND_BAD_SENDER);
	CHECK_EQ(seal_command_path(true, SEAL_SPAN("<\"a\0b\"@c>"), &ALL, &c), SEAL_COMMAND_BAD_SENDER);
}

/* Build "<" local "@" label "." ... ">" of the given sizes; domain labels of 'd'. */
static enum seal_command_fault
fault_of_sizes(size_t local_len, size_t domain_len, size_t label_len)
{
	static uint8_t line[SEAL_COMMAND_EXT_MAX];
	struct seal_out out = seal_out(line, sizeof line);
	struct seal_path_command c;

	seal_out_text(&out, "<");
	for (size_t i = 0; i < local_len; i++)
		seal_out_octet(&out, 'l');
	seal_out_text(&out, "@");
	for (size_t i = 1; i <= domain_len; i++)
		seal_out_octet(&out, i % (label_len + 1) == 0 ? '.' : 'd');
	seal_out_text(&out, ">");
	CHECK(!out.overflow);
	return seal_command_path(true, seal_out_span(&out), &ALL, &c);
}

/* "<@", a hop of `len` octets, ":a@b>" */
static enum seal_command_fault
fault_of_hop(size_t len)
{
	static uint8_t line[SEAL_COMMAND_MAX];
	struct seal_out out = seal_out(line, sizeof line);
	struct seal_path_command c;

	seal_out_text(&out, "<@");
	for (size_t i = 1; i <= len; i++)
		seal_out_octet(&out, i % 60 == 0 ? '.' : 'd');
	seal_out_text(&out, ":a@b>");
	return seal_command_path(true, seal_out_span(&out), &ALL, &c);
}

TEST(limits_of_paths)
{
	CHECK_EQ(fault_of_hop(SEAL_DOMAIN_MAX - 1), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_hop(SEAL_DOMAIN_MAX), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_hop(SEAL_DOMAIN_MAX + 1), SEAL_COMMAND_BAD_SENDER);
	CHECK_EQ(fault_of_sizes(SEAL_LOCAL_PART_MAX - 1, 10, 63), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_sizes(SEAL_LOCAL_PART_MAX, 10, 63), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_sizes(SEAL_LOCAL_PART_MAX + 1, 10, 63), SEAL_COMMAND_BAD_SENDER);
	CHECK_EQ(fault_of_sizes(1, SEAL_LABEL_MAX - 1, 99), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_sizes(1, SEAL_LABEL_MAX, 99), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_sizes(1, SEAL_LABEL_MAX + 1, 99), SEAL_COMMAND_BAD_SENDER);
	/* "<" + 50 + "@" + domain + ">" */
	CHECK_EQ(fault_of_sizes(50, SEAL_PATH_MAX - 54, 60), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_sizes(50, SEAL_PATH_MAX - 53, 60), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_sizes(50, SEAL_PATH_MAX - 52, 60), SEAL_COMMAND_BAD_SENDER);
	CHECK_EQ(fault_of_sizes(1, SEAL_DOMAIN_MAX + 1, 60), SEAL_COMMAND_BAD_SENDER);
	CHECK_EQ(fault_of_sizes(990, 20, 60), SEAL_COMMAND_BAD_SENDER);
}

static enum seal_command_fault
mail_fault(const char *argument, const struct seal_extensions *offered)
{
	struct seal_path_command c;

	return seal_command_path(true, text(argument), offered, &c);
}

TEST(utf8_in_paths_needs_smtputf8_and_must_be_valid)
{
	static const char *const invalid[] = {
		"<\x80@b> SMTPUTF8", "<\xc3@b> SMTPUTF8", "<\xc0\xaf@b> SMTPUTF8", "<\xc1\xbf@b> SMTPUTF8",
		"<\xe0\x9f\xbf@b> SMTPUTF8", "<\xed\xa0\x80@b> SMTPUTF8", "<\xf0\x8f\xbf\xbf@b> SMTPUTF8",
		"<\xf4\x90\x80\x80@b> SMTPUTF8", "<\xf5\x80\x80\x80@b> SMTPUTF8", "<\xff@b> SMTPUTF8",
		"<\xe2\x82@b> SMTPUTF8", "<\xe2\x28\xa1@b> SMTPUTF8", "<a@b\xc3> SMTPUTF8",
		"<\xf0\x9f\x98@b> SMTPUTF8"
	};
	static const char *const valid[] = {
		"<m\xc3\xbc@b> SMTPUTF8", "<\xe2\x82\xac@b> SMTPUTF8", "<\xf0\x9f\x98\x80@b> SMTPUTF8",
		"<a@\xc3\xbc.example> SMTPUTF8", "<\"\xc3\xbc \"@b> SMTPUTF8", "<\xf4\x8f\xbf\xbf@b> SMTPUTF8",
		"<\xed\x9f\xbf@b> SMTPUTF8", "<\xee\x80\x80@b> SMTPUTF8", "<\xc2\x80@b> SMTPUTF8",
		"<\xe0\xa0\x80@b> SMTPUTF8", "<\xf0\x90\x80\x80@b> SMTPUTF8", "<a@b\xc3\xbc> SMTPUTF8"
	};

	for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++)
		CHECK_EQ(mail_fault(invalid[i], &ALL), SEAL_COMMAND_BAD_SENDER);
	for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
		CHECK_EQ(mail_fault(valid[i], &ALL), SEAL_COMMAND_FINE);
	CHECK_EQ(mail_fault("<m\xc3\xbc@b>", &ALL), SEAL_COMMAND_UTF8);
	CHECK_EQ(mail_fault("<a@m\xc3\xbc>", &ALL), SEAL_COMMAND_UTF8);
	CHECK_EQ(mail_fault("<m\xc3\xbc@b>", &NOTHING), SEAL_COMMAND_UTF8);
	CHECK_EQ(mail_fault("<m\xc3\xbc@b> SMTPUTF8", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
}

/* --- parameters ------------------------------------------------------------------------ */

static const struct {
	const char *parameters;
	enum seal_command_fault fault;
} MAIL_CASES[] = {
	{ "", SEAL_COMMAND_FINE },
	{ " SIZE=0", SEAL_COMMAND_FINE },
	{ " size=10", SEAL_COMMAND_FINE },
	{ " SIZE=18446744073709551615", SEAL_COMMAND_FINE },
	{ " SIZE=00000000000000000001", SEAL_COMMAND_FINE },
	{ " SIZE=18446744073709551616", SEAL_COMMAND_TOO_LARGE },
	{ " SIZE=99999999999999999999", SEAL_COMMAND_TOO_LARGE },
	{ " SIZE=000000000000000000001", SEAL_COMMAND_BAD_PARAMETER },
	{ " SIZE=-1", SEAL_COMMAND_BAD_PARAMETER },
	{ " SIZE=abc", SEAL_COMMAND_BAD_PARAMETER },
	{ " SIZE=1k", SEAL_COMMAND_BAD_PARAMETER },
	{ " SIZE=", SEAL_COMMAND_BAD_PARAMETER },
	{ " SIZE", SEAL_COMMAND_BAD_PARAMETER },
	{ " SIZE=1 SIZE=1", SEAL_COMMAND_BAD_PARAMETER },
	{ " BODY=7BIT", SEAL_COMMAND_FINE },
	{ " body=8bitmime", SEAL_COMMAND_FINE },
	{ " BODY=9BIT", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " BODY=BINARYMIME", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " BODY", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " BODY=7BIT BODY=7BIT", SEAL_COMMAND_BAD_PARAMETER },
	{ " SMTPUTF8", SEAL_COMMAND_FINE },
	{ " SMTPUTF8=1", SEAL_COMMAND_BAD_PARAMETER },
	{ " SMTPUTF8 SMTPUTF8", SEAL_COMMAND_BAD_PARAMETER },
	{ " RET=FULL", SEAL_COMMAND_FINE },
	{ " RET=hdrs", SEAL_COMMAND_FINE },
	{ " RET=x", SEAL_COMMAND_BAD_PARAMETER },
	{ " RET", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=abc+20+2B", SEAL_COMMAND_FINE },
	{ " ENVID=+2F+3A+70+7E", SEAL_COMMAND_FINE },
	{ " ENVID=+80", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=+1F", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=+2G", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=+0D+0A", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=+7F", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=+2b", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=+2", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=a+", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=a=b", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=", SEAL_COMMAND_BAD_PARAMETER },
	{ " ENVID=\xc3\xbc", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=NEVER", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " ORCPT=rfc822;a", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " AUTH=<>", SEAL_COMMAND_FINE },
	{ " auth=e+3Dmc2@example.com", SEAL_COMMAND_FINE },
	{ " AUTH=a=b", SEAL_COMMAND_FINE },
	{ " AUTH=", SEAL_COMMAND_BAD_PARAMETER },
	{ " AUTH", SEAL_COMMAND_BAD_PARAMETER },
	{ " AUTH=\xc3\xbc", SEAL_COMMAND_BAD_PARAMETER },
	{ " AUTH=<> AUTH=<>", SEAL_COMMAND_BAD_PARAMETER },
	{ " AUTHS=<>", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " FOO", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " =", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ "  SIZE=1\tBODY=8BITMIME   RET=FULL ENVID=x SMTPUTF8 ", SEAL_COMMAND_FINE },
};

static const struct {
	const char *parameters;
	enum seal_command_fault fault;
} RCPT_CASES[] = {
	{ "", SEAL_COMMAND_FINE },
	{ " NOTIFY=NEVER", SEAL_COMMAND_FINE },
	{ " NOTIFY=success", SEAL_COMMAND_FINE },
	{ " NOTIFY=SUCCESS,FAILURE,DELAY", SEAL_COMMAND_FINE },
	{ " NOTIFY=DELAY,SUCCESS", SEAL_COMMAND_FINE },
	{ " NOTIFY=NEVER,SUCCESS", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=SUCCESS,NEVER", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=SUCCESS,SUCCESS", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=SUCCESS,", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=,SUCCESS", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=MAYBE", SEAL_COMMAND_BAD_PARAMETER },
	{ " NOTIFY=NEVER NOTIFY=NEVER", SEAL_COMMAND_BAD_PARAMETER },
	{ " ORCPT=rfc822;a+2Bb@c", SEAL_COMMAND_FINE },
	{ " ORCPT=rfc822", SEAL_COMMAND_BAD_PARAMETER },
	{ " ORCPT=rfc822;", SEAL_COMMAND_BAD_PARAMETER },
	{ " ORCPT=;a", SEAL_COMMAND_BAD_PARAMETER },
	{ " ORCPT=rfc(822;a", SEAL_COMMAND_BAD_PARAMETER },
	{ " ORCPT=rfc822;a=b", SEAL_COMMAND_BAD_PARAMETER },
	{ " ORCPT=rfc822;a+", SEAL_COMMAND_BAD_PARAMETER },
	{ " SIZE=1", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " SMTPUTF8", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " AUTH=<>", SEAL_COMMAND_UNKNOWN_PARAMETER },
	{ " FOO", SEAL_COMMAND_UNKNOWN_PARAMETER },
};

static enum seal_command_fault
fault_with(bool is_mail, const char *parameters, const struct seal_extensions *offered)
{
	uint8_t line[256];
	struct seal_out out = seal_out(line, sizeof line);
	struct seal_path_command c;

	seal_out_text(&out, "<a@b>");
	seal_out_span_put(&out, text(parameters));
	return seal_command_path(is_mail, seal_span_trim(seal_out_span(&out)), offered, &c);
}

TEST(parameters_of_mail)
{
	for (size_t i = 0; i < sizeof MAIL_CASES / sizeof MAIL_CASES[0]; i++)
		CHECK_EQ(fault_with(true, MAIL_CASES[i].parameters, &ALL), MAIL_CASES[i].fault);
}

TEST(parameters_of_rcpt)
{
	for (size_t i = 0; i < sizeof RCPT_CASES / sizeof RCPT_CASES[0]; i++)
		CHECK_EQ(fault_with(false, RCPT_CASES[i].parameters, &ALL), RCPT_CASES[i].fault);
}

TEST(parameters_that_are_not_offered_are_unknown)
{
	CHECK_EQ(fault_with(true, " SIZE=1", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
	CHECK_EQ(fault_with(true, " BODY=7BIT", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
	CHECK_EQ(fault_with(true, " SMTPUTF8", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
	CHECK_EQ(fault_with(true, " RET=FULL", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
	CHECK_EQ(fault_with(true, " ENVID=x", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
	CHECK_EQ(fault_with(true, " AUTH=<>", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
	CHECK_EQ(fault_with(false, " NOTIFY=NEVER", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
	CHECK_EQ(fault_with(false, " ORCPT=rfc822;a", &NOTHING), SEAL_COMMAND_UNKNOWN_PARAMETER);
}

TEST(a_size_over_the_offered_limit_is_too_large)
{
	const struct seal_extensions offered = { .size_max = 1000 };

	CHECK_EQ(fault_with(true, " SIZE=999", &offered), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_with(true, " SIZE=1000", &offered), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_with(true, " SIZE=1001", &offered), SEAL_COMMAND_TOO_LARGE);
}

/* "<a@b> " name, filled with 'x' to `len` octets of value. */
static enum seal_command_fault
fault_of_value(bool is_mail, const char *name, const char *prefix, size_t len)
{
	static uint8_t line[SEAL_COMMAND_EXT_MAX];
	struct seal_out out = seal_out(line, sizeof line);
	struct seal_path_command c;

	seal_out_text(&out, "<a@b> ");
	seal_out_span_put(&out, text(name));
	seal_out_span_put(&out, text(prefix));
	for (size_t i = strlen(prefix); i < len; i++)
		seal_out_octet(&out, 'x');
	return seal_command_path(is_mail, seal_out_span(&out), &ALL, &c);
}

TEST(limits_of_envid_and_orcpt)
{
	CHECK_EQ(fault_of_value(true, "ENVID=", "", SEAL_ENVID_MAX - 1), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_value(true, "ENVID=", "", SEAL_ENVID_MAX), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_value(true, "ENVID=", "", SEAL_ENVID_MAX + 1), SEAL_COMMAND_BAD_PARAMETER);
	CHECK_EQ(fault_of_value(false, "ORCPT=", "rfc822;", SEAL_ORCPT_MAX - 1), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_value(false, "ORCPT=", "rfc822;", SEAL_ORCPT_MAX), SEAL_COMMAND_FINE);
	CHECK_EQ(fault_of_value(false, "ORCPT=", "rfc822;", SEAL_ORCPT_MAX + 1), SEAL_COMMAND_BAD_PARAMETER);
}

TEST(values_of_parameters_are_given)
{
	struct seal_path_command c;

	CHECK_EQ(seal_command_path(true, text("<> SIZE=12 BODY=8BITMIME RET=HDRS ENVID=e SMTPUTF8"), &ALL, &c),
	         SEAL_COMMAND_FINE);
	CHECK_EQ(c.size, 12);
	CHECK_EQ(c.body, SEAL_BODY_8BITMIME);
	CHECK(c.smtputf8);
	CHECK_SPAN(c.ret, "HDRS");
	CHECK_SPAN(c.envid, "e");
	CHECK_EQ(c.path.len, 0);
	CHECK_EQ(seal_command_path(false, text("c@d NOTIFY=NEVER ORCPT=x;y"), &ALL, &c), SEAL_COMMAND_FINE);
	CHECK_SPAN(c.path, "c@d");
	CHECK_SPAN(c.notify, "NEVER");
	CHECK_SPAN(c.orcpt, "x;y");
	CHECK_EQ(c.size, 0);
}

/* Every accepted command can be written again: nothing in it ends a path or a line. */
static bool
is_safe(struct seal_span path)
{
	bool quoted = false;

	for (size_t i = 0; i < path.len; i++) {
		const uint8_t c = path.ptr[i];

		if (c < 32 || c > 126)
			return false;
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>' || c == ' '))
			return false;
	}
	return !quoted;
}

TEST(every_short_path_that_is_accepted_is_safe_to_pass_on)
{
	static const char alphabet[] = "a@.\"\\<> :,[\r";
	const size_t num = sizeof alphabet - 1;
	uint8_t line[5];

	for (size_t len = 1; len <= sizeof line; len++) {
		size_t total = 1;

		for (size_t i = 0; i < len; i++)
			total *= num;
		for (size_t n = 0; n < total; n++) {
			struct seal_path_command c;
			size_t rest = n;

			for (size_t i = 0; i < len; i++, rest /= num)
				line[i] = (uint8_t)alphabet[rest % num];
			if (seal_command_path(false, seal_span(line, len), &ALL, &c) == SEAL_COMMAND_FINE &&
			    (!is_safe(c.path) || seal_span_find(c.path, '@') == c.path.len))
				CHECK_SPANS(seal_span(line, len), c.path);
		}
	}
}

const struct test_case test_command_cases[] = {
	CASE(verbs_are_recognized_in_any_case),
	CASE(a_verb_with_a_nul_after_it_is_unknown),
	CASE(names_of_ehlo),
	CASE(paths_are_those_of_rfc_5321),
	CASE(a_missing_path_is_a_missing_argument),
	CASE(a_nul_in_a_path_is_bad),
	CASE(limits_of_paths),
	CASE(utf8_in_paths_needs_smtputf8_and_must_be_valid),
	CASE(parameters_of_mail),
	CASE(parameters_of_rcpt),
	CASE(parameters_that_are_not_offered_are_unknown),
	CASE(a_size_over_the_offered_limit_is_too_large),
	CASE(limits_of_envid_and_orcpt),
	CASE(values_of_parameters_are_given),
	CASE(every_short_path_that_is_accepted_is_safe_to_pass_on),
	CASE_END
};
