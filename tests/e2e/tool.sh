#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: tool.sh -- every command of mailseal, its output and exit code; OpenSSL and dkimpy verify the results.
# BUILD names the folder with the program or its parent (build/host).
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/tally.sh
suite=tool evidence=(err)
steps=$PWD/tests/e2e/steps
build=${BUILD:-build/host}
[ -x "$build/mailseal" ] || build=$build/host
seal=$(realpath "$build/mailseal") || exit 1
documents=$(realpath README.md docs/providers.md) providers=$(realpath docs/providers.md)
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
sink=
trap '[ -z "$sink" ] || kill "$sink" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1

run() { # ARGUMENTS...: output in out, messages in err, exit code in $code
    "$seal" "$@" >out 2>err
    code=$?
}

ends() { # NAME CODE PATTERN: the last run ended so, with a message (extended regular expression) on stderr
    ok "$1: exit code $code, expected $2" [ "$code" = "$2" ]
    [ -z "$3" ] || ok "$1: message" grep -qE -- "$3" err
    case $2 in
    1 | 2 | 3) ok "$1: nothing on stdout" [ ! -s out ] ;;
    esac
}

json() { # NAME EXPRESSION: the last run printed one JSON document d, for which this is true in Python
    ok "$1" "$python" "$steps/holds.py" "$2"
}

crlf() { sed 's/$/\r/'; }

config() { # SELECTOR KEY [LINES...] on stdout
    printf '[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:2526\nmax-size = 100K\n'
    printf '[client all]\nnetwork = 127.0.0.1\nfrom = example.com\n'
    printf '[domain example.com]\nselector = %s\nkey = %s\n' "$1" "$2"
    shift 2
    [ $# = 0 ] || printf '%s\n' "$@"
}

loopback() { sed 's/^\[gateway\]$/&\nlisten = 127.0.0.1:2525/'; } # so that mailseald needs no --tap

message() { # [FROM-LINE]
    printf '%s\n' "${1-From: Joe <joe@example.com>}" 'To: ann@example.net' 'Subject:  a   b' \
        'Date: Sun, 22 Nov 2026 01:16:03 +0000' 'Message-ID: <1@example.com>' '' 'Hello  world ' '' '.' '' '' | crlf
}

# --- help, usage, version ----------------------------------------------------------------------------------------

run
ends 'no command' 2 'usage: mailseal COMMAND'
run help
ends 'help' 0 ''
for c in sign check 'key new' 'key dns' password sink version; do
    ok "help names $c" grep -q "^  $c " out
done
for c in sign check 'key new' 'key dns' password sink version; do
    # shellcheck disable=SC2086 # two words
    run help $c
    ok "help $c" grep -q "^usage: mailseal $c" out
    cp out want
    # shellcheck disable=SC2086
    run $c --help
    ok "$c --help is the same" cmp out want
    # shellcheck disable=SC2086
    run $c --bogus
    ends "$c --bogus" 2 "mailseal $c: .*--bogus.*mailseal help $c"
    # shellcheck disable=SC2086
    run $c -X
    ends "$c -X" 2 "mailseal $c: unknown option -X"
done
run help config
ends 'help config' 0 ''
ok 'help config shows each section once' [ "$(grep -c '^\[' out)" = 4 ]
ok 'help config shows a default' grep -qx 'listen = 0.0.0.0:25' out
run help config auth
ends 'help config KEY' 0 ''
ok 'help config KEY shows the key in both sections' [ "$(grep -cE '^\[(next-hop|client NAME)\]$' out)" = 2 ]
run help config patiense
ends 'help config, a mistyped key' 2 'unknown key patiense; did you mean patience[?] See: mailseal help config'
run help --json config
ends 'help --json config' 0 ''
ok 'a document with its own format' grep -qx '  "format": 1,' out
run help --json
ok 'help --json is a document of all commands' "$python" -c 'import json
commands = json.load(open("out"))["commands"]
assert {"domain add", "check", "key list"} <= {c["name"] for c in commands} and all(c["summary"] for c in commands)'
run help --json frob
ok 'help --json of an unknown command' grep -q 'no command frob' err
ok 'its exit code' [ "$code" = 2 ]
ok 'its error is a document' "$python" -c 'import json; assert json.load(open("out"))["errors"]'
run help --json check
cp out json.help
run help check --json
ok 'help: --json may come after the command' cmp out json.help
run domain ad
ends 'help that is named' 2 'did you mean add[?] See: mailseal help domain add$'
run CHECK
ends 'a command in capitals' 2 'did you mean check[?] See: mailseal help check$'
run check --JSON
ends 'an option in capitals' 2 'did you mean --json[?]'
printf '[gateway]\nhostnme = gw.example.com\nnext-hop = 127.0.0.1\n[clinet x]\nnetwork = 192.0.2.1\n' >mistyped.conf
run check mistyped.conf
ends 'mistyped words' 3 'mistyped.conf:4:2: .*found clinet; did you mean client[?]'
ok 'a mistyped key is not also missing' [ "$(grep -c '^mistyped.conf:' err)" = 2 ]
run frobnicate
ends 'unknown command' 2 'no command frobnicate'
run key
ends 'key without a word' 2 'followed by one of: .*new'
run key old
ends 'key with another word' 2 'followed by one of: .*new'
run version
ends 'version' 0 ''
ok 'version names mailseal' grep -qE '^mailseal [0-9]+\.[0-9]+\.[0-9]+$' out
ok 'version names Mbed TLS' grep -qE '^mbedtls 3\.6' out
ok 'version names lwIP' grep -qE '^lwip 2\.2' out
cp out want
run version --json
ends 'version --json' 0 ''
json 'its members have the same' 'open("want").read().splitlines() == ["mailseal " + d.pop("mailseal"), "mbedtls " +
    d.pop("mbedtls"), "lwip " + d.pop("lwip"), d.pop("compiler")] and d == {"format": 1, "errors": [], "warnings": [],
    "notes": []}'
