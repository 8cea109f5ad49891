# SPDX-License-Identifier: Apache-2.0
"""Key records as administrators publish them: what judge.py publishes, and for which key."""
import base64
import subprocess

RSA = bytes.fromhex("06092a864886f70d010101")
NULL = bytes.fromhex("0500")


def new_key(path, bits):
    """The DER of its SubjectPublicKeyInfo."""
    subprocess.run(["openssl", "genrsa", "-out", path, str(bits)], check=True, capture_output=True)
    return public(path)


def public(path, *form):
    command = ["rsa", *form] if form else ["pkey", "-pubout"]
    return subprocess.run(["openssl", *command, "-in", path, "-outform", "DER"], check=True,
                          capture_output=True).stdout


def der(tag, *contents):
    content = b"".join(contents)
    size = len(content).to_bytes(2, "big")
    return bytes([tag]) + (b"\x82" + size if len(content) > 255 else b"\x81" + size[1:] if len(content) > 127
                           else size[1:]) + content


def folded(text, width, fold):
    return fold.join(text[i:i + width] for i in range(0, len(text), width))


class Key:
    """One private key, and the forms in which its public key is seen."""

    def __init__(self, path, bits):
        self.path, self.der = path, new_key(path, bits)
        self.rsa = public(path, "-RSAPublicKey_out")
        self.text = base64.b64encode(self.der)

    def spki(self, algorithm, tail=b""):
        return base64.b64encode(der(0x30, der(0x30, *algorithm), der(0x03, b"\0", self.rsa)) + tail)

    def bare(self):
        return base64.b64encode(self.rsa)

    def negative(self):
        """The modulus without its leading zero."""
        at = self.rsa.index(b"\x02\x82")
        size = int.from_bytes(self.rsa[at + 2:at + 4], "big")
        rsa = der(0x30, der(0x02, self.rsa[at + 5:at + 4 + size]), self.rsa[at + 4 + size:])
        return base64.b64encode(der(0x30, der(0x30, RSA, NULL), der(0x03, b"\0", rsa)))


