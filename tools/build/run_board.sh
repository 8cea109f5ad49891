#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run_board.sh unit BOARD QEMU-OPTIONS SUITES-LEFT-OUT IMAGE... -- run test images in QEMU and print the last
# line of each. The exit code is 0 when all of them passed.
#        run_board.sh run BOARD QEMU-OPTIONS MEDIUM-SIZE IMAGE -- runs the gateway on a board between a client (swaks)
# and a next hop (mailseal sink), on loopback. ONCE=1 ends after the first message; PORT and SINK_PORT choose other
# ports. The exit code is 0 only if an independent verifier reports pass. @MEDIUM@ in the options is the medium's file.
set -eu

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

command -v qemu-system-arm >/dev/null || fail "qemu-system-arm: not found; install the package qemu-system-arm"

# CODE ELF UART-LOG: the exit code in words, and what the firmware printed when it ended.
explain() {
    "${PYTHON:-/usr/bin/python3}" -B tools/build/explain_end.py "$@"
}

unit() {
    local board=$1 options=$2 left_out=$3 image log status=0 code
    shift 3
    for image; do
        log=${image%.elf}.log
        code=0
        # shellcheck disable=SC2086
        timeout 1800 qemu-system-arm ${options%% -drive *} -nographic -monitor none -serial "file:$log.uart" -nic none \
            -chardev stdio,id=out -semihosting-config enable=on,target=native,chardev=out -kernel "$image" \
            </dev/null >"$log" 2>"$log.err" || code=$?
        if [ "$code" = 0 ]; then
            echo "$board ${image##*/}: $(tail -n 1 "$log")"
        else
            status=1
            grep -vE '^arena ' "$log" | tail -n 20 || true
            explain "$code" "$image" "$log.uart"
            echo "$board ${image##*/}: FAILED with exit code $code"
        fi
    done
    [ -z "$left_out" ] || echo "$board: left out (see its board.mk): $left_out"
    return $status
}


# --- the demonstration -----------------------------------------------------------------------------------------------

demo_files() { # creates the configuration, the key and the image if they do not exist
    mkdir -p "$demo/keys" "$demo/mail"
    key=$demo/keys/$domain.pem
    [ -e "$key" ] ||
        "$build/host/mailseal" key new --domain "$domain" --selector "$selector" -o "$key" >"$demo/key.log" 2>&1 ||
        fail "$(cat "$demo/key.log")"
    [ -e "$demo/board.conf" ] || cat >"$demo/board.conf" <<-END
	# Created by "make run BOARD=$board" because it did not exist; change it as you like.
	[gateway]
	hostname = gateway.$domain
	listen = 0.0.0.0:25
	next-hop = 10.0.2.2:$sink_port

	# Which clients may submit mail, and for which domains. In QEMU's user network all have this address.
	[client local]
	network = 10.0.2.2
	from = $domain

	# Which key signs for which domain.
	[domain $domain]
	selector = $selector
	key = keys/$domain.pem
	END
    sed -i "s/^next-hop = 10\.0\.2\.2:.*/next-hop = 10.0.2.2:$sink_port/" "$demo/board.conf"
    "$build/host/mailseal" image "$demo/board.conf" -o "$demo/image.bin" --force >"$demo/image.log" 2>&1 ||
        fail "$(cat "$demo/image.log")"
    "$build/host/mailseal" key dns "$key" --domain "$domain" --selector "$selector" >"$demo/record.txt"
}

port_is_free() { # PORT VARIABLE
    case $1 in
    '' | *[!0-9]* | ??????*) fail "$2=$1: not a port number" ;;
    esac
    "$python" - "$1" <<-END 2>/dev/null || fail "port $1: in use or not allowed; choose another one: $2=..."
	import socket, sys
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(("127.0.0.1", int(sys.argv[1])))
	s.listen()
	END
}

says() { # PID LOG WHAT NAME: wait until the log has it
    local _
    for _ in $(seq 200); do
        ! grep -q "$3" "$2" || return 0
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    fail_in_run "$4 did not start:" "$(tail -n 8 "$2")"
}

# Adds how the board in QEMU ended, if it did.
fail_in_run() {
    local code=0
    printf '%s\n' "$@" >&2
    if ! kill -0 "$gateway" 2>/dev/null; then
        wait "$gateway" || code=$?
        explain "$code" "$elf" "$demo/uart.log" >&2
    fi
    exit 1
}

newest() { find "$demo/mail" -name '*.eml' | LC_ALL=C sort | tail -n 1; }

pids=''
finish() {
    local pid
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
}

# Give a board its medium, whose content stays from run to run.
medium() { # OPTIONS: SIZE of the medium or nothing
    [ -z "$1" ] || [ -e "$demo/medium.img" ] || truncate -s "$1" "$demo/medium.img"
}

symbol() { # ELF NAME
    arm-none-eabi-nm "$1" | sed -n "s/^\([0-9a-f]*\) . $2$/0x\1/p"
}

place_image() { # ELF: puts the image where the board looks for it; QEMU's options that do are in image_options
    local at
    at=$(symbol "$1" seal_ld_image_on_medium)
    if [ -n "$at" ]; then
        dd if="$demo/image.bin" of="$demo/medium.img" bs=512 seek=$((at / 512)) conv=notrunc status=none
        image_options=()
    else
        at=$(symbol "$1" seal_ld_image_start)
        image_options=(-device "loader,file=$demo/image.bin,addr=$at,force-raw=on")
    fi
}