cp out want.json
run --json version
ends '--json before the command' 0 ''
ok 'it is the same' cmp out want.json
run --version
ends '--version' 0 ''
ok '--version is version' cmp out want
ok 'mailseald has the same version' [ "$("${seal}d" --version)" = "mailseald $(sed -n '1s/.* //p' want)" ]
run version now
ends 'version with an argument' 2 'takes no arguments'
if [ -e /dev/full ]; then
    "$seal" version >/dev/full 2>err
    code=$?
    : >out
    ends 'a full disk' 5 'standard output: cannot be written'
fi

# --- key new ------------------------------------------------------------------------------------------------------

run key new --domain Example.COM --selector s1 -o a.pem
ends 'key new' 0 ''
cp out new.out
ok 'the key file is private' [ "$(stat -c %a a.pem)" = 600 ]
ok 'the key is PKCS#8' grep -q '^-----BEGIN PRIVATE KEY-----$' a.pem
ok 'OpenSSL accepts the key' openssl pkey -in a.pem -check -noout
ok 'the key has 2048 bits' grep -q '(2048 bit' <(openssl pkey -in a.pem -noout -text)
ok 'the exponent is 65537' grep -q 65537 <(openssl pkey -in a.pem -noout -text)
ok 'the domain is in lower case' grep -q 'domain example.com]' out
cp a.pem a.copy
run key new --domain example.com --selector s1 -o a.pem
ends 'key new never overwrites' 5 'a.pem: already exists'
ok 'the old key is untouched' cmp a.pem a.copy
ln -s nowhere.pem link.pem
run key new --domain example.com --selector s1 -o link.pem
ends 'key new follows no link' 5 'already exists'
run key new --domain example.com --selector s1 -o no/such/dir.pem
ends 'key new into no folder' 5 'No such file'
run key new --domain example.com --selector s1 --bits 1024 -o w.pem
ends 'weak key' 2 'add --weak'
run key new --domain example.com --selector w --bits 1024 --weak -o w.pem
ends 'weak key with --weak' 0 'warning: .*1024 bits'
run key new --domain example.com --selector s1 --bits 4096 -o large.pem
ends 'the largest key' 0 ''
ok 'OpenSSL accepts the largest key' openssl pkey -in large.pem -check -noout
ok 'the largest key has 4096 bits' grep -q '(4096 bit' <(openssl pkey -in large.pem -noout -text)
run key new --domain example.com --selector s1 --bits 1016 --weak -o x.pem
ends 'key under 1024 bits' 2 'expected a number from 1024 to 4096, found 1016'
run key new --domain example.com --selector s1 --bits 8192 -o x.pem
ends 'key over 4096 bits' 2 'expected a number from 1024 to 4096, found 8192'
run key new --domain example.com --selector s1 --bits 2049 -o x.pem
ends 'odd key' 2 'multiple of 16'
run key new --domain example.com --selector s1 --bits many -o x.pem
ends 'no number of bits' 2 'expected a number'
run key new --domain example.com --selector s1
ends 'key new without -o' 2 '-o FILE is missing'
run key new --selector s1 -o x.pem
ends 'key new without --domain' 2 '--domain DOMAIN is missing'
run key new --domain example.com -o x.pem
ends 'key new without --selector' 2 '--selector SELECTOR is missing'
run key new --domain Example.COM --selector s9 -o dry.pem --dry-run
ends 'key new --dry-run' 0 ''
ok 'it prints what would be created' grep -q '2048 bits would be created in dry.pem (not created)' out
ok 'and the name of its record' grep -q '^; name:  s9._domainkey.example.com$' out
run key new --domain Example.COM --selector s9 -o dry.pem -n --json
ends 'key new --dry-run --json' 0 ''
json 'as JSON: no value' 'd["dry_run"] and d["value"] is None and d["strings"] is None and d["bits"] == 2048 and
    (d["file"], d["name"], d["type"]) == ("dry.pem", "s9._domainkey.example.com", "TXT")'
run key new --domain example.com --selector s9 --bits 1024 -o dry.pem -n
ends 'a dry run judges the size' 2 'add --weak'
ok 'nothing is made' [ ! -e dry.pem ]
for f in a.pem link.pem; do
    run key new --domain example.com --selector s9 -o $f -n
    ends "a dry run over $f" 5 "$f: already exists"
    ok "a dry run over $f: nothing on stdout" [ ! -s out ]
done
run key new --domain example.com --selector s9 -o no/such/dir.pem -n
ends 'a dry run into no folder' 5 'No such file'
run key new --domain example.com --selector j --bits 1024 --weak -o j.pem --json
ends 'key new --json' 0 'warning: .*1024 bits'
json 'the warning is a member' 'd["warnings"] == ["a key of 1024 bits is weak (RFC 8301)"] and not d["dry_run"]'
json 'so are domain and selector' '(d["domain"], d["selector"], d["bits"]) == ("example.com", "j", 1024)'
value=$(openssl pkey -in j.pem -pubout -outform DER | base64 -w0)
json 'the value is the public key' "d['value'] == 'v=DKIM1; k=rsa; p=$value'"
for d in '' . -a.com 'a b.com' a..com "$(printf '%064d' 1).com" '[192.0.2.1]'; do
    run key new --domain "$d" --selector s1 -o x.pem
    ends "domain \"$d\"" 2 '--domain: expected a domain name'
done
for s in '' . a. .a a..b -a a- 'a b' a/b "$(printf '%064d' 1)"; do
    run key new --domain example.com --selector "$s" -o x.pem
    ends "selector \"$s\"" 2 '--selector: expected'
done
long=$(printf '%050d.%050d.%050d' 1 2 3)
run key new --domain "$long.com" --selector "$(printf '%050d.%050d' 1 2)" -o x.pem
ends 'a name too long for DNS' 2 'at most 253'
ok 'a refused key is not written' [ ! -e x.pem ]

# --- key dns ------------------------------------------------------------------------------------------------------

