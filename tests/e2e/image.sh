#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: image.sh -- mailseal image: what it packs, what it refuses and what it does not touch; Python reads the images.
# BUILD names the folder with the program or its parent (build/host).
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/tally.sh
suite=image evidence=(err)
steps=$PWD/tests/e2e/steps
build=${BUILD:-build/host}
[ -x "$build/mailseal" ] || build=$build/host
seal=$(realpath "$build/mailseal") || exit 1
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'chmod 700 "$work"/* 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
umask 022

run() { # ARGUMENTS...: output in out, messages in err, exit code in $code
    "$seal" image "$@" >out 2>err
    code=$?
}

ends() { # NAME CODE PATTERN: the last run ended so, with a message (extended regular expression) on stderr
    ok "$1: exit code $code, expected $2" [ "$code" = "$2" ]
    [ -z "$3" ] || ok "$1: message" grep -qE -- "$3" err
    [ "$2" = 0 ] || ok "$1: nothing on stdout" [ ! -s out ]
}

json() { # NAME EXPRESSION: the last run printed one JSON document d, for which this is true in Python
    ok "$1" "$python" "$steps/holds.py" "$2"
}

refused() { # NAME CODE PATTERN ARGUMENTS...: no file is made
    local name=$1 want=$2 pattern=$3
    shift 3
    rm -f no.img
    run "$@" -o no.img
    ends "$name" "$want" "$pattern"
    ok "$name: no file" [ -z "$(compgen -G 'no.img*')" ]
}

tls_config() { # CERTIFICATE KEY [LINES...] on stdout: the lines are [next-hop]'s
    printf '[gateway]\nhostname = gw.example.com\nnext-hop = mx.example.net:587\n'
    printf 'certificate = %s\ncertificate-key = %s\n[next-hop]\ntls = starttls\n' "$1" "$2"
    shift 2
    printf '%s\n' "$@"
    printf '[domain example.com]\nselector = s1\nkey = a.pem\n'
}

