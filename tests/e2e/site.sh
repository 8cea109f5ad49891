#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: site.sh -- domains and keys of a configuration: mailseal domain, key next, key list, key revoke. What they
# write is checked by mailseal check, and its signatures by dkimpy. BUILD names the folder with the program or its
# parent.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/tally.sh
suite=site evidence=(out err)
steps=$PWD/tests/e2e/steps
build=${BUILD:-build/host}
[ -x "$build/mailseal" ] || build=$build/host
seal=$(realpath "$build/mailseal") || exit 1
root=$PWD
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export SOURCE_DATE_EPOCH=1768478400 # 2026-01-15

run() { # ARGUMENTS...: output in out, messages in err, exit code in $code
    "$seal" "$@" >out 2>err
    code=$?
}

ends() { # NAME CODE PATTERN: the last run ended so, with a message on stderr
    ok "$1: exit code $code, expected $2" [ "$code" = "$2" ]
    [ -z "$3" ] || ok "$1: message" grep -qE -- "$3" err
}

json() { # NAME EXPRESSION: out is JSON, for which, as j, the expression is true
    ok "$1" "$python" "$steps/holds.py" "$2"
}

fresh() { # an empty folder with a configuration that has comments everywhere
    rm -rf "$work"/*
    cat >gateway.conf <<'END'
# the gateway of the example company
[gateway]
hostname = gw.example.com
next-hop = 127.0.0.1:2526

; printers
[client printers]
network = 127.0.0.1
from = example.net,
	example.org
# after the list

[client web]
network = 192.0.2.0/24
from = example.net

[domain example.net]
unsigned = pass
# after example.net

[domain example.org]
unsigned = pass
# the end
END
    cp gateway.conf before.conf
}

unchanged() { ok "$1: the configuration is as it was" cmp gateway.conf before.conf; }

# --- domain add ---------------------------------------------------------------------------------------------------

fresh
run domain add Example.COM --dry-run
ends 'a dry run' 0 ''
ok 'it prints what would be made' grep -q 'next     s20260115b  example.com.s20260115b.pem  (not created)' out
unchanged 'a dry run'
ok 'a dry run makes no key' [ "$(find . -name '*.pem')" = '' ]
run domain add example.com -n --json
json 'a dry run in JSON' 'd["dry_run"] and [k["selector"] for k in d["keys"]] == ["s20260115", "s20260115b"]'

chmod 640 gateway.conf
ln -s gateway.conf link.conf
run domain add Example.COM --from-client printers -c link.conf
ends 'domain add' 0 'mailseal handover example.com -c link.conf'
ok 'a restart is advised' grep -q 'note: restart the gateway; a running one does not use the change of link.conf' err
cp gateway.conf one.conf
ok 'both keys are private' [ "$(stat -c %a example.com.s20260115.pem example.com.s20260115b.pem | xargs)" = '600 600' ]
ok 'the keys differ' [ "$(openssl pkey -in example.com.s20260115.pem -pubout)" != \
    "$(openssl pkey -in example.com.s20260115b.pem -pubout)" ]
ok 'a link stays a link' [ -L link.conf ]
ok 'the mode stays' [ "$(stat -c %a gateway.conf)" = 640 ]
cat >want.diff <<'END'
10c10
< 	example.org
---
> 	example.org, example.com
23a24,36
> 
> [domain example.com]
> selector = s20260115
> key = example.com.s20260115.pem
> made = 2026-01-15
> activation = dns
> 
> [domain example.com]
> selector = s20260115b
> key = example.com.s20260115b.pem
> made = 2026-01-15
> activation = dns
> hold = 365d
END
ok 'nothing else is edited' cmp want.diff <(diff before.conf gateway.conf)
ok 'nothing is left over' [ "$(find . -name '*conf.*')" = '' ]
run check gateway.conf
ends 'mailseal check accepts it' 0 ''
run domain add example.com
ends 'a second time' 3 'already has a key; to create another one: mailseal key next example.com -c gateway.conf'
ok 'the configuration stays' cmp gateway.conf one.conf

printf 'From: joe@example.com\r\nTo: ann@example.net\r\n\r\nHello\r\n' >in.eml
"$seal" sign -c gateway.conf <in.eml >signed.eml 2>err
run key list example.com --json
ok 'dkimpy verifies what mailseal sign signs with it' "$python" "$steps/verify_listed.py"

# --- interrupts and other changes -----------------------------------------------------------------------------------

fresh
"$seal" domain add example.com --bits 3072 >out 2>err & pid=$!
while kill -0 "$pid" 2>/dev/null && [ -z "$(find . -name '*.pem')" ]; do :; done
kill -TERM "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
left() { # key files that the configuration does not name, and the other way round
    diff <(find . -name '*.pem' -printf '%f\n' | sort) <(sed -n 's/^key = //p' gateway.conf | sort)
}
ok 'an interrupt leaves no key that the configuration does not name' left
ok 'an interrupt leaves no other file' [ "$(find . -name '*.conf.*')" = '' ]

fresh
"$seal" domain add example.com --bits 4096 >out 2>err & pid=$!
sleep 0.5
echo '# MY EDIT' >>gateway.conf
wait "$pid"
ok 'an edit while the keys are made is not lost' grep -q 'MY EDIT' gateway.conf
ok 'and no key is left without its section' left

# --- what is no file ----------------------------------------------------------------------------------------------

fresh
mkfifo pipe
mknod device c 1 3 2>/dev/null # as root only
for file in pipe device; do
    [ -e "$file" ] || continue
    kind=$(stat -c %F "$file")
    for command in 'domain add example.com' 'domain add example.com -n' 'domain remove example.net' \
        'key next example.net' 'key approve example.net s1' 'key revoke example.net s1'; do
        # shellcheck disable=SC2086
        timeout 20 "$seal" $command -c "$file" >out 2>err
        code=$?
        ends "$command -c $file" 5 "^mailseal .*: $file: is no regular file"
        ok "$file is as it was" [ "$(stat -c %F "$file")" = "$kind" ]
    done
done
ok 'no key is made' [ "$(find . -name '*.pem')" = '' ]
run domain add example.com --from-client printers
for file in pipe device; do
    [ -e "$file" ] || continue
    kind=$(stat -c %F "$file")
    for command in 'handover example.com --format text' 'handover example.com --format text --dry-run' image \
        'image --dry-run'; do
        # shellcheck disable=SC2086
        run $command -o "$file" --force
        ends "$command -o $file" 5 "$file: is no regular file; not replaced"
        ok "$command does not replace $file" [ "$(stat -c %F "$file")" = "$kind" ]
    done
done
rm -f device pipe
cat before.conf | "$seal" check /dev/stdin >out 2>err
code=$?
ends 'a configuration may be read from a pipe' 0 ''

as_user() { # what root may do is no test of permissions
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}
fresh
chmod 444 gateway.conf
[ "$(id -u)" != 0 ] || chown -R 65534:65534 .
for more in '' --dry-run; do
    as_user "$seal" domain add example.com $more >out 2>err
    code=$?
    ends "a configuration that is read-only $more" 5 'gateway.conf: cannot be changed: Permission denied'
    unchanged "read-only $more"
done
chmod 644 gateway.conf
chmod 555 .
as_user "$seal" domain add example.com --dry-run >out 2>err
code=$?
chmod 755 .
ends 'a dry run in a folder that is read-only' 5 'Permission denied'
[ "$(id -u)" != 0 ] || chown -R 0:0 .

fresh
yes '# a comment' | head -c $((1048576 - 100 - $(stat -c %s gateway.conf))) >>gateway.conf
echo >>gateway.conf
cp gateway.conf before.conf
run domain add example.com
ends 'no room for a domain' 3 'not changed: it would be larger than 1048576 bytes'
unchanged 'no room for a domain'
ok 'no room: no key is left' left

# --- a key that two sections use, keys that are gone, long lists, many errors --------------------------------------

fresh
run domain add a.example --from-client printers --bits 1024 --weak
printf '\n[domain b.example]\nselector = other\nkey = ./a.example.s20260115.pem\n' >>gateway.conf
run domain remove a.example --delete-keys --json
ends 'a key that another section uses' 0 'a.example.s20260115.pem: warning: not deleted: another section uses this key'
json 'not all keys are deleted' 'not d["keys_deleted"] and d["errors"] == [] and len(d["warnings"]) >= 1'
ok 'it stays' [ -e a.example.s20260115.pem ]
ok 'the other one is deleted' [ ! -e a.example.s20260115b.pem ]

fresh
run domain add a.example --from-client printers --bits 1024 --weak
run key next a.example --bits 1024 --weak
rm ./*.pem
run key revoke a.example s20260115b --json
ends 'key revoke without its file' 0 'warning: .*a.example.s20260115b.pem: key cannot be opened'
json 'key revoke: no error with exit code 0' 'd["errors"] == [] and d["warnings"]'
run domain remove a.example --json
ends 'domain remove without its files' 0 ''
json 'domain remove: no error with exit code 0' 'd["errors"] == [] and len(d["notes"]) == 2'

fresh
for i in {1..45}; do
    run domain add "a-domain-of-the-usual-length-$i.example" --from-client printers --bits 1024 --weak --manual
    [ "$code" = 0 ] || break
done
ends 'many domains of one client' 0 ''
ok 'its list has short lines' [ "$(awk '{ print length }' gateway.conf | sort -n | tail -n 1)" -lt 120 ]
for i in {45..1}; do
    run domain remove "a-domain-of-the-usual-length-$i.example"
    [ "$code" = 0 ] || break
done
ends 'many domains of one client, removed' 0 ''
ok 'nothing of them is left' diff -B gateway.conf before.conf

fresh
sed -i 's/^\texample.org$/\texample.org,/' gateway.conf
cp gateway.conf before.conf
run domain add example.com --from-client printers --bits 1024 --weak
run domain remove example.com
ok 'a comma at the end of a list stays' cmp gateway.conf before.conf

fresh
{
    printf '[client long]\nnetwork = 192.0.2.9\nfrom = example.net'
    for i in {1..50}; do printf ', long-name-of-domain-%s.example' "$i"; done
    echo
    for i in {1..50}; do printf '[domain long-name-of-domain-%s.example]\nunsigned = pass\n' "$i"; done
} >>gateway.conf
run domain remove long-name-of-domain-1.example
ends 'a domain in a line that is too long' 0 'a line of at most 1024 bytes'
ok 'it is removed' [ "$(grep -c 'long-name-of-domain-1\.' gateway.conf)" = 0 ]

fresh
{
    printf '[client many]\nnetwork = 192.0.2.9\nfrom = example.net'
    for i in {1..120}; do printf ',\n\tstale-%s.example' "$i"; done
    echo
} >>gateway.conf
run domain add example.com --from-client printers --bits 1024 --weak
ends '120 errors do not stop a change' 0 'gateway.conf: more than 100 errors; the others are not shown'
run domain remove example.com
ends '120 errors do not stop a removal' 0 'warning: gateway.conf: more than 100 errors'

# --- which key signs, and one key for many domains ------------------------------------------------------------------

fresh
run domain add a.example --manual --bits 1024 --weak
run key list a.example
ok 'key list shows that no key signs yet' grep -q 'note: no key signs, because all wait' err
run key approve a.example s20260115
run key next a.example --bits 1024 --weak
run key list a.example
ok 'key list has no such note if one signs' test ! -s err
run key revoke a.example s20260115 --json
ends 'key revoke of the only key that signs' 0 'a.example: warning: no key signs then; let one sign'
json 'the warning is in the document' 'any("no key signs" in w for w in d["warnings"])'
run key list a.example --json
json 'key list, nothing signs' 'all(k["state"] != "signing" for k in d["keys"]) and "no key signs" in d["notes"][0]'

fresh
run key new --domain a.example --selector s -o one.pem --bits 1024 --weak
for i in {1..20}; do printf '[domain d%s.example]\nselector = s\nkey = one.pem\n' "$i"; done >>gateway.conf
run check
ok 'a shared key is one warning for each further section' [ "$(grep -c 'same key as for d1.example' err)" = 19 ]
ok 'and no more' [ "$(grep -c 'same key as' err)" = 19 ]

# --- what is refused ----------------------------------------------------------------------------------------------

fresh
for d in '' . a..b 'a b' -a.example; do
    run domain add -- "$d"
    ends "domain \"$d\"" 2 'DOMAIN: expected a domain name'
done
run domain add
ends 'no domain' 2 'expected DOMAIN'
run domain add example.com --from-client absent
ends 'an unknown client' 3 'no section \[client absent\] exists; to create it'
run domain add example.com --from-client printer
ends 'a mistyped client' 3 'no section \[client printer\] exists; did you mean printers[?]$'
run domain add example.com -c none.conf
ends 'no configuration' 5 'none.conf: cannot be opened'
ok 'and where to begin' grep -q 'note: to begin, copy docs/examples/gateway.conf' err
run domain add example.com --bits abc
ends 'no size' 2 '--bits: expected a number from 1024 to 4096, found abc'
run domain add example.com --bits 1024
ends 'a weak key' 2 'add --weak'
for t in 's{day}' 'a_b' '-a' 'a..b' '{site}' '{rand}{rand}' 's.'; do
    run domain add example.com --selector "$t"
    ends "template $t" 2 '^mailseal domain add: --selector: '
done
run domain add example.com --selector one
ends 'one name for two keys' 2 '--selector: two keys need two names: use one\{n\}, or one1,one2$'
unchanged 'what was refused'
ok 'nothing was made' [ "$(find . -name '*.pem')" = '' ]
printf '\n[domain example.edu]\nselector = a\n' >>gateway.conf
run domain add example.com
ends 'a configuration with an error' 0 'gateway.conf:26:12: warning: selector: expected a key with the selector, .* a$'
fresh
chmod 555 .
if ! touch probe 2>/dev/null; then # root can write everywhere
    run domain add example.com
    ends 'a folder that is not ours' 5 ''
fi
rm -f probe
chmod 755 .
fresh
mkdir example.com.s20260115.pem
run domain add example.com
ends 'a name that is taken by a file' 0 ''
ok 'the next one is used' grep -q 's20260115c' gateway.conf
fresh
echo precious >example.com.k1.pem
run domain add example.com --selector k1,k2
ends 'a key file of the same name' 0 ''
ok 'it is not overwritten' [ "$(cat example.com.k1.pem)" = precious ]
ok 'the new one has the date in its name' grep -q '^key = example.com.k1.20260115.pem$' gateway.conf
fresh
touch example.com.k2.pem example.com.k2.20260115.pem
run domain add example.com --selector k1,k2
ends 'the second key cannot be made' 5 'k2.20260115.pem: already exists'
ok 'the first one is removed again' [ ! -e example.com.k1.pem ]
unchanged 'half a change'

# --- clients ------------------------------------------------------------------------------------------------------

fresh
run domain add example.com --from-client second --network 192.0.2.1,127.0.0.1/32
ends 'a network that another client has' 3 \
    'network 127.0.0.1/32 is already in \[client printers\]; add the domain there: --from-client printers$'
unchanged 'a network that another client has'
run domain add example.com --from-client web --network 192.0.2.0
ends 'another network for a client' 3 '\[client web\] already exists with network = 192.0.2.0/24; change it there'
run domain add example.com --from-client new --network 198.51.100.0 -n
ends 'one address' 0 'note: client new: network 198.51.100.0/32 \(one address\)$'
ok 'a dry run shows the client' grep -qxF '[client new]  network = 198.51.100.0  from = example.com  (not changed)' out
unchanged 'a dry run with a client'
run domain add example.com --from-client all --network 0.0.0.0/0
ends 'all addresses' 0 'warning: network 0.0.0.0/0 of \[client all\] lets every address send'
ok 'the client is shown' grep -qxF '[client all]  network = 0.0.0.0/0  from = example.com' out
run domain add example.com --from-client printers
ok 'so is one that gets a domain' grep -qxF \
    '[client printers]  network = 127.0.0.1  from = example.net, example.org, example.com' out
printf '[client dead]\nnetwork = 198.51.100.9, 192.0.2.0/24\nfrom = example.net\n' >>gateway.conf
run check gateway.conf
ends 'a client without effect' 0 'warning: network 192.0.2.0/24 of \[client dead\] is already in \[client web\]'
ok 'all addresses, checked' grep -q 'warning: network 0.0.0.0/0 of \[client all\]' err
ok 'nothing else about networks' [ "$(grep -c 'warning: network' err)" = 2 ]
ok 'the default needs --tap on Linux' grep -q 'note: to listen on 0.0.0.0:25, Linux needs mailseald --tap' err
sed 's/^\[gateway\]/&\naddress = 192.0.2.9\/24/' gateway.conf >fixed.conf
run check fixed.conf
ok 'unless the address is fixed' [ "$(grep -c 'needs mailseald --tap' err)" = 0 ]
sed -i 's/^next-hop = .*/next-hop = localhost:2525\nlisten = 127.0.0.1:2525/' gateway.conf
run check gateway.conf
ends 'a loop' 0 "warning: next-hop localhost:2525 is the gateway's own listen address"
ok 'loopback needs no --tap' [ "$(grep -c 'needs mailseald --tap' err)" = 0 ]
sed -i 's/localhost:2525/localhost:2526/' gateway.conf
run check gateway.conf
ok 'another port is no loop' [ "$(grep -c 'own listen address' err)" = 0 ]

printf '[gateway]\n[clients foo]\n' >wrong.conf
run check wrong.conf
ends 'three errors' 3 '^wrong.conf:2:2: expected .*found clients; did you mean client[?]$'
ok 'all are shown' [ "$(grep -c '^wrong.conf:' err)" = 3 ]
sed 's/^from = example.net$/from = shop.example/' before.conf >wrong.conf
run check wrong.conf
ends 'a client without a domain' 3 'found shop.example; to create it: mailseal domain add shop.example$'

# --- templates ----------------------------------------------------------------------------------------------------

selectors() { # OPTIONS...: prints the selector
    run domain add example.com -n --json "$@"
    "$python" -c 'import json; print(*[k["selector"] for k in json.load(open("out"))["keys"]])'
}

fresh
ok 'pairs' [ "$(selectors --selector selector1,selector2)" = 'selector1 selector2' ]
ok 'a counter' [ "$(selectors --selector 'm{nn}')" = 'm01 m02' ]
ok 'a short counter' [ "$(selectors --selector 'm{n}')" = 'm1 m2' ]
ok 'a site' [ "$(selectors --site lms)" = 'lms01 lms02' ]
ok 'site and date' [ "$(selectors --site lms --selector '{site}-{date}')" = 'lms-20260115 lms-20260115b' ]
ok 'two labels' [ "$(selectors --selector '{date}.{n}.web')" = '20260115.1.web 20260115.2.web' ]
ok 'for a CNAME' [ "$(selectors --cname keys.example.net)" = 'k1 k2' ]
ok 'chance' grep -qE '^c-[0-9a-f]{32} c-[0-9a-f]{32}$' <(selectors --selector 'c-{rand}')
ok 'random selectors differ' [ "$(selectors --selector '{rand}')" != "$(selectors --selector '{rand}')" ]

# --- key next, key list, key revoke -------------------------------------------------------------------------------

fresh
run domain add example.com --from-client web --cname keys.example.net
sed -i '0,/^hold = 365d/s//hold = 365d\nexpire = 7d\nheaders = Sender,\n\tX-Mailer/' gateway.conf
printf '\n# the last comment\n[domain example.edu]\nunsigned = pass\n' >>gateway.conf
run key next example.com -n
ends 'key next, dry' 0 'note: k2 is a next key already'
ok 'a dry run needs no restart' [ "$(grep -c 'restart the gateway' err)" = 0 ]
run key next example.com
ends 'key next' 0 'note: k2 is a next key already; .*: mailseal key revoke example.com SELECTOR -c gateway.conf$'
ok 'only k2 is one' [ "$(grep -c 'next key already' err)" = 1 ]
ok 'key next advises a restart' grep -q 'note: restart the gateway' err
cat >want <<'END'
[domain example.com]
# mailseal: cname = keys.example.net
selector = k3
key = example.com.k3.pem
made = 2026-01-15
activation = dns
hold = 365d
expire = 7d
headers = Sender,
	X-Mailer

# the last comment
END
grep -B 2 -A 9 -x 'selector = k3' gateway.conf >got
ok 'it follows the newest and signs like it' cmp want got
run check gateway.conf
ends 'mailseal check accepts that' 0 ''
run key next example.edu
ends 'key next without a key' 3 'mailseal domain add example.edu'
sed -i '0,/^made = .*/s//made = 2026-01-05/' gateway.conf
touch -d @$((SOURCE_DATE_EPOCH - 7 * 86400)) example.com.k1.pem
run key list
ends 'key list' 0 ''
ok 'it lists all keys' [ "$(sed 1d out | awk '{ print $2, $3, $4 }' | xargs)" = \
    'k1 signing 2048 k2 next 2048 k3 next 2048' ]
ok 'it shows the age' grep -qE 'k1 .* 10 d ' out
sed -i '0,/^made = .*/{/^made/d}' gateway.conf
run key list
ok 'without made, that of the file' grep -qE 'k1 .* 7 d ' out
sed -i '0,/^activation = dns/s//made = 2026-01-05\nactivation = dns/' gateway.conf
run key list Example.com --json
json 'the list in JSON' '[(k["selector"], k["state"], k["bits"]) for k in d["keys"]] == [("k1", "signing", 2048),
    ("k2", "next", 2048), ("k3", "next", 2048)] and d["keys"][0]["age_days"] == 10'