value() { sed -n 's/^; value: //p' "$1"; }
strings() { grep -o '"[^"]*"' "$1" | tr -d '"'; }

run key dns a.pem --domain example.com --selector s1
ends 'key dns' 0 ''
cp out dns.out
ok 'key new prints the same record' diff <(grep -v '^;' new.out) <(grep -v '^;' dns.out)
ok 'the record has its name' grep -q '^s1\._domainkey\.example\.com\. IN TXT ($' out
ok 'p= is the public key' [ "$(value out)" = \
    "v=DKIM1; k=rsa; p=$(openssl pkey -in a.pem -pubout -outform DER | base64 -w0)" ]
ok 'the strings together are the value' [ "$(strings out | tr -d '\n')" = "$(value out)" ]
ok 'no string is over 255 octets' [ "$(strings out | awk 'length > 255' | wc -l)" = 0 ]
ok 'there are two strings' [ "$(strings out | wc -l)" = 2 ]
run key dns a.pem --domain example.com --selector s1 --json
ends 'key dns --json' 0 ''
json 'its members' 'set(d) == {
    "format", "name", "type", "value", "strings", "file", "bits", "errors", "warnings", "notes"} and
    d["file"] == "a.pem"'
json 'name and bits' '(d["name"], d["type"], d["bits"]) == ("s1._domainkey.example.com", "TXT", 2048)'
json 'the value is the same' "d['value'] == '$(value dns.out)'"
json 'so are the strings' 'd["value"] == "".join(d["strings"]) and [len(s) for s in d["strings"]][0] == 255'
run key dns none.pem --domain example.com --selector s1 --json
ends 'key dns --json without a file' 4 'none.pem: key cannot be opened'
run key dns none.pem --domain example.com --selector s1
ends 'key dns without a file' 4 'none.pem: key cannot be opened'
run key dns --domain example.com --selector s1
ends 'key dns without a name' 2 'expected FILE'
run key dns a.pem --selector s1
ends 'key dns without --domain' 2 '--domain DOMAIN is missing'
openssl pkey -in a.pem -traditional -out a1.pem 2>/dev/null
openssl pkey -in a.pem -outform DER -out a8.der
openssl pkey -in a.pem -traditional -outform DER -out a1.der 2>/dev/null
for f in a1.pem a8.der a1.der; do
    run key dns $f --domain example.com --selector s1
    ok "key dns of $f" cmp out dns.out
done

bad_key() { # FILE PATTERN
    run key dns "$1" --domain example.com --selector s1
    ends "key dns of $1" 4 "$1: .*$2"
}

openssl pkey -in a.pem -pubout -out public.pem
openssl pkey -in a.pem -aes128 -passout pass:x -out encrypted.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:512 -out small.pem 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4104 -out large.pem 2>/dev/null
head -n 10 a.pem >cut.pem
head -c 900 a8.der >cut.der
sed '5s/^..../AAAA/' a.pem >changed.pem
: >empty.pem
echo hello >text.pem
head -c 70000 /dev/zero >huge.pem
bad_key public.pem 'public key'
bad_key encrypted.pem 'encrypted; decrypt it with'
bad_key ec.pem 'not an RSA key'
bad_key small.pem 'under 1024 bits'
bad_key large.pem 'over 4096 bits'
bad_key cut.pem 'damaged'
bad_key cut.der 'damaged'
bad_key changed.pem '(do not match|damaged)'
bad_key empty.pem 'not a private key'
bad_key text.pem 'not a private key'
bad_key huge.pem 'too large'
bad_key . 'cannot be read'

# --- check --------------------------------------------------------------------------------------------------------

config s1 a.pem >m.conf
run check m.conf
ends 'check' 0 ''
ok 'check prints what it read' grep -q '^configuration ok: m.conf, client sections 1, domain sections 1$' out
ok 'check describes the key' grep -q '^key ok: example.com, selector s1, a.pem, rsa-sha256 of 2048 bits$' out
loopback <m.conf >loopback.conf
run check loopback.conf
ok 'check has no complaints' [ ! -s err ]
run check
ends 'check without a file and without gateway.conf' 5 'gateway.conf: cannot be opened'
run check none.conf
ends 'check of a missing file' 5 'none.conf: cannot be opened'
ok 'and where to begin' grep -q '^mailseal check: note: to begin, copy docs/examples/gateway.conf' err
"${seal}d" -c none.conf >out 2>err
code=$?
ends 'mailseald without a configuration file' 5 'none.conf: .*; to begin, copy docs/examples/gateway.conf$'
printf '[gateway]\nhostname = a b\n' >bad.conf
"${seal}d" -c bad.conf >out 2>err
code=$?
ends 'mailseald names the check of all errors' 3 '^mailseald: to show all errors: mailseal check bad.conf$'
run doctor nosuch.eml --server 127.0.0.1:1
ok 'doctor of a file that does not exist' grep -q 'note: no file nosuch.eml exists; taken as a domain' err
run doctor example.com --server 127.0.0.1:1
ok 'doctor of a domain' [ "$(grep -c 'taken as a domain' err)" = 0 ]
printf '[gateway]\n\thostname = gw.example.com\nnext-hop = h:99999\n' >bad.conf
run check bad.conf
ends 'an error in the configuration' 3 '^bad\.conf:[0-9]+:[0-9]+: .*expected .*, found '
ok 'the line is shown' grep -qE '^  (\[gateway\]|.*hostname|next-hop)' err
ok 'a caret is shown' grep -qE '^[[:space:]]+\^$' err
config s1 a.pem 'sel ector = x' >bad.conf
run check bad.conf
ends 'an unknown key' 3 '^bad\.conf:11:1: '
ok 'the caret stands under the error' [ "$(tail -n 1 err)" = '  ^' ]
config s1 a.pem 'cosing = example.com' >bad.conf
run check bad.conf
ends 'a mistyped key' 3 '^bad\.conf:11:1: expected a key of \[domain\]: .*, found cosing; did you mean cosign[?]$'
config s1 a.pem 'patience = 5m' >bad.conf
run check bad.conf
ends 'a key of another section' 3 '^bad\.conf:11:1: .*, found patience, which belongs in \[client\]$'
config s1 a.pem 'expire = soon' >bad.conf
run check bad.conf
ends 'a bad value' 3 '^bad\.conf:11:10: .*found soon$'
ok 'the caret stands under the value' [ "$(tail -n 1 err)" = '           ^' ]
config s1 none.pem >k.conf
run check k.conf
ends 'a missing key' 4 'none.pem: key cannot be opened'
config s1 ec.pem >k.conf
run check k.conf
ends 'another kind of key' 4 'ec.pem: not an RSA key'
for mode in 640 604 620; do
    chmod $mode a.pem
    run check m.conf
    ends "a key of mode $mode" 4 "a.pem: key file is readable by other users .*mode 0$mode.*chmod 600 a.pem"