config() { # KEY [LINES...] on stdout
    printf '[gateway]\nhostname = gw.example.com\nnext-hop = 192.0.2.1\n'
    printf '[client all]\nnetwork = 192.0.2.0/24\nfrom = example.com\n'
    printf '[domain example.com]\nselector = s1\nkey = %s\n' "$1"
    shift
    [ $# = 0 ] || printf '%s\n' "$@"
}

# unpack FOLDER IMAGE: reads the format of image.h with independent code; the entries become files, "/" becomes "_".
unpacks() { # FOLDER IMAGE
    rm -rf "$1"
    "$python" "$steps/unpack.py" "$1" "$2"
}

der() { # FILE on stdout: the content of its PEM
    grep -v '^-----' "$1" | base64 -d
}

"$seal" key new --domain example.com --selector s1 -o a.pem >/dev/null || exit 1
"$seal" key new --domain example.net --selector s1 -o b.pem >/dev/null || exit 1
der a.pem >a.der
openssl pkey -in b.pem -outform DER -out b.der && chmod 600 b.der
"$python" "$steps/expand.py" <a.der >a.numbers
der b.pem | "$python" "$steps/expand.py" >b.numbers

# --- usage -------------------------------------------------------------------------------------------------------

# With a long comment, so that its image is larger than 1 KB.
{ config a.pem; printf '# %0600d\n' 0; } >m.conf
run m.conf
ends 'no -o' 2 '-o FILE is missing'
run -o no.img
ends 'no configuration and no gateway.conf' 5 'gateway.conf: cannot be opened'
run a.conf b.conf -o no.img
ends 'two configurations' 2 'unexpected argument b.conf'
run m.conf --bogus -o no.img
ends 'an unknown option' 2 'mailseal image: .*--bogus.*mailseal help image'
for size in 0 '' K 1k 1KB -1 4G 4097M 18446744073709551616 99999999999M; do
    refused "--max \"$size\"" 2 '--max: expected a number of bytes' m.conf --max "$size"
done
"$seal" help image >out 2>err
code=$?
ends 'help' 0 ''
ok 'help shows the usage' grep -q '^usage: mailseal image \[CONF\] -o FILE \[-c CONF\]' out
cp out want
run --help
ok '--help prints the same' cmp out want

# --- what is packed ----------------------------------------------------------------------------------------------

run m.conf -o m.img
ends 'an image' 0 ''
ok 'no complaints' [ ! -s err ]
ok 'the file is private' [ "$(stat -c %a m.img)" = 600 ]
ok 'the size is shown' grep -qx "image ok: m.img, $(stat -c %s m.img) bytes, seed from the operating system" out
ok 'the configuration is listed' grep -qx " *$(stat -c %s m.conf) config" out
ok 'the key is listed' grep -qx " *$(stat -c %s a.numbers) a.pem" out
ok 'nothing else is listed' [ "$(wc -l <out)" = 3 ]
ok 'no secret is shown' [ "$(grep -c -e PRIVATE -e MII out)" = 0 ]
ok 'it can be read' unpacks m m.img
ok 'the configuration is inside, octet for octet' cmp m.conf m/config
ok 'the key is inside, as its numbers' cmp a.numbers m/a.pem
ok 'it is half as long as DER' [ "$(stat -c %s m/a.pem)" = 644 ]
ok 'nothing else is inside' [ "$(ls m)" = "$(printf 'SEED\na.pem\nconfig')" ]

run m.conf -o dry.img --dry-run
ends '--dry-run' 0 ''
ok '--dry-run: the size is shown' \
    grep -qx "image ok: dry.img, $(stat -c %s m.img) bytes, seed from the operating system (not written)" out
ok '--dry-run: nothing is written' [ -z "$(compgen -G 'dry.img*')" ]
run m.conf -o m.img -n
ends '--dry-run over a file' 5 'm.img: already exists'
run m.conf -o m.img -n --force
ends '--dry-run --force over a file' 0 ''
run m.conf -o no/such/m.img -n
ends '--dry-run into no folder' 5 'No such file'
run m.conf -o dry.img -n --max 1K
ends '--dry-run over --max' 3 '--max allows 1024'
run m.conf -o json.img --json
ends '--json' 0 ''
json '--json: all of it' "d == {'file': 'json.img', 'octets': $(stat -c %s json.img), 'seed': None, 'entries':
    [{'name': 'config', 'octets': $(stat -c %s m.conf)}, {'name': 'a.pem', 'octets': $(stat -c %s a.numbers)}],
    'dry_run': False, 'format': 1, 'errors': [], 'warnings': [], 'notes': []}"
ok '--json: the image exists' unpacks json json.img

run m.conf -o m2.img
ends 'once more' 0 ''
ok 'it can be read too' unpacks m2 m2.img
ok 'each image has its own seed' [ "$(cmp m/SEED m2/SEED | wc -l)" = 1 ]
ok 'otherwise they are the same' cmp <(tail -c +81 m.img) <(tail -c +81 m2.img)

mkdir -p sub/keys && cp a.pem sub/keys/k.pem
config keys/k.pem '[domain example.net]' 'selector = s2' "key = $work/b.der" '[domain example.net]' 'selector = s3' \
    'key = ../b.pem' '[domain example.org]' 'selector = s1' 'key = keys/k.pem' '[domain example.edu]' \
    'unsigned = pass' | sed 's/$/\r/' >sub/m.conf
