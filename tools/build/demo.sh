#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: demo.sh -- runs the gateway between a client (swaks) and a next hop (mailseal sink), on loopback. ONCE=1 ends
# after the first message; PORT and SINK_PORT choose other ports. The exit code is 0 only if an independent verifier
# reports pass.
set -eu

build=${BUILD:-build}
port=${PORT:-2525}
sink_port=${SINK_PORT:-2526}
python=${PYTHON:-/usr/bin/python3}
demo=$build/demo
domain=demo.example
selector=demo
bold='' green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' green=$'\e[1;32m' red=$'\e[1;31m' plain=$'\e[0m'
fi

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

gateway='' sink='' follow=''
finish() {
    local pid
    for pid in $gateway $sink $follow; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
}
trap finish EXIT
trap 'exit 1' HUP TERM

free() { # PORT VARIABLE
    case $1 in
    '' | *[!0-9]* | ??????*) fail "$2=$1: not a port number" ;;
    esac
    # No connection, because a program that listens there must not be disturbed.
    "$python" - "$1" <<-END 2>/dev/null && return
	import socket, sys
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(("127.0.0.1", int(sys.argv[1])))
	s.listen()
	END
    fail "port $1: in use or not allowed; choose another one: make run $2=$((10#$1 % 60000 + 1111))"
}

listens() { # PID LOG NAME: wait until it logs that
    local _
    for _ in $(seq 100); do
        ! grep -q 'listening on' "$2" || return 0
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    fail "$3 did not start:" "$(tail -n 5 "$2")"
}

free "$port" PORT
free "$sink_port" SINK_PORT
[ "$port" != "$sink_port" ] || fail "PORT and SINK_PORT: both are $port; choose two different ports"

mkdir -p "$demo/keys" "$demo/mail"
key=$demo/keys/$domain.pem
if [ ! -e "$key" ]; then
    "$build/host/mailseal" key new --domain "$domain" --selector "$selector" -o "$key" >"$demo/key.log" 2>&1 ||
        fail "$(cat "$demo/key.log")"
fi
if [ ! -e "$demo/demo.conf" ]; then
    cat >"$demo/demo.conf" <<-END
	# Created by "make run" because it did not exist; change it as you like.
	[gateway]
	hostname = gateway.$domain
	listen = 127.0.0.1:$port
	next-hop = 127.0.0.1:$sink_port

	# Which clients may submit mail, and for which domains.
	[client local]
	network = 127.0.0.0/8
	from = $domain

	# Which key signs for which domain.
	[domain $domain]
	selector = $selector
	key = keys/$domain.pem
	END
fi
"$build/host/mailseal" key dns "$key" --domain "$domain" --selector "$selector" >"$demo/record.txt"

"$build/host/mailseal" sink "$demo/mail" --listen "127.0.0.1:$sink_port" >"$demo/sink.log" 2>&1 &
sink=$!
"$build/host/mailseald" -c "$demo/demo.conf" --listen "127.0.0.1:$port" --next-hop "127.0.0.1:$sink_port" \
    >"$demo/gateway.log" 2>&1 &
gateway=$!
listens "$sink" "$demo/sink.log" "The next hop (mailseal sink)"
listens "$gateway" "$demo/gateway.log" "The gateway (mailseald)"

printf '%s\n' '' "${bold}mailseal${plain}, an SMTP gateway that signs mail with DKIM" '' \
    "    swaks ──▶ 127.0.0.1:$port mailseald ──▶ 127.0.0.1:$sink_port mailseal sink ──▶ $demo/mail" ''

newest() { find "$demo/mail" -name '*.eml' | LC_ALL=C sort | tail -n 1; }
before=$(newest)
swaks --server "127.0.0.1:$port" --helo client.$domain --from "ada@$domain" --to grace@next-hop.example \
    --h-From "\"Ada, of the demonstration\" <ada@$domain>" --h-Subject 'A sample through mailseal' \
    --body 'Dear Grace,\n\nthis message was submitted to mailseal over SMTP without a signature.\n\n.\nAda' \
    >"$demo/swaks.log" 2>&1 || fail "The gateway did not accept the message:" "$(grep -E '^<' "$demo/swaks.log")"
mail=$(newest)
[ -n "$mail" ] && [ "$mail" != "$before" ] || fail "The message did not arrive in $demo/mail."

echo "A message went through and arrived with these fields before it ($mail):"
echo
tr -d '\r' <"$mail" | awk '/^$/ { exit } /^[^ \t]/ { on = tolower($0) ~ /^dkim-signature:/ } on { print "    " $0 }'
echo
status=0
verdict=$("$python" tools/build/verify_demo.py "$mail" "$demo/record.txt" 2>&1) || status=1
[ "$status" = 0 ] && colour=$green || colour=$red
echo "dkimpy, a verifier that shares no code with mailseal, reports: $colour$verdict$plain"
[ "$status" = 0 ] && [ "$verdict" = pass ] || exit 1
[ -z "${ONCE:-}" ] || exit 0

cat <<END

Send more:   swaks --server 127.0.0.1:$port --from you@$domain --to anyone@anywhere.example
Signed mail: $demo/mail
The key's DNS record: $demo/record.txt; the configuration: $demo/demo.conf

Ctrl-C ends it. What the gateway logs:

END
trap 'echo; exit 0' INT
tail -n +1 -f "$demo/gateway.log" &
follow=$!
wait -n "$gateway" "$sink" || true
fail "The gateway or the next hop ended:" "$(tail -n 3 "$demo/gateway.log" "$demo/sink.log")"