done
chmod 600 a.pem
config s1 w.pem >k.conf
run check k.conf
ends 'a weak key is a warning' 0 'w.pem: warning: a key of 1024 bits is weak'
config s1 a.pem '[domain example.net]' 'selector = s1' 'key = a1.pem' >k.conf
chmod 600 a1.pem
run check k.conf
ends 'one key for two domains is a warning' 0 'a1.pem: warning: same key as for example.com'
config s1 a.pem '[domain example.net]' 'unsigned = pass' >k.conf
run check k.conf
ends 'a domain without a key' 0 ''
ok 'it is named' grep -q '^no key: example.net, unsigned = pass$' out
mkdir -p sub
config s1 k/b.pem >sub/m.conf
mkdir sub/k && cp a.pem sub/k/b.pem
run check sub/m.conf
ends 'key paths are relative to the configuration' 0 ''
config s1 "$work/a.pem" >sub/abs.conf
run check sub/abs.conf
ends 'or absolute' 0 ''

# --- check --json ---------------------------------------------------------------------------------------------------

run check m.conf --json
ends 'check --json' 0 ''
json 'a good configuration' 'd["ok"] and d["error"] is None and d["errors"] == d["warnings"] == []'
json 'what it contains' '(d["configuration"], d["clients"], d["domains"]) == ("m.conf", 1, 1)'
json 'its key' 'd["keys"] == [{"domain": "example.com", "selector": "s1", "file": "a.pem", "on_device": False,
    "adopted": None, "algorithm": "rsa-sha256", "bits": 2048, "errors": [], "warnings": []}]'
json 'its next hop' 'd["next_hop"]["host"] == "127.0.0.1" and d["next_hop"]["port"] == 2526 and
    d["next_hop"]["tls"] == d["next_hop"]["auth"] == "none" and d["next_hop"]["ca"] is None'
json 'no certificate' 'd["certificate"] is None'
config s1 a.pem $'expire = s\366on' >bad.conf
run check bad.conf --json
ok 'check --json of an error: exit code' [ "$code" = 3 ]
json 'where the error is' 'not d["ok"] and (d["error"]["line"], d["error"]["column"]) == (11, 10)'
json 'what it is about' 'd["error"]["key"] == "expire" and d["error"]["expected"] and d["error"]["found"] == "s?on"'
json 'nothing else is known' 'd["keys"] == [] and d["clients"] is d["domains"] is d["next_hop"] is None'
run check none.conf --json
ends 'check --json of a missing file' 5 'none.conf: cannot be opened'
json 'why' 'len(d["errors"]) == 1 and d["errors"][0].startswith("none.conf: cannot be opened") and not d["ok"]'
config s1 w.pem '[domain w.example]' 'selector = s1' 'key = none.pem' '[domain n.example]' 'unsigned = pass' \
    '[domain d.example]' 'selector = d' 'key = device' 'activation = dns' '[domain t.example]' 'selector = t' \
    'key = w.pem' >k.conf
run check k.conf --json
ok 'check --json of a missing key: exit code' [ "$code" = 4 ]
json 'each key has its own errors' '[k["errors"] for k in d["keys"]] == [[], ["none.pem: key cannot be opened: " +
    "No such file or directory"], [], []] and d["errors"] == [] and not d["ok"]'
json 'and warnings' '["weak" in "".join(k["warnings"]) for k in d["keys"]] == [True, False, False, True] and
    [len(k["warnings"]) for k in d["keys"]] == [1, 0, 0, 2]'
json 'what is known of them' '[(k["file"], k["bits"]) for k in d["keys"]] ==
    [("w.pem", 1024), ("none.pem", None), (None, None), ("w.pem", 1024)]'
json 'a key on the device' 'd["keys"][2]["on_device"] and d["keys"][2]["adopted"] is False'
json 'a domain without key' 'd["without_key"] == [{"domain": "n.example", "unsigned": "pass"}]'
ok 'words stay on stderr' grep -q 'w.pem: warning: a key of 1024 bits is weak' err

# --- check: TLS and logins ----------------------------------------------------------------------------------------

certificate() { # FILE KEY [OPTIONS]: self-signed
    local file=$1 key=$2
    shift 2
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$key" 2>/dev/null &&
        openssl req -new -key "$key" -subj "/CN=gw.example.com" -out request.pem &&
        openssl x509 -req -in request.pem -signkey "$key" "$@" -out "$file" 2>/dev/null && chmod 600 "$key"
}

