#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: tap.sh -- the commands of docs/linux.md give the gateway its own address on a bridge, in a network namespace: a
# client on that network sends a message, and the gateway logs its real address. Where this machine allows no TAP device
# (it takes root and /dev/net/tun), only the commands are looked for. BUILD names the folder with the programs or its
# parent. The last line is "N passed, N failed".
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/tally.sh
suite=tap ok_log=$(mktemp)
build=${BUILD:-build/host}
[ -x "$build/mailseald" ] || build=$build/host
seal=$(realpath "$build/mailseal") daemon=$(realpath "$build/mailseald") python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work" "$ok_log"' EXIT
evidence=("$work/gateway.log" "$work/client.log")

# As documented, but for the account of the service, which does not exist here.
sed -n 's/^    sudo \(ip .*mailseal0.*\)/\1/p' docs/linux.md | sed 's/ user mailseal$//' >"$work/device"
ok 'three commands make the device' [ "$(wc -l <"$work/device")" = 3 ]
ok 'the gateway is started with it' grep -qx '    mailseald -c .* --tap mailseal0' docs/linux.md

if ! unshare -n ip tuntap add dev mailseal0 mode tap 2>/dev/null; then
    echo "tap: no device is allowed here; the commands were not run"
    end
fi

"$seal" key new --domain example.com --selector s2026 -o "$work/s2026.pem" >/dev/null 2>&1
cat >"$work/network.conf" <<END
[gateway]
hostname = gateway.example.com
next-hop = 192.0.2.1:2526
address = 192.0.2.10/24
router = 192.0.2.1
dns-server = 192.0.2.1
[client lan]
network = 192.0.2.1/32
from = example.com
[domain example.com]
selector = s2026
key = s2026.pem
END
cat >"$work/client.py" <<END
import smtplib
import time
for attempt in range(300):
    try:
        client = smtplib.SMTP("192.0.2.10", 25, timeout=60)
        break
    except OSError:
        time.sleep(0.2)
client.sendmail("a@example.com", ["b@example.net"], "From: a@example.com\nSubject: x\n\nHello\n")
client.quit()
END
cat >"$work/run.sh" <<END
set -e
ip link set lo up
ip link add br0 type bridge
ip addr add 192.0.2.1/24 dev br0
ip link set br0 up
. $work/device
$seal sink $work/mail --listen 192.0.2.1:2526 --once 1 2>$work/sink.log & sink=\$!
$daemon -c $work/network.conf --tap mailseal0 2>$work/gateway.log & gateway=\$!
$python $work/client.py >$work/client.log 2>&1
wait \$sink
kill \$gateway
wait \$gateway
END
ok 'the commands run, and the gateway ends with 0' unshare -n timeout 300 bash "$work/run.sh"
ok 'nothing is warned of' [ "$(grep -c 'was created' "$work/gateway.log")" = 0 ]
unshare -n timeout 60 sh -c "$daemon -c $work/network.conf --tap mailseal1 2>$work/new.log & gateway=\$!
    until grep -q listening $work/new.log || ! kill -0 \$gateway; do sleep 0.1; done; kill \$gateway; wait \$gateway"
ok 'a device that is created is warned of' grep -q -- '--tap mailseal1: warning: no such device existed' "$work/new.log"
ok 'it listens on its own address' grep -q 'listening on 192\.0\.2\.10:25' "$work/gateway.log"
ok 'it sees the address of the client' grep -q 'verdict=delivered .*client=192\.0\.2\.1 client-name=lan ' \
    "$work/gateway.log"
ok 'the message is signed' grep -q '^DKIM-Signature: .*d=example\.com; s=s2026;' "$work/mail/000001.eml"
end