run sub/m.conf -o many.img
ends 'several keys' 0 'warning: same key as for example.com'
ok 'they can be read' unpacks many many.img
ok 'names are as in the configuration' [ "$(LC_ALL=C ls -A many)" = \
    "$(printf '%s\n' .._b.pem SEED "${work//\//_}_b.der" config keys_k.pem | LC_ALL=C sort)" ]
ok 'line ends stay' cmp sub/m.conf many/config
ok 'the key is stored as its numbers' cmp a.numbers many/keys_k.pem
ok 'that of DER is too' cmp b.numbers "many/${work//\//_}_b.der"
ok 'a key that is named twice is stored once' [ "$(grep -c 'keys/k.pem$' out)" = 1 ]

{ cat m.conf; printf '# %0999d\n' {1..70}; } >large.conf
run large.conf -o large.img
ends 'over 65536 octets' 0 ''
ok 'it can be read' unpacks large large.img
ok 'it is large' [ "$(stat -c %s large.img)" -gt 70000 ]

printf '[gateway]\nhostname = gw.example.com\nnext-hop = 192.0.2.1\n' >bare.conf
run bare.conf -o bare.img
ends 'no client and no key' 0 'warning: no \[client\] section'
ok 'it can still be read' unpacks bare bare.img

# --- the seed ----------------------------------------------------------------------------------------------------

head -c 32 /dev/urandom >seed
chmod 600 seed
run m.conf --seed-file seed -o s.img
ends 'a seed from a file' 0 ''
ok 'it is shown' grep -q ', seed from seed$' out
ok 'the image can be read' unpacks s s.img
ok 'the seed is inside' cmp seed s/SEED
run bare.conf --seed-file seed -o dry.img -n --json
ends 'a seed and a warning' 0 ''
json 'they are members' "d['seed'] == 'seed' and d['dry_run'] and
    d['warnings'] == ['bare.conf: no [client] section, so no client may send']"
run m.conf --seed-file seed -o s2.img
ok 'the same seed, the same image' cmp s.img s2.img
for n in 0 31 33 1000; do
    head -c $n /dev/urandom >short
    chmod 600 short
    refused "a seed of $n octets" 5 'short: (expected 32 bytes, found|larger than 32)' m.conf --seed-file short
done
refused 'a missing seed file' 5 'none: cannot be opened' m.conf --seed-file none
head -c 32 /dev/zero >zero
chmod 600 zero
refused 'a seed of zeros' 3 'seed: all bytes are the same' m.conf --seed-file zero
chmod 640 seed
refused 'a seed that other users can read' 5 'seed: seed file is readable by other users.*chmod 600 seed' \
    m.conf --seed-file seed

# --- what is refused, as by mailseal check -------------------------------------------------------------------------

refused 'no such configuration' 5 'none.conf: cannot be opened' none.conf
printf '[gateway]\nhostname = gw\nnext-hop = h:99999\n' >bad.conf
refused 'an error in the configuration' 3 '^bad\.conf:3:[0-9]+: .*expected .*, found ' bad.conf
config none.pem >bad.conf
refused 'a missing key' 4 'none.pem: key cannot be opened' bad.conf
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem 2>/dev/null
config ec.pem >bad.conf
refused 'another kind of key' 4 'ec.pem: not an RSA key' bad.conf
openssl pkey -in a.pem -pubout -out public.pem
config public.pem >bad.conf
refused 'a public key' 4 'public.pem: .*public key' bad.conf
head -n 9 a.pem >cut.pem
config cut.pem >bad.conf
refused 'a damaged key' 4 'cut.pem: .*damaged' bad.conf
: >empty.pem
config empty.pem >bad.conf
refused 'an empty key' 4 'empty.pem: not a private key' bad.conf
chmod 640 a.pem
refused 'a key that other users can read' 4 'a.pem: key file is readable by other users.*chmod 600 a.pem' m.conf
chmod 600 a.pem
config a.pem '[domain example.net]' 'selector = s1' 'key = none.pem' '[domain example.org]' 'selector = s1' \
    'key = ec.pem' >bad.conf
refused 'two bad keys' 4 'none.pem' bad.conf
ok 'both are shown' grep -q 'ec.pem' err

# --- what no board would accept ------------------------------------------------------------------------------------

cp a.pem config && chmod 600 config
config config >bad.conf
refused 'a key called config' 3 'config is reserved' bad.conf
rm config
long=$(printf 'd/%.0s' {1..140})
mkdir -p "$long" && cp a.pem "$long/k"
config "${long}k" >bad.conf
refused 'a long name' 3 'longer than 255 bytes' bad.conf
long=${long:0:254}
mkdir -p "$long" && cp a.pem "${long}k"
config "${long}k" >long.conf
run long.conf -o long.img
ends 'a name of 255 octets' 0 ''
ok 'it can be read' unpacks long long.img
for i in {1..64}; do
    cp a.pem "k$i"
    printf '[domain d%s.example.com]\nselector = s1\nkey = k%s\n' "$i" "$i"
done >domains
config k1 "$(head -n 186 domains | tail -n +4)" >most.conf
run most.conf -o most.img
ends 'as many keys as possible' 0 ''
config k1 "$(tail -n +4 domains)" >over.conf
refused 'one more' 3 'at most 63 files' over.conf

# --- TLS and logins ------------------------------------------------------------------------------------------------

certificate() { # NAME: NAME.pem and its key NAME.key
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 365 \
        -subj "/CN=$1.example.com" 2>openssl.log
    chmod 600 "$1.key"
}
certificate gw
certificate ca1
certificate ca2
cat gw.pem ca1.pem >chain.pem
{ echo 'two authorities'; cat ca1.pem; echo; cat ca2.pem; } >bundle.pem
for f in gw ca1 ca2; do openssl x509 -in $f.pem -outform DER -out $f.der; done
printf 'pass word\r\nmore\n' >secret
chmod 600 secret
tls_config chain.pem gw.key 'ca = bundle.pem' 'auth = plain' 'user = gw' 'secret = secret' >tls.conf
run tls.conf -o tls.img
ends 'an image with TLS' 0 'warning: no \[client\]'
ok 'an image with TLS: no other complaint' [ "$(wc -l <err)" = 1 ]
ok 'it can be read' unpacks tls tls.img
ok 'the chain is inside, as DER' cmp <(cat gw.der ca1.der) tls/chain.pem
der gw.key >gw.key.der
ok 'its key is inside, as DER, octet for octet' cmp gw.key.der tls/gw.key
ok 'the authorities are inside, as DER' cmp <(cat ca1.der ca2.der) tls/bundle.pem
ok 'the secret is inside, octet for octet' cmp secret tls/secret
ok 'nothing else is inside' \
    [ "$(LC_ALL=C ls tls)" = "$(printf '%s\n' SEED a.pem bundle.pem chain.pem config gw.key secret)" ]
ok 'no secret is shown' [ "$(grep -c -e PRIVATE -e 'pass word' out)" = 0 ]
tls_config gw.pem gw.key 'ca = gw.pem' >same.conf
run same.conf -o same.img
ends 'one file for certificate and ca' 0 ''
ok 'it can be read' unpacks same same.img
ok 'it is stored once' [ "$(grep -c ' gw.pem$' out)" = 1 ]
tls_config chain.pem gw.key 'pin = sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' >pin.conf
run pin.conf -o pin.img
ends 'a pin instead of ca' 0 ''
openssl pkey -in a.pem -out both.key && openssl req -x509 -key a.pem -subj /CN=gw -days 365 -out both.crt
cat both.crt both.key >both.pem
chmod 600 both.pem
tls_config both.pem both.pem 'ca = bundle.pem' >both.conf
refused 'certificate and key in one file' 3 'both.pem: .*use separate files' both.conf
tls_config both.crt a.pem 'ca = bundle.pem' >both.conf
run both.conf -o both.img
ends 'one key for the certificate and a domain' 0 ''
ok 'it can be read' unpacks both both.img
ok 'it is stored as DER, which TLS reads' cmp a.der both/a.pem
openssl genrsa -3 2048 >three.pem 2>/dev/null
chmod 600 three.pem
config three.pem >three.conf
run three.conf -o three.img
ends 'a key with the exponent 3' 0 ''
ok 'it can be read' unpacks three three.img
ok 'it is stored as DER' cmp <(der three.pem) three/three.pem
tls_config chain.pem gw.key >wrong.conf
refused 'neither ca nor pin' 3 'a board has no CA certificates; add ca = FILE' wrong.conf
tls_config chain.pem gw.key 'ca = bundle.pem' 'auth = xoauth2' 'user = u' 'secret-helper = /bin/echo x' >wrong.conf
refused 'a secret-helper' 3 'a board cannot run programs' wrong.conf
for f in chain.pem gw.key bundle.pem secret; do
    sed "s/= $f\$/= none.$f/" tls.conf >wrong.conf
    refused "without $f" 4 "none.$f: cannot be opened" wrong.conf
done
tls_config chain.pem ca1.key 'ca = bundle.pem' >wrong.conf
refused 'the key of another certificate' 4 'ca1.key: not the private key of the first certificate in chain.pem' \
    wrong.conf
: >empty
chmod 600 empty
sed 's/= secret$/= empty/' tls.conf >wrong.conf
refused 'an empty secret' 4 'empty: the first line is empty' wrong.conf

# --- how large it is -----------------------------------------------------------------------------------------------

size=$(stat -c %s m.img)
run m.conf --max "$size" -o fits.img
ends 'it just fits' 0 ''
less=$((size - 1))
refused 'it just does not fit' 3 "the image would have $size bytes, but --max allows $less" m.conf --max $less
run m.conf --max 8K -o fits2.img
ends '--max with K' 0 ''
refused 'it does not fit 1K' 3 '--max allows 1024' m.conf --max 1K
run m.conf --max 1M -o fits3.img
ends '--max with M' 0 ''

# --- the file ------------------------------------------------------------------------------------------------------

cp m.img m.copy
run m.conf -o m.img
ends 'nothing is overwritten' 5 'm.img: already exists'
ok 'the old image is untouched' cmp m.img m.copy
ln -s nowhere.img link.img
run m.conf -o link.img
ends 'no link is followed' 5 'already exists'
ok 'and its target is not created' [ ! -e nowhere.img ]
chmod 644 m.img
run m.conf -o m.img --force
ends '--force' 0 ''
ok 'the image is another one' [ "$(cmp m.img m.copy 2>&1 | wc -l)" = 1 ]
ok 'it is private again' [ "$(stat -c %a m.img)" = 600 ]
ok 'it can be read' unpacks forced m.img
run m.conf -o new.img --force
ends '--force without an old one' 0 ''
cp m.img m.copy
run bad.conf -o m.img --force
ends '--force with a bad configuration' 3 ''
ok 'the old image is kept' cmp m.img m.copy
run m.conf -o link.img --force
ends '--force over a link' 0 ''
ok 'the link is replaced' [ ! -L link.img ]
ok 'and not followed' [ ! -e nowhere.img ]
mkdir folder.img
run m.conf -o folder.img --force
ends '--force over a folder' 5 'folder.img: cannot be replaced'
run m.conf -o no/such/m.img
ends 'no such folder' 5 'cannot be created: No such file'
run m.conf -o no/such/m.img --force
ends 'no such folder, --force' 5 'cannot be created: No such file'
ok 'no partial file is left' [ -z "$(compgen -G '*.img.*')" ]
(ulimit -f 1 && trap '' XFSZ && exec "$seal" image m.conf -o full.img) >out 2>err
code=$?
ends 'a full disk' 5 'full.img: cannot be written'
ok 'a full disk: no partial image' [ -z "$(compgen -G 'full.img*')" ]
(ulimit -f 1 && trap '' XFSZ && exec "$seal" image m.conf -o m.img --force) >out 2>err
code=$?
ends 'a full disk, --force' 5 'm.img: cannot be written'
ok 'a full disk: the old image is kept' cmp m.img m.copy
ok 'a full disk: nothing else' [ -z "$(compgen -G 'm.img.*')" ]

end
