#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: tls.sh >tests/vectors/tls.h -- makes the certificates and keys of tests/unit/test_tls.c, new ones each time,
# with OpenSSL 3. The keys are not used anywhere else.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
exec 3>&1 >log 2>&1

from=20200101000000Z
until=20600101000000Z # beyond 2049 it is written as GeneralizedTime
leaf="basicConstraints=CA:FALSE
subjectAltName=DNS:mail.example.com,DNS:*.wild.example.com,IP:192.0.2.1"
ca="basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign"

key() { # NAME rsa BITS | NAME ec CURVE
    case $2 in
    rsa) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$3" -out "$1.key" ;;
    ec) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$3" -pkeyopt ec_param_enc:named_curve -out "$1.key" ;;
    esac
}

issue() { # NAME KEY SUBJECT ISSUER|self MD EXTENSIONS [FROM UNTIL [SIGNATURE-OPTION...]]
    local name=$1 key=$2 subject=$3 issuer=$4 md=$5 extensions=$6 start=${7:-$from} end=${8:-$until}
    shift $(($# < 8 ? $# : 8))
    : >index.txt
    echo unique_subject=no >index.txt.attr
    printf '%s\n' "[ca]" "default_ca=d" "[d]" "database=index.txt" "new_certs_dir=." "rand_serial=yes" "policy=p" \
        "x509_extensions=x" "[p]" "commonName=supplied" "[x]" "$extensions" >ca.cnf
    openssl req -new -key "$key.key" -subj "/CN=$subject" -out "$name.csr"
    if [ "$issuer" = self ]; then
        set -- -selfsign -keyfile "$key.key" "$@"
    else
        set -- -cert "$issuer.crt" -keyfile "$issuer.key" "$@"
    fi
    openssl ca -batch -notext -config ca.cnf -in "$name.csr" -out "$name.crt" -md "$md" -startdate "$start" \
        -enddate "$end" "$@"
}

# The root is self-signed with SHA-1, like some well-known ones.
key root rsa 2048
issue root root "Seal Test Root" self sha1 "$ca"
key other ec P-256
issue other other "Seal Test Root" self sha256 "$ca"
key middle ec P-384
issue middle middle "Seal Test Middle" root sha384 "$ca"
key small rsa 1024
issue small small "Seal Test Small" root sha256 "$ca"

key leaf_ec ec P-256
key leaf_rsa rsa 2048
issue leaf_ec leaf_ec mail.example.com middle sha384 "$leaf"
issue leaf_rsa leaf_rsa mail.example.com root sha512 "$leaf"
issue leaf_pss leaf_rsa mail.example.com root sha256 "$leaf" $from $until -sigopt rsa_padding_mode:pss \
    -sigopt rsa_pss_saltlen:digest
issue expired leaf_ec mail.example.com root sha256 "$leaf" 20100101000000Z 20110101000000Z
issue future leaf_ec mail.example.com root sha256 "$leaf" 20550101000000Z 20560101000000Z
issue sha1 leaf_ec mail.example.com root sha1 "$leaf"
issue under_small leaf_ec mail.example.com small sha256 "$leaf"
issue other_use leaf_ec mail.example.com root sha256 "$leaf
extendedKeyUsage=clientAuth"
issue self leaf_ec mail.example.com self sha256 "$leaf"

put() { # NAME FILE...
    local name=$1
    shift
    printf 'static const char %s[] =\n' "$name"
    sed 's/.*/\t"&\\n"/' "$@" | sed '$s/$/;/'
    echo
}

{
    echo "/* SPDX-License-Identifier: Apache-2.0"
    echo " *"
    echo " * Made by tests/vectors/tls.sh."
    echo " */"
    echo "#ifndef TESTS_VECTORS_TLS_H"
    echo "#define TESTS_VECTORS_TLS_H"
    echo
    echo "#include <stdint.h>"
    echo
    for name in root other leaf_rsa leaf_pss expired future sha1 other_use self; do
        put "tls_$name" "$name.crt"
    done
    put tls_leaf_ec leaf_ec.crt middle.crt
    put tls_under_small under_small.crt small.crt
    put tls_key_rsa leaf_rsa.key
    openssl pkey -in leaf_ec.key -traditional -out sec1.key
    put tls_key_ec sec1.key
    put tls_key_other other.key
    openssl x509 -in leaf_ec.crt -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
        od -An -v -tx1 | sed 's/ \(..\)/0x\1, /g; s/^/\t/; s/, $/,/' >pin
    printf '/* SHA-256 of the SubjectPublicKeyInfo of leaf_ec and of most others. */\n'
    printf 'static const uint8_t tls_pin_ec[] = {\n'
    cat pin
    echo "};"
    echo
    echo "#endif"
} >&3