json 'it has the record' 'd["keys"][0]["record"]["name"] == "k1._domainkey.example.com" and
    d["keys"][0]["record"]["cname"] == "k1._domainkey.example.com.keys.example.net"'
value=$("$python" -c 'import json; print(json.load(open("out"))["keys"][0]["record"]["value"])')
ok 'p= is the public key' [ "$value" = "v=DKIM1; k=rsa; p=$(openssl pkey -in example.com.k1.pem -pubout -outform DER |
    base64 -w0)" ]
sed -i '/^hold/d' gateway.conf
run key list --json
json 'older keys retire' '[k["state"] for k in d["keys"]] == ["retiring", "retiring", "signing"]'
cp gateway.conf before.conf
run key revoke example.com k1 -n
ends 'key revoke, dry' 0 ''
unchanged 'key revoke, dry'
ok 'it shows that' grep -qx '; gateway.conf  (not changed)' out
ok 'and asks for nothing' [ ! -s err ]
run key next example.com -n
ends 'an older key is still configured' 0 \
    'note: k1 is still configured; .*: mailseal key revoke example.com k1 -c gateway.conf$'
run key revoke example.com K1
ends 'key revoke' 0 'replace the record in DNS by this one'
ok 'key revoke advises a restart' grep -q 'note: restart the gateway' err
ok 'it prints the record' grep -q '^k1\._domainkey\.example\.com\.keys\.example\.net\. IN TXT "v=DKIM1; k=rsa; p="$' out
ok 'a note stays' grep -qx '# mailseal: revoked = example.com k1 2026-01-15 example.com.k1.pem' gateway.conf
ok 'the section does not' [ "$(grep -c '^selector = k1$' gateway.conf)" = 0 ]
ok 'the key file stays' [ -e example.com.k1.pem ]
run check gateway.conf
ends 'mailseal check accepts what is left' 0 ''
run key list --json
json 'the list has it' 'd["keys"][-1]["state"] == "revoked" and d["keys"][-1]["record"]["value"].endswith("p=")'
run key next example.com
ok 'a CNAME that is free is used again' grep -q '^key = example.com.k1.20260115.pem$' gateway.conf
run key revoke example.com nothing
ends 'no such key' 3 'no key with the selector nothing; see: mailseal key list'
run key list exmaple.com
ends 'key list of a mistyped domain' 0 'note: exmaple.com has no key in gateway.conf; did you mean example.com[?]$'
run key list example.edu
ends 'key list of a domain without a key' 0 'note: example.edu has no key in gateway.conf$'
run key list example.com
ends 'key list of one that has some' 0 ''
ok 'it notes nothing' [ ! -s err ]
run handover example.com --spf 192.0.2.25
ends 'an address as an SPF term' 2 'found 192.0.2.25; did you mean ip4:192.0.2.25[?]$'
run handover example.com --spf 2001:db8::/32
ends 'an IPv6 network as an SPF term' 2 'did you mean ip6:2001:db8::/32[?]$'
for s in k2 k3; do run key revoke example.com $s --json; done
json 'revoked in JSON' 'd["key"]["state"] == "revoked" and not d["dry_run"]'
run key revoke example.com k1
ends 'the only key' 3 'the only key of example.com.*mailseal key next'
rm example.com.k1.20260115.pem
run key list
ends 'a key file is missing' 4 'example.com.k1.20260115.pem: key cannot be opened'
ok 'the list is still printed' grep -q '^example.com  k1 ' out