next_hop() { # HOST[:PORT] [LINES...] on stdout: without clients
    printf '[gateway]\nhostname = gw.example.com\nnext-hop = %s\n' "$1"
    shift
    [ $# = 0 ] || printf '%s\n' '[next-hop]' "$@"
}

server() { # CERTIFICATE KEY [LINES...] on stdout
    next_hop mx.example.net
    printf 'certificate = %s\ncertificate-key = %s\n' "$1" "$2"
    shift 2
    [ $# = 0 ] || printf '%s\n' "$@"
}

complains() { # NAME COUNT: besides the warning about missing clients, and the note about the default listen address
    ok "$1: complaints $2" [ "$(grep -cv -e 'no \[client\]' -e 'needs mailseald --tap' err)" = "$2" ]
}

ok 'certificates are made' certificate crt.pem crt.key -days 365
certificate soon.pem soon.key -days 20
# OpenSSL from 3.4 on accepts dates, but no negative number of days.
certificate late.pem late.key -days -1 ||
    certificate late.pem late.key -not_before 20200101000000Z -not_after 20200201000000Z
certificate far.pem far.key -days 40000
certificate ca.pem ca.key -days 365
cat crt.pem ca.pem >chain.pem
cat ca.pem late.pem >bundle.pem
printf 'hunter2\n' >secret
chmod 600 secret

server chain.pem crt.key 'listen-tls = 0.0.0.0' >tls.conf
run check tls.conf
ends 'check of a certificate' 0 ''
complains 'check of a certificate' 0
ok 'it is shown' grep -qE '^certificate ok: chain.pem, certificates 2, valid until 20[0-9-]{8}, key crt.key$' out
openssl x509 -in crt.pem -noout -enddate | sed 's/.*=//' >end
run check tls.conf --json
date=$(date -u -d "$(cat end)" +%F)
json 'so is it as JSON' "d['certificate'] == {'file': 'chain.pem', 'key': 'crt.key', 'certificates': 2,
    'valid_until': '$date'} and d['warnings'] == ['tls.conf: no [client] section, so no client may send']"
run check tls.conf
ok 'the expiry date is right' grep -q "until $(date -u -d "$(cat end)" +%F)," out
server soon.pem soon.key >tls.conf
run check tls.conf
ends 'a certificate that expires soon' 0 'soon.pem: warning: certificate 1 expires on 20'
server late.pem late.key >tls.conf
run check tls.conf
ends 'a certificate that expired' 0 'late.pem: warning: certificate 1 expired on 20'
server far.pem far.key >tls.conf
run check tls.conf
ends 'a certificate beyond 2049' 0 ''
complains 'a certificate beyond 2049' 0
ok 'its date is shown' grep -q 'valid until 21' out
server none.pem crt.key >tls.conf
run check tls.conf
ends 'no certificate' 4 'none.pem: cannot be opened'
server crt.pem none.key >tls.conf
run check tls.conf
ends 'no key of it' 4 'none.key: cannot be opened'
server crt.pem soon.key >tls.conf
run check tls.conf
ends 'the key of another one' 4 'soon.key: not the private key of the first certificate in crt.pem'
server crt.key crt.key >tls.conf
run check tls.conf
ends 'a key for a certificate' 4 'crt.key: expected certificates in PEM'
head -n 4 crt.pem >half.pem
server half.pem crt.key >tls.conf
run check tls.conf
ends 'half a certificate' 4 'half.pem: expected certificates in PEM'
server crt.pem crt.key >tls.conf
chmod 644 crt.key
run check tls.conf
ends 'a key of it that other users can read' 4 \
    'crt.key: key file is readable by other users .*mode 0644.*chmod 600 crt.key'
chmod 600 crt.key

next_hop mx.example.net:587 'tls = starttls' 'ca = bundle.pem' 'auth = login' 'user = gw' 'secret = secret' >hop.conf
run check hop.conf
ends 'check of a next hop' 0 'bundle.pem: warning: certificate 2 expired'
complains 'check of a next hop' 1
ok 'it is shown' grep -qx 'next hop: mx.example.net:587, tls = starttls, verified by a certificate for mx.example.net'\
' from a CA in bundle.pem, certificates 2' out
ok 'so is the login' grep -qx 'login at the next hop: login as gw, secret in secret' out
run check hop.conf --json
json 'a next hop as JSON' 'd["next_hop"] == {"host": "mx.example.net", "port": 587, "tls": "starttls", "pins": 0,
    "name": "mx.example.net", "ca": "bundle.pem", "ca_certificates": 2, "auth": "login", "user": "gw",
    "secret": "secret", "secret_helper": None}'
json 'its warnings' 'any("certificate 2 expired" in w for w in d["warnings"]) and d["errors"] == [] and d["ok"]'
ok 'the secret is not' [ "$(grep -c hunter2 out err | grep -vc ':0')" = 0 ]
chmod 640 secret
run check hop.conf
ends 'a secret that other users can read' 0 \
    'secret: warning: secret file is readable by other users .*mode 0640.*chmod 600 secret'
chmod 600 secret
next_hop mx.example.net:465 'tls = implicit' 'name = *' >hop.conf
run check hop.conf
ends 'a bad name' 3 '^hop\.conf:6:8: name: expected a domain name'
next_hop 192.0.2.1:465 'tls = implicit' >hop.conf
run check hop.conf
ends 'an address without name' 3 '^hop\.conf:3:12: next-hop: expected a host name.*found 192.0.2.1$'
next_hop mx.example.net:465 'tls = implicit' 'pin = sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
    'ca = ca.pem' 'auth = xoauth2' 'user = gw' 'secret-helper = touch helped' >hop.conf
run check hop.conf
ends 'a pin' 0 'warning: ca has no effect because pin is set'
ok 'it is shown' grep -q '^next hop: .* verified by its pinned key, pins: 1$' out
run check hop.conf --json
json 'so it is as JSON' 'd["next_hop"]["pins"] == 1 and d["next_hop"]["secret_helper"] == "touch helped" and
    d["next_hop"]["ca"] is d["next_hop"]["name"] is None'
run check hop.conf
ok 'so is the helper' grep -qx 'login at the next hop: xoauth2 as gw, secret from: touch helped' out
ok 'which is not run' [ ! -e helped ]
next_hop mx.example.net:465 'tls = implicit' 'name = smtp.example.net' >hop.conf
run check hop.conf
ends "the host's CA certificates" 0 ''
ok 'they are shown' grep -q 'for smtp.example.net from a CA in /etc/ssl/certs/ca-certificates.crt$' out
for port in 465 587; do
    next_hop mx.example.net:$port >hop.conf
    run check hop.conf
    ends "port $port without TLS" 0 "warning: next-hop has port $port"