start_board() { # OPTIONS ELF
    local image_options
    place_image "$2"
    # shellcheck disable=SC2086
    qemu-system-arm $1 -nographic -monitor none -serial "file:$demo/uart.log" \
        -nic "user,hostfwd=tcp:127.0.0.1:$port-:25" \
        -semihosting-config enable=on,target=native \
        "${image_options[@]}" -kernel "$2" \
        </dev/null >"$demo/qemu.log" 2>&1 &
    gateway=$!
    pids="$pids $gateway"
}

run() { # BOARD QEMU-OPTIONS MEDIUM-SIZE ELF
    local board=$1 options=$2 elf=$4 build=${BUILD:-build} port=${PORT:-2525} sink_port=${SINK_PORT:-2526}
    local python=${PYTHON:-/usr/bin/python3} domain=demo.example selector=demo demo key gateway sink mail before verdict
    demo=$build/demo-$board
    port_is_free "$port" PORT
    port_is_free "$sink_port" SINK_PORT
    [ "$port" != "$sink_port" ] || fail "PORT and SINK_PORT: both are $port; choose two different ports"
    demo_files
    medium "$3"
    trap finish EXIT
    trap 'exit 1' HUP TERM
    rm -f "$demo/uart.log"
    touch "$demo/uart.log"
    "$build/host/mailseal" sink "$demo/mail" --listen "127.0.0.1:$sink_port" >"$demo/sink.log" 2>&1 &
    sink=$!
    pids=$sink
    start_board "${options//@MEDIUM@/$demo/medium.img}" "$elf"
    says "$sink" "$demo/sink.log" 'listening on' 'The next hop (mailseal sink)'
    says "$gateway" "$demo/uart.log" 'network address=[1-9]' "The gateway on $board"

    printf '%s\n' '' "mailseal on $board, an SMTP gateway that signs mail with DKIM" '' \
        "    swaks ──▶ 127.0.0.1:$port $board in QEMU ──▶ 127.0.0.1:$sink_port mailseal sink ──▶ $demo/mail" ''
    before=$(newest)
    swaks --server "127.0.0.1:$port" --helo client.$domain --from "ada@$domain" --to grace@next-hop.example \
        --h-From "\"Ada, of the demonstration\" <ada@$domain>" --h-Subject "A sample through mailseal on $board" \
        --body 'Dear Grace,\n\nthis message was submitted to mailseal over SMTP without a signature.\n\n.\nAda' \
        >"$demo/swaks.log" 2>&1 ||
        fail_in_run "The gateway did not accept the message:" "$(grep -E '^<' "$demo/swaks.log")" \
            "$(tail -n 5 "$demo/uart.log")"
    mail=$(newest)
    [ -n "$mail" ] && [ "$mail" != "$before" ] || fail "The message did not arrive in $demo/mail."
    echo "A message went through and arrived with these fields before it ($mail):"
    echo
    tr -d '\r' <"$mail" |
        awk '/^$/ { exit } /^[^ \t]/ { on = tolower($0) ~ /^dkim-signature:/ } on { print "    " $0 }'
    echo
    verdict=$("$python" tools/build/verify_demo.py "$mail" "$demo/record.txt" 2>&1) || true
    echo "dkimpy, a verifier that shares no code with mailseal, reports: $verdict"
    [ "$verdict" = pass ] || exit 1
    sleep 1.2 # within a second the UART shows how much memory that took
    sed -n 's/^[0-9.]* memory /Memory of the board: /p' "$demo/uart.log" | tail -n 1
    [ -z "${ONCE:-}" ] || exit 0

    printf '%s\n' '' "Send more:   swaks --server 127.0.0.1:$port --from you@$domain --to anyone@anywhere.example" \
        "Signed mail: $demo/mail" "The key's DNS record: $demo/record.txt; the configuration: $demo/board.conf" '' \
        "Ctrl-C ends it. Output of the board's UART:" ''
    trap 'echo; exit 0' INT
    tail -n +1 -f "$demo/uart.log" &
    pids="$pids $!"
    wait -n "$gateway" "$sink" || true
    fail_in_run "The gateway or the next hop ended:" \
        "$(tail -n 3 "$demo/uart.log" "$demo/qemu.log" "$demo/sink.log")"
}

# Time is counted in instructions, as for a processor of some 30 MHz: a busy machine loses no tick.
selftest() { # BOARD QEMU-OPTIONS MEDIUM-SIZE ELF
    local board=$1 options=$2 elf=$4 build=${BUILD:-build} sink_port=${SINK_PORT:-2526}
    local domain=demo.example selector=demo demo key image_options code=0
    demo=$build/demo-$board
    demo_files
    medium "$3"
    place_image "$elf"
    # shellcheck disable=SC2086
    timeout 1800 qemu-system-arm ${options//@MEDIUM@/$demo/medium.img} -nographic -monitor none \
        -serial "file:$demo/uart.log" -nic user -icount shift=5,sleep=off -chardev stdio,id=out \
        -semihosting-config enable=on,target=native,chardev=out \
        "${image_options[@]}" -kernel "$elf" </dev/null 2>"$demo/qemu.log" || code=$?
    [ "$code" = 0 ] || explain "$code" "$elf" "$demo/uart.log" >&2
    return "$code"
}

command=${1:-}
shift || true
case $command in
unit | run | selftest)
    [ -n "${2:-}" ] || fail "$1: its board.mk names no QEMU_$1, so nothing runs here." \
        "Flash ${BUILD:-build}/$1/selftest.elf or mailseal.elf and read the UART: docs/porting.md."
    "$command" "$@"
    ;;
*) fail "run_board.sh: no such command: $command" ;;
esac