# --- keys that wait, and keys of devices --------------------------------------------------------------------------

fresh
run domain add example.com --from-client web --manual
ends 'domain add --manual' 0 ''
run key list
ok 'its key waits' [ "$(sed 1d out | awk '{ print $2, $3 }' | xargs)" = 's20260115 waiting s20260115b next' ]
run check gateway.conf
ends 'mailseal check accepts it' 0 ''
printf 'From: a@example.com\r\n\r\n' >in.eml
"$seal" sign -c gateway.conf <in.eml >out 2>err
code=$?
ends 'no key signs before that' 1 \
    'no key of example.com signs: s20260115 waits for: mailseal key approve example.com s20260115$'
sed '/^\[domain example.com\]/a unsigned = pass' gateway.conf >pass.conf
"$seal" sign -c pass.conf <in.eml >out 2>err
code=$?
ends 'it passes unsigned before' 0 'warning: not signed, .* unsigned = pass for example.com'
ok 'and why' grep -q 'no key of example.com signs: s20260115 waits for: mailseal key approve' err
sed '/^\[domain example.com\]/a sign = off' gateway.conf >pass.conf
"$seal" sign -c pass.conf <in.eml >out 2>err
code=$?
ends 'sign = off' 0 'warning: not signed, .* has sign = off for example.com'
ok 'nothing waits then' [ "$(grep -c waits err)" = 0 ]
run handover example.com -f zone
ok 'its record is on the sheet' grep -q '^s20260115\._domainkey\.example\.com\.' out
cp gateway.conf before.conf
run key approve example.com S20260115 -n
ends 'key approve, dry' 0 ''
unchanged 'key approve, dry'
ok 'it shows that' grep -qx 'example.com  S20260115  approved  (not changed)' out
run key approve example.com S20260115 --json
json 'key approve in JSON' 'd["selector"] == "S20260115" and not d["dry_run"]'
ok 'one word is another' [ "$(diff before.conf gateway.conf | grep -c "^[<>]")" = 2 ]
ok 'and the right one' [ "$(sed -n "/selector = s20260115$/,/^activation/p" gateway.conf | tail -n 1)" = \
    'activation = dns' ]