done
next_hop mx.example.net:587 'tls = none' >hop.conf
run check hop.conf
ends 'port 587 without TLS, on purpose' 0 'warning: next-hop has port 587'
next_hop mx.example.net >hop.conf
run check hop.conf
complains 'port 25 without TLS' 0
next_hop mx.example.net 'tls = starttls' 'ca = none.pem' >hop.conf
run check hop.conf
ends 'no ca' 4 'none.pem: cannot be opened'
next_hop mx.example.net 'tls = starttls' 'ca = secret' >hop.conf
run check hop.conf
ends 'no certificate in ca' 4 'secret: expected certificates in PEM'

bad_secret() { # NAME PATTERN; the secret on stdin
    cat >bad
    chmod 600 bad
    next_hop mx.example.net 'tls = starttls' 'auth = plain' 'user = u' 'secret = bad' >hop.conf
    run check hop.conf
    ends "$1" 4 "bad: $2"
}
printf '' | bad_secret 'an empty secret' 'the first line is empty'
printf '\nhunter2\n' | bad_secret 'an empty first line' 'the first line is empty'
printf 'a\0b\n' | bad_secret 'a secret with NUL' 'the first line holds NUL'
head -c 8193 /dev/zero | tr '\0' x | bad_secret 'a long secret' 'the first line is too long'

# --- keys that mean something else since an older version ------------------------------------------------------------

{ config s1 a.pem; echo; } >moved.conf
sed -i '/^next-hop/a dns-server = 192.0.2.53:5353' moved.conf
run check moved.conf
ends 'dns-server with a port' 0 'moved.conf: note: dns-server: changed in 0.2.0: '
sed -i 's/:5353//' moved.conf
run check moved.conf
ends 'dns-server without a port' 0 ''
ok 'no note without a port' [ "$(grep -c 'changed in' err)" = 0 ]

# --- every configuration of README.md and docs/providers.md ---------------------------------------------------------

mkdir providers
# shellcheck disable=SC2086 # two words
awk '/^    \[gateway\]/ { n++; on = 1 } /^[^ ]/ { on = 0 }
    on { sub(/^    /, ""); print > ("providers/" n ".conf") }' $documents
cp a.pem providers/s2026.pem
cp chain.pem providers/gateway-chain.pem
cp crt.key providers/gateway-key.pem
for f in ses-password hve-password app-password smtp-password; do
    cp secret providers/$f