def variants(key, odd, other, short):
    """{name: (key that signs, [record, ...])}. `odd` is one whose base64 ends in "="."""
    p, o = b"p=" + key.text, b"p=" + odd.text
    v = b"v=DKIM1; "
    full = v + b"k=rsa; " + p
    ours = {
        # as it should be, or nearly
        "plain": full, "no-version": b"k=rsa; " + p, "only-p": p, "last-semicolon": full + b";",
        "no-blanks": b"v=DKIM1;k=rsa;" + p, "blanks": b" v = DKIM1 ; k = rsa ; p = " + key.text + b" ; ",
        "tabs": b"v=DKIM1;\tk=rsa;\t" + p, "line-ends": b"v=DKIM1;\r\n k=rsa;\r\n " + p,
        "line-end-last": full + b"\r\n", "semicolon-line-end": full + b";\r\n",
        "blanks-in-p": v + b"p=" + folded(key.text, 60, b" "), "folds-in-p": v + b"p=" + folded(key.text, 60, b"\r\n "),
        "lf-in-p": v + b"p=" + folded(key.text, 60, b"\n"), "tabs-in-p": v + b"p=" + folded(key.text, 60, b"\t"),
        "testing": v + b"t=y; " + p, "strict": v + b"t=s; " + p, "testing-strict": v + b"t=y:s; " + p,
        "testing-upper": v + b"t=Y; " + p, "t-empty": v + b"t=; " + p, "t-other": v + b"t=x; " + p,
        "t-blanks": v + b"t= y : s ; " + p,
        "notes": v + b"n=call=20me; " + p, "notes-blanks": v + b"n=call me, please: \"now\"; " + p,
        "unknown-tag": v + b"x=1; " + p, "unknown-empty": v + b"x_1=; " + p,
        "h-sha256": v + b"h=sha256; " + p, "h-both": v + b"h=sha1:sha256; " + p, "h-turned": v + b"h=sha256:sha1; " + p,
        "h-blanks": v + b"h=sha1 : sha256; " + p, "h-more": v + b"h=sha256:sha512; " + p,
        "s-email": v + b"s=email; " + p, "s-star": v + b"s=*; " + p, "s-both": v + b"s=email:tlsrpt; " + p,
        "s-turned": v + b"s=tlsrpt:email; " + p, "s-blanks": v + b"s=tlsrpt : email; " + p,
        "p-first": p + b"; k=rsa", "p-middle": v + p + b"; k=rsa", "g-star": v + b"g=*; " + p,
        "long": v + b"n=" + b"x" * 400 + b"; " + p,
        # punctuation
        "empty-last": full + b";;", "empty-first": b"; " + full, "empty-middle": b"v=DKIM1;; " + p,
        "blank-tag": b"v=DKIM1; ; " + p, "empty-blank-last": full + b"; ;", "no-semicolons": b"v=DKIM1 k=rsa " + p,
        "commas": b"v=DKIM1, k=rsa, " + p, "colons": b"v:DKIM1; k:rsa; p:" + key.text,
        "quotes": b'"' + full + b'"', "quotes-between": b'v=DKIM1; k=rsa; p=' + key.text[:100] + b'" "' + key.text[100:],
        "quoted-p": v + b'p="' + key.text + b'"', "single-quotes": b"'" + full + b"'",
        "backslashes": b"v=DKIM1\\; k=rsa\\; " + p, "backslash-last": full + b"\\", "brackets": b"(" + full + b")",
        "word-last": full + b" IN TXT", "tag-last": full + b"; garbage", "dot-last": full + b".",
        "comma-last": full + b",", "ttl-last": full + b"; 3600", "name-first": b"seal._domainkey " + full,
        "txt-first": b"TXT " + full, "tag-no-name": v + b"=x; " + p, "tag-digit": v + b"1x=y; " + p,
        "tag-hyphen": v + b"x-y=z; " + p, "tag-blank": v + b"x y=z; " + p, "html": v + b"p=" + key.text + b"&#13;",
        # octets
        "utf8-notes": v + "n=Schlüssel; ".encode() + p, "bom": b"\xef\xbb\xbf" + full,
        "nbsp": b"v=DKIM1;\xc2\xa0k=rsa; " + p, "smart-quotes": "“".encode() + full + "”".encode(),
        "nul-notes": v + b"n=a\0b; " + p, "del-notes": v + b"n=a\x7fb; " + p, "bell-notes": v + b"n=a\ab; " + p,
        "form-feed": b"v=DKIM1;\f k=rsa; " + p, "nul-last": full + b"\0", "zero-width": v + b"p=" + key.text[:50] +
        b"\xe2\x80\x8b" + key.text[50:], "form-feed-in-p": v + b"p=" + key.text[:50] + b"\f" + key.text[50:],
        # versions and names
        "v-last": b"k=rsa; " + p + b"; v=DKIM1", "v-second": b"k=rsa; v=DKIM1; " + p, "v-dkim2": b"v=DKIM2; " + p,
        "v-lower": b"v=dkim1; " + p, "v-1": b"v=1; " + p, "v-empty": b"v=; " + p, "v-blank": b"v=DKIM 1; " + p,
        "v-dmarc": b"v=DMARC1; " + p, "upper-v": b"V=DKIM1; k=rsa; " + p, "upper-k": v + b"K=rsa; " + p,
        "upper-p": v + b"k=rsa; P=" + key.text, "upper-all": b"V=DKIM1; K=RSA; P=" + key.text,
        "k-upper": v + b"k=RSA; " + p, "k-ed25519": v + b"k=ed25519; " + p, "k-empty": v + b"k=; " + p,
        "k-list": v + b"k=rsa:ed25519; " + p, "k-sha": v + b"k=rsa-sha256; " + p, "k-dsa": v + b"k=dsa; " + p,
        "ed25519": v + b"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "h-upper": v + b"h=SHA256; " + p, "h-sha1": v + b"h=sha1; " + p, "h-md5": v + b"h=md5; " + p,
        "h-empty": v + b"h=; " + p, "h-last-colon": v + b"h=sha256:; " + p, "h-first-colon": v + b"h=:sha256; " + p,
        "h-hyphen": v + b"h=sha-256; " + p, "h-comma": v + b"h=sha1,sha256; " + p, "h-rsa": v + b"h=rsa-sha256; " + p,
        "s-upper": v + b"s=Email; " + p, "s-tlsrpt": v + b"s=tlsrpt; " + p, "s-other": v + b"s=web; " + p,
        "s-empty": v + b"s=; " + p, "s-last-colon": v + b"s=email:; " + p, "s-mail": v + b"s=e-mail; " + p,
        "g-empty": v + b"g=; " + p, "g-user": v + b"g=user; " + p, "g-some": v + b"g=us*; " + p,
        # each once
        "twice-v": v + v + p, "twice-k": v + b"k=rsa; k=rsa; " + p, "twice-p": full + b"; " + p,
        "twice-p-other": full + b"; p=" + other.text, "twice-n": v + b"n=a; n=b; " + p, "twice-t": v + b"t=s; t=s; " + p,
        "twice-unknown": v + b"x=a; x=b; " + p, "joined": full + full, "joined-semicolon": full + b"; " + full,
        # the key
        "p-empty": v + b"k=rsa; p=", "p-blank": v + b"k=rsa; p= ;", "p-missing": v + b"k=rsa", "empty": b"",
        "not-dkim": b"v=spf1 -all", "other-key": v + b"p=" + other.text, "half": v + b"p=" + key.text[:200],
        "cut-255": full[:255], "one-less": full[:-1], "one-more": full + b"A", "first-less": v + b"p=" + key.text[1:],
        "hex": v + b"p=" + key.der.hex().encode(), "url-safe": v + b"p=" + key.text.replace(b"+", b"-").replace(
            b"/", b"_"), "plus-lost": v + b"p=" + key.text.replace(b"+", b" "), "no-key": v + b"p=SGVsbG8gd29ybGQ=",
        "star": v + b"p=" + key.text[:50] + b"*" + key.text[50:], "padded": full + b"=", "padded-2": full + b"==",
        "padded-4": full + b"====", "padding-inside": v + b"p=" + key.text[:100] + b"=" + key.text[100:],
        "pem": v + b"p=-----BEGIN PUBLIC KEY-----" + key.text + b"-----END PUBLIC KEY-----",
        "no-null": v + b"p=" + key.spki((RSA,)), "pkcs1": v + b"p=" + key.bare(),
        "pss": v + b"p=" + key.spki((bytes.fromhex("06092a864886f70d01010a"),)),
        "der-more": v + b"p=" + key.spki((RSA, NULL), b"\0\0\0"), "der-negative": v + b"p=" + key.negative(),
        "octet-changed": v + b"p=" + key.text[:120] + (b"A" if key.text[120:121] != b"A" else b"B") + key.text[121:],
        "certificate": v + b"p=MIIDazCCAlOgAwIBAgIUc2hvcnQ=", "short-key": v + b"p=" + short.text,
    }
    padding = odd.text[odd.text.index(b"="):]
    odds = {
        "odd": v + o, "odd-none": v + o.rstrip(b"="), "odd-more": v + o + b"=", "odd-tail": v + o + b"AAAA",
        "odd-blank": v + o[:-len(padding)] + b" " + padding,
        "odd-bits": v + o[:-len(padding) - 1] + bytes([o[-len(padding) - 1] + 1]) + padding,
    }
    several = {
        "second-before": [full, b"a"], "second-after": [full, b"zzz"], "second-long": [full, b"x" * 700],
        "second-dkim": [full, v + b"k=rsa; p=" + other.text], "second-same": [full, full + b";"],
        "second-old": [full, v + b"k=rsa; p="],
    }
    return {name: (key, [record]) for name, record in ours.items()} | {
        name: (odd, [record]) for name, record in odds.items()} | {
        name: (key, records) for name, records in several.items()}