run key list
ok 'it may sign now' [ "$(sed 1d out | awk '{ print $2, $3 }' | xargs)" = 's20260115 signing s20260115b next' ]
run key approve example.com s20260115
ends 'a second time' 3 's20260115 of example.com is not waiting for approval'
run key approve example.com nothing
ends 'no such key' 3 'no key with the selector nothing'
sed 's/$/\r/' before.conf >gateway.conf
run key approve example.com s20260115b
ends 'with CRLF' 0 ''
ok 'CRLF stays' [ "$(grep -c $'\r$' gateway.conf)" = "$(wc -l <gateway.conf)" ]

fresh
run domain add example.com --from-client web --on-device --bits 4096
ends 'on a device, 4096 bits' 2 'a device creates keys of 2048'
run domain add example.com --from-client web --on-device
ends 'domain add --on-device' 0 'mailseal key adopt -c gateway.conf LOG'
ok 'no key file is made' [ "$(find . -name '*.pem')" = '' ]
ok 'both keys are the device'"'s" [ "$(grep -c '^key = device$' gateway.conf)" = 2 ]
run check gateway.conf
ends 'mailseal check accepts it' 0 ''
ok 'and reports it' grep -qx 'key on the device: example.com, selector s20260115, not adopted yet' out
run key list --json
json 'its record is not known' '[(k["state"], k["file"], k["bits"], k["record"]["value"]) for k in d["keys"]] ==
    [("signing", None, None, None), ("next", None, None, None)]'