done
for f in providers/*.conf; do
    run check "$f"
    ends "$f: $(sed -n 's/^next-hop = //p' "$f")" 0 ''
    ok "$f: TLS where it is used" [ "$(grep -c 'which is for TLS' err)" = 0 ]
done
ok 'there are many examples' [ "$(ls providers/*.conf | wc -l)" -ge 10 ]
for host in smtp.office365.com:587 smtp-hve.office365.com:587 mail.protection.outlook.com:25 amazonaws.com:587 \
    smtp-relay.gmail.com:587 smtp.gmail.com:465 smtp.example.net:465; do
    ok "it shows how to connect to $host" grep -q "next-hop = .*$host" "$providers"
done

# --- password -------------------------------------------------------------------------------------------------------

password() { # [OPTIONS]; the password on stdin
    "$seal" password "$@" >out 2>err
    code=$?
}

printf 'correct horse\n' | password --user joe@example.com --rounds 1000
ends 'password' 0 ''
ok 'hashlib computes the same' "$python" "$steps/pbkdf2.py" out joe@example.com 1000 'correct horse'
ok 'no complaints' [ ! -s err ]
printf 'correct horse\n' | password --user joe@example.com --rounds 1000 --json
ends 'password --json' 0 ''
json 'its only separate member' 'sorted(d) == ["errors", "format", "login", "notes", "warnings"]'
cp out login.json
"$python" -c 'import json; print(json.load(open("login.json"))["login"])' >login
ok 'hashlib computes the same from it' "$python" "$steps/pbkdf2.py" login joe@example.com 1000 'correct horse'
printf 'correct horse\n' | password --user joe@example.com --rounds 1000
cp out item
printf 'correct horse\r\n' | password --user joe@example.com --rounds 1000
ok 'CRLF is not part of it' "$python" "$steps/pbkdf2.py" out joe@example.com 1000 'correct horse'
ok 'the salt is another one' [ "$(cmp out item | wc -l)" = 1 ]
printf 'p\303\244ss:w,rd' | password --user joe
ok 'and it need not end' "$python" "$steps/pbkdf2.py" out joe 100000 $'p\303\244ss:w,rd'
printf 'x\n' | password --rounds 1000
ends 'password without a name' 0 ''
ok 'hashlib computes the same' "$python" "$steps/pbkdf2.py" <(printf 'NAME:%s\n' "$(cat out)") NAME 1000 x
{ server crt.pem crt.key '[client all]' 'network = 127.0.0.1' 'from = example.com' 'tls = required' 'auth = required'
    printf 'login = %s,\n    %s\n' "$(cat item)" "joe:$(cat out)"
    printf '[domain example.com]\nselector = s1\nkey = a.pem\n'; } | loopback >login.conf
run check login.conf
ends 'the configuration takes it' 0 ''
ok 'without complaints' [ ! -s err ]

no_password() { # NAME CODE PATTERN [OPTIONS]; the password on stdin
    local name=$1 want=$2 pattern=$3
    shift 3
    password "$@"
    ends "$name" "$want" "$pattern"
    ok "$name: nothing on stdout" [ ! -s out ]
}
printf '' | no_password 'no password' 5 'the password is empty'
printf '\nx\n' | no_password 'an empty password' 5 'the password is empty'
printf 'a\tb\n' | no_password 'a password with a control character' 5 'contains a control character'
printf 'a\0b\n' | no_password 'a password with NUL' 5 'contains a control character'
printf 'a\nb\n' | no_password 'two lines' 5 'expected one line, found more'
head -c 256 /dev/zero | tr '\0' x | no_password 'a long password' 5 'more than 255 bytes'
head -c 9999 /dev/zero | tr '\0' x | no_password 'a very long password' 5 'more than 255 bytes'
head -c 255 /dev/zero | tr '\0' x | password --rounds 1000
ends 'a password of 255 octets' 0 ''
no_password 'a directory' 5 'standard input: cannot be read' <.
for rounds in 0 999 1000001 many; do
    echo x | no_password "$rounds rounds" 2 '--rounds: expected a number from 1000 to 1000000' --rounds $rounds
done
for user in '' ' joe' 'joe ' a:b a,b $'a\nb' "$(printf 'x%.0s' {1..256})"; do
    echo x | no_password "the name \"$user\"" 2 '--user: expected' --user "$user" --rounds 1000
done
echo x | no_password 'a password on the command line' 2 'takes no arguments' secret

# What a terminal shows, and whether its echo is on again at the end.
"$python" "$steps/terminal.py" "$seal" secret secret >shown 2>err
code=$?
: >out
ends 'password at a terminal' 0 ''
tail -n 1 shown >item
ok 'hashlib computes the same' "$python" "$steps/pbkdf2.py" item joe 1000 secret
"$python" "$steps/terminal.py" "$seal" secret secreT >shown 2>err
ok 'two different passwords' [ $? = 5 ]
ok 'two different passwords: message' grep -q 'passwords do not match' shown
ok 'Ctrl-C restores the echo' "$python" "$steps/terminal.py" "$seal" interrupt ''

# --- sign ---------------------------------------------------------------------------------------------------------

verifies() { "$python" "$steps/verify.py" "$@"; }

sign() { # CONFIG [OPTIONS] < MESSAGE
    "$seal" sign -c "$@" >out 2>err
    code=$?
}

message >in.eml
sign m.conf --time 1000000000 <in.eml
ends 'sign' 0 ''
cp out signed.eml
ok 'dkimpy verifies it' verifies out dns.out
ok 'the message follows unchanged' cmp in.eml <(tail -c "$(stat -c %s in.eml)" out)
ok 'the signature comes first' [ "$(head -c 15 out)" = DKIM-Signature: ]
ok 't= is --time' grep -q 't=1000000000;' out
head -c -"$(stat -c %s in.eml)" out | tr -d '\r' >field
ok 'no line is over 78 octets' [ "$(awk 'length > 78' field | wc -l)" = 0 ]
sign m.conf --time 1000000000 <in.eml
ok 'the same input gives the same output' cmp out signed.eml
sign m.conf --time 0 <in.eml
ok 'without a time there is no t=' [ "$(grep -cE '[^a-z]t=' out)" = 0 ]
sign m.conf <in.eml
now=$(sed -n 's/.*[^a-z]t=\([0-9]*\);.*/\1/p' out)
ok 't= is the clock otherwise' [ "$((now - $(date +%s) + 100))" -gt 0 ]
sed 's/Hello/Jello/' signed.eml >forged.eml
ok 'a changed body does not verify' [ "$(verifies forged.eml dns.out >/dev/null 2>&1; echo $?)" = 1 ]
sed '0,/^Subject:  a/s//Subject:  c/' signed.eml >forged.eml
ok 'a changed subject does not verify' [ "$(verifies forged.eml dns.out >/dev/null 2>&1; echo $?)" = 1 ]

# b= is what OpenSSL computes from the same octets: verify the raw signature over the relaxed header.
"$python" "$steps/relaxed.py" signed.eml >data.bin
ok 'OpenSSL verifies the signature' openssl dgst -sha256 -verify public.pem -signature signature.bin data.bin

tr -d '\r' <in.eml >lf.eml
sign m.conf <lf.eml
ends 'LF line ends' 1 'standard input: .*bare LF, line 1.*--lf'
sign m.conf --lf --time 1000000000 <lf.eml
ends 'LF line ends with --lf' 0 ''
ok '--lf gives what CRLF gives' cmp out signed.eml
for c in simple/simple simple/relaxed relaxed/simple; do
    config s1 a.pem "canonicalization = $c" >c.conf
    sign c.conf <in.eml
    ok "dkimpy verifies $c" verifies out dns.out
    ok "it says $c" grep -q "c=$c" out
done
printf 'From: joe@example.com\r\n\r\n' >small.eml
sign m.conf <small.eml
ok 'dkimpy verifies an empty body' verifies out dns.out
{ message; head -c 50000 /dev/urandom | base64 | crlf; } >big.eml
sign m.conf <big.eml
ok 'dkimpy verifies a larger message' verifies out dns.out
printf 'From: joe@example.com\r\n\r\nno line end' >open.eml
sign m.conf <open.eml
ok 'dkimpy verifies a body without final CRLF' verifies out dns.out
config s1 a.pem 'expire = 7d' >x.conf
sign x.conf --time 1000000000 <in.eml
ok 'x= is t= and expire' grep -q "x=$((1000000000 + 7 * 86400))" out
"$seal" key new --domain example.net --selector n1 -o n.pem >n.out
"$seal" key new --domain example.com --selector s2 -o b.pem >b.out
config s1 a.pem 'cosign = example.net' '[domain example.net]' 'selector = n1' 'key = n.pem' >co.conf
sign co.conf <in.eml
ok 'two domains sign' [ "$(grep -c ^DKIM-Signature: out)" = 2 ]
ok 'dkimpy verifies both' verifies out dns.out n.out
config s1 a.pem '[domain example.com]' 'selector = s2' 'key = b.pem' >two.conf
sign two.conf <in.eml
ok 'the newest key signs' grep -q 's=s2;' out
ok 'dkimpy verifies the newest' verifies out b.out
for f in a1.pem a8.der a1.der w.pem; do
    chmod 600 $f
    config s1 $f >f.conf
    sign f.conf --time 1000000000 <in.eml
    ends "sign with $f" 0 ''
    [ $f = w.pem ] || ok "the signature is the same with $f" cmp out signed.eml
