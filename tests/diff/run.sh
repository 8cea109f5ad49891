#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -- signs real messages with all four canonicalizations and verifies them with three programs that we did
# not write: libopendkim, dkimpy and Mail::DKIM. Each must pass all of them, and none that was altered afterwards.
# known.txt explains exceptions; build/diff/refused.txt lists what we did not sign, and why.
# The last line is "N passed, N failed".
set -eu

build=${BUILD:-build}
python=${PYTHON:-/usr/bin/python3}
tool=${MAILSEAL:-$build/host/mailseal}
corpus=${CORPUS:-build/corpus}
libopendkim=$build/host/tests/diff/opendkim
work=$build/diff

for program in "$tool" "$libopendkim"; do
    [ -x "$program" ] || { echo "$program: not found; build it with: make host helpers" >&2; exit 1; }
done

knot=
trap '[ -z "$knot" ] || kill "$knot" 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM

# Two runs at the same time would use the same folder.
mkdir -p "$build"
exec 8>"$build/diff.lock"
flock 8
rm -rf "$work"
mkdir -p "$work"
[ "$corpus" != build/corpus ] || tests/diff/corpus.sh "$corpus"

"$tool" key new --domain sender.example --selector seal -o "$work/key.pem" >"$work/key.log" 2>&1 ||
    { cat "$work/key.log"; exit 1; }
printf 'v=DKIM1; k=rsa; p=%s\n' "$(openssl pkey -in "$work/key.pem" -pubout | grep -v -e ---- | tr -d '\n')" \
    >"$work/record.txt"

"$tool" key dns "$work/key.pem" --domain sender.example --selector seal >"$work/key.dns"
grep -qxF "; value: $(cat "$work/record.txt")" "$work/key.dns" ||
    { echo "mailseal key dns and openssl disagree about the public key"; exit 1; }

"$python" tests/diff/diff.py plan "$corpus" "$work"
"$python" tests/diff/diff.py sign "$tool" "$work"
"$python" tests/diff/diff.py damage "$work"

# Mail::DKIM asks a real name server, whose only zone, the root, has all the records.
port=$("$python" tests/e2e/ports.py)
cat >"$work/knot.conf" <<END
server:
    listen: 127.0.0.1@$port
    rundir: $(realpath "$work")
database:
    storage: $(realpath "$work")
log:
  - target: stderr
    any: warning
zone:
  - domain: .
    file: $(realpath "$work")/zone
    zonefile-sync: -1
    journal-content: none
END
knotd -c "$work/knot.conf" >"$work/knot.log" 2>&1 &
knot=$!
while [ ! -e "$work/knot.sock" ] && kill -0 "$knot" 2>/dev/null; do
    sleep 0.1
done
[ -e "$work/knot.sock" ] || { cat "$work/knot.log"; exit 1; }

all() { cat "$work/signed.list" "$work/damaged.list"; }
all | "$libopendkim" "$work/record.txt" >"$work/opendkim.verdicts" &
all | "$python" tests/diff/verify_dkimpy.py "$work/record.txt" >"$work/dkimpy.verdicts" &
# Mail::DKIM takes as long as the others together.
all | awk 'NR % 2' | tests/diff/verify_maildkim.pl "$port" >"$work/maildkim.1" &
all | awk 'NR % 2 == 0' | tests/diff/verify_maildkim.pl "$port" >"$work/maildkim.2" &
status=0
for job in $(jobs -p); do
    [ "$job" = "$knot" ] || wait "$job" || status=$?
done
cat "$work/maildkim.1" "$work/maildkim.2" >"$work/maildkim.verdicts"
[ "$status" = 0 ] || echo "a verifier ended with status $status"

"$python" tests/diff/diff.py judge "$work" tests/diff/known.txt