run handover example.com
ends 'no sheet yet' 3 'mailseal help key adopt'
run image gateway.conf -o g.img
ends 'an image without a lasting seed' 3 'key = device: every image for this device needs the same --seed-file'
(umask 077; head -c 32 /dev/urandom >seed)
run image gateway.conf -o g.img --seed-file seed
ends 'an image' 0 ''
printf 'From: a@example.com\r\n\r\n' >in.eml
"$seal" sign -c gateway.conf <in.eml >out 2>err
code=$?
ends 'no program here signs with it' 4 'was created on a device and cannot be read'
ok 'nor writes anything' [ ! -s out ]
records=()
for s in 20260115 20260115b; do
    openssl genrsa -out $s.pem 2048 2>/dev/null
    records+=("v=DKIM1; k=rsa; p=$(openssl pkey -in $s.pem -pubout -outform DER | base64 -w0)")
    printf 'Nov 28 15:00:01 gw 0.123 device-key name=s%s._domainkey.example.com record="%s"\r\nnoise\r\n' $s \
        "${records[-1]}" >>uart.log
done
cp gateway.conf before.conf
run key adopt uart.log -n
ends 'key adopt, dry' 0 ''
unchanged 'key adopt, dry'
head -c 300 uart.log >short.log
run key adopt short.log
ends 'a log that is cut' 5 'short.log: no device-key of this configuration'
sed 's/MII/MIJ/' uart.log >bad.log
run key adopt bad.log
ends 'an invalid record' 4 's20260115._domainkey.example.com: its record in the log is incomplete'
unchanged 'a record that is none'
run key adopt none.log
ends 'no log' 5 'none.log'
head -n 1 uart.log >one.log
run key adopt one.log
ends 'one of two' 0 'one.log: warning: keys that it does not have: 1'
run key adopt - --json <uart.log
json 'key adopt in JSON' '[k["new"] for k in d["keys"]] == [False, True]'
run key list --json
json 'its record is known' '[(k["bits"], k["record"]["value"]) for k in d["keys"]] ==
    [(2048, "'"${records[0]}"'"), (2048, "'"${records[1]}"'")]'
run check gateway.conf
ends 'mailseal check accepts it' 0 ''
run handover example.com -f json
json 'the sheet has both' '[r["value"] for r in d["records"]] == ["'"${records[0]}"'", "'"${records[1]}"'"]'
cp gateway.conf before.conf
tac uart.log | sed 's/s20260115b/s1/; s/s20260115\._/s20260115b._/' >other.log
run key adopt other.log
ends 'another key' 4 's20260115b.*has another key than the adopted one'
unchanged 'another key'
run key adopt other.log --force
ends 'another key, forced' 0 ''
ok 'the note is another' [ "$(grep -cF "record = ${records[0]}" gateway.conf)" = 2 ]
run key next example.com
ok 'the next one is made there too' [ "$(grep -c '^key = device$' gateway.conf)" = 3 ]
run key revoke example.com s20260115
ends 'key revoke of one' 0 'the key stays on the device'
run domain remove example.com
ends 'domain remove' 0 ''
run key adopt uart.log
ends 'nothing to adopt for' 3 'no section has key = device'