done
config s1 a.pem '[domain example.net]' 'unsigned = pass' >pass.conf
message 'From: ann@example.net' >net.eml
sign pass.conf <net.eml
ends 'a domain that passes unsigned' 0 'warning: not signed.*example.net'
ok 'its message is unchanged' cmp out net.eml

refused() { # NAME PATTERN; message on stdin
    sign m.conf
    ends "$1" 1 "mailseal sign: standard input: .*$2"
}

message 'From: ann@example.net' | refused 'another domain' 'No DKIM key for the author domain.*: example.net'
message 'X: y' | refused 'no From' 'No From field'
message $'From: joe@example.com\nFrom: ann@example.com' | refused 'two From' 'More than one From field'
message 'From: joe@example.com, ann@example.com' | refused 'two authors' 'more than one address'
message 'From: absent' | refused 'no domain' 'without a domain'
message 'From : joe@example.com' | refused 'space before the colon' 'between From and its colon, line 1'
message $'From: joe@example.com\nthis is no field' | refused 'no field' 'without a colon, line 2'
message $'From: joe@example.com\nb\xc3\xa4d: x' | refused 'a bad name' 'Invalid header field name, line 2'
{ message; printf 'a\rb\r\n'; } | refused 'bare CR' "bare CR, line 12"
{ message; printf 'x\r\na\nb\r\n'; } | refused 'bare LF' "bare LF, line 13"
{ message; printf 'a\0b\r\n'; } | refused 'NUL' "NUL, line 12"
{ message; head -c 110000 /dev/zero | tr '\0' x; } | refused 'over max-size' 'too large'
printf '' | refused 'an empty message' 'No From field'
sign none.conf <in.eml
ends 'sign without a configuration file' 5 'none.conf: cannot be opened'
sign bad.conf <in.eml
ends 'sign with a bad configuration' 3 '^bad.conf:11:'
config s1 none.pem >k.conf
sign k.conf <in.eml
ends 'sign without a key' 4 'none.pem: key cannot be opened'
ok 'nothing is written' [ ! -s out ]
run sign </dev/null
ends 'sign without -c and without gateway.conf' 5 'gateway.conf: cannot be opened'
run sign -c </dev/null
ends '-c without a value' 2 '-c needs a value'
sign m.conf --time tomorrow <in.eml
ends 'a bad time' 2 '--time: expected a number'
sign m.conf extra <in.eml
ends 'sign with an argument' 2 'takes no arguments'
sign m.conf <&-
ends 'sign without input' 5 'standard input: cannot be read'
if [ -e /dev/full ]; then
    "$seal" sign -c m.conf <in.eml >/dev/full 2>err
    code=$?
    : >out
    ends 'sign to a full disk' 5 'standard output: cannot be written'
fi
chmod 644 a.pem
sign m.conf <in.eml
ends 'sign warns of an open key' 0 'warning: .*chmod 600 a.pem'
chmod 600 a.pem

# --- sink ---------------------------------------------------------------------------------------------------------

start_sink() { # DIR [OPTIONS]: $sink and $port
    : >sink.err
    "$seal" sink "$@" --listen 127.0.0.1:0 2>>sink.err &
    sink=$!
    while kill -0 "$sink" 2>/dev/null; do
        port=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\),.*/\1/p' sink.err)
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    return 1
}


ok 'sink starts' start_sink box
printf 'From: a@b.c\r\n\r\n.\r\n..x\r\n.y\r\n\303\244\r\n\r\n' >dots.eml
ok 'a message is taken' "$python" "$steps/send.py" "$port" send dots.eml
ok 'it is stored octet for octet' cmp box/000001.eml dots.eml
printf 'MAIL FROM:<joe@example.com> SIZE=%s BODY=8BITMIME RET=HDRS ENVID=e1\n' "$(stat -c %s dots.eml)" >want
printf 'RCPT TO:<a@example.net> NOTIFY=NEVER\nRCPT TO:<b@example.net> NOTIFY=NEVER\n' >>want
ok 'so is its envelope' cmp box/000001.env want
ok 'a bounce is taken' cmp box/000002.env <(printf 'MAIL FROM:<>\nRCPT TO:<postmaster>\n')
ok 'the client goes away' "$python" "$steps/send.py" "$port" half open.eml
ok 'forty connections at once' "$python" "$steps/send.py" "$port" many big.eml
ok 'all are stored' [ "$(cat box/0000*.eml | wc -c)" = \
    "$(($(stat -c %s big.eml) * 40 + $(stat -c %s dots.eml) * 2))" ]
sleep 0.2
ok 'half a message is not' [ "$(find box -type f | wc -l)" = 84 ]
run sink other --listen 127.0.0.1:"$port"
ends 'a port in use' 5 "127.0.0.1:$port: another program already listens on this port"
kill -TERM "$sink"
wait "$sink"
code=$?
sink=
ok 'SIGTERM ends it with code 0' [ "$code" = 0 ]
ok 'sink starts again' start_sink box --once 2
ok 'two more messages are taken' "$python" "$steps/send.py" "$port" send small.eml
ok 'numbers continue' [ -e box/000043.eml ]
for _ in $(seq 6000); do
    kill -0 "$sink" 2>/dev/null || break
    sleep 0.05
done
ok '--once ends it' [ -z "$(jobs -r)" ]
sink=
run sink box --listen 127.0.0.1
ends 'no port' 2 '--listen: expected ADDRESS:PORT'
run sink box --listen 127.0.0.1:70000
ends 'a bad port' 2 '--listen: expected ADDRESS:PORT'
run sink box --once 0
ends 'a bad count' 2 '--once: expected a number'
run sink
ends 'no folder' 2 'expected DIR'
run sink in.eml --listen 127.0.0.1:0
ends 'a file for a folder' 5 'in.eml: cannot be opened'

end