# --- domain list, domain remove -----------------------------------------------------------------------------------

fresh
run domain add example.com --from-client printers
run domain list
ok 'domain list' grep -qx 'example.com  keys: s20260115 (signing), s20260115b (next)  clients: printers' out
run domain list --json
json 'domain list in JSON' '[d["domain"] for d in d["domains"]] == ["example.net", "example.org", "example.com"] and
    d["domains"][0]["clients"] == ["printers", "web"]'
cp gateway.conf one.conf
run domain remove example.com -n --delete-keys --json
json 'domain remove, dry' 'len(d["key_files"]) == 2 and not d["keys_deleted"]'
ok 'it changes nothing' cmp gateway.conf one.conf
run domain remove example.com -n
ok 'it shows that' grep -qx 'gateway.conf  (not changed)' out
run domain remove example.com
ends 'domain remove' 0 'after a week'
ok 'domain remove advises a restart' grep -q 'note: restart the gateway' err
ok 'all is as before' diff -B gateway.conf before.conf
ok 'key files stay' [ -e example.com.s20260115.pem ]
run domain remove example.com
ends 'an unknown domain' 3 'no section \[domain example.com\]'
run domain remove example.net
ends 'the only domain of a client' 3 '\[client web\] may send only as example.net'
ok 'nothing is removed then' diff -B gateway.conf before.conf
run domain remove example.org
ends 'the last of a list' 0 ''
ok 'the list is still one' grep -qx 'from = example.net' gateway.conf
run domain add example.com --from-client web
run domain remove example.com --delete-keys
ok 'key files are removed on request' [ "$(find . -name '*c.pem' | wc -l)" = 0 ]
sed 's/$/\r/' before.conf >gateway.conf
run domain add example.com --from-client printers
ok 'CRLF stays CRLF' [ "$(grep -c $'\r$' gateway.conf)" = "$(wc -l <gateway.conf)" ]
run check gateway.conf
ends 'and is accepted' 0 ''

# --- first steps, in any order --------------------------------------------------------------------------------------

case_b() { # a client without from
    printf '[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:25\n\n' >gateway.conf
    printf '[client printers]\nnetwork = 192.0.2.0/24\n' >>gateway.conf
}
case_c() { printf '[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:25\n' >gateway.conf; }
case_egg() { # a client that may send as a domain without section
    case_b
    printf 'from = example.com\n' >>gateway.conf
}

starts() { # NAME: the gateway would start, and the client may send
    run check gateway.conf
    ends "$1: mailseal check" 0 ''
    run domain list
    ok "$1: domain list" grep -qx \
        'example.com  keys: s20260115 (signing), s20260115b (next)  clients: printers' out
    ok "$1: no complaints" [ ! -s err ]
}

for c in case_b case_egg; do
    fresh
    $c
    run domain add example.com --from-client printers
    ends "$c" 0 '^mailseal domain add: note: next: mailseal handover example.com -c gateway.conf$'
    ok "$c: no warning of what is fixed now" [ "$(grep -c warning err)" = 0 ]
    starts "$c"
    fresh
    $c
    run domain add example.com --from-client printers --network 192.0.2.0/24
    ends "$c, the same network" 0 ''
    starts "$c, the same network"
done
fresh
case_c
cp gateway.conf before.conf
run domain add example.com --from-client printers
ends 'no such client' 3 'no section \[client printers\] exists; to create it, add --network CIDR'
unchanged 'no such client'
ok 'and no key' [ "$(find . -name '*.pem')" = '' ]
run domain add example.com --from-client printers --network 192.0.2.0/24 -n
ends 'a new client, dry' 0 ''
unchanged 'a new client, dry'
run domain add example.com --from-client printers --network 192.0.2.0/24
ends 'a new client' 0 ''
starts 'a new client'
fresh
case_c
run domain add example.com
ends 'a domain first' 0 'next: mailseal domain add example.com -c gateway.conf --from-client NAME --network CIDR$'
ok 'one next command' [ "$(grep -c 'next:' err)" = 1 ]
run domain add example.com --from-client printers --network 192.0.2.0/24
ends 'then its client' 0 'mailseal handover'
starts 'then its client'
ok 'no more keys' [ "$(find . -name '*.pem' | wc -l)" = 2 ]
run domain add example.com --from-client printers
ends 'and again' 3 'already has a key'
fresh
case_b
run domain add example.com
ends 'a domain next to a client' 0 'next: mailseal domain add example.com -c gateway.conf --from-client printers$'
ok 'the error that stays is shown' grep -q 'gateway.conf:5:1: warning: from: expected' err
run domain add example.com --from-client printers --json
ends 'then the permission' 0 ''
json 'it makes no keys' 'd["keys"] == [] and d["client"] == "printers"'
starts 'then the permission'
for start in '' $'[gateway]\n' $'\xef\xbb\xbf' '# nothing yet'; do
    fresh
    printf %s "$start" >gateway.conf
    run domain add example.com --from-client printers --network 192.0.2.0/24
    ends "from ${start@Q}" 0 ''
    sed -i '/^\[gateway\]/d' gateway.conf
    printf '\n[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:25\n' >>gateway.conf
    starts "from ${start@Q}"
done
for bad in 'copier --network 192.0.2.1/24' 'copier --network nowhere' 'web --network 198.51.100.0/24'; do
    fresh
    # shellcheck disable=SC2086 # several words
    run domain add example.com --from-client $bad
    ends "a client $bad" 3 'gateway.conf.*(network: expected|already exists with network = )'
    unchanged "a client $bad"
    ok "a client $bad: no key" [ "$(find . -name '*.pem')" = '' ]
done
fresh
run domain add example.com --from-client 'a]b' --network 192.0.2.0/24
ends 'an invalid name' 2 '--from-client: expected letters'
run domain add example.com --from-client a --network $'192.0.2.0/24\nfrom = example.net'
ends 'two lines' 2 '--network: expected networks'
run domain add example.com --network 192.0.2.0/24
ends 'a network without a client' 2 '--network needs --from-client'
unchanged 'what is no client'

# --- errors do not stop what they do not concern ---------------------------------------------------------------------

keys=$(mktemp -d)
trap 'rm -rf "$work" "$keys"' EXIT
(umask 077; for s in s1 s2; do openssl genrsa -out "$keys/$s.pem" 2048 2>/dev/null; done)
errors=('5:12: warning: max-size: expected' '9:1: warning: expected a key of \[next-hop\]'
    '12:11: warning: network: expected' '13:21: warning: from: expected a domain that a domain section covers'
    '26:12: warning: selector: expected')

faulty() { # five errors, each in another section
    rm -rf "$work"/*
    cat >gateway.conf <<'END'
# the gateway of the example company
[gateway]
hostname = gw.example.com
next-hop = 127.0.0.1:2526
max-size = huge

[next-hop]
tls = none
colour = red

[client printers]
network = 192.0.2.1/24, 198.51.100.0/24
from = example.com, gone.example

[client web]
network = 203.0.113.0/24
from = example.com,
	example.org

[domain example.com]
selector = s1
key = s1.pem
activation = dns

[domain example.org]
selector = s1

[domain example.com]
selector = s2
key = s2.pem
activation = manual
expire = 7d
END
    cp gateway.conf before.conf
    cp "$keys"/*.pem .
}

shows_all() { # NAME [CODE]: the last run ended well and showed each error
    ends "$1" "${2:-0}" ''
    for e in "${errors[@]}"; do
        ok "$1: $e" grep -qE "gateway.conf:$e" err
    done
}

faulty
run check gateway.conf
ends 'mailseal check' 3 ''
for e in "${errors[@]}"; do
    ok "mailseal check: $e" grep -qE "^gateway.conf:${e/ warning:/}" err
done
ok 'each with its line' [ "$(grep -cE '^  +\^$' err)" = 5 ]
run check gateway.conf --json
json 'all errors in JSON' '[(e["line"], e["column"], e["found"]) for e in d["configuration_errors"]] ==
    [(5, 12, "huge"), (9, 1, "colour"), (12, 11, "192.0.2.1/24"), (13, 21, "gone.example"), (26, 12, "s1")] and
    d["error"] == d["configuration_errors"][0]'
run domain list
shows_all 'domain list'
ok 'all that is readable' [ "$(cat out)" = 'example.com  keys: s1 (signing), s2 (waiting)  clients: printers, web
example.org  keys: -  clients: web' ]
run key list
shows_all 'key list'
ok 'all keys' [ "$(sed 1d out | awk '{ print $2, $3, $4 }' | xargs)" = 's1 signing 2048 s2 waiting 2048' ]
run handover example.com -f zone
shows_all 'handover'
ok 'the sheet' grep -q '^s1\._domainkey\.example\.com\.' out
run status example.com --server 127.0.0.1:1 --timeout 1
shows_all 'status'
ok 'status has the key' grep -qE '^1\. done ' out
run bundle -o b.tar.gz
ends 'bundle' 0 ''
ok 'the bundle has the errors' [ "$(tar xzOf b.tar.gz mailseal-bundle/check.txt | grep -c '^gateway.conf:')" = 5 ]
ok 'and nothing of what was found' [ "$(tar xzOf b.tar.gz mailseal-bundle/check.txt | grep -cE 'huge|found|\^')" = 0 ]
ok 'and the keys' [ "$(tar xzOf b.tar.gz mailseal-bundle/keys.json | grep -c '"selector": "s')" = 2 ]
unchanged 'what only reads'
run image gateway.conf -o g.img
ends 'image needs a valid one' 3 '^gateway.conf:26:12: selector'
"$seal" sign -c gateway.conf </dev/null >out 2>err
code=$?
ends 'and so does sign' 3 '^gateway.conf:26:12: selector'
run domain add example.net
shows_all 'domain add'
faulty
run key next example.com
shows_all 'key next'
ok 'only lines are added' [ "$(diff before.conf gateway.conf | grep -c '^<')" = 0 ]
ok 'it signs like the newest' [ "$(tail -n 2 gateway.conf | xargs)" = 'hold = 365d expire = 7d' ]
faulty
sed -i 's/^expire = 7d/expire = soon/' gateway.conf
run key next example.com
shows_all 'key next of a section with an error'
ok 'an error is not copied' [ "$(grep -c 'expire = soon' gateway.conf)" = 1 ]
faulty
run key approve example.com s2
shows_all 'key approve'
ok 'one word is another' [ "$(diff before.conf gateway.conf | grep -c '^[<>]')" = 2 ]
faulty
run key revoke example.com s2
shows_all 'key revoke'
faulty
sed -i 's/^key = s1.pem/key = device/' gateway.conf
cp gateway.conf before.conf
printf 'gw 0.1 device-key name=s1._domainkey.example.com record="v=DKIM1; k=rsa; p=%s"\n' \
    "$(openssl pkey -in s1.pem -pubout -outform DER | base64 -w0)" >uart.log
run key adopt uart.log
ends 'key adopt' 0 'gateway.conf:27:12: warning: selector: expected'
ok 'a note is added' [ "$(diff before.conf gateway.conf | grep -c '^> # mailseal: record = ')" = 1 ]
faulty
run key new --domain example.com --selector new -o new.pem
ends 'key new' 0 ''
run domain remove gone.example
ends 'a stale name' 0 ''
ok 'it is gone' grep -qx 'from = example.com' gateway.conf
ok 'the others are shown' [ "$(grep -c warning err)" = 4 ]
run domain remove example.org
ends 'a domain with an error' 0 ''
ok 'and its error' [ "$(grep -c warning err)" = 3 ]
cp gateway.conf before.conf
run domain remove example.com
ends 'a domain in use' 3 ''
ok 'each client that would have no domain left' [ "$(grep -c 'may send only as example.com' err)" = 2 ]
unchanged 'a domain in use'

# Each error once, in the order of the lines, and none that only follows from another one.
errors_are() { # NAME WANTED: the places of all errors of gateway.conf
    run check gateway.conf
    got=$(grep -oE '^gateway.conf:[0-9]+:[0-9]+: ([a-z-]+:)?' err | cut -d : -f 2- | sed 's/: $/:/; s/ //' | xargs)
    ok "$1: $got" [ "$got" = "$2" ]
}

valid() { # a configuration, with other lines in place of some: SED SCRIPT
    rm -rf "$work"/*
    sed "$1" >gateway.conf <<'END'
[gateway]
hostname = gw.example.com
next-hop = mx.example.net:587
certificate = chain.pem
certificate-key = key.pem
[next-hop]
tls = starttls
auth = plain
user = gateway
secret = secret
[client printers]
network = 192.0.2.0/24
from = example.com, *.example.net
tls = offered
[domain example.com]
selector = s1
key = s1.pem
activation = dns
made = 2026-01-15
rotate-after = 90d
[domain example.net]
unsigned = pass
subdomains = yes
cosign = example.com
END
}

valid ''
errors_are 'none' ''
valid '2s/gw/g w/'
errors_are 'a required key' '2:12:hostname:'
valid '2d; 3d'
errors_are 'two that are missing' '1:1:hostname: 1:1:next-hop:'
valid '1s/.*/[gate way]/'
errors_are 'a heading' '1:2:'
valid '1s/\]//'
errors_are 'half a heading' '1:1:'
valid '1,5d'
errors_are 'a section that is missing' '20:1:'
valid '1d'
errors_are 'keys before a heading' '1:1:'
valid '4d'
errors_are 'half of a pair' '4:19:certificate-key: 10:9:tls:'
valid '4s/= .*/=/'
errors_are 'a value that is missing' '4:14:certificate:'
valid '7s/starttls/yes/'
errors_are 'what others depend on' '7:7:tls:'
valid '8s/plain/yes/'
errors_are 'a word' '8:8:auth:'
valid '9d'
errors_are 'a key that is needed' '6:1:user:'
valid '12s/24/33/; 13s/com/com, a b, gone.example/'
errors_are 'items of lists' '12:11:network: 13:21:from: 13:26:from:'
valid '12s/= .*/= 192.0.2.0\/33, 198.51.100.0\/33/'
errors_are 'all items of a list' '12:11:network: 12:25:network:'
valid '13d'
errors_are 'a client without from' '11:1:from:'
valid '15s/\]//'
errors_are 'a section that others name' '15:1:'
valid '16s/s1/s_1/'
errors_are 'a selector' '16:12:selector:'
valid '17d'
errors_are 'a key file' '15:9:activation: 15:9:made: 16:12:selector:'
valid '18s/dns/later/; 19s/-/./; 20s/d$//'
errors_are 'three in a row' '18:14:activation: 19:8:made: 20:16:rotate-after:'
valid '23s/yes/on/'
errors_are 'what a list depends on' '23:14:subdomains:'
valid '24s/com/org/; 22s/pass/never/'
errors_are 'the end' '22:12:unsigned: 24:10:cosign:'
valid '5s/$/\n\tmore\n  and more/; 14s/$/\n\ttls = none/'
errors_are 'lines that go on' '6:2: 7:3: 17:2:'
valid '22s/$/\nunsigned = pass\nnonsense\n\tgoes on/'
errors_are 'twice, and nonsense' '23:1: 24:1:'
valid '14s/$/\n[client printers]\nfrom = x y/; 21s/net/com/'
errors_are 'sections twice' '13:21:from: 15:9:'
printf '\0\1\2' >gateway.conf
errors_are 'bytes' '1:1: 1:4:'

# A change that would make it worse is refused.
fresh
printf '\n[domain example.edu]\nunsigned = pass\ncosign = example.com\n' >>gateway.conf
run domain add example.com --from-client web
cp gateway.conf before.conf
run domain remove example.com
ends 'worse than before' 3 'gateway.conf:[0-9]+:10: cosign: expected .*, found example.com$'
ok 'it is reported' grep -q 'gateway.conf: not changed: the change would cause the error above' err
unchanged 'worse than before'

# More errors than are shown, and more than are looked for.
fresh
for i in {1..150}; do echo "nonsense $i"; done >>gateway.conf
run domain list
ends 'more errors than are shown' 0 'warning: gateway.conf: more than 100 errors'
run check
ends 'more errors than are shown, check' 3 'gateway.conf: more than 100 errors'
fresh
for i in {1..10001}; do echo "x$i"; done >>gateway.conf
cp gateway.conf before.conf
run domain list
ends 'too many errors' 3 'gateway.conf: more than 10000 errors'
run domain add example.com
ends 'no change then' 3 'more than 10000 errors'
unchanged 'too many errors'

# --- bytes that no edit names stay -----------------------------------------------------------------------------------

odd() { # CRLF or not, a byte order mark or not, a line end at the end or not
    fresh
    sed -i 's/^hostname = /hostname\t=  /' gateway.conf
    printf '[domain example.edu]\nunsigned = pass\nheaders = To,\n\tCc,\n\tX-Odd\n; last\n' >>gateway.conf
    [ "$1" = lf ] || sed -i 's/$/\r/' gateway.conf
    [ "$2" = plain ] || sed -i '1s/^/\xef\xbb\xbf/' gateway.conf
    [ "$3" = ended ] || truncate -s -"$([ "$1" = lf ] && echo 1 || echo 2)" gateway.conf
    cp gateway.conf before.conf
}

for kind in 'lf plain ended' 'crlf plain ended' 'crlf marked ended' 'lf marked open' 'crlf plain open' \
    'crlf marked open'; do
    # shellcheck disable=SC2086 # three words
    odd $kind
    run domain add example.com --from-client printers
    ends "$kind: domain add" 0 ''
    run check gateway.conf
    ends "$kind: it is accepted" 0 ''
    run domain remove example.com
    ends "$kind: domain remove" 0 ''
    unchanged "$kind: all of it comes and goes"
    run domain add example.com --from-client copier --network 192.0.2.9
    ends "$kind: a new client" 0 ''
    sed -n '/^\[client copier\]/,/^from/p' gateway.conf >got
    ok "$kind: line ends as before" [ "$(grep -c $'\r' got)" = "$(grep -q crlf <<<"$kind" && echo 3 || echo 0)" ]
    run check gateway.conf
    ends "$kind: it is accepted too" 0 ''
done

# Two at the same time: both changes are made.
fresh
for i in 1 2 3 4; do "$seal" domain add d$i.example --from-client web >/dev/null 2>&1 & done
wait
run domain list
ok 'four at the same time' [ "$(grep -c '^d[1-4].example  keys: .*clients: web$' out)" = 4 ]

# --- the manual ---------------------------------------------------------------------------------------------------

for c in 'domain add' 'domain list' 'domain remove' 'key next' 'key list' 'key approve' 'key adopt' 'key revoke' \
    handover; do
    # shellcheck disable=SC2086 # two words
    run help $c
    ok "help $c" grep -q "^usage: mailseal $c" out
    ok "the manual has $c" grep -q "^\.SS $c\$" "$root/docs/man/mailseal.1"
    # shellcheck disable=SC2086
    run $c --bogus
    ends "$c --bogus" 2 '--bogus'
done
run domain
ends 'domain without a word' 2 'domain is followed by one of: add, list, remove'

end
